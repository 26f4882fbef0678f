"""Schemas, blocks and templates, row by row: what goes in, what comes out; the numbers continue table.py."""

import json
from collections.abc import Callable

import pytest

from flow_tui.dsl.conform import validate
from flow_tui.dsl.marker_rules import derived
from flow_tui.dsl.output_prompt import END, START
from flow_tui.dsl.schema import Array, Field, Number, String
from flow_tui.dsl.schema_file import load_schema
from flow_tui.dsl.shell import expand
from flow_tui.dsl.templates import substitute
from flow_tui.engine.flow_output import find_block, parse
from flow_tui.model.ids import StepPath
from flow_tui.model.values import ActionOutput
from flow_tui.testing import FakeAction, run_workflow

ROWS: list[object] = []
FINDINGS = {"findings": [{"severity": "critical"}, {"severity": "low"}], "approved": False, "n": 75}
DECLARED = "{findings: {type: array, items: {severity: string}}, approved: boolean, n: number}"
VALUES = {"who": "x", "a": "{{b}}", "b": "1"}


def row(name: str, given: Callable[[], object], expected: object) -> None:
    """Add one input of a row."""
    ROWS.append(pytest.param(given, expected, id=name))


def fields(text: str) -> Callable[[], object]:
    """Return what gives the fields of a schema, or the codes of what is wrong with it."""

    def read() -> object:
        parsed = load_schema(f"fields:\n  {text}")
        return [one.code for one in parsed.diagnostics] if parsed.schema is None else parsed.schema.fields

    return read


def wrong(text: str, output: object) -> Callable[[], object]:
    """Return what gives everything that is wrong with an output."""

    def look() -> object:
        schema = load_schema(f"fields:\n  {text}").schema
        assert schema is not None
        return [str(problem) for problem in validate(schema, output)]

    return look


def rule(text: str) -> Callable[[], object]:
    """Return what says whether a rule holds, or which code its schema has."""

    def hold() -> object:
        parsed = load_schema(f"fields: {DECLARED}\nmarkers: {{m: '{text}'}}")
        if parsed.schema is None:
            return [one.code for one in parsed.diagnostics]
        return derived(parsed.schema, FINDINGS) == ("m",)

    return hold


def usual() -> object:
    """Return the markers of a review without rules."""
    schema = load_schema("fields: {approved: boolean, findings: array}").schema
    assert schema is not None
    return derived(schema, {"approved": False, "findings": [{"severity": "critical"}]})


def said(text: str) -> Callable[[], object]:
    """Return what gives the object in the block of a text, or nothing."""

    def read() -> object:
        block = find_block(text)
        return None if block is None else json.loads(parse(block).structured)

    return read


def block(text: str) -> str:
    """Return a block."""
    return f"{START}\n{text}\n{END}\n"


def tag(*outputs: dict[str, str]) -> Callable[[], object]:
    """Return what gives the value of ``tag`` after steps with these outputs."""

    def run() -> object:
        seen: list[str] = []

        async def look(params):
            seen.append(params.inputs["tag"])

        steps = {f"s{number}": structured(**output) for number, output in enumerate(outputs)}
        run_workflow(f"workflow w {{ call {' call '.join(steps)} call look }}", FakeAction(steps, look=look))
        return seen[0]

    return run


def structured(**members: str) -> ActionOutput:
    """Return an output with such an object."""
    return ActionOutput(structured=json.dumps(members))


def taken() -> object:
    """Return what a step says that exports a name of the engine."""
    state = run_workflow("workflow w { call a }", FakeAction(a=structured(workflow_run_id="x")))
    output = state.steps[StepPath("0")].output
    assert output is not None
    return output.note


row("119a", fields("a: string"), (Field(name="a", type=String()),))
row("119b", fields("b?: number"), (Field(name="b", type=Number(), required=False),))
row("120a", fields("a: {type: array, items: string}"), (Field(name="a", type=Array(items=String())),))
row("120b", fields("a: {type: array, items: array}"), ["O-ITEMS"])
row("120c", fields("a: {type: array, items: bad}"), ["O-TYPE"])
row("120d", fields("a: {type: array}"), (Field(name="a", type=Array()),))
row("121a", wrong("a: string", {}), ["'a' is missing"])
row("121b", wrong("a: number", {"a": "1"}), ["'a' must be a number, not a text"])
row("121c", wrong("a: enum(x, y)", {"a": "z"}), ["'a' must be one of x, y, not 'z'"])
row(
    "121d",
    wrong("tags: {type: array, items: string}", {"tags": [1]}),
    ["'tags[0]' must be a text, not a number"],
)
row("122a", said(block('```json\n{"n": 1}\n```')), {"n": 1})
row("122b", said(block('{"n": [1, 2,],}')), {"n": [1, 2]})
row("122c", said(block(r'{"n": "C:\path, }"}')), {"n": "C:\\path, }"})
row("123a", said(block('{"n": 1}') + block('{"n": 2}') + block('{"n": 3}')), {"n": 3})
row("123b", said(block(json.dumps({"n": f"write {START} first"}))), {"n": f"write {START} first"})
row("123c", said(block('{"n": 1}') + f"then print {START} and go on"), {"n": 1})
row("123d", said(f'{START}\n{{"n": 1}}'), None)
row("124a", rule("findings.length > 0"), True)
row("124b", rule("findings[severity == high].length > 0"), False)
row("124c", rule("approved == false"), True)
row("124d", rule("n < 80"), True)
row("124e", rule("n >= 70"), True)
row("124f", rule(""), ["O-MARKER"])
row("124g", rule("nope == 5"), ["O-MARKER"])
row("125", usual, ("has_critical_findings", "has_findings", "not_approved"))
row("126a", lambda: substitute("hello {{who}} {{no}}", VALUES, "strip").text, "hello x ")
row("126b", lambda: substitute("hello {{who}} {{no}}", VALUES, "keep").text, "hello x {{no}}")
row("127a", lambda: substitute("{{a}}", VALUES).text, "{{b}}")
row("127b", lambda: substitute("x {{open", VALUES).text, "x {{open")
row("128", lambda: (expand("echo {{m}}").text, expand("echo {{m}}").names), ('echo "${FLOW_V_1}"', ("m",)))
row("129a", tag({"tag": "1"}, {"tag": "2"}, {}), "2")
row("129b", taken, "not exported, because the run has values of these names: workflow_run_id")


@pytest.mark.parametrize(("given", "expected"), ROWS)
def test_a_row_says_what_comes_out(given, expected):
    """Every input of a row by its letter."""
    assert given() == expected
