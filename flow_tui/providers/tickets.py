"""``over = tickets``: what is to be done, from files of the project or from the issues on GitHub."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import islice

from flow_tui import limits
from flow_tui.dsl.providers import parts
from flow_tui.dsl.words import listed, meant
from flow_tui.engine.blocking import in_thread
from flow_tui.engine.ports import ItemParams
from flow_tui.errors import ActionError
from flow_tui.model.values import FanOutItem
from flow_tui.providers import github_issues, ticket_files
from flow_tui.providers.ticket import Ticket
from flow_tui.providers.unordered import scope_of, tools

SOURCES = ("files", "github")
_HINTS = 20
"""How many names are told where one is unknown."""


class Tickets:
    """Finds the open tickets with a ``label``, those ``unlabeled``, or by ``ticket_id``, open or not.

    ``source = github`` asks the GitHub CLI for the issues of the repository; else they are files, in the
    folder ``tickets`` or the one that ``folder`` names. A ticket depends on those that it is ``blocked_by``.
    """

    async def items(self, params: ItemParams) -> Sequence[FanOutItem]:
        """Return an item for each ticket; raises ``ActionError`` when one is missing or cannot be read."""
        found = _chosen(await _all(params), scope_of(params))
        if len(found) > limits.ITEMS:
            raise ActionError(f"tickets: {len(found):,} tickets are more than {limits.ITEMS:,}")
        return [_item(ticket) for ticket in found]

    async def dependencies(self, params: ItemParams) -> Sequence[tuple[str, str]]:
        """Return which ticket blocks which, be it by way of an open one that was not chosen."""
        everything = await _all(params)
        known = {ticket.id: ticket for ticket in everything}
        chosen = _chosen(everything, scope_of(params))
        ids = {ticket.id for ticket in chosen}
        return [(blocker, ticket.id) for ticket in chosen for blocker in _blockers(ticket, known, ids)]


async def _all(params: ItemParams) -> Sequence[Ticket]:
    scope = scope_of(params)
    source = scope.get("source", "files")
    if source == "github":
        return await github_issues.read(tools(params), scope)
    if source != "files":
        hint = meant(source, SOURCES) or f"it can be {listed(SOURCES)}"
        raise ActionError(f"tickets: there is no source {source!r}: {hint}")
    work = partial(ticket_files.read, params, scope.get("folder", ""))
    return await in_thread(work, stop=params.stop, name="tickets")


def _chosen(tickets: Sequence[Ticket], scope: Mapping[str, str]) -> list[Ticket]:
    if "ticket_id" in scope:
        known = {ticket.id: ticket for ticket in tickets}
        wanted = tuple(dict.fromkeys(word.removeprefix("#") for word in parts(scope["ticket_id"])))
        for name in wanted:
            if name not in known:
                hint = meant(name, known) or f"there are {', '.join(islice(known, _HINTS)) or 'none'}"
                raise ActionError(f"tickets: there is no ticket {name!r}: {hint}")
        return [known[name] for name in wanted]
    open_ones = [ticket for ticket in tickets if ticket.is_open]
    if label := scope.get("label", ""):
        return [ticket for ticket in open_ones if label in ticket.labels]
    if scope.get("unlabeled", "").lower() == "true":
        return [ticket for ticket in open_ones if not ticket.labels]
    raise ActionError("tickets: the scope holds none of ticket_id, label and unlabeled = true")


def _blockers(ticket: Ticket, known: Mapping[str, Ticket], chosen: set[str]) -> Iterator[str]:
    """Yield the chosen tickets that have to be over first."""
    seen, left = {ticket.id}, list(ticket.blocked_by)
    while left:
        name = left.pop(0)
        if name in chosen:
            yield name
        elif name not in seen and name in known and known[name].is_open:
            left += known[name].blocked_by
        seen.add(name)


def _item(ticket: Ticket) -> FanOutItem:
    context = {
        "title": ticket.title,
        "url": ticket.url,
        "source_id": ticket.id,
        "state": ticket.state,
        "labels": ", ".join(ticket.labels),
        "body": _short(ticket.body),
    }
    label = f"{ticket.id} {ticket.title}".strip()
    return FanOutItem(id=ticket.id, ref=label, type="ticket", context=context)


def _short(text: str) -> str:
    most = limits.PROMPT_VALUE_CHARACTERS
    return text if len(text) <= most else f"{text[: most - 1]}…"
