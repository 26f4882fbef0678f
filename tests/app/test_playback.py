"""A recorded run on the move, forwards and backwards."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flow_tui.app import playback as playbacks
from flow_tui.app.playback import Playback
from flow_tui.app.then import Then
from flow_tui.model.events import Recorded
from flow_tui.model.fold import replay
from flow_tui.model.ids import StepPath
from flow_tui.model.state import RunState
from flow_tui.model.status import StepStatus
from flow_tui.runtime.messages import Recording
from flow_tui.view.rows import RowTable
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


def test_a_run_that_was_left_plays_until_it_was_last_heard_of_and_ends_interrupted():
    """Nothing is recorded of that; going back from there, it goes on as it did."""
    story = running()
    end = story.events[-1].at + timedelta(seconds=75)
    played = Playback(RUN, story.events, until=end, is_left=True)
    played.shortens = True
    for _ in range(10_000):
        if played.advance(SECOND / 10):
            assert not played.runs.states[RUN].is_left
    state = played.runs.states[RUN]
    assert (played.is_at_end, played.now, played.end, state.is_left, state.stopped_at) == (
        (True, end, end, True, end)
    )
    played.seek_time(end - SECOND)
    assert (played.is_at_end, played.runs.states[RUN].is_left) == (False, False)
    assert played.at == len(story.events)
    played.seek_event(played.at + 1)
    assert (played.is_at_end, played.runs.states[RUN].is_left) == (True, True)
    assert played.runs.is_elsewhere(played.runs.states[RUN])


def test_of_what_was_in_progress_only_the_lines_are_asked_for_that_had_come():
    """Of what was over by then, all of them; a step that prints is not shown with its future."""
    asked: list[Recording] = []

    class Asked:
        def lines(self, _token: int, recording: Recording, *_rest: int) -> None:
            asked.append(recording)

        def search(self, _token: int, recording: Recording, _pattern: str) -> None:
            asked.append(recording)

        def save(self, _token: int, recording: Recording, _file: Path) -> None:
            asked.append(recording)

    played = begun(running())
    then = Then(Asked(), lambda: played.runs, lambda: played.now)
    played.seek_time(played.end)
    done = Recording(run_id=RUN, path=StepPath("0"), attempt=1)
    goes_on = Recording(run_id=RUN, path=StepPath("2/1"), attempt=2)
    until = int(played.end.timestamp() * 1000)
    then.lines(1, done, -1, 9)
    then.lines(1, goes_on, -1, 9)
    then.search(1, replace(goes_on, what="together"), "x")
    then.save(1, goes_on, Path("x"))
    assert [each.sight.until for each in asked] == [0, until, until, until]


def test_no_silence_is_told_where_no_signs_of_life_are_known():
    """They are not recorded: that a step had printed nothing for half a minute would be made up."""
    played = begun(running())
    played.seek_time(played.end)
    row = RowTable(played.runs.states[RUN]).at(StepPath("2/2"))
    assert row is not None
    assert row.status is StepStatus.RUNNING
    assert (row.heartbeat(played.now), row.is_stale(played.now)) == ("", False)
