"""Laying out a definition changes what it looks like, and nothing else."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_tui.diagnostics import errors
from flow_tui.dsl import format as formatting
from flow_tui.dsl.format import format_bytes, format_text
from flow_tui.dsl.format_lines import WIDTH
from flow_tui.dsl.parser import parse
from flow_tui.dsl.tokens import Lines, lex
from tests.definitions import definitions, near_definitions
from tests.dsl.table import CASES

BOM = "\ufeff"
ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "cases" / "format"
NAMES = sorted(file.stem for file in FOLDER.glob("*.wf") if not file.stem.endswith(".formatted"))
SHIPPED = [*sorted((ROOT / "sample_workflows").rglob("*.wf")), *sorted((ROOT / "flow_tui").rglob("*.wf"))]


def words(source: str) -> list[str]:
    """Return what stands in a text besides white space, comments and commas."""
    source = source.removeprefix(BOM)
    tokens = lex(Lines(source)).tokens
    return [source[token.start : token.end] for token in tokens if token.type != "COMMA"]


def comments(source: str) -> list[str]:
    """Return the comments of a text."""
    source = source.removeprefix(BOM)
    tokens = lex(Lines(source)).tokens
    ends = [0, *(token.end for token in tokens)]
    starts = [*(token.start for token in tokens), len(source)]
    gaps = (source[end:start] for end, start in zip(ends, starts, strict=True))
    return [text.rstrip() for gap in gaps for text in re.findall(r"//[^\n]*", gap)]


def bare(text: str) -> str:
    """Return a text with nothing between the quotes."""
    for token in reversed(lex(Lines(text)).tokens):
        if token.type == "STRING":
            text = f'{text[: token.start]}""{text[token.end :]}'
    return text


def formatted(source: str) -> str:
    """Return a sound definition in the one style."""
    result = format_text(source)
    assert result.text is not None, [problem.headline() for problem in result.diagnostics]
    return result.text


def holds(source: str) -> None:
    """Assert what holds for every sound definition."""
    text = formatted(source)
    assert parse(text).workflow == parse(source).workflow
    assert formatted(text) == text
    assert comments(text) == comments(source)
    assert words(text) == words(source)
    assert not re.search(r"[ \t\r]$|\n\n\n|\A\n|[{\[]\n\n|\n\n *[}\]]|\n\n\Z", bare(text), re.MULTILINE)
    assert text.endswith("\n")
    assert not text.startswith(BOM)


@given(definitions())
def test_laying_out_keeps_what_a_definition_says(source):
    """The tree, the words and all comments are the same; doing it again changes nothing."""
    holds(source)


@pytest.mark.parametrize("source", [case.source for case in CASES if parse(case.source).workflow is not None])
def test_every_construct_can_be_laid_out(source):
    """What the table of the language accepts keeps what it says."""
    holds(source)


@given(near_definitions())
def test_a_nearly_sound_text_is_laid_out_or_explained(source):
    """A text that is none is left alone and has an error; nothing raises."""
    result = format_text(source, "x.wf")
    assert (result.text is None) == bool(errors(result.diagnostics))


@given(st.text() | st.text(st.characters(codec=None)))
def test_any_text_is_laid_out_or_explained(source):
    """No text makes the formatter raise."""
    result = format_text(source)
    assert (result.text is None) == bool(errors(result.diagnostics))


# What it looks like


@pytest.mark.parametrize("name", NAMES)
def test_a_case_looks_as_its_file_says(name, update_cases):
    """What is to be laid out and what comes of it stand beside each other in the folder of cases."""
    source = (FOLDER / f"{name}.wf").read_text(encoding="utf-8")
    expected = FOLDER / f"{name}.formatted.wf"
    holds(source)
    if update_cases:
        expected.write_text(formatted(source), encoding="utf-8")
    assert formatted(source) == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_what_we_ship_is_laid_out(file):
    """The samples and the templates are as `flow-tui fmt` would have them."""
    source = file.read_text(encoding="utf-8")
    assert formatted(source) == source


def test_a_byte_order_mark_and_foreign_line_ends_go_but_not_those_inside_a_text():
    """What is between quotes is a value; everything around it is white space."""
    source = f'{BOM}workflow w {{\r\n  // one\r\n\r\n\r\n  script s {{ run = "a\r\nb" }}\r\n}}'
    assert formatted(source) == 'workflow w {\n  // one\n\n  script s {\n    run = "a\r\nb"\n  }\n}\n'


def test_options_stay_on_one_line_up_to_the_last_column():
    """A line of exactly the width stays; with one more character each option gets a line."""
    around = len('  script s { run = ""  retries = 1 }')
    for extra, lines in ((0, 3), (1, 6)):
        text = formatted(
            f'workflow w {{ script s {{ run = "{"x" * (WIDTH - around + extra)}" retries = 1 }} }}'
        )
        assert len(text.splitlines()) == lines
        assert (max(map(len, text.splitlines())) == WIDTH) == (extra == 0)


def test_a_change_of_meaning_is_refused(monkeypatch):
    """Should the layout ever say something else, the definition is left as it is."""
    monkeypatch.setattr(formatting, "laid_out", lambda *_: "workflow other {}\n")
    result = format_text("workflow w {}", "x.wf")
    assert result.text is None
    assert [(problem.code, problem.file) for problem in result.diagnostics] == [("F-FORMAT", "x.wf")]


def test_bytes_that_are_no_text_are_said_to_be_unreadable():
    """The reason is the one that the checker gives."""
    assert format_bytes(b"workflow w {}").text == "workflow w {}\n"
    result = format_bytes(b"workflow w { \xff }", "x.wf")
    assert result.text is None
    assert [problem.code for problem in result.diagnostics] == ["F-UNREADABLE"]


def test_warnings_keep_nobody_from_laying_out():
    """An unknown option is worth a warning, not a refusal."""
    result = format_text("workflow w { call a { retrys = 1 } }")
    assert result.text is not None
    assert [problem.code for problem in result.diagnostics] == ["W-UNKNOWN-KEY"]
