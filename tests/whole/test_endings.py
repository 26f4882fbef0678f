"""However a run or its program ends, nothing of any step is left, whatever its processes do."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.process.conftest import living_in
from tests.process.test_trees import SHAPES
from tests.whole.terminal import ROOT, await_end, guard_of, processes_with, run

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(120)]

TREES = {name: script for name, script in SHAPES.items() if "echo ready" in script}
SOME = ("ignores TERM", "double fork", "daemon ignoring TERM", "stopped", "closes its outputs")
READY = "echo ready > fifo"


@dataclass
class Place:
    """A project whose one workflow runs trees of processes side by side."""

    root: Path
    state: Path
    trees: int
    process: subprocess.Popen[bytes]

    def ready(self) -> None:
        """Return once every tree has grown."""
        with os.fdopen(os.open(self.root / "fifo", os.O_RDWR), "rb", buffering=0) as fifo:
            said = b""
            while said.count(b"ready") < self.trees:
                said += os.read(fifo.fileno(), 4096)

    def left(self) -> list[int]:
        """Return what lives of the program and its steps once both it and its guard have ended."""
        return sorted({*living_in(self.root), *processes_with(str(self.root))})


def told(*numbers: signal.Signals) -> Callable[[Place], None]:
    """Return what sends these signals to the program, one after the other."""

    def tell(place: Place) -> None:
        for number in numbers:
            place.process.send_signal(number)

    return tell


def cancelled(place: Place) -> None:
    """Cancel the run from another process."""
    asked = run("cancel", "last", state=place.state, cwd=place.root)
    assert asked.returncode == 0, asked.stderr


WAYS: dict[str, Callable[[Place], None]] = {
    "TERM": told(signal.SIGTERM),
    "INT": told(signal.SIGINT),
    "HUP": told(signal.SIGHUP),
    "QUIT": told(signal.SIGQUIT),
    "TERM twice": told(signal.SIGTERM, signal.SIGTERM),
    "kill -9": told(signal.SIGKILL),
    "cancel": cancelled,
}


def laid_out(folder: Path, shapes: tuple[str, ...], limit: str = "") -> None:
    """Write a workflow that runs these shapes at once, each a program of its own."""
    actions = folder / ".flow" / "actions"
    actions.mkdir(parents=True)
    for number, name in enumerate(shapes):
        program = actions / f"tree{number}"
        program.write_text(f"#!/bin/sh\n{TREES[name].replace('echo ready', READY)}\n")
        program.chmod(0o755)
    os.mkfifo(folder / "fifo")
    calls = "\n".join(f"call tree{number} {limit}" for number in range(len(shapes)))
    (folder / "trees.wf").write_text(f"workflow trees {{ parallel {{\n{calls}\n}} }}\n")


@pytest.fixture
def growing(tmp_path: Path) -> Iterator[Callable[..., Place]]:
    """Return what starts a program whose steps are trees of these shapes; all of it is ended."""
    made: list[Place] = []

    def start(shapes: tuple[str, ...], limit: str = "") -> Place:
        root, state = tmp_path / f"project{len(made)}", tmp_path / f"state{len(made)}"
        root.mkdir()
        laid_out(root, shapes, limit)
        process = subprocess.Popen(
            [sys.executable, "-m", "flow_tui", "run", "trees.wf", "--ui", "json"],
            cwd=root,
            env={**os.environ, "FLOW_TUI_STATE": str(state), "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        made.append(Place(root, state, len(shapes), process))
        return made[-1]

    yield start
    for place in made:
        place.process.kill()
        place.process.wait()
        for pid in place.left():
            os.kill(pid, signal.SIGKILL)


def told_to_end(place: Place, way: str) -> int:
    """End a program, or its run, in this way once all trees have grown; return the process that guards it."""
    place.ready()
    guard = guard_of(place.process.pid)
    WAYS[way](place)
    return guard


def gone(place: Place, guard: int, way: str) -> None:
    """See that nothing of a program is left."""
    assert place.process.wait(60) != 0, way
    await_end(guard)
    assert place.left() == [], way


def test_no_way_to_end_a_run_leaves_anything(growing: Callable[..., Place]):
    """Neither of the steps nor of the program nor of its guard, and nor does a time limit."""
    late = growing(SOME, '{ timeout = "2s" }')
    heard = os.open(late.root / "fifo", os.O_RDWR)  # nobody waits for somebody who listens
    places = {way: growing(SOME) for way in WAYS}
    guards = {way: told_to_end(place, way) for way, place in places.items()}
    for way, place in places.items():
        gone(place, guards[way], way)
    try:
        assert late.process.wait(60) != 0
    finally:
        os.close(heard)
    assert late.left() == []


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("shape", TREES)
def test_no_shape_of_a_tree_outlives_any_way_to_end_its_run(
    growing: Callable[..., Place], shape: str, way: str
):
    """Each shape by itself, in each way."""
    place = growing((shape,))
    gone(place, told_to_end(place, way), way)
