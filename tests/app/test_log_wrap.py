"""Long lines on several rows."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text
from textual.geometry import Offset
from textual.pilot import Pilot
from textual.selection import Selection

from flow_tui.app.widgets import log_line
from flow_tui.app.widgets.log_wrap import Place, folded, folded_at_words, moved
from tests.app.test_log_view import LogApp, drive


def test_a_line_comes_apart_where_the_row_ends():
    """Nothing is lost, and no wide character stands half on a row."""
    assert [(at, row.plain) for at, row in folded(log_line.text(b"abcdefgh"), 3)] == [
        (0, "abc"),
        (3, "def"),
        (6, "gh"),
    ]
    wide = folded(log_line.text("a日本語b".encode()), 4)
    assert [(at, row.plain) for at, row in wide] == [(0, "a日"), (2, "本語"), (4, "b")]
    assert [row.plain for _, row in folded(log_line.text(b""), 4)] == [""]
    assert [row.plain for _, row in folded(log_line.text("日本".encode()), 1)] == ["日", "本"]


@given(st.text("abc 日-", max_size=60), st.integers(2, 20))
def test_sentences_come_apart_behind_blanks(text: str, width: int):
    """Nothing is lost or doubled, every row fits, and only a word that is too wide for a row is broken."""
    rows = folded_at_words(Text(text), width)
    assert "".join(row.plain for _, row in rows) == text
    assert [at for at, _ in rows] == [sum(len(row.plain) for _, row in rows[:n]) for n in range(len(rows))]
    assert all(cell_len(row.plain.rstrip(" ")) <= width for _, row in rows)
    for _, row in rows[:-1]:
        first_word = row.plain.lstrip(" ").partition(" ")[0]
        assert row.plain.endswith(" ") or row.plain.lstrip(" ") == first_word


def test_moving_by_rows_stays_inside():
    """There and back again is the same place, and the ends hold."""
    lengths = [3, 1, 2]
    places = [Place(0, 0), Place(0, 1), Place(0, 2), Place(1, 0), Place(2, 0), Place(2, 1)]
    for begin, place in enumerate(places):
        for by in range(-8, 9):
            found = moved(place, by, lengths.__getitem__, 3)
            assert found[:2] == places[max(0, min(5, begin + by))][:2]
            assert found.beyond == max(0, begin + by - 5)


def test_wrapping_keeps_the_place_and_goes_by_rows():
    """Following shows the very end; turned off again, or made wider, the same text is at the top."""
    lines = [b"%03d" % number + b"x" * 62 + b"end" for number in range(1_000)]

    async def script(app: LogApp, pilot: Pilot[None]) -> None:
        await pilot.press("w")
        assert app.shown()[-2:] == ["999" + "x" * 37, "x" * 25 + "end"]
        app.grow(b"n" * 100)
        assert app.shown()[-1] == "n" * 20
        await pilot.press("k")
        assert (app.shown()[-1], app.view.follow) == ("n" * 40, False)
        await pilot.press("j", "j", "j")
        assert app.shown()[-1] == "n" * 20
        await pilot.press("k", "k")
        top = app.view._top()
        assert (app.shown()[0], top.row) == ("998" + "x" * 37, 0)
        await pilot.resize_terminal(81, 5)
        app.answer()
        assert app.shown()[0].startswith("998")
        await pilot.press("w")
        app.answer()
        assert "n" * 80 in app.shown()
        assert app.view.text.endswith("n" * 100)

    drive(lines, script)


def test_a_match_inside_of_wrapped_lines_is_shown_and_copied_whole():
    """Rows are only for the eye: what is selected is the line."""

    async def script(app: LogApp, pilot: Pilot[None]) -> None:
        await pilot.press("g", "w")
        app.answer()
        app.find("needle")
        await pilot.pause()
        assert "needle" in "".join(app.shown())
        part = Selection(Offset(38, 500), Offset(44, 500))
        assert app.view.get_selection(part) == ("needle", "\n")

    drive([*([b"y" * 90] * 500), b"y" * 38 + b"needle", *([b"y" * 90] * 500)], script)


def test_no_part_of_a_wrapped_line_is_under_the_scrollbar():
    """Words, wide characters, tabs: what the rows show adds up to the line, however they are divided."""
    lines = [b"a long line " * 9, "日本語の長い行です".encode() * 9, b"a\tb\tc\td\te\tf\tg\th"] * 30

    async def script(app: LogApp, pilot: Pilot[None]) -> None:
        await pilot.press("g", "w")
        app.answer()
        await pilot.pause()
        strips = [app.view.render_line(y) for y in range(8)]
        assert {strip.cell_length for strip in strips} == {40 - 1}
        assert app.view.show_vertical_scrollbar
        rows = [strip.text for strip in strips]
        assert "".join(rows[:3]).rstrip() == lines[0].decode().rstrip()
        assert "".join(row.strip() for row in rows[3:8]) == lines[1].decode()

    drive(lines, script, size=(40, 8))


def test_lines_of_a_megabyte_are_wrapped_a_piece_at_a_time():
    """Only what is on the screen is ever wrapped, and little of it is kept."""
    lines = [b"z" * 65_536] * 64

    async def script(app: LogApp, pilot: Pilot[None]) -> None:
        await pilot.press("w", "pageup", "pageup")
        assert app.shown() == ["z" * 40] * 5
        assert app.view._paint._rows <= 4_000

    drive(lines, script)
