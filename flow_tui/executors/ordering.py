"""Which item may begin when: after everything it depends on is over."""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from flow_tui.model.values import FanOutItem

Edge: TypeAlias = tuple[int, int]
"""By their numbers: an item, and one that has to wait until the first is over."""


def numbered(items: Sequence[FanOutItem], named: Iterable[tuple[str, str]]) -> tuple[Edge, ...]:
    """Return dependencies by the numbers of the items, each once; those on something else are left out."""
    numbers = {item.id: number for number, item in enumerate(items)}
    known = ((numbers.get(first), numbers.get(then)) for first, then in named)
    return tuple(dict.fromkeys((a, b) for a, b in known if a is not None and b is not None))


def without_cycles(size: int, edges: Sequence[Edge]) -> tuple[tuple[Edge, ...], tuple[int, ...]]:
    """Return the edges that make no circle, taken in order, and the first circle there is, end to end."""
    if _all_free(size, edges):
        return tuple(edges), ()
    after: list[list[int]] = [[] for _ in range(size)]
    first: tuple[int, ...] = ()
    kept: list[Edge] = []
    for edge in edges:
        before, then = edge
        if way := _way(after, then, before):
            first = first or (before, *way)
            continue
        after[before].append(then)
        kept.append(edge)
    return tuple(kept), first


def _all_free(size: int, edges: Sequence[Edge]) -> bool:
    """Say whether everything comes to its turn: there is no circle."""
    queue = Queue(size, edges)
    taken = 0
    while (number := queue.take()) is not None:
        queue.settle(number)
        taken += 1
    return taken == size


def _way(after: Sequence[Sequence[int]], start: int, end: int) -> tuple[int, ...]:
    """Return the numbers on a way from ``start`` to ``end``, both included; nothing when there is none."""
    came: dict[int, int] = {start: start}
    left = [start]
    while left:
        at = left.pop()
        if at == end:
            return tuple(reversed(list(_back(came, at))))
        for number in after[at]:
            if number not in came:
                came[number] = at
                left.append(number)
    return ()


def _back(came: dict[int, int], at: int) -> Iterator[int]:
    yield at
    while came[at] != at:
        at = came[at]
        yield at


class Queue:
    """Numbers that wait for others; free ones come in order."""

    def __init__(self, size: int, edges: Iterable[Edge]) -> None:
        self._after: list[list[int]] = [[] for _ in range(size)]
        self._waits_for = [0] * size
        self._over = [False] * size
        for before, then in edges:
            self._after[before].append(then)
            self._waits_for[then] += 1
        self._free = [number for number in range(size) if not self._waits_for[number]]

    def take(self) -> int | None:
        """Return the lowest number that may begin, once."""
        while self._free:
            number = heapq.heappop(self._free)
            if not self._over[number]:
                return number
        return None

    def settle(self, number: int) -> None:
        """Know that a number is over, well or not: what waited for it alone is free."""
        if self._over[number]:
            return
        self._over[number] = True
        for then in self._after[number]:
            self._waits_for[then] -= 1
            if not self._waits_for[then]:
                heapq.heappush(self._free, then)

    def dependents(self, number: int) -> tuple[int, ...]:
        """Return every number that depends on this one, directly or not, and is not over; in order."""
        found: set[int] = set()
        left = [number]
        while left:
            for then in self._after[left.pop()]:
                if then not in found:
                    found.add(then)
                    left.append(then)
        return tuple(number for number in sorted(found) if not self._over[number])
