"""Lengths of time read as people write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_tui import limits
from flow_tui.dsl import durations


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("90", 90_000),
        ("+5m", 300_000),
        ("2h", 7_200_000),
        ("5ms", 5),
        ("1d", 86_400_000),
        (" 5m ", 300_000),
        ("00", 0),
    ],
)
def test_digits_with_a_unit_are_a_length(text, milliseconds):
    """Without a unit they are seconds."""
    assert durations.parse(text) == timedelta(milliseconds=milliseconds)


@pytest.mark.parametrize(
    "text",
    ["", "m", "1h30m", "1.5h", "5M", "5 m", "-5", "1_0", "٣", "366d", "9" * 5_000, "5124095576030431h"],
)
def test_everything_else_is_refused_with_a_reason(text):
    """So is a length beyond the longest."""
    with pytest.raises(ValueError, match=r"is not a duration|is longer than 365d"):
        durations.parse(text)


@given(st.integers(0, limits.LONGEST // timedelta(milliseconds=1)))
def test_what_is_shown_reads_back_the_same(milliseconds):
    """Showing loses nothing."""
    length = timedelta(milliseconds=milliseconds)
    assert durations.parse(durations.show(length)) == length
