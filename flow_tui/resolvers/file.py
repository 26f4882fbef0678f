"""``gate file``: goes on once something is there."""

from functools import partial
from pathlib import Path

from flow_tui import limits
from flow_tui.dsl.files import UnreadableError, is_there, read
from flow_tui.engine.blocking import in_thread
from flow_tui.engine.ports import GateParams
from flow_tui.errors import ActionError
from flow_tui.model.values import Decision


class File:
    """Approves when there is a file or a folder at ``path``, seen from the folder where steps run.

    The text of a file is the feedback for the steps that follow: write it under another name first, then
    rename it, and it is never read half-written.
    """

    async def poll(self, params: GateParams) -> Decision | None:
        """Return the approval once it is there; raises ``ActionError`` when the gate names no path."""
        if not params.file:
            raise ActionError("the gate needs the option 'path'")
        place = Path(params.cwd, params.file)
        text = await in_thread(partial(_found, place), stop=params.stop, name="file")
        return None if text is None else Decision(approved=True, feedback=text, by=params.gate_type)


def _found(place: Path) -> str | None:
    """Return what the file says, nothing for what has no text, ``None`` while nothing is there."""
    if "\0" in str(place) or not is_there(place):
        return None
    try:
        return read(place, most=limits.FEEDBACK_BYTES).decode("utf-8", "replace").strip()
    except UnreadableError:  # that it is there is what counts
        return ""
