"""How a run, and a step, is told to have ended."""

import pytest

from flow_tui.model import events as ev
from flow_tui.view import outcome, summary
from flow_tui.view.rows import rows
from tests.view import stories as s

INSIDE = "workflow 'item' failed: step 'work' failed after 1 attempt: script 'work' exited with code 3"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (f"{INSIDE}\nfirst\nboom in 7\n", "exit 3  boom in 7  (work)"),
        (f"workflow 'w' failed: step 'item' failed after 2 attempts: {INSIDE}", "exit 3  (work)"),
        ("script 'work' exited with code 1", "exit 1"),
        ("script 'work' was ended by SIGKILL\nhalf", "was ended by SIGKILL  half"),
        ("exit 1\na.py:8: no such name\nb.py:9: nor this\n2 errors", "exit 1  a.py:8: no such name"),
        ("no such file", "no such file"),
        ("workflow 'item' failed: ", "workflow 'item' failed:"),
        ("", ""),
    ],
)
def test_what_failed_steps_do_not_have_in_common_comes_first(error: str, told: str) -> None:
    """What is around the failure, and its kind, stand elsewhere."""
    assert outcome.told_apart(error) == told


@pytest.mark.parametrize(
    ("heard", "why", "clock", "after", "step"),
    [
        (0.4, "", "?", "", "?"),
        (75, "", "01:15+", "after at least 1m15s", "01:13+"),
        (75, "it took nothing", "01:15", "after 1m15s", "01:13"),
    ],
)
def test_how_long_a_run_took_whose_program_is_gone_is_never_told_as_if_it_were_known(
    heard: float, why: str, clock: str, after: str, step: str
) -> None:
    """In the header, in words, and in the row of the step that was cut off: until the last sign, if any."""
    state = s.state(
        s.plan(s.leaf("0", "script")), ev.RunStarted(workflow="w"), s.started("0"), s.attempt("0")
    )
    state.started_at, state.left_at, state.left_because = s.at(0), s.at(heard), why
    now = s.at(999)
    assert (outcome.clock(state, now), outcome.after(state, now)) == (clock, after)
    assert after in summary.headline(state, now)
    assert "after 0s" not in summary.headline(state, now)
    assert rows(state)[0].elapsed(now) == step
