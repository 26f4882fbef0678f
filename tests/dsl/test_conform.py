"""Outputs against schemas: what is wrong, where, and what follows from an output that is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_tui import limits
from flow_tui.dsl.conform import conform, context, validate
from flow_tui.dsl.marker_rules import derived
from flow_tui.dsl.schema import Schema
from flow_tui.dsl.schema_file import load_schema
from tests.conftest import tried
from tests.dsl.schemas import schemas

case = pytest.mark.case


def schema(text: str) -> Schema:
    """Return a schema that has nothing wrong."""
    parsed = load_schema(text, "s.yaml")
    assert parsed.diagnostics == ()
    assert parsed.schema is not None
    return parsed.schema


WHOLE = schema("""
fields:
  text: string
  count: number
  sure: boolean
  level: enum(low, high)
  tags?: {type: array, items: string}
  any?: array
  list?:
    type: array
    items:
      name: string
      inner?: {fields: {deep: number}}
  free?: object
""")
SOUND = {"text": "t", "count": 1, "sure": True, "level": "low"}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        pytest.param({"text": None}, "'text' must be a text, not null", id="121a"),
        pytest.param({"count": "1"}, "'count' must be a number, not a text", id="121b"),
        pytest.param({"level": "Low"}, "'level' must be one of low, high, not 'Low'", id="121c"),
        pytest.param({"tags": [1]}, "'tags[0]' must be a text, not a number", id="121d"),
        ({"count": True}, "'count' must be a number, not true"),
        ({"sure": 1}, "'sure' must be true or false, not a number"),
        ({"sure": "true"}, "'sure' must be true or false, not a text"),
        ({"level": 3}, "'level' must be one of a few texts, not a number"),
        ({"tags": "x"}, "'tags' must be a list, not a text"),
        ({"tags": ["a", None]}, "'tags[1]' must be a text, not null"),
        ({"any": {}}, "'any' must be a list, not an object"),
        ({"list": [{"name": "n"}, {}]}, "'list[1].name' is missing"),
        (
            {"list": [{"name": "n", "inner": {"deep": "x"}}]},
            "'list[0].inner.deep' must be a number, not a text",
        ),
        ({"list": ["n"]}, "'list[0]' must be an object, not a text"),
        ({"free": []}, "'free' must be an object, not a list"),
    ],
)
def test_what_is_wrong_is_told_with_its_path(changed, said):
    """The path leads through objects and lists."""
    (problem,) = validate(WHOLE, SOUND | changed)
    assert str(problem) == said


@case(134)
@pytest.mark.parametrize("name", ["text", "count", "sure", "level"])
def test_a_required_field_that_is_missing_is_named(name):
    """Every one of them has to be there."""
    (problem,) = validate(WHOLE, {key: value for key, value in SOUND.items() if key != name})
    assert str(problem) == f"{name!r} is missing"


@pytest.mark.parametrize("value", [None, 1, "x", [], True])
def test_an_output_is_an_object(value):
    """Whatever else it is, it is told."""
    (problem,) = validate(WHOLE, value)
    assert "must be an object" in str(problem)


def test_everything_wrong_is_told_at_once_but_no_more_than_one_can_read():
    """The next attempt can mend it all."""
    assert len(validate(WHOLE, {"text": 1, "count": "x"})) == 4
    assert len(validate(WHOLE, SOUND | {"tags": [1] * 100_000})) == limits.CONFORMITY_SHOWN


def test_more_members_than_declared_are_kept_after_the_declared_ones():
    """Declared fields come in the order of the schema; null counts as left out where that is allowed."""
    given = {"more": [1], "level": " high ", "tags": None, "sure": False, "count": 2.5, "text": ""}
    found = conform(WHOLE, given)
    assert found.problems == ()
    assert list(found.output.items()) == [
        ("text", ""),
        ("count", 2.5),
        ("sure", False),
        ("level", "high"),
        ("more", [1]),
    ]


@pytest.mark.parametrize(
    ("fields", "output", "text"),
    [
        ("{a: string, summary: string, context: string}", {"a": "1", "summary": "2", "context": "3"}, "3"),
        ("{a: string, summary: string, context: number}", {"a": "1", "summary": "2", "context": 3}, "2"),
        ("{z: string, a: string}", {"a": "1", "z": "2"}, "2"),
        ("{z?: string, a: string}", {"a": "1"}, "1"),
        ("{context?: string, a: string}", {"a": "1"}, "1"),
        ("{n: number}", {"n": 1, "context": "not declared"}, ""),
        ("{e: enum(x)}", {"e": "x"}, ""),
    ],
)
def test_the_context_is_the_first_text_that_is_declared(fields, output, text):
    """A field named for it comes first, then the order of the file."""
    assert context(schema(f"fields: {fields}"), output) == text


RULES = (
    "fields: {findings: {type: array, items: {severity: string}}, approved: boolean, n: number, s?: string}"
)
OUTPUT = {"findings": [{"severity": "critical"}, {"severity": "low"}], "approved": False, "n": 75}


@case(134)
@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        pytest.param("findings.length > 0", True, id="124a"),
        pytest.param("findings[severity == high].length > 0", False, id="124b"),
        pytest.param("approved == false", True, id="124c"),
        pytest.param("n < 80", True, id="124d"),
        pytest.param("n >= 70", True, id="124e"),
        ("findings[severity == critical].length == 1", True),
        ("findings[severity==critical].length<1", False),
        ("findings[severity != critical].length == 1", True),
        ("findings.length >= 2", True),
        ("findings.length <= 1", False),
        ("findings.length != 2", False),
        ("findings.length < 3", True),
        ("approved == true", False),
        ("approved != true", True),
        ("n == 75", True),
        ("n == 75.0", True),
        ("n != 75", False),
        ("n > 75", False),
        ("n <= 75", True),
        ("n == 7.5e1", True),
        ("s == x", False),
        ("s != x", False),
        ("s.length == 0", False),
    ],
)
def test_a_rule_holds_or_it_does_not(rule, holds):
    """A field that is not there meets no condition, not even that it is something else."""
    found = schema(f"{RULES}\nmarkers: {{m: '{rule}'}}")
    assert derived(found, OUTPUT) == (("m",) if holds else ())


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        pytest.param("", "the condition is empty", id="124f"),
        pytest.param("nope == 5", "there is no field 'nope'", id="124g"),
        ("approved", "is no condition"),
        ("approved >= true", "compares numbers"),
        ("approved == yes", "and never 'yes'"),
        ("n == many", "and never 'many'"),
        ("n == nan", "and never 'nan'"),
        ("n < 1 && approved == true", "joins two conditions"),
        ("n < 1 or n > 2", "joins two conditions"),
        ("n.length > 0", "has no length"),
        ("approved ==", "nothing is compared"),
        ("findings == x", "only its length"),
        ("findings.length > many", "a whole number"),
        ("findings.length > -1", "a whole number"),
        ("findings[severity == ].length > 0", "nothing is compared"),
        ("findings[nope == x].length > 0", "there is no field 'nope'"),
        ("n[a == x].length > 0", "is no list"),
        ("findings.severity == high", "there is no field 'findings.severity'"),
        ("x" * 2_000 + " == 1", "longer than 1000 characters"),
    ],
)
def test_a_condition_that_could_never_be_met_is_an_error_of_the_file(rule, said):
    """Nothing is found out only when an agent has done its work."""
    (problem,) = load_schema(f"{RULES}\nmarkers: {{m: '{rule}'}}").diagnostics
    assert problem.code == "O-MARKER"
    assert said in problem.message


def test_texts_are_counted_in_characters():
    """Letters beyond ASCII count as one each."""
    found = schema("fields: {s: string}\nmarkers: {m: s.length == 3}")
    assert derived(found, {"s": "äöü"}) == ("m",)


def test_numbers_are_equal_but_for_the_last_digit_of_a_fraction():
    """A tenth and two tenths are three tenths; a number beyond all fractions harms nobody."""
    found = schema("fields: {n: number}\nmarkers: {m: n == 0.3}")
    assert derived(found, {"n": 0.1 + 0.2}) == ("m",)
    assert derived(found, {"n": 10**400}) == ()


@case(134)
@pytest.mark.parametrize(
    ("output", "markers"),
    [
        pytest.param(
            {"approved": False, "findings": [{"severity": "critical"}]},
            ("has_critical_findings", "has_findings", "not_approved"),
            id="125",
        ),
        ({"approved": True, "findings": []}, ()),
        (
            {"findings": [{"severity": "high"}, 7, {"severity": ["critical"]}]},
            ("has_findings", "has_high_findings"),
        ),
        ({"approved": "false", "findings": {"a": 1}}, ()),
    ],
)
def test_without_rules_the_usual_markers_are_derived(output, markers):
    """A schema need not say what every review says."""
    assert derived(schema("fields: {}"), output) == markers


@pytest.mark.parametrize(
    ("text", "markers"),
    [
        ("fields: {a: string}\nmarkers: {y: a == 1, b: a == 2}", ("b", "y")),
        ("fields: {approved: boolean}\nmarkers: {}", ()),
        ("fields: {approved: boolean, findings: string}", ("not_approved",)),
        (
            "fields: {findings: array}",
            ("has_critical_findings", "has_findings", "has_high_findings"),
        ),
        (
            "fields: {findings: {type: array, items: {severity: 'enum(low, high)'}}}",
            ("has_findings", "has_high_findings"),
        ),
        ("fields: {findings: {type: array, items: {severity: number}}}", ("has_findings",)),
        ("fields: {findings: {type: array, items: string}}", ("has_findings",)),
        ("fields: {approved: string}", ()),
    ],
)
def test_a_schema_knows_every_marker_it_can_leave(text, markers):
    """Who tests for another one waits in vain."""
    assert schema(text).markers() == markers


_JSON = st.recursive(
    st.none() | st.booleans() | st.sampled_from([0, 7, -1.5, 10**400, "low", "critical", "", "é ✓"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["approved", "findings", "summary", "severity", "s", "e"]), inner)
    ),
    max_leaves=8,
)


_NAMED = st.dictionaries(
    st.sampled_from(["approved", "summary", "context", "s", "e", "list", "n"]), _JSON, max_size=3
)


@given(schemas(), _JSON | _NAMED)
@tried(100)
def test_any_value_is_held_to_any_schema(schema, value):
    """What is found to follow it stays as it is when it is looked at again, and leaves only known markers."""
    found = conform(schema, value)
    if found.problems:
        return
    assert conform(schema, found.output) == found
    derived(schema, found.output)
    assert isinstance(context(schema, found.output), str)
