"""What was probably meant is said, and nothing where nobody can know."""

import pytest

from flow_tui.dsl.words import listed, nearest


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("biuld", ["build"], "build"),
        ("retry", ["retries", "on_fail"], "retries"),
        ("retry", ["retry_backoff", "retry_delay", "retries"], "retries"),
        ("max_iter", ["on_max_iter", "max_iterations"], "max_iterations"),
        ("work-tree", ["worktree"], "worktree"),
        ("Build", ["build"], "build"),
        ("'x'", ["x", "y"], "x"),
        ("deplyo", ["deploy", "deploys"], "deploy"),
        ("human_aproval", ["human_review", "human_approval"], "human_approval"),
        ("slack", ["shell", "stack-trace"], ""),
        ("moon", ["worktree", "repo"], ""),
        ("fail", ["fix", "file-issue"], ""),
        ("yes", ["true", "no"], ""),
        ("a", ["b"], ""),
        ("ab", ["ac"], ""),
        ("--", ["__"], ""),
        ("", ["a"], ""),
        ("x" * 101, ["x" * 100], ""),
    ],
)
def test_only_a_word_that_is_near_was_meant(word, known, meant):
    """A slip or two, another case, another joint, another ending; never a word that merely looks alike."""
    assert nearest(word, known) == meant


def test_a_list_of_words_ends_somewhere():
    """What is left out is counted."""
    assert listed(["a", "b", "a"]) == "a, b"
    assert listed(str(number) for number in range(10)) == "0, 1, 2, 3, 4, 5, 6, 7 and 2 more"
