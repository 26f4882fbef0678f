"""Reads tokens by the tables that were made of the grammar, and lets what was read be changed on the way.

An LALR parser: a stack of states, a stack of values, and for each state what to do about the next token.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from flow_tui.dataclass import dataclass
from flow_tui.dsl.pairs import Shape
from flow_tui.dsl.tokens import Token

END = "$END"
"""The type of what stands behind the last token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How the last few values become one."""

    name: str
    size: int
    """How many they are."""
    spread: tuple[int, ...]
    """Those of them whose parts are taken in place of them."""
    is_alone: bool
    """Whether a single part stands for itself."""
    is_name: bool
    """Whether nothing happens but that a value is called something else."""

    def made(self, values: list[Any]) -> Any:
        """Return the one value."""
        parts = values
        if self.spread:
            parts = list[Any]()
            for at, value in enumerate(values):
                if at not in self.spread:
                    parts.append(value)
                elif parts:
                    parts += value.children
                else:
                    parts = value.children  # a long row grows in place: each time it is read once more
        return parts[0] if self.is_alone and len(parts) == 1 else Shape(self.name, parts)


Moves = Mapping[str, "int | Rule"]
"""What to do about a token, or a value, by its name: go on in a state, or make one value of several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """What the grammar says."""

    moves: Sequence[Moves]
    """For each state."""
    begin: int
    end: int


class Machine:
    """One reading: a stack of what is incomplete, and what fits next."""

    __slots__ = ("_end", "_moves", "_states", "values")

    def __init__(self, tables: Tables) -> None:
        self._moves = tables.moves
        self._end = tables.end
        self._states = [tables.begin]
        self.values: list[Any] = []
        """What has been read and is not complete, outermost first."""

    def read(self, tokens: Sequence[Token]) -> bool:
        """Read tokens up to the first that does not fit; say whether all do."""
        moves, states, values = self._moves, self._states, self.values
        for token in tokens:
            kind = token.type
            while type(move := moves[states[-1]].get(kind)) is not int:
                if move is None:
                    return False
                _reduce(cast("Rule", move), moves, states, values)
            states.append(move)
            values.append(token)
        return True

    def feed(self, token: Token) -> bool:
        """Read a token; say whether it fits."""
        return self.read((token,))

    def fits(self, kind: str, height: int | None = None) -> bool:
        """Say whether a token of this type could come next, with only so many of the values left."""
        states = self._states[: None if height is None else height + 1]
        while (move := self._moves[states[-1]].get(kind)) is not None:
            if isinstance(move, int):
                return True
            if move.size:
                del states[-move.size :]
            states.append(cast("int", self._moves[states[-1]][move.name]))
            if kind == END and states[-1] == self._end:
                return True
        return False

    def expected(self) -> frozenset[str]:
        """Return the types of the tokens that could come next."""
        kinds = (kind for kind in self._moves[self._states[-1]] if kind.isupper())
        return frozenset(kind for kind in kinds if self.fits(kind))

    def drop(self, height: int) -> None:
        """Forget all values but so many."""
        del self.values[height:]
        del self._states[height + 1 :]

    def finish(self) -> Shape:
        """Return the tree, where the end of the text fits."""
        moves, states, values = self._moves, self._states, self.values
        while states[-1] != self._end:
            _reduce(cast("Rule", moves[states[-1]][END]), moves, states, values)
        return cast("Shape", values[-1])


def _reduce(rule: Rule, moves: Sequence[Moves], states: list[int], values: list[Any]) -> None:
    """Make the last values one."""
    size = rule.size
    if rule.is_name:
        states.pop()
    elif size:
        parts = values[-size:]
        del values[-size:], states[-size:]
        values.append(rule.made(parts))
    else:
        values.append(rule.made([]))
    states.append(cast("int", moves[states[-1]][rule.name]))
