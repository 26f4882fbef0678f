"""The dashboard in a terminal: at rest beside an empty Textual app, opening a long run, leaving a busy one.

At rest a step sleeps, so only clocks move. A long run has 10,000 recorded steps, opened from disk beside one
of a single step. A busy one works on items as fast as it can; its processes end at once when asked.
"""

import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flow_tui.engine.plan import plan
from flow_tui.model import events as ev
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.status import RunStatus, StepStatus
from flow_tui.model.values import ActionOutput
from flow_tui.store.sqlite import SqliteStore
from flow_tui.testing import SOMEONE, sound
from tests.benchmarks import terminal
from tests.benchmarks._pty import first_paint
from tests.benchmarks.start import EMPTY_APP

_FLOW = ["-m", "flow_tui"]
QUIET = 'workflow quiet { script nap { run = "sleep 600" } }\n'
BUSY = """workflow busy {
  foreach each {
    over = range
    scope = { from = 1 to = 5000 }
    workflow = "item"
    max_parallel = 4
    inputs { n = "{{item.ref}}" }
  }
}
"""
ITEM = 'workflow item { inputs { n } script work { run = "true" } }\n'


def measure(quick: bool = False) -> dict[str, Any]:
    """Return the figures; ``quick`` rests for five seconds instead of thirty, and repeats less."""
    folder = Path(tempfile.mkdtemp(prefix="flow-bench-"))
    os.environ["FLOW_TUI_STATE"] = str(folder / "state")
    try:
        return {
            "rest": _rest(folder, 5 if quick else 30),
            "open": _open(folder, 3 if quick else 9),
            "leave": _leave(folder, 2 if quick else 5),
        }
    finally:
        del os.environ["FLOW_TUI_STATE"]
        shutil.rmtree(folder, ignore_errors=True)


def _rest(folder: Path, seconds: float) -> dict[str, Any]:
    """Return what percentage of a processor is used while nothing but clocks moves."""
    quiet = _written(folder, "quiet", QUIET)
    found: dict[str, Any] = {}
    for name, arguments, mark in (
        ("empty_percent", ["-c", EMPTY_APP], b"painted-marker"),
        ("dashboard_percent", [*_FLOW, "run", quiet, "--ui", "tui"], b"nap"),
    ):
        there = terminal.opened(arguments)
        try:
            there.wait_for(mark)
            there.pause(3)
            used, began = terminal.cpu_seconds(there.pid), time.perf_counter()
            there.pause(seconds)
            share = (terminal.cpu_seconds(there.pid) - used) / (time.perf_counter() - began)
        finally:
            there.close()
        found[name] = round(100 * share, 2)
    return {**found, "more_percent": round(found["dashboard_percent"] - found["empty_percent"], 2)}


def _open(folder: Path, rounds: int) -> dict[str, Any]:
    """Return the milliseconds until a recorded run is on screen, of a long and a short one.

    Its first frame has its first rows; the whole is there when the header counts all of its steps.
    """
    found: dict[str, float] = {}
    for name, steps in (("short", 1), ("long", 10_000)):
        run_id = RunId(f"01JGMEZN00000000000000RUN{1 if steps > 1 else 2}")
        _record(folder, run_id, name, steps)
        marks = {"first_frame": b"step-0", "whole": f"{steps:,}/{steps:,}".encode()}
        taken: dict[str, list[float]] = {what: [] for what in marks}
        for count in range(rounds + 1):
            for what, mark in marks.items():
                seconds, _ = first_paint([sys.executable, *_FLOW, "attach", run_id], mark, folder=folder)
                if count:
                    taken[what].append(seconds * 1000)
        found |= {f"{name}_{what}_ms": statistics.median(times) for what, times in taken.items()}
    more = {
        f"more_{what}_ms": found[f"long_{what}_ms"] - found[f"short_{what}_ms"]
        for what in ("first_frame", "whole")
    }
    return {what: round(milliseconds) for what, milliseconds in (found | more).items()}


def _record(folder: Path, run_id: RunId, name: str, steps: int) -> None:
    """Put a run of so many steps, all of which went well, into the database."""
    now = datetime.now(UTC)  # what is much older is tidied away
    source = f"workflow {name} {{ {' '.join(f'call step-{index}' for index in range(steps))} }}"
    happened: list[ev.Event] = [
        ev.RunStarted(
            workflow=name,
            source=source,
            file=f"{name}.wf",
            root=str(folder),
            plan=plan(sound(source, "w.wf")),
        )
    ]
    for index in range(steps):
        path = StepPath(str(index))
        happened += [
            ev.StepStarted(path=path, name=f"step-{index}", kind="call"),
            ev.AttemptStarted(path=path, attempt=1),
            ev.StepFinished(path=path, outcome=StepStatus.COMPLETED, output=ActionOutput()),
        ]
    happened.append(ev.RunFinished(outcome=RunStatus.COMPLETED))
    store = SqliteStore(folder / "state" / "runs.db", is_alive=lambda _: True)
    lease = store.acquire(run_id, SOMEONE, now)
    assert lease is not None
    for begin in range(0, len(happened), 1_000):
        store.append(lease, happened[begin : begin + 1_000], now)
    store.release(lease)
    store.close()


def _leave(folder: Path, rounds: int) -> dict[str, Any]:
    """Return the milliseconds from the answer that leaves a busy run to the end of the program."""
    _written(folder, "item", ITEM)
    busy = _written(folder, "busy", BUSY)
    found: list[float] = []
    for _ in range(rounds):
        there = terminal.opened([*_FLOW, "run", busy, "--ui", "tui"])
        try:
            there.wait_for(b"busy")
            there.pause(4)
            os.write(there.fd, b"q")
            there.wait_for(b"Cancel and quit")
            there.pause(0.5)
            began = time.perf_counter()
            os.write(there.fd, b"c")
            there.wait_for(b"?1049l")
            found.append(1000 * (time.perf_counter() - began))
            there.pause(1)
        finally:
            there.close()
    return {"median_ms": round(statistics.median(found)), "worst_ms": round(max(found))}


def _written(folder: Path, name: str, text: str) -> str:
    file = folder / f"{name}.wf"
    file.write_text(text, encoding="utf-8")
    return str(file)


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
