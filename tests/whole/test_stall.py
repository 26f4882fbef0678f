"""The screen waits for nobody: keys are answered while steps chatter and the database stands still."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from flow_tui.exit_codes import ExitCode
from flow_tui.runtime.settings import DATABASE
from tests.whole.terminal import Terminal

pytestmark = [pytest.mark.real_time, pytest.mark.slow, pytest.mark.timeout(120)]

STALL = 10.0
PAUSE = 0.05
STEPS = 8
CHATTER = "#!/bin/sh\ni=0; while [ ! -e go ]; do i=$((i+1)); echo chatter $i; sleep 0.02; done\n"


def test_every_key_is_painted_while_the_database_stands_still(tmp_path: Path) -> None:
    """For ten seconds, key after key: each has its effect before the database lets go."""
    names = [f"s{n}" for n in range(STEPS)]
    for name in names:
        program = tmp_path / ".flow" / "actions" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(CHATTER)
        program.chmod(0o755)
    calls = "\n".join(f"call {name}" for name in names)
    (tmp_path / "w.wf").write_text(f"workflow w {{ parallel {{\n{calls}\n}} }}")
    state = tmp_path / "state"
    with Terminal("run", "w.wf", "--ui", "tui", "--exit", state=state, cwd=tmp_path) as terminal:
        terminal.wait_for("chatter")
        terminal.press("g", "j")
        terminal.wait_for("3 s0")
        with closing(sqlite3.connect(state / DATABASE, isolation_level=None)) as database:
            database.execute("PRAGMA busy_timeout = 10000")
            database.execute("BEGIN EXCLUSIVE")
            begin, pressed = time.monotonic(), 0
            while time.monotonic() - begin < STALL:
                for key, step in (("j", "3 s1"), ("k", "3 s0")):
                    terminal.press(key)
                    terminal.wait_for(step, patience=STALL)
                    pressed += 1
                    time.sleep(PAUSE)
            assert database.in_transaction
            database.execute("ROLLBACK")
        assert pressed >= STALL
        (tmp_path / "go").touch()
        assert terminal.end(40) == ExitCode.COMPLETED, terminal.text()
        assert terminal.is_restored()
