"""``foreach`` over every combination of some lists."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_tui.errors import ActionError
from tests.providers.asking import asked, nothing_started

AXES = {"os": "linux, mac", "python": "3.11, 3.12"}


def cells(scope, **filters):
    """Return how the items of a matrix are shown."""
    return [item.ref for item in asked("matrix", scope=scope, launcher=nothing_started(), **filters)[0]]


def test_every_combination_is_an_item() -> None:
    """The last list changes fastest; an item is known by its values and hands each of them over."""
    items, edges = asked("matrix", scope=AXES, launcher=nothing_started())
    assert [item.id for item in items] == [
        "os=linux,python=3.11",
        "os=linux,python=3.12",
        "os=mac,python=3.11",
        "os=mac,python=3.12",
    ]
    assert items[1].context == {"os": "linux", "python": "3.12"}
    assert edges == []


def test_combinations_can_be_chosen_and_left_out() -> None:
    """One of the values is enough to name all combinations that have it."""
    assert cells(AXES, skip="os=mac python=3.11") == ["linux 3.11", "linux 3.12", "mac 3.12"]
    assert cells(AXES, match="os=mac, python=3.12") == ["linux 3.12", "mac 3.11", "mac 3.12"]
    assert cells(AXES, match="os=mac", skip="os=mac") == []


@pytest.mark.parametrize(
    ("scope", "filters", "reason"),
    [
        (None, {}, "the scope holds no lists"),
        ({"os": " , "}, {}, "the list 'os' is empty"),
        ({"id": "a"}, {}, "cannot be called 'id'"),
        ({f"a{n}": "1,2,3,4,5,6,7,8,9,10" for n in range(6)}, {}, "1,000,000 combinations are more than"),
        (AXES, {"skip": "oss=mac"}, "with a name of os, python"),
        (AXES, {"skip": "mac"}, "is not written NAME=VALUE"),
        (AXES, {"match": "os=win"}, "'os' is never 'win'"),
    ],
)
def test_what_is_no_matrix_is_refused(scope, filters, reason) -> None:
    """Before anything is made of it, however large it would be."""
    with pytest.raises(ActionError, match=reason):
        cells(scope, **filters)


words = st.lists(st.text("abcd", min_size=1, max_size=3), min_size=1, max_size=5, unique=True)


@given(st.dictionaries(st.text("xyz", min_size=1, max_size=3), words, min_size=1, max_size=4))
def test_a_matrix_has_each_combination_once(axes) -> None:
    """As many as the lengths of the lists multiplied, all different."""
    scope = {name: ", ".join(values) for name, values in axes.items()}
    items, _ = asked("matrix", scope=scope, launcher=nothing_started())
    size = 1
    for values in axes.values():
        size *= len(values)
    assert len({item.id for item in items}) == len(items) == size
