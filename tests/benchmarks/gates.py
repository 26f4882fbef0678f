"""A thousand runs that wait at a gate at once, on disk: threads, memory and what is computed meanwhile.

The floor is as many tasks of a loop that wait for nothing but a timer.
"""

import asyncio
import gc
import resource
import tempfile
import threading
import time
import tracemalloc
from pathlib import Path
from typing import Any

from flow_tui.engine.commands import Definition, StartRun
from flow_tui.engine.lease import KeeperThread
from flow_tui.engine.ports import ActionParams
from flow_tui.model.events import GateOpened, Recorded
from flow_tui.model.values import ActionOutput
from flow_tui.store.sqlite import SqliteStore
from flow_tui.testing import bench, sound

_SOURCE = 'workflow w { gate human_approval { prompt = "Go on?" timeout = "1h" } }'


class _Idle:
    async def execute(self, params: ActionParams) -> ActionOutput:
        return ActionOutput()


def _cpu_share(before: float, seconds: float) -> float:
    return round(100 * (time.process_time() - before) / seconds, 2)


async def _until(events: list[Recorded], gates: int) -> None:
    while sum(isinstance(one.event, GateOpened) for one in events) < gates:
        await asyncio.sleep(0.05)


async def _waiting(runs: int, seconds: float, store: SqliteStore) -> dict[str, Any]:
    b = bench(_Idle(), store)
    definition = Definition(workflow=sound(_SOURCE, "w.wf"), source=_SOURCE, file="w.wf", root="/")
    keeping = KeeperThread(b.engine.keeper)
    threads = threading.active_count()
    keeping.start()
    await b.engine.start(StartRun(definition=definition))  # whatever is imported late is imported now
    await _until(b.events, 1)
    gc.collect()
    tracemalloc.start()
    began = time.perf_counter()
    for _ in range(runs):
        await b.engine.start(StartRun(definition=definition))
    await _until(b.events, 1 + runs)
    ready = time.perf_counter() - began
    b.events.clear()
    gc.collect()
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # The first heartbeats come early; what is of interest is a quiet hour.
    await asyncio.sleep(1)
    before, began = time.process_time(), time.perf_counter()
    await asyncio.sleep(seconds)
    cpu = _cpu_share(before, time.perf_counter() - began)
    more_threads = threading.active_count() - threads
    await b.engine.shutdown()
    keeping.stop()
    return {
        "seconds_until_all_wait": round(ready, 2),
        "threads_more": more_threads,
        "kib_each": round(kept / 1024 / runs, 1),
        "cpu_percent": cpu,
    }


async def _floor(tasks: int, seconds: float) -> float:
    waiting = [asyncio.ensure_future(asyncio.sleep(3_600)) for _ in range(tasks)]
    await asyncio.sleep(0)
    before, began = time.process_time(), time.perf_counter()
    await asyncio.sleep(seconds)
    share = _cpu_share(before, time.perf_counter() - began)
    for task in waiting:
        task.cancel()
    return share


def measure(quick: bool) -> dict[str, Any]:
    """Return what runs that wait at a gate cost, and how much computing a loop of timers takes."""
    runs, seconds = (200, 6.0) if quick else (1_000, 20.0)
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "flow.db", is_alive=lambda _: True)
        try:
            waiting = asyncio.run(_waiting(runs, seconds, store))
        finally:
            store.close()
    floor = asyncio.run(_floor(runs, min(seconds, 5.0)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"runs": runs, **waiting, "floor_cpu_percent": floor, "peak_rss_mib": round(peak)}
