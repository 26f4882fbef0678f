"""Issues of the repository on GitHub as tickets, through the GitHub CLI."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from flow_tui.dsl.providers import parts
from flow_tui.errors import ActionError
from flow_tui.process.tools import Tools
from flow_tui.providers.ticket import Ticket, blockers_in

_FIELDS = "number,title,state,labels,url,body"
_MOST = 10_000


async def read(ask: Tools, scope: Mapping[str, str]) -> Sequence[Ticket]:
    """Return the open issues, and those that the scope names, by number; raises ``ActionError``."""
    listing = await ask.gh("issue", "list", "--state", "open", "--limit", str(_MOST), "--json", _FIELDS)
    found = {ticket.id: ticket for ticket in _tickets(listing)}
    if len(found) >= _MOST:
        raise ActionError(
            f"tickets: the repository has {_MOST:,} open issues or more, too many to look through"
        )
    for name in parts(scope.get("ticket_id", "")):
        number = name.removeprefix("#")
        if not number.isdecimal():
            raise ActionError(f"tickets: issues on GitHub have numbers, which {name!r} is not")
        if number not in found:
            one = await ask.gh("issue", "view", number, "--json", _FIELDS)
            found |= {ticket.id: ticket for ticket in _tickets(f"[{one}]")}
    return sorted(found.values(), key=lambda ticket: int(ticket.id))


def _tickets(text: str) -> Iterable[Ticket]:
    try:
        return [_ticket(each) for each in cast("list[dict[str, object]]", json.loads(text))]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise ActionError("tickets: gh printed no list of issues") from None


def _ticket(issue: Mapping[str, object]) -> Ticket:
    body = str(issue["body"] or "")
    labels = cast("list[dict[str, str]]", issue["labels"])
    return Ticket(
        id=str(int(str(issue["number"]))),
        title=str(issue["title"]),
        state=str(issue["state"]).lower(),
        labels=tuple(label["name"] for label in labels),
        url=str(issue["url"]),
        body=body,
        blocked_by=blockers_in(body),
    )
