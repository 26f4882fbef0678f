"""Names of runs and of places in a plan."""

import re
from functools import lru_cache
from typing import NewType

RunId = NewType("RunId", str)
"""A ULID."""

StepPath = NewType("StepPath", str)
"""Child indexes joined by ``/``, loop passes after ``#``: ``"3"``, ``"3/0"``, ``"4#2/1"``, ``"always/0"``."""

ROOT = StepPath("")
ALWAYS = StepPath("always")
ON_FAIL = "on_fail"

_PASS = re.compile(r"#\d+")


def child(path: StepPath, part: int | str) -> StepPath:
    """Return the path of a node written inside the one at ``path``."""
    return StepPath(f"{path}/{part}" if path else str(part))


def loop_pass(path: StepPath, number: int) -> StepPath:
    """Return the path of one turn of the loop at ``path``; ``number`` counts from 1."""
    return StepPath(f"{path}#{number}")


def parent(path: StepPath) -> StepPath:
    """Return the path of the node around ``path``; of a loop's body, the pass it belongs to."""
    return StepPath(path.rpartition("/")[0])


def without_passes(path: StepPath) -> StepPath:
    """Return where ``path`` stands in the plan, whatever the turn."""
    return _place(path) if "#" in path else path


@lru_cache(maxsize=256)  # a step is asked about when it begins and, soon after, when it ends
def _place(path: StepPath) -> StepPath:
    return StepPath(_PASS.sub("", path))


def depth(path: StepPath) -> int:
    """Return how many nodes are around ``path``."""
    return path.count("/")


def pass_of(path: StepPath) -> int:
    """Return the turn of the innermost loop around ``path``, from 1; 0 outside of loops."""
    turns = passes_of(path)
    return turns[-1] if turns else 0


def passes_of(path: StepPath) -> tuple[int, ...]:
    """Return the turn of every loop around ``path``, from the outermost in; each from 1."""
    return tuple(int(turn[1:]) for turn in _PASS.findall(path)) if "#" in path else ()


def turn_at(path: StepPath) -> tuple[StepPath, int] | None:
    """Return of which loop ``path`` is a turn, and the number of that; nothing where it is a node."""
    head, mark, number = path.rpartition("#")
    return (StepPath(head), int(number)) if mark and number.isdecimal() else None


def short(run_id: RunId) -> str:
    """Return what people call a run: ``#`` and the last four characters of its id."""
    return f"#{run_id[-4:].lower()}"


def file_name(path: StepPath) -> str:
    """Return ``path`` as one file name that is safe everywhere."""
    return path.replace("/", ".").replace("#", "_")
