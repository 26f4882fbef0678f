"""What the tests of the stores share."""

import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flow_tui.engine.keeping import Owner, Store
from flow_tui.model import events as ev
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.plan import PlanNode
from flow_tui.model.values import ProcessIdentity
from flow_tui.store.memory import MemoryStore
from flow_tui.store.sqlite import SqliteStore

NOON = datetime(2026, 1, 2, 12, 0, 0, 123_456, tzinfo=UTC)
RUN = RunId("01JGMEZN00000000000000RUN1")
OTHER = RunId("01JGMEZN00000000000000RUN2")


@dataclass
class World:
    """Which processes live."""

    dead: set[int] = field(default_factory=set)

    def is_alive(self, process: ProcessIdentity) -> bool:
        """Say whether a process was not declared dead."""
        return process.pid not in self.dead


STORES: dict[str, Callable[[Path, World], Store]] = {
    "memory": lambda _, world: MemoryStore(world.is_alive),
    "sqlite": lambda folder, world: SqliteStore(folder / "state" / "flow.db", is_alive=world.is_alive),
}


def owner(name: str, *, pid: int = 1, boot_id: str = "boot", host: str = "here") -> Owner:
    """Return an owner who is called so."""
    process = ProcessIdentity(pid=pid, start_time="1", boot_id=boot_id, host=host, cookie=name)
    return Owner(token=name, process=process, label=f"{name}@{host}")


def leaf(path: str, kind: str = "call") -> PlanNode:
    """Return a planned step."""
    return PlanNode(path=StepPath(path), kind=kind, name="build", label="build")


def started(*plan: PlanNode, **facts: object) -> ev.RunStarted:
    """Return the first event of a run."""
    said = {"workflow": "deploy", "source": "workflow deploy {}", "root": "/project", "file": "deploy.wf"}
    return ev.RunStarted(**{**said, "plan": plan, **facts})


def step(path: str, name: str = "build", kind: str = "call") -> ev.StepStarted:
    """Return the start of a step."""
    return ev.StepStarted(path=StepPath(path), name=name, kind=kind)


ME, YOU = owner("me"), owner("you", pid=2, boot_id="theirs", host="there")
NEIGHBOUR = owner("neighbour", pid=3)
"""On my machine."""
SECOND = timedelta(seconds=1)


LEFT_OPEN: list[SqliteStore] = []
"""To be closed at the end of the test."""


def opened(file: Path) -> SqliteStore:
    """Return a store on the file."""
    store = SqliteStore(file, is_alive=World().is_alive)
    LEFT_OPEN.append(store)
    return store


def rows(file: Path, query: str, *values: object) -> list[dict[str, object]]:
    """Return what another program would read."""
    db = sqlite3.connect(file)
    db.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in db.execute(query, values)]
    finally:
        db.close()


def begin(store, run_id=RUN, who=ME, at=NOON, **facts):
    """Return the lease of a run that has begun."""
    lease = store.acquire(run_id, who, at)
    store.append(lease, [started(leaf("0"), leaf("1"), **facts)], at)
    return lease


def in_child(script: str, *values: object) -> subprocess.Popen[str]:
    """Return a process that runs ``script``."""
    command = [sys.executable, "-c", textwrap.dedent(script), *map(str, values)]
    here = Path(__file__).parents[2]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=here, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
