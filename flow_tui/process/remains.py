"""What an earlier owner of a run may have left running."""

import asyncio
import os
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta

from flow_tui import limits
from flow_tui.model.values import ProcessIdentity
from flow_tui.process import table
from flow_tui.process.identity import COOKIE, boot_id, host_name, is_alive
from flow_tui.process.table import Entry
from flow_tui.process.tree import Tree

_ROUNDS = 3
"""How often what carries a word is looked for: what appears while others are ended is found the next time."""

_LOOK_AGAIN = timedelta(milliseconds=20)


async def end(identity: ProcessIdentity, grace: timedelta) -> bool:
    """Prove that a process and all it led to are gone, or end them; return whether they are.

    What ran on another machine cannot be judged from here. What this program itself runs inside of is left.
    """
    if identity.host != host_name() or _around_us(identity.cookie):
        return False
    if identity.boot_id != boot_id():
        return True
    if not table.has_proc() and not is_alive(identity):
        return not any(entry.group == identity.pid for entry in table.entries())
    leader = Entry(
        pid=identity.pid, parent=0, group=identity.pid, session=identity.pid, start=identity.start_time
    )
    return not await Tree(leader, identity.cookie, pinned=lambda: False).end(grace, asyncio.Event())


async def end_carriers(words: Collection[str], grace: timedelta) -> frozenset[str]:
    """End whatever carries one of these words in its cookie, and all it led to; return those not proven gone.

    Where the system hides the environment of a process, as some do for their own programs, it is not seen.
    """
    refused = frozenset(word for word in words if _around_us(word))
    left = frozenset(words) - refused
    try:
        for _ in range(_ROUNDS):
            carriers = _carriers(left)
            left = frozenset(carriers)
            if not left:
                return refused
            trees = [Tree(leader, word, pinned=lambda: False) for word, leader in carriers.items()]
            await asyncio.gather(*(tree.end(grace, asyncio.Event()) for tree in trees))
    except OSError:  # the process table cannot be read, and nothing be proven
        pass
    return refused | left


def end_of_dead_program(records: Iterable[Sequence[str]], grace: float) -> None:
    """End what a program that is gone was running: of each a word, and its pid and start time if known."""
    asyncio.run(_end_recorded([tuple(record) for record in records], timedelta(seconds=grace)))


async def _end_recorded(records: Sequence[tuple[str, ...]], grace: timedelta) -> None:
    trees: list[Tree] = []
    for word, *process in records:
        if len(process) == 2:  # what it was to start may never have been
            pid, start = int(process[0]), process[1].replace("_", " ")
            leader = Entry(pid=pid, parent=0, group=pid, session=pid, start=start)
            trees.append(Tree(leader, word, pinned=lambda: False))
    await asyncio.gather(
        _end_started({record[0] for record in records if len(record) == 1}, grace),
        *(tree.end(grace, asyncio.Event()) for tree in trees),
    )
    await end_carriers({record[0] for record in records}, grace)


async def _end_started(words: Collection[str], grace: timedelta) -> None:
    """End what was about to start, which can be recognised only once it has."""
    loop = asyncio.get_running_loop()
    until = loop.time() + limits.STARTING.total_seconds()
    while words and loop.time() < until:
        await end_carriers(words, grace)
        await asyncio.sleep(_LOOK_AGAIN.total_seconds())


def _carriers(words: Collection[str]) -> dict[str, Entry]:
    """Return the oldest process that carries each word."""
    oldest: dict[str, Entry] = {}
    for process, cookie in table.cookies():
        for word in words:
            if table.is_inside(cookie, word) and not _is_older(oldest.get(word), process):
                oldest[word] = process
    return oldest


def _is_older(one: Entry | None, other: Entry) -> bool:
    """Say whether ``one`` began before; where starts are no numbers, the order of the table has to do."""
    return one is not None and not (
        one.start.isdigit() and other.start.isdigit() and int(other.start) < int(one.start)
    )


def _around_us(cookie: str) -> bool:
    """Say whether this program was started by the process with that cookie."""
    return bool(cookie) and table.is_inside(os.environ.get(COOKIE, ""), cookie)
