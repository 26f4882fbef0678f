"""How much memory the dashboard keeps while nothing happens, beside an empty Textual app."""

import shutil
import statistics
import tempfile
from pathlib import Path

from tests.benchmarks._pty import PYTHON, ROOT, resident
from tests.benchmarks.start import EMPTY_APP

QUICK = 'workflow quick { script only { run = "true" } }\n'


def measure(quick: bool) -> dict[str, object]:
    """Return the MiB of each program while it is idle, and by how many they are more than the empty app."""
    folder = Path(tempfile.mkdtemp(prefix="flow-bench-"))
    try:
        return _measure(1 if quick else 3, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measure(rounds: int, folder: Path) -> dict[str, object]:
    workflow = folder / "quick.wf"
    workflow.write_text(QUICK)
    env = {"FLOW_TUI_STATE": str(folder / "state")}
    flow = [PYTHON, "-m", "flow_tui"]
    programs = {
        "empty_textual_app": ([PYTHON, "-c", EMPTY_APP], b"painted-marker"),
        "home": ([*flow, "-C", str(ROOT / "sample_workflows")], b"Release notes"),
        "run_over": ([*flow, "run", str(workflow), "--ui", "tui"], b"completed"),
    }
    kept = {
        name: statistics.median(resident(argv, mark, env=env) for _ in range(rounds))
        for name, (argv, mark) in programs.items()
    }
    empty = kept["empty_textual_app"]
    more = {f"{name}_over_empty_app": round(mib - empty, 1) for name, mib in kept.items() if mib is not empty}
    return {"mib": {name: round(mib, 1) for name, mib in kept.items()}, "more_mib": more}
