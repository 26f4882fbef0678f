"""Some branches of many rows laid out again where they are."""

from collections.abc import Callable, Iterable

from flow_tui.view.node import Node

SEARCHES = 8
"""With more branches than this to look for from the beginning, it is quicker to lay out all rows again."""


def splice(visible: list[Node], branches: Iterable[Node], inside: Callable[[Node], list[Node]]) -> bool:
    """Put what is to be seen ``inside`` of each of ``branches`` below it; say whether that was quick enough.

    What comes one after the other is found from where the last one was, however many rows there are.
    """
    at = searches = 0
    for branch in sorted(branches, key=lambda each: each.depth):  # the outside makes room for the inside
        try:
            at = visible.index(branch, at)
        except ValueError:
            searches += 1
            if searches > SEARCHES:
                return False
            at = visible.index(branch)
        end = at + 1
        while end < len(visible) and visible[end].depth > branch.depth:
            end += 1
        visible[at + 1 : end] = inside(branch)
    return True
