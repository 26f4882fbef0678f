"""The screen on which one writes a definition: the text, what it would run, and what is wrong with it."""

import asyncio
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import DescendantFocus, Resize
from textual.widgets import Static, TextArea
from typing_extensions import override

from flow_tui.app import authoring_keys
from flow_tui.app.reach import app_of
from flow_tui.app.scene import Scene
from flow_tui.app.screens.authoring_pointing import AuthoringPointing
from flow_tui.app.widgets.entries import Entries
from flow_tui.app.widgets.find import Find
from flow_tui.app.widgets.key_bar import KeyBar
from flow_tui.app.widgets.pane_title import PaneTitle
from flow_tui.app.writing import pane_lines, title_line
from flow_tui.app.writing.chooser import Chooser
from flow_tui.app.writing.draft import of_file
from flow_tui.app.writing.pointing import Told
from flow_tui.app.writing.source_view import SourceView
from flow_tui.model import ids
from flow_tui.model.ids import StepPath
from flow_tui.model.state import RunState
from flow_tui.runtime.drafts import (
    Check,
    Checked,
    Fetched,
    Foresee,
    Foreseen,
    Kept,
    Recalled,
    Stored,
    Touched,
)
from flow_tui.runtime.messages import CouldNotRead, LibraryChanged, News

_PANES = ("source", "plan", "problems")
_NARROW, _LOW = 60, 16
"""Below these, one pane is shown at a time."""
_WIDE = 100
"""From this on there is room for the plan beside the text."""
_SMALLEST_WIDTH, _SMALLEST_HEIGHT = 40, 10
_MOST_PROBLEMS = {False: 3, True: 6}
"""Lines for problems, on low terminals and on high ones."""
_HIGH = 30
_FORESEEN_EVERY = timedelta(seconds=3)
"""So often it is asked what the next run would do, while the one on screen goes on."""


class AuthoringScreen(AuthoringPointing):
    """Follows what is written at every key; the last good state of it stays while it is broken."""

    BINDINGS: ClassVar[list[BindingType]] = [*authoring_keys.AUTHORING]
    AUTO_FOCUS = "SourceView"
    DEFAULT_CLASSES = "-at-source"
    CSS_PATH = Path(__file__).with_name("authoring.tcss")
    patience: ClassVar[float] = 0.35
    """Seconds without a key until notes appear below lines: they would jump about while one types."""

    def __init__(self, scene: Scene, file: Path, line: int = 0) -> None:
        super().__init__(scene, file)
        self._line = line
        """Where to begin, from 1; 0 for the top."""
        self._tokens = count(7_000_000)  # told apart from the tokens of others who ask the same reader
        self._check_token = self._foresee_token = 0
        self._typed_at: float | None = None
        """When something was typed that notes have not been told of yet, by the clock of the loop."""
        self._shown_run: tuple[str, int] = ("", -1)
        self._foreseen_of = -1
        """How far the run had come when it was asked last what the next one would do."""
        self._foreseen_at: datetime | None = None
        self._title = Content()
        self._height: str | int = 0
        self._planned: tuple[object, ...] = ()
        """What the plan was made of that is shown."""

    def compose(self) -> ComposeResult:
        """Put the plan beside the text, and the problems below."""
        yield Static(id="author-title", markup=False)
        with Horizontal(id="author-panes"):
            with Vertical(id="source-pane"):
                yield PaneTitle(1, self.draft.file.name, id="source-title")
                yield SourceView(id="source")
            with Vertical(id="plan-pane"):
                yield PaneTitle(2, "Plan", id="plan-title")
                yield Entries(id="plan")
                yield Static(id="effect", markup=False)
        with Vertical(id="problems-pane"):
            yield PaneTitle(3, "Problems", id="problems-title")
            yield Entries(id="problems")
        yield Find()
        yield Chooser()
        yield Told()
        yield KeyBar()
        yield Static(Content("too small: 40 × 10 at least"), id="tiny", markup=False)

    def on_mount(self) -> None:
        """Ask what the file holds."""
        self.source.chooser = self.chooser
        self.look_at_file()
        self.paint(self.scene)
        self.refresh_bindings()

    # What arrives

    def answer(self, item: News) -> None:
        """Take what was found out; what was asked before the last key counts no more."""
        match item:
            case Fetched():
                self.take_file(item)
            case Checked(token=token) if token == self._check_token:
                self._take_check(item)
            case Foreseen(token=token) if token == self._foresee_token:
                self.draft.foreseen = item
                self._show_plan()
            case Stored():
                self.take_stored(item)
            case Kept():
                self.take_kept(item)
            case Recalled():
                self.take_recalled(item)
            case CouldNotRead(token=token) if token in (self._check_token, self._foresee_token):
                self.trouble = item.why
                self._show_problems()
            case Touched(is_beside=True):
                self.look_at_file()
                self.check()
            case LibraryChanged() | Touched():
                self.look_at_file()
            case _:
                self.take_other(item)

    def _take_check(self, checked: Checked) -> None:
        source, draft = self.source, self.draft
        self.trouble = ""
        draft.take(checked)
        source.underline(checked.diagnostics)
        if checked.plan is not None:
            source.place_steps(draft.lines())
            if draft.run is None:
                draft.foreseen = None
        self._show_signs()
        self._show_plan()
        self._show_problems()
        if self._typed_at is None:
            self._settle()

    def _settle(self) -> None:
        """Tell below the lines what is wrong, and ask what the next run would do."""
        self._typed_at = None
        self.source.tell()
        self._foresee()

    def _foresee(self) -> None:
        """Ask what the next run would do again, as far as the run on screen has come."""
        draft = self.draft
        good, run = draft.good, draft.run
        if run is not None and good is not None and good is draft.checked:
            self._foreseen_of, self._foreseen_at = run.seq, self.scene.now
            self._foresee_token = next(self._tokens)
            self.scene.session.reader.draft(
                Foresee(token=self._foresee_token, file=draft.file, text=good.text, run_id=run.run_id)
            )

    @on(TextArea.Changed)
    def _edited(self) -> None:
        if self.is_loading:
            self.is_loading = False
            self._typed_at = None
        else:
            self._typed_at = asyncio.get_running_loop().time()
            self.is_given_up = False
        self.note_unsaved()
        self.check()
        self._show_title()

    @override
    def check(self) -> None:
        """Ask what there is to say of the text as it is now; of a file that cannot be read that is known."""
        if self.draft.unread:
            self.trouble = self.draft.unread
            self._show_problems()
            return
        self._check_token = next(self._tokens)
        self.scene.session.reader.draft(
            Check(
                token=self._check_token,
                file=self.draft.file,
                text=self.source.text,
                before=self.draft.before,
            )
        )

    # Painting

    @property
    def pace(self) -> float:
        """Return after how many seconds there is something to tell; 0 while nobody types."""
        return self.patience / 2 if self._typed_at is not None or self.is_pointing else 0.0

    def paint(self, scene: Scene) -> None:
        """Show what is true now."""
        self.scene = scene
        self._follow_run(of_file(scene.state, self.draft.file))
        loop = asyncio.get_running_loop()
        if self._typed_at is not None and loop.time() - self._typed_at >= self.patience:
            self._settle()
        self.look_now_and_then()
        self.keep_now_and_then()
        self.look_at_mouse()
        self._show_title()

    def _follow_run(self, run: RunState | None) -> None:
        """Show how the steps stand in the run of this file that is on screen."""
        is_other = run is not self.draft.run
        self.draft.run = run
        seen = ("", -1) if run is None else (str(run.run_id), run.seq)
        if is_other:
            self.draft.foreseen = None
            if self.draft.checked is not None:
                self.check()
        if run is not None and self.draft.foreseen is not None and run.seq != self._foreseen_of:
            at = self._foreseen_at
            if run.is_stopped or at is None or self.scene.now - at >= _FORESEEN_EVERY:
                self._foresee()
        if seen != self._shown_run:
            self._shown_run = seen
            self._show_signs()
            self._show_plan()

    def _show_signs(self) -> None:
        self.source.show_signs(self.draft.signs())

    def _show_title(self) -> None:
        draft, at = self.draft, self._pane()
        width = self.size.width - 2
        said = title_line.title(draft, self.scene, width, is_dirty=self.is_dirty, told=self.told_of_file)
        if said != self._title:
            self._title = said
            self.query_one("#author-title", Static).update(said)
        row, column = self.source.cursor_location
        self.query_one("#source-title", PaneTitle).show(
            title=draft.file.name + (" ●" if self.is_dirty else ""),
            beside=f"{row + 1}:{column + 1}",
            is_focused=at == "source",
        )
        against = f"against {ids.short(draft.run.run_id)}" if draft.run is not None else "against the file"
        self.query_one("#plan-title", PaneTitle).show(
            title=title_line.of_plan(draft),
            beside=against if draft.good is not None else "",
            is_focused=at == "plan",
        )
        count_ = len(draft.problems)
        self.query_one("#problems-title", PaneTitle).show(
            title="Problems", beside=str(count_ or ""), is_focused=at == "problems"
        )

    def _show_plan(self) -> None:
        draft = self.draft
        good, run = draft.good, draft.run
        known = (good.changes, good.plan) if good is not None else ()
        planned = (*known, draft.signs(), draft.foreseen, run.status if run is not None else None)
        if planned == self._planned:
            return
        self._planned = planned
        self.query_one("#plan", Entries).show(pane_lines.plan(self.draft))
        self.query_one("#effect", Static).update(Content("\n").join(pane_lines.effect(self.draft)))

    def _show_problems(self) -> None:
        entries = pane_lines.problems(self.draft.problems, self.trouble)
        shown = self.query_one("#problems", Entries)
        shown.show(entries)
        most = _MOST_PROBLEMS[self.size.height >= _HIGH]
        height = "1fr" if self.has_class("-single") else max(1, min(most, len(entries)))
        if height != self._height:
            self._height = shown.styles.height = height
        self._show_title()
        self.refresh_bindings()

    # Panes

    def _pane(self) -> str:
        """Return which pane has the focus."""
        focused = self.focused
        return "source" if focused is None or focused.id not in _PANES else focused.id

    @override
    def action_pane(self, pane: str) -> None:
        """Go to a pane."""
        self.update_classes({f"-at-{each}": each == pane for each in _PANES})
        self.query_one(f"#{pane}").focus()

    def action_turn(self, by: int) -> None:
        """Go to the next pane."""
        self.action_pane(_PANES[(_PANES.index(self._pane()) + by) % len(_PANES)])

    @on(DescendantFocus)
    def _focus_moved(self) -> None:
        pane = self._pane()
        self.update_classes({f"-at-{each}": each == pane for each in _PANES})
        self._show_title()
        self.refresh_bindings()

    @on(Entries.Opened)
    def _opened(self, event: Entries.Opened) -> None:
        """Go to the text of a step, or to a problem."""
        event.stop()
        if event.entries.id == "problems":
            self.go_to_problem(int(event.key))
            return
        rows = {path: line for line, path in self.source.steps.items()}
        line = rows.get(StepPath(event.key))
        if line is not None:
            self.go_to(line, 0)

    @on(TextArea.SelectionChanged)
    def _moved(self) -> None:
        self._show_title()

    @on(Resize)
    def _resized(self, event: Resize) -> None:
        width, height = event.size
        self.update_classes(
            {
                "-tiny": width < _SMALLEST_WIDTH or height < _SMALLEST_HEIGHT,
                "-single": width < _NARROW or height < _LOW,
                "-wide": width >= _WIDE and height >= _LOW,
            }
        )
        self.call_after_refresh(self._laid_out)

    def _laid_out(self) -> None:
        """Tell what is wrong in lines that are as wide as they are now."""
        if self.focused is None and not self.has_class("-tiny") and self.is_current:
            self.source.focus()
        self.source.tell()
        self._show_problems()

    @override
    def open_other(self, file: Path, line: int) -> None:
        show(app_of(self), self.scene, file, line)


def show(app: App[object], scene: Scene, file: Path, line: int = 0) -> None:
    """Write a definition, from a line on."""
    app.push_screen(AuthoringScreen(scene, file, line))
