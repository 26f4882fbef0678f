"""Another process that asks the owner of runs for one thing: ``python -m tests.whole.asking DATABASE WHAT``.

It says when it is ready, and then asks for every run whose id it reads, until there are no more.
"""

import asyncio
import sys
from functools import partial
from pathlib import Path

from flow_tui.clock import SystemClock
from flow_tui.engine.commands import CancelRun, Request, ResolveGate
from flow_tui.engine.outside import patiently
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.values import Decision
from flow_tui.process.identity import may_live
from flow_tui.store.sqlite import SqliteStore

GATE = StepPath("0")


def request(what: str, run_id: RunId) -> Request:
    """Return what is asked of the owner of a run."""
    if what == "cancel":
        return CancelRun(run_id=run_id, by=what)
    return ResolveGate(run_id=run_id, path=GATE, decision=Decision(approved=what == "approve", by=what))


async def main() -> None:
    """Ask."""
    store, clock = SqliteStore(Path(sys.argv[1]), is_alive=may_live), SystemClock()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        await patiently(clock, partial(store.request, request(sys.argv[2], RunId(line.strip())), clock.now()))
    store.close()


if __name__ == "__main__":
    asyncio.run(main())
