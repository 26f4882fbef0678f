"""The line over the editor: how the text stands."""

from collections.abc import Iterator
from pathlib import Path

from textual.content import Content

from flow_tui.app import marks
from flow_tui.app.scene import Scene
from flow_tui.app.text import short
from flow_tui.app.writing.draft import Draft
from flow_tui.model import ids
from flow_tui.sanitize import line
from flow_tui.view import format as fmt
from flow_tui.view.glyphs import UNICODE


def title(draft: Draft, scene: Scene, width: int, *, is_dirty: bool, told: str) -> Content:
    """Return the line; what is least important is left out where there is no room."""
    parts = [Content.assemble(("AUTHOR ", marks.FAINT), short(draft.file.name, 40, marks.STRONG))]
    if draft.saved is None or draft.saved.stamp is None:
        parts.append(Content.styled("● not on disk", marks.WARNING))
    elif is_dirty:
        parts.append(Content.styled("● not saved", marks.WARNING))
    parts.append(_verdict(draft))
    if told:
        parts.append(short(told, 60, marks.WARNING))
    if draft.run is not None:
        run = draft.run
        sign = "" if run.is_left else UNICODE.run(run.status)
        status = "left" if run.is_left else run.status.value
        parts.append(Content.styled(f"{ids.short(run.run_id)} {sign} {status}", marks.run(run)))
    if draft.errors and draft.good is not None and draft.good.at is not None:
        at = fmt.time_of_day(int(draft.good.at.timestamp() * 1000)).partition(".")[0]
        parts.append(Content.styled(f"last good {at}", marks.FAINT))
    parts.extend(_watch(draft, scene))
    while len(parts) > 1 and sum(part.cell_length + 2 for part in parts) - 2 > width:
        parts.pop()
    return Content("  ").join(parts)


def of_plan(draft: Draft) -> str:
    """Return what the plan is that stands beside the text."""
    if draft.good is not None:
        return "Plan" if draft.good is draft.checked else "Plan (last good)"
    return f"Plan, as {ids.short(draft.run.run_id)} began" if draft.run is not None else "Plan"


def _verdict(draft: Draft) -> Content:
    if draft.unread:
        return Content.styled("✗ cannot be read", marks.ERROR)
    if draft.checked is None:
        return Content.styled("reading …", marks.FAINT)
    if not (draft.errors or draft.warnings):
        return Content.styled("✓ sound", marks.SUCCESS)
    told: list[tuple[str, str]] = []
    if draft.errors:
        told.append((f"✗ {fmt.counted(draft.errors, 'error')}", marks.ERROR))
    if draft.warnings:
        told.append((f"! {fmt.counted(draft.warnings, 'warning')}", marks.WARNING))
    return Content("  ").join(Content.styled(text, style) for text, style in told)


def _watch(draft: Draft, scene: Scene) -> Iterator[Content]:
    """Yield which files are watched, if this one is among them, and what comes of saving it."""
    watch, run = scene.watch, scene.state
    if watch is None or run is None:
        return
    if not any(Path(run.root, name) == draft.file for name in watch.watched):
        return
    if watch.note:
        yield short(watch.note, 60, marks.WARNING)
        return
    first, *others = watch.watched
    more = f" + {len(others)} more" if others else ""
    yield short(f"◉ watching {line(first, 40)}{more}", 60, marks.FAINT)
    does = "suspended" if watch.suspended else f"re-run ({watch.policy})" if watch.armed else "reload"
    yield Content.styled(f"on save: {does}", marks.FAINT)
