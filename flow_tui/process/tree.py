"""All the processes that one of ours has led to, and how they are ended."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta

from flow_tui import limits
from flow_tui.process import table
from flow_tui.process.table import Entry

_BATCH = 64
"""How much of the process table is read before others on the loop get their turn."""
_SHORTEST = timedelta(milliseconds=2)
_LONGEST = timedelta(milliseconds=50)
"""Between two looks at processes that should be ending."""
_KILL_AGAIN = timedelta(milliseconds=200)
_ROUNDS = 20
_LOOKS = 4
"""So often nobody must be found before a tree that was to be ended is gone."""


class Tree:
    """A process, its session, its descendants, and whatever carries its cookie.

    A process once seen as a member stays one, wherever it moves to. ``pinned`` says whether the leader was
    started by this program and is not collected yet: then nobody else can have its number or its group's.
    """

    def __init__(self, leader: Entry, cookie: str, *, pinned: Callable[[], bool]) -> None:
        self._leader = leader
        self._cookie = cookie
        self._pinned = pinned
        self._since = int(leader.start) if leader.start.isdigit() else 0
        self._known: dict[int, Entry] = {}
        self._strangers: dict[int, Entry] = {}
        self._loose: list[Entry] = []
        """Members that only their ancestry gives away: what they fork as they die could not be found."""
        self._stopped: dict[int, Entry] = {}

    def members(self, entries: Iterable[Entry]) -> list[Entry]:
        """Return the members among all living processes."""
        everybody = {entry.pid: entry for entry in entries if entry.pid > 1 and entry.pid != os.getpid()}
        whole = self._pinned() or self._leader.same(everybody.get(self._leader.pid))
        tied = {pid: entry for pid, entry in everybody.items() if self._tied(entry, whole=whole)}
        seen = {pid: entry for pid, entry in everybody.items() if entry.same(self._known.get(pid))}
        members = {**seen, **tied}
        children: dict[int, list[int]] = {}
        for entry in everybody.values():
            children.setdefault(entry.parent, []).append(entry.pid)
        waiting = list(members)
        while waiting:
            for child in children.get(waiting.pop(), ()):
                if child not in members:
                    members[child] = everybody[child]
                    waiting.append(child)
        self._known = members
        self._loose = [entry for pid, entry in members.items() if pid not in tied]
        return list(members.values())

    async def look(self, through: Callable[[Iterator[Entry]], Iterator[Entry]] = iter) -> list[Entry]:
        """Return the living members, without keeping the loop for long.

        All processes go ``through`` something as they are read. While the process table cannot be read, the
        members are those of the last look, and the leader.
        """
        seen: list[Entry] = []
        try:
            for entry in through(table.entries()):
                seen.append(entry)
                if len(seen) % _BATCH == 0:
                    await asyncio.sleep(0)
        except OSError:
            return table.living(
                [self._leader, *(old for old in self._known.values() if not old.same(self._leader))]
            )
        return self.members(seen)

    async def left_by_brief(self) -> list[Entry]:
        """Return the living members of a tree whose leader has ended within ``limits.BRIEF`` of its start.

        Whatever it led to has a higher number, and what has a lower one need not be read.
        """
        try:
            young = table.younger(self._leader.pid)
            if young is not None and not self.members(young):
                return []
        except OSError:  # the long way knows what to do
            pass
        return await self.look()

    async def end(self, grace: timedelta, forced: asyncio.Event) -> list[Entry]:
        """Ask every member to end, end those that do not within ``grace``; return who is still there."""
        await self._ask(grace, forced)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + limits.SWEEP.total_seconds()
        while members := await self._found():
            self.kill(members)
            if loop.time() >= deadline:
                return members
            await asyncio.sleep(_SHORTEST.total_seconds())
            await _gone(members, min(deadline, loop.time() + _KILL_AGAIN.total_seconds()), asyncio.Event())
        self._signal_group(signal.SIGKILL)  # for whoever an unreadable table kept from being seen
        return []

    def kill(self, members: Iterable[Entry]) -> None:
        """End these members."""
        self._signal_group(signal.SIGKILL)
        for member in members:
            table.send(member, signal.SIGKILL)

    def halt(self, halted: dict[int, Entry]) -> bool:
        """Stop the loose members not halted yet, so that they fork no more; return whether there were any."""
        new = [entry for entry in self._loose if not entry.same(halted.get(entry.pid))]
        for entry in new:
            table.send(entry, signal.SIGSTOP)
            halted[entry.pid] = entry
        return bool(new)

    def stopping(self, entries: Iterator[Entry]) -> Iterator[Entry]:
        """Pass processes on, each member that can be told by itself stopped as soon as it is read.

        Who hops from process to process would be another one by the time that all are read.
        """
        whole = self._pinned() or self._leader.same(table.entry(self._leader.pid))
        for entry in entries:
            known = entry.same(self._stopped.get(entry.pid)) or entry.pid in {1, os.getpid()}
            if not known and self._tied(entry, whole=whole):
                table.send(entry, signal.SIGSTOP)
                self._stopped[entry.pid] = entry
            yield entry

    def newcomers(self, since: int | None) -> list[Entry]:
        """Stop and return the members that got their numbers after this one.

        Who was a member at that instant and has slipped past a look has led to such a one, if to anything.
        """
        newest = table.last_number()
        while since is not None and newest is not None and since < newest:
            before = len(self._stopped)
            new = list(self.stopping(table.numbered(since, newest)))
            if len(self._stopped) > before:
                return [entry for entry in new if entry.same(self._stopped.get(entry.pid))]
            since, newest = newest, table.last_number()
        return []

    async def _found(self) -> list[Entry]:
        """Return the living members, stopped; looks again before it says that there are none."""
        self._stopped.clear()
        for _ in range(_LOOKS):
            since = table.last_number()
            if members := await self._halted({}, self.stopping) or self.newcomers(since):
                return members
        return []

    async def _halted(
        self,
        except_for: Mapping[int, Entry],
        through: Callable[[Iterator[Entry]], Iterator[Entry]] = iter,
    ) -> list[Entry]:
        """Return the living members, once no loose one can fork any more."""
        halted = dict(except_for)
        members = await self.look(through)
        while self.halt(halted):
            members = await self.look(through)
        return members

    async def _ask(self, grace: timedelta, forced: asyncio.Event) -> None:
        """Tell every member once to end, stopped ones too, and wait until all have or time is up."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + grace.total_seconds()
        told: dict[int, Entry] = {}
        while members := await self._halted(told):
            if not told:
                self._signal_group(signal.SIGTERM)
                self._signal_group(signal.SIGCONT)
                told = {member.pid: member for member in members if self._in_group(member)}
            for member in members:
                if not member.same(told.get(member.pid)):
                    table.send(member, signal.SIGTERM)
                    table.send(member, signal.SIGCONT)
                    told[member.pid] = member
            if not await _gone(members, deadline, forced) or loop.time() >= deadline:
                return

    def _signal_group(self, number: signal.Signals) -> None:
        """Signal the leader's group at once, so that no fork escapes."""
        if self._pinned():
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._leader.pid, number)

    def _in_group(self, entry: Entry) -> bool:
        return self._pinned() and entry.group == self._leader.pid

    def _tied(self, entry: Entry, *, whole: bool) -> bool:
        """Say whether a process is a member by what it shows itself; without the ``whole`` by its cookie."""
        return (whole and self._near(entry)) or self._marked(entry)

    def _near(self, entry: Entry) -> bool:
        """Say whether a process is the leader, or in its group or session."""
        return self._leader.pid in {entry.pid, entry.group, entry.session}

    def _marked(self, entry: Entry) -> bool:
        """Say whether a process carries the cookie; nothing that is older than the leader can."""
        if not self._cookie or not entry.start.isdigit() or int(entry.start) < self._since:
            return False
        if entry.same(self._strangers.get(entry.pid)):
            return False
        carries = table.carries(entry, self._cookie)
        if carries is False:
            self._strangers[entry.pid] = entry
        return bool(carries)


def end_now(trees: Sequence[Tree]) -> None:
    """End all these trees without waiting for anything; callable from any thread."""
    left = list(trees)
    halted: list[dict[int, Entry]] = [{} for _ in trees]
    for number in range(_ROUNDS):
        since = table.last_number()
        try:
            passing = table.entries()
            for tree in left:
                passing = tree.stopping(passing)
            seen = list(passing)
        except OSError:  # what needs no table still works
            seen = []
        members = [tree.members(seen) or tree.newcomers(since) for tree in left]
        more = [tree.halt(held) for tree, held in zip(left, halted, strict=True)]
        if any(more) and number < _ROUNDS // 2:
            continue
        for tree, found in zip(left, members, strict=True):
            tree.kill(found)
        if not any(members):
            return


async def _gone(members: Iterable[Entry], deadline: float, forced: asyncio.Event) -> bool:
    """Return whether all have ended before the deadline, which ``forced`` brings forward."""
    loop = asyncio.get_running_loop()
    pause = _SHORTEST
    while members := table.living(members):
        if forced.is_set() or loop.time() >= deadline:
            return False
        with suppress(TimeoutError):
            async with asyncio.timeout(min(pause.total_seconds(), deadline - loop.time())):
                await forced.wait()
        pause = min(pause * 2, _LONGEST)
    return True
