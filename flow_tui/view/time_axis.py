"""The axis that all bars of a timeline stand on: instants as cells, and ticks that people can read."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice

from flow_tui.dataclass import dataclass, replace
from flow_tui.model.ids import StepPath
from flow_tui.model.state import Pauses, RunState, worked
from flow_tui.view import format as fmt
from flow_tui.view.glyphs import UNICODE, Glyphs
from flow_tui.view.piece import Cells, Piece

_NOTHING = timedelta()
_MOMENT = timedelta(milliseconds=1)
_SECOND = timedelta(seconds=1)
_ROOM = 10
"""A tick and its label have at least this many cells."""
_MOST = 256
"""Of so many steps in progress at most the time left is looked at."""
_TICKS = tuple(
    timedelta(milliseconds=each)
    for each in (
        *(1, 2, 5, 10, 20, 50, 100, 200, 500),
        *(1_000 * n for n in (1, 2, 5, 10, 15, 30)),
        *(60_000 * n for n in (1, 2, 5, 10, 15, 30)),
        *(3_600_000 * n for n in (1, 2, 3, 6, 12)),
        *(86_400_000 * n for n in (1, 2, 5, 10, 20, 50, 100)),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """Which cell stands for which instant. Time in which nobody worked on the run takes no room."""

    begin: datetime
    pauses: Pauses = ()
    first: timedelta = _NOTHING
    """What the first cell stands for, from the beginning of the run."""
    span: timedelta
    """What all cells together stand for."""
    cells: int
    until: datetime
    """How far the run is: now, or when it ended."""
    is_live: bool
    """Whether it goes on."""

    def length(self, instant: datetime) -> timedelta:
        """Return how long after the beginning ``instant`` was, for those who worked."""
        return worked(self.begin, instant, self.pauses)

    def cell(self, length: timedelta) -> int:
        """Return the cell for a time from the beginning; it may lie outside of what is shown."""
        return (length - self.first) * self.cells // self.span

    def place(self, instant: datetime) -> int:
        """Return the cell for ``instant``; it may lie outside of what is shown."""
        return self.cell(self.length(instant))

    @property
    def now_cell(self) -> int | None:
        """Return where now is, as long as the run goes on and that is in sight."""
        cell = self.place(self.until)
        return cell if self.is_live and 0 <= cell < self.cells else None

    @property
    def breaks(self) -> tuple[int, ...]:
        """Return where nobody worked on the run, as far as that is in sight."""
        cells = (self.place(since) for since, _ in self.pauses)
        return tuple(cell for cell in cells if 0 <= cell < self.cells)


def axis(state: RunState, active: Iterable[StepPath], now: datetime, cells: int) -> Axis:
    """Return the axis for a run at ``now`` in ``cells`` cells.

    While the run goes on it has room for what is left of the limits of the steps in progress, but mostly for
    what has been, and grows by whole ticks so that bars stand still in between.
    """
    begin = state.started_at or now
    is_live = not state.is_stopped
    until = state.stopped_at or max(now, state.last_event_at or now)
    done = worked(begin, until, state.pauses)
    whole = max(done, _MOMENT)
    if is_live:
        wanted = max(done + min(_time_left(state, active, until), done / 2), _SECOND)
        tick = _tick(wanted, cells)
        whole = (wanted // tick + 1) * tick
    return Axis(
        begin=begin, pauses=state.pauses, span=whole, cells=max(0, cells), until=until, is_live=is_live
    )


def zoomed(axis: Axis, times: int, around: timedelta) -> Axis:
    """Return the axis for a part of the time around ``around``, halved so many ``times``."""
    span = max(axis.span / 2**times, _MOMENT)
    return replace(axis, first=min(max(_NOTHING, around - span / 2), axis.span - span), span=span)


def _time_left(state: RunState, active: Iterable[StepPath], now: datetime) -> timedelta:
    most = _NOTHING
    for path in islice(active, _MOST):
        step = state.steps.get(path)
        for end in (step.deadline, step.retry_at) if step is not None else ():
            if end is not None:
                most = max(most, end - now)
    return most


def _tick(span: timedelta, cells: int) -> timedelta:
    """Return how far two ticks are apart in time."""
    most = max(1, cells // _ROOM)
    longest = _TICKS[-1] * -(-span // (_TICKS[-1] * most))
    return next((tick for tick in _TICKS if tick * most >= span), longest)


def label(length: timedelta) -> str:
    """Return what a tick says: ``0``, ``250ms``, ``20s``, ``1m30s``, ``2h``, ``3d``."""
    if not length:
        return "0"
    if length < _SECOND:
        return f"{length // _MOMENT}ms"
    if length < 10 * _SECOND and length % _SECOND:
        return f"{length.total_seconds():.3f}".rstrip("0") + "s"
    return fmt.limit(length)


def ruler(axis: Axis, glyphs: Glyphs = UNICODE) -> list[Piece]:
    """Return the line over the bars: a label at every tick, and where now is."""
    cells = Cells(axis.cells, "tick")
    now = axis.now_cell
    if now is not None:
        said = f"{glyphs.down}now" if now + 4 <= axis.cells else f"now{glyphs.down}"
        cells.write(now if now + 4 <= axis.cells else now - 3, said, "now")
    tick = _tick(axis.span, axis.cells)
    number = -(-axis.first // tick)
    while axis.cells and (cell := axis.cell(tick * number)) < axis.cells:
        said = label(tick * number)
        if cells.is_free(cell, cell + len(said) + 1):
            cells.write(cell, said, "tick")
        number += 1
    return cells.pieces()
