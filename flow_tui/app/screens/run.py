"""The run screen: how the run stands, its steps, and everything about the one that is selected."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.events import DescendantFocus, Resize
from typing_extensions import override

from flow_tui.app import keys, possible, step_keys
from flow_tui.app.outlook import Outlook
from flow_tui.app.pulse import FEW, Pulse, pulse
from flow_tui.app.scene import Scene
from flow_tui.app.screens.run_detail import NO_STEPS
from flow_tui.app.screens.run_views import HIGH, WIDE, RunViews
from flow_tui.app.widgets import notices
from flow_tui.app.widgets.key_bar import KeyBar
from flow_tui.app.widgets.notices import Notices
from flow_tui.app.widgets.output import Output
from flow_tui.app.widgets.pane_title import PaneTitle
from flow_tui.app.widgets.plain_pane import Columns, Rows
from flow_tui.app.widgets.status_bar import StatusBar
from flow_tui.app.widgets.step_detail import StepDetail
from flow_tui.app.widgets.step_tree import StepTree
from flow_tui.dataclass import replace
from flow_tui.model.naming import around
from flow_tui.model.state import RunState
from flow_tui.runtime.messages import News
from flow_tui.view.counts import Counts
from flow_tui.view.glyphs import UNICODE

if TYPE_CHECKING:  # loaded with the first run
    from flow_tui.view.row import Row

NARROW, LOW = 60, 16
"""Below this, one pane at a time."""
SMALLEST_WIDTH, SMALLEST_HEIGHT = 40, 10
LOW_KEYS = 20
"""Below this, notices are short, and the keys of the runs are not told beside them."""
LOWEST = 13
"""Below this, one line is left for what a person should look at: steps come first."""
PANES = ("runs", "steps", "detail", "log")

_ACTIONS = tuple(
    dict.fromkeys(each.action.partition("(")[0] for each in (*keys.RUN, *step_keys.LOG_ANYWHERE))
)


class RunScreen(RunViews):
    """Paints a run; its keys are in its bases."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.RUN, *step_keys.LOG_ANYWHERE]
    AUTO_FOCUS = "StepTree"
    CSS_PATH = Path(__file__).with_name("run.tcss")
    shows_runs = True
    DEFAULT_CLASSES = "-at-steps"
    _possible: tuple[bool, ...] = ()
    _pulse = Pulse()
    _felt_at: datetime | None = None

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._outlook = Outlook()

    def compose(self) -> ComposeResult:
        """Lay out the panes between the bars."""
        yield StatusBar(id="status")
        with Columns(id="panes"):
            with Rows(id="steps"):
                yield PaneTitle(2, "Steps", id="steps-title")
                yield StepTree()
            with Rows(id="side"):
                yield PaneTitle(3, "Detail", id="detail-title")
                yield StepDetail(id="detail")
                yield Output(id="output")
        yield Notices(id="attention")
        yield Notices(id="watching")
        yield KeyBar()

    # Painting

    def on_mount(self) -> None:
        """Be complete in the first frame already."""
        if self.scene is not None:
            memory = self.scene.memory
            self.query_one(Output).remember(self.scene.ui, memory)
            self.update_classes({"-bare": memory.bare, "-zoomed": memory.zoomed})
            if memory.view != self.view_name:
                self.call_after_refresh(self.show_view, memory.view)
            if memory.zoomed:
                self.call_after_refresh(self.action_pane, memory.pane)
        self.repaint()

    def paint(self, scene: Scene) -> None:
        """Show what is true now."""
        self.scene = scene
        self._refresh_rows(scene)
        table = self.table
        counts = table.counts if table is not None else Counts()
        if scene.runs.held:
            counts = replace(counts, paused=len(scene.runs.held_in(scene.state)))
        self._feel_pulse(scene)
        estimate = self._outlook.at(scene)
        scene.estimate = None if counts.all_wait else estimate  # only people know how long they take
        self.query_one(StatusBar).show(scene, counts, self._pulse)
        self.paint_detail(scene, is_focused=self._pane() == "log")
        self.paint_runs(scene, is_focused=self._pane() == "runs")
        self._paint_titles(counts)
        self._paint_notices(scene)
        self.note_look()
        self._refresh_keys()
        scene.memory = self.query_one(Output).remembered(scene.ui, self.remembered(scene.memory))

    @override
    def answer(self, item: News) -> None:
        """Take what the reader found."""
        super().answer(item)
        if self.run_list is not None:
            self.run_list.answer(item)
        self._outlook.answer(item)
        self.ahead.answer(item)

    @override
    def repaint(self) -> None:
        """Paint again what is known."""
        if self.scene is not None:
            self.paint(self.scene)

    def _refresh_rows(self, scene: Scene) -> None:
        state = scene.state
        if state is None:
            return
        tree = self.query_one(StepTree)
        left = self.table.state if self.table is not None else None
        if self.table is None or left is not state:
            self.table = self.table_of(state, scene)
            tree.set_table(self.table)
            self.chosen = None
            if left is not None:
                self._come_back(scene, left)
        for path in scene.runs.touched:
            self.table.touch(path)
        if scene.runs.changed:
            self.table.touch(None)
        self.table.show_ahead(self.ahead.marks(scene))
        self.paint_view(scene)

    def _come_back(self, scene: Scene, left: RunState) -> None:
        """Put the cursor on the step that the run carries out which was on screen before."""
        path = next((at for above, at in around(left, scene.runs.states.get) if above is scene.state), None)
        if path is not None:
            tree = self.query_one(StepTree)
            tree.show(scene.now)
            tree.go_to(path)

    def _feel_pulse(self, scene: Scene) -> None:
        """Look through what is in progress: always when that is little, else once a second."""
        table = self.table
        if scene.state is None or table is None:
            return
        active = table.active
        if len(active) <= FEW or scene.now != self._felt_at:
            self._felt_at = scene.now
            self._pulse = pulse(scene.state, active, scene.now, scene.runs.states.get)

    def _paint_titles(self, counts: Counts) -> None:
        at, row = self._pane(), self.row
        quiet = self.table.hides if self.table is not None else ""
        marked = f"{len(self.marked)} marked" if self.marked else ""
        parts = (
            NO_STEPS if self.has_no_steps else f"{counts.total:,}" if counts.total else "",
            marked,
            quiet,
            self.beside_title(),
            self._whether_following(),
        )
        self.query_one("#steps-title", PaneTitle).show(
            title="Steps" if self.view_name == "tree" else self.view_name.capitalize(),
            beside="  ".join(filter(None, parts)),
            is_focused=at == "steps",
        )
        self.query_one("#detail-title", PaneTitle).show(
            title=self._selected_step(row),
            beside=row.kind.replace("_", " ") if row is not None else "",
            is_focused=at == "detail" or (at == "log" and self.has_class("-single")),
        )

    def _selected_step(self, row: "Row | None") -> str:
        """Return what is selected, and how that stands where nothing else says so."""
        if row is None:
            return "Detail"
        is_alone = self.has_class("-single") and self.has_class("-at-log")
        return f"{UNICODE.step(row.looks_like)} {row.label}" if is_alone else row.label

    def _whether_following(self) -> str:
        """Return whether the cursor goes with the run, as long as that runs."""
        if not possible.is_active(self.state):
            return ""
        return "● follow" if self.query_one(StepTree).is_following else "○ not following"

    def _paint_notices(self, scene: Scene) -> None:
        self.query_one("#attention", Notices).show(self._notices(scene))
        self.query_one("#watching", Notices).show(self._watching(scene))

    def _watching(self, scene: Scene) -> Iterator[Content]:
        if scene.watch is not None and (scene.watch.armed or scene.watch.trigger or scene.watch.note):
            from flow_tui.app.widgets import watch_bar  # noqa: PLC0415 - only where something is watched

            room, said = self.size.width - 2, self.ahead.said
            yield from watch_bar.lines(scene.watch, scene.now, self.state, room, ahead=said)

    def _notices(self, scene: Scene) -> Iterator[Content]:
        yield from notices.troubles(scene)
        yield from notices.queued(scene)
        off = self.off | keys.letters() if self.is_typing else self.off
        yield from notices.gates(scene, off)
        yield from notices.held(scene, off)
        if scene.library is not None:
            yield from notices.definition(scene.library, known=scene.state)
        state, table = scene.state, self.table
        if state is None or table is None:
            return
        if not (table.failures and self.has_class("-lowest")):
            yield from notices.ending(state, table.failures, off)
        yield from notices.unanswered(state, scene.now, off)
        yield from notices.failures(state, table.failures, off)
        if not state.is_stopped:
            yield from notices.silent(self._pulse.stale, scene, off)

    # Panes

    def _pane(self) -> str:
        """Return which pane has the focus."""
        focused = self.focused
        if isinstance(focused, StepDetail):
            return "detail"
        if focused is not None and self.query_one(Output) in focused.ancestors:
            return "log"
        return "runs" if focused is not None and focused.id == "run-list" else "steps"

    @override
    def action_pane(self, pane: str) -> None:
        """Focus a pane."""
        self._show_pane(pane)
        if pane == "runs":
            self.repaint()
            if self.run_list is not None:
                self.set_focus(self.run_list.entries)
            return
        drawn = self.graph if self.view_name == "graph" else None
        steps = drawn or self.query_one(StepTree)
        targets = {"steps": steps, "detail": self.query_one(StepDetail)}
        self.set_focus(targets.get(pane) or self.reading)

    def action_turn(self, by: int) -> None:
        """Focus the next pane, or the one before."""
        panes = PANES if self.has_class("-wide") or self._pane() == "runs" else PANES[1:]
        self.action_pane(panes[(panes.index(self._pane()) + by) % len(panes)])

    def action_zoom(self) -> None:
        """Show the focused pane alone, and back."""
        self.set_zoomed(is_zoomed=not self.has_class("-zoomed"))
        self.note_look()

    @override
    def set_zoomed(self, *, is_zoomed: bool) -> None:
        self.set_class(is_zoomed, "-zoomed")
        self._arrange(self.size.width, self.size.height)

    def action_leave(self) -> None:
        """Leave the search, the zoom, or go back to the run around this one, or to the project."""
        output = self.query_one(Output)
        if output.is_searching:
            output.end_search()
        elif output.has_search:
            output.forget_search()
        elif output.has_filter:
            output.forget_filter()
        elif self.kept == "prompt":
            self.reads_prompts = False
            self.repaint()
        elif self.reads_all:
            self.action_together()
        elif self.marked:
            self.unmark()
        elif self.has_class("-zoomed"):
            self.action_zoom()
        elif self._pane() != "steps":
            self.action_pane("steps")
        elif self.state is not None and self.state.parent is not None:
            self.show_run(self.state.parent)
        elif self.has_home:
            self.dismiss(None)

    def _show_pane(self, pane: str) -> None:
        if pane == "runs":
            self.dress()
        self.update_classes({f"-at-{each}": each == pane for each in PANES})

    def _arrange(self, width: int, height: int) -> None:
        tiny = width < SMALLEST_WIDTH or height < SMALLEST_HEIGHT
        small = width < NARROW or height < LOW
        single = small or self.has_class("-zoomed")
        roomy = width >= WIDE and height >= HIGH
        wide = width >= WIDE and not single
        if single or wide or height < LOW_KEYS:
            self.dress()
        self.furnish(is_roomy=roomy, is_tiny=tiny)
        self.update_classes(
            {
                "-tiny": tiny,
                "-lowest": height < LOWEST,
                "-low": height < LOW_KEYS,
                "-single": single,
                "-roomy": roomy,
                "-wide": wide,
            }
        )

    @on(Resize)
    def _resized(self, event: Resize) -> None:
        self._arrange(event.size.width, event.size.height)
        self.call_after_refresh(self.repaint)

    @on(DescendantFocus)
    def _focus_moved(self) -> None:
        self._show_pane(self._pane())
        self.repaint()

    # The selection

    @on(StepTree.Highlighted)
    def _selected(self) -> None:
        self.chosen = None
        self.repaint()

    @on(StepTree.Opened)
    def _opened(self) -> None:
        """Ask where the run pauses; else go to the run that does the step, what is inside, or the output."""
        row, tree = self.row, self.query_one(StepTree)
        if row is not None and row.is_held and self.is_live:
            self.action_breakpoint()
        elif row is not None and row.part is not None:
            self.show_run(row.part.run_id)
        elif row is not None and (row.items is not None or row.is_bundle):
            tree.action_unfold()
        else:
            self.action_pane("log")

    @override
    def in_footer(self, name: str) -> bool:
        """Say whether a key is told in the last line: that of breakpoints only while a step is held.

        That to go on is left out where it leads to the other one, to run again.
        """
        if name == "run.resume":
            return possible.can_resume(self.whole)
        return name != "run.breakpoint" or (self.scene is not None and bool(self.scene.runs.held))

    def _refresh_keys(self) -> None:
        """Tell the footer when other keys work than before."""
        possible = (
            *(bool(self.check_action(action, ())) for action in _ACTIONS),
            self.in_footer("run.breakpoint"),
            self.has_class("-zoomed"),
        )
        if possible != self._possible:
            self._possible = possible
            self.refresh_bindings()
