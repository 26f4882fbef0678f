"""Steps that run ``true``, beside a bare ``sh -c true``, spawned and waited for, and two commits.

What a step adds to its floor is its place in the history, its process group and its output on disk.
"""

import asyncio
import os
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from flow_tui.engine.commands import Definition, StartRun
from flow_tui.runtime.assembly import assemble
from flow_tui.runtime.library import sound
from flow_tui.runtime.settings import Settings
from tests.benchmarks.steps import commits_per_second


def _spawned(count: int) -> float:
    """Return the milliseconds it takes to spawn ``sh -c true`` and to wait for it."""
    before = time.perf_counter()
    for _ in range(count):
        subprocess.run(("sh", "-c", "true"), stdin=subprocess.DEVNULL, capture_output=True, check=True)
    return 1000 * (time.perf_counter() - before) / count


def _stepped(count: int) -> float:
    """Return the milliseconds that a step takes which runs ``true``, on disk, with everything real."""
    scripts = " ".join(f'script s{number} {{ run = "true" }}' for number in range(count))
    source = f"workflow w {{ {scripts} }}"

    async def main(folder: str) -> float:
        made = assemble(Settings(state=Path(folder) / "state", user="bench", environ=dict(os.environ)))
        try:
            definition = Definition(workflow=sound(source, "w.wf"), source=source, file="w.wf", root=folder)
            run_id = await made.engine.start(StartRun(definition=definition))
            before = time.perf_counter()
            await made.engine.wait(run_id)
            return 1000 * (time.perf_counter() - before) / count
        finally:
            await made.close()

    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(main(folder))


def measure(quick: bool) -> dict[str, Any]:
    """Return what a step takes, what its parts take alone, and the ratio in each of several rounds."""
    count, times = (20, 3) if quick else (100, 7)
    rounds = [(_stepped(count), _spawned(count), 2000 / commits_per_second(2 * count)) for _ in range(times)]
    return {
        "steps": count,
        "step_ms": round(median(step for step, _, _ in rounds), 2),
        "floor_spawn_ms": round(median(spawn for _, spawn, _ in rounds), 2),
        "floor_two_commits_ms": round(median(commits for _, _, commits in rounds), 2),
        "of_floor": round(median(step / (spawn + commits) for step, spawn, commits in rounds), 2),
    }
