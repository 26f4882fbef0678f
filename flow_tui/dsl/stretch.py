"""A stretch of tokens that is being read although something in it is wrong."""

from collections.abc import Callable, Sequence
from typing import Any

from flow_tui.dataclass import dataclass
from flow_tui.dsl.machine import Machine
from flow_tui.dsl.pairs import Shape
from flow_tui.dsl.tokens import NODES, UNKNOWN, WORDS, Token

STEPS = frozenset(word.upper() for word in NODES)
PARTS = STEPS | {"META", "INPUTS"}
"""What can stand in the braces of a workflow."""
_UNNAMED = frozenset({"DO", "PARALLEL", "ALWAYS", "META", "INPUTS"})
_NAMED = frozenset({"CALL", "GATE", "SCRIPT", "FOREACH", "IF", "UNLESS", "WHILE", "DOT"})
"""After these a name has to stand."""


@dataclass(slots=True, kw_only=True)
class Shared:
    """What all stretches of one text have in common."""

    tokens: Sequence[Token]
    source: str
    begin: Callable[[], Machine]
    """Makes a machine that has read nothing."""
    aside: Callable[[int, int], None]
    """Reads steps by themselves that stand where none may."""
    missing: int
    """How many more braces are opened than closed."""
    trees: list[Shape]
    damage: list[int]
    """The offsets around which something is wrong."""


def token_of(thing: Any, kinds: frozenset[str]) -> Token | None:
    """Return a value if it is a token of one of these types."""
    return thing if isinstance(thing, Token) and thing.type in kinds else None


_BRACKETS = frozenset({"LBRACE", "LSQB"})
_CLOSING = {"LBRACE": "RBRACE", "LSQB": "RSQB"}


class Stretch:
    """Tokens from one index to another, and what was made of them so far."""

    def __init__(self, shared: Shared, begin: int, end: int, machine: Machine) -> None:
        self.shared = shared
        self.tokens = shared.tokens
        self.machine = machine
        self.at = begin
        self.end = end
        self.trailing = False
        """Whether something stood after the end of the workflow."""
        self.is_whole = True
        """Whether an end is to be expected, because there was a beginning."""

    # What is there

    def kind(self, at: int) -> str:
        """Return the type of a token, or nothing past the end."""
        return self.tokens[at].type if 0 <= at < self.end else ""

    def begins_line(self, at: int) -> bool:
        """Say whether a token stands on a later line than the one before it."""
        tokens = self.tokens
        inside = 0 < at < len(tokens)
        return inside and "\n" in self.shared.source[tokens[at - 1].end : tokens[at].start]

    def touches(self, at: int) -> bool:
        """Say whether nothing stands between a token and the one before it."""
        return 0 < at < len(self.tokens) and self.tokens[at - 1].end == self.tokens[at].start

    def begins_step(self) -> bool:
        """Say whether the next token, where a value or a name should stand, rather begins the next step."""
        at, values = self.at, self.machine.values
        if self.kind(at) not in PARTS or not self.begins_line(at) or self.begins_line(at + 1):
            return False
        if not values or values[-1] is not self.tokens[at - 1]:
            return False
        before, after = self.kind(at - 1), self.kind(at + 1)
        if before == "EQUAL":
            return after in {"LBRACE", "STRING", *WORDS}
        if self.kind(at) in _UNNAMED:
            return before in _NAMED and after == "LBRACE"
        return before in _NAMED and (
            after in WORDS - {"KEY"} or (after == "STRING" and self.kind(at) == "CALL")
        )

    def group_end(self, at: int) -> int:
        """Return the index behind the bracket that closes the one at ``at``."""
        opened, closed = self.kind(at), _CLOSING[self.kind(at)]
        depth = 0
        while at < self.end:
            kind = self.tokens[at].type
            depth += (kind == opened) - (kind == closed)
            at += 1
            if not depth:
                break
        return at

    def innermost(self, kinds: frozenset[str] = _BRACKETS) -> int:
        """Return the index among the values of the last token of these types that is incomplete, or -1."""
        values = self.machine.values
        return next((n for n in range(len(values) - 1, -1, -1) if token_of(values[n], kinds)), -1)

    def pairs_end(self) -> int:
        """Return the index behind the options that begin here."""
        at = self.at
        while self.kind(at) == "KEY" and self.kind(at + 1) == "EQUAL":
            value = self.kind(at + 2)
            if value in {"LBRACE", "LSQB"}:
                at = self.group_end(at + 2)
            elif value in {"STRING", "INT"} or (value in WORDS and value != "KEY"):
                at += 3
                while self.kind(at) == "DOT":
                    at += 2
            else:
                return min(at + 2, self.end)
            at += self.kind(at) == "COMMA"
        return min(max(at, self.at + 1), self.end)

    def in_array(self) -> bool:
        """Say whether the innermost bracket that is open is that of an array."""
        opener = self.innermost()
        return opener >= 0 and self.machine.values[opener].type == "LSQB"

    # What is done about it

    def put(self, *kinds: str) -> bool:
        """Read tokens that are missing before the next one; say whether all of them fit."""
        place = self.tokens[self.at - 1].end if self.at else 0
        text = {"IDENT": "_", "STRING": UNKNOWN, "WORKFLOW": "workflow", "LBRACE": "{", "RBRACE": "}"}
        return all(self.machine.feed(Token(kind, text.get(kind, ""), place, place)) for kind in kinds)

    def put_as(self, kind: str, value: str | None = None) -> bool:
        """Read the next token as one of another type; say whether it fits."""
        token = self.tokens[self.at]
        return self.machine.feed(Token(kind, token.value if value is None else value, token.start, token.end))

    def skip(self) -> None:
        """Leave out a token, and what touches it; what stands in brackets as a whole."""
        if self.kind(self.at) in {"LBRACE", "LSQB"}:
            self.at = self.group_end(self.at)
            return
        self.at += 1
        while self.kind(self.at) in {"INT", "DOT", *WORDS} and self.touches(self.at):
            self.at += 1

    def skip_to(self, kinds: frozenset[str], *, anywhere: bool = False) -> None:
        """Leave out tokens until there is one of these types, or the line ends."""
        while self.at < self.end and self.kind(self.at) not in kinds:
            if not anywhere and self.begins_line(self.at):
                return
            self.at += 1

    def drop_until(self, kind: str, least: int) -> bool:
        """Forget what is incomplete until a token fits, but nothing up to ``least``; say whether it does."""
        machine = self.machine
        for height in range(len(machine.values), least, -1):
            if machine.fits(kind, height):
                machine.drop(height)
                return True
        return False

    def close(self) -> bool:
        """Close the innermost block as if its brace came next; say whether there was one."""
        opener = self.innermost(frozenset({"LBRACE"}))
        return opener >= 0 and self.drop_until("RBRACE", opener) and self.put("RBRACE")

    def keep(self) -> None:
        """Keep the tree of a workflow that is complete, and begin anew."""
        self.shared.trees.append(self.machine.finish())
        self.machine = self.shared.begin()
