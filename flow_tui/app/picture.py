"""What is on screen as a picture in a file."""

import re
from pathlib import Path

from flow_tui.app.scene import Scene

FONTS = "ui-monospace, 'Fira Code', 'Cascadia Mono', Menlo, 'DejaVu Sans Mono', monospace"
_NAME = re.compile(r"[^A-Za-z0-9._-]+")


def place(scene: Scene) -> Path:
    """Return the file for a picture of now, in the folder in which the program was started."""
    state = scene.whole
    name = _NAME.sub("-", state.name if state is not None else "flow-tui").strip("-.")[:60] or "flow-tui"
    return Path(f"{name}-{scene.now.astimezone():%Y%m%d-%H%M%S}.svg").absolute()


def svg(picture: str) -> str:
    """Return a picture without fonts from elsewhere: whatever shows it takes one of its own."""
    picture = re.sub(r"\s*@font-face\s*{.*?}", "", picture, flags=re.DOTALL)
    return re.sub(r"font-family:[^;]+;", f"font-family: {FONTS};", picture)
