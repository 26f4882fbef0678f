"""What the quick ``dataclass`` makes cannot be told from what the standard library makes."""

import dataclasses
from collections.abc import Callable
from copy import deepcopy
from dataclasses import field
from typing import Any

import pytest

from flow_tui import dataclass as quick

MAKERS = [pytest.param(dataclasses.dataclass, id="standard"), pytest.param(quick.dataclass, id="quick")]
each_maker = pytest.mark.parametrize("make", MAKERS)
Make = Callable[..., Any]


def frozen_point(make: Make) -> Any:
    """Return a value of two numbers and what does not count."""

    @make(frozen=True, slots=True, kw_only=True)
    class Point:
        """Somewhere."""

        x: int
        y: int = 0
        seen: list[int] = field(default_factory=list, compare=False, repr=False)

    return Point


@each_maker
def test_a_frozen_class_is_made_compared_hashed_and_shown(make: Make) -> None:
    """Defaults, factories, and fields that do not count work from the first instance on."""
    point = frozen_point(make)
    one, same, other = point(x=1), point(x=1, seen=[4]), point(x=1, y=2)
    assert one == same
    assert one != other
    assert one != 1
    assert hash(one) == hash(same)
    assert {one, same, other} == {one, other}
    assert repr(one).endswith("Point(x=1, y=0)")
    assert (one.seen, same.seen) == ([], [4])
    assert point(x=1).seen is not one.seen


@each_maker
def test_a_class_without_fields_is_made_however_often(make: Make) -> None:
    """What has nothing to set is no exception."""

    @make(frozen=True, slots=True, kw_only=True)
    class Nothing:
        """Says all it has to say by being there."""

    assert {Nothing() for _ in range(3 * quick.FEW)} == {Nothing()}
    with pytest.raises(TypeError):
        Nothing(x=1)


@each_maker
def test_a_frozen_class_stays_as_it_is(make: Make) -> None:
    """Nothing is set, added or deleted; a copy with changes is made by ``replace``."""
    one = frozen_point(make)(x=1)
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'x'"):
        one.x = 2
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'x'"):
        del one.x
    with pytest.raises((dataclasses.FrozenInstanceError, TypeError)):  # the standard one trips over its slots
        one.new = 2
    assert not hasattr(one, "__dict__")
    assert dataclasses.replace(one, y=3) == frozen_like(one, y=3)
    copied = deepcopy(one)
    assert (copied, copied.seen) == (one, [])
    assert copied.seen is not one.seen


def frozen_like(one: Any, **changes: object) -> Any:
    """Return a new instance of the class of ``one``."""
    given = {each.name: getattr(one, each.name) for each in dataclasses.fields(one)}
    return type(one)(**(given | changes))


@each_maker
@pytest.mark.parametrize(
    ("arguments", "named", "words"),
    [
        ((), {}, "missing 1 required keyword-only argument: 'x'"),
        ((), {"x": 1, "z": 2}, "got an unexpected keyword argument 'z'"),
        ((1,), {}, "takes 1 positional argument but 2"),
    ],
)
def test_wrong_arguments_are_refused_at_first_and_ever_after(
    make: Make, arguments: tuple[int, ...], named: dict[str, int], words: str
) -> None:
    """The message is the one that everybody knows."""
    point = frozen_point(make)
    for made in range(2 * quick.FEW):
        point(x=made)
        with pytest.raises(TypeError, match=words):
            point(*arguments, **named)


@each_maker
def test_many_instances_are_made_like_the_first(make: Make) -> None:
    """Each has its own default, whether its class is compiled by then or not."""
    point = frozen_point(make)
    points = [point(x=number) for number in range(3 * quick.FEW)]
    assert points == [point(x=number, y=0, seen=[9]) for number in range(3 * quick.FEW)]
    assert len({id(each.seen) for each in points}) == len(points)


@each_maker
def test_a_class_that_is_not_frozen_can_be_changed_and_not_hashed(make: Make) -> None:
    """It compares by what it holds at the moment."""

    @make(slots=True)
    class Box:
        """Something."""

        held: int = 1

    one, other = Box(), Box(2)
    assert one != other
    one.held = 2
    assert one == other
    with pytest.raises(TypeError, match="unhashable"):
        hash(one)
    with pytest.raises(AttributeError):
        one.new = 1


@each_maker
def test_a_class_with_an_order_sorts_by_its_fields(make: Make) -> None:
    """The first field counts most; other kinds of things have no place in the order."""

    @make(frozen=True, slots=True, kw_only=True, order=True)
    class Place:
        """A line and a column."""

        line: int
        column: int

    places = [Place(line=line, column=column) for line, column in ((2, 1), (1, 9), (1, 2))]
    assert [(each.line, each.column) for each in sorted(places)] == [(1, 2), (1, 9), (2, 1)]
    assert places[2] < places[1] <= places[1] < places[0] > places[1] >= places[2]
    with pytest.raises(TypeError):
        places[0] < 1  # noqa: B015 - that it cannot be asked is the point


@each_maker
def test_a_class_adds_to_the_fields_of_its_base(make: Make) -> None:
    """Methods are inherited, values of base and heir are never equal."""

    @make(frozen=True, slots=True, kw_only=True)
    class Base:
        """One field."""

        name: str

        def greeting(self) -> str:
            return f"hello {self.name}"

    @make(frozen=True, slots=True, kw_only=True)
    class Heir(Base):
        """Two fields."""

        age: int = 7

    assert Heir(name="a").greeting() == "hello a"
    assert (Base(name="a"), Heir(name="a")) == (Base(name="a"), Heir(name="a", age=7))
    assert Base(name="a") != Heir(name="a")
    assert [each.name for each in dataclasses.fields(Heir)] == ["name", "age"]


@each_maker
@pytest.mark.parametrize("count", [0, 1, 3])
def test_any_number_of_fields_will_do(make: Make, count: int) -> None:
    """None, one, and several hash and compare alike."""
    names = [f"field_{number}" for number in range(count)]
    kind = make(frozen=True, slots=True)(type("Kind", (), {"__annotations__": dict.fromkeys(names, int)}))
    assert kind(*names) == kind(*names)
    assert hash(kind(*names)) == hash(tuple(names))


@each_maker
def test_what_a_class_says_itself_stays(make: Make) -> None:
    """Own ways to compare and to show win."""

    @make(frozen=True, slots=True, kw_only=True)
    class Loud:
        """Equal to everything."""

        word: str

        def __eq__(self, _other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 1

        def __repr__(self) -> str:
            return self.word.upper()

    assert Loud(word="a") == 3
    assert (hash(Loud(word="a")), repr(Loud(word="a"))) == (1, "A")


@each_maker
def test_a_value_that_holds_itself_can_be_shown(make: Make) -> None:
    """There is an end to it."""

    @make(slots=True)
    class Ring:
        """One of a kind."""

        next: Any = None

    ring = Ring()
    ring.next = ring
    assert repr(ring).endswith("Ring(next=...)")


@each_maker
def test_a_class_can_finish_its_instances(make: Make) -> None:
    """What is worked out from the fields is there from the first instance on."""

    @make(slots=True, kw_only=True)
    class Square:
        """A side and what follows from it."""

        side: int
        area: int = field(init=False)

        def __post_init__(self) -> None:
            self.area = self.side**2

    assert [Square(side=side).area for side in (2, 3)] == [4, 9]


def test_names_of_fields_mean_nothing_to_what_makes_instances() -> None:
    """Whatever a field is called, it is a field like any other, also in a copy and in a plain heir."""

    @quick.dataclass(frozen=True, slots=True, kw_only=True)
    class Odd:
        """Fields called like what a maker of classes works with."""

        kind: str
        twin: str = "t"
        standard: dict[str, int] = field(default_factory=dict[str, int])
        copy: str = "c"
        value: str = "v"

    class Heir(Odd):
        """Adds nothing."""

    for _ in range(2 * quick.FEW):
        one = Odd(kind="k", standard={"a": 1})
        assert (one.kind, one.twin, one.standard, one.copy, one.value) == ("k", "t", {"a": 1}, "c", "v")
        heir = Heir(kind="h")
        assert (type(heir), heir.kind, heir.standard) == (Heir, "h", {})
    other = quick.replace(one, copy="d", kind="other")
    assert (type(other), other.kind, other.copy, other.value, one.kind) == (Odd, "other", "d", "v", "k")
    with pytest.raises(dataclasses.FrozenInstanceError):
        other.copy = "e"  # type: ignore[misc]  # that it cannot be done is the point
