"""Home: the project's workflows, what waits for a person, what runs, and what ran."""

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path, PurePath
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import DescendantFocus, Resize
from textual.widgets import Input, Static

from flow_tui.app import keys, marks
from flow_tui.app.project_runs import arranged
from flow_tui.app.reach import app_of
from flow_tui.app.scene import Scene
from flow_tui.app.screens.home_deeds import HomeDeeds
from flow_tui.app.session import WorkflowEntry
from flow_tui.app.text import short
from flow_tui.app.widgets import home_about, home_entries, home_lines
from flow_tui.app.widgets.entries import Entries, Entry
from flow_tui.app.widgets.finder import Finder
from flow_tui.app.widgets.home_about import About
from flow_tui.app.widgets.key_bar import KeyBar
from flow_tui.app.widgets.notices import Notices, queued, troubles, unread
from flow_tui.app.widgets.pane_title import PaneTitle
from flow_tui.model.values import RunSummary
from flow_tui.runtime.chores import RunsForgotten
from flow_tui.runtime.messages import CouldNotRead, GateListed, News, OpenRun, RunsListed
from flow_tui.view import format as fmt

_EVERY = timedelta(seconds=5)
"""So often what others do in the project is looked at again."""
_READING = ("looking …",)
_NO_WORKFLOWS = (
    "no workflows here yet; in a terminal in this folder:",
    "flow-tui init      makes a project with a workflow that runs at once",
    "flow-tui run FILE  runs any workflow, wherever it is",
    "what is made there appears here by itself; q leaves this screen",
)
_NO_RUNS = ("no runs here yet",)
_FIRST_RUN = ("no runs here yet: n starts the workflow that is selected",)
_PANES = ("workflows", "runs", "about")
_LEAST = 5
"""Lines for the workflows, whatever happens."""
_NARROW, _LOW = 60, 16
"""Below these, one pane is shown at a time."""
_WIDE, _HIGH = 120, 36
"""From these on, there is room to tell more of what is selected: beside the lists, or below them."""


class HomeScreen(HomeDeeds):
    """Lists what can be started and what can be looked at."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.HOME_ANYWHERE, *keys.HOME_RUNS]
    AUTO_FOCUS = "#workflows"
    CSS_PATH = Path(__file__).with_name("home.tcss")

    def __init__(self) -> None:
        super().__init__()
        self._workflows: tuple[WorkflowEntry, ...] | None = None
        self._token = 0
        self._asked_at: datetime | None = None
        self._listed_at: datetime | None = None
        self._moves: tuple[object, ...] = ()
        """What runs of this program looked like when they were listed last."""
        self._trouble = ""
        """Why the history cannot be read."""
        self._last_list = "workflows"
        """Whose selection is told of."""
        self._is_back = False
        """The workflow is selected that was selected when somebody left."""

    def compose(self) -> ComposeResult:
        """List workflows over runs, beside more about what is selected."""
        yield Static(id="home-title", markup=False)
        with Horizontal(id="home"):
            with Vertical(id="home-lists"):
                with Vertical(id="workflows-pane"):
                    yield PaneTitle(1, "Workflows", id="workflows-title")
                    yield Finder("find a workflow by a few letters", id="find-workflow")
                    yield Entries(id="workflows")
                with Vertical(id="runs-pane"):
                    yield PaneTitle(2, "Runs", id="runs-title")
                    yield Entries(id="runs")
            with Vertical(id="about-pane"):
                yield PaneTitle(3, "About", id="about-title")
                yield About(id="about")
        yield Notices(id="attention")
        yield KeyBar()

    def on_mount(self) -> None:
        """Be complete in the first frame already, but for what has to be read."""
        self._show_title("")
        self._fill("workflows", (), _READING)
        self._fill("runs", (), _READING)
        self.refresh_bindings()

    def on_screen_resume(self) -> None:
        """Ask what has happened meanwhile."""
        if self._scene is not None:
            self._ask(self._scene)
            before = self._at_work
            self._list(self._scene)
            self.go_to_newcomer(before)  # perhaps started from here

    def _ask(self, scene: Scene) -> None:
        self._token += 1
        self._asked_at = scene.now
        scene.session.reader.runs(self._token)

    def paint(self, scene: Scene) -> None:
        """Show what is known now; what lies under another screen waits until it is seen again."""
        if self._scene is None:
            self._scene, self._asked_at = scene, scene.now
            self.call_after_refresh(self._ask, scene)  # what is not on screen yet would wait for it
            self._show_title("")
            self.refresh_bindings()
        if not self.is_current:
            return
        moves = tuple((state.run_id, state.status) for state in scene.runs.active())
        is_due = self._asked_at is None or scene.now - self._asked_at >= _EVERY
        if is_due or (moves != self._moves and self._listed is not None):
            self._ask(scene)
        if (
            moves != self._moves
            or scene.now != self._listed_at
            or scene.session.workflows is not self._workflows
        ):
            self._moves = moves
            self._list(scene)
        self._paint_titles()
        self.query_one(Notices).show((*troubles(scene), *unread(self._trouble), *queued(scene)))
        if self._is_back:
            scene.memory = replace(scene.memory, workflow=self.query_one("#workflows", Entries).key)
        if self._is_back_at_run:
            scene.memory = replace(scene.memory, run=self.query_one("#runs", Entries).key)

    def answer(self, item: News) -> None:
        """Take what the reader found."""
        match item:
            case RunsListed(token=token) if token == self._token and self._scene is not None:
                self._root = item.root
                self._show_title(item.root)
                self._listed, self._trouble = item, ""
                self._list(self._scene)
            case RunsForgotten() if self._scene is not None:
                self._ask(self._scene)
            case CouldNotRead(token=token, why=why) if token == self._token and self._scene is not None:
                self._listed, self._trouble = None, f"the history cannot be read just now: {why}"
                self._list(self._scene)
            case _:
                pass

    # What is listed

    def _list(self, scene: Scene) -> None:
        """Show workflows and runs as they are now; what was selected stays so, wherever it stands."""
        self._listed_at, self._workflows = scene.now, scene.session.workflows
        self._runs = arranged(self._listed, scene.runs)
        has_read = self._listed is not None or bool(self._trouble)
        query, known = self.query_one(Finder).value, self._workflows
        known = home_entries.without_history(known) if self._trouble else known
        listed = tuple(home_entries.workflows(known, query, scene.now))
        self._fill("workflows", listed, _NO_WORKFLOWS if has_read else _READING)
        if self._workflows and not self._is_back:
            self._is_back = True
            self.query_one("#workflows", Entries).go_to(scene.memory.workflow)
        none_yet = _FIRST_RUN if self._workflows else _NO_RUNS
        nothing = ("not known",) if self._trouble else none_yet if has_read else _READING
        self._fill("runs", tuple(home_entries.runs(self._runs, scene.now, self.marked)), nothing)
        self.keep_in_sight(scene.memory.run)
        self._share()
        self._tell()
        self.refresh_bindings()

    def _fill(self, name: str, entries: Sequence[Entry], nothing: Sequence[str]) -> None:
        self.query_one(f"#{name}", Entries).show(entries or home_entries.told(nothing))

    def _share(self) -> None:
        """Give the workflows the lines they need, but leave the runs half, or what they need of it."""
        room = self.query_one("#home-lists").size.height
        if not room or self.has_class("-single"):
            return
        lines = {name: len(self.query_one(f"#{name}", Entries)) + 2 for name in ("workflows", "runs")}
        half = room // 2
        own = max(min(lines["workflows"], half), min(lines["workflows"], room - lines["runs"]))
        if not self.query_one(Finder).value:  # while somebody types, nothing jumps
            self.query_one("#workflows-pane").styles.height = max(_LEAST, own)

    def _paint_titles(self) -> None:
        at, found = self._pane(), self.query_one("#workflows", Entries).choices
        every = len(self._workflows or ())
        finds = bool(self.query_one(Finder).value.strip())
        counts = {
            "workflows": f"{found} of {every}" if finds else f"{every}",
            "runs": ""
            if self._trouble and not self._runs.total
            else home_entries.counted(self._runs, len(self.marked)),
            "about": "",
        }
        for name, beside in counts.items():
            others = home_lines.panes_besides(name, counts) if self.has_class("-single") else ""
            title = self.query_one(f"#{name}-title", PaneTitle)
            title.show(title=name.capitalize(), beside=f"{beside}{others}", is_focused=at == name)

    def _show_title(self, root: str) -> None:
        title = self._scene.session.start_args.title if self._scene is not None else ""
        name = title or PurePath(root).name or "flow-tui"
        shown = fmt.from_home(root, os.environ.get("HOME", ""))
        said = Content.assemble(short(name, 40, marks.STRONG), "  ", short(shown, 120, marks.FAINT))
        self.query_one("#home-title", Static).update(said)

    # What is selected

    @property
    def selected_workflow(self) -> WorkflowEntry | None:
        """Return the workflow under its list's cursor."""
        key = self.query_one("#workflows", Entries).key
        entries = self._workflows or ()
        return next((each for each in entries if home_entries.workflow_key(each) == key), None)

    @property
    def selected_gate(self) -> GateListed | None:
        """Return the gate under the cursor of the runs."""
        key = self.query_one("#runs", Entries).key
        return next((each for each in self._runs.gates if home_entries.gate_key(each) == key), None)

    @property
    def selected_run(self) -> RunSummary | None:
        """Return the run under the cursor of the runs, or the one around the gate there."""
        gate = self.selected_gate
        key = gate.whole if gate is not None else self.query_one("#runs", Entries).key
        return next((each for each in self._runs.every if each.run_id == key), None)

    @property
    def is_at_runs(self) -> bool:
        """Say whether the runs are what was looked at last."""
        return self._last_list == "runs"

    def relist(self) -> None:
        """Show the lists again."""
        if self._scene is not None:
            self._list(self._scene)
            self._paint_titles()

    @on(Entries.Highlighted)
    def _selected(self) -> None:
        self._tell()
        self.refresh_bindings()

    def _tell(self) -> None:
        """Tell more of what is selected."""
        scene, about = self._scene, self.query_one(About)
        if scene is None or not about.display:
            return
        workflow, gate, run = self.selected_workflow, self.selected_gate, self.selected_run
        match self._last_list:
            case "workflows" if workflow is not None:
                about.show(home_entries.workflow_key(workflow), home_about.workflow(workflow, scene.now))
            case "runs" if gate is not None:
                about.show(home_entries.gate_key(gate), home_about.gate(gate, scene.now))
            case "runs" if run is not None:
                is_left = run.run_id in self._runs.interrupted
                about.show(run.run_id, home_about.run(run, scene.now, is_left=is_left))
            case _:
                about.show("", home_about.nothing())

    # What the keys do

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Allow what can be done now."""
        match action:
            case "deed" | "mark":
                return self.is_at_runs and self.selected_run is not None
            case "launch":
                return bool(self._workflows)
            case "answer":
                return bool(self._runs.gates)
            case "back":
                return self._is_finding or self.has_class("-about") or bool(self.marked)
            case _:
                return super().check_action(action, parameters)

    @on(Entries.Opened)
    def _opened(self, event: Entries.Opened) -> None:
        event.stop()
        gate, run = self.selected_gate, self.selected_run
        if event.entries.id != "runs":
            self.action_launch()
        elif self._scene is not None and gate is not None:
            self._scene.session.send(OpenRun(run_id=gate.whole))
        elif self._scene is not None and run is not None:
            self._scene.session.send(OpenRun(run_id=run.run_id))

    def action_launch(self) -> None:
        """Prepare a run of the selected workflow; of one that cannot run, say why."""
        scene, entry = self._scene, self.selected_workflow
        if scene is None or entry is None:
            return
        if entry.errors:
            self._last_list = "workflows"
            self.action_pane("about")
            return
        from flow_tui.app.screens.launch import LaunchDialog  # noqa: PLC0415 - only when somebody asks

        app_of(self).push_screen(LaunchDialog(entry.name, scene, entry.inputs))

    # Finding

    @property
    def _is_finding(self) -> bool:
        return any(each.has_focus or each.value for each in self.query(Finder))  # none at first

    def action_find(self) -> None:
        """Type a few letters of a workflow."""
        self.add_class("-finding")
        self.action_pane("workflows")
        self.query_one(Finder).focus()
        self.refresh_bindings()

    def action_back(self) -> None:
        """Leave what is told of the selection, or the search, and show everything again."""
        if self.has_class("-about"):
            self.action_pane(self._last_list)
            return
        if self.marked and not self._is_finding:
            self.unmark()
            return
        self.query_one(Finder).value = ""
        self.remove_class("-finding")
        self.action_pane("workflows")
        self.refresh_bindings()

    @on(Input.Changed)
    def _typed(self) -> None:
        """Show what fits, and put the cursor on what fits best."""
        if self._scene is not None:
            self._list(self._scene)
            if self.query_one(Finder).value.strip():
                self.query_one("#workflows", Entries).action_first()
            self._paint_titles()

    @on(Finder.Moved)
    def _moved(self, event: Finder.Moved) -> None:
        entries = self.query_one("#workflows", Entries)
        entries.action_cursor_down() if event.by > 0 else entries.action_cursor_up()

    @on(Finder.Chosen)
    def _found(self) -> None:
        self.action_launch()

    # Panes

    def _pane(self) -> str:
        """Return which pane has the focus."""
        focused = self.focused
        return "workflows" if focused is None or focused.id not in _PANES else focused.id

    def action_pane(self, pane: str) -> None:
        """Focus a list, or what is told of the selection, alone where there is no room beside."""
        is_alone = pane == "about" and not (self.has_class("-side") or self.has_class("-below"))
        self.set_class(is_alone, "-about")
        self.update_classes({f"-at-{each}": each == pane for each in _PANES})
        self.query_one(f"#{pane}").focus()
        self._tell()
        self.refresh_bindings()

    def action_turn(self, by: int) -> None:
        """Focus the next pane, or the one before."""
        self.action_pane(_PANES[(_PANES.index(self._pane()) + by) % len(_PANES)])

    @on(DescendantFocus)
    def _focus_moved(self) -> None:
        pane = self._pane()
        if pane != "about":
            self._last_list = pane
            self.remove_class("-about")
        self.update_classes({f"-at-{each}": each == pane for each in _PANES})
        self._paint_titles()
        self._tell()

    @on(Resize)
    def _resized(self, event: Resize) -> None:
        width, height = event.size
        is_single = width < _NARROW or height < _LOW
        is_wide = not is_single and width >= _WIDE
        self.update_classes(
            {"-single": is_single, "-side": is_wide, "-below": not (is_single or is_wide) and height >= _HIGH}
        )
        self.call_after_refresh(self._share)
