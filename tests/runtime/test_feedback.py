"""Which changes are told apart: those that runs make, and those of people who save."""

import random

import pytest

from flow_tui import limits
from flow_tui.runtime.feedback import Feedback

SETTLE = 0.3


def looping(delay: float, *, takes: float, file: str = "out.txt", spread: float = 0, most: int = 40) -> int:
    """Return how many runs it takes until a file is named that each run changes after ``delay``."""
    feedback, chance, clock = Feedback(), random.Random(3), 0.0
    for number in range(1, most):
        feedback.run_began(clock)
        at = clock + delay * chance.uniform(1 - spread, 1 + spread)
        feedback.changed({file: at})
        clock += takes
        feedback.run_ended(clock)
        clock = max(clock, at + SETTLE)
        if feedback.begins([file]) == file:
            return number
    return 0


def accused(saves: list[float], *, takes: float, file: str) -> bool:
    """Say whether a file is named that somebody saves at these times, while runs take so long."""
    feedback, began, ended, due = Feedback(), 0.0, takes, -1.0
    feedback.run_began(began)
    left = [*saves]
    while left or due >= 0:
        following = left[0] if left else float("inf")
        if due < 0 or following <= due:
            if ended < following:
                feedback.run_ended(ended)
            feedback.changed({file: following})
            left.pop(0)
            due = max(following + SETTLE, ended)
            continue
        feedback.run_ended(ended)
        if feedback.begins([file]):
            return True
        began, ended, due = due, due + takes, -1.0
        feedback.run_began(began)
    return False


@pytest.mark.parametrize(("delay", "takes"), [(0.01, 0.02), (0.9, 1.0), (0.0, 3.0), (45, 60)])
def test_a_program_that_writes_what_starts_it_is_named_after_a_few_runs(delay: float, takes: float) -> None:
    """However short or long they are."""
    assert looping(delay, takes=takes) == limits.LOOPS_ALIKE


def test_one_that_takes_now_longer_now_shorter_is_named_too_and_one_that_writes_its_own_text() -> None:
    """After some more runs."""
    assert looping(50, takes=70, spread=0.08) == limits.LOOPS
    assert looping(0.5, takes=1, file="w.wf") == 2 * limits.LOOPS


@pytest.mark.parametrize("takes", [0.01, 0.2, 1.0, 3.0])
@pytest.mark.parametrize(
    ("file", "pause"), [("w.wf", 0.4), ("w.wf", 2.5), ("plan.md", 0.7), ("plan.md", 1.5), ("plan.md", 2.5)]
)
def test_whoever_saves_again_and_again_is_not_accused(takes: float, pause: float, file: str) -> None:
    """Every few seconds, and never at exactly the same time of a run."""
    for seed in range(30):
        chance, at, saves = random.Random(seed), 0.0, list[float]()
        for _ in range(15):
            at += pause * chance.uniform(0.6, 1.4)
            saves.append(at)
        assert not accused(saves, takes=takes, file=file), seed


def test_a_definition_that_a_script_rewrites_many_times_in_a_row_is_not_accused() -> None:
    """At the very same distance, as a tool that types for somebody does."""
    assert not accused([0.4 * number for number in range(1, 12)], takes=0.2, file="w.wf")


def test_what_is_saved_right_after_a_run_is_not_its_own_and_breaks_the_row() -> None:
    """Only what was written while it went on is."""
    feedback = Feedback()
    for number in range(12):
        feedback.run_began(10.0 * number)
        feedback.run_ended(10.0 * number + 1)
        feedback.changed({"a": 10.0 * number + (1.2 if number % 3 == 2 else 0.5)})
        assert feedback.begins(["a"]) == ""
