"""Values that nobody should read over one's shoulder."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from textual.content import Content

from flow_tui.app.session import WorkflowEntry
from flow_tui.app.widgets import comparison, history_lines, home_about, home_lines, run_facts, run_lines
from flow_tui.app.widgets.input_row import InputRow
from flow_tui.model.status import RunStatus
from flow_tui.model.values import InputField
from flow_tui.runtime.past import Compared
from flow_tui.view import given, hidden, launching, summary
from tests.app import fakes
from tests.view.stories import RUN, at, leaf, plan, state

CANARY = "k4n4ry"
SECRET = {"who": "nina", "api_token": CANARY}


def told() -> Iterator[tuple[str, str]]:
    """Yield all places where people read what a run was given."""
    now = at(9)
    over = fakes.summary(RUN, RunStatus.COMPLETED, 0, 5, inputs=SECRET)
    active = fakes.summary(RUN, RunStatus.RUNNING, 0, 5, inputs=SECRET)
    other = replace(over, inputs={"who": "bo", "api_token": f"{CANARY}2"})
    run = replace(state(plan(leaf("a"))), inputs=SECRET)
    field = InputField(name="api_token", default=CANARY)
    entry = WorkflowEntry(name="w", file="w.wf", inputs=(field,), last=over)
    both = tuple((name, other.inputs[name], over.inputs[name]) for name in SECRET)
    compared = Compared(token=1, run=over, other=other, inputs=both)
    kept = given.Kept(variables={"api_key": CANARY})
    shown = {
        "about a run": home_about.run(over, now, is_left=False),
        "about a workflow": home_about.workflow(entry, now),
        "home": home_lines.run(active, now, 160, 20, is_left=False),
        "runs": run_lines.told(active, None, is_left=False),
        "history": history_lines.run(over, now, 200, is_left=False, is_marked=False, repeats=False),
        "compared": comparison.content(compared, now, 80),
        "facts": Content(" ").join(part.content for part in run_facts.fact_parts(run, None, now)),
    }
    yield from ((name, each.plain) for name, each in shown.items())
    yield "placeholder", InputRow(field)._placeholder()
    yield "show", "\n".join(summary.details(run, now))
    yield "inputs", "\n".join(given.of_run(run))
    yield "given", "\n".join(given.page(run, kept, is_program=True))
    yield "command", launching.command_line("w", SECRET, launching.Manner())


def test_a_secret_input_is_read_nowhere() -> None:
    """Wherever a run's inputs are told to people, that there is one is said, and its value is not."""
    for place, said in told():
        assert CANARY not in said, place
        assert hidden.HIDDEN in said or place in {"compared", "command"}, place


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [("a", "b", "changed"), ("", "b", "given"), ("a", "", "not given any more")],
)
def test_a_secret_that_differs_between_two_runs_is_said_to_differ(before: str, after: str, said: str) -> None:
    """Without either value; others are told with both."""
    assert hidden.change("api_token", before, after) == f"api_token: {said}"
    assert hidden.change("who", before, after) == f"who: {before or 'nothing'} → {after or 'nothing'}"
