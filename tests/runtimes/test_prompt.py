"""What an agent is told."""

from dataclasses import replace

from flow_tui import limits
from flow_tui.dsl.agents import AgentFile
from flow_tui.dsl.schema_file import load_schema
from flow_tui.runtimes.prompt import Task, compose

AGENT = AgentFile(prompt="Plan {{ticket}}.\n")
TASK = Task(
    step="plan",
    workflow="release",
    attempt=1,
    max_attempts=3,
    retry_error=None,
    dry_run=False,
    values={"ticket": "T-1"},
    snippets=["Be brief about {{ticket}}.", "Be kind."],
    schema=None,
)


def at(text, *parts):
    """Return where the parts stand in a text."""
    places = [text.find(part) for part in parts]
    assert -1 not in places, (parts, text)
    return places


def test_a_prompt_has_its_parts_in_their_order():
    """The step, the agent's text, the values, the snippets, the output."""
    text = compose(AGENT, TASK).text
    places = at(
        text,
        "one step, plan, of the workflow release",
        "Plan T-1.",
        "- ticket: T-1",
        "Be brief",
        "Be kind",
        "<<<FLOW",
    )
    assert places == sorted(places)
    assert "Be brief about T-1.\n\nBe kind.\n\n" in text
    assert text.endswith("next step.\n")


def test_what_went_wrong_before_comes_first():
    """An agent that is tried again knows why."""
    text = compose(AGENT, replace(TASK, attempt=2, retry_error="the tests failed\n")).text
    places = at(text, "attempt 2 of 3", "the tests failed", "one step, plan", "Plan T-1.")
    assert places == sorted(places)


def test_a_dry_run_forbids_commits_to_those_who_may_commit():
    """Whoever may not commit anyway is not told so."""
    actor = replace(AGENT, role="actor", can_commit=True)
    dry = replace(TASK, dry_run=True)
    assert compose(actor, dry).text.startswith("This is a dry run. Do not commit")
    assert "dry run" not in compose(actor, TASK).text
    assert "dry run" not in compose(AGENT, dry).text


def test_values_are_listed_by_name_and_long_ones_only_named():
    """However much earlier steps have left."""
    long = "x" * (limits.PROMPT_VALUE_CHARACTERS + 1)
    text = compose(AGENT, replace(TASK, values={"b": "1", "ticket": "T", "a": "two\nlines", "c": long})).text
    assert "- a:\n    two\n    lines\n- b: 1\n- c: 4,001 characters, in the JSON file" in text
    assert long not in text


def test_names_without_a_value_are_left_out_and_told():
    """In the agent's text and in the snippets."""
    prompt = compose(replace(AGENT, prompt="{{a}}x{{b}}"), replace(TASK, snippets=["{{a}}y{{c}}"]))
    assert prompt.unknown == ("a", "b", "c")
    assert "\n\nx\n\n" in prompt.text
    assert "\n\ny\n\n" in prompt.text


def test_a_value_is_never_looked_at_for_placeholders():
    """What an earlier step left is text, and nothing else."""
    text = compose(
        replace(AGENT, prompt="[{{ticket}}]"), replace(TASK, values={"ticket": "{{b}}", "b": "no"})
    ).text
    assert "[{{b}}]" in text


def test_the_shape_of_a_schema_ends_the_prompt():
    """An agent is shown what it is to hand back."""
    parsed = load_schema("fields:\n  ok:\n    type: boolean\n    desc: whether it is fine\n", "verdict.yaml")
    text = compose(AGENT, replace(TASK, schema=parsed.schema)).text
    assert text.endswith('{\n  "ok": true\n}\n<<<END_FLOW_OUTPUT>>>\n\nok: whether it is fine\n')
