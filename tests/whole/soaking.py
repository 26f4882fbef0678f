"""Processes that work off the runs of one database together, are stopped at random, and killed at random.

``python -m tests.whole.soaking FOLDER WHAT SEED COUNT FAULTS`` prints what was to be seen now and then and in
the end. ``mixed`` is four processes that complete at least so many runs of every construct, ``wide`` is one
that completes a run which goes over so many items; so many faults befall them.
"""

import json
import os
import random
import signal
import sys
import threading
import traceback
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flow_tui import Engine
from flow_tui.engine.keeping import RunQuery
from flow_tui.errors import LeaseLostError, NotPossibleError, RunOwnedError, StoreBusyError
from flow_tui.model.ids import RunId
from flow_tui.model.status import RunStatus
from tests.whole.every_write import MIXED, PART, approve, in_a_fork, look, store, work

WIDE = """
workflow mixed {
  foreach all {
    over = range scope = { to = COUNT } max_parallel = 32 workflow = part inputs { item = "{{item.id}}" }
  }
}
"""
LOOK_EVERY = 5
PATIENCE = 1_800
_NOT_MINE = (RunOwnedError, NotPossibleError, LeaseLostError, StoreBusyError)
"""What happens to whoever wants what others have: the run is theirs, or has ended, or the file is theirs."""


def work_off(seed: int, runs: int) -> None:
    """Begin runs, or go on with those that nobody works on, until enough of them have completed."""
    dice = random.Random(seed)
    while True:
        kept = store()
        known = kept.runs(RunQuery())
        kept.close()
        left = [run.run_id for run in known if run.status is not RunStatus.COMPLETED]
        if len(known) >= runs and not left:
            return
        with suppress(*_NOT_MINE):
            _go_on(dice.choice(left) if len(known) >= runs else None)


def _go_on(run_id: RunId | None) -> None:
    engine = Engine("state")
    engine.fallback(work)
    engine.resolver("approval", approve)
    engine.store(store())
    if run_id is None:
        engine.run("mixed.wf")
    else:
        engine.resume(run_id)


def begin(seed: int, runs: int) -> int:
    """Return the number of a new process that works."""
    if pid := os.fork():
        return pid
    status = 1
    try:
        signal.alarm(PATIENCE)
        work_off(seed, runs)
        status = 0
    except BaseException:  # noqa: BLE001 - said here, and by the exit status
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


@dataclass(frozen=True)
class Soak:
    """What is done, by how many processes, and what befalls them."""

    source: str
    processes: int
    runs: int
    pause: float
    """At most so many seconds between two faults."""
    deaths: float
    """The share of faults that kill; by the others a process is stopped for a while."""

    def befall(self, working: list[int], dice: random.Random) -> bool:
        """Let something happen to one of them; return whether it was killed."""
        pause = threading.Event()
        pause.wait(dice.uniform(0.02, self.pause))
        victim = dice.choice(working)
        if dice.random() < self.deaths:
            os.kill(victim, signal.SIGKILL)
            return True
        os.kill(victim, signal.SIGSTOP)
        pause.wait(dice.uniform(0.0, 0.4))
        os.kill(victim, signal.SIGCONT)
        return False


def seen() -> dict[str, Any]:
    """Return what is stored, and what has happened outside."""
    assert in_a_fork(look) == 0
    found: dict[str, Any] = json.loads(Path("seen").read_text())
    return found


def soak(how: Soak, seed: int, faults: int) -> dict[str, Any]:
    """Return what was to be seen now and then, how many were killed, and how the others ended."""
    dice = random.Random(seed)
    number = how.processes
    working = [begin(seed + each, how.runs) for each in range(number)]
    told: list[dict[str, Any]] = []
    killed, exits = 0, list[int]()
    while working:
        if faults:
            faults -= 1
            killed += how.befall(working, dice)
            if faults % LOOK_EVERY == 0:
                told.append(seen())
        pid, status = os.waitpid(-1, os.WNOHANG if faults else 0)
        if pid not in working:
            continue
        working.remove(pid)
        if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
            exits.append(os.waitstatus_to_exitcode(status))
            continue
        working.append(begin(seed + number, how.runs))
        number += 1
    told.append(seen())
    return {"told": told, "killed": killed, "exits": exits}


def main() -> None:
    """Do so in the folder."""
    folder, what, seed, count, faults = sys.argv[1:]
    os.chdir(folder)
    if what == "mixed":
        how = Soak(source=MIXED, processes=4, runs=int(count), pause=0.3, deaths=0.5)
    else:
        how = Soak(source=WIDE.replace("COUNT", count), processes=1, runs=1, pause=4.0, deaths=1.0)
    Path("mixed.wf").write_text(how.source)
    Path("part.wf").write_text(PART)
    sys.stdout.write(json.dumps(soak(how, int(seed), int(faults))))


if __name__ == "__main__":
    main()
