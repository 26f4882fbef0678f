"""What a process and all it has led to take of the machine."""

import os
from collections.abc import Iterable
from contextlib import suppress

from flow_tui.dataclass import dataclass
from flow_tui.model.values import ProcessIdentity
from flow_tui.process import identity, table
from flow_tui.process.table import Entry

_USER, _CHILDREN_IN_SYSTEM, _RESIDENT = 11, 14, 21
"""Where the figures stand in the process table, counted from the state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What it was found to take at an instant."""

    cpu: float
    """Seconds of computing so far, of what lives and of what that has collected."""
    memory: int
    """Bytes that are in memory; what several share counts for each."""
    processes: int


def load_of(leader: ProcessIdentity) -> Load | None:
    """Return what the process and its descendants take; nothing where that cannot be told."""
    if not table.has_proc() or not identity.is_alive(leader):
        return None
    ticks, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    found = [figures for pid in _members(leader.pid, table.entries()) if (figures := _figures(pid))]
    return Load(
        cpu=sum(cpu for cpu, _ in found) / ticks,
        memory=sum(pages for _, pages in found) * page,
        processes=len(found),
    )


def _members(leader: int, everybody: Iterable[Entry]) -> set[int]:
    """Return the process, its group, its session, and all that descends from one of them."""
    children: dict[int, list[int]] = {}
    members: set[int] = set()
    for each in everybody:
        children.setdefault(each.parent, []).append(each.pid)
        if leader in {each.pid, each.group, each.session}:
            members.add(each.pid)
    waiting = list(members)
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in members:
                members.add(child)
                waiting.append(child)
    return members


def _figures(pid: int) -> tuple[int, int] | None:
    """Return the ticks and the pages of a process; nothing when it has ended meanwhile."""
    text = b""
    with suppress(OSError):
        text = (table.PROC / str(pid) / "stat").read_bytes()
    fields = text[text.rfind(b")") + 2 :].split()
    if len(fields) <= _RESIDENT:
        return None
    return sum(map(int, fields[_USER : _CHILDREN_IN_SYSTEM + 1])), int(fields[_RESIDENT])
