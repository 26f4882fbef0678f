"""What is behind the editor: a text that loses nothing, rows that lead back to their lines, and typing."""

from hypothesis import given
from hypothesis import strategies as st
from textual.document._document import Selection

from flow_tui.app.writing import typing_help
from flow_tui.app.writing.notes import notes
from flow_tui.app.writing.shapes import shape_of
from flow_tui.app.writing.text import Rows, WrittenText
from flow_tui.diagnostics import Diagnostic, Span

LETTERS = st.text(st.sampled_from('ab {}"\t\r\x0c\u2028\x85漢❤\ufe0f\u0301\x1b\n'), max_size=30)


def place(text: str, offset: int) -> tuple[int, int]:
    """Return the line and the column of an offset."""
    before = text[:offset]
    return before.count("\n"), len(before) - (before.rfind("\n") + 1)


@given(LETTERS, st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), LETTERS), max_size=5))
def test_any_edits_leave_the_text_that_they_say(text: str, edits: list[tuple[int, int, str]]) -> None:
    """Lines end in a line feed only; what was taken out is handed back, so that it can be undone."""
    document = WrittenText(text)
    for one, other, new in edits:
        start, end = sorted((min(one, len(text)), min(other, len(text))))
        result = document.replace_range(place(text, start), place(text, end), new)
        assert result.replaced_text == text[start:end]
        text = text[:start] + new + text[end:]
        assert document.text == text
        assert result.end_location == place(text, start + len(new))


@given(st.integers(1, 12), st.dictionaries(st.integers(0, 11), st.integers(0, 3)))
def test_every_row_leads_to_its_line_and_back(count: int, heights: dict[int, int]) -> None:
    """With notes of any height below any lines."""
    rows = Rows(WrittenText("\n" * (count - 1)))
    heights = {line: height for line, height in heights.items() if line < count}
    rows.note(heights)
    expected = [(line, row) for line in range(count) for row in range(heights.get(line, 0) + 1)]
    assert rows.height == len(expected)
    assert [rows.at_row(row) for row in range(rows.height)] == expected
    assert [rows.row_of(line) for line in range(count)] == [
        expected.index((line, 0)) for line in range(count)
    ]


@given(LETTERS)
def test_every_character_is_found_again_at_its_cell(text: str) -> None:
    """Wide ones, tabs, and those that have no sign of their own."""
    line = text.replace("\n", "")
    shape = shape_of(line)
    for column in range(len(line) + 1):
        x = shape.x_of(column)
        assert shape.x_of(shape.column_at(x)) == x
    assert all(piece.isprintable() for piece in shape.pieces)


def test_notes_stand_below_what_they_are_about_and_fit() -> None:
    """A mark as wide as the place; words beside it, or below where there is no room."""
    span = Span(line=1, column=3, end_line=1, end_column=6)
    wrong = Diagnostic(code="X", message="this is not known", hint="write that", span=span)
    wide, narrow = (notes([wrong], ["  abc def"], width)[0] for width in (80, 24))
    assert [row.mark + row.text for row in wide] == ["  ~~~ this is not known", "  └ write that"]
    assert [row.mark + row.text for row in narrow] == ["  ~~~ this is not known", "  └ write that"]
    beyond = Diagnostic(code="X", message="word " * 60, span=Span(line=9, column=9, end_line=9, end_column=9))
    (rows,) = notes([beyond] * 4, ["a"], 30).values()
    assert rows[-1].text == "… and 2 more here"
    assert max(len(row.mark + row.text) for row in rows) <= 30


def test_lines_begin_where_they_belong() -> None:
    """Further inside a block that opens, back where it closes, and moved together."""

    def after(text: str, key: str, character: str | None = None) -> str | None:
        lines = text.split("\n")
        at = next((row, line.index("|")) for row, line in enumerate(lines) if "|" in line)
        lines = text.replace("|", "").split("\n")
        typed = typing_help.of_key(key, character, lines, Selection.cursor(at))
        if typed is None:
            return None
        document = WrittenText("\n".join(lines))
        end = document.replace_range(typed.start, typed.end, typed.text).end_location
        row, column = typed.cursor or end
        shown = document.lines
        shown[row] = f"{shown[row][:column]}|{shown[row][column:]}"
        return "\n".join(shown)

    assert after("do {|", "enter") == "do {\n  |"
    assert after("  do {|}", "enter") == "  do {\n    |\n  }"
    assert after("  call a|", "enter") == "  call a\n  |"
    assert after("    |", "right_curly_bracket", "}") == "  }|"
    assert after("a|", "right_curly_bracket", "}") is None
    assert after(" |a", "tab") == "  |a"
    assert after("    |a", "backspace") == "  |a"
    assert after("a|", "b", "b") is None
    moved = typing_help.indented(["a", "", "  b"], Selection((0, 0), (2, 1)), 1)
    assert (moved.text, moved.cursor) == ("  a\n\n    b", (2, 3))
    assert typing_help.indented(["\ta", " b"], Selection((0, 0), (1, 1)), -1).text == "a\nb"
