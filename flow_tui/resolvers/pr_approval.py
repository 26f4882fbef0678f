"""``gate pr_approval``: the reviews of a pull request on GitHub decide."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from flow_tui.engine.ports import GateParams
from flow_tui.errors import ActionError
from flow_tui.model.values import Decision
from flow_tui.resolvers.asking import closed, pull_request

_OPINIONS = frozenset({"APPROVED", "CHANGES_REQUESTED", "DISMISSED"})


class PrApproval:
    """Approves once ``min_approvals`` people have approved, each by the last opinion that they gave.

    With ``mode = review_decision`` it follows what GitHub makes of the reviews: approved, or changes
    requested, which rejects. A pull request that is merged is approved, one that is closed rejected.
    """

    async def poll(self, params: GateParams) -> Decision | None:
        """Return what the reviews amount to; raises ``ActionError`` when they cannot be read."""
        request = await pull_request(params, "reviewDecision", "reviews")
        if (over := closed(params, request)) is not None:
            return over
        opinions = _opinions(request)
        if params.approval_mode == "review_decision":
            return _decided(params, request, opinions)
        yes = _who(opinions, "APPROVED")
        if len(yes) < params.min_approvals:
            return None
        return Decision(approved=True, by=", ".join(yes) or params.gate_type)


def _decided(params: GateParams, request: Mapping[str, Any], opinions: Mapping[str, str]) -> Decision | None:
    match request["reviewDecision"]:
        case "APPROVED":
            return Decision(approved=True, by=", ".join(_who(opinions, "APPROVED")) or params.gate_type)
        case "CHANGES_REQUESTED":
            who = ", ".join(_who(opinions, "CHANGES_REQUESTED"))
            why = f"changes requested for pull request #{request['number']}"
            return Decision(approved=False, feedback=why, by=who or params.gate_type)
        case _:
            return None


def _opinions(request: Mapping[str, Any]) -> dict[str, str]:
    """Return the last opinion of everybody who has given one; comments are none."""
    try:
        reviews = cast("Sequence[dict[str, Any]]", request["reviews"])
        ordered = sorted(reviews, key=lambda review: str(review.get("submittedAt") or ""))
        return {_author(review): str(review["state"]) for review in ordered if review["state"] in _OPINIONS}
    except (KeyError, TypeError, AttributeError):
        raise ActionError("pr_approval: 'gh pr view' printed reviews that cannot be read") from None


def _author(review: Mapping[str, Any]) -> str:
    """Return who has written a review; of somebody who is no longer there, what GitHub says instead."""
    author = cast("Mapping[str, str] | None", review["author"])
    return (author["login"] if author is not None else "") or "ghost"


def _who(opinions: Mapping[str, str], opinion: str) -> list[str]:
    return sorted(name for name, given in opinions.items() if given == opinion)
