"""The actions that come with the program, for calls that nothing of the project runs."""

from collections.abc import Mapping

from flow_tui.actions.http import Http
from flow_tui.actions.notify import Notify
from flow_tui.actions.small import Echo, Sleep
from flow_tui.actions.write_file import WriteFile
from flow_tui.engine.ports import Action, Found, RunFiles

ACTIONS: Mapping[str, Action] = {
    "echo": Echo(),
    "sleep": Sleep(),
    "http": Http(),
    "write-file": WriteFile(),
    "notify": Notify(),
}
"""By the name of the call; what each takes is in :mod:`flow_tui.dsl.shipped`."""


class Shipped:
    """Finds them; asked last, so that what a project calls the same wins."""

    def find(self, name: str, files: RunFiles) -> Found | None:  # noqa: ARG002 - they are in no file of the run
        """Return the action of this name."""
        action = ACTIONS.get(name)
        return Found(action=action, origin="flow-tui") if action is not None else None
