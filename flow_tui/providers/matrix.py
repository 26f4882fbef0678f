"""``over = matrix``: every combination of the values of some lists."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from flow_tui import limits
from flow_tui.dsl.providers import EVERY_ITEM, parts
from flow_tui.engine.ports import ItemParams
from flow_tui.errors import ActionError
from flow_tui.model.values import FanOutItem
from flow_tui.providers.unordered import Unordered, scope_of


class Matrix(Unordered):
    """Takes a list from each key of the scope; the values of the first change slowest.

    ``skip`` of the filter leaves out combinations, ``match`` all others: ``"os=mac python=3.11, os=win"``.
    """

    async def items(self, params: ItemParams) -> Sequence[FanOutItem]:
        """Return an item for each combination; raises ``ActionError`` for what are no lists."""
        axes = dict(_axes(scope_of(params)))
        if (size := math.prod(map(len, axes.values()))) > limits.ITEMS:
            raise ActionError(f"matrix: {size:,} combinations are more than {limits.ITEMS:,}")
        match, skip = (_rules(params.filter.get(key, ""), axes) for key in ("match", "skip"))
        cells = (dict(zip(axes, values, strict=True)) for values in product(*axes.values()))
        return [_item(cell) for cell in cells if (not match or _fits(cell, match)) and not _fits(cell, skip)]


def _axes(scope: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    if not scope:
        raise ActionError("matrix: the scope holds no lists")
    for name, text in scope.items():
        values = tuple(dict.fromkeys(parts(text)))
        if name in EVERY_ITEM:
            raise ActionError(f"matrix: a list cannot be called {name!r}: every item has one of its own")
        if not values:
            raise ActionError(f"matrix: the list {name!r} is empty")
        yield name, values


def _rules(text: str, axes: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """Return combinations as the filter names them, each by some of its values."""
    rules: list[dict[str, str]] = []
    for part in parts(text):
        pairs = [pair.partition("=") for pair in part.split()]
        for name, equals, value in pairs:
            if not equals or name not in axes:
                known = ", ".join(axes)
                raise ActionError(f"matrix: {part!r} is not written NAME=VALUE with a name of {known}")
            if value not in axes[name]:
                raise ActionError(f"matrix: {name!r} is never {value!r}")
        rules.append({name: value for name, _, value in pairs})
    return rules


def _fits(cell: Mapping[str, str], rules: Sequence[Mapping[str, str]]) -> bool:
    return any(all(cell[name] == value for name, value in rule.items()) for rule in rules)


def _item(cell: dict[str, str]) -> FanOutItem:
    name = ",".join(f"{key}={value}" for key, value in cell.items())
    return FanOutItem(id=name, ref=" ".join(cell.values()), type="matrix", context=cell)
