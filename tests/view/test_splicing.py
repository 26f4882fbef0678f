"""Rows laid out again where they are."""

from random import Random

import pytest

from flow_tui.model.ids import StepPath
from flow_tui.view.node import Node
from flow_tui.view.splicing import SEARCHES, splice

BLOCKS = 30


def blocks() -> list[Node]:
    """Return open blocks, each with another one in it that holds a step."""
    made: list[Node] = []
    for number in range(BLOCKS):
        outer = Node(StepPath(f"{number}"), "do", None, None)
        inner = Node(StepPath(f"{number}/0"), "do", None, outer)
        outer.add(inner)
        inner.add(Node(StepPath(f"{number}/0/0"), "call", None, inner))
        outer.is_open = inner.is_open = True
        made.append(outer)
    return made


def flat(node: Node) -> list[Node]:
    """Return what is to be seen inside."""
    return [one for child in node.children for one in (child, *flat(child))] if node.is_open else []


def rows(made: list[Node]) -> list[Node]:
    """Return all rows."""
    return [one for block in made for one in (block, *flat(block))]


def toggle(nodes: list[Node]) -> None:
    """Fold what is open, and the other way round."""
    for node in nodes:
        node.is_open = not node.is_open


@pytest.mark.parametrize("order", ["forwards", "backwards", "any"])
def test_branches_are_laid_out_again_in_whatever_order_they_changed(order: str) -> None:
    """The rows are those that laying out everything gives, or it is said that this is quicker."""
    made = blocks()
    visible = rows(made)
    changed = [node for block in made[3:25] for node in (block, block.children[0])]
    for node in changed:
        node.is_open = node.depth == 0
    if order != "forwards":
        changed.reverse()
    if order == "any":
        Random(1).shuffle(changed)
    assert splice(visible, changed, flat) is (order == "forwards")
    if order == "forwards":
        assert visible == rows(made)
    few = changed[:SEARCHES]
    toggle(few)
    visible = rows(made)
    toggle(few)
    assert splice(visible, few, flat)
    assert visible == rows(made)
