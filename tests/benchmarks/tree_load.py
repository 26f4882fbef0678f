"""The step tree under load, beside applications that do nothing, all in a real terminal.

Events arrive from another thread by the program's inbox, and are taken in, folded and painted by its frame.
A key is answered when the number it leads to is painted; it moves the cursor too, and from the last line on
scrolls. There are two floors, both of lines that never change: one whose inbox is fed by the same thread at
the same rate and drained without more ado ("fed"), and one that is left alone. The largest load is measured
once more with events that another process makes and a thread only reads: what the screen takes by itself.
The same load on Textual's own ``Tree``, a label for each event, is what an application would do without
lines of its own.

All are measured in turn, several rounds of twenty seconds each, so that whatever else the machine does hits
them alike; the answers to the keys of all rounds are pooled. What it takes to make the events, which is the
work of the engine's thread in the program, is told beside what the rest of the process takes.
"""

import argparse
import json
import os
import time
import tracemalloc
from collections import defaultdict
from itertools import islice
from typing import Any

from flow_tui.model import events as ev
from flow_tui.model.fold import apply
from flow_tui.model.ids import StepPath
from flow_tui.model.state import RunState
from flow_tui.view.rows import RowTable
from tests.benchmarks import terminal
from tests.benchmarks._loaded import BEGIN, RUN, plan, story

_AT_ONCE = 17
"""A frame's worth of a thousand events a second."""
_VISIBLE = 40
_LARGEST = "50000 rows, 10000 events/s"
_BY_PROCESS = ", by a process"
_LOADS: dict[str, tuple[Any, ...]] = {
    "floor": ("floor", 0, 0),
    "fed floor": ("fed", 50_000, 10_000),
    _LARGEST: ("tree", 50_000, 10_000),
    "fed floor" + _BY_PROCESS: ("fed", 50_000, 10_000, "--by-process"),
    _LARGEST + _BY_PROCESS: ("tree", 50_000, 10_000, "--by-process"),
    "10000 rows, 10000 events/s": ("tree", 10_000, 10_000),
    "10000 rows, 1000 events/s": ("tree", 10_000, 1_000),
    "10000 rows, 0 events/s": ("tree", 10_000, 0),
    "peer, 10000 rows, 10000 events/s": ("peer", 10_000, 10_000),
}


class Rounds:
    """What was found of one load in all rounds."""

    def __init__(self) -> None:
        self.latencies: list[float] = []
        self.slowest: list[float] = []
        self.took = self.cpu = 0.0
        self.done = [0, 0, 0, 0]
        self.lost = 0

    def measure(self, what: str, rows: int, rate: float, seconds: float, *extra: str) -> None:
        """Measure one more round."""
        numbers = ("--rows", str(rows), "--rate", str(rate), "--seconds", str(seconds + _BESIDE))
        there = terminal.opened(["-m", "tests.benchmarks._loaded", what, *numbers, *extra])
        try:
            there.wait_for(b"@0@")
            there.pause(2)
            before = _told(there) if rate else ()
            used, began = terminal.cpu_seconds(there.pid), time.perf_counter()
            for count, pause in enumerate(terminal.pauses(seconds), 1):
                there.pause(pause)
                there.press(b"c", b"@%d@" % count)
            self.took += time.perf_counter() - began
            self.cpu += terminal.cpu_seconds(there.pid) - used
            if rate:
                self._count(before, _told(there))
                os.write(there.fd, b"s")
                there.pause(1)
                fed, taken, *_ = _told(there)
                self.lost += fed - taken
        finally:
            there.close()
        self.latencies += there.latencies
        self.slowest.append(terminal.figures(there.latencies)["p99_ms"])

    def _count(self, before: tuple[int, ...], after: tuple[int, ...]) -> None:
        self.done = [total + b - a for total, a, b in zip(self.done, before, after, strict=True)]

    def figures(self) -> dict[str, Any]:
        """Return it."""
        *done, feeding = self.done
        cpu = round(100 * (self.cpu - feeding / 1_000) / self.took, 1)
        found = {**terminal.figures(self.latencies), "p99_ms_of_rounds": self.slowest, "cpu_percent": cpu}
        if not any(done):
            return found
        names = ("fed_a_second", "taken_in_a_second", "frames_a_second")
        each = {name: round(done / self.took) for name, done in zip(names, done, strict=True)}
        fed = round(feeding / self.took / 10, 1)
        return {**found, "cpu_percent_of_feeding": fed, **each, "lost": self.lost}


_BESIDE = 8
"""Seconds before and after the keys of a round, at most."""


def _told(there: terminal.Terminal) -> tuple[int, ...]:
    """Return how many events were fed and taken in so far, how often was painted, and what feeding took."""
    os.write(there.fd, b"t")
    there.wait_for(b"#<")
    return tuple(map(int, there.wait_for(b">#").split()))


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
    told = map(fold, story(nodes))
    for _ in range(events // _AT_ONCE):
        paths = list(islice(told, _AT_ONCE))
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
    """Return the figures, of three rounds; ``quick`` takes one of five seconds."""
    return compare(list(_LOADS), rounds=1 if quick else 3, seconds=5 if quick else 20)


def compare(names: list[str], *, rounds: int, seconds: float) -> dict[str, Any]:
    """Return the figures of some loads, and how the largest compares with the floors."""
    measured: defaultdict[str, Rounds] = defaultdict(Rounds)
    for _ in range(rounds):
        for name in names:
            measured[name].measure(*_LOADS[name][:3], seconds, *_LOADS[name][3:])
    found: dict[str, Any] = {name: measured[name].figures() for name in names}
    ratios = {
        f"{what.removesuffix('_ms')} of {floor}{feed}": round(
            found[_LARGEST + feed][what] / found[floor + (feed if floor == "fed floor" else "")][what], 2
        )
        for feed in ("", _BY_PROCESS)
        for floor in ("fed floor", "floor")
        for what in ("p50_ms", "p99_ms")
    }
    return {**found, "largest beside floors": ratios, "rows alone": rows_cost(10_000, 20_000)}


def main() -> dict[str, Any]:
    """Return the figures of what was asked for."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="one round of five seconds each")
    options.add_argument("--largest", action="store_true", help="only the largest load, beside the floors")
    options.add_argument("--rounds", type=int)
    options.add_argument("--seconds", type=float)
    chosen = options.parse_args()
    names = list(_LOADS)[: 5 if chosen.largest else None]
    rounds = chosen.rounds or (1 if chosen.quick else 3)
    return compare(names, rounds=rounds, seconds=chosen.seconds or (5 if chosen.quick else 20))


if __name__ == "__main__":
    print(json.dumps(main(), indent=2))
