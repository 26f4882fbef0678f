"""The history: every run on record, found by a search, compared, gone on with, played back or deleted."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.events import DescendantFocus, Resize
from textual.widgets import Input, Static

from flow_tui.app import marks, past_keys
from flow_tui.app.scene import Scene
from flow_tui.app.screens.history_actions import HistoryActions
from flow_tui.app.text import short
from flow_tui.app.widgets import comparison, history_lines
from flow_tui.app.widgets.key_bar import KeyBar
from flow_tui.app.widgets.pane_title import PaneTitle
from flow_tui.app.widgets.run_table import PAGE, RunTable
from flow_tui.model.values import RunSummary
from flow_tui.runtime import run_query
from flow_tui.runtime.chores import RunGone, RunsForgotten
from flow_tui.runtime.messages import CouldNotRead, News
from flow_tui.runtime.past import Compared, HistoryPage, HistoryWanted, RunExported
from flow_tui.runtime.questions import Compare, History
from flow_tui.runtime.run_query import QueryError

_EVERY = timedelta(seconds=5)
"""So often what others do is looked at again."""
_TOKENS = count(3_000_000)  # told apart from the tokens of others who ask the same reader
_NARROW, _LOW = 60, 18
"""Below these, the comparison is shown alone, when somebody asks for it."""


class HistoryScreen(HistoryActions):
    """Paints what the reader finds; its other keys are in :class:`HistoryActions`."""

    BINDINGS: ClassVar[list[BindingType]] = [*past_keys.HISTORY_ANYWHERE]
    AUTO_FOCUS = "#past-runs"
    CSS_PATH = Path(__file__).with_name("history.tcss")

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._table = RunTable(self._ask_page)
        self._wanted = HistoryWanted()
        self._token = self._compare_token = 0
        self._page: HistoryPage | None = None
        self._told: Compared | None = None
        self._trouble = ""
        """Why the history cannot be read."""
        self._slip = ""
        """What is wrong with the search that is being typed."""
        self._asked_at: datetime | None = None

    def compose(self) -> ComposeResult:
        """Lay the list over the comparison."""
        yield Static(id="history-head", markup=False)
        yield Input(id="history-query", placeholder="all runs: / to look for some", select_on_focus=False)
        yield Static(id="history-trouble", markup=False)
        with Vertical(id="history-list"):
            yield Static(id="history-titles", markup=False)
            yield self._table
        with Vertical(id="history-below"):
            yield PaneTitle(2, "Compare", id="history-title")
            with VerticalScroll(id="history-compared"):
                yield Static(id="history-told", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        """Begin with the newest runs."""
        self.query_one(Input).cursor_blink = False
        self._ask_page(0)
        self._tell()

    # Asking

    def _ask_page(self, first: int) -> None:
        self._token = next(_TOKENS)
        self._asked_at = self.scene.now
        asked = History(token=self._token, wanted=self._wanted, first=first, count=PAGE)
        self.scene.session.reader.past(asked)

    def look_for(self, wanted: HistoryWanted) -> None:
        """Show other runs, or the same in another order."""
        self._wanted = wanted
        self.table.is_grouped = wanted.order == "workflow"
        self.table.clear()
        self._ask_page(0)
        self._tell()

    @property
    def wanted(self) -> HistoryWanted:
        """Return what is looked for."""
        return self._wanted

    def compare(self) -> None:
        """Ask how the selected run compares."""
        run = self.run
        if run is None:
            self._told = None
            self._tell()
            return
        self._compare_token = next(_TOKENS)
        other = self.other
        asked = Compare(
            token=self._compare_token, run_id=run.run_id, other=other.run_id if other is not None else None
        )
        self.scene.session.reader.past(asked)

    def paint(self, scene: Scene) -> None:
        """Move the clocks; from time to time look again."""
        self.scene = scene
        if not self.is_current:
            return
        if self._asked_at is not None and scene.now - self._asked_at >= _EVERY and not self._trouble:
            self._asked_at = scene.now
            self.table.renew()
        self.table.tick(scene.now)

    def answer(self, item: News) -> None:
        """Take what the reader found; answers to older questions are dropped."""
        match item:
            case HistoryPage() if item.token == self._token:
                self._page, self._trouble = item, ""
                self.table.take(item, self.scene.now)
                self._tell()
                if self._told is None:
                    self.compare()
            case Compared() if item.token == self._compare_token:
                self._told = item
                self._tell()
            case CouldNotRead() if item.token == self._token:
                self._trouble = f"the history cannot be read just now: {item.why}"
                self._tell()
            case CouldNotRead() if item.token == self._compare_token:
                self._told = None
                self.query_one("#history-told", Static).update(
                    short(f"cannot be compared: {item.why}", 200, marks.ERROR)
                )
            case RunExported():
                self.exported(item)
            case RunGone() | RunsForgotten():
                self._told = None
                self.table.renew()
            case _:
                pass

    # Painting

    def _tell(self) -> None:
        """Say what is found, what is wrong, and how the selected run compares."""
        width, page = self.size.width, self._page
        if page is None and not self._trouble:
            head = Content.styled("History  looking …", marks.FAINT)
        elif page is None:
            head = Content.styled("History", marks.STRONG)
        else:
            head = history_lines.head(page.counts, self._wanted, width)
        self.query_one("#history-head", Static).update(head)
        nothing = "" if page is None or page.total else self._why_nothing()
        trouble = self.query_one("#history-trouble", Static)
        said = self._slip or self._trouble
        trouble.update(short(said or nothing, 300, marks.ERROR if said else marks.FAINT))
        trouble.display = bool(said or nothing)
        self.query_one("#history-titles", Static).update(history_lines.titles(width - 2))
        told = self._told
        is_here = told is not None and self.run is not None and told.run.run_id == self.run.run_id
        body = comparison.content(told, self.scene.now, width - 4) if told is not None and is_here else ""
        self.query_one("#history-told", Static).update(body or Content(""))
        title = comparison.title(told, is_chosen=self.other is not None) if told and is_here else "Compare"
        has_focus = self.focused is not None and self.focused.id == "history-compared"
        self.query_one("#history-title", PaneTitle).show(title=title, is_focused=has_focus)
        self.refresh_bindings()

    def _why_nothing(self) -> str:
        return "no run fits: esc shows all" if self._wanted.text else "no runs here yet"

    # What happens

    @on(RunTable.Highlighted)
    def _moved(self) -> None:
        self.compare()
        self._tell()

    @on(RunTable.Opened)
    def _opened(self) -> None:
        self.action_open_run()

    @on(Input.Changed, "#history-query")
    def _typed(self, event: Input.Changed) -> None:
        """Look for it, unless a word of it means nothing: then say which, and leave what is shown."""
        event.stop()
        try:
            run_query.parsed(event.value, self.scene.now)
        except QueryError as error:
            place = event.value[error.start : error.end]
            self._slip = f"{place}: {error}; {error.hint}"
            self._tell()
            return
        self._slip = ""
        if event.value != self._wanted.text:
            self.look_for(replace(self._wanted, text=event.value))
        else:
            self._tell()

    @on(Input.Submitted, "#history-query")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.table.focus()

    @on(DescendantFocus)
    def _focus_moved(self) -> None:
        self._tell()

    @on(Resize)
    def _resized(self, event: Resize) -> None:
        width, height = event.size
        self.set_class(width < _NARROW or height < _LOW, "-single")
        self.call_after_refresh(self._tell)

    @property
    def table(self) -> RunTable:
        """Return the list."""
        return self._table

    @property
    def run(self) -> RunSummary | None:
        """Return the run that is selected."""
        return self.table.run


def show(app: App[object], scene: Scene) -> None:
    """Show the history, or go back to it."""
    for screen in app.screen_stack[:-1]:
        if isinstance(screen, HistoryScreen):
            app.pop_screen()
            return
    app.push_screen(HistoryScreen(scene))
