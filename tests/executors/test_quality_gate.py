"""``gate quality_gate``: confidence against a threshold."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flow_tui.executors.quality_gate import confidence
from flow_tui.model.ids import StepPath
from flow_tui.model.status import Reason, RunStatus, StepStatus
from flow_tui.model.values import ActionOutput, RunOptions
from flow_tui.testing import FakeAction, run_workflow

case = pytest.mark.case
GATE, AFTER = StepPath("1"), StepPath("2")


def gated(said, *, threshold=80, on_fail="fail", **given):
    """Return the state of a run whose gate looks at what a step has said."""
    structured = said if isinstance(said, str) else json.dumps(said)
    source = (
        "workflow w { call s "
        f"gate quality_gate {{ source = s threshold = {threshold} on_fail = {on_fail} }} call after }}"
    )
    return run_workflow(source, FakeAction(s=ActionOutput(structured=structured)), **given)


@case(8, 108)
def test_enough_confidence_passes():
    """The numbers are in what the step says."""
    state = gated({"confidence": 90})
    assert (state.status, state.steps[GATE].status) == (RunStatus.COMPLETED, StepStatus.COMPLETED)
    assert "90" in state.steps[GATE].output.result_text
    assert "80" in state.steps[GATE].output.result_text


@case(108)
def test_too_little_confidence_ends_the_run():
    """Nothing that follows is begun."""
    state = gated({"confidence": 60})
    assert (state.status, state.reason) == (RunStatus.FAILED, Reason.GATE_REJECTED)
    assert "confidence 60 of s, 80 is needed" in state.error
    assert AFTER not in state.steps


@case(108)
def test_a_gate_may_let_the_run_go_on_nevertheless():
    """It has completed, and says that it did not pass."""
    state = gated({"confidence": 50}, on_fail="continue")
    assert (state.status, state.steps[GATE].status) == (RunStatus.COMPLETED, StepStatus.COMPLETED)
    assert "going on nevertheless" in state.steps[GATE].output.result_text


@case(108)
def test_without_a_result_to_look_at_the_gate_fails():
    """The step that should have left one is named, whatever ``on_fail`` says."""
    source = (
        "workflow w { inputs { on boolean } if on { call s } "
        "gate quality_gate { source = s threshold = 1 on_fail = continue } }"
    )
    state = run_workflow(source)
    assert state.status is RunStatus.FAILED
    assert "'s'" in state.error


@case(109)
@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"confidence": 150}, 100),
        ({"confidence": 79.9}, 79),
        ({"confidence": -3}, 0),
        ({"confidence": 0}, 0),
        ({"confidence": 10**400}, 100),
        ({"confidence": float("inf")}, 100),
        ({"confidence": float("-inf")}, 0),
    ],
)
def test_confidence_is_a_whole_number_from_0_to_100(said, found):
    """What is beyond is cut, fractions are dropped."""
    assert confidence(json.dumps(said)) == (found, "")


@case(109)
@pytest.mark.parametrize(
    "said",
    ["", "no json", "[]", "{}", '{"confidence": "high"}', '{"confidence": true}', '{"confidence": NaN}'],
)
def test_what_states_no_confidence_counts_as_none_and_says_why(said):
    """There is a reason for people."""
    found, why = confidence(said)
    assert found == 0
    assert why


said = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.lists(st.none())


@given(
    st.text(max_size=30) | said.map(json.dumps) | said.map(lambda value: json.dumps({"confidence": value}))
)
@settings(max_examples=300)
def test_whatever_a_step_has_left_there_is_a_number(said):
    """Never an error, never beyond the bounds."""
    found, _ = confidence(said)
    assert 0 <= found <= 100


def test_a_dry_run_looks_at_the_number_too():
    """It needs nobody to decide."""
    assert gated({"confidence": 1}, options=RunOptions(dry_run=True)).status is RunStatus.FAILED
