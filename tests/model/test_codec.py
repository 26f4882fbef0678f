"""Events as JSON and back."""

import json
import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_tui.clock import instant_text
from flow_tui.model import events as ev
from flow_tui.model.codec import (
    event_from_json,
    event_json,
    read_lines,
    recorded_from_json,
    recorded_json,
)
from flow_tui.model.events import Recorded
from flow_tui.model.ids import StepPath
from flow_tui.model.status import StepStatus
from flow_tui.model.values import ActionOutput
from tests.strategies import RUN, events, histories, instants

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@given(events())
def test_every_event_reads_back(event):
    """On one line, as JSON that any program can read."""
    text = event_json(event)
    assert "\n" not in text
    assert json.loads(text)["type"] == event.type
    assert event_from_json(text) == event
    assert event_from_json(text.encode()) == event


@given(histories(transient=True))
def test_a_history_reads_back_line_by_line(history):
    """Blank lines are nothing; transient events say that they are."""
    lines = [recorded_json(one) for one in history]
    assert tuple(read_lines([*lines, "", "  \n"])) == history
    assert [json.loads(line).get("transient", False) for line in lines] == [
        one.is_transient for one in history
    ]


def test_a_line_has_the_promised_shape():
    """Number, instant in UTC with microseconds, run, event."""
    at = datetime(2026, 1, 2, 4, 4, 5, 678_901, tzinfo=timezone(timedelta(hours=1)))
    line = recorded_json(Recorded(seq=1, at=at, run_id=RUN, event=ev.StorageWaited(reason="full")))
    assert line == (
        '{"seq":1,"at":"2026-01-02T03:04:05.678901Z","run_id":"01JGMEZN00000000000000RUN1",'
        '"event":{"type":"storage_waited","reason":"full"},"transient":true}'
    )


@given(instants | st.datetimes(timezones=st.just(UTC)))
def test_an_instant_reads_back(at):
    """To the microsecond."""
    assert datetime.fromisoformat(instant_text(at)) == at


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
def test_numbers_that_json_lacks_read_back(number):
    """A division by zero in somebody's action does not make a run unreadable."""
    output = ActionOutput(metrics={"rate": number})
    text = event_json(ev.StepFinished(path=StepPath("0"), outcome=StepStatus.COMPLETED, output=output))
    json.loads(text, parse_constant=pytest.fail)
    read = event_from_json(text)
    assert isinstance(read, ev.StepFinished)
    assert read.output is not None
    assert repr(read.output.metrics["rate"]) == repr(number)


@given(st.text(max_size=10))
def test_half_a_pair_is_replaced(text):
    """A file name that is no text does not make a run unreadable, and harms nothing beside it."""
    event = ev.StepNoted(path=StepPath("0"), text=f"{text}\udc80 é")
    read = event_from_json(event_json(event))
    assert read == ev.StepNoted(path=StepPath("0"), text=event.text.encode(errors="replace").decode())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{",
        "{}",
        '{"seq":1}',
        '{"seq":"x","at":"2026-01-02T03:04:05Z","run_id":"R","event":{"type":"storage_waited","reason":""}}',
        '{"seq":1,"at":"noon","run_id":"R","event":{"type":"storage_waited","reason":""}}',
        '{"seq":1,"at":7,"run_id":"R","event":{"type":"storage_waited","reason":""}}',
        '{"seq":1,"at":"2026-01-02T03:04:05Z","run_id":"R","event":{"type":"nothing"}}',
    ],
)
def test_anything_else_is_a_value_error(text):
    """Whatever is wrong with it."""
    with pytest.raises(ValueError):  # noqa: PT011 - any text will do
        recorded_from_json(text)
    with pytest.raises(ValueError):  # noqa: PT011 - any text will do
        event_from_json(text)


def test_what_a_newer_version_adds_is_passed_over():
    """Fields that are not known do not keep a history from being read."""
    text = '{"type":"step_noted","path":"0","text":"x","mood":"good"}'
    assert event_from_json(text) == ev.StepNoted(path=StepPath("0"), text="x")
