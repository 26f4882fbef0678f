"""The lines of the runs beside the one on screen: one for each, and one for what there is to say of it."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from textual.content import Content

from flow_tui.app import marks
from flow_tui.app.project_runs import ProjectRuns
from flow_tui.app.text import short
from flow_tui.app.widgets.entries import Entry
from flow_tui.app.widgets.home_lines import standing
from flow_tui.model import ids
from flow_tui.model.values import RunSummary
from flow_tui.sanitize import line
from flow_tui.view import format as fmt
from flow_tui.view import outcome
from flow_tui.view.hidden import in_words

if TYPE_CHECKING:
    from flow_tui.model.estimate import Estimate

_CLOCK = 8
_WITH_ID = 24
"""From here on there is room for the id of a run."""


def entries(shown: ProjectRuns, now: datetime) -> Iterator[Entry]:
    """Yield the runs that go on, those first that wait for a person, then those that are over."""
    active = (*shown.waiting, *shown.active)
    for part in (active, shown.recent):
        if part is shown.recent and active and part:
            yield Entry(key="", draw=_finished)
        for each in part:
            is_left = each.run_id in shown.interrupted
            yield Entry(key=each.run_id, draw=partial(_head, each, now, is_left=is_left))
            said = told(each, shown.estimates.get(each.run_id), is_left=is_left)
            if said:
                yield Entry(key="", draw=partial(_below, said), part_of=each.run_id)


def _finished(width: int) -> Content:
    rule = "─" * max(0, (width - 12) // 2)
    return Content.styled(f" {rule} finished {rule}", marks.FAINT)


def _head(run: RunSummary, now: datetime, width: int, *, is_left: bool) -> Content:
    """Return the mark of a run, its name, its id, and for how long it was worked on."""
    stands = standing(run, now, is_left=is_left)
    name = f" {ids.short(run.run_id)}" if width >= _WITH_ID else ""
    took = fmt.fit_right(stands.took, _CLOCK)
    room = max(0, width - 2 - fmt.width(name) - _CLOCK)
    return Content.assemble(
        (f"{stands.mark} ", stands.style),
        (fmt.fit(line(run.title or run.workflow), room), marks.STRONG),
        (name, marks.FAINT),
        took,
    )


def _below(said: Content, width: int) -> Content:
    return Content.assemble("  ", said).truncate(width, ellipsis=True)


def told(run: RunSummary, estimate: "Estimate | None", *, is_left: bool) -> Content:
    """Return what there is to say of a run beside how it stands: how far it is, or why it ended."""
    if is_left:
        return short("its program is gone", style=marks.WARNING)
    if run.waiting_for:
        return short(outcome.awaits(run), 80, marks.WARNING)
    if not run.status.is_over:
        eta = f"ETA ~{fmt.rough(estimate.typical)}" if estimate is not None and estimate.typical else ""
        given = in_words(run.inputs)
        facts = (f"{fmt.share(run.steps_done, run.steps_total)} steps", eta, given)
        return short(" · ".join(filter(None, facts)), 200, marks.FAINT)
    why = outcome.short(run.error.partition("\n")[0]).replace("exited with code ", "exit ")
    return short(why or outcome.why_over(run), 200, marks.FAINT)
