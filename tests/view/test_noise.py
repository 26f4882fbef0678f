"""How much of a tree is shown."""

from hypothesis import given
from hypothesis import strategies as st

from flow_tui.model.fold import apply
from flow_tui.model.ids import StepPath
from flow_tui.model.state import RunState
from flow_tui.model.status import StepStatus
from flow_tui.view.noise import LEVELS, quieter
from flow_tui.view.rows import RowTable
from tests.conftest import tried
from tests.view import stories as s

LOUD = {StepStatus.RUNNING, StepStatus.WAITING, StepStatus.FAILED, StepStatus.TIMED_OUT}


@tried(40, by_night=2_000)
@given(s.histories(), st.sampled_from(LEVELS))
def test_what_runs_failed_or_waits_is_shown_however_little_is(history, noise):
    """It is there with all that is around it; following along shows what looking at the end would."""
    state = RunState(run_id=s.RUN)
    apply(state, history[0])
    table, whole = RowTable(state), RowTable(state)
    table.show_only(noise)
    for recorded in history[1:]:
        path = apply(state, recorded)
        for each in (table, whole):
            each.touch(path)
            each.refresh()
    shown = [row.path for row in table.rows()]
    everything = [row.path for row in whole.rows()]
    assert shown == [path for path in everything if path in shown]
    assert {row.path for row in whole.rows() if row.status in LOUD} <= set(shown)
    whole.show_only(noise)
    assert shown == [row.path for row in whole.rows()]


def test_each_level_shows_less_and_the_last_leads_back_to_all():
    """First without what is done, then only what runs, has failed or waits."""
    plan = s.plan(s.leaf("a"), s.block("do", s.leaf("b"), s.leaf("c")), s.leaf("d"))
    state = s.state(plan, s.started("0"), s.finished("0"), s.started("1", "do"), s.started("1/0"))
    table, seen, noise = RowTable(state), [], LEVELS[0]
    for _ in range(4):
        table.show_only(noise)
        table.refresh()
        seen.append("".join(row.label for row in table.rows()))
        noise = quieter(noise)
    assert seen == ["adobcd", "dobcd", "dob", "adobcd"]
    table.show_only("busy")
    assert (table.index(StepPath("1/1")), table.index(StepPath("0"))) == (0, None)
