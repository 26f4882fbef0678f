"""Values stand in for their names, once and from left to right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_tui.dsl.templates import Placeholder, names, placeholders, substitute
from flow_tui.errors import TemplateError

case = pytest.mark.case


@case(132)
@pytest.mark.parametrize(
    ("text", "unknown", "result"),
    [
        ("hello {{who}} {{no}}", "strip", "hello x "),
        ("hello {{who}} {{no}}", "keep", "hello x {{no}}"),
        ("{{a}}", "keep", "{{b}}"),
        ("x {{open", "keep", "x {{open"),
        ("{{ who }}", "keep", "x"),
        ("{{{who}}}", "keep", "{{{who}}}"),
        ("{{{who}}}", "strip", "}"),
        ("{{}}", "strip", ""),
        ("{{item.id}}", "keep", "7"),
        ("{{WHO}}", "keep", "{{WHO}}"),
        ("{{{{{{", "keep", "{{{{{{"),
    ],
)
def test_a_known_name_becomes_its_value(text, unknown, result):
    """Unknown names go or stay, as asked; values are never looked at again."""
    values = {"who": "x", "a": "{{b}}", "b": "1", "item.id": "7"}
    assert substitute(text, values, unknown).text == result


def test_names_without_a_value_are_told_once():
    """A warning needs each of them a single time."""
    assert substitute("{{a}} {{b}} {{a}}", {}, "strip").unknown == ("a", "b")


def test_an_unknown_name_can_be_an_error_that_names_the_place():
    """What runs a program does not guess."""
    with pytest.raises(TemplateError, match=r"\{\{no\}\} in run of script 's' has no value"):
        substitute("{{no}}", {}, "error", place="run of script 's'")


def test_a_value_can_be_quoted_on_its_way():
    """The text around it is left alone."""
    assert substitute("<{{a}}>", {"a": "&"}, quote=lambda value: value * 2).text == "<&&>"


def test_placeholders_know_where_they_stand():
    """Offsets cut the placeholder out of the text."""
    assert placeholders("x {{ a }}") == (Placeholder(name="a", start=2, end=9),)
    assert names("{{a}}{{b}}{{a}}") == ("a", "b")


@given(st.text("{}ab ", max_size=60))
def test_a_text_whose_names_are_all_unknown_stays_as_it_is(text):
    """Keeping is the identity; so is a text without names."""
    assert substitute(text, {}).text == text
    assert "".join(text[found.start : found.end] for found in placeholders(text)).count("{{") >= len(
        placeholders(text)
    )


_NAMES = st.sampled_from(["a", "b", "c", "no"])


@case(132)
@given(
    st.lists(st.one_of(st.text("{}a ", max_size=4), _NAMES.map("{{{{{}}}}}".format)), max_size=8).map(
        "".join
    ),
    st.dictionaries(_NAMES, st.one_of(st.text("{}ab", max_size=6), _NAMES.map("{{{{{}}}}}".format))),
    st.sampled_from(["keep", "strip"]),
)
def test_a_value_is_never_looked_at_again(text, values, unknown):
    """Whatever braces it holds, it stands in the result as it is, between what was written around it."""
    holes = placeholders(text)
    expected, at = "", 0
    for hole in holes:
        written = text[hole.start : hole.end] if unknown == "keep" else ""
        expected += text[at : hole.start] + values.get(hole.name, written)
        at = hole.end
    assert substitute(text, values, unknown).text == expected + text[at:]
