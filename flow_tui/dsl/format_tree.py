"""What the formatter sees of a definition: things that stand on lines of their own, and their comments.

Every word of the file and every comment is in here exactly once, in the order of the file.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from flow_tui.dsl.tokens import MODIFIERS, Token

_COMMENT = re.compile(r"//[^\n]*")
_END = "END"
_CONDITIONAL = frozenset({"if", "unless", "while"})
_NAMED = frozenset({"workflow", "script", "gate", "foreach"})


class Kind(Enum):
    """What stands between brackets."""

    BLOCK = auto()
    """Steps, after options if there are any."""
    INPUTS = auto()
    """Declarations of inputs."""
    OPTIONS = auto()
    """Options only, or a map."""
    ARRAY = auto()


@dataclass(slots=True, kw_only=True)
class Comment:
    """A comment on a line of its own."""

    text: str
    blank: bool
    """Whether a blank line stands before it."""


@dataclass(slots=True, kw_only=True)
class Item:
    """What begins a line: an option, an input, a step, or an item of an array."""

    above: list[Comment]
    blank: bool
    """Whether a blank line stands before it, below the comments above it."""
    key: str = ""
    """The name of an option; nothing for everything else."""
    text: str = ""
    modifiers: list[str] = field(default_factory=list[str])
    """What is said of an input."""
    group: "Group | None" = None
    tail: str = ""
    """What follows the closing brace."""
    after: str = ""
    """The comment at the end of its last line."""

    @property
    def begins_blank(self) -> bool:
        """Say whether a blank line stands before all that belongs to it."""
        return self.above[0].blank if self.above else self.blank

    def hoist(self, text: str) -> None:
        """Put a comment from the middle of this item above it."""
        self.above.append(Comment(text=text, blank=self.blank))
        self.blank = False


@dataclass(slots=True, kw_only=True)
class Group:
    """What stands between an opening and a closing bracket."""

    kind: Kind
    after: str
    """The comment behind the opening bracket."""
    items: list[Item] = field(default_factory=list[Item])
    end: list[Comment] = field(default_factory=list[Comment])
    """The comments before the closing bracket."""
    one_line: bool = False
    """Whether it was written without a line break, and so without a comment."""

    @property
    def is_empty(self) -> bool:
        """Say whether there is not even a comment in it."""
        return not (self.items or self.end or self.after)


@dataclass(slots=True)
class _Word:
    type: str
    text: str
    start: int
    end: int
    above: list[Comment]
    blank: bool
    after: str = ""


def read(source: str, tokens: Sequence[Token]) -> tuple[Item, list[Comment]]:
    """Return the workflow of a sound definition, and the comments that follow it."""
    reader = _Reader(source, list(_words(source, tokens)))
    return reader.workflow(), reader.rest()


def _words(source: str, tokens: Sequence[Token]) -> Iterator[_Word]:
    """Yield the tokens, each with the comments before it and the one behind it on its line; then the end."""
    last: _Word | None = None
    end = 0
    marks = [(token.type, token.start, token.end) for token in tokens]
    for kind, start, stop in (*marks, (_END, len(source), len(source))):
        gap = source[end:start]
        above: list[Comment] = []
        at = 0
        for match in _COMMENT.finditer(gap):
            breaks = gap.count("\n", at, match.start())
            text = match[0].rstrip()
            if last is not None and not breaks:
                last.after = text
            else:
                above.append(Comment(text=text, blank=breaks > 1))
            at = match.end()
        if last is not None:
            yield last
        last = _Word(kind, source[start:stop], start, stop, above, gap.count("\n", at) > 1)
        end = stop
    if last is not None:
        yield last


class _Reader:
    """Reads words of which it is known that they make a definition."""

    def __init__(self, source: str, words: list[_Word]) -> None:
        self._source = source
        self._words = words
        self._at = 0
        self._pending: list[Comment] = []

    @property
    def _next(self) -> _Word:
        return self._words[self._at]

    @property
    def _last(self) -> _Word:
        return self._words[self._at - 1]

    def workflow(self) -> Item:
        """Return the one thing that a file holds."""
        return self._node(Kind.BLOCK)

    def rest(self) -> list[Comment]:
        """Return the comments after everything."""
        return [*self._pending, *self._next.above]

    # Pieces of an item

    def _begin(self) -> Item:
        word = self._next
        above = [*self._pending, *word.above]
        self._pending = []
        return Item(above=above, blank=word.blank)

    def _first(self) -> str:
        self._at += 1
        return self._last.text

    def _more(self, item: Item) -> str:
        """Return the next word of an item that has begun; comments before it go above the item."""
        self._hoist_after(item)
        for comment in self._next.above:
            item.hoist(comment.text)
        return self._first()

    def _hoist_after(self, item: Item) -> None:
        if self._last.after:
            item.hoist(self._last.after)
            self._last.after = ""

    def _finish(self, item: Item) -> Item:
        item.after = self._last.after
        return item

    # Items

    def _node(self, around: Kind) -> Item:
        item = self._begin()
        word = item.text = self._first()
        if word == "call" and self._next.text == "workflow":
            item.text += f" {self._more(item)} {self._more(item)}"
        elif word in _NAMED or word == "call":
            item.text += f" {self._more(item)}"
        elif word in _CONDITIONAL:
            item.text += f" {self._dotted(item)}"
        if self._next.type == "LBRACE":
            item.group = self._group(item, _inside(word, around))
        if word == "do" and self._next.text == "while" and item.group is not None:
            item.tail = self._tail(item.group)
        return self._finish(item)

    def _tail(self, group: Group) -> str:
        """Return what makes a block a loop; comments in the middle of it become the last of the block."""
        aside = Item(above=[], blank=False)
        tail = f"{self._more(aside)} {self._dotted(aside, begun=False)}"
        group.end += aside.above
        return tail

    def _dotted(self, item: Item, *, begun: bool = False) -> str:
        text = self._last.text if begun else self._more(item)
        while self._next.type == "DOT":
            text += self._more(item) + self._more(item)
        return text

    def _pair(self) -> Item:
        item = self._begin()
        item.key = self._first()
        self._value(item)
        return self._finish(item)

    def _value(self, item: Item) -> None:
        """Read ``= VALUE``."""
        self._more(item)
        if self._next.type in ("LBRACE", "LSQB"):
            item.group = self._group(item, Kind.ARRAY if self._next.type == "LSQB" else Kind.OPTIONS)
        else:
            item.text = self._dotted(item)

    def _element(self) -> Item:
        item = self._begin()
        self._first()
        item.text = self._dotted(item, begun=True)
        return self._finish(item)

    def _input(self) -> Item:
        item = self._begin()
        item.text = self._first()
        while self._next.type == "KEY" or self._next.text in MODIFIERS:
            word = self._more(item)
            if self._last.type == "KEY":
                self._more(item)
                word += f" = {self._dotted(item)}"
            item.modifiers.append(word)
        return self._finish(item)

    # Groups

    def _group(self, item: Item, kind: Kind) -> Group:
        opening = self._next
        if not (opening.above or opening.after):  # a brace on a line of its own, the comment before it
            opening.after, self._last.after = self._last.after, ""
        self._more(item)
        group = Group(kind=kind, after=opening.after)
        opening.after = ""
        while self._next.type not in ("RBRACE", "RSQB"):
            group.items.append(self._item(kind))
            if self._next.type == "COMMA":
                self._comma(group.items[-1])
        group.end = [*self._pending, *self._next.above]
        self._pending = []
        self._at += 1
        breaks = self._source.find("\n", opening.start, self._last.end)
        group.one_line = breaks < 0 and not group.after
        return group

    def _item(self, kind: Kind) -> Item:
        if kind is Kind.ARRAY:
            return self._element()
        if kind is Kind.INPUTS:
            return self._input()
        return self._pair() if self._next.type == "KEY" else self._node(kind)

    def _comma(self, item: Item) -> None:
        """Leave a comma out; what is said of it goes where it belongs."""
        comma = self._next
        if not (item.after or comma.above):
            item.after = comma.after
        else:
            self._pending = comma.above
            if comma.after:
                self._pending.append(Comment(text=comma.after, blank=False))
        comma.after = ""
        self._at += 1


def _inside(word: str, around: Kind) -> Kind:
    """Return what stands in the braces of a construct."""
    if word == "inputs":
        return Kind.INPUTS if around is Kind.BLOCK else Kind.OPTIONS
    return Kind.OPTIONS if word in {"meta", "call", "script", "gate", "foreach"} else Kind.BLOCK
