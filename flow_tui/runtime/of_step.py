"""Answers to what the screen asks about one step: what it saw, how it is written, what happened to it."""

import json
from collections.abc import Callable, Iterator, Mapping
from difflib import unified_diff
from pathlib import Path
from typing import Any, assert_never, cast

from flow_tui.clock import SystemClock
from flow_tui.dsl.files import UnreadableError, read
from flow_tui.engine.keeping import Histories
from flow_tui.process.program import PARAMS_FILE
from flow_tui.process.workspace import HELD_FILE
from flow_tui.runtime.messages import Recording
from flow_tui.runtime.questions import Burden, Given, Happened, OfStep, Written
from flow_tui.runtime.step_events import StepEvents
from flow_tui.runtime.step_news import HeldTold, StepBurden, StepGiven, StepHappened, StepWritten

PROMPT_CHARACTERS = 1 << 16
"""So much of what an agent was told is shown beside the rest of what it saw."""
_PARAMS_BYTES = 4 << 20
_TOLD = ("retry_error", "gate_feedback", "output_instructions")
_DIFF_CHARACTERS = 1 << 18
"""Larger files are compared as a whole, not line by line."""
_DIFF_LINES = 200


def answers(
    question: OfStep,
    file: Callable[[Recording], Path],
    kept: Callable[[], Histories],
    events: StepEvents,
) -> Iterator[StepGiven | StepWritten | StepHappened | StepBurden | None]:
    """Yield the answers to a question; now and then nothing, so that other questions get a turn."""
    match question:
        case Given(run_id=run_id, path=path, attempt=attempt):
            prompt = Recording(run_id=run_id, path=path, attempt=attempt, what="prompt")
            yield given(question, file(prompt))
        case Written():
            yield written(question)
        case Burden():
            yield burden(question)
        case Happened():
            yield from events.of(question, kept())
        case _:
            assert_never(question)


def given(question: Given, prompt_file: Path) -> StepGiven:
    """Return what an attempt saw, from the files that were made for it."""
    prompt, is_cut = _beginning(prompt_file)
    try:
        found: object = json.loads(_contents(prompt_file.with_name(PARAMS_FILE)))
    except (OSError, ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        why = "what it saw was not kept" if question.attempt else "it has not begun"
        return StepGiven(token=question.token, prompt=prompt, is_cut=is_cut, why=why)
    params = cast("dict[str, Any]", found)
    variables: object = params.get("variables")
    seen = cast("dict[str, Any]", variables) if isinstance(variables, dict) else {}
    told = tuple((name, str(params[name])) for name in _TOLD if params.get(name))
    return StepGiven(
        token=question.token,
        variables=_texts(seen),
        told=told,
        prompt=prompt,
        is_cut=is_cut,
        held=_held(prompt_file.with_name(HELD_FILE)),
    )


def _held(file: Path) -> HeldTold | None:
    """Return what a step was made of when it was held; nothing where it was not."""
    try:
        found: object = json.loads(_contents(file))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    data = cast("dict[str, Any]", found)
    words = {
        name: str(data.get(name, "")) for name in ("kind", "text", "whole", "trouble", "schema", "output")
    }
    return HeldTold(**words, fixed=tuple(map(str, data.get("fixed", ()))))


def _texts(found: Mapping[str, Any]) -> dict[str, str]:
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in found.items()}


def _contents(file: Path) -> str:
    with file.open("rb") as opened:
        return opened.read(_PARAMS_BYTES).decode("utf-8", "replace")


def _beginning(file: Path) -> tuple[str, bool]:
    """Return the beginning of a text, and whether there is more of it."""
    try:
        with file.open("rb") as opened:
            text = opened.read(PROMPT_CHARACTERS + 4).decode("utf-8", "replace")
    except OSError:
        return "", False
    return text[:PROMPT_CHARACTERS], len(text) > PROMPT_CHARACTERS


def written(question: Written) -> StepWritten:
    """Return how a definition differs now from what it was."""
    token, before = question.token, question.before
    try:
        now = read(question.file).decode("utf-8", "replace")
    except UnreadableError as reason:
        said = (
            "the file is gone now" if not question.file.exists() else f"the file cannot be read now: {reason}"
        )
        return StepWritten(token=token, said=said, differs=True)
    if now == before:
        return StepWritten(token=token, said="the file is the same now", differs=False)
    if len(now) + len(before) > _DIFF_CHARACTERS:
        return StepWritten(token=token, said="the file differs now", differs=True)
    found = [*unified_diff(before.splitlines(), now.splitlines(), lineterm="", n=2)][2:]
    added, removed = (sum(line.startswith(mark) for line in found) for mark in "+-")
    more = (f" … {len(found) - _DIFF_LINES:,} more lines",) if len(found) > _DIFF_LINES else ()
    said = f"the file differs now: {added} added, {removed} removed"
    return StepWritten(token=token, said=said, differs=True, changes=(*found[:_DIFF_LINES], *more))


def burden(question: Burden) -> StepBurden | None:
    """Return what the processes of a step take at this instant; nothing where that cannot be told."""
    from flow_tui.process.load import load_of  # noqa: PLC0415 - only beside a step at work

    found = load_of(question.process)
    if found is None:
        return None
    return StepBurden(
        token=question.token,
        at=SystemClock().monotonic(),
        cpu=found.cpu,
        memory=found.memory,
        processes=found.processes,
    )
