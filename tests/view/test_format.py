"""Times, sizes and text in cells."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_tui.model.status import RunStatus, StepStatus
from flow_tui.view import format as fmt
from flow_tui.view.glyphs import ASCII, UNICODE, Glyphs, word


@pytest.mark.parametrize(
    ("seconds", "clock", "short"),
    [
        (0, "00:00", "0s"),
        (3.9, "00:03", "3s"),
        (41, "00:41", "41s"),
        (82, "01:22", "1m22s"),
        (3_723, "1:02:03", "1h02m"),
        (273_600, "3d 04:00:00", "3d04h"),
        (-5, "00:00", "0s"),
    ],
)
def test_lengths_of_time(seconds, clock, short):
    """A stopwatch for columns, two units where cells are few."""
    length = timedelta(seconds=seconds)
    assert (fmt.clock(length), fmt.short(length)) == (clock, short)


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 B"),
        (812, "812 B"),
        (1_024, "1.0 KiB"),
        (1_258_291, "1.2 MiB"),
        (2**41, "2.0 TiB"),
        (2**52, "4096.0 TiB"),
    ],
)
def test_sizes(count, said):
    """The unit fits the number."""
    assert fmt.size(count) == said


def test_shares():
    """Thousands apart on both sides."""
    assert (fmt.share(4, 11), fmt.share(1_204, 10_000)) == ("4/11", "1,204/10,000")


def test_counts():
    """Thousands apart, the noun in its number."""
    assert (fmt.counted(1, "line"), fmt.counted(1_204, "line"), fmt.number(1_204)) == (
        "1 line",
        "1,204 lines",
        "1,204",
    )


@pytest.mark.parametrize(("text", "cells"), [("abc", 3), ("日本", 4), ("e\u0301", 1), ("한a", 3), ("", 0)])
def test_cells(text, cells):
    """Wide characters take two, combining ones none."""
    assert fmt.width(text) == cells


@given(st.text(max_size=20), st.integers(0, 12))
def test_text_is_cut_to_its_cells(text, cells):
    """Nothing is ever wider than its column; what is filled up is exactly as wide."""
    assert fmt.width(fmt.cut(text, cells)) <= cells
    assert fmt.width(fmt.fit(text, cells)) == cells
    assert fmt.width(fmt.fit_right(text, cells)) == cells


def test_a_cut_is_said():
    """Where something is missing there is an ellipsis, and never half of a wide character."""
    assert (fmt.cut("日本語", 4), fmt.cut("abcdef", 4), fmt.cut("abc", 3)) == ("日…", "abc…", "abc")


def test_every_status_has_a_mark_of_one_cell_in_both_sets():
    """Columns stay straight whichever set is used, and no meaning hangs on a colour."""
    for glyphs in (UNICODE, ASCII):
        marks = [*(glyphs.step(s) for s in StepStatus), *(glyphs.run(s) for s in RunStatus)]
        assert all(fmt.width(mark) == 1 for mark in marks)
        assert all(fmt.width(getattr(glyphs, name)) == 1 for name in Glyphs.__dataclass_fields__)


def test_the_plain_set_is_plain():
    """A terminal without unicode gets none of it."""
    assert all(getattr(ASCII, name).isascii() for name in Glyphs.__dataclass_fields__)
    assert ASCII.translate("↻ 2/3 ♥ 3s ◷ 9s") == "@ 2/3 H 3s T 9s"
    assert UNICODE.translate("↻") == "↻"


def test_words_are_what_people_say():
    """The word beside the mark has no underscore."""
    assert (word(StepStatus.TIMED_OUT), word(RunStatus.RUNNING)) == ("timed out", "running")
