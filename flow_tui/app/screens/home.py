"""Home: the project's workflows and its recent runs."""

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from flow_tui.app import keys, marks
from flow_tui.app.reach import app_of
from flow_tui.app.scene import Scene
from flow_tui.app.screens.base import FullScreen
from flow_tui.app.session import WorkflowEntry
from flow_tui.app.text import short
from flow_tui.app.widgets.key_bar import KeyBar
from flow_tui.app.widgets.notices import Notices, troubles
from flow_tui.app.widgets.pane_title import PaneTitle
from flow_tui.model import ids
from flow_tui.model.status import INTERRUPTED
from flow_tui.model.values import RunSummary
from flow_tui.runtime.messages import CouldNotRead, Launch, News, OpenRun, RunsListed
from flow_tui.view import format as fmt
from flow_tui.view.glyphs import UNICODE, word

_NAME = 22
_RUN = 14


def workflow_line(entry: WorkflowEntry) -> Content:
    """Return one line for a workflow."""
    name = fmt.fit(short(entry.name, _NAME).plain, _NAME)
    if entry.errors:
        return Content.assemble(
            (f"{UNICODE.failed} ", marks.ERROR),
            name,
            (f"  {fmt.counted(entry.errors, 'error')}", marks.ERROR),
        )
    return Content.assemble(
        "  ", (name, marks.STRONG), "  ", short(entry.title, 60), "  ", short(entry.last, 40, marks.FAINT)
    )


def run_line(run: RunSummary, now: datetime, *, is_left: bool = False) -> Content:
    """Return one line for a run; ``is_left`` where nobody works on it any more though it is not over."""
    mark, standing = UNICODE.run(run.status), word(run.status)
    ended, style = run.ended_at or now, marks.RUNS[run.status]
    wants = f"waits: {run.waiting_for}" if run.waiting_for else run.error.partition("\n")[0]
    if is_left:
        mark, standing, style = UNICODE.cancelled, INTERRUPTED, marks.WARNING
        ended, wants = run.last_heartbeat_at or run.started_at, "its program is gone; r goes on with it"
    said = f"{mark} {fmt.fit(standing, 11)}"
    return Content.assemble(
        "  ",
        (fmt.fit(ids.short(run.run_id), 7), marks.FAINT),
        (fmt.fit(short(run.title or run.workflow, _RUN).plain, _RUN), marks.STRONG),
        "  ",
        (said, style),
        f"  {fmt.fit_right(fmt.clock(fmt.age(run.started_at, ended)), 8)}",
        (f"  {fmt.fit(fmt.short(fmt.age(run.started_at, now)) + ' ago', 10)}  ", marks.FAINT),
        short(wants, 80, marks.WARNING if run.waiting_for and not is_left else marks.FAINT),
    )


class Entries(OptionList):
    """A list whose keys are in the table."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.HOME_LIST]


class HomeScreen(FullScreen):
    """Lists what can be started and what can be looked at."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.HOME_ANYWHERE]
    AUTO_FOCUS = "#workflows"

    def __init__(self) -> None:
        super().__init__()
        self._runs: tuple[RunSummary, ...] = ()
        self._workflows: tuple[WorkflowEntry, ...] | None = None
        self._token = 0
        self._scene: Scene | None = None

    def compose(self) -> ComposeResult:
        """List workflows over runs."""
        yield Static(id="home-title", markup=False)
        yield PaneTitle(1, "Workflows", id="workflows-title")
        yield Entries(id="workflows", markup=False)
        yield PaneTitle(2, "Runs", id="runs-title")
        yield Entries(id="runs", markup=False)
        yield Notices(id="attention")
        yield KeyBar()

    def on_screen_resume(self) -> None:
        """Ask what has happened meanwhile."""
        if self._scene is not None:
            self._ask(self._scene)

    def _ask(self, scene: Scene) -> None:
        self._token += 1
        scene.session.reader.runs(self._token, "")

    def paint(self, scene: Scene) -> None:
        """Show what is known now."""
        if self._scene is None:
            self._scene = scene
            self._ask(scene)
            title = scene.session.start_args.title or "flow-tui"
            self.query_one("#home-title", Static).update(short(title, 80, marks.STRONG))
            self.refresh_bindings()
        workflows = scene.session.workflows
        if workflows != self._workflows:
            self._workflows = workflows
            self._fill("workflows", map(workflow_line, workflows), "no workflows in this project")
        for name, count in (("workflows", len(workflows)), ("runs", len(self._runs))):
            focused = self.focused is not None and self.focused.id == name
            self.query_one(f"#{name}-title", PaneTitle).show(
                title=name.capitalize(), beside=str(count), is_focused=focused
            )
        self.query_one(Notices).show(troubles(scene))

    def answer(self, item: News) -> None:
        """Take what the reader found."""
        match item:
            case RunsListed(token=token) if token == self._token and self._scene is not None:
                self._runs, now, left = item.runs, self._scene.now, item.interrupted
                lines = (run_line(run, now, is_left=run.run_id in left) for run in item.runs)
                self._fill("runs", lines, "no runs yet")
            case CouldNotRead(token=token, why=why) if token == self._token:
                self._runs = ()
                self._fill("runs", iter(()), f"the history cannot be read: {why}")
            case _:
                pass

    def _fill(self, name: str, said: Iterator[Content], nothing: str) -> None:
        options = self.query_one(f"#{name}", OptionList)
        before = options.highlighted
        entries = [Option(line) for line in said]
        options.set_options(entries or [Option(short(f"  {nothing}", style=marks.FAINT), disabled=True)])
        if entries:
            options.highlighted = min(before or 0, len(entries) - 1)

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option_list.id == "runs" and event.option_index < len(self._runs):
            if self._scene is not None:
                self._scene.session.send(OpenRun(run_id=self._runs[event.option_index].run_id))
        else:
            self.action_launch()

    def action_launch(self) -> None:
        """Start the selected workflow, after asking."""
        index = self.query_one("#workflows", OptionList).highlighted
        scene = self._scene
        if scene is None or index is None or index >= len(scene.session.workflows):
            return
        entry = scene.session.workflows[index]
        from flow_tui.app.screens import questions  # noqa: PLC0415 - only when somebody asks

        def launch(answer: str | None) -> None:
            if answer == "run":
                scene.session.send(Launch(workflow=entry.name))

        app_of(self).push_screen(questions.launch(entry), launch)

    def action_pane(self, pane: str) -> None:
        """Focus a list."""
        self.query_one(f"#{pane}").focus()
