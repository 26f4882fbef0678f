"""What a step costs by the kind of block it is in, in memory and on disk.

A ``parallel`` of 16, a ``foreach`` of many items of which 16 are worked on at a time, and a loop of many
passes; their steps do nothing. The floor of the fan-out is the same number of tasks in a group, 16 at a time,
and as many commits of one small row as the fan-out waits for.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any, TypeAlias

from flow_tui.engine.commands import Definition, StartRun
from flow_tui.engine.keeping import Lease, Store
from flow_tui.engine.ports import ActionParams
from flow_tui.model.events import Event, Recorded
from flow_tui.model.status import RunStatus
from flow_tui.model.values import ActionOutput
from flow_tui.store.lasting import must_last
from flow_tui.store.memory import MemoryStore
from flow_tui.store.sqlite import SqliteStore
from flow_tui.testing import FakeProvider, bench, sound
from tests.benchmarks.steps import commits_per_second

_SLOTS = 16
Took: TypeAlias = tuple[float, int, int]
"""Seconds, writes, and those for which the disk was waited for."""


class _Idle:
    """Does nothing, at once; ``again`` says that there is more to do."""

    def __init__(self) -> None:
        self._done = ActionOutput(markers=("again",))

    async def execute(self, params: ActionParams) -> ActionOutput:
        return self._done


class _Counting:
    """Counts how often something is written."""

    def __init__(self, inner: Store) -> None:
        self._inner, self.appends, self.waits = inner, 0, 0

    def append(self, lease: Lease, events: Sequence[Event], at: datetime) -> tuple[Recorded, ...]:
        """Count it, and whether the disk is waited for."""
        self.appends += 1
        self.waits += must_last(lease, events)
        return self._inner.append(lease, events, at)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def _source(kind: str, count: int) -> str:
    match kind:
        case "call":
            body = " ".join(["call a"] * count)
        case "parallel":
            block = f"parallel {{ {' '.join(['call a'] * _SLOTS)} }}"
            body = " ".join([block] * (count // _SLOTS))
        case "foreach":
            body = f"foreach f {{ over = items workflow = one max_parallel = {_SLOTS} }}"
        case _:
            body = f"do {{ max_iterations = {count} on_max_iter = continue call a }} while a.again"
    return f"workflow w {{ {body} }}"


def _run(kind: str, count: int, store: Store) -> Took:
    """Return how long a run takes, and in how many writes."""

    async def main() -> Took:
        counting = _Counting(store)
        provider = FakeProvider(*map(str, range(count)))
        b = bench(_Idle(), counting, providers={"items": provider})  # type: ignore[arg-type]
        source, files = _source(kind, count), {"one.wf": b"workflow one { call a }"}
        definition = Definition(
            workflow=sound(source, "w.wf"), source=source, file="w.wf", root="/", files=files
        )
        before = time.perf_counter()
        run_id = await b.engine.start(StartRun(definition=definition))
        await b.engine.wait(run_id)
        seconds = time.perf_counter() - before
        if b.state(run_id).status is not RunStatus.COMPLETED:
            raise RuntimeError(b.state(run_id).error)
        return seconds, counting.appends, counting.waits

    return asyncio.run(main())


def _in_memory(kind: str, count: int) -> Took:
    return _run(kind, count, MemoryStore(is_alive=lambda _: True))


def _on_disk(kind: str, count: int) -> Took:
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "flow.db", is_alive=lambda _: True)
        try:
            return _run(kind, count, store)
        finally:
            store.close()


def _group(count: int) -> float:
    """Return how long as many tasks take in a group, with a semaphore."""

    async def one(slots: asyncio.Semaphore) -> None:
        async with slots:
            await asyncio.sleep(0)

    async def main() -> float:
        slots = asyncio.Semaphore(_SLOTS)
        before = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(count):
                group.create_task(one(slots))
        return time.perf_counter() - before

    return asyncio.run(main())


def _measured(run: Callable[[str, int], Took], kind: str, count: int, times: int) -> Mapping[str, float]:
    runs = [run(kind, count) for _ in range(times)]
    return {
        "microseconds_a_step": round(1e6 * median(seconds for seconds, _, _ in runs) / count),
        "writes_a_step": round(runs[0][1] / count, 2),
        "waits_a_step": round(runs[0][2] / count, 2),
    }


def measure(quick: bool) -> dict[str, Any]:
    """Return microseconds and writes a step for each kind of block, and the floors of the same run."""
    count, times = (160, 1) if quick else (1_000, 3)
    commit = 1 / commits_per_second(count)
    result: dict[str, Any] = {"steps": count, "floor_commit_microseconds": round(1e6 * commit)}
    for kind in ("call", "parallel", "foreach", "loop"):
        even = count // _SLOTS * _SLOTS if kind == "parallel" else count
        result[kind] = {
            "in_memory": _measured(_in_memory, kind, even, times),
            "on_disk": _measured(_on_disk, kind, even, times),
        }
    disk = result["foreach"]["on_disk"]
    floor = _group(count) / count + disk["waits_a_step"] * commit
    result["foreach"]["on_disk_of_floor"] = round(disk["microseconds_a_step"] / 1e6 / floor, 2)
    return result
