"""A thousand steps that do nothing: what the engine and its storage take for themselves.

Beside it the floors of the same run: as many commits of one small row, and as many bare tasks on a loop.
"""

import asyncio
import gc
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from flow_tui.cli.main import YOUNG_AND_OLD
from flow_tui.engine.keeping import Store
from flow_tui.engine.ports import ActionParams
from flow_tui.model.values import ActionOutput
from flow_tui.store.memory import MemoryStore
from flow_tui.store.sqlite import SqliteStore
from flow_tui.testing import bench

_DONE = ActionOutput()


class _Idle:
    """Does nothing, at once."""

    async def execute(self, params: ActionParams) -> ActionOutput:
        return _DONE


def _seconds(work: Callable[[], object]) -> float:
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def _run(steps: int, store: Store) -> dict[str, float]:
    """Return how fast a run of so many steps goes, from its start to its end."""
    source = f"workflow w {{ {' '.join(['call a'] * steps)} }}"

    async def main() -> tuple[float, int]:
        b = bench(_Idle(), store)
        loop = asyncio.get_running_loop()
        from flow_tui.testing import sound

        workflow = sound(source, "w.wf")
        from flow_tui.engine.commands import Definition, StartRun

        definition = Definition(workflow=workflow, source=source, file="w.wf", root="/")
        before = loop.time()
        run_id = await b.engine.start(StartRun(definition=definition))
        await b.engine.wait(run_id)
        return loop.time() - before, sum(not one.is_transient for one in b.events)

    seconds, events = asyncio.run(main())
    return {"steps_per_second": steps / seconds, "events_per_second": events / seconds}


def _on_disk(steps: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "flow.db", is_alive=lambda _: True)
        try:
            return _run(steps, store)
        finally:
            store.close()


def _in_memory(steps: int) -> dict[str, float]:
    return _run(steps, MemoryStore(is_alive=lambda _: True))


def commits_per_second(count: int) -> float:
    """Return how many single rows a second can be committed for good."""
    with tempfile.TemporaryDirectory() as folder:
        db = sqlite3.connect(Path(folder) / "floor.db", isolation_level=None)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("CREATE TABLE t (n INTEGER PRIMARY KEY, text TEXT)")

        def insert() -> None:
            for number in range(count):
                db.execute("BEGIN IMMEDIATE")
                db.execute("INSERT INTO t VALUES (?, ?)", (number, "x" * 200))
                db.execute("COMMIT")

        try:
            return count / _seconds(insert)
        finally:
            db.close()


def _tasks(count: int) -> float:
    """Return how many tasks a second a loop can begin and await."""

    async def nothing() -> None:
        return

    async def main() -> None:
        for _ in range(count):
            await asyncio.ensure_future(nothing())

    return count / _seconds(lambda: asyncio.run(main()))


def measure(quick: bool) -> dict[str, Any]:
    """Return steps and events a second on disk and in memory, and the floors of the same run."""
    before = gc.get_threshold()
    gc.set_threshold(*YOUNG_AND_OLD)  # as the program does
    try:
        return _measure(quick)
    finally:
        gc.set_threshold(*before)


def _measure(quick: bool) -> dict[str, Any]:
    steps, times = (200, 3) if quick else (1_000, 5)
    disk = [_on_disk(steps) for _ in range(times)]
    memory = [_in_memory(steps) for _ in range(times)]
    commits = median(commits_per_second(2 * steps) for _ in range(times))
    tasks = median(_tasks(steps) for _ in range(times))
    on_disk = {name: round(median(one[name] for one in disk)) for name in disk[0]}
    in_memory = {name: round(median(one[name] for one in memory)) for name in memory[0]}
    return {
        "steps": steps,
        "on_disk": on_disk,
        "in_memory": in_memory,
        "floor_commits_per_second": round(commits),
        "floor_tasks_per_second": round(tasks),
        "commits_worth_a_step": round(commits / on_disk["steps_per_second"], 2),
        "in_memory_of_floor": round(in_memory["steps_per_second"] / tasks, 3),
    }
