"""Gate resolvers that come with the program: they look for themselves whether to go on."""

from collections.abc import Mapping

from flow_tui.engine.ports import GateResolver
from flow_tui.resolvers.command import Command
from flow_tui.resolvers.file import File
from flow_tui.resolvers.pr_approval import PrApproval
from flow_tui.resolvers.pr_checks import PrChecks

RESOLVERS: Mapping[str, GateResolver] = {
    "command": Command(),
    "file": File(),
    "pr_approval": PrApproval(),
    "pr_checks": PrChecks(),
}
"""By the type of the gate."""
