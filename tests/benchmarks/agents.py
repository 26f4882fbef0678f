"""Steps that an agent's program works on, beside the bare command with the same prompt, and two commits.

The program says one line at once, so what is measured is everything around it: finding the agent, composing
and keeping the prompt, starting, reading, recording. Composing alone stands beside ``str.replace`` of values.
"""

import asyncio
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from flow_tui.dsl.agents import AgentFile
from flow_tui.engine.commands import StartRun
from flow_tui.runtime import library
from flow_tui.runtime.assembly import assemble
from flow_tui.runtime.settings import Settings
from flow_tui.runtimes.prompt import Task, compose
from tests.benchmarks.steps import commits_per_second

COMMAND = ("sh", "-c", "cat > /dev/null; echo done")
PROMPT = "Plan the work on ticket {{ticket}}. Look at the code first.\n" * 20
CONFIG = f"""
[agents]
runtime = "bench"
[runtimes.bench]
command = {list(COMMAND)}
"""


def _spawned(count: int, prompt: Path) -> float:
    """Return the milliseconds that the command takes with a prompt on its input."""
    before = time.perf_counter()
    for _ in range(count):
        with prompt.open("rb") as opened:
            subprocess.run(COMMAND, stdin=opened, capture_output=True, check=True)
    return 1000 * (time.perf_counter() - before) / count


def _project(folder: Path, steps: str) -> None:
    (folder / ".flow" / "workflows").mkdir(parents=True)
    (folder / ".flow" / "agents").mkdir()
    (folder / ".flow" / "agents" / "plan.md").write_text(PROMPT)
    (folder / ".flow" / "workflows" / "w.wf").write_text(
        f'workflow w {{ inputs {{ ticket default = "T-1" }} {steps} }}'
    )
    (folder / "config.toml").write_text(CONFIG)


def _stepped(count: int, step: str) -> float:
    """Return the milliseconds that a step takes, on disk, with everything real."""

    async def main(folder: Path) -> float:
        environ = {**os.environ, "FLOW_TUI_CONFIG": str(folder / "config.toml")}
        made = assemble(Settings(state=folder / "state", user="bench", environ=environ))
        try:
            definition = library.load("w", str(folder))
            run_id = await made.engine.start(StartRun(definition=definition, inputs={"ticket": "T-1"}))
            before = time.perf_counter()
            await made.engine.wait(run_id)
            return 1000 * (time.perf_counter() - before) / count
        finally:
            await made.close()

    with tempfile.TemporaryDirectory() as made:
        _project(Path(made), step * count)
        return asyncio.run(main(Path(made)))


def _microseconds(subject: Callable[[], object], times: int) -> float:
    taken: list[float] = []
    for _ in range(times):
        began = time.process_time()
        for _ in range(100):
            subject()
        taken.append((time.process_time() - began) * 10_000)
    return round(median(taken), 1)


def composition(times: int) -> dict[str, float]:
    """Return what composing a prompt takes, and putting its values into its texts by themselves."""
    agent = AgentFile(prompt=PROMPT)
    values = {f"value_{number}": f"text {number}" for number in range(20)} | {"ticket": "T-1"}
    task = Task(
        step="plan",
        workflow="w",
        attempt=2,
        max_attempts=3,
        retry_error="exit 1",
        dry_run=False,
        values=values,
        snippets=[PROMPT] * 3,
        schema=None,
    )

    def replaced() -> str:
        text = "\n\n".join([PROMPT] * 4)
        for name, value in values.items():
            text = text.replace(f"{{{{{name}}}}}", value)
        return text

    made, floor = _microseconds(lambda: compose(agent, task), times), _microseconds(replaced, times)
    size = len(compose(agent, task).text)
    return {"characters": size, "compose_us": made, "replace_us": floor, "of_replace": round(made / floor, 1)}


def measure(quick: bool) -> dict[str, Any]:
    """Return what an agent's step takes, a script's, what their parts take alone, and the ratios."""
    count, times = (10, 3) if quick else (50, 7)
    with tempfile.TemporaryDirectory() as folder:
        prompt = Path(folder, "prompt")
        prompt.write_text(PROMPT)
        rounds = [
            (
                _stepped(count, "call plan "),
                _stepped(count, f'script s {{ run = "echo | {COMMAND[2]}" }} '),
                _spawned(count, prompt),
                2000 / commits_per_second(2 * count),
            )
            for _ in range(times)
        ]
    return {
        "steps": count,
        "agent_step_ms": round(median(agent for agent, _, _, _ in rounds), 2),
        "script_step_ms": round(median(script for _, script, _, _ in rounds), 2),
        "floor_spawn_ms": round(median(spawn for _, _, spawn, _ in rounds), 2),
        "floor_two_commits_ms": round(median(commits for _, _, _, commits in rounds), 2),
        "of_floor": round(median(agent / (spawn + commits) for agent, _, spawn, commits in rounds), 2),
        "of_script": round(median(agent / script for agent, script, _, _ in rounds), 2),
        "prompt": composition(5 if quick else 15),
    }
