"""``gate pr_checks``: the checks of a pull request on GitHub decide."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias, cast

from flow_tui.engine.ports import GateParams
from flow_tui.errors import ActionError
from flow_tui.model.values import Decision
from flow_tui.resolvers.asking import closed, pull_request

Stand: TypeAlias = Literal["good", "bad", "open"]
_GOOD = frozenset({"SUCCESS", "NEUTRAL", "SKIPPED"})
_OPEN = frozenset({"", "PENDING", "EXPECTED"})


class PrChecks:
    """Approves once every check has passed, was skipped, or is neutral.

    It rejects when all are over and some have failed, and waits until there is a check at all. A pull request
    that is merged is approved, one that is closed rejected.
    """

    async def poll(self, params: GateParams) -> Decision | None:
        """Return what the checks amount to; raises ``ActionError`` when they cannot be read."""
        request = await pull_request(params, "statusCheckRollup")
        if (over := closed(params, request)) is not None:
            return over
        stands = _stands(request)
        if not stands or "open" in stands.values():
            return None
        if failed := sorted(name for name, stand in stands.items() if stand == "bad"):
            return Decision(approved=False, feedback=f"failed: {', '.join(failed)}", by=params.gate_type)
        passed = f"{len(stands)} check{'s' * (len(stands) != 1)} passed"
        return Decision(approved=True, feedback=passed, by=params.gate_type)


def _stands(request: Mapping[str, Any]) -> dict[str, Stand]:
    """Return how each check stands, by its name; of one that ran again, the last time counts."""
    try:
        checks = cast("Sequence[Mapping[str, Any]]", request["statusCheckRollup"])
        ordered = sorted(checks, key=lambda check: str(check.get("startedAt") or ""))
        return {_name(check): _stand(check) for check in ordered}
    except (KeyError, TypeError, AttributeError):
        raise ActionError("pr_checks: 'gh pr view' printed checks that cannot be read") from None


def _name(check: Mapping[str, Any]) -> str:
    """Return the name of a check run, after that of its workflow, or of a status that a service has set."""
    if "context" in check:
        return str(check["context"])
    return "/".join(filter(None, (str(check.get("workflowName") or ""), str(check["name"]))))


def _stand(check: Mapping[str, Any]) -> Stand:
    if "context" not in check and check["status"] != "COMPLETED":
        return "open"
    said = check["state"] if "context" in check else check["conclusion"]
    if said in _OPEN:
        return "open"
    return "good" if said in _GOOD else "bad"
