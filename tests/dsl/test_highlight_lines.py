"""Colours line by line: the same as of the whole text, whatever is changed in which order."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from flow_tui.dsl.highlight import Kind, parts
from flow_tui.dsl.highlight_lines import HighlightedLines

WORDS = (
    "workflow w {",
    "}",
    "call a { retries = 2",
    "// note",
    "",
    "  ",
    'run = "x {{y}} \\" z"',
    '"',
    "if a.b {",
    "inputs { n required",
    "do {",
    "= [a, b]",
    "timeout",
    "\t=",
    "script s",
    "\\",
    '\\"',
    "12 x.y",
)
LINES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=9)


def kinds(text: str) -> list[Kind]:
    """Return what each character is, of the whole text; line ends left out, and that one is escaped."""
    every = [kind for part in parts(text) for kind in [_plain(part.kind)] * (part.end - part.start)]
    return [kind for kind, letter in zip(every, text, strict=True) if letter != "\n"]


def _plain(kind: Kind) -> Kind:
    return Kind.STRING if kind is Kind.ESCAPE else kind


def by_line(found: HighlightedLines, count: int) -> list[Kind]:
    """Return the same, put together from the lines."""
    return [
        kind
        for at in range(count)
        for part in found.of(at)
        for kind in [_plain(part.kind)] * (part.end - part.start)
    ]


@given(LINES, st.lists(st.tuples(st.integers(0, 8), st.integers(0, 2), LINES, st.integers(0, 9)), max_size=4))
def test_lines_are_coloured_as_the_whole_text_is(
    lines: list[str], edits: list[tuple[int, int, list[str], int]]
) -> None:
    """After any edits, with any lines looked at in between."""
    found = HighlightedLines(lines)
    assert by_line(found, len(lines)) == kinds("\n".join(lines))
    for at, count, new, seen in edits:
        first = min(at, len(lines) - 1)
        lines[first : first + count] = new
        found.changed(first)
        found.of(min(seen, len(lines) - 1))
        assert by_line(found, len(lines)) == kinds("\n".join(lines))


def test_samples_are_coloured_as_a_whole_and_by_line_alike() -> None:
    """Every line of every sample."""
    for file in sorted(Path("sample_workflows").rglob("*.wf")):
        text = file.read_text("utf-8")
        lines = text.split("\n")
        assert by_line(HighlightedLines(lines), len(lines)) == kinds(text)
