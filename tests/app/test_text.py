"""The one door from text to widget, and the filter behind it."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color

from flow_tui.app.text import ControlFilter, lines, plain, short

BLACK = Color(0, 0, 0)
HOSTILE = "\x1b]52;c;aGk=\x07\x9b31m\u202e[/][@click=app.quit]x[/]"


def test_text_is_never_markup() -> None:
    """Brackets are shown as they are, without a span and without an action."""
    for content in (plain("[@click=app.quit]x[/]"), short("[/]"), lines("[b]x\n[/]")):
        assert not content.spans
    assert plain("[@click=app.quit]x[/]").plain == "[@click=app.quit]x[/]"


def test_what_acts_is_shown_instead() -> None:
    """ESC, C1 and direction marks become visible."""
    for content in (plain(HOSTILE), short(HOSTILE), lines(HOSTILE)):
        assert not set("\x1b\x07\x9b\u202e") & set(content.plain)


def acts(character: str) -> bool:
    """Say whether a terminal or a reader could be fooled by it."""
    code = ord(character)
    return (
        code < 0x20 or 0x7F <= code < 0xA0 or code in range(0x202A, 0x202F) or code in range(0x2066, 0x206A)
    )


@given(st.text())
def test_the_filter_lets_nothing_through_and_keeps_the_width(text: str) -> None:
    """Whatever was forgotten on the way in, the painted line is as wide as planned and does nothing."""
    (segment,) = ControlFilter().apply([Segment(text)], BLACK)
    assert not any(map(acts, segment.text))
    assert cell_len(segment.text) == cell_len(text)


def test_the_filter_drops_control_segments() -> None:
    """A segment that is itself a control code is not painted."""
    segments = [Segment("a"), Segment("\x1b[2J", None, ((1,),)), Segment("b")]  # type: ignore[arg-type]
    assert "".join(s.text for s in ControlFilter().apply(segments, BLACK)) == "ab"


def test_ordinary_lines_pass_untouched() -> None:
    """The common case costs no copy."""
    segments = [Segment("✓ plan ▶ 測試")]
    assert ControlFilter().apply(segments, BLACK) is segments
