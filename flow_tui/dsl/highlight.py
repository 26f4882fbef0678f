"""What each part of a text is, for whoever colours it: any text, sound or not, and all of it."""

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum

from flow_tui.dataclass import dataclass
from flow_tui.dsl.templates import placeholders
from flow_tui.dsl.tokens import NODES, SPACE

BLOCKS = ("workflow", "meta", "inputs", *NODES)
"""The words that begin something, in the place where it may begin."""
FLAGS = ("required", "boolean")
SETTINGS = ("default", "description")
"""What is said of an input."""
CONSTANTS = (
    *("true", "false", "continue", "fail", "cancel", "warn", "halt", "skip_dependents", "rerun", "ask"),
    *("manual", "pr", "scheduled", "min_approvals", "review_decision"),
)
"""The values that options know by name."""


class Kind(StrEnum):
    """What a part is."""

    SPACE = "space"
    COMMENT = "comment"
    KEYWORD = "keyword"
    NAME = "name"
    """Of something that is declared here, or the kind of a gate."""
    AGENT = "agent"
    """What a call runs."""
    OPTION = "option"
    STEP = "step"
    """The step that a condition looks at."""
    MARKER = "marker"
    INPUT = "input"
    """The input that a condition looks at."""
    CONSTANT = "constant"
    WORD = "word"
    """A value without quotes."""
    NUMBER = "number"
    STRING = "string"
    ESCAPE = "escape"
    PLACEHOLDER = "placeholder"
    MARK = "mark"
    WRONG = "wrong"
    """What is not part of the language."""


@dataclass(slots=True)
class Part:
    """A stretch of text of one kind."""

    kind: Kind
    start: int
    end: int


class _Inside(StrEnum):
    BLOCK = "block"
    INPUTS = "inputs"
    OPTIONS = "options"
    ARRAY = "array"


_PART = re.compile(
    rf"""(?P<space>\A\ufeff|[{SPACE}]++)
    |(?P<comment>//[^\n]*+)
    |(?P<word>[A-Za-z_][A-Za-z0-9_-]*+)
    |(?P<number>[0-9]++)
    |(?P<mark>[{{}}\[\],=.])
    |(?P<string>"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z))
    |(?P<wrong>.)""",
    re.DOTALL | re.VERBOSE,
)
_ESCAPE = re.compile(r"\\.", re.DOTALL)
SILENT = (Kind.SPACE, Kind.COMMENT)
_BEFORE_NAME = frozenset({"workflow", "script", "gate", "foreach"})
_BEFORE_CONDITION = frozenset({"if", "unless", "while"})
_WITH_OPTIONS = frozenset({"meta", "call", "script", "gate", "foreach"})


def parts(text: str) -> Iterator[Part]:
    """Yield the parts of any text, from its first character to its last, without a gap."""
    found = list(scanned(text))
    after_each = following(text, found)
    reader = Reader()
    for part, after in zip(found, after_each, strict=True):
        if part.kind is Kind.STRING:
            reader.expected = None
            yield from string_parts(text, part)
            continue
        reader.take(part, text, after)
        yield part


def scanned(text: str, start: int = 0) -> Iterator[Part]:
    """Yield the parts of a text by their shape alone."""
    kinds = {name: Kind(name) for name in _PART.groupindex}
    for match in _PART.finditer(text, start):
        yield Part(kinds[str(match.lastgroup)], match.start(), match.end())


def following(text: str, found: Sequence[Part], beyond: str = "") -> list[str]:
    """Return for each part with which character the next one begins that says something.

    ``beyond`` is that of whatever comes after the text.
    """
    after = [""] * len(found)
    for at in range(len(found) - 1, -1, -1):
        after[at] = beyond
        if found[at].kind not in SILENT:
            beyond = text[found[at].start]
    return after


def string_parts(text: str, part: Part) -> Iterator[Part]:
    """Yield the parts of a text in quotes."""
    at = part.start
    for found in placeholders(text[part.start : part.end]):
        yield from _escapes(text, at, part.start + found.start)
        at = part.start + found.end
        yield Part(Kind.PLACEHOLDER, part.start + found.start, at)
    yield from _escapes(text, at, part.end)


def _escapes(text: str, start: int, end: int) -> Iterator[Part]:
    for match in _ESCAPE.finditer(text, start, end):
        if start < match.start():
            yield Part(Kind.STRING, start, match.start())
        yield Part(Kind.ESCAPE, match.start(), match.end())
        start = match.end()
    if start < end:
        yield Part(Kind.STRING, start, end)


class Reader:
    """Knows what the words of a text are by where they stand."""

    def __init__(self) -> None:
        self.expected: Kind | None = None
        """What the next word is, where only that can be."""
        self._open: list[_Inside] = []
        self._opens = _Inside.BLOCK
        self._has_input = False

    def state(self) -> tuple[object, ...]:
        """Return what is known so far: who knows the same reads on in the same way."""
        return (self.expected, *self._open, self._opens, self._has_input)

    def copy(self) -> "Reader":
        """Return one that knows the same and goes on by itself."""
        other = Reader()
        other.expected, other._open = self.expected, [*self._open]
        other._opens, other._has_input = self._opens, self._has_input
        return other

    def take(self, part: Part, text: str, after: str) -> None:
        """Take in a part that is no text in quotes, and say in it what it is."""
        if part.kind is Kind.MARK:
            self.mark(text[part.start])
        elif part.kind is Kind.WORD:
            part.kind = self.word(text[part.start : part.end], after)
        elif part.kind is Kind.NUMBER:
            self.expected = None

    @property
    def _inside(self) -> _Inside:
        return self._open[-1] if self._open else _Inside.BLOCK

    def mark(self, mark: str) -> None:
        """Take in a mark."""
        if mark == "{":
            self._open.append(self._opens)
            self._has_input = False
            self.expected = None
        elif mark == "[":
            self._open.append(_Inside.ARRAY)
        elif mark in "}]":
            del self._open[-1:]
            self.expected = None
        elif mark == "=":
            self._opens = _Inside.OPTIONS
            self.expected = Kind.WORD

    def word(self, word: str, following: str) -> Kind:
        """Return what a word is, ``following`` being the mark after it."""
        expected, self.expected = self.expected, None
        if following == "=":
            return Kind.OPTION
        if expected is Kind.WORD or self._inside is _Inside.ARRAY:
            return self._value(word, following, expected)
        if expected is Kind.AGENT and word == "workflow":
            self.expected = Kind.AGENT
            return Kind.KEYWORD
        if expected is Kind.INPUT and following == ".":
            self.expected = Kind.MARKER
            return Kind.STEP
        if expected is not None:
            return expected
        return self._said_of_input(word) if self._inside is _Inside.INPUTS else self._begun(word)

    def _value(self, word: str, following: str, expected: Kind | None) -> Kind:
        if expected is Kind.MARKER:
            return Kind.MARKER
        if following == ".":
            self.expected = Kind.MARKER
            return Kind.STEP
        return Kind.CONSTANT if word in CONSTANTS else Kind.WORD

    def _said_of_input(self, word: str) -> Kind:
        if self._has_input and word in (*FLAGS, *SETTINGS):
            return Kind.KEYWORD
        self._has_input = True
        return Kind.NAME

    def _begun(self, word: str) -> Kind:
        """Return what a word is at the beginning of a step or a block."""
        if word not in BLOCKS:
            return Kind.WRONG
        self._opens = _Inside.OPTIONS if word in _WITH_OPTIONS else _Inside.BLOCK
        if word == "inputs":
            self._opens = _Inside.INPUTS if self._inside is _Inside.BLOCK else _Inside.OPTIONS
        elif word == "call":
            self.expected = Kind.AGENT
        elif word in _BEFORE_NAME:
            self.expected = Kind.NAME
        elif word in _BEFORE_CONDITION:
            self.expected = Kind.INPUT
        return Kind.KEYWORD
