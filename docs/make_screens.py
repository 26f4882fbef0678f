"""Takes the pictures of the dashboard while sample_workflows/hello.wf really runs.

python -m docs.make_screens
"""

import asyncio
import os
import re
import tempfile
from pathlib import Path

from flow_tui.app.session import StartArgs
from flow_tui.cli.dashboard import DashboardApp
from flow_tui.cli.session import Dashboard
from flow_tui.cli.wanted import Start
from flow_tui.clock import SystemClock
from flow_tui.model.state import RunState
from flow_tui.model.status import StepStatus
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


async def pictures(state: Path) -> dict[str, str]:
    """Return what the dashboard shows in the middle of a run, as SVG, by name."""
    taken: dict[str, str] = {}
    session = Dashboard(settings(str(state), os.environ), StartArgs(title="hello"))
    start = Start(workflow=str(ROOT / "sample_workflows" / "hello.wf"))
    app = DashboardApp(session, SystemClock(), start, leaves_with_run=False)
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


def main() -> None:
    """Write the pictures."""
    os.environ["FORCE_COLOR"] = "1"
    os.environ.pop("NO_COLOR", None)
    with tempfile.TemporaryDirectory() as state:
        taken = asyncio.run(pictures(Path(state)))
    SCREENS.mkdir(exist_ok=True)
    for name, svg in taken.items():
        file = SCREENS / f"{name}.svg"
        file.write_text(svg, encoding="utf-8")
        print(f"{file.relative_to(ROOT)}: {len(svg.encode()) // 1024} KiB")


if __name__ == "__main__":
    main()
