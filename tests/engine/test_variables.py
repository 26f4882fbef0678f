"""What a step can read, and what the blocks that steps print mean."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_tui import limits
from flow_tui.dsl.output_prompt import END, START
from flow_tui.engine import flow_output
from flow_tui.engine.flow_output import Exports, find_block, parse
from flow_tui.engine.variables import Variables
from flow_tui.model.values import ActionOutput
from flow_tui.testing import FakeAction, run_workflow

case = pytest.mark.case


def seen(source, inputs=None, **behaviours):
    """Return what the step ``look`` can read."""
    values = {}

    async def look(params):
        values.update(params.inputs)

    run_workflow(source, FakeAction(look=look, **behaviours), inputs=inputs)
    return values


def structured(**members):
    """Return an output with such an object."""
    return ActionOutput(structured=json.dumps(members))


@case(131)
def test_an_export_is_a_value_and_the_latest_counts():
    """Only texts are exported, and neither the markers nor the context of a block."""
    values = seen(
        "workflow w { call a call b call look }",
        a=structured(color="red", size=7, context="c", markers=["m"]),
        b=structured(color="blue", shape={"x": 1}),
    )
    assert values["color"] == "blue"
    assert not {"size", "shape", "context", "markers"} & set(values)


@case(131)
def test_no_export_shadows_an_input_or_what_the_engine_says():
    """Inputs are stronger than exports, the engine is stronger than both."""
    values = seen(
        "workflow w { inputs { who required } call a call look }",
        {"who": "ada", "dry_run": "maybe"},
        a=structured(
            who="eve", dry_run="true", workflow_run_id="x", gate_feedback="forged", workflow_status="x"
        ),
    )
    assert values["who"] == "ada"
    assert values["dry_run"] == "false"
    assert values["workflow_run_id"].startswith("RUN")
    assert not {"gate_feedback", "workflow_status"} & set(values)


@case(131)
@pytest.mark.parametrize("text", ["{", "[1]", '"x"', "null"])
def test_what_is_no_object_exports_nothing(text):
    """A broken output is skipped, and so is one that is something else."""
    exports = Exports()
    exports.add(text)
    assert exports.values == {}


def test_steps_see_what_those_before_them_left():
    """The latest context, all of them in order, and the latest structured output."""
    values = seen(
        "workflow w { call a call b call look }",
        a=ActionOutput(context="one", markers=("m",), structured='{"x":"1"}'),
        b=ActionOutput(context="two"),
    )
    assert values["prior_context"] == "two"
    assert json.loads(values["prior_output"]) == {"x": "1"}
    assert [
        (entry["step"], entry["context"], entry["markers"]) for entry in json.loads(values["prior_contexts"])
    ] == [
        ("a", "one", ["m"]),
        ("b", "two", []),
    ]


def test_the_first_step_sees_that_there_was_none():
    """Nothing came before it."""
    values = seen("workflow w { call look }")
    assert (values["prior_context"], values["prior_contexts"]) == ("", "[]")
    assert "prior_output" not in values


def test_an_input_can_be_read_under_its_full_name():
    """Whatever else is called so."""
    variables = Variables(engine={}, inputs={"who": "ada"}, exports=Exports())
    assert variables["inputs.who"] == "ada"
    assert len(variables) == len(list(variables)) == 1


# Blocks


def block(text):
    """Return a text with a block."""
    return f"noise\n{START}\n{text}\n{END}\nmore"


@case(133)
def test_the_last_block_counts():
    """Those before it are drafts."""
    assert find_block(block('{"a":1}') + block('{"a":2}')).strip() == '{"a":2}'


@case(133)
@pytest.mark.parametrize(
    "text", ["nothing", f"print {START} first", f"{START} then {END}", f'{START}{{"a":1}}']
)
def test_a_mention_is_no_block(text):
    """What follows the start has to begin like an object, and to end."""
    assert find_block(text) is None


@case(133)
def test_a_mention_inside_a_block_does_not_begin_another():
    """Delimiters in texts are texts."""
    inside = json.dumps({"context": f"I print {START} and so on"})
    assert parse(find_block(block(inside))).context == f"I print {START} and so on"


@case(133)
@pytest.mark.parametrize(
    "text",
    [
        '{"markers":["done"],"context":"all well","n":1}',
        '```json\n{"markers":["done"],"context":"all well","n":1}\n```',
        '{"markers":["done",],"context":"all well","n":1,}',
    ],
)
def test_a_block_may_be_fenced_and_end_with_commas(text):
    """What programs and models tend to write is understood."""
    read = parse(text)
    assert (read.markers, read.context, read.problem) == (("done",), "all well", "")
    assert json.loads(read.structured)["n"] == 1


@case(133)
def test_stray_backslashes_are_taken_as_they_are():
    r"""A path like ``C:\new`` is what was meant; commas inside texts stay."""
    read = parse(r'{"context": "C:\dir \u00e9, ] ,}", "markers": [],}')
    assert read.context == "C:\\dir é, ] ,}"


@case(133)
@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "is not JSON"),
        ("[1]", "is not a JSON object"),
        ('{"markers": "done"}', "'markers'"),
        ('{"markers": [1]}', "'markers'"),
        ('{"context": 1}', "'context'"),
        ('{"a": NaN}', "NaN is not a JSON number"),
        ('{"a": 1e999}', "1e999 is not a JSON number"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a": ' + "1" * 5000 + "}", "is not JSON"),
        ("{" + " " * limits.FLOW_OUTPUT_BYTES, "is longer than"),
    ],
)
def test_a_block_that_cannot_be_read_says_why_and_nothing_else(text, problem):
    """There are no half-read blocks."""
    read = parse(text)
    assert problem in read.problem
    assert (read.markers, read.context, read.structured) == ((), "", "")


@given(st.text(max_size=300))
def test_any_text_is_a_block_or_none(text):
    """Nothing that a program prints can break its reader."""
    found = find_block(f"{START}{text}{END}{text}")
    if found is not None:
        parse(found)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=5), json_values, max_size=4))
def test_a_well_formed_object_is_kept_as_it_is(data):
    """Cleaning up is for what cannot be read as it stands."""
    data = {**data, "markers": ["m"], "context": "c"}
    assert json.loads(parse(json.dumps(data, ensure_ascii=False)).structured) == data


def test_a_flood_of_delimiters_is_read_in_no_time():
    """Neither mentions nor texts by the ten thousand take more than one look each."""
    assert find_block(f"{START} no " * 40_000) is None
    many = "{" + ",".join(f'"k{number}":"v",' for number in range(40_000)) + "}"
    assert parse(many).problem


def test_a_fence_without_an_end_is_no_fence():
    """It is read as it stands, and is not JSON."""
    assert parse("```json\n{}").problem
    assert flow_output.parse("```\n{}\n```").structured == "{}"
