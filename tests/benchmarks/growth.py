"""Runs of ten times the length: how the time grows, and how soon a long one that was cut short goes on.

The exponent of linear growth is 1. The resume is of a run on disk in which all steps but the last are done:
``decided`` is when it is recorded that the run goes on, ``begun`` when its last step has begun. Its floors
are to read the events of the run as JSON, to fold them once they are read, and to read the workflow's source:
once with every step written out, and once with the same steps as turns of a loop, of which there is little to
read.
"""

import asyncio
import gc
import json
import math
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from flow_tui.cli.main import YOUNG_AND_OLD
from flow_tui.engine.commands import ResumeRun
from flow_tui.engine.keeping import Store
from flow_tui.engine.plan import plan
from flow_tui.engine.ports import ActionParams
from flow_tui.model import events as ev
from flow_tui.model.fold import replay
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.status import StepStatus
from flow_tui.model.values import ActionOutput
from flow_tui.store.memory import MemoryStore
from flow_tui.store.sqlite import SqliteStore
from flow_tui.testing import NOON, SOMEONE, bench, sound

_TURN = 10
"""So many steps are in a turn of the loop."""
_RUN = RunId("01JGMEZN00000000000000RUN1")


class _Idle:
    """Does nothing, at once."""

    async def execute(self, params: ActionParams) -> ActionOutput:
        return ActionOutput()


def _source(steps: int) -> str:
    return f"workflow w {{ {' '.join(['call a'] * steps)} }}"


def _cpu(steps: int, store: Store) -> float:
    """Return how much computing a run of so many steps takes, once its source was read."""

    async def main() -> float:
        b = bench(_Idle(), store)
        run_id = await b.start(_source(steps))
        before = time.process_time()
        await b.engine.wait(run_id)
        return time.process_time() - before

    return asyncio.run(main())


def _in_memory(steps: int) -> float:
    return _cpu(steps, MemoryStore(is_alive=lambda _: True))


def _on_disk(steps: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        store = _opened(Path(folder))
        try:
            return _cpu(steps, store)
        finally:
            store.close()


def _opened(folder: Path) -> SqliteStore:
    return SqliteStore(folder / "flow.db", is_alive=lambda _: True)


def _exponent(measured: Callable[[int], float], short: int, times: int) -> float:
    """Return the slope, on logarithmic scales, from a short run to one ten times as long."""
    pairs = [(measured(short), measured(10 * short)) for _ in range(times)]
    return round(median(math.log10(long / brief) for brief, long in pairs), 3)


def _looped(steps: int) -> str:
    return f"workflow w {{ call a while a.go {{ max_iterations = {steps // _TURN} {'call a ' * _TURN}}} }}"


def _done(path: StepPath) -> Iterator[ev.Event]:
    yield ev.StepStarted(path=path, name="a", kind="call")
    yield ev.AttemptStarted(path=path, attempt=1)
    yield ev.StepFinished(path=path, outcome=StepStatus.COMPLETED, output=ActionOutput(markers=("go",)))


def _happened(steps: int, *, in_turns: bool) -> Iterator[ev.Event]:
    """Yield what happened in a run in which every step is done."""
    source = _looped(steps) if in_turns else _source(steps)
    yield ev.RunStarted(workflow="w", source=source, root="/", plan=plan(sound(source, "w.wf")))
    if not in_turns:
        for number in range(steps):
            yield from _done(StepPath(str(number)))
        return
    yield from _done(StepPath("0"))
    for turn in range(1, steps // _TURN + 1):
        yield ev.PassStarted(path=StepPath("1"), number=turn, of=steps // _TURN)
        for number in range(_TURN):
            yield from _done(StepPath(f"1#{turn}/{number}"))


def _cut_short(steps: int, store: Store, *, in_turns: bool) -> None:
    """Store a run in which all steps are done but the last, which was at work when the program died."""
    *happened, _ = _happened(steps, in_turns=in_turns)
    lease = store.acquire(_RUN, SOMEONE, NOON)
    assert lease is not None
    for begin in range(0, len(happened), 1_000):
        store.append(lease, happened[begin : begin + 1_000], NOON)
    store.release(lease)


def _resume(last: str, store: Store) -> dict[str, float]:
    """Return how many milliseconds after the wish it is recorded, and the last step begun."""
    at: dict[str, float] = {}

    def note(recorded: ev.Recorded) -> None:
        if isinstance(recorded.event, ev.RunResumed):
            at["decided"] = time.perf_counter()
        elif isinstance(recorded.event, ev.AttemptStarted) and recorded.event.path == last:
            at["begun"] = time.perf_counter()

    async def main() -> None:
        b = bench(_Idle(), store, sinks=(note,))
        at["wish"] = time.perf_counter()
        await b.engine.resume(ResumeRun(run_id=_RUN))
        await b.engine.wait(_RUN)

    asyncio.run(main())
    return {name: 1000 * (at[name] - at["wish"]) for name in ("decided", "begun")}


def _read(file: Path) -> None:
    """Read every event as JSON."""
    db = sqlite3.connect(file)
    try:
        for (body,) in db.execute("SELECT body FROM events ORDER BY run_id, seq"):
            json.loads(body)
    finally:
        db.close()


def _milliseconds(work: Callable[[], object]) -> float:
    before = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - before)


def _floors(source: str, file: Path, history: Sequence[ev.Recorded]) -> dict[str, float]:
    return {
        "floor_json": _milliseconds(lambda: _read(file)),
        "floor_fold": _milliseconds(lambda: replay(_RUN, history)),
        "floor_source": _milliseconds(lambda: sound(source, "w.wf")),
    }


def _resumes(steps: int, times: int, *, in_turns: bool) -> dict[str, int]:
    source = _looped(steps) if in_turns else _source(steps)
    last = f"1#{steps // _TURN}/{_TURN - 1}" if in_turns else str(steps - 1)
    found: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = _opened(folder)
        _cut_short(steps, store, in_turns=in_turns)
        store.close()
        for number in range(times):
            copy = folder / str(number)
            copy.mkdir(mode=0o700)
            shutil.copy(folder / "flow.db", copy)
            store = _opened(copy)
            floors = _floors(source, copy / "flow.db", tuple(store.history(_RUN)))
            found.append({**_resume(last, store), **floors})
            store.close()
    return {f"{key}_ms": round(median(one[key] for one in found)) for key in found[0]}


def measure(quick: bool) -> dict[str, Any]:
    """Return the exponents of growth in memory and on disk, and how long a resume takes."""
    before = gc.get_threshold()
    gc.set_threshold(*YOUNG_AND_OLD)  # as the program does
    try:
        return _measure(quick)
    finally:
        gc.set_threshold(*before)


def _measure(quick: bool) -> dict[str, Any]:
    short, times = (100, 1) if quick else (1_000, 3)
    return {
        "steps": [short, 10 * short],
        "in_memory_exponent": _exponent(_in_memory, short, times),
        "on_disk_exponent": _exponent(_on_disk, short // 5, times),
        "resume": _resumes(10 * short, times, in_turns=False),
        "resume_of_a_loop": _resumes(10 * short, times, in_turns=True),
    }
