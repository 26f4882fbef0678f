"""What runs again: the order of the walk, and the choice of steps."""

from hypothesis import given
from hypothesis import strategies as st

from flow_tui.model.ids import StepPath
from flow_tui.model.resuming import around, place

_parts = st.builds(
    lambda index, turn: f"{index}#{turn}" if turn else str(index), st.integers(0, 12), st.integers(0, 11)
)
paths = st.lists(_parts, min_size=1, max_size=4).map("/".join).map(StepPath)


def test_steps_follow_each_other_as_numbers_do_and_clean_up_comes_last():
    """Ten comes after two, a pass after the one before, and ``always`` after the body."""
    inner = ["0", "1", "1/0", "1/on_fail", "2#1/0", "2#1/1", "2#2/0", "2#10/0", "3", "10", "always/0"]
    assert sorted(inner, key=lambda path: place(StepPath(path))) == inner


@given(path=paths)
def test_what_is_around_a_step_comes_before_it(path):
    """A block begins before what is written inside of it."""
    assert all(place(node) <= place(path) for node in around(path))


def test_what_is_around_a_step_is_named_with_its_pass():
    """A loop is found at its own place, whatever the pass."""
    assert around(StepPath("1/4#2/0#3/5")) == {"1/4#2/0": 3, "1/4": 2, "1": 0}
