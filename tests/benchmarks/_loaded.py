"""The applications that are looked at under load: one that does nothing, and those that are fed."""

import argparse
import gc
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain, count, cycle, islice
from typing import Any, ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.geometry import Size
from textual.screen import Screen
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Static, Tree
from textual.widgets.tree import TreeNode
from typing_extensions import override

from flow_tui.app.receiving import ReceivingApp
from flow_tui.app.scene import Scene
from flow_tui.app.widgets.step_tree import StepTree
from flow_tui.cli.main import YOUNG_AND_OLD
from flow_tui.cli.screen import SWITCH
from flow_tui.clock import SystemClock
from flow_tui.model import events as ev
from flow_tui.model import ids
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.plan import PlanNode
from flow_tui.model.state import RunState
from flow_tui.model.status import StepStatus
from flow_tui.runtime.messages import News
from flow_tui.view.rows import RowTable
from tests.app.fakes import FakeSession

RUN = RunId("01KDYWA4M8QG3V7ZTRB2H0A1F3")
BEGIN = datetime(2026, 1, 2, 12, tzinfo=UTC)
_GROUP = 100
_AT_WORK = 300
_KEYS: list[BindingType] = [("c", "count", "Count"), ("t", "tell", "Tell"), ("s", "stop", "Stop")]
_CSS = "Static { height: 1; dock: bottom; } ScrollView { height: 1fr; }"


def plan(rows: int) -> tuple[PlanNode, ...]:
    """Return blocks of a hundred steps."""
    blocks: list[PlanNode] = []
    for number in range(rows // (_GROUP + 1)):
        path = StepPath(str(number))
        steps = tuple(
            PlanNode(path=ids.child(path, n), kind="call", name="step", label=f"step {n}", max_attempts=3)
            for n in range(_GROUP)
        )
        blocks.append(PlanNode(path=path, kind="do", name="", label=f"block {number}", children=steps))
    return tuple(blocks)


def story(nodes: tuple[PlanNode, ...], beats: int = 1) -> Iterator[ev.Event]:
    """Yield what happens: some steps are at work all the time, the others have their turn one by one.

    One event of ten is about the former, which are those that a person looks at who goes down from the top.
    Each of the latter gives ``beats`` signs of life, and prints as often.
    """
    steps = [step.path for block in nodes for step in block.children]
    for path in steps[:_AT_WORK]:
        yield from begun(path)
    work = cycle([one for path in steps[:_AT_WORK] for one in at_work(path, 0)])
    for told, event in enumerate(chain.from_iterable(one_by_one(steps[_AT_WORK:], beats))):
        if told % 9 == 0:
            yield next(work)
        yield event


def begun(path: StepPath) -> Iterator[ev.Event]:
    """Yield how a step begins."""
    yield ev.StepStarted(path=path, name="step", kind="call", max_attempts=3)
    yield ev.AttemptStarted(path=path, attempt=1, deadline=BEGIN + timedelta(days=36_500))


def at_work(path: StepPath, beat: int) -> Iterator[ev.Event]:
    """Yield what it lets people know from time to time."""
    yield ev.Heartbeat(path=path, attempt=1)
    yield ev.OutputGrew(path=path, attempt=1, size=1_000 * beat)


def one_by_one(paths: Iterable[StepPath], beats: int) -> Iterator[Iterator[ev.Event]]:
    """Yield how steps begin, work, and end."""
    for path in paths:
        yield begun(path)
        yield from (at_work(path, beat) for beat in range(beats))
        yield iter((ev.StepFinished(path=path, outcome=StepStatus.COMPLETED),))


def recorded(nodes: tuple[PlanNode, ...], beats: int = 1) -> Iterator[ev.Recorded]:
    """Yield the same as the engine tells it, from the beginning of the run on."""
    seq = 1
    yield ev.Recorded(seq=1, at=datetime.now(UTC), run_id=RUN, event=ev.RunStarted(workflow="w", plan=nodes))
    for event in story(nodes, beats):
        seq += not isinstance(event, ev.Transient)
        yield ev.Recorded(seq=seq, at=datetime.now(UTC), run_id=RUN, event=event)


class Floor(ScrollView, can_focus=True):
    """Lines that never change."""

    def on_mount(self) -> None:
        """Be long."""
        self.virtual_size = Size(0, 10_000)

    def render_line(self, y: int) -> Strip:
        """Return nothing."""
        return Strip.blank(self.size.width)


class Count(Static):
    """Shows how often a key was pressed, or what else there is to say."""

    count = 0

    def __init__(self) -> None:
        super().__init__("@0@", markup=False)

    def up(self) -> None:
        """Count a key."""
        self.count += 1
        self.update(f"@{self.count}@")


class Bare(App[None]):
    """Counts a key and shows the count."""

    BINDINGS: ClassVar[list[BindingType]] = _KEYS
    CSS = _CSS

    def compose(self) -> ComposeResult:
        """Put the count below lines that never change."""
        yield Floor()
        yield Count()

    def action_count(self) -> None:
        """Count, and show it."""
        self.query_one(Count).up()


class Fed(ReceivingApp):
    """The same, with an inbox that another thread fills; what arrives is counted and left."""

    BINDINGS: ClassVar[list[BindingType]] = _KEYS
    CSS = _CSS
    is_fed_by_process: ClassVar[bool] = False
    """Whether it is not a thread of this process that makes what happens."""

    def __init__(self, rows: int, rate: float, seconds: float) -> None:
        super().__init__(FakeSession(), SystemClock())
        self.rate = rate
        self.plan = plan(rows)
        self.beats = max(1, int(rate * seconds / rows / 2))
        """So many that no step has to begin again: what is over would not be folded any more."""
        self.rows = rows
        self.seconds = seconds
        self.is_fed = True
        self.feeding = 0.0
        """Seconds of a processor that it took to feed it."""
        self.fed = self.taken = self.frames = 0

    def compose(self) -> ComposeResult:
        """Put the count below the subject."""
        yield self.subject()
        yield Count()

    def subject(self) -> ScrollView:
        """Return what is measured."""
        return Floor()

    def on_mount(self) -> None:
        """Begin to be fed, and to paint."""
        gc.freeze()
        self.begin()
        events = recorded(self.plan, self.beats)
        self.receive(next(events))
        self.frame()
        if self.rate and self.is_fed_by_process:
            threading.Thread(target=self.take_in, daemon=True).start()
        elif self.rate:
            threading.Thread(target=self.feed, args=(events,), daemon=True).start()

    def take_in(self) -> None:
        """Put into the inbox what another process tells."""
        numbers = ("--rows", self.rows, "--rate", self.rate, "--seconds", self.seconds)
        argv = [sys.executable, "-m", "tests.benchmarks._loaded", "feeder", *map(str, numbers)]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as feeder:
            assert feeder.stdout is not None
            while self.is_fed:
                for event in pickle.load(feeder.stdout):
                    self.session.inbox.put(event)
                    self.fed += 1
                self.feeding = time.thread_time()
            feeder.kill()

    def feed(self, events: Iterator[ev.Recorded]) -> None:
        """Put events into the inbox at the rate asked for."""
        began = time.monotonic()
        for told, event in enumerate(events, 1):
            if not self.is_fed:
                return
            self.session.inbox.put(event)
            self.fed = told
            ahead = told / self.rate - (time.monotonic() - began)
            if ahead > 0:
                self.feeding = time.thread_time()
                time.sleep(ahead)

    @override
    def receive(self, item: News) -> None:
        """Count it."""
        self.taken += 1

    @override
    def _after_frame(self) -> None:
        self.frames += 1
        super()._after_frame()

    def action_count(self) -> None:
        """Count, and show it."""
        self.query_one(Count).up()

    def action_tell(self) -> None:
        """Show how many events were fed and taken in, how often was painted, and what feeding took in ms."""
        told = self.fed, self.taken - 1, self.frames, int(1_000 * self.feeding)
        self.query_one(Count).update(f"#<{' '.join(map(str, told))}>#")

    def action_stop(self) -> None:
        """Be fed no more."""
        self.is_fed = False


class Steps(Screen[None]):
    """Hands what has happened to the tree, as the screen of a run does."""

    table: RowTable | None = None

    def paint(self, scene: Scene) -> None:
        """Show what is true now."""
        tree = self.query_one(StepTree)
        if scene.state is None:
            return
        if self.table is None:
            self.table = RowTable(scene.state)
            tree.set_table(self.table)
            tree.focus()
        for path in scene.runs.touched:
            self.table.touch(path)
        if scene.runs.changed:
            self.table.touch(None)
        (tree.keep_up if scene.is_behind else tree.show)(scene.now)
        tree.stay()


class Loaded(Fed):
    """The tree of the steps."""

    @override
    def get_default_screen(self) -> Screen[None]:
        return Steps()

    @override
    def subject(self) -> ScrollView:
        return StepTree()

    @override
    def receive(self, item: News) -> None:
        """Take it in as the program does, and count it."""
        ReceivingApp.receive(self, item)
        self.taken += 1

    @override
    def action_count(self) -> None:
        """Move the cursor, and show the count."""
        self.query_one(StepTree).action_cursor_down()
        super().action_count()


class Labels(Screen[None]):
    """Gives each step that is another one now a label."""

    nodes: ClassVar[dict[StepPath, TreeNode[None]]] = {}

    def paint(self, scene: Scene) -> None:
        """Show what is true now."""
        state = scene.state
        if state is None:
            return
        if not self.nodes:
            self.fill(state)
        for path in scene.runs.touched:
            step = state.steps[path]
            self.nodes[path].set_label(f"{step.name} {step.status.value} {state.seq}")

    def fill(self, state: RunState) -> None:
        """Show the plan, each block unfolded."""
        tree = self.query_one(Tree)
        for block in state.plan:
            branch = tree.root.add(block.label, expand=True)
            for step in block.children:
                self.nodes[step.path] = branch.add_leaf(step.label)
        tree.root.expand()
        tree.focus()


class Peer(Loaded):
    """The same with a tree of Textual's."""

    @override
    def get_default_screen(self) -> Screen[None]:
        return Labels()

    @override
    def subject(self) -> Any:
        return Tree("run")

    @override
    def action_count(self) -> None:
        """Move the cursor, and show the count."""
        self.query_one(Tree).action_cursor_down()
        Fed.action_count(self)


def tell(rows: int, rate: float, seconds: float) -> None:
    """Be the process that feeds another one, with what happened in a hundredth of a second at a time."""
    beats = max(1, int(rate * seconds / rows / 2))
    events = recorded(plan(rows), beats)
    next(events)
    began = time.monotonic()
    for told in count(1):
        pickle.dump(list(islice(events, int(rate / 100))), sys.stdout.buffer)
        sys.stdout.buffer.flush()
        time.sleep(max(0.0, told / 100 - (time.monotonic() - began)))


KINDS = {"fed": Fed, "tree": Loaded, "peer": Peer}


def main() -> None:
    """Be the program that is measured."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("kind", choices=["floor", "feeder", *KINDS])
    options.add_argument("--rows", type=int, default=10_000)
    options.add_argument("--rate", type=float, default=1_000)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--by-process", action="store_true")
    chosen = options.parse_args()
    if chosen.kind == "feeder":
        tell(chosen.rows, chosen.rate, chosen.seconds)
        return
    Fed.is_fed_by_process = chosen.by_process
    gc.set_threshold(*YOUNG_AND_OLD)  # all of it as the program does
    sys.setswitchinterval(SWITCH)
    app = Bare() if chosen.kind == "floor" else KINDS[chosen.kind](chosen.rows, chosen.rate, chosen.seconds)
    app.run()


if __name__ == "__main__":
    main()
