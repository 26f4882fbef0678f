"""Children of tests: run off the main thread, as the engine does, and looked for when they should be gone."""

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from flow_tui.engine.ports import Exit, ProcessCommand
from flow_tui.engine.stop import Stop
from flow_tui.fakes import FakeSpool
from flow_tui.model.values import ProcessIdentity
from flow_tui.process import table
from flow_tui.process.child import ChildLauncher


@dataclass
class Started:
    """A program in progress, with what a test may wait for."""

    launcher: ChildLauncher
    command: ProcessCommand
    stop: Stop
    spool: FakeSpool = field(default_factory=FakeSpool)
    identities: list[ProcessIdentity] = field(default_factory=list)
    grown: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> Exit:
        """Return how it ended."""
        return await self.launcher.run(
            self.command,
            spool=self.spool,
            on_start=self._note,
            on_output=lambda _size: self.grown.set(),
            stop=self.stop,
        )

    async def said(self, words: bytes) -> None:
        """Return once the output holds ``words``."""
        while words not in self.spool.data:
            self.grown.clear()
            await self.grown.wait()

    async def _note(self, identity: ProcessIdentity) -> None:
        self.identities.append(identity)

    @property
    def cookie(self) -> str:
        return self.identities[0].cookie


@dataclass
class Programs:
    """Makes programs, and knows which of them still live."""

    folder: Path
    launcher: ChildLauncher = field(default_factory=ChildLauncher)
    cookies: list[str] = field(default_factory=list)

    def shell(self, script: str, *, grace: float = 0.2) -> Started:
        """Return a shell script to be run."""
        return self.program("sh", "-c", script, grace=grace)

    def program(self, *argv: str, grace: float = 0.2, **env: str) -> Started:
        """Return a program to be run."""
        command = ProcessCommand(argv=argv, cwd=str(self.folder), env={**os.environ, **env}, name="step")
        return Started(self.launcher, command, Stop(grace=timedelta(seconds=grace)))


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[Programs]:
    """Return a maker of programs; whatever they leave, also of a failed test, is ended."""
    made = Programs(tmp_path)
    yield made
    made.launcher.kill_all()


def survivors(cookie: str) -> list[int]:
    """Return the living processes that carry a cookie, or one derived from it."""
    found: list[int] = []
    wanted = f"FLOW_COOKIE={cookie}".encode()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            environment = (folder / "environ").read_bytes()
        except OSError:
            continue
        if any(value.startswith(wanted) for value in environment.split(b"\0")):
            found.append(int(folder.name))
    return found


def living_in(folder: Path) -> list[int]:
    """Return the living processes whose working folder this is, whatever else they have shed."""
    return [entry.pid for entry in table.entries() if _folder_of(entry.pid) == str(folder)]


def _folder_of(pid: int) -> str:
    try:
        return str(Path(f"/proc/{pid}/cwd").readlink())
    except OSError:
        return ""


@dataclass
class HeldPipe:
    """A pipe that a whole tree of processes has open: who is never in one process for long still has it."""

    reading: int
    by_all = "exec 9>held"
    """What a shell script begins with so that all that it leads to has the pipe."""

    def by_anybody(self) -> bool:
        """Say whether somebody still has it."""
        try:
            return os.read(self.reading, 1) != b""
        except BlockingIOError:
            return True


@contextmanager
def pipe_held(folder: Path) -> Iterator[HeldPipe]:
    """Make a pipe in the folder that processes run in."""
    name = folder / "held"
    os.mkfifo(name)
    reading = os.open(name, os.O_RDONLY | os.O_NONBLOCK)
    try:
        yield HeldPipe(reading)
    finally:
        os.close(reading)
        name.unlink()


def off_main(work: Callable[[], Awaitable[None]]) -> None:
    """Do ``work`` on a loop in a thread that is not the main one."""
    failures: list[BaseException] = []

    async def whole() -> None:
        await work()

    def body() -> None:
        try:
            asyncio.run(whole())
        except BaseException as failure:  # noqa: BLE001 -- it is raised again in the test's own thread
            failures.append(failure)

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]


@pytest.fixture
def no_pidfd(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what only newer Linux has."""
    monkeypatch.delattr(os, "pidfd_open")


@pytest.fixture
def no_proc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Take away what only Linux has: the process table comes from ``ps``."""
    if not Path(table.PS).exists():
        pytest.skip("this machine has no ps")
    monkeypatch.setattr(table, "PROC", tmp_path / "no-proc")
    monkeypatch.delattr(os, "pidfd_open")
