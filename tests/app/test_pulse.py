"""How alive a run is."""

from datetime import timedelta

import pytest

from flow_tui import limits
from flow_tui.app.pulse import pulse
from flow_tui.model import events as ev
from flow_tui.model.fold import replay
from flow_tui.model.ids import StepPath
from tests.app import fakes
from tests.app.fakes import RUN, at

API, UI = StepPath("2/1"), StepPath("2/2")


@pytest.mark.parametrize(
    ("seconds", "oldest", "stale"),
    [(134, 9, []), (154, 29, []), (155, 30, [UI]), (161, 36, [UI, API])],
)
def test_silence_is_measured_from_the_last_sign_of_each_attempt(
    seconds: float, oldest: float, stale: list[StepPath]
) -> None:
    """The longest silence is told; who is silent for too long is named."""
    found = pulse(replay(RUN, fakes.running().events), (API, UI), at(seconds))
    assert found.oldest == timedelta(seconds=oldest)
    assert {step.path for step in found.stale} == set(stale)


def test_a_limit_of_its_own_decides() -> None:
    """A step that may be silent for an hour is not stale after a minute."""
    story = fakes.started().add(0, ev.StepStarted(path=API, name="slow", kind="call"))
    story.add(1, ev.AttemptStarted(path=API, attempt=1, heartbeat_timeout=timedelta(hours=1)))
    state = replay(RUN, story.events)
    assert pulse(state, (API,), at(1) + 2 * limits.STALE).stale == ()
    assert pulse(state, (API,), at(3_602)).stale == (state.steps[API],)


def test_what_waits_or_is_over_has_no_pulse() -> None:
    """A gate may be silent for days."""
    assert pulse(replay(RUN, fakes.waiting().events), (StepPath("3"),), at(9_999)).oldest is None
