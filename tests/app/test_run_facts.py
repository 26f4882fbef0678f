"""What a large screen says of a run beside how it stands."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from flow_tui.app.lag import Lag
from flow_tui.app.pulse import Pulse
from flow_tui.app.widgets.run_facts import fact_parts
from flow_tui.app.widgets.status_bar import assemble, estimate_parts, lag_part, run_parts
from flow_tui.model import events as ev
from flow_tui.model.estimate import Estimate
from flow_tui.model.fold import replay
from flow_tui.model.ids import StepPath
from flow_tui.view.rows import counts
from tests.app import fakes
from tests.app.fakes import RUN, at


def test_inputs_leave_the_line_before_who_began_and_where_the_logs_are() -> None:
    """The later inputs go first, what sounds secret is never there, and a folder is cut last."""
    state = replay(RUN, fakes.running().events)
    options = replace(state.options, trigger="cli")
    state = replace(state, inputs={"env": "staging", "api_token": "hunter2"}, options=options)
    parts = [*fact_parts(state, Path("/state/runs/a1f3"), at(200))]
    wide, less, narrow = (assemble(parts, width).plain for width in (120, 65, 50))
    assert wide.startswith("env=staging  api_token=•••  started ")
    assert wide.endswith(" by cli  log /state/runs/a1f3")
    assert "api_token" not in less
    assert less.startswith("env=staging  started")
    assert narrow.startswith("started ")
    assert "log /state/runs/" in narrow


def test_a_day_is_told_where_it_is_another() -> None:
    """Of today the time says enough; nobody is named where nobody is known."""
    state = replay(RUN, fakes.running().events)
    assert "-" not in assemble(fact_parts(state, None, at(60)), 80).plain
    later = assemble(fact_parts(state, None, at(3 * 86_400)), 80).plain
    assert later.count("-") == 2
    assert " by " not in later


def test_the_header_loses_the_lag_first_then_the_heartbeat_then_how_sure_the_estimate_is() -> None:
    """What a person can do without the longest is what goes."""
    state = replay(RUN, fakes.running().events)
    told = replace(counts(state), skipped=1)
    seconds = timedelta(seconds=1)
    estimate = Estimate(least=60 * seconds, typical=120 * seconds, most=180 * seconds, runs=14)
    parts = [
        *run_parts(state, told, Pulse(oldest=9 * seconds), at(134)),
        *estimate_parts(estimate),
        lag_part(timedelta(milliseconds=12)),
    ]
    order = ["engine ok 12ms", "♥ 9s", "p50 of 14 runs", "–1", "ETA ~2m"]
    gone: list[str] = []
    for width in range(assemble(parts, 300).cell_length, 0, -1):
        said = assemble(parts, width).plain
        gone += [each for each in order if each not in said and each not in gone]
    assert gone == order


def test_a_run_that_only_waits_for_its_next_try_says_when_that_is() -> None:
    """Not while anything else goes on, and not once it is over."""
    story = fakes.started().step(1, "0", "plan", attempts=3).step(1, "1", "build")
    story.add(2, ev.AttemptFailed(path=StepPath("0"), attempt=1, error="no", retry_at=at(14)))
    said = [_header(story)]
    said.append(_header(story.done(3, "1")))
    said.append(_header(story.attempt(14, "0", 2)))
    assert ["next try" in each for each in said] == [False, True, False]
    assert "↻ running 00:05  next try in 9s" in said[1]


def _header(story: fakes.History) -> str:
    state = replay(RUN, story.events)
    return assemble([*run_parts(state, counts(state), Pulse(), at(5))], 100).plain


def test_how_far_the_screen_is_behind_is_that_of_the_newest_event() -> None:
    """What was recorded long ago and is read again says nothing once something new is there."""
    lag = Lag()
    lag.tick()
    assert lag.told is None
    lag.note(at(0), at(100))
    lag.note(at(99.9), at(100))
    lag.tick()
    assert lag.told is not None
    assert lag_part(lag.told).content.plain == "engine ok 100ms"
    assert lag_part(timedelta(seconds=3.25)).content.plain == "engine 3.2s behind"
