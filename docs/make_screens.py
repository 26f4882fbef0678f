"""Takes the pictures of the dashboard, while sample_workflows/hello.wf and a small project really run.

python -m docs.make_screens
"""

import asyncio
import os
import re
import tempfile
from pathlib import Path

from flow_tui.app.session import StartArgs
from flow_tui.cli.dashboard import DashboardApp
from flow_tui.cli.main import main as command_line
from flow_tui.cli.session import Dashboard
from flow_tui.cli.wanted import Start
from flow_tui.clock import SystemClock
from flow_tui.model.state import RunState
from flow_tui.model.status import StepStatus
from flow_tui.runtime.messages import Launch
from flow_tui.runtime.settings import settings

ROOT = Path(__file__).parent.parent
SCREENS = ROOT / "docs" / "screens"
SIZE = (110, 26)
FONTS = "ui-monospace, 'Fira Code', 'Cascadia Mono', Menlo, 'DejaVu Sans Mono', monospace"
THERE = ("j", "j", "j")
"""From the first step to the one that is tried again."""
VIEWS = {"hello": (), "timeline": ("v",), "graph": ("v",)}
"""What is pressed before each picture."""
PATIENCE = 60
SETTLE = 0.6
"""Seconds until the screen shows what has just happened, output included."""
PROJECT = {
    "deploy": """workflow deploy {
  meta { title = "Build, test, deploy" group = "release" }
  inputs {
    env required description = "where it goes: staging or prod"
    ref default = "main" description = "what is deployed"
    announce boolean description = "tell the team"
  }
  script build { run = "sleep 0.2" }
  gate human_approval { prompt = "Deploy {{ref}} to {{env}}?" timeout = "30m" }
  script ship { run = "true" }
}
""",
    "release-notes": """workflow release-notes {
  meta { title = "Notes from the history" group = "release" }
  script collect { run = "sleep 1.2" }
}
""",
    "nightly": """workflow nightly {
  meta { title = "Everything, every night" group = "checks" }
  script unit { run = "sleep 30" }
  script whole { run = "sleep 30" }
}
""",
    "lint": """workflow lint {
  meta { title = "Style and types" group = "checks" }
  script style { run = "echo 3 files would be changed >&2; exit 1" }
}
""",
    "old-deploy": """workflow old-deploy {
  script build { runs = "make" }
}
""",
}
HISTORY = (("run", "release-notes"), ("run", "lint"))
"""What has been run before the picture is taken."""


def is_at_its_best(state: RunState | None) -> bool:
    """Say whether there is much to see: a second attempt runs beside other steps."""
    if state is None:
        return False
    running = [step for step in state.steps.values() if step.status is StepStatus.RUNNING]
    return len(running) > 1 and any(step.attempt > 1 for step in running)


def tidy(svg: str) -> str:
    """Return the picture without fonts from elsewhere: what shows it takes one of its own."""
    svg = re.sub(r"\s*@font-face\s*{.*?}", "", svg, flags=re.DOTALL)
    return re.sub(r"font-family:[^;]+;", f"font-family: {FONTS};", svg)


def dashboard(state: Path, start: Start | None) -> tuple[Dashboard, DashboardApp]:
    """Return the dashboard, on a run or at home, as the command line opens it."""
    args = StartArgs(title="hello") if start is not None else StartArgs(home=True)
    session = Dashboard(settings(str(state), os.environ), args)
    return session, DashboardApp(session, SystemClock(), start, leaves_with_run=False)


async def pictures_of_run(state: Path) -> dict[str, str]:
    """Return what the dashboard shows in the middle of a run, as SVG, by name."""
    taken: dict[str, str] = {}
    session, app = dashboard(state, Start(workflow=str(ROOT / "sample_workflows" / "hello.wf")))
    try:
        async with asyncio.timeout(PATIENCE), app.run_test(size=SIZE) as pilot:
            while not is_at_its_best(app.scene.state):
                await pilot.pause(0.05)
            await pilot.press("g", *THERE)
            for name, keys in VIEWS.items():
                await pilot.press(*keys)
                await pilot.pause(SETTLE)
                taken[name] = tidy(app.export_screenshot(title="flow-tui run sample_workflows/hello.wf"))
            return taken
    finally:
        session.stop(kill=True)
        session.close()


def make_project(folder: Path) -> None:
    """Write the project that home is pictured with."""
    workflows = folder / ".flow" / "workflows"
    workflows.mkdir(parents=True)
    for name, text in PROJECT.items():
        (workflows / f"{name}.wf").write_text(text, encoding="utf-8")


async def pictures_of_home(state: Path) -> dict[str, str]:
    """Return home with a gate that waits and a run that goes on, and the dialog that prepares a run."""
    session, app = dashboard(state, None)
    try:
        async with asyncio.timeout(PATIENCE), app.run_test(size=SIZE) as pilot:
            for workflow, inputs in (("nightly", {}), ("deploy", {"env": "staging"})):
                session.send(Launch(workflow=workflow, inputs=inputs, typed=True))
                while not any(state.workflow == workflow for state in app.scene.runs.states.values()):
                    await pilot.pause(0.05)
            while not app.scene.runs.waiting:
                await pilot.pause(0.05)
            await pilot.press("escape")
            await pilot.pause(2 * SETTLE)
            home = tidy(app.export_screenshot(title="flow-tui"))
            await pilot.press("slash", *"dep", "enter")
            await pilot.pause(2 * SETTLE)
            await pilot.press(*"staging", "tab")
            await pilot.pause(SETTLE)
            return {"home": home, "launch": tidy(app.export_screenshot(title="flow-tui"))}
    finally:
        session.stop(kill=True)
        session.close()


def main() -> None:
    """Write the pictures."""
    os.environ["FORCE_COLOR"] = "1"
    os.environ.pop("NO_COLOR", None)
    SCREENS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder).resolve()
        pictures = asyncio.run(pictures_of_run(home / "hello"))
        make_project(home / "shop")
        os.chdir(home / "shop")
        for command in HISTORY:
            command_line([*command, "--state", str(home / "state"), "--ui", "quiet"])
        os.environ["HOME"] = str(home)  # so that the picture says ~/shop
        pictures |= asyncio.run(pictures_of_home(home / "state"))
        os.chdir(ROOT)
    for name, svg in pictures.items():
        file = SCREENS / f"{name}.svg"
        file.write_text(svg, encoding="utf-8")
        print(f"{file.relative_to(ROOT)}: {len(svg.encode()) // 1024} KiB")


if __name__ == "__main__":
    main()
