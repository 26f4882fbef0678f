"""The ways to look at a run's steps: as a tree, over time, as a graph; and what large terminals add to them.

Whatever is not looked at is neither loaded nor mounted: the first frame would wait for it.
"""

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static
from typing_extensions import override

from flow_tui.app.reach import app_of
from flow_tui.app.scene import Scene
from flow_tui.app.screens.run_looks import RunLooks
from flow_tui.app.widgets.pane_title import PaneTitle
from flow_tui.app.widgets.step_tree import StepTree
from flow_tui.app.widgets.tree_drawing import OUTLINE

if TYPE_CHECKING:  # loaded when somebody looks at them
    from flow_tui.app.widgets.run_facts import RunFacts
    from flow_tui.app.widgets.run_list import RunList
    from flow_tui.app.widgets.step_graph import StepGraph
    from flow_tui.app.widgets.time_ruler import TimeRuler
    from flow_tui.app.widgets.timeline_drawing import Timeline
    from flow_tui.app.widgets.timeline_strip import TimelineStrip

VIEWS = ("tree", "timeline", "graph")
_MORE = str(Path(__file__).with_name("run_more.tcss"))
WIDE, HIGH = 120, 36
"""From this on there is room for a timeline under the panes, and from that width on for the other runs."""


class RunViews(RunLooks):
    """Turns from one view to the next; the cursor stays where it is."""

    off: ClassVar[frozenset[str]] = frozenset()
    """The keys that do nothing here."""
    run_list: "RunList | None" = None
    graph: "StepGraph | None" = None
    _timeline: "Timeline | None" = None
    _ruler: "TimeRuler | None" = None
    _strip: "TimelineStrip | None" = None
    _facts: "RunFacts | None" = None

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Allow what can be done now."""
        return (
            self.view_name == "timeline"
            if action == "zoom_time"
            else super().check_action(action, parameters)
        )

    # Painting

    def paint_view(self, scene: Scene) -> None:
        """Show the steps in the view that is open, and what there is room for beside it."""
        tree, timeline = self.query_one(StepTree), self._timeline
        is_over_time = self.view_name == "timeline"
        if timeline is not None and timeline.aim(tree.path) and is_over_time:
            tree.draw_as(timeline)
        (tree.keep_up if scene.is_behind else tree.show)(scene.now)
        if is_over_time and self._ruler is not None:
            self._ruler.show(scene.now, tree.line_width)
        if self.view_name == "graph" and self.graph is not None:
            self.graph.show(scene.now)
        if self.has_class("-roomy"):
            if self._strip is not None:
                self._strip.show(scene.now)
            if self._facts is not None:
                self._facts.show(scene)

    def beside_title(self) -> str:
        """Return what is said of the view beside its name."""
        match self.view_name:
            case "timeline":
                return self._timeline.times if self._timeline is not None else ""
            case "graph":
                return self.graph.left_out if self.graph is not None else ""
            case _:
                return ""

    def paint_runs(self, scene: Scene, *, is_focused: bool) -> None:
        """Show the other runs where there is room for them, or somebody looks at them."""
        if not (self.has_class("-wide") or self.has_class("-at-runs")):
            return
        if self.run_list is None:
            from flow_tui.app.widgets.run_list import RunList  # noqa: PLC0415 - only where there is room

            self.run_list = RunList(self.off)
            pane = Vertical(PaneTitle(1, "Runs", id="runs-title"), self.run_list, id="runs")
            self.query_one("#panes").mount(pane, before="#steps")
            self.call_after_refresh(self.repaint)
        elif self.run_list.is_mounted:
            self.run_list.show(scene)
            self.query_one("#runs-title", PaneTitle).show(
                title="Runs", beside=self.run_list.said, is_focused=is_focused
            )

    def furnish(self, *, is_roomy: bool, is_tiny: bool) -> None:
        """Add what belongs on a terminal of this size, if it is not there yet."""
        if is_tiny and not self.query("#tiny"):
            self.mount(Static(Content("too small: 40 × 10 at least"), id="tiny", markup=False))
        if is_roomy and self._strip is None:
            from flow_tui.app.widgets.run_facts import RunFacts  # noqa: PLC0415 - only where there is room
            from flow_tui.app.widgets.timeline_strip import TimelineStrip  # noqa: PLC0415 - the same

            self._strip, self._facts = TimelineStrip(self.query_one(StepTree)), RunFacts()
            self.mount(self._facts, after="#status")
            self.mount(self._strip, after="#panes")

    def dress(self) -> None:
        """Have what only some sizes and views need look as it should: the first frame does without."""
        known = app_of(self).stylesheet
        if not known.has_source(_MORE):
            known.read(_MORE)
            known.parse()
            known.update(self)

    # Turning

    async def action_view(self, by: int) -> None:
        """Show the steps in another way; the cursor stays where it is."""
        await self.show_view(VIEWS[(VIEWS.index(self.view_name) + by) % len(VIEWS)])

    @override
    async def show_view(self, view: str) -> None:
        self.view_name = view
        self.dress()
        tree = self.query_one(StepTree)
        if view == "graph" and self.graph is None:
            from flow_tui.app.widgets.step_graph import StepGraph  # noqa: PLC0415 - only when somebody looks

            self.graph = StepGraph(tree)
            await self.query_one("#steps").mount(self.graph)
        timeline = await self._over_time(tree) if view == "timeline" else None
        self.update_classes({f"-as-{each}": each == view for each in VIEWS})
        tree.draw_as(timeline or OUTLINE)
        self.action_pane("steps")
        self.repaint()
        self.call_after_refresh(self.repaint)  # as wide as it is then

    async def _over_time(self, tree: StepTree) -> "Timeline":
        if self._timeline is None:
            from flow_tui.app.widgets.time_ruler import TimeRuler  # noqa: PLC0415 - only when somebody looks
            from flow_tui.app.widgets.timeline_drawing import Timeline  # noqa: PLC0415 - the same

            self._timeline = Timeline()
            self._ruler = TimeRuler(self._timeline)
            await self.query_one("#steps").mount(self._ruler, before=tree)
        return self._timeline

    def action_zoom_time(self, by: int) -> None:
        """Show less time around the selected step, or more."""
        tree, timeline = self.query_one(StepTree), self._timeline
        if timeline is not None:
            timeline.zoom(by)
            timeline.aim(tree.path)
            tree.draw_as(timeline)
            self.repaint()

    def action_strip(self) -> None:
        """Show the timeline under the panes, or not."""
        if self.has_class("-roomy"):
            self.toggle_class("-bare")
        else:
            self.notify(f"needs a terminal of {WIDE} × {HIGH}; v shows all of it", markup=False)
