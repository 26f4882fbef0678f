"""What a person should look at: gates, failures, silence, storage, broken definitions."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from textwrap import wrap

from textual.content import Content
from textual.widget import Widget

from flow_tui.app import keys, marks, possible
from flow_tui.app.scene import Scene
from flow_tui.app.text import lines, short
from flow_tui.model import naming
from flow_tui.model.ids import StepPath
from flow_tui.model.state import RunState, StepState
from flow_tui.runtime.messages import LibraryChanged
from flow_tui.sanitize import line
from flow_tui.view import format as fmt
from flow_tui.view import outcome
from flow_tui.view.glyphs import UNICODE
from flow_tui.view.places import first as place_in

EXCERPT_LINES = 4
_WRAPPED = 76
"""Where a message goes on in the next line."""
_BESIDE_KEYS = 30
"""So much of why a run ended stands before the keys, which a narrow terminal would cut off otherwise."""


NONE: Collection[str] = ()
KEY = f"bold {marks.ACCENT}"
"""How keys look."""


def _key(name: str, what: str, off: Collection[str] = NONE) -> Content:
    """Return what a key does; nothing of one that is off."""
    if name in off:
        return Content()
    return Content.assemble("  ", (keys.first(name), KEY), f" {what}")


def unread(why: str) -> Iterator[Content]:
    """Yield why the runs of the project are not known."""
    if why:
        yield lines("\n".join(wrap(f"{UNICODE.stale} {line(why, 300)}", _WRAPPED)[:3]), marks.WARNING)


def queued(scene: Scene) -> Iterator[Content]:
    """Yield one line for the runs that wait for their turn."""
    if scene.queued:
        names = ", ".join(scene.queued[:3]) + (" …" if len(scene.queued) > 3 else "")
        yield short(f"{UNICODE.pending} after what runs now: {names}", 120, marks.FAINT)


def troubles(scene: Scene) -> Iterator[Content]:
    """Yield what is wrong with the program itself."""
    if scene.engine_error:
        yield short(f"{UNICODE.failed} the engine stopped: {scene.engine_error}", style=f"bold {marks.ERROR}")
    yield from (short(f"{UNICODE.stale} {why}", style=marks.WARNING) for why in scene.unused)
    if scene.state is not None and scene.state.storage_waits and not scene.state.is_stopped:
        said = f"{UNICODE.stale} the run waits for the storage: {scene.state.storage_waits}"
        yield short(said, style=marks.WARNING)


def gates(scene: Scene, off: Collection[str] = NONE) -> Iterator[Content]:
    """Yield one line for the gate that expires first, with how many others there are."""
    waiting = scene.runs.waiting
    if not waiting:
        return
    first = waiting[0]
    others = f" and {fmt.counted(len(waiting) - 1, 'other gate')}" if len(waiting) > 1 else ""
    place = scene.runs.inside_of(first.run_id)
    where = short(f" in {place}", 48) if place else ""
    yield Content.assemble(
        short(f"{UNICODE.waiting} {first.step.name or 'gate'}", 48, f"bold {marks.WARNING}"),
        where,
        short(f"{others} waits for {first.gate.looks_at or 'you'}", 64),
        (f"  {UNICODE.time_left} {fmt.short(fmt.left(first.gate.deadline, scene.now))}", marks.FAINT),
        _key("run.gate", "answer", off),
    )


def unanswered(state: RunState, now: datetime, off: Collection[str] = NONE) -> Iterator[Content]:
    """Yield one line for the gate that is open in a run that nobody works on any more."""
    waiting = state.waiting if state.is_left and possible.can_resume(state) else ()
    gates = sorted((step.gate.deadline, step.name) for step in waiting if step.gate is not None)
    if gates:
        others = f" and {fmt.counted(len(gates) - 1, 'other gate')}" if len(gates) > 1 else ""
        yield Content.assemble(
            short(f"{UNICODE.waiting} {gates[0][1] or 'gate'}", 48, f"bold {marks.WARNING}"),
            f"{others} is open",
            (f"  {UNICODE.time_left} {fmt.short(fmt.left(gates[0][0], now))}", marks.FAINT),
            _key("run.resume", "first", off),
            _key("run.gate", "then", off),
        )


def held(scene: Scene, off: Collection[str] = NONE) -> Iterator[Content]:
    """Yield one line for the step that has been held for longest, with how many others there are."""
    steps = scene.runs.held
    if not steps:
        return
    first = steps[0]
    others = f" and {fmt.counted(len(steps) - 1, 'other step')}" if len(steps) > 1 else ""
    how = "paused after it" if first.step.held and first.step.held.is_after else "paused at a breakpoint"
    yield Content.assemble(
        short(f"{UNICODE.paused} {first.step.name}", 48, f"bold {marks.WARNING}"),
        short(f" in {first.place}" if first.place else "", 48),
        short(f"{others} {how}", 64),
        _key("run.breakpoint", "look at it, let it go on", off),
    )


def failures(state: RunState, failed: Sequence[StepPath], off: Collection[str] = NONE) -> Iterator[Content]:
    """Yield one line for the step that failed last; once the run is over, for the one that failed first."""
    if failed:
        last = state.steps[failed[0 if state.is_stopped else -1]]
        others = f" (+{len(failed) - 1})" if len(failed) > 1 else ""
        error = outcome.told_apart(last.error)
        place = place_in(last.error)
        name = last.name or naming.called(state, last.path)
        yield Content.assemble(
            short(f"{UNICODE.failed} {name}{others}", 48, f"bold {marks.ERROR}"),
            _key("run.next_failed", "go there", off),
            _key("run.open_place", f"open {line(place.file, 40)}:{place.line}", off)
            if place is not None
            else "",
            "  ",
            short(error, 160),
        )


def ending(state: RunState, failed: Sequence[StepPath], off: Collection[str] = NONE) -> Iterator[Content]:
    """Yield how the run ended, what can be done now, and why it did, unless a failed step tells."""
    if not state.is_stopped or state.started_at is None:
        return
    said = (
        f"{outcome.mark(state)} {outcome.standing(state)} {outcome.after(state, state.started_at)}".rstrip()
    )
    why = outcome.why(state)
    if not failed:
        why = state.error.strip().partition("\n")[0] or why
    is_long = len(why) > _BESIDE_KEYS
    yield Content.assemble(
        (said, f"bold {marks.run(state)}"),
        short(f"  {why}" if why and not is_long else "", 160),
        _key("run.resume", "go on where it stopped", off) if possible.can_resume(state) else "",
        _key("run.rerun", "run again", off)
        if possible.can_run_again(state)
        else "  it is not stored and cannot go on",
        _key("app.quit", "quit", off),
    )
    if is_long:
        yield short(f"  {why}", 160)


def silent(stale: Sequence[StepState], scene: Scene, off: Collection[str] = NONE) -> Iterator[Content]:
    """Yield one line for steps that give no sign of life."""
    if stale:
        step = stale[0]
        others = f" (+{len(stale) - 1})" if len(stale) > 1 else ""
        since = fmt.short(fmt.age(step.last_sign, scene.now)) if step.last_sign is not None else "a while"
        yield Content.assemble(
            short(f"{UNICODE.stale} {step.name}{others}", 48, f"bold {marks.WARNING}"),
            f"  no sign of life for {since}",
            _key("run.cancel", "stop it, or the run", off),
        )


def definition(library: LibraryChanged, *, known: RunState | None) -> Iterator[Content]:
    """Yield what is wrong with the definition on disk; where a run is ``known``, an older one was good."""
    errors = [each for each in library.diagnostics if each.is_error]
    if not errors:
        return
    said = f"{UNICODE.failed} {library.file} has {fmt.counted(len(errors), 'error')}"
    stays = "  the last good definition stays" if known is not None else "  nothing runs until it is mended"
    yield Content.assemble(short(said, 80, f"bold {marks.ERROR}"), (stays, marks.FAINT))
    first = library.diagnostics.index(errors[0])
    if first < len(library.excerpts):
        said, *place = library.excerpts[first].split("\n")[:EXCERPT_LINES]
        yield lines("\n".join(wrap(said, _WRAPPED)[:2]), marks.FAINT)
        if place:
            from flow_tui.app import code  # noqa: PLC0415 - only where something is wrong

            yield code.excerpt(place)
    else:
        yield short(errors[0].headline(), style=marks.FAINT)


class Notices(Widget):
    """Paints the notices it is given, one a line; takes no room when there are none."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._content = Content()

    def show(self, notices: Iterable[Content]) -> None:
        """Show exactly these."""
        content = Content("\n").join(notices)
        if content.is_same(self._content):
            return
        grows = (
            content.plain.count("\n") != self._content.plain.count("\n") or not content or not self._content
        )
        self._content = content
        self.display = bool(content)
        self.refresh(layout=grows)

    def render(self) -> Content:
        """Return the lines; keys that there is no room to explain are left out."""
        width = self.content_size.width
        if not width or all(fmt.width(each) <= width for each in self._content.plain.split("\n")):
            return self._content
        return Content("\n").join(fitting(each, width) for each in self._content.split("\n"))


def fitting(said: Content, width: int) -> Content:
    """Return a line without the first key that goes beyond ``width``, and without what follows that."""
    for span in said.spans:
        end = said.plain.find("  ", span.start)
        is_whole = fmt.width(said.plain[: end if end >= 0 else None]) <= width
        if span.style == KEY and not is_whole:
            return said[: span.start].rstrip()
    return said
