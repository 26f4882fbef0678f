"""Text from outside cannot act on a terminal, nor hide from its reader."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flow_tui.sanitize import (
    SgrRun,
    line,
    plain_log_line,
    settled,
    settled_start,
    sgr_runs,
    visible,
    visible_lines,
)
from tests.payloads import acting

HOSTILE = st.one_of(
    st.characters(),
    st.characters(categories=("Cc", "Cf", "Cs", "Zl", "Zp")),
    st.sampled_from("\x1b\x9b\r\n\t\x08\x7f[]mM;:0318\ufeff\U000e0041\ufdd0\U0010ffff"),
)
TEXTS = st.text(HOSTILE, max_size=40)
SEQUENCES = st.sampled_from(
    [
        *(b"\x1b[", b"\x1b[31m", b"\x1b[1;38;5;9m", b"\x1b[0m", b"\x1b[2J", b"\x1b[38:2::1:2:3m", b"\x1b[9"),
        *(b"\x1b]0;t\x07", b"\x1b]52;c;YQ==\x1b\\", b"\x1bP1$r\x1b\\", b"\x1b_x", b"\x1bc"),
        *(b"\x1b[201~", b"\x1b[?1049h", b"\x9b31m", b"\xc2\x9b31m", b"\xe2\x80\xae"),
        *(b"\r", b"\x08", b"\t", b"\n", b"text", b"\xff", b"\x00", b"m"),
    ]
)
OUTPUT = st.lists(st.one_of(SEQUENCES, st.binary(max_size=5)), max_size=16).map(b"".join)


def harmless(text: str, also: str = "") -> bool:
    """Say whether nothing in a text acts or hides, but for the characters named."""
    return not acting(text, also)


def printable_on_one_line(text: str) -> bool:
    """Say whether a text can be written to any terminal, byte by byte, and stays on its line."""
    encoded = text.encode()  # fails for half a character
    return not any(byte < 0x20 or byte == 0x7F for byte in encoded)


@given(TEXTS)
def test_visible_text_stays_on_its_line_and_does_nothing(text):
    """Whatever comes in, no control, bidi, invisible or broken character comes out."""
    shown = visible(text)
    assert harmless(shown)
    assert printable_on_one_line(shown)
    assert visible(shown) == shown


@given(TEXTS)
def test_visible_lines_keep_lines_and_tabs_and_nothing_else(text):
    """The rest is as harmless as on one line."""
    shown = visible_lines(text)
    assert harmless(shown, "\n\t")
    assert visible_lines(shown) == shown
    assert shown.count("\t") == text.count("\t")
    assert shown.count("\n") == text.count("\n")


@given(TEXTS, st.integers(1, 60))
def test_a_field_is_one_line_of_limited_length(text, limit):
    """What does not fit ends in an ellipsis."""
    shown = line(text, limit)
    assert harmless(shown)
    assert len(shown) <= limit
    assert shown == line(text, 10_000) or shown.endswith("…")


@given(OUTPUT)
@example(b"\x1b[31")
@example(b"\x1b[31mred\r\x1b[0m")
def test_a_line_of_output_does_nothing(data):
    """Styled or plain, it says the same, and no escape sequence survives."""
    runs = sgr_runs(data)
    plain = plain_log_line(data)
    assert "".join(run.text for run in runs) == plain
    assert harmless(plain)
    assert printable_on_one_line(plain)
    assert all(run.text for run in runs)
    assert all(first.codes != second.codes for first, second in pairwise(runs))


@given(st.lists(st.integers(0, 120), max_size=12))
def test_styles_are_shown_by_their_shortest_codes(codes):
    """Giving a run's codes to a terminal yields that very style again."""
    sequence = "\x1b[" + ";".join(map(str, codes)) + "m"
    (run,) = sgr_runs(f"{sequence}x".encode())
    again = "\x1b[" + ";".join(map(str, run.codes)) + "m"
    assert sgr_runs(f"{again}x".encode()) == [run]
    assert len(run.codes) <= 16


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("grüße 漢字 😀", "grüße 漢字 😀"),
        ("⚠\ufe0f", "⚠\ufe0f"),
        ("\x1b]52;c;YQ==\x07", "␛]52;c;YQ==␇"),
        ("a\nb\tc\rd\x00", "a␊b␉c␍d␀"),
        ("\x7f\x9b\x85", "␡\\x9b\\x85"),
        ("abc\u202etxt.exe", "abc\\u202etxt.exe"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("\U000e0041\ud800\ufffe\U0001ffff", "\\U000e0041\\ud800\\ufffe\\U0001ffff"),
        ("soft\u00adhyphen \u2066x\u2069 \u061c", "soft\\xadhyphen \\u2066x\\u2069 \\u061c"),
    ],
)
def test_what_acts_becomes_what_can_be_read(text: str, shown: str):
    """Ordinary text of any language is left as it is."""
    assert visible(text) == shown


def test_lines_of_a_text_stay_lines():
    """Also those of a text with carriage returns at the ends."""
    assert visible_lines("a\r\n\tb\rc\x1b\n") == "a\n\tb␍c␛\n"


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("one\r\ntwo\tthree\n", 200, "one two three "),
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abcde…"),
        ("\x1b" * 9, 4, "␛␛␛…"),
        ("\u202e", 3, "\\u…"),
        ("a\u2028b\x85c\x0bd", 200, "a b c d"),
        ("x" * 1_000_000, 3, "xx…"),
        ("\r\n" * 6, 6, "      "),
    ],
)
def test_a_field_has_spaces_for_breaks(text: str, limit: int, shown: str):
    """However long the text was."""
    assert line(text, limit) == shown


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"10%\r 20%\r100%\r\n", "100%"),
        (b"10%\r100%", "100%"),
        (b"crlf\r\n", "crlf"),
        (b"N\x08NA\x08AM\x08M", "NAM"),
        (b"\x08\x08ab\x08\x08\x08c", "cb"),
        (b"c\x08\x08\n", "c"),
        (b"|\x08/\x08-\x08", "-"),
        (b"50%\x08\x08\x08100%", "100%"),
        (b"ab\x08\r\x08c", "c"),
        (b"\x1b[1mbo\x1b[0mld\x08\x08\x08\x08t", "told"),
        (b"a\tb\t\x1b[31mc", "a       b       c"),
        (b"\x1b]0;title\x07x", "␛]0;title␇x"),
        (b"\x1b[2J\x1b[H", "␛[2J␛[H"),
        (b"\x1b[31", "␛[31"),
        (b"\x1b[" + b"1;" * 100 + b"m", "␛[" + "1;" * 100 + "m"),
        (b"\xff\xfe \xc3\xa9", "\\xff\\xfe é"),
        (b"\xc2\x9b31m", "\\x9b31m"),
        (b"a\nb\n", "a␊b"),
        (b"[/][@click=app.quit]x[/]", "[/][@click=app.quit]x[/]"),
        (b"", ""),
    ],
)
def test_a_line_of_output_reads_as_a_person_saw_it_last(data: bytes, shown: str):
    """Progress displays show their last state; colours are gone; other sequences are shown, not obeyed."""
    assert plain_log_line(data) == shown


@pytest.mark.parametrize(
    ("data", "runs"),
    [
        (b"plain", [((), "plain")]),
        (b"\x1b[1;31mred\x1b[0m or \x1b[32mgreen", [((1, 31), "red"), ((), " or "), ((32,), "green")]),
        (b"\x1b[1m\x1b[4mboth\x1b[22mone\x1b[24m", [((1, 4), "both"), ((4,), "one")]),
        (b"\x1b[38;5;208;48;2;1;2;3mx", [((38, 5, 208, 48, 2, 1, 2, 3), "x")]),
        (b"\x1b[38:2::1:2:3mx", [((38, 2, 1, 2, 3), "x")]),
        (b"\x1b[38:5:9mx", [((38, 5, 9), "x")]),
        (b"\x1b[4:3mx\x1b[4:0my", [((4,), "x"), ((), "y")]),
        (b"\x1b[38;5mx", [((), "x")]),
        (b"\x1b[38;2;999;0;0mx", [((), "x")]),
        (b"\x1b[31;44mx\x1b[39my\x1b[49mz", [((31, 44), "x"), ((44,), "y"), ((), "z")]),
        (b"\x1b[mx\x1b[97;107my", [((), "x"), ((97, 107), "y")]),
        (b"\x1b[8;5mhidden", [((), "hidden")]),
        (b"\x1b[31mold\rnew", [((31,), "new")]),
        (b"\x1b[31m\x1b[0m", []),
        (b"\x1b[7;3;9;2mx\x1b[27;23;29;22my", [((2, 3, 7, 9), "x"), ((), "y")]),
    ],
)
def test_only_colours_and_emphasis_become_styles(data: bytes, runs):
    """Nothing can be hidden by a style, and half a sequence has no effect."""
    assert sgr_runs(data) == [SgrRun(*run) for run in runs]


def test_a_very_long_line_is_done_in_one_go():
    """Sixty-four kibibytes of the worst that a program can print."""
    for unit in (
        b"\x1b",
        b"\x1b[",
        b"\x08",
        b"\r",
        b"\t",
        b"a\x08",
        b"\x1b[1m",
        b"\x1b[1;",
        b"\xff",
        b"\xe2\x80\xae",
    ):
        shown = plain_log_line(unit * (64 * 1024 // len(unit)))
        assert harmless(shown)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"12%\r\x1b[K48%\r\x1b[K", ""),
        (b"12%\r\x1b[K48%", "48%"),
        (b"\x1b[?25l12%\x1b[2K\x1b[1G48%\x1b[?25h", "48%"),
        (b"12%\x1b[G\x1b[0K\x1b[32mdone\x1b[0m", "done"),
        (b"12%\x1b[2Kx", "x"),
        (b"abc\x08\x08\x1b[Kd", "ad"),
        (b"done\x1b[1G", "done"),
        (b"48%\r\x1b[31m", "48%"),
        (b"a\x1b[1Kb\x1b[5Gc\x1b[2Jd\x1b[?1049h", "a␛[1Kb␛[5Gc␛[2Jd␛[?1049h"),
    ],
)
def test_what_a_progress_display_does_to_its_line_leaves_the_last_state(data, expected):
    """Erasing, going to the first column and hiding the cursor have their effect; nothing else has."""
    assert plain_log_line(data) == expected


def test_a_line_that_was_begun_anew_is_told_as_it_was_last() -> None:
    """Line by line; a carriage return at the end of a line begins nothing."""
    assert settled("0%\r5%\r100%\r\na\rb\nplain\n") == "100%\nb\nplain\n"


def test_of_a_text_that_was_cut_off_no_half_value_is_shown():
    """The number that was being painted when no more was kept was never on any screen."""
    assert settled_start("a\rprogress 10%\rprogress 1", 24) == "progress 10%"
    assert settled_start("a\rprogress 10%\rprogress 1", 99) == "progress 1"
    assert settled_start("a\rb\nlast lin", 12) == "b\nlast lin"
    assert settled_start("plain", 5) == "plain"
