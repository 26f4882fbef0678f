"""``gate command``: the exit code of a command decides."""

from flow_tui import limits
from flow_tui.engine.ports import GateParams
from flow_tui.errors import ActionError
from flow_tui.model.values import Decision
from flow_tui.resolvers.asking import tools

REJECTS = 10
"""The exit code that says no for good; none of the usual programs fails with it."""
_NOT_RUN = {126: "it cannot be executed", 127: "there is no such command"}
"""What the shell says with these exit codes."""


class Command:
    """Runs ``run`` of the gate again and again: exit code 0 approves, 10 rejects, any other means not yet.

    What it prints is the feedback for the steps that follow, or the reason of the rejection. It is ended when
    it takes too long, and when somebody else decides.
    """

    async def poll(self, params: GateParams) -> Decision | None:
        """Return what the exit code says; raises ``ActionError`` when the command did not come to an end."""
        if params.command is None:
            raise ActionError("the gate needs the option 'run'")
        reply = await tools(params).run(params.command, limits.QUESTION)
        if reply.code in _NOT_RUN:
            raise ActionError(reply.said or _NOT_RUN[reply.code])
        if reply.code not in {0, REJECTS}:
            return None
        said = reply.out.strip() or (reply.said if reply.code else "")
        return Decision(approved=not reply.code, feedback=said, by=params.gate_type)
