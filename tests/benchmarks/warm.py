"""A run again after its last step was edited, warm beside cold in one process; and what fingerprints cost.

Steps do nothing but wait for a while, or nothing at all: what is left is what reusing, or running, costs.
"""

import asyncio
import time
from datetime import timedelta
from statistics import median
from typing import Any

from flow_tui.engine.plan import plan
from flow_tui.engine.ports import ActionParams
from flow_tui.engine.reuse import Side
from flow_tui.engine.warm import warm_of
from flow_tui.engine.warm_outlook import explained
from flow_tui.fakes import FakeFiles
from flow_tui.model.ids import RunId
from flow_tui.model.status import RunStatus
from flow_tui.model.values import ActionOutput, RunOptions
from flow_tui.testing import Bench, bench, sound

_STEPS = 50
_MANY = 1_000


class _Waiting:
    """Takes a while, and works on nothing."""

    def __init__(self, wait: timedelta) -> None:
        self._wait = wait.total_seconds()

    async def execute(self, params: ActionParams) -> ActionOutput:
        if self._wait:
            await asyncio.sleep(self._wait)
        return ActionOutput(result_text=params.name)


def measure(quick: bool = False) -> dict[str, Any]:
    """Return the figures; ``quick`` does everything less often."""
    times = 3 if quick else 11
    figures: dict[str, Any] = {"steps": _STEPS}
    for wait in (0, 20):
        pairs = [asyncio.run(_again(timedelta(milliseconds=wait))) for _ in range(times)]
        cold, warm = (median(each) for each in zip(*pairs, strict=True))
        figures[f"of_{wait}_ms"] = {
            "cold_ms": round(cold, 1),
            "warm_ms": round(warm, 1),
            "warm_by_cold": round(warm / cold, 3),
        }
    fingerprints = [asyncio.run(_fingerprints()) for _ in range(times)]
    figures["fingerprints_of_1000_steps_ms"] = round(median(fingerprints), 1)
    return figures


def _source(count: int, last: str) -> str:
    steps = " ".join(f"call s{number}" for number in range(count - 1))
    return f"workflow w {{ {steps} call s{count - 1} {{ retries = {last} }} }}"


async def _again(wait: timedelta) -> tuple[float, float]:
    """Return how many milliseconds an edited workflow takes, cold and warm."""
    b = bench(_Waiting(wait))
    first = await b.finish(_source(_STEPS, "1"))
    edited = _source(_STEPS, "2").replace(f"call s{_STEPS - 1}", "call other")
    return await _timed(b, edited, None), await _timed(b, edited, first.run_id)


async def _timed(b: Bench, source: str, warm_from: RunId | None) -> float:
    began = time.perf_counter()
    state = await b.finish(source, warm_from=warm_from)
    took = 1_000 * (time.perf_counter() - began)
    assert state.status is RunStatus.COMPLETED, state.error
    return took


async def _fingerprints() -> float:
    """Return how many milliseconds it takes to say which of 1,000 steps would run again; each has a file."""
    b = bench(_Waiting(timedelta(0)))
    contents = {f".flow/agents/s{number}.md": b"Do it." for number in range(_MANY)}
    before = await b.finish(_source(_MANY, "1"), files=contents)
    workflow = sound(_source(_MANY, "2"), "test.wf")
    files = FakeFiles("/", contents)
    rows = plan(workflow)
    began = time.perf_counter()
    after = Side(workflow, files, {}, RunOptions())
    told = explained(warm_of(before, files, after, sound), rows)
    took = 1_000 * (time.perf_counter() - began)
    assert len(told) == _MANY, len(told)
    return took
