"""A recorded run on the move, forwards and backwards."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flow_tui.app import playback as playbacks
from flow_tui.app.playback import Playback
from flow_tui.model.events import Recorded
from flow_tui.model.fold import replay
from flow_tui.model.state import RunState
from tests.app.fakes import RUN, History, failed, running
from tests.strategies import histories

SECOND = timedelta(seconds=1)


def begun(story: History) -> Playback:
    """Return a playback at its beginning."""
    played = Playback(RUN, story.events)
    played.seek_time(played.begin)
    return played


def known(history: Sequence[Recorded]) -> RunState:
    """Return what is known after these events, less the signs of life, of which others were not recorded."""
    state = replay(history[0].run_id, history)
    for path, step in state.steps.items():
        state.steps[path] = replace(step, last_sign=None)
    return state


@settings(max_examples=60)
@given(histories(), st.lists(st.floats(0, 1), min_size=1, max_size=6), st.integers(1, 5))
def test_wherever_one_goes_everything_before_has_happened_and_nothing_else(history, places, apart):
    """Going back and forth ends in the fold of the beginning up to there, whatever was kept on the way."""
    stored = [recorded for recorded in history if not recorded.is_transient]
    if not stored:
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(playbacks, "_APART", apart)
        patch.setattr(playbacks, "_SNAPSHOTS", 10_000)
        played = Playback(stored[0].run_id, stored)
        for place in places:
            at = round(place * len(stored))
            played.seek_event(at)
            assert played.at == at
            if at:
                assert played.runs.states[stored[0].run_id] == known(stored[:at])


def test_time_passes_as_fast_as_one_likes():
    """Ten times as fast, ten seconds are one; at the end it stops."""
    played = begun(running())
    played.faster(3)
    assert played.speed == 10
    played.advance(SECOND)
    assert played.now == played.begin + 10 * SECOND
    assert played.at == sum(recorded.at <= played.now for recorded in played.events)
    for _ in range(100):
        played.advance(SECOND)
    assert (played.is_at_end, played.plays, played.now) == (True, False, played.end)
    assert not played.advance(SECOND)
    played.faster(-99)
    assert played.speed == min(playbacks.SPEEDS)
    played.faster(99)
    assert played.speed == max(playbacks.SPEEDS)


def test_idle_time_passes_quickly_when_asked_to():
    """What comes next is never further away than a moment, but does not happen at once."""
    played = begun(failed())
    played.shortens = True
    steps = 0
    while played.plays and steps < 1_000:
        played.advance(SECOND / 10)
        steps += 1
    assert played.is_at_end
    moments = len({recorded.at for recorded in played.events})
    assert steps * SECOND / 10 <= moments * (playbacks.GAP + SECOND / 5) < played.length


def test_going_to_a_time_takes_in_what_happened_at_that_very_instant():
    """And never leaves the recording."""
    played = begun(running())
    assert played.at >= 1
    played.seek_time(played.end + timedelta(days=1))
    assert (played.is_at_end, played.share) == (True, 1)
    played.seek_time(played.begin - timedelta(days=1))
    assert played.now == played.begin
    played.seek_event(0)
    assert (played.at, played.runs.states[RUN].seq) == (0, 0)
