"""What stands in braces and brackets: options by name, maps, arrays, and what is odd about them."""

from collections.abc import Sequence
from typing import Any

from flow_tui.dsl.options import Pair, Raw, Report, kind_of
from flow_tui.dsl.tokens import UNKNOWN, Token
from flow_tui.dsl.words import shown


class Shape:
    """A rule of the grammar and what it was made of: tokens and other shapes."""

    __slots__ = ("children", "data")

    def __init__(self, data: str, children: list[Any]) -> None:
        self.data = data
        self.children = children


def start_of(thing: Any) -> int:
    """Return the offset at which a token or a shape begins."""
    while not isinstance(thing, Token):
        thing = thing.children[0]
    return thing.start


def end_of(thing: Any) -> int:
    """Return the offset at which a token or a shape ends."""
    while not isinstance(thing, Token):
        thing = thing.children[-1]
    return thing.end


class Pairs:
    """Reads options out of the tree."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def of_map(self, shape: Shape) -> dict[str, Pair]:
        """Return the options of a ``{ … }`` that holds nothing else."""
        return self.of([part for part in shape.children[1:-1] if not isinstance(part, Token)])

    def of_options(self, shape: Shape) -> dict[str, Pair]:
        """Return the options of braces in which ``inputs { … }`` may stand among the pairs."""
        found: list[Pair] = []
        for part in shape.children[1:-1]:
            if isinstance(part, Token):
                continue
            if part.data == "pair":
                found.append(self.one(part))
                continue
            word, inside = part.children
            found.append(Pair(word, self._map(inside), (start_of(inside), end_of(inside))))
        return self._distinct(found)

    def of(self, shapes: Sequence[Shape]) -> dict[str, Pair]:
        return self._distinct([self.one(shape) for shape in shapes])

    def _distinct(self, pairs: Sequence[Pair]) -> dict[str, Pair]:
        """Return the pairs by name; of two with one name the later counts."""
        found: dict[str, Pair] = {}
        for pair in pairs:
            if isinstance(pair.value, str) and UNKNOWN in pair.value:
                continue
            name = pair.key.value
            if name in found:
                line = self._report.span(found[name].key_place).line
                message = f"{shown(name)} is given twice: the one on line {line} does not count"
                self._report.warn("W-DUP-KEY", message, pair.key_place)
            found[name] = pair
        return found

    def one(self, shape: Shape) -> Pair:
        value = shape.children[2]
        return Pair(shape.children[0], self._raw(value), (start_of(value), end_of(value)))

    def _raw(self, value: Any) -> Raw:
        if isinstance(value, Token):
            return value.value
        if value.data == "dotted":
            return f"{value.children[0].value}.{value.children[2].value}"
        if value.data == "map":
            return self._map(value)
        items = (item for item in value.children[1:-1] if not _is_no_value(item))
        return [text for item in items if (text := self._single(item, "an item of an array")) is not None]

    def _map(self, shape: Shape) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, pair in self.of_map(shape).items():
            if isinstance(pair.value, str):
                found[name] = pair.value
            else:
                found[name] = ""  # who asks for the name finds it
                message = f"{shown(name)} in a map must be a single value, not {_article(pair.value)}"
                is_list = isinstance(pair.value, list)
                hint = "write several values as one text, with commas between them" if is_list else ""
                self._report.error("P-VALUE-KIND", message, pair.place, hint)
        return found

    def _single(self, item: Any, what: str) -> str | None:
        raw = self._raw(item)
        if isinstance(raw, str):
            return raw
        message = f"{what} must be a single value, not {_article(raw)}"
        self._report.error("P-VALUE-KIND", message, (start_of(item), end_of(item)))
        return None


def _is_no_value(item: Any) -> bool:
    return isinstance(item, Token) and (item.type == "COMMA" or item.value == UNKNOWN)


def _article(value: Raw) -> str:
    return "an array" if kind_of(value) == "array" else "a map"
