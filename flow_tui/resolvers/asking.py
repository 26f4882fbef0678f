"""What resolvers share: how they ask programs, and what they are told of a pull request."""

import json
from collections.abc import Mapping
from typing import Any, cast

from flow_tui.engine.ports import GateParams
from flow_tui.errors import ActionError
from flow_tui.model.values import Decision
from flow_tui.process.tools import Tools


def tools(params: GateParams) -> Tools:
    """Return how a resolver asks programs."""
    return Tools(
        asker=params.name,
        launcher=params.launcher,
        cwd=params.cwd,
        environ=params.environ,
        stop=params.stop,
    )


async def pull_request(params: GateParams, *fields: str) -> Mapping[str, Any]:
    """Return what GitHub knows of the pull request that the gate means; raises ``ActionError``."""
    wanted = ("--", params.pr) if params.pr else ()
    text = await tools(params).gh("pr", "view", "--json", ",".join(("number", "state", *fields)), *wanted)
    try:
        found = json.loads(text)
        if isinstance(found, dict) and {"number", "state", *fields} <= found.keys():
            return cast("Mapping[str, Any]", found)
    except (ValueError, RecursionError):
        pass
    raise ActionError(f"{params.name}: 'gh pr view' printed no pull request")


def closed(params: GateParams, request: Mapping[str, Any]) -> Decision | None:
    """Return the answer where nobody will do anything about the pull request any more."""
    if request["state"] == "CLOSED":
        why = f"pull request #{request['number']} was closed without being merged"
        return Decision(approved=False, feedback=why, by=params.gate_type)
    if request["state"] == "MERGED":
        return Decision(approved=True, feedback=f"#{request['number']} is merged", by=params.gate_type)
    return None
