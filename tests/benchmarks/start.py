"""How soon the program answers: first painted frame, ``--version``, a cold ``check``."""

import shutil
import statistics
import tempfile
from pathlib import Path

from tests.benchmarks._pty import PYTHON, ROOT, first_paint, wall

EMPTY_APP = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("painted-marker")
Empty().run()
"""

SMALL = 'workflow small {{\n  inputs {{ name default = "x" }}\n{steps}\n}}\n'


def measure(quick: bool) -> dict[str, object]:
    """Return medians in milliseconds, and how they compare."""
    rounds = 5 if quick else 15
    folder = Path(tempfile.mkdtemp(prefix="flow-bench-"))
    try:
        return _measure(rounds, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measure(rounds: int, folder: Path) -> dict[str, object]:
    steps = "\n".join(f'  script step_{n} {{ run = "true" }}' for n in range(46))
    small = folder / "small.wf"
    small.write_text(SMALL.format(steps=steps))
    env = {"FLOW_TUI_STATE": str(folder / "state")}
    hello = str(ROOT / "sample_workflows" / "hello.wf")
    dashboard = [PYTHON, "-m", "flow_tui", "run", hello, "--ui", "tui"]
    samples: dict[str, list[float]] = {}

    def note(name: str, seconds: float) -> None:
        samples.setdefault(name, []).append(seconds * 1000)

    for _ in range(rounds):
        note("python_pass", wall([PYTHON, "-c", "pass"]))
        note("version", wall([PYTHON, "-m", "flow_tui", "--version"]))
        note("import_lark_pydantic", wall([PYTHON, "-c", "import lark, pydantic"]))
        note("check_50_lines", wall([PYTHON, "-m", "flow_tui", "check", str(small)], env=env))
        note("empty_textual_app", first_paint([PYTHON, "-c", EMPTY_APP], b"painted-marker"))
        # The title is in the first frame of the dashboard, the name of a step in the first useful one.
        note("dashboard", first_paint(dashboard, b"hello", env=env))
        note("dashboard_steps", first_paint(dashboard, b"look", env=env))
    medians = {name: round(statistics.median(values), 1) for name, values in samples.items()}
    return {
        "milliseconds": medians,
        "dashboard_over_empty_app": round(medians["dashboard"] / medians["empty_textual_app"], 2),
        "first_useful_over_empty_app": round(medians["dashboard_steps"] / medians["empty_textual_app"], 2),
        "version_over_python": round(medians["version"] / medians["python_pass"], 2),
        "check_over_imports": round(medians["check_50_lines"] / medians["import_lark_pydantic"], 2),
        "check_minus_imports_ms": round(medians["check_50_lines"] - medians["import_lark_pydantic"], 1),
        "rounds": rounds,
    }
