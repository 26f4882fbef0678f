"""Names of runs and of places in a plan."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_tui.model import ids
from flow_tui.model.ids import ROOT, RunId, StepPath
from tests.strategies import paths


@pytest.mark.parametrize(
    ("path", "parent", "plain", "depth", "number", "turns"),
    [
        ("3", "", "3", 0, 0, ()),
        ("3/0", "3", "3/0", 1, 0, ()),
        ("4#2/1", "4#2", "4/1", 1, 2, (2,)),
        ("4#2/1#10/0", "4#2/1#10", "4/1/0", 2, 10, (2, 10)),
        ("4#2", "", "4", 0, 2, (2,)),
        ("always/0", "always", "always/0", 1, 0, ()),
        ("", "", "", 0, 0, ()),
    ],
)
def test_a_path_says_where_it_is(path, parent, plain, depth, number, turns):
    """Around what, in which turn, how deep."""
    there = StepPath(path)
    assert ids.parent(there) == parent
    assert ids.without_passes(there) == plain
    assert ids.depth(there) == depth
    assert ids.pass_of(there) == number
    assert ids.passes_of(there) == turns


@given(paths(), st.integers(0, 99))
def test_a_child_is_inside_its_parent(path, index):
    """Down and up again is where one was."""
    assert ids.parent(ids.child(path, index)) == path
    assert ids.parent(ids.child(ROOT, index)) == ROOT


@given(paths(), st.integers(1, 99))
def test_a_pass_is_the_same_place_in_the_plan(path, number):
    """The turn is read off the path and disappears from the plan."""
    turn = ids.loop_pass(path, number)
    assert ids.pass_of(turn) == number
    assert ids.passes_of(turn) == (*ids.passes_of(path), number)
    assert ids.without_passes(ids.child(turn, 0)) == ids.without_passes(ids.child(path, 0))


def test_people_call_a_run_by_its_end():
    """The last four characters, in small letters."""
    assert ids.short(RunId("01JGMEZN00000000000000RUN1")) == "#run1"


@given(paths())
def test_a_file_name_is_safe(path):
    """No separators, nothing a shell or a file system reads."""
    assert not set(ids.file_name(path)) & set("/#\\ \0")
