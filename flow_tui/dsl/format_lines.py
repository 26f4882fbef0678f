"""The one style: things that stand on lines of their own, into lines."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from flow_tui.dsl.format_tree import Comment, Group, Item, Kind

WIDTH = 100
"""Options that were written on one line stay there up to this column."""
INDENT = 2
_GAP = "  "
"""Between two options, or what is said of an input, or code and a comment, on one line."""
_FARTHEST = 40
"""No comment is moved farther to the right than this to stand below another."""


@dataclass(slots=True)
class _Line:
    depth: int
    code: str
    comment: str = ""
    blank: bool = False
    """Whether a blank line comes before it."""

    @property
    def width(self) -> int:
        """Return the column at which the code ends."""
        return self.depth * INDENT + len(self.code)

    @property
    def can_align(self) -> bool:
        """Say whether its comment can stand in a column with others."""
        return bool(self.code and self.comment) and "\n" not in self.code


def laid_out(workflow: Item, rest: Sequence[Comment]) -> str:
    """Return the text of a file."""
    lines = [*_items([workflow], 0, Kind.BLOCK), *_comments(rest, 0)]
    lines[0].blank = False
    columns = _columns(lines)
    return "".join(_written(line, column) for line, column in zip(lines, columns, strict=True))


def _written(line: _Line, column: int) -> str:
    text = " " * (line.depth * INDENT) + line.code
    if line.comment:
        text = f"{text:<{column}}{_GAP}{line.comment}" if line.code else text + line.comment
    return f"\n{text}\n" if line.blank else f"{text}\n"


def _columns(lines: Sequence[_Line]) -> list[int]:
    """Return for each line how far its code is filled up before its comment: as far as its neighbours'.

    Neighbours are as deep and have a comment, too.
    """
    columns = [0] * len(lines)
    begin = low = high = 0
    for at, line in enumerate(lines):
        least, most = min(low, line.width), max(high, line.width)
        goes_on = begin < at and not line.blank and most - least <= _FARTHEST
        if goes_on and line.can_align and lines[begin].can_align and lines[begin].depth == line.depth:
            low, high = least, most
        else:
            columns[begin:at] = [high] * (at - begin)
            begin, low, high = at, line.width, line.width
    columns[begin:] = [high] * (len(lines) - begin)
    return columns


# Items


def _items(items: Sequence[Item], depth: int, kind: Kind) -> Iterator[_Line]:
    if kind is Kind.INPUTS:
        yield from _inputs(items, depth)
        return
    for item, pad in zip(items, _pads(items, depth), strict=True):
        yield from _comments(item.above, depth)
        code = f"{item.key:<{pad}} = {item.text}" if item.key else f"{item.text:<{pad}}"
        yield from _item(item, depth, code, "," if kind is Kind.ARRAY else "")


def _item(item: Item, depth: int, code: str, comma: str) -> Iterator[_Line]:
    group = item.group
    if group is None:
        yield _Line(depth, code + comma, item.after, item.blank)
        return
    if code and not item.key:
        code += " "
    if _fits(item, depth):
        yield _Line(depth, f"{code}{_flat_group(group)}{_tail(item)}", item.after, item.blank)
        return
    opening, closing = "[]" if group.kind is Kind.ARRAY else "{}"
    yield _Line(depth, code + opening, group.after, item.blank)
    inside = [*_items(group.items, depth + 1, group.kind), *_comments(group.end, depth + 1)]
    for line in inside[:1]:
        line.blank = False
    yield from inside
    yield _Line(depth, closing + _tail(item), item.after)


def _comments(comments: Iterable[Comment], depth: int) -> Iterator[_Line]:
    return (_Line(depth, "", comment.text, comment.blank) for comment in comments)


def _tail(item: Item) -> str:
    return f" {item.tail}" if item.tail else ""


def _fits(item: Item, depth: int) -> bool:
    """Say whether an item stands on one line."""
    group = item.group
    if group is None:
        return "\n" not in item.text
    if group.is_empty:
        return True
    if group.kind in (Kind.BLOCK, Kind.INPUTS) or not group.one_line:
        return False
    return depth * INDENT + len(_flat(item)) <= WIDTH


def _flat(item: Item) -> str:
    """Return an item on one line."""
    code = f"{item.key} = {item.text}" if item.key else item.text
    if item.group is None:
        return code
    return f"{code}{'' if item.key else ' '}{_flat_group(item.group)}{_tail(item)}"


def _flat_group(group: Group) -> str:
    inside = [_flat(item) for item in group.items]
    if group.kind is Kind.ARRAY:
        return f"[{', '.join(inside)}]"
    return f"{{ {_GAP.join(inside)} }}" if inside else "{}"


def _pads(items: Sequence[Item], depth: int) -> list[int]:
    """Return how wide each item begins: neighbours have their ``=`` and their braces in one column."""
    pads = [0] * len(items)
    for kind, run in _runs(items, [_begins(item, depth) for item in items]):
        if kind:
            widths = [len(item.key or item.text) for item in items[run.start : run.stop]]
            pads[run.start : run.stop] = [max(widths)] * len(run)
    return pads


def _begins(item: Item, depth: int) -> str:
    """Return what kind of line an item is, as far as neighbours of that kind are lined up; nothing if not."""
    if not _fits(item, depth) or (not item.key and (item.group is None or item.group.is_empty)):
        return ""
    return "=" if item.key else item.text.split(" ", 1)[0]


def _runs(items: Sequence[Item], kinds: Sequence[str]) -> Iterator[tuple[str, range]]:
    """Yield the stretches of neighbours of one kind with no blank line between them."""
    begin = 0
    for at in range(1, len(items) + 1):
        if at == len(items) or kinds[at] != kinds[begin] or items[at].begins_blank:
            yield kinds[begin], range(begin, at)
            begin = at


# Inputs


@dataclass(slots=True)
class _Row:
    """A declaration in a table: what is said of the input before its description, and from there on."""

    item: Item
    before: list[str]
    after: list[str]
    fits: bool
    """Whether there is room for it on one line."""

    def said(self, pad: int) -> str:
        """Return what is said on one line, the description in the column that ``pad`` leads to."""
        before, after = _GAP.join(self.before), _GAP.join(self.after)
        return f"{before:<{pad}}{_GAP}{after}" if after and (before or pad) else before + after

    def parts(self, room: int) -> list[str]:
        """Return what is said on lines of their own."""
        parts: list[str] = []
        for words in filter(None, (self.before, self.after)):
            text = _GAP.join(words)
            parts += [text] if _is_short(text, room) else words
        return parts


def _inputs(items: Sequence[Item], depth: int) -> Iterator[_Line]:
    """Yield declarations as a table: names, what is said of them, descriptions."""
    for _, run in _runs(items, [""] * len(items)):
        names = max(len(item.text) for item in items[run.start : run.stop])
        room = WIDTH - depth * INDENT - names - len(_GAP)
        rows = [_row(item, room) for item in items[run.start : run.stop]]
        pad = max((len(_GAP.join(row.before)) for row in rows if row.fits and row.after), default=0)
        if any(row.fits and len(row.said(pad)) > room for row in rows):
            pad = 0
        for row in rows:
            yield from _comments(row.item.above, depth)
            yield from _input(row.item, depth, names, [row.said(pad)] if row.fits else row.parts(room))


def _row(item: Item, room: int) -> _Row:
    said = item.modifiers
    at = next((at for at, word in enumerate(said) if word.startswith("description ")), len(said))
    return _Row(item, said[:at], said[at:], _is_short(_GAP.join(said), room))


def _is_short(text: str, room: int) -> bool:
    return len(text) <= room and "\n" not in text


def _input(item: Item, depth: int, names: int, said: Sequence[str]) -> Iterator[_Line]:
    """Yield a declaration; what has no room on its line stands below it."""
    first, *others = said
    lines = [_Line(depth, f"{item.text:<{names}}{_GAP}{first}" if first else item.text, "", item.blank)]
    lines += [_Line(depth, " " * (names + len(_GAP)) + other) for other in others]
    lines[-1].comment = item.after
    yield from lines
