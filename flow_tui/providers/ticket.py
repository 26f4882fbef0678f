"""A ticket, wherever it is kept."""

import re

from flow_tui.dataclass import dataclass

_CLOSED = frozenset({"closed", "done", "resolved", "merged", "cancelled", "canceled", "wontfix", "rejected"})
_BLOCKED = re.compile(r"\b(?:blocked\s+by|depends\s+on)\b:?((?:[\s,]|and\b|#[0-9]+)+)", re.IGNORECASE)
_NUMBER = re.compile(r"#([0-9]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """Something to be done."""

    id: str
    title: str
    state: str = "open"
    labels: tuple[str, ...] = ()
    url: str = ""
    body: str = ""
    blocked_by: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Say whether something is left to do."""
        return self.state.lower() not in _CLOSED


def blockers_in(text: str) -> tuple[str, ...]:
    """Return the numbers that stand in a text after ``blocked by`` or ``depends on``."""
    numbers = (number for found in _BLOCKED.findall(text) for number in _NUMBER.findall(found))
    return tuple(dict.fromkeys(numbers))
