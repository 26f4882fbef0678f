"""The step tree under load, beside an application that does nothing, both in a real terminal.

Events arrive from another thread, as in the program. A key is answered when the number it leads to is
painted. The same load on Textual's own ``Tree``, a label for each event, is what an application would do
without lines of its own.
"""

import argparse
import gc
import json
import os
import sys
import threading
import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from queue import Empty, SimpleQueue
from typing import Any, ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Static, Tree
from textual.widgets.tree import TreeNode

from flow_tui import limits
from flow_tui.app.widgets.step_tree import StepTree
from flow_tui.cli.main import YOUNG_AND_OLD
from flow_tui.cli.screen import SWITCH
from flow_tui.model import events as ev
from flow_tui.model import ids
from flow_tui.model.fold import apply
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.plan import PlanNode
from flow_tui.model.state import RunState
from flow_tui.model.status import StepStatus
from flow_tui.view.rows import RowTable
from tests.benchmarks import terminal

RUN = RunId("01KDYWA4M8QG3V7ZTRB2H0A1F3")
BEGIN = datetime(2026, 1, 2, 12, tzinfo=UTC)
_GROUP = 100
_AT_ONCE = 17
"""A frame's worth of a thousand events a second."""
_VISIBLE = 40


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


def story(nodes: tuple[PlanNode, ...]) -> Iterator[ev.Event]:
    """Yield what happens to every step in turn, over and over."""
    while True:
        for block in nodes:
            for step in block.children:
                path = step.path
                yield ev.StepStarted(path=path, name="step", kind="call", max_attempts=3)
                yield ev.AttemptStarted(path=path, attempt=1, deadline=BEGIN + timedelta(hours=1))
                yield ev.Heartbeat(path=path, attempt=1)
                yield ev.OutputGrew(path=path, attempt=1, size=1_000)
                yield ev.StepFinished(path=path, outcome=StepStatus.COMPLETED)


class Counting(App[None]):
    """Counts a key and shows the count."""

    BINDINGS: ClassVar[list[BindingType]] = [("c", "count", "Count"), ("t", "tell", "Tell")]
    CSS = "Static { height: 1; dock: bottom; } ScrollView { height: 1fr; }"
    count = 0

    def compose(self) -> ComposeResult:
        """Put the count below the subject."""
        yield self.subject()
        yield Static("@0@", markup=False)

    def subject(self) -> ScrollView:
        """Return what is measured."""
        return Floor()

    def action_count(self) -> None:
        """Count, and show it."""
        self.count += 1
        self.query_one(Static).update(f"@{self.count}@")

    def action_tell(self) -> None:
        """Show what has been done so far, as a line of numbers."""
        self.query_one(Static).update(f"#<{' '.join(map(str, self.told()))}>#")

    def told(self) -> tuple[int, ...]:
        """Return it."""
        return ()


class Floor(ScrollView, can_focus=True):
    """Lines that never change."""

    def on_mount(self) -> None:
        """Be long."""
        self.virtual_size = Size(0, 10_000)

    def render_line(self, y: int) -> Strip:
        """Return nothing."""
        return Strip.blank(self.size.width)


class Loaded(Counting):
    """A tree that is fed from another thread."""

    def __init__(self, rows: int, rate: float) -> None:
        super().__init__()
        self.plan = plan(rows)
        self.rate = rate
        self.state = RunState(run_id=RUN)
        self.queue: SimpleQueue[ev.Event] = SimpleQueue()
        self.seq = self.fed = self.frames = 0

    def subject(self) -> ScrollView:
        """Return the tree."""
        return StepTree()

    def on_mount(self) -> None:
        """Begin to feed and to paint."""
        self.fold(ev.RunStarted(workflow="w", plan=self.plan))
        self.fill()
        gc.freeze()
        self.began = time.monotonic()
        self.set_interval(1 / limits.FRAMES_PER_SECOND, self.frame)
        if self.rate:
            threading.Thread(target=self.feed, daemon=True).start()

    def fill(self) -> None:
        """Show the plan."""
        self.table = RowTable(self.state)
        tree = self.query_one(StepTree)
        tree.set_table(self.table)
        tree.focus()

    def told(self) -> tuple[int, ...]:
        """Return how many events were fed and folded, how many wait, and how often was painted."""
        return (self.fed, self.seq - 1, self.queue.qsize(), self.frames)

    def feed(self) -> None:
        """Put events into the queue at the rate asked for."""
        for told, event in enumerate(story(self.plan), 1):
            self.fed = told
            self.queue.put(event)
            ahead = told / self.rate - (time.monotonic() - self.began)
            if ahead > 0:
                time.sleep(ahead)

    def fold(self, event: ev.Event) -> StepPath | None:
        """Apply one event."""
        self.seq += 1
        now = datetime.now(UTC)
        return apply(self.state, ev.Recorded(seq=self.seq, at=now, run_id=RUN, event=event))

    def frame(self) -> None:
        """Fold what has come, then paint once."""
        for _ in range(limits.EVENTS_PER_FRAME):
            try:
                event = self.queue.get_nowait()
            except Empty:
                break
            self.table.touch(self.fold(event))
        self.frames += 1
        self.query_one(StepTree).show(datetime.now(UTC))

    def action_count(self) -> None:
        """Move the cursor, and show the count."""
        self.query_one(StepTree).action_cursor_down()
        super().action_count()


class Peer(Loaded):
    """The same with a tree of Textual's."""

    def subject(self) -> Any:
        """Return that tree."""
        return Tree("run")

    def fill(self) -> None:
        """Show the plan, each block unfolded."""
        tree = self.query_one(Tree)
        self.nodes: dict[StepPath, TreeNode[None]] = {}
        for block in self.plan:
            branch = tree.root.add(block.label, expand=True)
            for step in block.children:
                self.nodes[step.path] = branch.add_leaf(step.label)
        tree.root.expand()
        tree.focus()

    def frame(self) -> None:
        """Fold what has come, with a label for each step that is another one now."""
        touched: set[StepPath] = set()
        for _ in range(limits.EVENTS_PER_FRAME):
            try:
                path = self.fold(self.queue.get_nowait())
            except Empty:
                break
            if path is not None:
                touched.add(path)
        for path in touched:
            step = self.state.steps[path]
            self.nodes[path].set_label(f"{step.name} {step.status.value} {self.seq}")
        self.frames += 1

    def action_count(self) -> None:
        """Move the cursor, and show the count."""
        self.query_one(Tree).action_cursor_down()
        Counting.action_count(self)


def _measured(what: str, rows: int, rate: float, seconds: float) -> dict[str, Any]:
    arguments = [
        "-m",
        "tests.benchmarks.tree_load",
        "--child",
        what,
        "--rows",
        str(rows),
        "--rate",
        str(rate),
    ]
    there = terminal.opened(arguments)
    try:
        there.wait_for(b"@0@")
        there.pause(1.5)
        used, began = terminal.cpu_seconds(there.pid), time.perf_counter()
        for count, pause in enumerate(terminal.pauses(seconds), 1):
            there.pause(pause)
            there.press(b"c", b"@%d@" % count)
        took = time.perf_counter() - began
        cpu = 100 * (terminal.cpu_seconds(there.pid) - used) / took
        done = _told(there) if rate else {}
    finally:
        there.close()
    return {**terminal.figures(there.latencies), "cpu_percent": round(cpu, 1), **done}


def _told(there: terminal.Terminal) -> dict[str, Any]:
    """Return what was done between two looks, a second of it, and whether anything was lost."""
    looks: list[tuple[float, list[int]]] = []
    for _ in range(2):
        os.write(there.fd, b"t")
        there.wait_for(b"#<")
        numbers = [int(each) for each in there.wait_for(b">#").split()]
        looks.append((time.perf_counter(), numbers))
        there.pause(2)
    (first, old), (second, new) = looks
    took = second - first
    fed, folded, waiting, frames = (round((b - a) / took) for a, b in zip(old, new, strict=True))
    return {
        "fed_a_second": fed,
        "folded_a_second": folded,
        "frames_a_second": frames,
        "more_waiting_a_second": waiting,
        "lost": new[0] - new[1] - new[2],
    }


def rows_cost(rows: int, events: int) -> dict[str, Any]:
    """Return what the rows alone cost in processor time and memory."""
    state = RunState(run_id=RUN)
    nodes = plan(rows)
    seq = 0

    def fold(event: ev.Event) -> StepPath | None:
        nonlocal seq
        seq += 1
        return apply(state, ev.Recorded(seq=seq, at=BEGIN, run_id=RUN, event=event))

    fold(ev.RunStarted(workflow="w", plan=nodes))
    tracemalloc.start()
    table = RowTable(state)
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    began = time.process_time()
    RowTable(state)
    built = time.process_time() - began
    patching = reading = 0.0
    told = story(nodes)
    for _ in range(events // _AT_ONCE):
        paths = [fold(next(told)) for _ in range(_AT_ONCE)]
        began = time.process_time()
        for path in paths:
            table.touch(path)
        table.refresh()
        patched = time.process_time()
        for index in range(_VISIBLE):
            table.row(index)
        patching += patched - began
        reading += time.process_time() - patched
    return {
        "build_ms": round(1_000 * built, 1),
        "bytes_a_row": round(size / len(table)),
        "us_an_event": round(1e6 * patching / events, 1),
        "us_a_visible_row": round(1e6 * reading / (events / _AT_ONCE * _VISIBLE), 1),
    }


def measure(quick: bool = False) -> dict[str, Any]:
    """Return the figures; ``quick`` takes five seconds each instead of a minute for the largest."""
    seconds = 5.0 if quick else 20.0
    floor = _measured("floor", 0, 0, seconds)
    loads = {
        f"{rows} rows, {rate} events/s": _measured("tree", rows, rate, seconds)
        for rows, rate in ((10_000, 0), (10_000, 1_000), (10_000, 10_000))
    }
    loads["50000 rows, 10000 events/s"] = _measured("tree", 50_000, 10_000, seconds if quick else 60.0)
    peer = _measured("peer", 10_000, 10_000, seconds)
    return {"floor": floor, **loads, "peer, 10000 rows": peer, "rows alone": rows_cost(10_000, 20_000)}


def main() -> dict[str, Any]:
    """Return the figures, or be the program that is measured."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--child", choices=["floor", "tree", "peer"])
    options.add_argument("--rows", type=int, default=10_000)
    options.add_argument("--rate", type=float, default=1_000)
    options.add_argument("--quick", action="store_true")
    chosen = options.parse_args()
    if chosen.child is None:
        return measure(quick=chosen.quick)
    gc.set_threshold(*YOUNG_AND_OLD)  # all of it as the program does
    sys.setswitchinterval(SWITCH)
    kinds = {"tree": Loaded, "peer": Peer}
    (Counting() if chosen.child == "floor" else kinds[chosen.child](chosen.rows, chosen.rate)).run()
    return {}


if __name__ == "__main__":
    result = main()
    if result:
        print(json.dumps(result, indent=2))
