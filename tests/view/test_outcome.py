"""How a run, and a step, is told to have ended."""

import pytest

from flow_tui.view import outcome

INSIDE = "workflow 'item' failed: step 'work' failed after 1 attempt: script 'work' exited with code 3"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (f"{INSIDE}\nfirst\nboom in 7\n", "exit 3  boom in 7  (work)"),
        (f"workflow 'w' failed: step 'item' failed after 2 attempts: {INSIDE}", "exit 3  (work)"),
        ("script 'work' exited with code 1", "exit 1"),
        ("script 'work' was ended by SIGKILL\nhalf", "was ended by SIGKILL  half"),
        ("exit 1\na.py:8: no such name\nb.py:9: nor this\n2 errors", "exit 1  a.py:8: no such name"),
        ("no such file", "no such file"),
        ("workflow 'item' failed: ", "workflow 'item' failed:"),
        ("", ""),
    ],
)
def test_what_failed_steps_do_not_have_in_common_comes_first(error: str, told: str) -> None:
    """What is around the failure, and its kind, stand elsewhere."""
    assert outcome.told_apart(error) == told
