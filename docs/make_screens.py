"""Takes the pictures of the dashboard, while sample_workflows/hello.wf and a small project really run.

python -m docs.make_screens
"""

import asyncio
import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from textual.pilot import Pilot

from flow_tui.app.picture import svg
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


class Picture(NamedTuple):
    """One picture: what is pressed before it is taken, and what afterwards."""

    name: str
    keys: tuple[str, ...] = ()
    back: tuple[str, ...] = ("escape",)


RUNNING = (
    Picture("hello", ("g", "j", "j", "j"), ()),  # the step that is tried again
    Picture("timeline", ("v",), ()),
    Picture("graph", ("v",), ("v",)),
    Picture("inputs", ("i",)),
    Picture("cancel", ("x",)),
    Picture("quit", ("q",)),
)
"""While several steps run at once."""
WAITING = (Picture("gate", ("a",)), Picture("gates", ("ctrl+g",)))
"""While a question waits for somebody."""
OVER = (
    Picture("output", ("g", "j", "3", "2"), ()),
    Picture("attempts", ("2", "j", "j", "3", "4"), ()),
    Picture("definition", ("5",), ()),
    Picture("events", ("6",), ()),
    Picture("zoom", ("1", "z"), ("z",)),
    Picture("again", ("R",)),
    Picture("edited", ("R", "wait", "e", "wait"), ("escape",)),
    Picture("help", ("question_mark",)),
    Picture("commands", ("colon",)),
)
"""When the run has ended."""
AT_HOME = (
    Picture("home", ("escape",), ()),
    Picture("settings", ("S", "wait")),
    Picture("theme", ("ctrl+t", "j")),
    Picture("launch", ("slash", *"dep", "enter", "wait", *"staging", "tab"), ("escape", "escape")),
    Picture("history", ("H", "wait", "j", "j", "j", "wait"), ()),
    Picture(
        "replay", ("p", "wait", *["greater_than_sign"] * 3, "right_curly_bracket", "p"), ("escape", "escape")
    ),
    Picture(
        "writing",
        (
            *("slash", *"rel", "down", "up", "escape"),
            *("A", "wait", "down", "down", "end", "enter", *"scr", "wait", "ctrl+space", "wait"),
        ),
        ("escape", "escape", "d"),
    ),
    Picture("consent", ("slash", *"pub", "enter", "wait", "ctrl+s", "wait"), ("escape", "escape", "escape")),
    Picture("failed", ("2", "g", *"jjjj", "enter", "wait"), ("escape",)),
    Picture("attention", ("2", "g", "enter", "wait"), ("escape",)),
    Picture("kill", ("2", "g", "j", "j", "enter", "wait", "X", "wait")),
)
"""In a project with workflows, a gate that waits, a run that goes on, and runs that are over."""
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
  script unit { run = "sleep 300" }
  script whole { run = "sleep 300" }
}
""",
    "publish": """workflow publish {
  meta { title = "Packages for everybody" group = "release" }
  script pack { run = "echo packed" }
  script upload { run = "curl --fail --upload-file packed https://packages.example/shop" }
}
""",
    "rollout": """workflow rollout {
  meta { title = "Region by region" group = "release" }
  script north { run = "echo 503 from north-2 >&2; exit 7" on_fail = "continue" }
  script south { run = "echo south is up" }
  gate human_approval { prompt = "Go on with the west?" timeout = "10m" }
  script west { run = "true" }
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
HISTORY = (
    *[("run", "release-notes")] * 3,
    *[("run", "deploy", "-i", "env=staging", "--mock")] * 2,
    ("run", "lint"),
    ("run", "release-notes"),
)
"""What has been run before the picture is taken."""


def is_at_its_best(state: RunState | None) -> bool:
    """Say whether there is much to see: a second attempt runs beside other steps."""
    if state is None:
        return False
    running = [step for step in state.steps.values() if step.status is StepStatus.RUNNING]
    return len(running) > 1 and any(step.attempt > 1 for step in running)


def dashboard(state: Path, start: Start | None) -> tuple[Dashboard, DashboardApp]:
    """Return the dashboard, on a run or at home, as the command line opens it."""
    args = StartArgs(title="hello") if start is not None else StartArgs(home=True)
    session = Dashboard(settings(str(state), os.environ), args)
    return session, DashboardApp(session, SystemClock(), start, leaves_with_run=False)


async def taken(
    app: DashboardApp, pilot: Pilot[None], pictures: Iterable[Picture], title: str
) -> dict[str, str]:
    """Return these pictures, as SVG, by name."""
    found: dict[str, str] = {}
    for picture in pictures:
        for key in picture.keys:
            await (pilot.pause(2 * SETTLE) if key == "wait" else pilot.press(key))
        await pilot.pause(SETTLE)
        found[picture.name] = svg(app.export_screenshot(title=title))
        await pilot.press(*picture.back)
    return found


async def pictures_of_run(state: Path) -> dict[str, str]:
    """Return what the dashboard shows of a run, from its middle to its end."""
    title = "flow-tui run sample_workflows/hello.wf"
    session, app = dashboard(state, Start(workflow=str(ROOT / "sample_workflows" / "hello.wf")))
    try:
        async with asyncio.timeout(PATIENCE), app.run_test(size=SIZE) as pilot:
            found: dict[str, str] = {}
            moments: tuple[tuple[Callable[[], bool], tuple[Picture, ...]], ...] = (
                (lambda: is_at_its_best(app.scene.state), RUNNING),
                (lambda: bool(app.scene.runs.waiting), WAITING),
                (lambda: app.scene.state is not None and app.scene.state.is_stopped, OVER),
            )
            for has_come, pictures in moments:
                while not has_come():
                    await pilot.pause(0.05)
                found |= await taken(app, pilot, pictures, title)
            return found
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
    """Return what the dashboard shows of a project, and of how it is set."""
    session, app = dashboard(state, None)
    try:
        async with asyncio.timeout(PATIENCE), app.run_test(size=SIZE) as pilot:
            for workflow, inputs in (("nightly", {}), ("rollout", {}), ("deploy", {"env": "staging"})):
                session.send(Launch(workflow=workflow, inputs=inputs, typed=True))
                while not any(state.workflow == workflow for state in app.scene.runs.states.values()):
                    await pilot.pause(0.05)
            while not app.scene.runs.waiting:
                await pilot.pause(0.05)
            await pilot.pause(2 * SETTLE)
            return await taken(app, pilot, AT_HOME, "flow-tui")
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
        for name in [each for each in os.environ if each.startswith(("FLOW_TUI_", "XDG_"))]:
            del os.environ[name]
        os.environ["HOME"] = str(home)  # so that pictures say ~/shop
        config = home / ".config" / "flow-tui" / "config.toml"
        config.parent.mkdir(parents=True)
        config.write_text('[ui]\nnotify = "bell"\n', encoding="utf-8")
        pictures = asyncio.run(pictures_of_run(home / "hello"))
        make_project(home / "shop")
        os.chdir(home / "shop")
        for command in HISTORY:
            command_line([*command, "--state", str(home / "state"), "--ui", "quiet"])
        pictures |= asyncio.run(pictures_of_home(home / "state"))
        os.chdir(ROOT)
    for name, picture in pictures.items():
        file = SCREENS / f"{name}.svg"
        file.write_text(picture, encoding="utf-8")
        print(f"{file.relative_to(ROOT)}: {len(picture.encode()) // 1024} KiB")


if __name__ == "__main__":
    main()
