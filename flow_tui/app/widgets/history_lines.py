"""The lines of the history: its head, and a run in as many columns as there is room for."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from textual.content import Content

from flow_tui.app import marks
from flow_tui.app.widgets.home_lines import standing
from flow_tui.engine.traits import Order
from flow_tui.model import ids
from flow_tui.model.status import INTERRUPTED, RunStatus
from flow_tui.model.values import RunSummary
from flow_tui.runtime.past import HistoryWanted
from flow_tui.sanitize import line
from flow_tui.view import format as fmt
from flow_tui.view import outcome
from flow_tui.view.glyphs import UNICODE
from flow_tui.view.hidden import in_words

ORDERS: Mapping[Order, str] = {
    "newest": "newest first",
    "longest": "longest first",
    "worst": "failed first",
    "dearest": "dearest first",
    "workflow": "by workflow",
}
_ROOMY, _WIDE, _MIDDLE, _TIGHT = 130, 100, 76, 52
_NAME = 20


def when(at: datetime, now: datetime) -> str:
    """Return when a run began, as one says it: ``today 09:12``, ``Tue 17:40``, ``2026-01-02``."""
    here, today = at.astimezone(), now.astimezone()
    days = (today.date() - here.date()).days
    if days <= 0:
        return f"today {here:%H:%M}"
    if days == 1:
        return f"yest. {here:%H:%M}"
    if days < 7:
        return f"{here:%a}   {here:%H:%M}"
    return f"{here:%m-%d %H:%M}" if here.year == today.year else f"{here:%Y-%m-%d}"


def head(counts: Mapping[str, int], wanted: HistoryWanted, width: int) -> Content:
    """Return how many runs are found, how they ended, and in which order they stand."""
    total = sum(counts.values())
    parts = [Content.styled("History", marks.STRONG), Content(fmt.counted(total, "run"))]
    for status in (RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED):
        if counts.get(status.value):
            said = f"{UNICODE.run(status)} {fmt.number(counts[status.value])}"
            parts.append(Content.styled(said, marks.RUNS[status]))
    over = {status.value for status in RunStatus if status.is_over}
    active = sum(count for name, count in counts.items() if name not in over and name != INTERRUPTED)
    if active:
        parts.append(Content.styled(f"{UNICODE.running} {fmt.number(active)}", marks.ACCENT))
    if counts.get(INTERRUPTED):
        parts.append(Content.styled(f"{fmt.number(counts[INTERRUPTED])} interrupted", marks.WARNING))
    if width >= _TIGHT:
        parts.append(Content.styled(ORDERS[wanted.order], marks.FAINT))
    return Content("  ").join(parts)


def titles(width: int) -> Content:
    """Return what stands over the columns."""
    cells = [(fmt.fit_right if name == "took" else fmt.fit)(name, size) for name, size in _columns(width)]
    return Content.styled("  " + "  ".join(cells), marks.FAINT)


def run(
    run: RunSummary, now: datetime, width: int, *, is_left: bool, is_marked: bool, repeats: bool
) -> Content:
    """Return the line of a run; where it ``repeats`` the workflow of the line above, that is left out."""
    stands = standing(run, now, is_left=is_left)
    cells = {
        "run": (ids.short(run.run_id), marks.FAINT),
        "workflow": ("" if repeats else line(run.title or run.workflow, _NAME), marks.STRONG),
        "when": (when(run.started_at, now), marks.FAINT),
        "took": (fmt.fit_right(stands.took, 8), ""),
        "result": (f"{stands.mark} {result(run, is_left=is_left)}", stands.style),
        "inputs": (given(run), marks.FAINT),
        "tries": (str(1 + run.resumed), marks.WARNING if run.resumed else marks.FAINT),
        "cost": (cost(run), marks.FAINT),
        "trigger": (line(run.trigger, 10), marks.FAINT),
    }
    mark = Content.styled("◆ " if is_marked else "  ", marks.ACCENT)
    parts = [
        Content.styled(fmt.fit(cells[name][0], size), cells[name][1])
        if cells[name][1]
        else Content(fmt.fit(cells[name][0], size))
        for name, size in _columns(width)
    ]
    return Content.assemble(mark, Content("  ").join(parts))


def waiting(width: int) -> Content:
    """Return the line of a run that is being read."""
    return Content.styled(fmt.fit("  …", width), marks.FAINT)


def result(run: RunSummary, *, is_left: bool) -> str:
    """Return how a run went, in words: what failed, and why."""
    if is_left:
        return INTERRUPTED
    if run.waiting_for:
        return outcome.awaits(run)
    if not run.status.is_over:
        return f"{run.status.value} {fmt.share(run.steps_done, run.steps_total)}"
    if run.status is RunStatus.COMPLETED:
        return "completed, a trial" if run.is_trial else "completed"
    return outcome.short(line(run.error, 400)) or run.status.value


def given(run: RunSummary) -> str:
    """Return the inputs of a run on one line."""
    return line(in_words(run.inputs), 120)


def cost(run: RunSummary) -> str:
    """Return what a run has cost, if that is known."""
    spent = run.totals.get("cost_usd", 0)
    return f"${spent:.2f}" if spent >= 0.01 else f"${spent:.3f}" if spent else "–"


def _columns(width: int) -> tuple[tuple[str, int], ...]:
    """Return the columns with their widths: what matters least is left out first."""
    columns = dict(_fixed(width))
    room = width - 2 - sum(size + 2 for size in columns.values())
    shares = {"result": 1.0} if width < _WIDE else {"result": 0.65, "inputs": 0.35}
    sized = {name: max(4, int((room - 2 * (len(shares) - 1)) * share)) for name, share in shares.items()}
    order = ("run", "workflow", "when", "took", "result", "inputs", "tries", "cost", "trigger")
    return tuple((name, (columns | sized)[name]) for name in order if name in columns or name in sized)


def _fixed(width: int) -> Iterator[tuple[str, int]]:
    yield "run", 5
    yield "workflow", _NAME if width >= _ROOMY else 12 if width >= _TIGHT else 9
    if width >= _TIGHT:
        yield "when", 11
    if width >= _MIDDLE:
        yield "took", 8
    if width >= _WIDE:
        yield "tries", 5
        yield "cost", 6
        yield "trigger", 9
