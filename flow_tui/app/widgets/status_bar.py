"""The line at the top: which run, how it stands, for how long."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from flow_tui.app import marks
from flow_tui.app.pulse import Pulse
from flow_tui.app.scene import Scene
from flow_tui.app.text import short
from flow_tui.dataclass import dataclass
from flow_tui.model import ids, naming
from flow_tui.model.state import RunState
from flow_tui.model.status import RunStatus
from flow_tui.runtime.messages import WatchChanged
from flow_tui.view import format as fmt
from flow_tui.view import outcome
from flow_tui.view.counts import Counts
from flow_tui.view.glyphs import UNICODE, word

if TYPE_CHECKING:
    from flow_tui.model.estimate import Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One fact of the line."""

    content: Content
    rank: int
    """What has the highest is left out first; nothing with 0 ever is."""
    shortest: int | None = None
    """To how many cells it may be cut, before anything is left out."""
    gap: int = 2
    """Blanks between it and what follows."""


_TITLE = 12
"""Cells that are enough to know a title again."""
_ROOMY = 120
"""From this width on it is also said how far the screen is behind the engine."""
_SLOW = timedelta(seconds=2)
"""A lag from which on somebody should know."""


def assemble(parts: Iterable[Part], width: int) -> Content:
    """Return the parts on one line of at most ``width`` cells: titles are cut, then the least is left out."""
    kept = list(parts)
    while _excess(kept, width, cut=True) > 0 and any(part.rank for part in kept):
        worst = max(part.rank for part in kept)
        kept.remove([part for part in kept if part.rank == worst][-1])
    excess = _excess(kept, width, cut=False)
    shown: list[Content | str] = []
    for index, part in enumerate(kept):
        content = part.content
        if excess > 0 and part.shortest is not None and content.cell_length > part.shortest:
            room = max(part.shortest, content.cell_length - excess)
            excess -= content.cell_length - room
            content = content.truncate(room, ellipsis=True)
        shown += (" " * (kept[index - 1].gap if index else 0), content)
    return Content.assemble(*shown)


def _excess(parts: Sequence[Part], width: int, *, cut: bool) -> int:
    """Return by how many cells the parts do not fit."""
    lengths = (
        min(part.content.cell_length, part.shortest)
        if cut and part.shortest is not None
        else part.content.cell_length
        for part in parts
    )
    return sum(lengths) + sum(part.gap for part in parts[:-1]) - width


def crumbs(scene: Scene) -> Iterator[Part]:
    """Yield what the run on screen is part of, from the outside in: each run with the step that is open."""
    if scene.state is None:
        return
    around = [*naming.around(scene.state, scene.runs.states.get)]
    for index, (above, path) in enumerate(reversed(around)):
        step = naming.called(above, path)
        is_innermost = index == len(around) - 1
        told = is_innermost and step == scene.state.name
        names = [*([] if index else [above.name]), *([] if told else [step])]
        said = "".join(f"{name} {UNICODE.folded} " for name in names)
        if said:
            rank = 3 if is_innermost else 5
            yield Part(content=short(said.rstrip(), 48, marks.FAINT), rank=rank, gap=1)


def run_parts(state: RunState, counts: Counts, pulse: Pulse, now: datetime) -> Iterator[Part]:
    """Yield what is to be said of a run."""
    yield Part(content=short(state.name or "run", 32, marks.STRONG), rank=0, shortest=_TITLE)
    yield Part(content=Content.styled(ids.short(state.run_id), marks.FAINT), rank=2)
    said, style = f"{outcome.mark(state)} {outcome.standing(state)}", marks.run(state)
    if state.status is RunStatus.RUNNING and counts.all_wait and not state.is_left:
        said = f"{UNICODE.run(RunStatus.WAITING)} {word(RunStatus.WAITING)}"
        style = marks.RUNS[RunStatus.WAITING]
    length = outcome.clock(state, now)
    again = None if state.is_stopped else counts.next_try
    if again is not None:
        said = f"{UNICODE.retry} {outcome.standing(state)}"
    yield Part(content=Content.assemble((said, f"bold {style}"), f" {length}"), rank=0)
    if again is not None:
        left = f"next try in {fmt.short(fmt.left(again, now))}"
        yield Part(content=Content.styled(left, marks.WARNING), rank=2)
    yield Part(content=Content.styled(counts.share, marks.STRONG), rank=1)
    shown = [
        Content.styled(f"{mark}{count}", marks.ERROR if mark == UNICODE.failed else marks.WARNING)
        for mark, count in counts.marked
    ]
    if shown:
        yield Part(content=Content(" ").join(shown), rank=3)
    if pulse.oldest is not None and not state.is_stopped:
        style = marks.WARNING if pulse.stale else marks.FAINT
        yield Part(content=Content.styled(f"{UNICODE.heartbeat} {fmt.short(pulse.oldest)}", style), rank=10)
    if counts.skipped:
        yield Part(content=Content.styled(f"{UNICODE.skipped}{counts.skipped}", marks.FAINT), rank=8)
    modes = [name for name, on in (("mock", state.options.mock), ("dry run", state.options.dry_run)) if on]
    if modes:
        yield Part(content=Content.styled(" · ".join(modes), marks.WARNING), rank=3)
    if state.generation:
        yield Part(content=Content.styled(f"resumed {state.generation}×", marks.FAINT), rank=7)


def estimate_parts(estimate: "Estimate") -> Iterator[Part]:
    """Yield how long it may still take, and from how many runs that is known."""
    if not estimate.typical:
        yield Part(content=Content.styled("longer than usual", marks.WARNING), rank=4)
        return
    yield Part(content=Content.styled(f"ETA ~{fmt.rough(estimate.typical)}", marks.STRONG), rank=4)
    least, most = fmt.rough(estimate.least), fmt.rough(estimate.most)
    between = f"{least}–{most}, " if least != most else ""
    told = f"({between}p50 of {fmt.counted(estimate.runs, 'run')})"
    yield Part(content=Content.styled(told, marks.FAINT), rank=9)


def lag_part(lag: timedelta) -> Part:
    """Return how long what happens is on its way to the screen."""
    said = (
        f"{lag.total_seconds():.1f}s"
        if lag >= timedelta(seconds=1)
        else f"{lag.total_seconds() * 1000:.0f}ms"
    )
    is_slow = lag >= _SLOW
    style = marks.WARNING if is_slow else marks.FAINT
    return Part(
        content=Content.styled(f"engine {f'{said} behind' if is_slow else f'ok {said}'}", style), rank=11
    )


def watch_part(watch: WatchChanged) -> Part:
    """Return whether changes start runs."""
    said = "◉ watch" if watch.armed else "○ watch off"
    return Part(content=Content.styled(said, marks.ACCENT if watch.armed else marks.FAINT), rank=5)


class StatusBar(Widget):
    """Paints as many facts as fit."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._parts: tuple[Part, ...] = ()

    def show(self, scene: Scene, counts: Counts, pulse: Pulse) -> None:
        """Show how the run stands now."""
        parts: list[Part] = []
        if scene.state is not None and scene.state.seq:
            parts += crumbs(scene)
            parts += run_parts(scene.state, counts, pulse, scene.now)
            if scene.estimate is not None:
                parts += estimate_parts(scene.estimate)
        else:
            title = scene.session.start_args.title or "flow-tui"
            said = "○ starting" if scene.starts else "○ not started"
            parts.append(Part(content=short(title, 60, marks.STRONG), rank=0, shortest=_TITLE))
            parts.append(Part(content=Content.styled(said, marks.FAINT), rank=0))
        if scene.stopping:
            parts.insert(0, Part(content=Content.styled("stopping…", f"bold {marks.WARNING}"), rank=0))
        if scene.watch is not None:
            parts.append(watch_part(scene.watch))
        is_ours = scene.whole is not None and any(state is scene.whole for state in scene.runs.active())
        if is_ours and scene.lag.told is not None and self.outer_size.width >= _ROOMY:
            parts.append(lag_part(scene.lag.told))
        others = sum(state is not scene.whole for state in scene.runs.active())
        if others:
            parts.append(Part(content=Content.styled(f"+{fmt.counted(others, 'run')}", marks.FAINT), rank=8))
        if tuple(parts) != self._parts:
            self._parts = tuple(parts)
            self.refresh()

    def render(self) -> Content:
        """Return the line."""
        return assemble(self._parts, self.content_size.width)
