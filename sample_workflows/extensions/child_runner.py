"""A child runner: stands in front of what runs the workflows that others call.

Prints: at most 1 at once
"""

import asyncio

from flow_tui import Engine
from flow_tui.engine.ports import ActionParams
from flow_tui.engine.run import Part, Parts, Run
from flow_tui.model.ids import RunId
from flow_tui.model.state import RunState

WORKFLOW = "workflow all { foreach n { over = range scope = { to = 4 } max_parallel = 4 workflow = one } }"


class OneAtATime:
    """Lets one called workflow of the whole program run at a time, whatever ``max_parallel`` says."""

    def __init__(self, inner: Parts) -> None:
        self._inner = inner
        self._free = asyncio.Semaphore(1)

    async def carry_out(self, parent: Run, part: Part) -> RunState:
        """Return how the part ended."""
        async with self._free:
            return await self._inner.carry_out(parent, part)

    def recall(self, run_id: RunId) -> RunState:
        """Return what is stored of a part that is over."""
        return self._inner.recall(run_id)


running: list[str] = []
most = 0


async def work(params: ActionParams) -> None:
    """Count how many run at the same time."""
    global most  # noqa: PLW0603 - the shortest way to count
    running.append(params.path)
    most = max(most, len(running))
    await asyncio.sleep(0.01)
    running.remove(params.path)


engine = Engine()
engine.part_runner(OneAtATime)
engine.workflows({"one": "workflow one { call work }"}.get)
engine.action("work", work)
engine.run(WORKFLOW)
print(f"at most {most} at once")
