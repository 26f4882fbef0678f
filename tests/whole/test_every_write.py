"""Wherever the program dies, what was done stays done: tried before and after every write to the database."""

import json
import os
import random
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.whole.every_write import END
from tests.whole.terminal import ROOT

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(120)]

FAILS_FIRST = {"flaky": 2, "unit": 1, "shaky": 1}
"""How often each step fails as written."""
STEPS = 49
EFFECTS = 44


def stories(folder: Path, lives: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield what was to be seen after each life, for each of the lives asked for."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.whole.every_write", str(folder), *lives],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as told:
        assert told.stdout is not None
        for line in told.stdout:
            yield json.loads(line)
    assert told.returncode == 0


def require_kept(story: dict[str, Any]) -> None:
    """Compare what was to be seen after one life with what is to be seen after the next."""
    *lives, last = story["told"]
    for before, after in zip(lives, story["told"][1:], strict=True):
        assert before["exit"] in {END, 0}
        for key, result in before["completed"].items():
            assert after["completed"].get(key) == result, "a result was lost"
            assert effects(after)[key] == effects(before)[key], "a completed step ran again"
    assert (last["exit"], last["status"]) == (0, "completed")
    assert len(last["completed"]) == STEPS
    for seen in story["told"]:
        assert seen["problems"] == []
    require_honest(last, deaths=len(lives))


def require_honest(last: dict[str, Any], *, deaths: int) -> None:
    """Compare what happened outside with what is stored about it."""
    again = Counter(last["after_crash"])
    assert all(number <= deaths for number in again.values())
    for key, (is_leaf, _, name) in last["completed"].items():
        attempts = effects(last)[key]
        assert attempts == sorted(set(attempts)), "attempts have numbers of their own"
        assert is_leaf == bool(attempts), "what completed has happened"
        assert len(attempts) <= 1 + FAILS_FIRST.get(name, 0) + again[key], (
            "a step ran again, and nobody says so"
        )


def effects(seen: dict[str, Any]) -> dict[str, list[int]]:
    """Return the numbers of the attempts at each step that have happened, by its key."""
    found: dict[str, list[int]] = defaultdict(list)
    for key, attempt in seen["ledger"]:
        found[key].append(int(attempt))
    return found


def test_a_program_that_dies_around_a_write_has_lost_nothing_and_does_nothing_twice(tmp_path: Path):
    """At some of the points, beside a run that nothing interrupts; all of them are tried at night."""
    whole, cut = stories(tmp_path, ["", "71-after,13-before"])
    require_kept(whole)
    assert len(whole["told"][0]["ledger"]) == EFFECTS
    assert whole["writes"] > 2 * STEPS
    require_kept(cut)
    assert [seen["exit"] for seen in cut["told"]] == [END, END, 0]


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("where", ["before", "after"])
def test_a_program_that_dies_around_any_write_has_lost_nothing_and_does_nothing_twice(tmp_path: Path, where):
    """One after the other, until there are no more."""
    (whole,) = stories(tmp_path, [""])
    points = [f"{number}-{where}" for number in range(1, whole["writes"] + 1)]
    (tmp_path / "deaths").mkdir()
    died = 0
    for story in stories(tmp_path / "deaths", points):
        died += story["told"][0]["exit"] == END
        require_kept(story)
    assert died > 0.9 * whole["writes"]  # how many there are depends on what is written together


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_a_program_that_dies_again_and_again_has_lost_nothing_and_does_nothing_twice(tmp_path: Path):
    """Also while it goes on with what an earlier death has left."""
    dice = random.Random(4)
    lives = [
        ",".join(
            f"{dice.randint(2, 60)}-{dice.choice(['before', 'after'])}" for _ in range(dice.randint(2, 4))
        )
        for _ in range(70)
    ]
    for story in stories(tmp_path, lives):
        require_kept(story)
