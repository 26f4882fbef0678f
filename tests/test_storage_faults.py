"""Whatever goes wrong in the database, once or for a while: nothing is lost, and nothing happens twice."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from flow_tui.engine.commands import ResumeRun
from flow_tui.errors import StoreError
from flow_tui.model.ids import RunId
from flow_tui.model.state import RunState
from flow_tui.model.status import RunStatus, StepStatus
from flow_tui.model.values import ActionOutput
from flow_tui.store import sqlite_writer
from flow_tui.store.sqlite import SqliteStore
from flow_tui.store.sqlite_check import problems
from tests.flows import FIRST, SECOND_LIFE, THINGS, Chance, CutStore, PowerCutError, Written, play

MIXED = Written(
    """workflow w {
      call a { retries = 2 on_fail = continue }
      parallel { fail_fast = false min_success = 1 call a { retries = 2 } call b { on_fail = continue } }
      foreach f { over = things workflow = one max_parallel = 2 }
      call workflow two { on_fail = continue }
      do { max_iterations = 3 on_max_iter = continue call c { retries = 2 on_fail = continue } } while c.m
      always { call b }
    }""",
    {
        "one": "workflow one { call a { retries = 3 } call b { on_fail = continue } }",
        "two": "workflow two { call c }",
    },
)
SEED = 0
RUN = RunId(f"RUN{1:023}")
ERRORS = {
    "full": (sqlite3.SQLITE_FULL, "database or disk is full"),
    "locked": (sqlite3.SQLITE_BUSY, "database is locked"),
    "broken": (sqlite3.SQLITE_IOERR, "disk I/O error"),
}
WRITES = ("BEGIN", "INSERT", "UPDATE", "DELETE", "COMMIT")


@dataclass
class Disk:
    """Fails at some of the statements that write, and then works again."""

    code: int = 0
    reason: str = ""
    at: frozenset[int] = frozenset()
    writes: int = 0
    said: list[str] = field(default_factory=list)

    def write(self, statement: str) -> None:
        """Count a statement, and fail if it is its turn."""
        if not statement.lstrip().startswith(WRITES):
            return
        self.writes += 1
        if self.writes in self.at:
            error = sqlite3.OperationalError(self.reason)
            error.sqlite_errorcode = self.code
            self.said.append(statement)
            raise error


class Connection:
    """Passes everything on, unless the disk says no; never waits for a real one."""

    def __init__(self, db: sqlite3.Connection, disk: Disk) -> None:
        self._db, self._disk = db, disk
        db.execute("PRAGMA synchronous = OFF")

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        """Fail, or not."""
        self._disk.write(statement)
        return self._db.execute(statement, *values)

    def executemany(self, statement: str, values: Any) -> sqlite3.Cursor:
        """Fail, or not."""
        self._disk.write(statement)
        return self._db.executemany(statement, values)

    def executescript(self, script: str) -> None:
        """Leave out how to wait for the disk."""
        if not script.startswith("PRAGMA synchronous"):
            self._db.executescript(script)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)


@contextmanager
def on(file: Path, disk: Disk) -> Iterator[SqliteStore]:
    """Yield a store on such a disk."""
    connected = sqlite_writer.connected
    with mock.patch.object(sqlite_writer, "connected", lambda *how: Connection(connected(*how), disk)):
        store = SqliteStore(file, is_alive=lambda process: process.pid != FIRST.pid)
        disk.writes = 0
        try:
            yield store
        finally:
            store.close()


async def in_the_end(ask, disk):
    """Return what comes of it; to be refused means that nothing has begun, and the next try may succeed."""
    for _ in range(len(disk.at) + 1):
        try:
            return await ask()
        except StoreError as error:
            if disk.reason not in str(error):
                raise
    raise AssertionError("it never began")


def run_on(file: Path, disk: Disk) -> tuple[RunState, list[str]]:
    """Return how the run ends on such a disk, and where what was done."""
    action = Chance(SEED)

    async def go(b):
        return await in_the_end(lambda: b.finish(MIXED.source, others=MIXED.others), disk)

    with on(file, disk) as store:
        state = play(go, action, store, sinks=[action.note], providers=THINGS)
    return state, sorted(action.calls)


def resumed_on(file: Path, disk: Disk) -> tuple[RunState, list[str]]:
    """Return the same of a run that a good disk has half of; what was at work then is done twice."""
    first, second = Chance(SEED), Chance(SEED)

    async def until_dark(b):
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # nobody is left to listen
        await b.finish(MIXED.source, others=MIXED.others)

    async def go_on(b):
        await in_the_end(lambda: b.engine.resume(ResumeRun(run_id=RUN)), disk)
        await b.engine.wait(RUN)
        return b.state(RUN)

    with on(file, Disk()) as store, pytest.raises(PowerCutError):
        play(until_dark, first, CutStore(store, 21), sinks=[first.note], providers=THINGS)
    with on(file, disk) as store:
        second.places.update(first.places)
        state = play(go_on, second, store, owner=SECOND_LIFE, sinks=[second.note], providers=THINGS)
    return state, sorted(first.calls + second.calls)


HOW = {"from the start": run_on, "resumed": resumed_on}


@pytest.fixture(scope="module", params=HOW)
def smooth(request, tmp_path_factory):
    """A way to run it, how that goes when nothing goes wrong, and how often it writes."""
    disk = Disk()
    state, done = HOW[request.param](tmp_path_factory.mktemp("smooth") / "flow.db", disk)
    assert state.status is RunStatus.COMPLETED
    return HOW[request.param], (outcomes(state), done), disk.writes


def outcomes(state: RunState) -> dict[str, tuple[StepStatus, ActionOutput | None]]:
    """Return what is known of every step in the end."""
    return {path: (step.status, step.output) for path, step in state.steps.items()}


def require_nothing_lost(smooth, file: Path, disk: Disk) -> None:
    """Compare a run on a bad disk with one on a good disk, and what is stored with itself."""
    how, expected, _ = smooth
    state, done = how(file, disk)
    assert state.status is RunStatus.COMPLETED
    assert (outcomes(state), done) == expected
    assert list(problems(file)) == []


@pytest.mark.real_time
@pytest.mark.parametrize("error", ERRORS)
def test_a_write_that_fails_once_loses_nothing_and_does_nothing_twice(smooth, tmp_path, error):
    """A full disk, a lock and a broken disk, at some of the writes; all of them are tried at night."""
    writes = smooth[2]
    first = 3 + 5 * list(ERRORS).index(error)
    for number in range(first, writes, writes // 6):
        disk = Disk(*ERRORS[error], frozenset({number}))
        require_nothing_lost(smooth, tmp_path / f"{number}.db", disk)
        assert disk.said


@pytest.mark.slow
@pytest.mark.real_time
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("times", [1, 5])
@pytest.mark.parametrize("error", ERRORS)
def test_any_write_may_fail_once_or_for_a_while(smooth, tmp_path, error, times):
    """One after the other, until there are no more."""
    for number in range(1, smooth[2] + 1):
        disk = Disk(*ERRORS[error], frozenset(range(number, number + times)))
        require_nothing_lost(smooth, tmp_path / f"{number}.db", disk)
        assert disk.said
