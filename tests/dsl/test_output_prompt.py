"""What an agent is told about its output."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given

from flow_tui.dsl.conform import validate
from flow_tui.dsl.output_prompt import END, START, instructions, json_schema
from flow_tui.dsl.schema import Array, Enum, FieldType, Object, Schema
from flow_tui.dsl.schema_file import load_schema
from flow_tui.engine.flow_output import find_block, load
from tests.conftest import tried
from tests.dsl.schemas import schemas


def asked(text: str) -> list[str]:
    """Return what an agent is told by a schema, line by line."""
    schema = load_schema(f"fields:\n{text}", "s.yaml").schema
    assert schema is not None
    return instructions(schema).split("\n")


def shape(text: str) -> object:
    """Return the sample in the block."""
    lines = asked(text)
    return json.loads("\n".join(lines[lines.index(START) + 1 : lines.index(END)]))


def hints(text: str) -> list[str]:
    """Return the lines after the block."""
    lines = asked(text)
    return lines[lines.index(END) + 2 :]


@pytest.mark.parametrize(
    ("written", "sample"),
    [
        ("string", "..."),
        ("{type: string, desc: 'Say \"why\"'}", 'Say "why"'),
        ("number", 0),
        ("boolean", True),
        ("enum(a, b)", "a|b"),
        ("array", []),
        ("object", {}),
        ("{type: array, items: string}", ["...", "..."]),
        ("{type: array, items: number}", [0, 0]),
        ("{type: array, items: boolean}", [True, False]),
        ("{type: array, items: 'enum(a, b)'}", ["a|b"]),
        ("{type: array, items: {n: number, s?: string}}", [{"n": 0, "s": "..."}]),
        ("{fields: {z: number, a: {fields: {b: boolean}}}}", {"z": 0, "a": {"b": True}}),
    ],
)
def test_the_block_shows_a_sample_of_every_field(written, sample):
    """An agent copies shapes better than it reads descriptions."""
    assert shape(f"  x: {written}") == {"x": sample}


def test_the_sample_keeps_the_order_of_the_file_and_indents_by_two():
    """The fields come in the order in which somebody thought of them."""
    lines = asked("  z: string\n  a: number")
    assert lines[lines.index(START) :] == [START, "{", '  "z": "...",', '  "a": 0', "}", END]


@pytest.mark.parametrize(
    ("written", "lines"),
    [
        ("x: string", []),
        ("x?: number", ["x (optional): may be left out"]),
        ("x: {type: string, desc: Why}", ["x: Why"]),
        ("x?: {type: string, desc: Why}", ["x (optional): Why"]),
        ('x: {type: string, desc: "two\\nlines"}', ["x: two lines"]),
        ("x: {type: string, examples: [a, b]}", ["x: string", "  for example: a, b"]),
        ("x: {type: array, items: string}", ["x: array of string"]),
        ("x?: {type: array, items: 'enum(a, b)', desc: Why}", ["x (optional): array of one of a, b: Why"]),
        ("x: array", []),
        ("x?: array", ["x (optional): may be left out"]),
        ("x?: {fields: {a?: string}}", ["x.a (optional): may be left out"]),
        (
            "x: {type: array, desc: All, examples: [no], items: {a: {type: number, desc: How many}}}",
            ["x: All", "x[].a: How many"],
        ),
    ],
)
def test_hints_say_what_the_sample_cannot(written, lines):
    """One line each; names of what is inside of something are dotted."""
    assert hints(f"  {written}") == lines


def test_the_block_has_to_be_the_last_thing():
    """With a schema or without one, the place of the block is told first."""
    for told in (instructions(None), "\n".join(asked("  x: string"))):
        assert "very last thing" in told.split("\n")[0]
    assert load(find_block(instructions(None)) or "") == {"markers": [], "context": ""}


def test_json_schema_says_the_same():
    """For agents that are given it as a tool."""
    text = """
fields:
  a: {type: string, desc: Why}
  b?: enum(x, y)
  c: {type: array, items: number}
  d: array
  e: object
"""
    schema = load_schema(text).schema
    assert schema is not None
    assert json_schema(schema) == {
        "type": "object",
        "properties": {
            "a": {"type": "string", "description": "Why"},
            "b": {"type": "string", "enum": ["x", "y"]},
            "c": {"type": "array", "items": {"type": "number"}},
            "d": {"type": "array"},
            "e": {"type": "object"},
        },
        "required": ["a", "c", "d", "e"],
    }


def _types(wanted: FieldType | None) -> Iterator[FieldType]:
    if wanted is None:
        return
    yield wanted
    match wanted:
        case Array(items=items):
            yield from _types(items)
        case Object(fields=fields):
            for field in fields:
                yield from _types(field.type)
        case _:
            return


@given(schemas())
@tried(100)
def test_whoever_copies_the_sample_follows_the_schema(schema: Schema):
    """Only choices have to be made: the sample of an enum lists all of them."""
    block = find_block(instructions(schema))
    assert block is not None
    problems = [one for one in validate(schema, load(block)) if "must be one of" not in one.message]
    assert problems == []
    has_choices = any(isinstance(kind, Enum) for kind in _types(Object(fields=schema.fields)))
    assert has_choices or validate(schema, load(block)) == ()
