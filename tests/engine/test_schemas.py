"""Steps that are to hand back something in particular."""

import json

import pytest

from flow_tui.engine import schemas
from flow_tui.errors import ActionError, DefinitionError, NotPossibleError
from flow_tui.model import events as ev
from flow_tui.model.ids import StepPath
from flow_tui.model.status import AttemptStatus, RunStatus, StepStatus
from flow_tui.model.values import ActionOutput
from flow_tui.testing import FakeAction, FakeFiles, run_workflow
from tests.flows import OBJECT, of, play
from tests.flows import schemas as files

case = pytest.mark.case

REVIEW = """
fields:
  summary: string
  approved: boolean
  score?: number
  findings:
    type: array
    items:
      severity: enum(critical, high, low)
"""
FIRST = StepPath("0")
SOUND = {"approved": True, "findings": [], "summary": "fine"}


def handing_back(**members):
    """Return an output with such an object."""
    return ActionOutput(structured=json.dumps(members), markers=("own",), context="own")


@case(134)
def test_markers_and_context_follow_from_what_is_handed_back():
    """The object is kept in the order of its schema; what the agent says of itself counts for nothing."""
    output = handing_back(
        extra=1, **SOUND | {"approved": False, "findings": [{"severity": " critical "}], "score": None}
    )
    state = run_workflow(
        "workflow w { call a { output = review } if a.has_critical_findings { call b } }",
        FakeAction(a=output),
        files=files(review=REVIEW),
    )
    kept = state.steps[FIRST].output
    assert kept is not None
    assert kept.markers == ("has_critical_findings", "has_findings", "not_approved")
    assert (kept.context, kept.result_text) == ("fine", "fine")
    assert kept.structured == (
        '{"summary":"fine","approved":false,"findings":[{"severity":"critical"}],"extra":1}'
    )
    assert state.steps[StepPath("1/0")].status is StepStatus.COMPLETED


@case(134)
@pytest.mark.parametrize(
    ("output", "said"),
    [
        (handing_back(approved=True, findings=[]), "'summary' is missing"),
        (
            handing_back(**SOUND | {"summary": 7, "findings": [{"severity": "bad"}]}),
            "a text, not a number; 'findings[0].severity' must be one of critical, high, low, not 'bad'",
        ),
        (ActionOutput(structured="[]"), "the output block is not a JSON object"),
        (ActionOutput(structured="{"), "the output block is not JSON"),
        (ActionOutput(), "the action handed back no structured output"),
        (ActionOutput(note="the output block is not JSON: no"), "the output block is not JSON: no"),
    ],
)
def test_what_does_not_follow_the_schema_fails_the_attempt_and_is_told_to_the_next(output, said):
    """Retries apply, and the next attempt knows why."""
    action = FakeAction(a=[output, handing_back(**SOUND)])
    state = run_workflow(
        "workflow w { call a { output = review retries = 1 } }", action, files=files(review=REVIEW)
    )
    first, second = state.steps[FIRST].attempts
    assert (first.status, second.status) == (AttemptStatus.FAILED, AttemptStatus.COMPLETED)
    assert said in first.error
    assert [one.retry_error for one in action.calls] == [None, first.error]


def test_a_step_that_never_hands_back_what_was_asked_for_fails():
    """When the attempts are used up, on_fail decides as ever."""
    state = run_workflow(
        "workflow w { call a { output = review on_fail = continue } call b { output = review } }",
        FakeAction(),
        files=files(review=REVIEW),
    )
    assert state.steps[FIRST].status is StepStatus.SKIPPED
    assert state.status is RunStatus.FAILED
    assert "schema 'review'" in state.error


@case(134)
def test_an_agent_that_fails_is_not_held_to_its_schema():
    """Its own error is told, not that an output is missing."""
    state = run_workflow(
        "workflow w { call a { output = review } }",
        FakeAction(a=ActionError("no")),
        files=files(review=REVIEW),
    )
    assert state.steps[FIRST].attempts[0].error == "no"


@case(44)
@pytest.mark.parametrize(
    "source",
    [
        "workflow w { call a call b { output = nope } }",
        "workflow w { call a do { output = nope call b } }",
        "workflow w { call a parallel { output = nope call b } }",
        "workflow w { call a parallel { call b { output = nope } } }",
    ],
)
def test_a_schema_that_nobody_has_keeps_the_run_from_starting(source):
    """Nothing is written and nothing runs; the place of the name is told."""
    action = FakeAction()

    async def script(b):
        with pytest.raises(DefinitionError, match=r"S-SCHEMA.*cannot use schema 'nope'") as caught:
            await b.start(source)
        return caught.value, b.events

    error, events = play(script, action)
    assert events == []
    assert action.calls == []
    assert error.diagnostics[0].span.column == source.index("nope") + 1


@case(44)
def test_a_broken_schema_keeps_the_run_from_starting():
    """What is wrong with it is told with its place."""
    with pytest.raises(DefinitionError, match=r"\.flow/schemas/s\.yaml:1:13: error\[O-TYPE\]"):
        run_workflow("workflow w { call a { output = s } }", files=files(s="fields: {a: strin}"))


def test_a_schema_is_taken_from_what_the_run_recorded():
    """Whatever becomes of the file, the run goes on as it began."""
    recorded = FakeFiles("/", files(s="fields: {a: string}"))
    assert schemas.load(recorded, "w", "s") == schemas.load(recorded, "w", "s")
    assert schemas.load(recorded, "w", "") is None
    with pytest.raises(NotPossibleError, match="no such file"):
        schemas.load(recorded, "w", "t")


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ("s", ".flow/workflows/w/schemas/s.yaml"),
        ("t", ".flow/schemas/t.yaml"),
        ("u", ".conductor/schemas/u.yaml"),
        ("v", None),
        ("docs/s.yaml", "docs/s.yaml"),
        ("./docs/s.yaml", "docs/s.yaml"),
        ("docs/t.yaml", None),
        ("schemas/s", None),
    ],
)
def test_a_name_means_the_file_that_is_nearest_to_the_workflow(reference, found):
    """Its own folder comes first, then the project's; a path is a path."""
    names = [
        ".conductor/schemas/s.yaml",
        ".conductor/schemas/t.yaml",
        ".conductor/schemas/u.yaml",
        ".flow/schemas/s.yaml",
        ".flow/schemas/t.yaml",
        ".flow/workflows/w/schemas/s.yaml",
        ".flow/workflows/x/schemas/t.yaml",
        ".flow/workflows/x/schemas/v.yaml",
        "docs/s.yaml",
    ]
    assert schemas.find(FakeFiles("/", dict.fromkeys(names, b"")), "w", reference) == found


def test_a_file_without_a_project_finds_its_schemas_beside_it():
    """There is no folder of ours around it."""
    assert schemas.find(FakeFiles("/", {"schemas/s.yaml": b""}), "w", "s") == "schemas/s.yaml"
    assert schemas.find(FakeFiles("/", {"sub/schemas/s.yaml": b""}), "w", "s") == "sub/schemas/s.yaml"


@case(131)
def test_a_name_that_is_taken_is_not_exported_and_the_step_says_so():
    """Nobody wonders why a value did not change."""
    state = run_workflow(
        "workflow w { inputs { who default = ada } call a call look }",
        FakeAction(a=handing_back(workflow_run_id="x", who="eve", tag="1", dry_run="maybe")),
    )
    output = state.steps[FIRST].output
    assert output is not None
    assert output.note == (
        "not exported, because the run has values of these names: workflow_run_id, who, dry_run"
    )


def test_strings_of_a_checked_output_are_values_for_later_steps():
    """Unless its markers or its context are something else than usual: then nothing is."""
    schema = "fields: {tag: string, markers?: number}"
    seen = []

    async def look(params):
        seen.append(params.inputs.get("tag"))

    for output in (handing_back(tag="1"), handing_back(tag="2", markers=7)):
        run_workflow(
            "workflow w { call a { output = s } call look }",
            FakeAction(a=output, look=look),
            files=files(s=schema),
        )
    assert seen == ["1", None]


def test_every_call_of_a_block_is_held_to_the_schema_of_the_block():
    """One that hands back something else fails alone."""

    async def script(b):
        await b.finish(
            "workflow w { parallel { output = s fail_fast = false call a call b } }",
            files=files(s="fields: {n: number}"),
        )
        return b.events

    events = play(script, FakeAction(a=handing_back(n=1), b=OBJECT))
    ends = {one.path: one.outcome for one in of(events, ev.StepFinished)}
    assert ends == {"0/0": StepStatus.COMPLETED, "0/1": StepStatus.FAILED}
