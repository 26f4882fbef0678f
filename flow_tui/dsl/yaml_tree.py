"""A careful reader of YAML: mappings, lists and words, each with its place, and nothing that can explode.

Every scalar is text (``no`` stays ``no``), and aliases, tags and second documents are refused, so that what
is read is never larger than what is written. Loading this module takes its time: import it where a file is
to be read.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import TypeAlias, cast

import yaml
from typing_extensions import override
from yaml import Event, MarkedYAMLError

from flow_tui import limits
from flow_tui.dataclass import dataclass
from flow_tui.diagnostics import START, Diagnostic, Span
from flow_tui.dsl.words import shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """One word or text."""

    text: str
    span: Span
    is_plain: bool = False
    """Whether it stands there without quotes."""

    @property
    def is_nothing(self) -> bool:
        """Say whether a value was left out."""
        return self.is_plain and self.text in {"", "~", "null", "Null", "NULL"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """A list."""

    items: tuple["Node", ...]
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A key and its value."""

    key: Scalar
    value: "Node"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """Keys and values in the order of the text; every key is there once."""

    entries: tuple[Entry, ...]
    span: Span

    def get(self, key: str) -> "Node | None":
        """Return the value of a key; a value that was left out is none."""
        found = next((entry.value for entry in self.entries if entry.key.text == key), None)
        return None if isinstance(found, Scalar) and found.is_nothing else found


Node: TypeAlias = Scalar | Sequence | Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """What a text holds, and what is wrong with it; after a problem parts of it may be missing."""

    root: Node | None
    diagnostics: tuple[Diagnostic, ...]


def kind(node: Node) -> str:
    """Return what a node is, in words."""
    match node:
        case Scalar():
            return "nothing" if node.is_nothing else "a single value"
        case Sequence():
            return "a list"
        case Mapping():
            return "a mapping"


def read(text: str) -> Tree:
    """Return the tree of a text; total: any text gives one, however large or malformed it is."""
    if len(text) > limits.YAML_BYTES or len(text.encode(errors="replace")) > limits.YAML_BYTES:
        message = f"larger than {limits.YAML_BYTES // limits.KIB} KiB"
        return Tree(root=None, diagnostics=(Diagnostic(code="Y-SIZE", message=message),))
    reader = _Reader(text.removeprefix("\ufeff"))
    root = reader.document()
    return Tree(root=root, diagnostics=tuple(reader.diagnostics))


class _StopError(Exception):
    """Reading cannot go on; the reason is among the diagnostics."""


_REFUSED = Scalar(text="", span=START)
"""Stands for what was refused; nothing is said about it a second time."""


class _Loader(yaml.SafeLoader):
    """Takes ``{a?: b}`` as other readers of YAML do, with the question mark as part of the key."""

    _in_plain = False

    @override
    def scan_plain(self) -> yaml.ScalarToken:
        self._in_plain = True
        try:
            return super().scan_plain()
        finally:
            self._in_plain = False

    @override
    def peek(self, index: int = 0) -> str:
        character = cast("str", super().peek(index))  # pyright: ignore[reportUnknownMemberType]  # untyped
        return "_" if character == "?" and self._in_plain else character


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = (0, *(found.end() for found in re.finditer("\n", text)))
        self.diagnostics: list[Diagnostic] = []

    def document(self) -> Node | None:
        """Return the one document of the text."""
        events = self._events()
        try:
            return self._document(events)
        except _StopError:
            return None

    def _document(self, events: Iterator[Event]) -> Node | None:
        root: Node | None = None
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent) and root is not None:
                self._add(
                    "Y-DOCUMENT", "a second document begins here", event, hint="one file holds one document"
                )
                raise _StopError
            if isinstance(event, yaml.NodeEvent):
                root = self._node(event, events, 1)
        return root

    def _events(self) -> Iterator[Event]:
        try:
            yield from yaml.parse(self._text, Loader=_Loader)
        except yaml.MarkedYAMLError as problem:
            self._syntax(problem)
            raise _StopError from None
        except yaml.reader.ReaderError as problem:
            at = int(problem.position)
            message = f"the character {shown(self._text[at : at + 1])} cannot stand in YAML"
            self._append("Y-SYNTAX", message, self._between(at, at + 1))
            raise _StopError from None
        except (ValueError, OverflowError):  # such as an escape for a character that does not exist
            self._append("Y-SYNTAX", "an escape names a character that does not exist", START)
            raise _StopError from None

    def _syntax(self, problem: MarkedYAMLError) -> None:
        said = problem.problem or problem.context or "not readable"
        mark = problem.problem_mark or problem.context_mark
        at = mark.index if mark is not None else 0
        hint = next((hint for part, hint in _HINTS.items() if part in said), "")
        self._append("Y-SYNTAX", f"not readable as YAML: {said}", self._between(at, at + 1), hint)

    def _node(self, event: Event, events: Iterator[Event], depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent):
            self._add("Y-ALIAS", f"the alias {shown(f'*{event.anchor}')} is not read", event, hint=_WRITE_OUT)
            return _REFUSED
        tag = getattr(event, "tag", None)
        if tag is not None:
            self._add(
                "Y-TAG", f"the tag {shown(tag)} is not read", event, hint="leave it out: every value is text"
            )
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(text=event.value, span=self._span(event), is_plain=not event.style)
        if depth > limits.YAML_NESTING:
            self._add("Y-NESTING", f"nested deeper than {limits.YAML_NESTING} levels", event)
            raise _StopError
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(event, events, depth)
        return self._sequence(event, events, depth)

    def _sequence(self, start: Event, events: Iterator[Event], depth: int) -> Sequence:
        items: list[Node] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                return Sequence(items=tuple(items), span=self._until(start, event))
            item = self._node(event, events, depth + 1)
            items += [] if item is _REFUSED else [item]
        raise _StopError

    def _mapping(self, start: Event, events: Iterator[Event], depth: int) -> Mapping:
        entries: dict[str, Entry] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                return Mapping(entries=tuple(entries.values()), span=self._until(start, event))
            key = self._node(event, events, depth + 1)
            value = self._node(next(events), events, depth + 1)
            if not isinstance(key, Scalar):
                self._append("Y-KEY", f"a key must be a word, not {kind(key)}", key.span)
            elif (first := entries.get(key.text)) is not None:
                self._append(
                    "Y-DUP-KEY",
                    f"the key {shown(key.text)} is there twice",
                    key.span,
                    f"the first one is on line {first.key.span.line}",
                )
            elif key is not _REFUSED and value is not _REFUSED:
                entries[key.text] = Entry(key=key, value=value)
        raise _StopError

    # Places

    def _until(self, start: Event, end: Event) -> Span:
        return self._between(_index(start.start_mark), _index(end.end_mark))

    def _span(self, event: Event) -> Span:
        return self._between(_index(event.start_mark), _index(event.end_mark))

    def _between(self, start: int, end: int) -> Span:
        """Return the stretch between two offsets; lines end at LF only, as everywhere."""
        line, column = self._place(start)
        end_line, end_column = self._place(max(start, end))
        return Span(line=line, column=column, end_line=end_line, end_column=end_column)

    def _place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    # Problems

    def _add(self, code: str, message: str, event: Event, hint: str = "") -> None:
        self._append(code, message, self._span(event), hint)

    def _append(self, code: str, message: str, span: Span, hint: str = "") -> None:
        self.diagnostics.append(Diagnostic(code=code, message=message, span=span, hint=hint))
        if len(self.diagnostics) >= limits.DIAGNOSTICS_SHOWN:
            raise _StopError


_WRITE_OUT = "write out what it stands for"
_HINTS = {
    "'\\t'": "indent with spaces",
    "mapping values are not allowed": "put the value in quotes if a colon belongs to it",
    "cannot start any token": "put the value in quotes",
    "found unexpected end of stream": "a quote is never closed",
    "<stream end>": "a bracket is never closed",
}


def _index(mark: object) -> int:
    return int(getattr(mark, "index", 0))
