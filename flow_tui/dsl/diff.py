"""What changed between two definitions: steps added, removed, moved, and which option from what to what."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Literal, TypeAlias, cast

from flow_tui.dataclass import dataclass
from flow_tui.dsl import durations
from flow_tui.dsl.ast import InputDecl, Workflow
from flow_tui.dsl.fields import Value, fields_of
from flow_tui.dsl.matching import Matched, Placed, kind_of, match, name_of
from flow_tui.dsl.parts import AgentRef, BoolInput, OnFailAgent, OnFailContinue, StepMarker, written
from flow_tui.dsl.walk import AnyNode

Mark: TypeAlias = Literal["+", "-", "~", "="]
"""Added, removed, changed or moved, as it was."""

_SHAPE = frozenset({"span", "places", "type", "body", "calls", "always", "inputs", "source_path"})
"""Fields that say nothing of a construct itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionChange:
    """One thing that is written differently."""

    name: str
    """Such as ``timeout``, or ``env.PATH`` inside a map."""
    before: str
    """As text; what leaving it out means, if that is something."""
    after: str
    """As text, likewise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepChange:
    """One node of the newer definition, or one that is gone, with what changed in it and inside."""

    mark: Mark
    kind: str
    name: str
    """Of a block, what it depends on."""
    path: str
    """In the newer definition, child indexes joined by ``/``; of what is gone, in the older one."""
    before: str = ""
    """Where it was in the older definition, if it was there."""
    options: tuple[OptionChange, ...] = ()
    is_moved: bool = False
    """Whether it stands in another block, or in another order, than before."""
    children: "tuple[StepChange, ...]" = ()

    @property
    def is_same(self) -> bool:
        """Say whether nothing changed, here and inside."""
        return self.mark == "=" and all(inner.is_same for inner in self.children)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changed between two definitions."""

    options: tuple[OptionChange, ...]
    """Of the workflow itself, its inputs as ``inputs.NAME``."""
    body: tuple[StepChange, ...]
    """Every node, in the order of the newer definition; what is gone stands where it was."""
    always: tuple[StepChange, ...]

    @property
    def are_none(self) -> bool:
        """Say whether both definitions mean the same."""
        return not self.options and all(step.is_same for step in (*self.body, *self.always))


def diff(old: Workflow, new: Workflow) -> Changes:
    """Return what changed from ``old`` to ``new``; comments and layout are none of it."""
    tree = _Tree(match(old, new))
    return Changes(
        options=(*_options(old, new), *_inputs(old.inputs, new.inputs)),
        body=tree.inside(0, ""),
        always=tree.inside(1, "always"),
    )


def walk(changes: Changes) -> Iterator[StepChange]:
    """Yield every node of ``body``, then of ``always``, each before those inside it."""
    waiting = [*reversed(changes.always), *reversed(changes.body)]
    while waiting:
        step = waiting.pop()
        yield step
        waiting.extend(reversed(step.children))


class _Tree:
    """Both definitions as one tree."""

    def __init__(self, matched: Matched) -> None:
        self._old, self._new, self._pairs = matched.old, matched.new, matched.pairs
        self._kept = {old: new for new, old in matched.pairs.items()}
        self._inside_old = _children(self._old)
        self._inside_new = _children(self._new)
        self._paths = _paths(self._old)

    def inside(self, at: int, path: str) -> tuple[StepChange, ...]:
        """Return what stands inside a node of the newer definition, and what was removed from there."""
        here = self._inside_new[at]
        moved = self._moved(here, at)
        old = self._pairs.get(at)
        gone = self._gone(old) if old is not None else {}
        found = list(gone.pop(-1, ()))
        for number, inner in enumerate(here):
            found.append(self._step(inner, f"{path}/{number}" if path else str(number), inner in moved))
            found.extend(gone.pop(self._pairs.get(inner, -2), ()))
        return (*found, *(step for steps in gone.values() for step in steps))

    def _step(self, at: int, path: str, is_moved: bool) -> StepChange:
        node, old = _node(self._new[at]), self._pairs.get(at)
        options = tuple(_options(_node(self._old[old]), node)) if old is not None else ()
        mark: Mark = "+" if old is None else "~" if options or is_moved else "="
        return StepChange(
            mark=mark,
            kind=kind_of(node),
            name=name_of(node),
            path=path,
            before="" if old is None else self._paths[old],
            options=options,
            is_moved=is_moved,
            children=self.inside(at, path),
        )

    def _moved(self, here: Sequence[int], at: int) -> frozenset[int]:
        """Return which of some siblings came from elsewhere, or stand in another order: as few as can be."""
        stayed: list[tuple[int, int]] = []
        moved: set[int] = set()
        for inner in here:
            if (old := self._pairs.get(inner)) is None:
                continue
            if self._pairs.get(at) == self._old[old].around:
                stayed.append((self._old[old].number, inner))
            else:
                moved.add(inner)
        in_order = _longest_rise([number for number, _ in stayed])
        moved.update(inner for number, inner in stayed if number not in in_order)
        return frozenset(moved)

    def _gone(self, old: int) -> dict[int, tuple[StepChange, ...]]:
        """Return what was removed from a block, by the sibling that stood before it; -1 where none did."""
        found: dict[int, list[StepChange]] = {}
        last = -1
        for inner in self._inside_old[old]:
            if inner in self._kept:
                last = inner
            else:
                found.setdefault(last, []).append(self._removed(inner))
        return {before: tuple(steps) for before, steps in found.items()}

    def _removed(self, at: int) -> StepChange:
        node = _node(self._old[at])
        inside = (inner for inner in self._inside_old[at] if inner not in self._kept)
        return StepChange(
            mark="-",
            kind=kind_of(node),
            name=name_of(node),
            path=self._paths[at],
            before=self._paths[at],
            children=tuple(self._removed(inner) for inner in inside),
        )


def _node(placed: Placed) -> AnyNode:
    assert placed.node is not None  # noqa: S101 - only the two roots have none, and they are no children
    return placed.node


def _children(side: Sequence[Placed]) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in side]
    for at, placed in enumerate(side):
        if placed.around >= 0:
            found[placed.around].append(at)
    for inner in found:
        inner.sort(key=lambda at: side[at].number)
    return found


def _paths(side: Sequence[Placed]) -> list[str]:
    paths = ["", "always"]
    for placed in side[2:]:
        above = paths[placed.around]
        paths.append(f"{above}/{placed.number}" if above else str(placed.number))
    return paths


def _longest_rise(numbers: Sequence[int]) -> frozenset[int]:
    """Return the numbers of a longest subsequence that rises."""
    ends: list[int] = []
    tails: list[int] = []
    before: dict[int, int] = {}
    for at, number in enumerate(numbers):
        place = bisect_left(ends, number)
        before[at] = tails[place - 1] if place else -1
        ends[place : place + 1] = [number]
        tails[place : place + 1] = [at]
    found: set[int] = set()
    at = tails[-1] if tails else -1
    while at >= 0:
        found.add(numbers[at])
        at = before[at]
    return frozenset(found)


# Options


def _options(old: Value, new: Value) -> Iterator[OptionChange]:
    """Yield what differs in two nodes themselves."""
    before, after = _said(old), _said(new)
    for name in dict.fromkeys((*after, *before)):
        was, now = before.get(name, ""), after.get(name, "")
        if was != now:
            yield OptionChange(name=name, before=was, after=now)


def _inputs(old: Sequence[InputDecl], new: Sequence[InputDecl]) -> Iterator[OptionChange]:
    before = {each.name: each for each in old}
    after = {each.name: each for each in new}
    for name in dict.fromkeys((*after, *before)):
        was, now = before.get(name), after.get(name)
        if was is None or now is None:
            yield OptionChange(
                name=f"inputs.{name}",
                before="" if was is None else _input(was),
                after="" if now is None else _input(now),
            )
        elif was != now:
            for change in _options(was, now):
                yield OptionChange(
                    name=f"inputs.{name}.{change.name}", before=change.before, after=change.after
                )


def _input(declared: InputDecl) -> str:
    words: list[str] = [declared.input_type]
    if declared.required:
        words.append("required")
    if declared.default is not None:
        words.append(f"default {declared.default!r}")
    return ", ".join(words)


def _said(value: Value) -> dict[str, str]:
    """Return all that a node says of itself, by the names it is written under, as text."""
    found: dict[str, str] = {}
    for name, field in fields_of(type(value)).items():
        if name in _SHAPE and not field.is_option:
            continue
        given = getattr(value, name)
        if given is None or given in ("", (), {}):
            continue
        found.update(_texts(field.written, given))
    return found


def _texts(name: str, value: object) -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            for key, inner in cast("dict[str, object]", value).items():
                yield from _texts(f"{name}.{key}", inner)
        case AgentRef() | OnFailAgent() | OnFailContinue() | StepMarker() | BoolInput():
            yield name, written(value)
        case Value():
            yield from ((f"{name}.{inner}", text) for inner, text in _said(value).items())
        case tuple():
            yield name, f"[{', '.join(str(item) for item in cast('tuple[object, ...]', value))}]"
        case bool():
            yield name, "true" if value else "false"
        case timedelta():
            yield name, durations.show(value)
        case _:
            yield name, str(value)
