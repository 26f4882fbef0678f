"""Programs that steps run: started, listened to, and ended with all they have led to."""

import asyncio
import logging
import os
import secrets
import select
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Collection, Coroutine
from contextlib import suppress
from datetime import timedelta
from functools import partial

from flow_tui import limits
from flow_tui.engine.ports import Exit, OutputReader, ProcessCommand, Spool
from flow_tui.engine.stop import Stop
from flow_tui.errors import SpawnBusyError, SpawnError
from flow_tui.masking import Secrets
from flow_tui.model.values import ProcessIdentity
from flow_tui.process import remains, table
from flow_tui.process.capture import Output
from flow_tui.process.guard import Guard, of_program
from flow_tui.process.identity import COOKIE, cookie_inside, identify
from flow_tui.process.spawn import spawn
from flow_tui.process.table import Entry
from flow_tui.process.tree import Tree, end_now

logger = logging.getLogger(__name__)

_LAST_READS = 16
"""How often an output is read once more after the end; a full pipe needs one."""


def new_token() -> str:
    """Return a word that no other process was given."""
    return secrets.token_hex(8)


class ChildLauncher:
    """Runs programs in sessions of their own and leaves nothing of them behind."""

    def __init__(
        self,
        token: Callable[[], str] = new_token,
        *,
        guard: Callable[[], Guard] = of_program,
        secrets: Secrets | None = None,
    ) -> None:
        self._token = token
        self._secrets = secrets
        self._guard = guard
        self._lock = threading.RLock()
        self._live: dict[int, _Child] = {}
        self._kills = 0
        self._undead: list[subprocess.Popen[bytes]] = []

    async def run(
        self,
        command: ProcessCommand,
        *,
        spool: Spool,
        on_start: Callable[[ProcessIdentity], Awaitable[None]],
        on_output: Callable[[int], None],
        stop: Stop,
        reader: OutputReader | None = None,
    ) -> Exit:
        """Return when the program and all it left behind are gone; raises ``SpawnError``.

        However this is left, the tree is ended first; a second cancellation changes nothing about that.
        """
        child = self._start(command, Output(spool, on_output, reader, self._secrets))
        try:
            child.listen()
            await on_start(child.identity)
            await child.over()
            await child.leave_nothing(stop.forced)
            await child.drained()
        except GeneratorExit:  # the loop is gone: nothing can be waited for
            end_now([child.tree])
            raise
        except BaseException:
            if not await _whatever_happens(child.end(stop)):
                end_now([child.tree])
            raise
        finally:
            self._forget(child)
        return child.exit()

    async def end(self, identity: ProcessIdentity, grace: timedelta) -> bool:
        """Prove that a process and all it led to are gone, or end them; return whether they are."""
        return await remains.end(identity, grace)

    async def end_carriers(self, words: Collection[str], grace: timedelta) -> frozenset[str]:
        """End whatever carries one of these words in its cookie; return those not proven gone."""
        return await remains.end_carriers(words, grace)

    def kill_all(self) -> None:
        """End every tree, now; callable from any thread and from a signal handler."""
        with self._lock:
            self._kills += 1
            end_now([child.tree for child in self._live.values()])

    def _start(self, command: ProcessCommand, output: Output) -> "_Child":
        """Start a program and enter it, in one step for whoever kills all.

        The cookie goes on from the one the command brings along.
        """
        word = self._token()
        cookie = cookie_inside(command.env.get(COOKIE, ""), word)
        guard = self._guard()
        with self._lock:
            self._undead = [popen for popen in self._undead if popen.poll() is None]
            kills = self._kills
            begun = asyncio.get_running_loop().time()
            slot = guard.announce(word)
            try:
                popen = spawn(command, {**command.env, COOKIE: cookie})
            except SpawnError:
                guard.forget(slot)
                raise
            child = _Child(command.name, popen, cookie, output, begun=begun)
            child.forgotten = partial(guard.forget, slot)
            guard.started(slot, word, popen.pid, child.identity.start_time)
            self._live[child.identity.pid] = child
            if kills != self._kills:
                end_now([child.tree])
        return child

    def _forget(self, child: "_Child") -> None:
        """Collect a child whose tree was dealt with."""
        with self._lock:
            self._live.pop(child.identity.pid, None)
            if not child.collect():
                self._undead.append(child.popen)
        child.forgotten()
        child.close()


class _Child:
    """A program in progress."""

    def __init__(
        self, name: str, popen: subprocess.Popen[bytes], cookie: str, output: Output, *, begun: float
    ) -> None:
        self.popen = popen
        self.forgotten: Callable[[], None] = _nothing
        """Says that nothing of it is left."""
        self._name = name
        self.identity = identify(popen.pid, cookie)
        start = self.identity.start_time
        leader = Entry(pid=popen.pid, parent=os.getpid(), group=popen.pid, session=popen.pid, start=start)
        self._pinned = True
        self.tree = Tree(leader, cookie, pinned=lambda: self._pinned)
        self._output = output
        self._notes: list[str] = []
        self._readers: dict[int, Callable[[bytes], None]] = {}
        self._inodes: dict[int, int] = {}
        self._handle = -1
        self._waiter: threading.Thread | None = None
        self._over = asyncio.Event()
        self._silent = asyncio.Event()
        self._failure: Exception | None = None
        self._loop = asyncio.get_running_loop()
        self._begun = begun

    def listen(self) -> None:
        """Read both outputs and wait for the exit, on the running loop."""
        for stream, take in (
            (self.popen.stdout, self._output.stdout),
            (self.popen.stderr, self._output.stderr),
        ):
            if stream is not None:
                fd = stream.fileno()
                os.set_blocking(fd, False)
                self._inodes[fd] = os.fstat(fd).st_ino
                self._loop.add_reader(fd, self._read, fd, take)
                self._readers[fd] = take
        try:
            self._handle = os.pidfd_open(self.popen.pid)
        except (AttributeError, OSError):
            self._waiter = threading.Thread(
                target=_tell_exit, args=(self.popen.pid, self._loop, self._over), daemon=True, name="waiter"
            )
            try:
                self._waiter.start()
            except RuntimeError as reason:
                self._waiter = None
                raise SpawnBusyError(self._name, "no further thread is allowed at the moment") from reason
        else:
            self._loop.add_reader(self._handle, self._exited)

    async def over(self) -> None:
        """Return when the program itself has ended; raise what taking its output raised."""
        await self._over.wait()
        self._check()

    async def leave_nothing(self, forced: asyncio.Event) -> None:
        """End what the program left running in the background."""
        brief = self._loop.time() - self._begun < limits.BRIEF.total_seconds()
        left = await (self.tree.left_by_brief() if brief else self.tree.look())
        if not left:
            return
        self._notes.append(f"ended what was left running in the background: {_pids(left)}")
        if survivors := await self.tree.end(limits.LEFTOVER_GRACE, forced):
            self._notes.append(f"could not end {_pids(survivors)}")

    async def end(self, stop: Stop) -> None:
        """End the program and all it has led to, and read what is left of its output."""
        if survivors := await self.tree.end(stop.grace, stop.forced):
            logger.warning("%s: could not end %s", self._name, _pids(survivors))
        for fd, take in tuple(self._readers.items()):
            for _ in range(_LAST_READS):
                self._read(fd, take)
        self._output.end()

    async def drained(self) -> None:
        """Return when all output was read, or when somebody else holds it open for too long."""
        try:
            async with asyncio.timeout(limits.DRAIN.total_seconds()):
                await self._silent.wait()
        except TimeoutError:
            held = table.holders({self._inodes[fd] for fd in self._readers})
            named = f"pid {', '.join(map(str, held))}" if held else "another process"
            self._notes.append(f"output still held by {named}")
        self._check()

    def collect(self) -> bool:
        """Take the exit status, which frees the number for others; return whether there was one."""
        self._pinned = False
        ended = self.popen.poll() is not None
        self._pinned = not ended
        return ended

    def close(self) -> None:
        """Let go of everything."""
        for fd in tuple(self._readers):
            self._stop_reading(fd)
        for stream in (self.popen.stdout, self.popen.stderr):
            if stream is not None:
                stream.close()
        if self._handle >= 0:
            self._loop.remove_reader(self._handle)
            os.close(self._handle)
            self._handle = -1
        if self._waiter is not None and self.popen.returncode is not None:
            self._waiter.join()

    def exit(self) -> Exit:
        """Return how it ended."""
        status = self.popen.returncode
        return self._output.exit(
            code=status if status >= 0 else None, signal=-status if status < 0 else None, notes=self._notes
        )

    def _read(self, fd: int, take: Callable[[bytes], None]) -> None:
        """Pass on what has arrived."""
        if fd not in self._readers:
            return
        try:
            data = os.read(fd, limits.READ_BYTES)
        except BlockingIOError:
            return
        if not data:
            self._stop_reading(fd)
            return
        try:
            take(data)
        except Exception as failure:  # noqa: BLE001 -- whoever awaits the program is told
            self._failure = self._failure or failure
            self._over.set()

    def _stop_reading(self, fd: int) -> None:
        self._loop.remove_reader(fd)
        self._readers.pop(fd, None)
        if not self._readers:
            self._silent.set()

    def _exited(self) -> None:
        self._loop.remove_reader(self._handle)
        self._over.set()

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure


def _nothing() -> None:
    pass


def _tell_exit(pid: int, loop: asyncio.AbstractEventLoop, over: asyncio.Event) -> None:
    """Wait in a thread for a child to end, without collecting it, and say so on the loop."""
    _await_exit(pid)
    with suppress(RuntimeError):  # the loop was closed meanwhile
        loop.call_soon_threadsafe(over.set)


def _await_exit(pid: int) -> None:
    if sys.platform == "linux":
        with suppress(ChildProcessError):
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    else:
        queue = select.kqueue()
        exit_of = select.kevent(pid, select.KQ_FILTER_PROC, select.KQ_EV_ADD, select.KQ_NOTE_EXIT)
        with suppress(ProcessLookupError):  # it ended already
            queue.control([exit_of], 1)
        queue.close()


async def _whatever_happens(ladder: Coroutine[None, None, None]) -> bool:
    """Wait for ``ladder``, however often the caller is cancelled; return whether it went through."""
    task = asyncio.get_running_loop().create_task(ladder)
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait((task,))
    if not task.cancelled() and (failure := task.exception()):
        logger.error("a program could not be ended in an orderly way", exc_info=failure)
        return False
    return not task.cancelled()


def _pids(entries: list[Entry]) -> str:
    return f"pid {', '.join(str(entry.pid) for entry in entries)}"
