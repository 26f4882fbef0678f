"""``call notify``."""

import html
import shutil
import sys
from collections.abc import Mapping

from flow_tui.actions.given import DRY_RUN, inputs
from flow_tui.dsl import shipped
from flow_tui.engine.ports import ActionParams
from flow_tui.errors import ActionError, SpawnError
from flow_tui.model.values import ActionOutput
from flow_tui.process.tools import Tools
from flow_tui.sanitize import line, visible_lines

_SESSION = ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS")
"""One of these is set where there is a desktop."""
_SCRIPT = (
    "on run argv",
    "display notification (item 2 of argv) with title (item 1 of argv)",
    "end run",
)


class Notify:
    """Tells people something: on the desktop, else by a notice and the bell of the terminal they watch in."""

    async def execute(self, params: ActionParams) -> ActionOutput:
        """Tell them; a desktop that refuses is no failure."""
        given = inputs(shipped.Notify, params)
        if params.dry_run:
            return DRY_RUN
        title = line(params.hide(given.title or params.workflow), 100)
        text = visible_lines(params.hide(given.text))
        if not await _on_desktop(title, text, params):
            params.ring(f"{title}: {text}")
            return ActionOutput(context=text, result_text="told in the terminal")
        return ActionOutput(context=text, result_text="told on the desktop")


async def _on_desktop(title: str, text: str, params: ActionParams) -> bool:
    tools = Tools(
        asker=params.name,
        launcher=params.launcher,
        cwd=params.cwd,
        environ=lambda: params.env,
        stop=params.stop,
    )
    return await on_desktop(title, text, tools)


async def on_desktop(title: str, text: str, tools: Tools) -> bool:
    """Show a notice on the desktop; return whether there is one that did."""
    words = _command(title, text, tools.environ())
    try:
        return bool(words) and (await tools.ask(*words)).code == 0
    except (ActionError, SpawnError):
        return False


def _command(title: str, text: str, env: Mapping[str, str]) -> tuple[str, ...]:
    """Return what shows a notice here; nothing of the text is read as an option, a script or markup."""
    path = env.get("PATH", "")
    if sys.platform == "darwin" and shutil.which("osascript", path=path):
        return ("osascript", *(word for row in _SCRIPT for word in ("-e", row)), "--", title, text)
    if any(env.get(name) for name in _SESSION) and shutil.which("notify-send", path=path):
        return ("notify-send", "--app-name=flow-tui", "--", title, html.escape(text, quote=False))
    return ()
