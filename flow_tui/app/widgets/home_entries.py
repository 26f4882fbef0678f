"""What the lists of home hold, and in which order."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from textual.content import Content

from flow_tui.app import marks
from flow_tui.app.project_runs import ProjectRuns
from flow_tui.app.session import WorkflowEntry
from flow_tui.app.text import short
from flow_tui.app.widgets import home_lines
from flow_tui.app.widgets.entries import Entry
from flow_tui.model.ids import RunId
from flow_tui.runtime.messages import GateListed
from flow_tui.view.fuzzy import score

_RUN_NAME = 40
"""Cells for what a run is called, at most."""


def workflow_key(entry: WorkflowEntry) -> str:
    """Return what a workflow stays, whatever is in its file."""
    return entry.file or entry.name


def gate_key(gate: GateListed) -> str:
    """Return what a gate stays as long as it waits."""
    return f"{gate.run_id} {gate.path}"


def told(texts: Sequence[str]) -> list[Entry]:
    """Return lines that only say something."""
    return [_saying(short(f" {text}", style=marks.FAINT)) for text in texts]


def without_history(entries: Sequence[WorkflowEntry]) -> tuple[WorkflowEntry, ...]:
    """Return workflows of which nobody can say now how they ran last."""
    return tuple(replace(each, is_history_read=False) for each in entries)


def workflows(entries: Sequence[WorkflowEntry], query: str, now: datetime) -> Iterator[Entry]:
    """Yield the workflows by group, or those that fit what was typed, the best that can run first."""
    if query.strip():
        fitting = ((score(query, each.name, each.title, each.group), each) for each in entries)
        found = [(worth, each) for worth, each in fitting if worth is not None]
        found.sort(key=lambda each: (each[1].errors > 0, -each[0]))
        names = home_lines.name_width([each.name for _, each in found])
        yield from (_workflow(each, now, names, with_group=True) for _, each in found)
        if entries and not found:
            yield from told(["no workflow fits: esc shows all"])
        return
    names = home_lines.name_width([entry.name for entry in entries])
    groups = sorted({each.group for each in entries}, key=lambda name: (not name, name.casefold(), name))
    for group in groups:
        inside = [each for each in entries if each.group == group]
        if group or len(groups) > 1:
            yield _saying(home_lines.heading(group or "without a group", len(inside)))
        yield from (_workflow(each, now, names, with_group=False) for each in inside)


def runs(shown: ProjectRuns, now: datetime, marked: Collection[RunId] = ()) -> Iterator[Entry]:
    """Yield what waits for a person, what goes on, and what is over."""
    if shown.gates:
        yield _saying(home_lines.heading("waiting for you", len(shown.gates)))
        for gate in shown.gates:
            draw_gate = partial(home_lines.gate, gate, now)
            draw_gate = partial(home_lines.marked, draw_gate) if gate.whole in marked else draw_gate
            yield Entry(key=gate_key(gate), draw=draw_gate)
    names = home_lines.name_width(
        [each.title or each.workflow for each in (*shown.active, *shown.recent)], _RUN_NAME
    )
    for title, part in (("active", shown.active), ("recent", shown.recent)):
        if part and (shown.gates or shown.active):
            yield _saying(home_lines.heading(title, len(part)))
        for each in part:
            is_left = each.run_id in shown.interrupted
            estimate = shown.estimates.get(each.run_id)
            draw = partial(home_lines.run, each, now, names=names, is_left=is_left, estimate=estimate)
            draw = partial(home_lines.marked, draw) if each.run_id in marked else draw
            yield Entry(key=each.run_id, draw=draw)


def at_work(shown: ProjectRuns) -> tuple[str, ...]:
    """Return what those lines stay that are about something that is not over, from the top."""
    return (*map(gate_key, shown.gates), *(each.run_id for each in shown.active))


def counted(shown: ProjectRuns, marked: int) -> str:
    """Return how many runs there are, and how many of them wait, go on or are marked."""
    waiting = len({gate.whole for gate in shown.gates})
    counts = {"waiting": waiting, "active": len(shown.active), "marked": marked}
    return "  ".join([f"{shown.total}", *(f"{count} {what}" for what, count in counts.items() if count)])


def gates(waiting: Sequence[GateListed], now: datetime) -> Iterator[Entry]:
    """Yield what waits for a person."""
    for gate in waiting:
        yield Entry(key=gate_key(gate), draw=partial(home_lines.gate, gate, now))


def _workflow(entry: WorkflowEntry, now: datetime, names: int, *, with_group: bool) -> Entry:
    draw = partial(home_lines.workflow, entry, now, names=names, with_group=with_group)
    return Entry(key=workflow_key(entry), draw=draw)


def _saying(text: Content) -> Entry:
    return Entry(key="", draw=lambda _: text)
