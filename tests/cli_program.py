"""The program as other programs use it: started, waited for, and read."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from flow_tui.model.codec import read_lines, recorded_from_json
from flow_tui.model.events import Event, Recorded
from flow_tui.model.fold import replay
from flow_tui.model.state import RunState, StepState

ROOT = Path(__file__).parents[1]
PATIENCE = 80
"""Seconds that a program may take: machines are shared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A program that has ended."""

    code: int
    out: str
    err: str

    @property
    def events(self) -> list[Recorded]:
        """Return what ``--ui json`` has printed."""
        return list(read_lines(self.out.splitlines()))

    @property
    def state(self) -> RunState:
        """Return what the events of the run amount to, those of its parts left out."""
        events = self.events
        run_id = events[0].run_id
        return replay(run_id, (one for one in events if one.run_id == run_id))

    def step(self, name: str) -> StepState:
        """Return the last step of this name."""
        return [step for step in self.state.steps.values() if step.name == name][-1]


class Program:
    """Starts ``python -m flow_tui`` with a state folder of its own."""

    def __init__(self, state: Path, cwd: Path = ROOT) -> None:
        self.cwd = cwd
        self.env: Mapping[str, str] = {
            **os.environ,
            "FLOW_TUI_STATE": str(state),
            "PYTHONPATH": str(ROOT),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "GIT_CONFIG_GLOBAL": os.devnull,
        }

    def __call__(self, *arguments: str) -> Ran:
        """Return how it ended."""
        done = subprocess.run(
            [sys.executable, "-m", "flow_tui", *arguments],
            cwd=self.cwd,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )
        return Ran(code=done.returncode, out=done.stdout, err=done.stderr)

    def start(self, *arguments: str) -> "Running":
        """Return it running."""
        return Running(
            subprocess.Popen(
                [sys.executable, "-m", "flow_tui", *arguments],
                cwd=self.cwd,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
            )
        )


class Running:
    """A program in progress that prints events."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._seen: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.terminate()
        self._process.communicate(timeout=PATIENCE)

    def until(self, kind: type[Event]) -> Recorded:
        """Return the next event of this kind, once it was printed."""
        assert self._process.stdout is not None
        for text in self._process.stdout:
            self._seen.append(text)
            recorded = recorded_from_json(text)
            if isinstance(recorded.event, kind):
                return recorded
        raise AssertionError(f"ended before any {kind.__name__}:\n{''.join(self._seen)}")

    def kill(self) -> None:
        """End it without a chance to do anything."""
        self._process.kill()
        self._process.wait(timeout=PATIENCE)

    def end(self) -> Ran:
        """Return how it ended."""
        out, _ = self._process.communicate(timeout=PATIENCE)
        return Ran(code=self._process.returncode, out="".join(self._seen) + out, err="")
