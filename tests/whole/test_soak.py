"""Many processes, many runs, one database: whoever is killed, nothing is lost and nothing done twice."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.whole.terminal import ROOT
from tests.whole.test_every_write import FAILS_FIRST, STEPS, effects

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(120)]


def soaked(folder: Path, what: str, *, seed: int, count: int, faults: int) -> dict[str, Any]:
    """Return what was to be seen of so many runs, or items, to whose processes so much happened."""
    told = subprocess.run(
        [sys.executable, "-m", "tests.whole.soaking", str(folder), what, str(seed), str(count), str(faults)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    story: dict[str, Any] = json.loads(told.stdout)
    return story


def require_done_once(story: dict[str, Any], *, steps: int, at_once: int) -> None:
    """Compare what was stored now and then with what is at the end, and that with what has happened."""
    *before, last = story["told"]
    assert set(story["exits"]) == {0}
    for seen in story["told"]:
        assert seen["problems"] == []
    for seen in before:
        for key, result in seen["completed"].items():
            assert last["completed"].get(key) == result, "a result was lost"
    assert len(last["completed"]) >= steps
    again, done = Counter(last["after_crash"]), effects(last)
    assert sum(again.values()) <= at_once * story["killed"], "more ran again than can have been at work"
    for key, (is_leaf, _, name) in last["completed"].items():
        attempts = done[key]
        assert attempts == sorted(set(attempts)), "two processes did it at a time"
        assert is_leaf == bool(attempts), "what completed has happened"
        assert len(attempts) <= 1 + FAILS_FIRST.get(name, 0) + again[key], "it ran again, and nobody says so"


def require_runs_done_once(story: dict[str, Any], *, runs: int) -> None:
    """See to it that all of the runs came to their end."""
    require_done_once(story, steps=runs * STEPS, at_once=2 * 4)
    assert len(story["told"][-1]["completed"]) % STEPS == 0


def test_runs_are_done_once_however_their_processes_are_stopped_and_killed(tmp_path: Path):
    """Four processes, one run at least, and a few faults; many more are tried at night."""
    require_runs_done_once(soaked(tmp_path, "mixed", seed=1, count=1, faults=5), runs=1)


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("seed", range(5))
def test_many_runs_are_done_once_however_their_processes_are_stopped_and_killed(tmp_path: Path, seed):
    """Four processes, twenty runs, two hundred faults."""
    require_runs_done_once(soaked(tmp_path, "mixed", seed=100 * seed, count=20, faults=200), runs=20)


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_ten_thousand_items_are_worked_on_once_however_often_the_program_is_killed(tmp_path: Path):
    """Twenty deaths: no item is lost, none is done twice that had been done."""
    story = soaked(tmp_path, "wide", seed=7, count=10_000, faults=20)
    assert story["killed"] == 20
    items = 10_000
    require_done_once(story, steps=1 + 3 * items, at_once=2 * 32)
    assert len(story["told"][-1]["completed"]) == 1 + 3 * items
    assert len(effects(story["told"][-1])) == 2 * items
