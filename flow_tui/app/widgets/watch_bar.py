"""What the watch does, at the bottom of the screen: what has changed, what comes of it, which keys matter."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TypeAlias

from textual.content import Content

from flow_tui.app import keys, marks, possible
from flow_tui.app.text import short
from flow_tui.model.state import RunState
from flow_tui.runtime.messages import WatchChanged
from flow_tui.sanitize import line
from flow_tui.view import format as fmt
from flow_tui.view import watching as words

_BETWEEN = " · "
_RUNS = frozenset({"queued", "restarting", "started"})
_Part: TypeAlias = tuple[int, Content]


def lines(
    watch: WatchChanged, now: datetime, state: RunState | None, width: int, *, ahead: str = ""
) -> Iterator[Content]:
    """Yield what the watch does and what changed last; nothing while it is off and nothing has changed.

    What is worth least is left out where it does not fit ``width``; ``ahead`` is what a re-run would do.
    """
    mark = Content.styled(*(("◉ ", marks.ACCENT) if watch.armed else ("○ ", marks.FAINT)))
    if watch.note:
        yield mark + short(watch.note, style=marks.WARNING)
    if watch.armed or watch.trigger or watch.suspended:
        parts = _parts(watch, now, ahead, is_active=possible.is_active(state))
        yield mark + Content(_BETWEEN).join(_fitting(parts, width - 2))


def _fitting(parts: Iterable[_Part], width: int) -> list[Content]:
    """Return what fits; what has the highest number is left out first, and nothing that has 0."""
    kept = list(parts)
    while len(kept) > 1 and sum(said.cell_length + len(_BETWEEN) for _, said in kept) > width + len(_BETWEEN):
        worst = max(kept, key=lambda part: part[0])
        if not worst[0]:
            break
        kept.remove(worst)
    return [said for _, said in kept]


def _parts(watch: WatchChanged, now: datetime, ahead: str, *, is_active: bool) -> Iterator[_Part]:
    if watch.suspended:
        said = f"suspended: {words.suspended(watch.suspended)}"
        yield 0, short(said, 120, f"bold {marks.WARNING}")
        yield 1, _key("run.watch", "go on")
        return
    waits = watch.effect == "told"
    if watch.trigger:
        yield 0, _change(watch, now, ahead if waits and not is_active else "")
    if waits and not is_active:
        yield 1, _key("run.rerun", "run again")
    elif watch.cold_by and watch.effect in _RUNS:
        yield 1, short(words.cold(watch.cold_by), 120, marks.FAINT)
    elif ahead and watch.effect != "broken":
        yield 1, short(ahead, 80)
    if watch.has_moved_on and is_active and watch.effect != "broken":
        yield 4, Content.styled("the run keeps what it began with", marks.FAINT)
    if watch.armed:
        is_known = is_active or watch.policy == "manual"
        does = words.POLICIES[watch.policy] if is_known else "re-runs on a change"
        yield 2, Content.styled(does, marks.FAINT)
        yield 3, Content("  ").join((_key("run.policy", "policy"), _key("run.watch", "pause")))
        yield 5, short(_watched(watch), 48, marks.FAINT)
    elif watch.trigger and not watch.effect:
        yield 2, Content.styled("the next run takes it as it is now", marks.FAINT)
    if watch.reloaded_at is not None and watch.watched:
        at = watch.reloaded_at.astimezone().strftime("%H:%M:%S")
        yield 6, short(f"{watch.watched[0]} read {at}", 60, marks.FAINT)


def _key(name: str, what: str) -> Content:
    return Content.assemble((keys.first(name), f"bold {marks.ACCENT}"), f" {what}")


def _change(watch: WatchChanged, now: datetime, ahead: str) -> Content:
    """Return which files changed when, and what came of it, or would."""
    ago = f" {fmt.short(fmt.age(watch.changed_at, now))} ago" if watch.changed_at is not None else ""
    changed = f"{words.changed(watch.trigger, watch.others)} changed{ago}"
    if not watch.effect:
        return short(changed)
    is_loud = watch.queued or watch.effect == "told"
    loud = marks.ERROR if watch.effect == "broken" else marks.WARNING if is_loud else ""
    came = line(ahead, 80) or words.EFFECTS[watch.effect]
    if watch.effect == "ignored" and watch.ignored > 1:
        came = f"{watch.ignored} ignored, a run was in progress"
    return Content.assemble(short(changed), " → ", (came, loud))


def _watched(watch: WatchChanged) -> str:
    if not watch.watched:
        return "nothing to watch yet"
    first, others = watch.watched[0], len(watch.watched) - 1
    return f"watching {first}" + (f" +{others}" if others > 0 else "")
