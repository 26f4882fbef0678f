"""The program as its users start it: a process of its own, in a folder of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PATIENCE = 15.0
"""Seconds after which something that should have happened has not."""


@dataclass
class Project:
    """A folder with workflows, and a state folder beside it."""

    folder: Path
    state: Path
    env: dict[str, str] = field(default_factory=dict)

    def write(self, name: str, text: str, *, mode: int = 0o644) -> Path:
        """Write a file of the project."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(mode)
        return file

    def environment(self, **more: str) -> dict[str, str]:
        """Return what the program sees."""
        return {**os.environ, "FLOW_TUI_STATE": str(self.state), **self.env, **more}

    def run(self, *arguments: str, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> "Said":
        """Run the program to its end."""
        done = subprocess.run(
            [sys.executable, "-m", "flow_tui", *arguments],
            cwd=cwd or self.folder,
            env=self.environment(**(env or {})),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Said(code=done.returncode, out=done.stdout, err=done.stderr)

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start the program and come back at once."""
        return subprocess.Popen(
            [sys.executable, "-m", "flow_tui", *arguments],
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def shown(self, run: str = "last") -> dict[str, Any]:
        """Return what ``show --json`` says of a run."""
        said = self.run("show", run, "--json")
        assert said.code == 0, said
        return json.loads(said.out)

    def events(self, run: str = "last") -> list[str]:
        """Return the history of a run, a line of JSON for each event."""
        said = self.run("show", run, "--events")
        assert said.code == 0, said
        return said.out.splitlines()


@dataclass
class Said:
    """What the program said before it ended."""

    code: int
    out: str
    err: str

    def is_clean(self) -> bool:
        """Say whether there is neither a traceback nor an escape code in it."""
        return not any(bad in self.out + self.err for bad in ("Traceback (most", "\x1b"))


def until(holds: Callable[[], bool]) -> None:
    """Return as soon as something holds; give up after a while."""
    ends = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < ends, "it has not happened"
        time.sleep(0.02)


def line_with(process: "subprocess.Popen[str]", text: str) -> str:
    """Return the next line on stdout that holds ``text``."""
    assert process.stdout is not None
    for line in process.stdout:
        if text in line:
            return line
    raise AssertionError(f"the program ended without saying {text!r}")


def ended(process: "subprocess.Popen[str]", number: signal.Signals | None = None) -> Said:
    """Send a signal, if any, and return what the program says until it ends."""
    if number is not None:
        process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE)
    return Said(code=process.returncode, out=out, err=err)


def is_alive(pid: int) -> bool:
    """Say whether a process still runs."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
