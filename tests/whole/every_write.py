"""A run of every construct, whose process ends at chosen writes to its database, until one comes to the end.

``python -m tests.whole.every_write FOLDER LIVES …`` does so in a folder of its own for each ``LIVES``, such
as ``17-before,4-after``: the first process ends before its 17th write, the one that resumes the run after its
4th, and the last one nowhere. It prints a line for each with what was to be seen after every life. All these
processes are forks of one that has loaded everything.
"""

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from flow_tui import Engine
from flow_tui.engine.keeping import RunQuery
from flow_tui.engine.ports import ActionParams, GateParams
from flow_tui.engine.run import idempotency_key
from flow_tui.errors import ActionError
from flow_tui.model import events as ev
from flow_tui.model.events import Recorded
from flow_tui.model.fold import replay
from flow_tui.model.ids import RunId, pass_of
from flow_tui.model.status import RunStatus, StepStatus
from flow_tui.model.values import ActionOutput, Decision
from flow_tui.process.identity import is_alive
from flow_tui.runtime import messages, thread  # noqa: F401 - loaded once, for all forks
from flow_tui.store.sqlite import SqliteStore
from flow_tui.store.sqlite_check import problems

MIXED = """
workflow mixed {
  call plan
  script build { run = "echo $FLOW_IDEMPOTENCY_KEY $FLOW_ATTEMPT >> ledger; echo built" }
  parallel { call lint call types call unit { retries = 1 } }
  call flaky { retries = 2 }
  script shaky {
    run = "echo $FLOW_IDEMPOTENCY_KEY $FLOW_ATTEMPT >> ledger; [ $FLOW_ATTEMPT -gt 1 ]"
    retries = 1
  }
  do {
    max_iterations = 4
    call write
    parallel { call review call proofread }
    call polish
  } while polish.again
  foreach parts {
    over = range scope = { to = 6 } max_parallel = 3 workflow = part inputs { item = "{{item.id}}" }
  }
  call workflow part { inputs { item = "one more" } }
  gate approval { prompt = "{{prior_context}}" }
  if plan.go { call ship  script sign { run = "echo $FLOW_IDEMPOTENCY_KEY $FLOW_ATTEMPT >> ledger" } }
  unless plan.go { call never }
  do { call pack call upload }
  call announce
  always { call tidy  script sweep { run = "echo $FLOW_IDEMPOTENCY_KEY $FLOW_ATTEMPT >> ledger" } }
}
"""
PART = """
workflow part {
  inputs { item }
  call cut { retries = 1 }
  call glue
}
"""
LEAVES = frozenset({"call", "script"})
WRITES = frozenset({"acquire", "adopt", "append", "release", "put_blobs", "renew", "answered"})
END = 9
"""The exit status of a life that ended where it was told to."""
PATIENCE = 60


async def work(params: ActionParams) -> ActionOutput:
    """Note the effect outside; then fail where that is wanted, or hand something over."""
    note(f"{params.idempotency_key} {params.attempt}")
    if params.name in {"flaky", "unit"} and params.retries_remaining:
        raise ActionError(f"{params.retries_remaining} left")
    again = params.name == "polish" and pass_of(params.path) < 3
    return ActionOutput(
        markers=("go",) if params.name == "plan" else ("again",) if again else (),
        context=f"{params.name} at {params.path}",
        structured=json.dumps({params.name: str(params.path)}),
        metrics={"cost_usd": 0.25},
    )


def approve(_params: GateParams) -> Decision:
    """Say yes at once."""
    return Decision(approved=True, feedback="go on", by="somebody")


def note(line: str) -> None:
    """Add to the ledger, in one write."""
    file = os.open("ledger", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(file, f"{line}\n".encode())
    os.close(file)


class DyingStore:
    """Ends the process before or after one of its writes."""

    def __init__(self, inner: SqliteStore, death: "Death | None") -> None:
        self._inner = inner
        self._death = death
        self.writes = 0

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        return partial(self._written, method) if name in WRITES else method

    def _written(self, method: Callable[..., Any], *args: Any, **words: Any) -> Any:
        self.writes += 1
        is_last = self._death is not None and self._death.number == self.writes
        if is_last and self._death.where == "before":
            os._exit(END)
        result = method(*args, **words)
        if is_last:
            os._exit(END)
        return result


@dataclass(frozen=True)
class Death:
    """When a life ends."""

    number: int
    where: str


def store() -> SqliteStore:
    """Return the database of the current folder."""
    return SqliteStore(Path("state", "flow.db"), is_alive=is_alive)


def live(death: Death | None) -> None:
    """Begin the run, or go on with it, unless it has completed; print how many writes that took."""
    dying = DyingStore(store(), death)
    engine = Engine("state")
    engine.fallback(work)
    engine.resolver("approval", approve)
    engine.store(dying)
    known = dying.runs(RunQuery())
    if not known:
        engine.run("mixed.wf")
    elif known[0].status is not RunStatus.COMPLETED:
        engine.resume(known[0].run_id)
    Path("writes").write_text(str(dying.writes))


def look() -> None:
    """Write down what is stored, and what has happened outside."""
    kept = store()
    runs = kept.runs(RunQuery(parts=True, limit=100_000))
    completed: dict[str, Any] = {}
    after_crash: list[str] = []
    for run in runs:
        history = list(kept.history(run.run_id))
        after_crash += _run_again(run.run_id, history)
        for path, step in replay(run.run_id, history).steps.items():
            if step.status is StepStatus.COMPLETED:
                key = idempotency_key(run.run_id, path)
                completed[key] = [step.kind in LEAVES, repr(step.output), step.name]
    ledger = Path("ledger")
    seen = {
        "status": next((str(run.status) for run in runs if run.workflow == "mixed"), ""),
        "completed": completed,
        "after_crash": after_crash,
        "ledger": [line.split() for line in ledger.read_text().splitlines()] if ledger.exists() else [],
        "problems": list(problems(Path("state", "flow.db"))),
    }
    Path("seen").write_text(json.dumps(seen))
    kept.close()


def _run_again(run_id: RunId, history: list[Recorded]) -> list[str]:
    return [
        idempotency_key(run_id, each.event.path)
        for each in history
        if isinstance(each.event, ev.AttemptStarted) and each.event.after_crash
    ]


def in_a_fork(work: Callable[[], None]) -> int:
    """Return the exit status of a process that does ``work`` and no more."""
    if pid := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    status = 1
    try:
        signal.alarm(PATIENCE)
        work()
        status = 0
    except BaseException:  # noqa: BLE001 - said here, and by the exit status
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def story(folder: Path, lives: str) -> dict[str, Any]:
    """Return what was to be seen after each life."""
    folder.mkdir()
    os.chdir(folder)
    Path("mixed.wf").write_text(MIXED)
    Path("part.wf").write_text(PART)
    deaths = [
        Death(int(number), where) for number, _, where in (word.partition("-") for word in _words(lives))
    ]
    told: list[dict[str, Any]] = []
    for death in (*deaths, None):
        status = in_a_fork(partial(live, death))
        if in_a_fork(look):
            break
        told.append({"exit": status, **json.loads(Path("seen").read_text())})
    writes = Path("writes")
    return {"lives": lives, "told": told, "writes": int(writes.read_text()) if writes.exists() else 0}


def _words(lives: str) -> list[str]:
    return [word for word in lives.split(",") if word]


def main() -> None:
    """Tell the story of each of the lives asked for."""
    place = Path(sys.argv[1]).absolute()
    for number, lives in enumerate(sys.argv[2:]):
        sys.stdout.write(f"{json.dumps(story(place / str(number), lives))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
