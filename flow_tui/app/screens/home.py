"""Home: the project's workflows and its recent runs."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import PurePath
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

_NAME, _TITLE = 28, 34
_RUN = 14
_EVERY = timedelta(seconds=5)
"""So often what others do in the project is looked at again."""
_NO_WORKFLOWS = (
    "no workflows here yet",
    "flow-tui init      makes a project with a workflow that runs at once",
    "flow-tui run FILE  runs any workflow, wherever it is",
)
_NO_RUNS = ("no runs here yet: n starts the workflow that is selected",)


def workflow_lines(entries: Sequence[WorkflowEntry]) -> Iterator[Content]:
    """Yield one line for each workflow, its name, title and last result under one another."""
    names = [short(entry.name, _NAME).plain for entry in entries]
    titles = [short(entry.title, _TITLE).plain for entry in entries]
    name_width, title_width = max(map(fmt.width, names), default=0), max(map(fmt.width, titles), default=0)
    for entry, name, title in zip(entries, names, titles, strict=True):
        shown = fmt.fit(name, name_width)
        if entry.errors:
            said = f"  {fmt.counted(entry.errors, 'error')}: flow-tui check tells"
            yield Content.assemble((f"{UNICODE.failed} ", marks.ERROR), shown, (said, marks.ERROR))
            continue
        last = short(entry.last or "never run", 40, marks.FAINT)
        yield Content.assemble("  ", (shown, marks.STRONG), "  ", fmt.fit(title, title_width), "  ", last)


def run_line(run: RunSummary, now: datetime, *, is_left: bool = False) -> Content:
    """Return one line for a run; ``is_left`` where nobody works on it any more though it is not over."""
    mark, standing = UNICODE.run(run.status), word(run.status)
    seen, style = now, marks.RUNS[run.status]
    wants = f"waits: {run.waiting_for}" if run.waiting_for else run.error.partition("\n")[0]
    if is_left:
        mark, standing, style = UNICODE.cancelled, INTERRUPTED, marks.WARNING
        seen, wants = run.last_heartbeat_at or run.started_at, "its program is gone: open it, and r goes on"
    said = f"{mark} {fmt.fit(standing, 11)}"
    return Content.assemble(
        "  ",
        (fmt.fit(ids.short(run.run_id), 7), marks.FAINT),
        (fmt.fit(short(run.title or run.workflow, _RUN).plain, _RUN), marks.STRONG),
        "  ",
        (said, style),
        f"  {fmt.fit_right(fmt.clock(run.took(seen)), 8)}",
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
        self._asked_at: datetime | None = None
        self._listed: tuple[Content, ...] = ()

    def compose(self) -> ComposeResult:
        """List workflows over runs."""
        yield Static(id="home-title", markup=False)
        yield PaneTitle(1, "Workflows", id="workflows-title")
        yield Entries(id="workflows", markup=False)
        yield PaneTitle(2, "Runs", id="runs-title")
        yield Entries(id="runs", markup=False)
        yield Notices(id="attention")
        yield KeyBar()

    def on_mount(self) -> None:
        """Be complete in the first frame already, but for what has to be read."""
        self._show_title("")
        self.refresh_bindings()

    def on_screen_resume(self) -> None:
        """Ask what has happened meanwhile."""
        if self._scene is not None:
            self._ask(self._scene)

    def _ask(self, scene: Scene) -> None:
        self._token += 1
        self._asked_at = scene.now
        scene.session.reader.runs(self._token, "")

    def paint(self, scene: Scene) -> None:
        """Show what is known now."""
        if self._scene is None:
            self._scene = scene
            self._ask(scene)
            self._show_title("")
            self.refresh_bindings()
        elif self.is_current and self._asked_at is not None and scene.now - self._asked_at >= _EVERY:
            self._ask(scene)
        workflows = scene.session.workflows
        if workflows != self._workflows:
            self._list_workflows(workflows)
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
                self._show_title(item.root)
                self._list_runs(item, self._scene.now)
            case CouldNotRead(token=token, why=why) if token == self._token:
                self._runs = ()
                self._listed = ()
                self._fill("runs", iter(()), [f"the history cannot be read: {why}"])
            case _:
                pass

    def _show_title(self, root: str) -> None:
        title = self._scene.session.start_args.title if self._scene is not None else ""
        name = title or PurePath(root).name or "flow-tui"
        said = Content.assemble(short(name, 40, marks.STRONG), "  ", short(root, 120, marks.FAINT))
        self.query_one("#home-title", Static).update(said)

    def _list_workflows(self, workflows: tuple[WorkflowEntry, ...]) -> None:
        """Show the workflows; the one that was selected stays so, wherever it stands now."""
        options = self.query_one("#workflows", OptionList)
        before, at = [entry.file for entry in self._workflows or ()], options.highlighted
        self._workflows = workflows
        self._fill("workflows", workflow_lines(workflows), _NO_WORKFLOWS)
        after = [entry.file for entry in workflows]
        if at is not None and at < len(before) and before[at] in after:
            options.highlighted = after.index(before[at])

    def _list_runs(self, item: RunsListed, now: datetime) -> None:
        """Show the runs; the one that was selected stays so, wherever it stands now."""
        listed = tuple(run_line(run, now, is_left=run.run_id in item.interrupted) for run in item.runs)
        if listed == self._listed and listed:
            return
        options = self.query_one("#runs", OptionList)
        before, at = [run.run_id for run in self._runs], options.highlighted
        selected = before[at] if at is not None and 0 < at < len(before) else None
        self._runs, self._listed = item.runs, listed
        self._fill("runs", iter(listed), _NO_RUNS)
        after = [run.run_id for run in item.runs]
        if selected is not None and selected in after:
            options.highlighted = after.index(selected)

    def _fill(self, name: str, said: Iterator[Content], nothing: Sequence[str]) -> None:
        options = self.query_one(f"#{name}", OptionList)
        before = options.highlighted
        entries = [Option(line) for line in said]
        told = [Option(short(f"  {text}", style=marks.FAINT), disabled=True) for text in nothing]
        options.set_options(entries or told)
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
