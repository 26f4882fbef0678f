"""Where something is, as editors count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_tui.lsp.positions import Positions

TEXTS = st.text(st.sampled_from("a é船🚢\r\n\u2028\x0b\ud800"), max_size=30)
ENCODINGS = st.sampled_from(["utf-8", "utf-16", "utf-32"])


@pytest.mark.parametrize(("encoding", "units"), [("utf-8", 7), ("utf-16", 3), ("utf-32", 2), ("other", 3)])
def test_units_are_counted_as_the_editor_asks(encoding: str, units: int) -> None:
    """A ship is one character, two units of UTF-16 and four bytes; anything unknown is UTF-16."""
    positions = Positions("x\n船🚢!", encoding)
    assert positions.place(4) == (1, units)
    assert positions.offset(1, units) == 4


@given(TEXTS, ENCODINGS, st.integers(-2, 40))
def test_there_and_back_again(text: str, encoding: str, offset: int) -> None:
    """Every offset has a place, and that place is where it was; between CR and LF nothing is."""
    positions = Positions(text, encoding)
    inside = max(0, min(offset, len(text)))
    expected = inside - 1 if text[inside - 1 : inside + 1] == "\r\n" and inside else inside
    assert positions.offset(*positions.place(offset)) == expected


@given(TEXTS, ENCODINGS, st.integers(-1, 12), st.integers(-1, 40))
def test_any_place_is_one_in_the_text(text: str, encoding: str, line: int, character: int) -> None:
    """Also one behind the end of a line, or of the text."""
    offset = Positions(text, encoding).offset(line, character)
    assert 0 <= offset <= len(text)


def test_only_line_breaks_of_editors_end_lines() -> None:
    """CR, LF and both; not what else Unicode knows."""
    positions = Positions("a\rb\nc\r\nd\u2028e\x0bf")
    assert [positions.place(at)[0] for at in (0, 2, 4, 7, 9, 11)] == [0, 1, 2, 3, 3, 3]
