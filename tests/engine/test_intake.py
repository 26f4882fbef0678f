"""What actions hand back, and what they raise: made fit to be kept, or refused with a reason."""

import math
from types import SimpleNamespace
from typing import Any

import pytest

from flow_tui import limits
from flow_tui.engine import intake
from flow_tui.errors import ActionError
from flow_tui.model.values import ActionOutput


class SpeechlessError(Exception):
    """Cannot even say what it is."""

    def __str__(self) -> str:
        raise ValueError("no words")


def test_an_error_says_something_in_any_case() -> None:
    """Its words, or its kind; very long ones lose their middle, and control characters are shown."""
    assert intake.error(ValueError(" no \x1b[2J ")) == "no ␛[2J"
    assert intake.error(ValueError()) == "ValueError"
    assert intake.error(SpeechlessError()) == "SpeechlessError"
    assert intake.error(ValueError("exited with code 1\n0%\r50%\r100%\r")) == "exited with code 1\n100%"
    said = intake.error(ValueError("a" * 10**6 + "the end"))
    assert len(said) < limits.CONTEXT_BYTES
    assert said.startswith("aaa")
    assert "\n…\n" in said
    assert said.endswith("the end")


def given(**fields: Any) -> ActionOutput:
    """Return an output of an action whose author had no type checker."""
    return ActionOutput(**fields)


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (None, "the action returned nothing, not an ActionOutput"),
        (SimpleNamespace(markers=()), "the action returned of type SimpleNamespace"),
        (given(markers="abc"), "'markers' that are of type str, not a tuple of words"),
        (given(markers=(1,)), "a 'marker' that is of type int, not text"),
        (given(markers=("m" * limits.CONTEXT_BYTES, "m")), "the markers are longer than"),
        (given(context=b"bytes"), "a 'context' that is of type bytes, not text"),
        (given(structured="x" * (limits.FLOW_OUTPUT_BYTES + 1)), "the structured output is longer than"),
    ],
)
def test_what_is_no_output_is_refused_by_name(result: object, reason: str) -> None:
    """Whoever wrote the action reads what was wrong with which part."""
    with pytest.raises(ActionError) as told:
        intake.output(result)
    assert reason in str(told.value)


def test_of_metrics_only_numbers_count() -> None:
    """Whatever else is among them harms nobody."""
    metrics = {"cost": 1, "ratio": 0.5, "nan": math.nan, "text": "2", 3: 4}
    assert intake.output(given(metrics=metrics, context="x")).metrics == {"cost": 1.0, "ratio": 0.5}
    assert intake.output(given(metrics=[1, 2], context="x")).metrics == {}


def test_text_that_cannot_be_stored_is_made_so() -> None:
    """Halves of characters are replaced; a context is cut between characters."""
    kept = intake.output(given(context="a\ud800b", markers=["m"], note="\x07"))
    assert (kept.context, kept.markers, kept.note) == ("a?b", ("m",), "␇")
    long = intake.output(given(context="é" * limits.CONTEXT_BYTES)).context
    assert long == "é" * (limits.CONTEXT_BYTES // 2)
