"""Whatever the text: an answer, no exception, and work that grows with the text."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flow_tui import limits
from flow_tui.diagnostics import Span, errors, excerpt
from flow_tui.dsl import mending, recovery, tokens
from flow_tui.dsl.machine import Machine
from flow_tui.dsl.parser import Parsed, parse, parse_bytes
from tests.conftest import PROFILE
from tests.definitions import definitions, near_definitions
from tests.dsl.table import CASES
from tests.dsl.test_recovery import SOUND

NIGHTLY = PROFILE == "nightly"
thoroughly = settings(max_examples=100_000 if NIGHTLY else 200)
patiently = pytest.mark.timeout(10_800 if NIGHTLY else 240)

MENDED_A_TOKEN = 2
"""So often at most something is done about one token."""
ASKED_A_TOKEN = 60
"""So often at most the tables are asked for one token."""

VALID = [case.source for case in CASES if "ok" in case.says]
LINES = SOUND.splitlines(keepends=True)
SLIPS = st.sampled_from(
    [
        *(
            '"',
            "{",
            "}",
            "[",
            "]",
            ";",
            ":",
            "=",
            "'",
            "\n",
            "//",
            "#",
            "--",
            "/*",
            "else",
            "if",
            "not",
            "&&",
        ),
        *(
            "5m",
            "é",
            "\0",
            "\\",
            ",",
            ".",
            "call",
            "workflow",
            "parallel",
            "while a.b",
            "\u201cx\u201d",
            "=>",
        ),
    ]
)


PIECES = [
    *sorted(tokens.KEYWORDS),
    *tokens.PUNCTUATION,
    *(
        "a",
        "b-2",
        "continue",
        "true",
        "5",
        "007",
        "4294967296",
        '"x"',
        '"a/b.md"',
        '"',
        "\\",
        "//",
        "\n",
        ";",
        "é",
    ),
    *("max_iterations", "run", "with", "timeout", "over", "env", "if", "source", "threshold"),
]


def inside(span: Span, source: str) -> bool:
    """Say whether a span points into a text."""
    lines = source.removeprefix("\ufeff").split("\n")
    begins = 1 <= span.line <= len(lines) and 1 <= span.column <= len(lines[span.line - 1]) + 1
    ends = 1 <= span.end_line <= len(lines) and 1 <= span.end_column <= len(lines[span.end_line - 1]) + 1
    return begins and ends and (span.line, span.column) <= (span.end_line, span.end_column)


def holds(parsed: Parsed, source: str) -> None:
    """Assert what holds for every answer."""
    assert (parsed.workflow is None) == bool(errors(parsed.diagnostics))
    places = [problem.span for problem in parsed.diagnostics]
    assert places == sorted(places)
    assert not errors(parsed.diagnostics) or len(places) <= limits.DIAGNOSTICS_SHOWN
    for problem in parsed.diagnostics:
        assert inside(problem.span, source), problem
        assert problem.message
        assert "\n" not in problem.message + problem.hint
        assert "\0" not in problem.message + problem.hint
        assert problem.code.startswith(("L-", "P-", "W-", "F-"))
        assert excerpt(problem, source)
    if parsed.workflow is not None:
        assert json.loads(json.dumps(parsed.workflow.as_json()))["name"] == parsed.workflow.name


@pytest.fixture(scope="module")
def work():
    """Count what is done about mistakes, and how often the tables are asked."""
    counts = {"mended": 0, "asked": 0}
    mend, fits = mending.mend, Machine.fits

    def counting_mend(stretch):
        counts["mended"] += 1
        mend(stretch)

    def counting_fits(self, kind, height=None):
        counts["asked"] += 1
        return fits(self, kind, height)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recovery, "mend", counting_mend)
        patch.setattr(Machine, "fits", counting_fits)
        yield counts


def answered(source: str, work: dict[str, int]) -> None:
    """Assert that there is an answer, and that it took no more work than the text is worth."""
    work["mended"] = work["asked"] = 0
    holds(parse(source, "x.wf"), source)
    words = len(tokens.lex(tokens.Lines(source)).tokens) + 1
    assert work["mended"] <= MENDED_A_TOKEN * words
    assert work["asked"] <= ASKED_A_TOKEN * words


@patiently
@thoroughly
@given(st.text() | st.text(st.characters(codec=None)))
def test_any_text_is_answered(work, source):
    """Half characters and NULs are refused, not passed on."""
    answered(source, work)


@patiently
@thoroughly
@given(st.lists(st.sampled_from(PIECES), max_size=40), st.sampled_from(["", " "]))
def test_any_row_of_words_is_answered(work, pieces, glue):
    """Words of the language in any order are explained."""
    answered("workflow w { " + glue.join(pieces) + " }", work)


@patiently
@thoroughly
@given(st.sampled_from(VALID), st.data())
def test_a_changed_definition_is_answered(work, source, data):
    """A word too many, too few or misplaced in a definition of one line is explained."""
    lexed = tokens.lex(tokens.Lines(source.removeprefix("\ufeff")))
    words = [source.removeprefix("\ufeff")[token.start : token.end] for token in lexed.tokens]
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(words) - 1))
        match data.draw(st.sampled_from(["drop", "double", "replace", "insert", "cut"])):
            case "drop":
                del words[at]
            case "double":
                words.insert(at, words[at])
            case "replace":
                words[at] = data.draw(st.sampled_from(PIECES))
            case "insert":
                words.insert(at, data.draw(st.sampled_from(PIECES)))
            case _:
                del words[at:]
        if not words:
            break
    answered(" ".join(words), work)


@patiently
@thoroughly
@given(definitions())
def test_every_sound_definition_is_one(source):
    """Whatever its order, its blanks and its comments."""
    parsed = parse(source, "x.wf")
    holds(parsed, source)
    assert parsed.workflow is not None, parsed.diagnostics


@patiently
@thoroughly
@given(near_definitions())
def test_a_nearly_sound_text_is_answered(work, source):
    """Words too many, too few, or in the wrong place."""
    answered(source, work)


@patiently
@thoroughly
@given(st.lists(st.tuples(st.integers(0, len(SOUND)), st.integers(0, 3), SLIPS), max_size=8))
def test_a_file_with_slips_of_the_pen_is_answered(work, slips):
    """Something is typed over, in several places of a file of many lines."""
    source = SOUND
    for at, length, text in slips:
        source = source[:at] + text + source[at + length :]
    answered(source, work)


@patiently
@thoroughly
@given(st.lists(st.sampled_from(LINES) | SLIPS.map(lambda slip: slip + "\n"), max_size=60))
def test_lines_in_any_order_are_answered(work, lines):
    """Blocks are opened and closed anywhere."""
    answered("".join(lines), work)


@patiently
@thoroughly
@given(st.binary())
def test_any_bytes_are_answered(data):
    """What is not text is unreadable; anything else is a text like another."""
    holds(parse_bytes(data, "x.wf"), data.decode("utf-8", "replace"))


@patiently
@thoroughly
@given(st.lists(st.sampled_from([*range(256)]), max_size=300).map(bytes), st.integers(0, len(SOUND)))
def test_bytes_in_a_sound_file_are_answered(data, at):
    """A file that was damaged on its way."""
    damaged = SOUND[:at].encode() + data[:20] + SOUND[at:].encode()
    holds(parse_bytes(damaged, "x.wf"), damaged.decode("utf-8", "replace"))
