"""Finding by a few letters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_tui.view.fuzzy import score


@pytest.mark.parametrize(
    ("query", "better", "worse"),
    [
        ("dep", "deploy", "independent"),
        ("dep", "independent", "d-e-p"),
        ("docs", "deploy-docs", "deadlocks"),
        ("dd", "deploy-docs", "deepest depths of deadwood"),
        ("DEPLOY", "deploy", "deploy-docs"),
    ],
)
def test_what_fits_better_comes_first(query: str, better: str, worse: str) -> None:
    """As it was typed before letters apart, at the beginning of a word before inside, short before long."""
    good, poor = score(query, better), score(query, worse)
    assert good is not None
    assert poor is None or good > poor


def test_every_word_has_to_be_found_somewhere() -> None:
    """In whichever text; the first text counts most."""
    assert score("rel build", "deploy", "Build and test", "release") is not None
    assert score("rel nothing", "deploy", "Build and test", "release") is None
    assert (score("x", "x", "y") or 0) > (score("x", "y", "x") or 0)
    assert score("", "anything") == 0


@given(st.text(max_size=30), st.text(max_size=400))
def test_letters_taken_out_of_a_text_find_it(text: str, noise: str) -> None:
    """In their order, whatever stands between; and any query on any text has an answer."""
    query = "".join(text[::2].split())
    assert score(query, text) is not None or any(len(part.casefold()) != len(part) for part in text)
    assert score(noise, text) is None or score(noise, text) is not None
