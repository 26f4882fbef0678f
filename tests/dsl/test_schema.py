"""Output schemas: what their files say, and what is wrong with them, at its place."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_tui import limits
from flow_tui.diagnostics import errors
from flow_tui.dsl.marker_rules import derived
from flow_tui.dsl.schema import Array, Boolean, Enum, Field, Number, Object, String
from flow_tui.dsl.schema_file import load_schema, load_schema_bytes


def fields(text: str) -> tuple[Field, ...]:
    """Return the fields of a schema that has nothing wrong."""
    parsed = load_schema("fields:\n" + text, "s.yaml")
    assert parsed.diagnostics == ()
    assert parsed.schema is not None
    return parsed.schema.fields


def told(text: str) -> list[tuple[str, int, int]]:
    """Return the codes and the places of what is said about a text."""
    return [(one.code, one.span.line, one.span.column) for one in load_schema(text).diagnostics]


@pytest.mark.parametrize(
    ("written", "found"),
    [
        pytest.param("  a: string", Field(name="a", type=String()), id="119a"),
        pytest.param("  b?: number", Field(name="b", type=Number(), required=False), id="119b"),
        pytest.param("  b???: number", Field(name="b", type=Number(), required=False), id="119c"),
        ("  a: boolean", Field(name="a", type=Boolean())),
        ("  a: enum(x, y z ,w)", Field(name="a", type=Enum(values=("x", "y z", "w")))),
        ("  a: object", Field(name="a", type=Object())),
        ("  a: {}", Field(name="a", type=Object())),
        ("  a: {desc: no}", Field(name="a", type=Object(), desc="no")),
        (
            "  a: {type: number, desc: How many, examples: [1, 2.5]}",
            Field(name="a", type=Number(), desc="How many", examples=("1", "2.5")),
        ),
        (
            "  a:\n    fields:\n      b: string",
            Field(name="a", type=Object(fields=(Field(name="b", type=String()),))),
        ),
        pytest.param(
            "  a: {type: array, items: string}", Field(name="a", type=Array(items=String())), id="120a"
        ),
        pytest.param("  a: {type: array}", Field(name="a", type=Array()), id="120d"),
        pytest.param("  a: array", Field(name="a", type=Array()), id="120e"),
        (
            "  a:\n    type: array\n    items:\n      b?: string\n      c: {fields: {}}",
            Field(
                name="a",
                type=Array(
                    items=Object(
                        fields=(
                            Field(name="b", type=String(), required=False),
                            Field(name="c", type=Object()),
                        )
                    )
                ),
            ),
        ),
    ],
)
def test_a_field_says_what_is_handed_back(written, found):
    """Both ways of writing give the same; a type that is left out is an object."""
    assert fields(written) == (found,)


def test_fields_keep_the_order_of_the_file_and_the_schema_its_name():
    """An agent is asked in the order in which somebody thought of it."""
    parsed = load_schema("fields: {z: string, a?: number, m: string}", ".flow/schemas/review.yaml")
    assert parsed.schema is not None
    assert parsed.schema.name == "review"
    assert [field.name for field in parsed.schema.fields] == ["z", "a", "m"]


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        pytest.param("fields:\n  a: {type: array, items: array}", [("O-ITEMS", 2, 27)], id="120b"),
        pytest.param("fields:\n  a: {type: array, items: bad}", [("O-TYPE", 2, 27)], id="120c"),
        ("fields:\n  a: {type: array, items: object}", [("O-ITEMS", 2, 27)]),
        ("fields:\n  a: {type: array, items: {type: string}}", [("O-ITEMS", 2, 27)]),
        ("fields:\n  a: {type: array, items: [string]}", [("O-ITEMS", 2, 27)]),
        ("fields:\n  a: strin\n  b: int", [("O-TYPE", 2, 6), ("O-TYPE", 3, 6)]),
        ("fields:\n  a: enum()", [("O-ENUM", 2, 6)]),
        ("fields:\n  a: enum(x,,y)", [("O-ENUM", 2, 6)]),
        ("fields:\n  a: enum", [("O-TYPE", 2, 6)]),
        ("fields:\n  a: enum(x", [("O-TYPE", 2, 6)]),
        ("fields:\n  a: [string]", [("O-TYPE", 2, 6)]),
        ("fields:\n  a:\n  b: string", [("O-TYPE", 2, 5)]),
        ("fields:\n  a: {type: [string]}", [("O-TYPE", 2, 13)]),
        ("fields:\n  a: {type: string, desc: [x]}", [("O-DESC", 2, 27)]),
        ("fields:\n  a: {type: string, examples: x}", [("O-EXAMPLES", 2, 31)]),
        ("fields:\n  a: {type: string, examples: [[x]]}", [("O-EXAMPLES", 2, 31)]),
        ("fields:\n  ?: string", [("O-NAME", 2, 3)]),
        ("fields:\n  a: string\n  a?: string", [("Y-DUP-KEY", 3, 3)]),
        ("fields:\n  a: string\n  a: string", [("Y-DUP-KEY", 3, 3)]),
        ("fields: [a]", [("O-FIELDS", 1, 9)]),
        ("markers: {}", [("O-FIELDS", 1, 1)]),
        ("", [("O-FIELDS", 1, 1)]),
        ("- a", [("O-FIELDS", 1, 1)]),
        ("fields: {}\nmarkers: [a]", [("O-MARKER", 2, 10)]),
        ("fields: {}\nmarkers: {a: [b]}", [("O-MARKER", 2, 14)]),
        ("fields:\n\ta: string", [("Y-SYNTAX", 2, 1)]),
        ("fields: {a: string", [("Y-SYNTAX", 1, 19)]),
        ("fields: {a: b: c}", [("Y-SYNTAX", 1, 14)]),
        ("fields:\n  a: \x01", [("Y-SYNTAX", 2, 6)]),
        ('fields: {a: "\\UFFFFFFFF"}', [("Y-SYNTAX", 1, 1)]),
        ("fields: {}\n---\nfields: {}", [("Y-DOCUMENT", 2, 1)]),
        ("fields: {a: &x string, b: *x}", [("Y-ALIAS", 1, 27)]),
        ("fields:\n  <<: *x", [("Y-ALIAS", 2, 7)]),
        ("fields: {a: !!python/name:os.system x}", [("Y-TAG", 1, 13), ("O-TYPE", 1, 13)]),
        ("fields:\n  [a]: string", [("Y-KEY", 2, 3)]),
        ("fields:\u2028\n  a: strng", [("O-TYPE", 2, 6)]),
    ],
)
def test_a_mistake_is_an_error_at_its_place(text, problems):
    """Everything is found at once, except behind a text that is no YAML."""
    assert told(text) == problems
    assert load_schema(text).schema is None


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("fields:\n  a: strin", "did you mean 'string'?"),
        ("fields:\n  a: int", "did you mean 'number'?"),
        ("fields:\n  a: {type: array, items: {type: number}}", "write items: number"),
        ("fields:\n  a: {type: enum(x, y)}", 'in quotes: "enum(a, b)"'),
        ("fields:\n  a: enum()", "write enum(a, b)"),
        ("fields:\n\ta: string", "indent with spaces"),
        ("fields:\n  a: b: c", "in quotes if a colon"),
        ("fields: {a: 'b", "a quote is never closed"),
        ("fields: {a: string", "a bracket is never closed"),
        ("fields:\n  a: string\n  a: number", "the first one is on line 2"),
        ("fields: {}\nmarkers: {m: ''}", "write FIELD.length > 0"),
    ],
)
def test_a_mistake_comes_with_a_way_out(text, hint):
    """The first error says what to write instead."""
    assert hint in errors(load_schema(text).diagnostics)[0].hint


@pytest.mark.parametrize(
    ("text", "at", "said"),
    [
        ("fields: {}\nmarkrs: {}", (2, 1), "did you mean 'markers'?"),
        ("fields:\n  a: {type: string, description: x}", (2, 21), "did you mean 'desc'?"),
        ("fields:\n  a: {type: string, items: string}", (2, 21), ""),
        ("fields:\n  a: {type: array, fields: {}}", (2, 20), ""),
        ("fields:\n  a: enum('x', 'y')", (2, 6), ""),
        ("fields:\n  a: string\nmarkers:\n  no-way!: a == x", (4, 3), ""),
        ("fields:\n  a: string\nmarkers:\n  m: a == 'x'", (4, 6), "write x without them"),
        ("fields:\n  a: enum(x, y)\nmarkers:\n  m: a == z", (4, 6), ""),
        ("fields:\n  a: enum(x, y)\nmarkers:\n  m: a == 'x'", (4, 6), "write x without quotes"),
        ("fields:\n  a: enum(critical, y)\nmarkers:\n  m: a == critcal", (4, 6), "did you mean 'critical'?"),
    ],
)
def test_what_has_no_effect_is_told_and_harms_nobody(text, at, said):
    """Files made for other programs still load."""
    parsed = load_schema(text)
    assert parsed.schema is not None
    (warning,) = parsed.diagnostics
    assert not warning.is_error
    assert (warning.span.line, warning.span.column) == at
    assert said in warning.hint


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join(f'*{old}' for _ in range(9))}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


def test_a_few_lines_do_not_become_millions_of_values():
    """Aliases are refused, so that nothing can multiply."""
    assert {problem.code for problem in errors(load_schema(BOMB).diagnostics)} == {"Y-ALIAS"}


@pytest.mark.parametrize(
    ("piece", "times"), [("[", 60_000), ("{", 60_000), ("- ", 30_000), ("? ", 30_000), ("{a: ", 15_000)]
)
def test_depth_has_an_end(piece, times):
    """Nobody writes so many brackets by hand."""
    (problem,) = errors(load_schema(piece * times).diagnostics)
    assert problem.code == "Y-NESTING"
    assert str(limits.YAML_NESTING) in problem.message


def test_a_file_of_a_megabyte_is_not_even_read():
    """What is larger than any schema is none."""
    (problem,) = load_schema_bytes(b"fields:\n" + b"  a: string\n" * 90_000).diagnostics
    assert (problem.code, problem.message) == ("Y-SIZE", "larger than 64 KiB")


def test_a_thousand_mistakes_are_told_a_hundred_times():
    """Nobody reads more, and nothing grows without a bound."""
    text = "fields:\n" + "".join(f"  f{number}: strin\n" for number in range(2_000))
    assert len(load_schema(text).diagnostics) == limits.DIAGNOSTICS_SHOWN


def test_what_is_not_utf8_is_told_with_its_line():
    """The byte is named, since no character can be shown."""
    (problem,) = load_schema_bytes(b"fields:\n  a: \xff").diagnostics
    assert (problem.code, problem.span.line) == ("F-UNREADABLE", 2)
    assert "0xff" in problem.message


def test_a_byte_order_mark_and_other_line_ends_are_read_over():
    """Editors of all kinds write schemas."""
    parsed = load_schema_bytes("\ufefffields:\r\n  a: string\r\n".encode())
    assert parsed.diagnostics == ()


_WORDS = (
    "fields markers a b? string number enum( x ) array items { } [ ] - ' \" &a *a !t ? | > # % --- ... ~ <<"
)
_PIECES = st.sampled_from(
    [
        *_WORDS.split(),
        ": ",
        ":",
        ", ",
        "- ",
        "\n",
        "\n  ",
        "\n    ",
        "a.length > 0",
        "a == x",
        "\t",
        "\0",
        "\\",
        "\ufeff\u2028é𝄞",
    ]
)


@given(st.binary(max_size=300) | st.lists(_PIECES, max_size=40).map(lambda parts: "".join(parts).encode()))
def test_any_bytes_give_a_schema_or_errors(data):
    """Whatever lies in a project, reading it never fails; every place lies in the text."""
    parsed = load_schema_bytes(data, "s.yaml")
    assert (parsed.schema is None) is bool(errors(parsed.diagnostics))
    assert len(parsed.diagnostics) <= limits.DIAGNOSTICS_SHOWN
    lines = data.decode(errors="replace").removeprefix("\ufeff").split("\n")
    for problem in parsed.diagnostics:
        assert 1 <= problem.span.line <= len(lines)
        assert 1 <= problem.span.column <= len(lines[problem.span.line - 1]) + 1
        assert (problem.span.end_line, problem.span.end_column) >= (problem.span.line, problem.span.column)


@given(st.text(max_size=60) | st.text("<>=![]. abclength0", max_size=40))
def test_any_text_as_a_condition_is_one_or_an_error(text):
    """A condition that loads can be evaluated."""
    quoted = "'" + text.replace("'", "''") + "'"
    parsed = load_schema(f"fields: {{a: string, b: number, c: array}}\nmarkers:\n  m: {quoted}\n")
    if parsed.schema is not None:
        assert derived(parsed.schema, {}) == ()


def test_the_example_of_the_documentation_holds():
    """What people copy has nothing wrong with it, and leaves the markers that it names."""
    text = (Path(__file__).parents[2] / "docs" / "schemas.md").read_text("utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    parsed = load_schema(example, "review.yaml")
    assert parsed.diagnostics == ()
    assert parsed.schema is not None
    assert parsed.schema.markers() == ("cheap", "many_findings", "rejected", "urgent")
