"""What agents have used up, in words."""

import pytest

from flow_tui.view.usage import told


@pytest.mark.parametrize(
    ("metrics", "words"),
    [
        ({}, ""),
        ({"duration_ms": 12.0}, ""),
        ({"num_turns": 1, "input_tokens": 999}, "1 turn, 999 tokens in"),
        (
            {"input_tokens": 1_000, "cache_read_input_tokens": 11_340, "output_tokens": 5},
            "12.3k tokens in, 5 out",
        ),
        ({"output_tokens": 999_949, "cost_usd": 0.0004}, "999.9k out, $0.0004"),
        ({"input_tokens": 999_950, "cost_usd": 12.3456}, "1.00M tokens in, $12.35"),
    ],
)
def test_turns_tokens_and_cost_are_told_in_a_few_words(metrics: dict[str, float], words: str) -> None:
    """What is not known is left out; what came from a cache was read, too."""
    assert told(metrics) == words
