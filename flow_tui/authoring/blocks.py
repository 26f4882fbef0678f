"""A text as it is being written: its blocks, what each word of it is, and what can follow it."""

import dataclasses
from collections.abc import Iterator
from enum import StrEnum

from flow_tui.dataclass import dataclass
from flow_tui.dsl.tokens import Token


class Role(StrEnum):
    """What a word is where it stands."""

    KEYWORD = "keyword"
    NAME = "name"
    """What something is called that is declared here, or the type of a gate."""
    AGENT = "agent"
    """What a call runs."""
    WORKFLOW = "workflow"
    """The workflow that a call runs."""
    STEP = "step"
    """The step that a condition asks for."""
    MARKER = "marker"
    INPUT = "input"
    """The input that a condition asks for."""
    DECLARED = "declared"
    """An input where it is declared."""
    MODIFIER = "modifier"
    """What is said of an input."""
    OPTION = "option"
    ENTRY = "entry"
    """A name in a map."""
    VALUE = "value"
    FIELD = "field"
    """What follows the dot in a value."""
    LOOSE = "loose"
    """A word that nothing can be made of yet."""
    MARK = "mark"


class Expect(StrEnum):
    """What can follow."""

    START = "start"
    """The word ``workflow``."""
    NAME = "name"
    AGENT = "agent"
    WORKFLOW = "workflow"
    CONDITION = "condition"
    LOOP = "loop"
    """The condition of a loop, which asks for a step."""
    MARKER = "marker"
    BRACE = "brace"
    """The braces of what was just named, or whatever comes next."""
    BODY = "body"
    """Options, entries, inputs or steps, as the block has them."""
    VALUE = "value"
    ITEM = "item"
    """Another value of an array."""
    FIELD = "field"
    """What follows the dot in a value."""
    NOTHING = "nothing"


@dataclasses.dataclass(slots=True, kw_only=True, eq=False)  # each is itself, not what it holds
class Block:
    """A construct, a map or an array, whether or not its braces are there."""

    kind: str
    """Such as ``call``, ``call workflow``, ``inputs``, ``map``; ``file`` for the whole text."""
    parent: "Block | None" = None
    keyword: Token | None = None
    head: list[Token] = dataclasses.field(default_factory=list[Token])
    """The words that name it, or its condition."""
    option: str = ""
    """Of a map or an array: the option whose value it is."""
    start: int = 0
    end: int = 0
    """Where it ends; where the text ends while it is open."""
    opened: int = -1
    """The offset behind its opening bracket, if there is one."""
    closed: int = -1
    """The offset of its closing bracket, if there is one."""
    is_loop: bool = False
    """Of ``do``: whether a condition follows."""
    tail: Token | None = None
    """The ``while`` behind a ``do``."""
    pairs: "list[Pair]" = dataclasses.field(default_factory=list["Pair"])
    children: "list[Block]" = dataclasses.field(default_factory=list["Block"])

    @property
    def name(self) -> str:
        """Return the first word of its head."""
        return self.head[0].value if self.head else ""

    @property
    def owner(self) -> "Block":
        """Return the construct that a map or an array belongs to; the block itself if it is one."""
        block = self
        while block.kind in ("map", "array") and block.parent is not None:
            block = block.parent
        return block

    def pair(self, key: str) -> "Pair | None":
        """Return the last option of this name."""
        return next((pair for pair in reversed(self.pairs) if pair.key.value == key), None)

    def walk(self) -> "Iterator[Block]":
        """Yield the block and all inside it, in the order of the text."""
        waiting: list[Block] = [self]
        while waiting:
            block = waiting.pop()
            yield block
            waiting.extend(reversed(block.children))


@dataclasses.dataclass(slots=True, kw_only=True, eq=False)  # each is itself, not what it holds
class Pair:
    """An option, an entry of a map, or a setting of an input."""

    key: Token
    values: list[Token] = dataclasses.field(default_factory=list[Token])
    """The words of its value; none where that is a map or an array, or missing."""
    inside: Block | None = None
    """Its value, where that is a map or an array."""
    end: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A word and what it is."""

    token: Token
    role: Role
    block: Block
    """The construct that it belongs to."""
    key: str = ""
    """The option whose value it is or belongs to."""
    entry: str = ""
    """The entry of that option's map whose value it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """What can follow a token."""

    expect: Expect
    block: Block
    key: str = ""
    entry: str = ""


HOLDS_STEPS = frozenset({"workflow", "if", "unless", "while", "do", "parallel", "always", "file", "unknown"})
"""The blocks in which steps can stand."""
STEPS = frozenset(
    {"call", "call workflow", "script", "gate", "foreach", "if", "unless", "while", "do", "parallel"}
    | {"always"}
)
