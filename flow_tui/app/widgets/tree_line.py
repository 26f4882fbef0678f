"""One row of the step tree as pieces of text that fill a line exactly, whatever its width."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

from flow_tui.dataclass import dataclass
from flow_tui.model.status import StepStatus
from flow_tui.sanitize import line as clean
from flow_tui.view.glyphs import UNICODE, Glyphs
from flow_tui.view.piece import Piece

if TYPE_CHECKING:  # loaded with the first run
    from flow_tui.view.carried_out import Items
    from flow_tui.view.row import Row

_ROOMY = 56
"""From this width on facts stand in columns; below, they are packed to the right."""
_SPACIOUS = 84
"""From this width on there is room for what kind of step it is."""
_COSTLY = 36
"""With this many cells for facts, there is room for what a step costs."""
_ELAPSED = 8
_CLOCK = 6
_KIND = 10
_VITALS = (5, 8, 9)
"""Cells for the attempt, the heartbeat and the time left, where they stand in columns."""
_BAR = "bar"
_SHORTEST_BAR, _LONGEST_BAR = 6, 12
_READABLE = 8
"""Of a fact that is cut, so many cells say something."""
_SHORTEST = 8
"""A name keeps at least this many cells, or all it has, before its step's facts are given up."""
_GIVEN_UP = ("beat", "left")
"""What goes, in this order, before a running step is shown without its clock."""
_SELECTORS = str.maketrans("", "", "\ufe0e\ufe0f")  # terminals disagree about their width

_TOLD_BY_LABEL = frozenset(
    {"if", "unless", "while", "do_while", "parallel", "do", "always", "pass", "folded", "to_come"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """How many cells each fact gets where facts stand in columns."""

    name: int
    kind: int
    facts: int


@lru_cache(maxsize=256)
def columns(width: int) -> Columns:
    """Return how a line of ``width`` cells is divided."""
    kind = _KIND if width >= _SPACIOUS else 0
    name = max(20, min(44, (width - kind) * 2 // 5))
    return Columns(name=name, kind=kind, facts=max(0, width - name - kind - _ELAPSED - 3))


def line(row: "Row", now: datetime, width: int, glyphs: Glyphs = UNICODE) -> list[Piece]:
    """Return what the row says at ``now``, in exactly ``width`` cells."""
    mark = glyphs.step(row.looks_like)
    lead = [
        *ahead(row),
        Piece("guide", row.lines(glyphs)),
        Piece("fold", row.fold(glyphs)),
        Piece(row.looks_like.value, f"{mark} "),
        *breakpoint_mark(row, glyphs),
    ]
    pieces = [*lead, *_body(row, now, width - sum(cell_len(p.text) for p in lead), width)]
    return [Piece(p.role, glyphs.translate(p.text)) for p in exactly(pieces, width)]


def ahead(row: "Row") -> Iterator[Piece]:
    """Yield the mark of what the next run would do differently, where rows have one."""
    if row.ahead is not None:
        yield Piece(_AHEAD.get(row.ahead.mark, "faint"), f"{row.ahead.mark or ' '} ")


def breakpoint_mark(row: "Row", glyphs: Glyphs) -> Iterator[Piece]:
    """Yield the mark of a breakpoint, if the row has one."""
    if row.has_breakpoint:
        yield Piece("breakpoint", f"{glyphs.breakpoint} ")


_AHEAD = {"+": "beat", "-": "try", "~": "retry"}


def _body(row: "Row", now: datetime, room: int, width: int) -> list[Piece]:
    if room <= 0:
        return []
    packed = width < _ROOMY
    facts = vitals(row, now, packed=packed)
    detail = Piece(_detail_role(row), safe(row.detail()))
    items = row.items if row.items is not None and detail.text == str(row.items) else None
    if items is not None:
        detail = Piece("faint", safe(row.beside_items()))
    elif row.is_stale(now) and not detail.text:
        detail = Piece("stale", "silent")
    if row.ahead is not None and row.ahead.said and not row.is_running:
        said = Piece(_AHEAD.get(row.ahead.mark, "faint"), safe(row.ahead.said))
        if packed or not detail.text:
            detail = said
        elif row.looks_like not in _LOUD:
            facts = [*facts, said]
    if packed:
        if items is not None:
            space = room - cell_len(safe(row.label)) - _CLOCK - 2
            return _packed(row, now, room, list(_counted(items, space, gap=1)), detail)
        if passes := row.passes():
            told = f"pass {passes}"
            fits = cell_len(safe(row.label)) + len(told) + _CLOCK + 2 <= room
            facts, detail = [Piece("faint", told if fits else passes)], Piece("faint", "")
        return _packed(row, now, room, facts, detail)
    widths = columns(width)
    if items is not None:
        signs, facts = facts, [*_counted(items, widths.facts, gap=2)]
        spare = widths.facts - sum(cell_len(p.text) + 2 for p in facts)
        for piece in signs:
            if piece.text and cell_len(piece.text) <= spare:
                facts.append(piece)
                spare -= cell_len(piece.text) + 2
        if cell_len(detail.text) > spare:
            detail = Piece("faint", "")
    elif row.heartbeat(now):
        facts = _aligned(row, facts, detail, widths.facts)
    return _in_columns(row, now, room, widths, facts, detail)


def _counted(items: "Items", space: int, *, gap: int) -> Iterator[Piece]:
    """Yield how many items are over, as a bar too, and what became of them; less where that takes too much.

    Between any two stand ``gap`` cells; how many are over is said in any case, and then what failed. Of a
    fan-out that was cut short, all counts come before the bar.
    """
    marks = items.marks
    space -= cell_len(items.share)
    fitting: list[str] = []
    order = (*marks, _BAR) if items.left or items.cancelled else ("failed", _BAR, *marks)
    for status in dict.fromkeys(order):
        needed = gap + (_SHORTEST_BAR if status == _BAR else cell_len(marks.get(status, "")))
        if (status == _BAR or status in marks) and needed <= space:
            fitting.append(status)
            space -= needed
    yield Piece("clock", items.share)
    if _BAR in fitting:
        yield Piece("left", items.bar(min(_LONGEST_BAR, _SHORTEST_BAR + space)))
    yield from (Piece(status, marks[status]) for status in marks if status in fitting)


def vitals(row: "Row", now: datetime, *, packed: bool) -> list[Piece]:
    """Return the attempt, the heartbeat and the time left of a row whose clocks move; empty where unknown."""
    if not row.is_running or not row.is_leaf:
        tries = row.attempts() if row.status is not StepStatus.COMPLETED or _was_retried(row) else ""
        return [Piece("faint", f"↻ {tries}" if not packed else f"↻{tries}")] if tries else []
    tries, beat, wait = row.attempts(), row.heartbeat(now), row.backoff(now)
    pieces = [
        Piece("retry", f"↻ {tries}" if tries else ""),
        Piece("stale", f"{beat}!") if row.is_stale(now) else Piece("beat", beat),
        Piece("left", row.remaining(now)),
    ]
    if packed:
        pieces = [Piece(p.role, p.text.replace(" ", "", 1)) for p in pieces]
    if wait:
        pieces.append(Piece("retry", wait.removeprefix("retry ") if packed and tries else wait))
    return pieces if beat and not packed else [p for p in pieces if p.text]


def _was_retried(row: "Row") -> bool:
    return row.step is not None and len(row.step.attempts) > 1


def safe(text: str) -> str:
    """Return ``text`` from outside fit for one line of a terminal."""
    return clean(text).translate(_SELECTORS)


def _detail_role(row: "Row") -> str:
    return row.looks_like.value if row.looks_like in _LOUD else "faint"


_LOUD = frozenset({StepStatus.FAILED, StepStatus.TIMED_OUT, StepStatus.WAITING, StepStatus.PAUSED})


def _name_role(row: "Row") -> str:
    if row.status is StepStatus.RUNNING and row.is_leaf:
        return "active"
    return "faint" if row.status in (StepStatus.PENDING, StepStatus.SKIPPED) else "name"


def _packed(row: "Row", now: datetime, room: int, facts: list[Piece], detail: Piece) -> list[Piece]:
    """Name to the left, facts to the right; what there is no room for goes in a fixed order."""
    label = safe(row.label)
    waits = row.status is StepStatus.WAITING  # for a person, who asks for what rather than for how long
    elapsed = "" if waits else row.elapsed(now)
    shown = f" {elapsed:>{_CLOCK}}"
    name = min(cell_len(label), max(_SHORTEST, room * 2 // 3))
    if elapsed and row.is_running:
        least = min(name, _SHORTEST) + cell_len(shown)
        facts = _fewer(facts, room - least)
        name = max(0, min(name, room - cell_len(shown) - sum(cell_len(p.text) + 1 for p in facts)))
    left = room - name - sum(cell_len(p.text) + 1 for p in facts)
    right = [Piece(p.role, f" {p.text}") for p in facts]
    if elapsed and left >= cell_len(shown):
        right.append(Piece("faint", shown))
        left -= cell_len(shown)
    spare = left + name - cell_len(label)
    if detail.text and spare > _SHORTEST:
        right.insert(0, Piece(detail.role, f" {cut(detail.text, spare - 1)}"))
    elif not detail.text and not facts and _kind(row) and spare > cell_len(_kind(row)) + 1:
        right.insert(0, Piece("kind", f" {_kind(row)}"))
    space = room - sum(cell_len(p.text) for p in right)
    return [Piece(_name_role(row), fit(label, space)), *right]


def _fewer(facts: list[Piece], space: int) -> list[Piece]:
    """Return what of the facts fits beside a clock: the heartbeat goes first, then what time is left."""
    kept = [*facts]
    for role in _GIVEN_UP:
        if sum(cell_len(p.text) + 1 for p in kept) <= space:
            break
        kept = [p for p in kept if p.role != role]
    return kept


def _aligned(row: "Row", facts: list[Piece], detail: Piece, space: int) -> list[Piece]:
    """Return the attempt, the heartbeat and the time left in cells of their own, row by row the same."""
    fitted = [Piece(p.role, fit(p.text, n)) for p, n in zip(facts, _VITALS, strict=True)]
    taken = sum(_VITALS) + 2 * len(_VITALS)
    for place in (-1, 0):
        is_needed = row.part is not None or taken + cell_len(detail.text) > space
        if detail.text and is_needed and not fitted[place].text.strip():
            taken -= cell_len(fitted.pop(place).text) + 2  # an empty column is worth less than a word
    return fitted


def _in_columns(
    row: "Row", now: datetime, room: int, widths: Columns, facts: list[Piece], detail: Piece
) -> list[Piece]:
    """Name, kind, time, vitals and detail under one another, row by row."""
    rest = widths.kind + _ELAPSED + widths.facts + 3
    pieces = [Piece(_name_role(row), fit(safe(row.label), room - rest) + " ")]
    if widths.kind:
        pieces.append(Piece("kind", fit(_kind(row), widths.kind)))
    pieces.append(Piece("clock" if row.is_running else "faint", f"{row.elapsed(now):>{_ELAPSED}}  "))
    space = widths.facts
    for piece in (*facts, *_used(row, space), detail, *_again(row, space)):
        if piece.text and space > 1:
            shown = _whole_words(piece.text, space)
            pieces.append(Piece(piece.role, f"{shown}  "))
            space -= cell_len(shown) + 2
    return pieces


def _used(row: "Row", space: int) -> Iterator[Piece]:
    """Yield the tokens of an agent, and where there is more room what they cost."""
    tokens, cost = row.used()
    yield Piece("faint", tokens)
    yield Piece("faint", cost if space >= _COSTLY else "")


def _again(row: "Row", space: int) -> Iterator[Piece]:
    """Yield why a step ran although what an earlier run found might have stood, where there is much room."""
    if space >= _COSTLY and row.step is not None and row.step.why:
        yield Piece("faint", f"again: {safe(row.step.why)}")


def _kind(row: "Row") -> str:
    return "" if row.kind in _TOLD_BY_LABEL else safe(row.kind).replace("call_workflow", "workflow")


def _whole_words(text: str, cells: int) -> str:
    """Return ``text`` cut to so many cells; of the last of several facts enough to read, or nothing."""
    first, _, last = text.rpartition("  ")
    is_told = cells - cell_len(first) - 2 >= min(_READABLE, cell_len(last))
    return cut(text if is_told or not first else first, cells)


def exactly(pieces: Iterable[Piece], width: int) -> list[Piece]:
    """Return ``pieces`` cut or filled up to ``width`` cells."""
    room, fitted = width, list[Piece]()
    for piece in pieces:
        cells = cell_len(piece.text)
        if cells > room:
            fitted.append(Piece(piece.role, set_cell_size(piece.text, room)))
            return fitted
        fitted.append(piece)
        room -= cells
    if room:
        fitted.append(Piece("name", " " * room))
    return fitted


def cut(text: str, cells: int) -> str:
    """Return ``text`` in at most ``cells`` cells, with an ellipsis where something is missing."""
    if cell_len(text) <= cells:
        return text
    return set_cell_size(text, cells - 1).rstrip() + "…" if cells > 0 else ""


def fit(text: str, cells: int) -> str:
    """Return ``text`` in exactly ``cells`` cells."""
    return set_cell_size(cut(text, cells), max(0, cells))
