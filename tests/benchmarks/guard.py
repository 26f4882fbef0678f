"""What the guard adds to a step that runs ``true``, beside the bare spawn-and-wait and a guard per step.

All in turn in the same run; and how soon nothing is left of the steps of a program that was killed.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

from flow_tui.engine.ports import ProcessCommand
from flow_tui.engine.stop import Stop
from flow_tui.process.child import ChildLauncher
from flow_tui.process.guard import Guard
from flow_tui.process.spool import FileSpool

_TRUE = ("/bin/sh", "-c", "true")
_WAITING = "import os; os.posix_spawn('/bin/sh', ['sh', '-c', 'true'], os.environ); os.wait()"
_DAEMONS = "setsid sleep 600 & ( setsid sleep 600 & ); sleep 600 & echo ready; wait"
_PATIENCE = 20.0


class _Nobody(Guard):
    """Guards nothing."""

    def announce(self, word: str) -> int:
        return -1


def _bare(argv: tuple[str, ...]) -> None:
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL, capture_output=True, start_new_session=True)


def _step(launcher: ChildLauncher, folder: Path) -> Awaitable[object]:
    async def told(_identity: object) -> None:
        return

    command = ProcessCommand(argv=_TRUE, cwd=str(folder), env=dict(os.environ), name="true")
    return launcher.run(
        command,
        spool=FileSpool(folder / "spool"),
        on_start=told,
        on_output=lambda _: None,
        stop=Stop(grace=timedelta()),
    )


async def _steps(times: int, folder: Path, guard: Guard) -> dict[str, list[float]]:
    """Return the milliseconds of each way, one of each after the other."""
    guarded = ChildLauncher(guard=lambda: guard)
    unguarded = ChildLauncher(guard=_Nobody)
    took: dict[str, list[float]] = {"bare": [], "guarded": [], "unguarded": [], "guard_per_step": []}

    async def timed(name: str, work: Callable[[], Awaitable[object] | None]) -> None:
        before = time.perf_counter()
        if (waiting := work()) is not None:
            await waiting
        took[name].append(1_000 * (time.perf_counter() - before))

    await _step(guarded, folder)  # starts the guard
    for number in range(times):
        await timed("bare", lambda: _bare(_TRUE))
        await timed("guarded", lambda: _step(guarded, folder))
        await timed("unguarded", lambda: _step(unguarded, folder))
        if number % 10 == 0:
            await timed("guard_per_step", lambda: _bare((sys.executable, "-I", "-S", "-c", _WAITING)))
    return took


def _first_note() -> float:
    """Return the milliseconds that the first step's start waits for the guard's."""
    guard = Guard()
    before = time.perf_counter()
    slot = guard.announce("word")
    took = 1_000 * (time.perf_counter() - before)
    guard.forget(slot)
    guard.close()
    return took


def _notes(times: int) -> float:
    """Return the microseconds that all of a step's notes take."""
    guard = Guard()
    guard.announce("before")
    before = time.perf_counter()
    for _ in range(times):
        slot = guard.announce("0123456789abcdef")
        guard.started(slot, "0123456789abcdef", 1234567, "123456789")
        guard.forget(slot)
    took = 1_000_000 * (time.perf_counter() - before) / times
    guard.forget(0)
    guard.close()
    return took


def _after_death() -> float:
    """Return the seconds from ``kill -9`` of a program with two daemons to the end of its guard."""
    with tempfile.TemporaryDirectory() as folder:
        host = subprocess.Popen(
            [sys.executable, "-m", "tests.process.host", folder, _DAEMONS, _DAEMONS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        with host:
            assert host.stdout is not None
            import json

            from tests.whole.terminal import await_end

            guard = json.loads(host.stdout.readline())["guard"]
            before = time.perf_counter()
            host.kill()
            await_end(guard, _PATIENCE)
            return time.perf_counter() - before


def _resident(pid: int) -> float:
    """Return the MiB that only this process has in memory."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    kept = (line.split()[1] for line in rollup.splitlines() if line.startswith("Private"))
    return sum(map(int, kept)) / 1024


def measure(quick: bool) -> dict[str, Any]:
    """Return milliseconds a step, the guard's share, its memory, and how soon it has done its work."""
    times = 50 if quick else 300
    guard = Guard()
    with tempfile.TemporaryDirectory() as folder:
        took = asyncio.run(_steps(times, Path(folder), guard))
    memory = _resident(guard.pid)
    guard.close()
    middle = {name: median(each) for name, each in took.items()}
    return {
        "median_ms": {name: round(value, 3) for name, value in middle.items()},
        "least_ms": {name: round(min(each), 3) for name, each in took.items()},
        "guarded_of_unguarded": round(middle["guarded"] / middle["unguarded"], 3),
        "guarded_of_bare": round(middle["guarded"] / middle["bare"], 3),
        "guard_per_step_of_bare": round(middle["guard_per_step"] / middle["bare"], 3),
        "notes_of_a_step_us": round(_notes(1_000 if quick else 10_000), 1),
        "start_of_the_guard_ms": round(median(_first_note() for _ in range(5)), 2),
        "guard_private_mib": round(memory, 1),
        "nothing_left_after_kill_s": [round(_after_death(), 2) for _ in range(3 if quick else 10)],
    }
