"""How soon the program answers: the first frames of both screens, ``--version``, cold verbs without a screen.

Every program runs with its modules compiled, as an installed program does, whatever this shell says about
byte code; all of them keep it in one folder of their own, filled by a first round that does not count.
"""

import shutil
import statistics
import tempfile
from pathlib import Path

from tests.benchmarks._pty import PYTHON, ROOT, first_paint, spent

EMPTY_APP = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("painted-marker")
Empty().run()
"""

SMALL = 'workflow small {{\n  inputs {{ name default = "x" }}\n{steps}\n}}\n'

RATIOS = {
    "dashboard_over_empty_app": ("dashboard", "empty_textual_app"),
    "screen_over_empty_app": ("dashboard_screen", "empty_textual_app"),
    "first_useful_over_empty_app": ("dashboard_steps", "empty_textual_app"),
    "home_over_empty_app": ("home", "empty_textual_app"),
    "home_useful_over_empty_app": ("home_listed", "empty_textual_app"),
    "version_over_python": ("version", "python_pass"),
    "script_version_over_python": ("version_script", "python_pass"),
    "check_over_imports": ("check_50_lines", "import_lark_pydantic"),
    "list_over_python": ("list", "python_pass"),
    "runs_over_python": ("runs", "python_pass"),
}


def measure(quick: bool) -> dict[str, object]:
    """Return medians in milliseconds of wall and processor time, and how they compare."""
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
    env = {
        "FLOW_TUI_STATE": str(folder / "state"),
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
    }
    flow = [PYTHON, "-m", "flow_tui"]
    here = [*flow, "-C", str(ROOT / "sample_workflows")]
    script = [PYTHON, "-c", "import sys; from flow_tui.cli.main import program; sys.exit(program())"]
    dashboard = [*flow, "run", str(ROOT / "sample_workflows" / "hello.wf"), "--ui", "tui"]
    programs = {
        "python_pass": [PYTHON, "-c", "pass"],
        "version": [*flow, "--version"],
        "version_script": [*script, "--version"],
        "import_lark_pydantic": [PYTHON, "-c", "import lark, pydantic"],
        "check_50_lines": [*flow, "check", str(small)],
        "list": [*here, "list"],
        "runs": [*here, "runs", "--everywhere"],
    }
    screens = {
        "empty_textual_app": ([PYTHON, "-c", EMPTY_APP], b"painted-marker"),
        "dashboard": (dashboard, b"hello"),  # the title: something is on screen
        "dashboard_screen": (dashboard, b"Steps"),  # the panes: keys work
        "dashboard_steps": (dashboard, b"count-files"),  # the name of a step: the first useful frame
        "home": (here, b"Workflows"),
        "home_listed": (here, b"Release notes"),  # the title of a workflow: something can be started
    }
    wall: dict[str, list[float]] = {name: [] for name in (*programs, *screens)}
    work: dict[str, list[float]] = {name: [] for name in (*programs, *screens)}
    spent([*flow, "run", str(small), "--mock", "--ui", "quiet"], env=env)  # so that there is a run to list
    for count in range(rounds + 1):
        taken = {name: spent(argv, env=env) for name, argv in programs.items()}
        taken |= {name: first_paint(argv, mark, env=env) for name, (argv, mark) in screens.items()}
        for name, (waited, worked) in taken.items():
            if count:  # the first round compiles
                wall[name].append(waited * 1000)
                work[name].append(worked * 1000)
    return {"rounds": rounds, "wall": _compared(wall), "processor": _compared(work)}


def _compared(samples: dict[str, list[float]]) -> dict[str, object]:
    medians = {name: round(statistics.median(values), 1) for name, values in samples.items()}
    ratios: dict[str, object] = {
        name: round(medians[subject] / medians[floor], 2) for name, (subject, floor) in RATIOS.items()
    }
    over = medians["check_50_lines"] - 1.2 * medians["import_lark_pydantic"]
    return {"milliseconds": medians, **ratios, "check_over_1.2_imports_ms": round(over, 1)}
