"""Where the boxes and the lines of a run's graph go: top down, branches side by side where there is room."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from itertools import pairwise

from flow_tui.dataclass import dataclass
from flow_tui.model.ids import StepPath
from flow_tui.model.plan import LOOPS
from flow_tui.view import format as fmt
from flow_tui.view.row import CONDITIONALS, PASS, Row

FRAME = 4
"""The cells of a box beside its name: two ends, a mark and a blank."""
FACTS = 7
"""Cells for what a box says behind its name, where there is room."""
MARK = 2
"""Cells for what the next run would do differently, where that is told."""
_MARGIN = 1
_GAP = 2
_INDENT = 3
_LONGEST = 32
"""A name gets at most so many cells."""
_NARROWEST = 8
_INLINE = frozenset({"do", "always", PASS})
"""Blocks whose inside simply follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """The place of one row."""

    path: StepPath
    x: int
    y: int
    width: int
    is_choice: bool
    """Whether it decides what follows."""


@dataclass(slots=True)
class Part:
    """A row and what is shown inside of it."""

    path: StepPath
    kind: str
    width: int
    """What its name takes."""
    inside: "list[Part]" = field(default_factory=list["Part"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """All of it."""

    boxes: tuple[Box, ...]
    """In the order of the rows."""
    strokes: Mapping[int, Sequence[tuple[int, str]]]
    """By line: from which cell on there stands what."""
    width: int
    height: int

    by_line: Mapping[int, Sequence[Box]]
    """The boxes of each line."""
    by_path: Mapping[StepPath, Box]

    def at(self, x: int, y: int) -> Box | None:
        """Return the box in a cell."""
        return next((box for box in self.by_line.get(y, ()) if box.x <= x < box.x + box.width), None)


def parts(rows: Iterable[Row]) -> list[Part]:
    """Return rows as they stand in one another."""
    top: list[Part] = []
    levels: list[list[Part]] = [top]
    for row in rows:
        part = Part(row.path, row.kind, min(_LONGEST, fmt.width(row.label)) + marked(row))
        del levels[row.depth + 1 :]
        levels[-1].append(part)
        levels.append(part.inside)
    return top


def marked(row: Row) -> int:
    """Return how many cells of its box say what the next run would do differently."""
    return MARK if row.ahead is not None and row.ahead.mark else 0


def chart(tops: Sequence[Part], cells: int) -> Chart:
    """Return where everything goes in ``cells`` cells; what is deep inside of one another may need more."""
    drawing = _Drawing()
    end = drawing.sequence(tops, _Place(_MARGIN, 0, max(_NARROWEST, cells - _MARGIN), FACTS))
    right = max((box.x + box.width for box in drawing.boxes), default=0)
    reach = (x + len(text) for strokes in drawing.strokes.values() for x, text in strokes)
    by_line: dict[int, list[Box]] = {}
    for box in sorted(drawing.boxes, key=lambda box: box.x):
        by_line.setdefault(box.y, []).append(box)
    return Chart(
        boxes=tuple(drawing.boxes),
        by_line=by_line,
        by_path={box.path: box for box in drawing.boxes},
        strokes=drawing.strokes,
        width=max(right, max(reach, default=0)),
        height=end.y,
    )


@dataclass(frozen=True, slots=True)
class _Place:
    x: int
    y: int
    room: int
    facts: int
    """How many cells each box has for more than its name."""


@dataclass(frozen=True, slots=True)
class _End:
    y: int
    """The first free line."""
    right: int
    """The first free column beside it."""


class _Drawing:
    def __init__(self) -> None:
        self.boxes: list[Box] = []
        self.strokes: dict[int, list[tuple[int, str]]] = {}
        self._needs: dict[tuple[StepPath, int], int] = {}

    def sequence(self, every: Sequence[Part], at: _Place) -> _End:
        """Draw what follows one another."""
        y, right = at.y, at.x
        for number, part in enumerate(every):
            if number:
                self._stroke(at.x + 1, y, "┊" if part.kind == "always" else "│")
                y += 1
            end = self._part(part, _Place(at.x, y, at.room, at.facts))
            y, right = end.y, max(right, end.right)
        return _End(y, right)

    def _part(self, part: Part, at: _Place) -> _End:
        is_loop = part.kind in LOOPS
        has_side = bool(part.inside) and (is_loop or part.kind in CONDITIONALS)
        room = at.room - 2 * has_side
        width = max(_NARROWEST, min(FRAME + part.width + at.facts, room))
        is_choice = is_loop or part.kind in CONDITIONALS
        self.boxes.append(Box(path=part.path, x=at.x, y=at.y, width=width, is_choice=is_choice))
        right = at.x + width
        if not part.inside:
            return _End(at.y + 1, right)
        below = _Place(at.x, at.y + 1, room, at.facts)
        if part.kind == "parallel":
            end = self._branches(part, below)
        elif has_side or part.kind in _INLINE:
            self._stroke(at.x + 1, at.y + 1, "│")
            end = self.sequence(part.inside, _Place(at.x, at.y + 2, room, at.facts))
        else:
            end = self._list(part.inside, below)
        end = _End(end.y, max(right, end.right))
        return self._side(at, right, end, is_loop=is_loop) if has_side else end

    def _side(self, at: _Place, right: int, end: _End, *, is_loop: bool) -> _End:
        """Draw the line beside what a condition decides about: back to it, or past it."""
        column, bottom = end.right + 1, end.y
        corner, into = ("◂", "─") if is_loop else ("─", "◂")
        self._stroke(right, at.y, corner + "─" * (column - right - 1) + "╮")
        for y in range(at.y + 1, bottom):
            self._stroke(column, y, "│")
        self._stroke(at.x + 1, bottom, f"├{into}" + "─" * (column - at.x - 3) + "╯")
        return _End(bottom + 1, column + 1)

    def _branches(self, part: Part, at: _Place) -> _End:
        """Draw branches side by side; below one another where there is no room for that."""
        for facts in dict.fromkeys((at.facts, 0)):
            if self._beside(part, facts) <= at.room:
                return self._abreast(part.inside, _Place(at.x, at.y, at.room, facts))
        return self._list(part.inside, at)

    def _abreast(self, every: Sequence[Part], at: _Place) -> _End:
        ends, x, ports = list[_End](), at.x, list[int]()
        for part in every:
            ports.append(x + 1)
            end = self._part(part, _Place(x, at.y + 1, self._need(part, at.facts), at.facts))
            ends.append(end)
            x = max(end.right, x + self._need(part, at.facts)) + _GAP
        bottom = max(end.y for end in ends)
        for port, end in zip(ports, ends, strict=True):
            for y in range(end.y, bottom):
                self._stroke(port, y, "│")
        self._stroke(at.x + 1, at.y, _rule(ports, "├", "┬", "╮"))
        self._stroke(at.x + 1, bottom, _rule(ports, "├", "┴", "╯"))
        return _End(bottom + 1, max(end.right for end in ends))

    def _list(self, every: Sequence[Part], at: _Place) -> _End:
        """Draw what belongs to something below one another, beside a line."""
        y, right = at.y, at.x
        for number, part in enumerate(every):
            end = self._part(part, _Place(at.x + _INDENT, y, at.room - _INDENT, at.facts))
            self._stroke(at.x + 1, y, "├─")
            for between in range(y + 1, end.y):
                self._stroke(at.x + 1, between, "│")
            y, right = end.y, max(right, end.right)
            if number < len(every) - 1 and (part.inside or every[number + 1].inside):
                self._stroke(at.x + 1, y, "│")
                y += 1
        return _End(y, right)

    def _need(self, part: Part, facts: int) -> int:
        """Return how many cells a part takes with every branch beside the others."""
        known = self._needs.get((part.path, facts))
        if known is None:
            box = max(_NARROWEST, FRAME + part.width + facts)
            inner = max((self._need(each, facts) for each in part.inside), default=0)
            if part.inside and part.kind == "parallel":
                known = max(box, self._beside(part, facts))
            elif part.inside and (part.kind in LOOPS or part.kind in CONDITIONALS):
                known = max(box, inner) + 2
            else:
                known = max(box, inner + _INDENT * (part.kind not in _INLINE))
            self._needs[part.path, facts] = known
        return known

    def _beside(self, part: Part, facts: int) -> int:
        return sum(self._need(each, facts) for each in part.inside) + _GAP * (len(part.inside) - 1)

    def _stroke(self, x: int, y: int, text: str) -> None:
        self.strokes.setdefault(y, []).append((x, text))


def _rule(ports: Sequence[int], first: str, middle: str, last: str) -> str:
    """Return the line over or under branches."""
    if len(ports) == 1:
        return "│"
    marks = [first, *(middle for _ in ports[2:]), last]
    gaps = ["─" * (after - before - 1) for before, after in pairwise(ports)]
    return "".join(mark + gap for mark, gap in zip(marks, [*gaps, ""], strict=True))
