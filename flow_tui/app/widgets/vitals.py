"""What is known of one step, as lines of text; pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import cast

from textual.content import Content

from flow_tui import limits
from flow_tui.app import keys, marks
from flow_tui.app.text import lines, short
from flow_tui.dataclass import dataclass
from flow_tui.model import ids
from flow_tui.model.state import AttemptState, StepState
from flow_tui.model.status import AttemptStatus, Reason, StepStatus
from flow_tui.sanitize import line, settled_start
from flow_tui.view import format as fmt
from flow_tui.view import outcome, usage
from flow_tui.view.carried_out import Items
from flow_tui.view.choices import option
from flow_tui.view.glyphs import UNICODE
from flow_tui.view.hidden import masked
from flow_tui.view.row import Row

BAR = 24
SHORTEST_BAR = 6
CHART = 12
"""Cells for the signs of life of the time after which a step counts as stale."""
_MOST_TRIES = 4
"""So many are told here; the tab tells of all."""
_MOST_VALUES = 8
"""Of inputs, and of what is told about an item."""
_ENDS = {
    AttemptStatus.COMPLETED: "completed",
    AttemptStatus.FAILED: "failed",
    AttemptStatus.TIMED_OUT: "timed out",
    AttemptStatus.CANCELLED: "cancelled",
    AttemptStatus.INTERRUPTED: "cut off",
}
_TOLD_BELOW = frozenset({StepStatus.COMPLETED, StepStatus.FAILED, StepStatus.TIMED_OUT, StepStatus.WAITING})
_TOLD_ANYWAY = frozenset({"markers", "context"})
_EXPIRY = {"fail": "then the run fails", "continue": "then the run goes on"}


def _faint(text: str) -> Content:
    return Content.styled(text, marks.FAINT)


def _key(name: str) -> tuple[str, str]:
    return keys.first(name), f"bold {marks.ACCENT}"


def _beside(*parts: Content) -> Content:
    return Content("   ").join(part for part in parts if part)


def bar(share: float, width: int) -> Content:
    """Return a bar of which ``share`` is used up."""
    used = round(max(0.0, min(1.0, share)) * width)
    style = marks.WARNING if share >= 0.8 else marks.ACCENT
    return Content.assemble(("━" * used, style), ("─" * (width - used), marks.FAINT))


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What is known of a step beside what happened to it."""

    folder: str = ""
    """Where it runs, seen from the project."""
    signs: str = ""
    """A chart of its signs of life, up to now."""
    load: str = ""
    """What its processes take of the machine."""


NOTHING = Around()


def headline(row: Row, now: datetime, around: Around = NOTHING) -> Content:
    """Return how the step stands, for how long, and its process."""
    if row.is_bundle:
        return _bundle(row)
    said = f"{UNICODE.step(row.looks_like)} {row.word()}"
    state = Content.assemble((said, f"bold {marks.STEPS[row.looks_like]}"), f" {row.elapsed(now)}")
    current = row.step.current if row.step is not None else None
    pid = f"pid {current.process.pid}" if current is not None and current.process is not None else ""
    folder = f"cwd {line(around.folder, 40)}" if pid and around.folder else ""
    told_elsewhere = row.is_passed_over or row.status in _TOLD_BELOW or row.backoff(now)
    detail = "" if told_elsewhere else row.detail()
    if row.items is not None and detail == str(row.items):
        detail = row.beside_items()
    if detail == row.word():
        detail = ""
    asked = row.step is not None and row.step.cancel_requested and not row.status.is_over
    return _beside(
        state.rstrip(),
        Content.styled("cancelling", marks.WARNING) if asked else short(detail, 80, marks.FAINT),
        _faint(pid),
        _faint(folder),
    )


def _bundle(row: Row) -> Content:
    """Return what a row stands for, and how to see it."""
    said = f"{UNICODE.step(row.looks_like)} {row.label}"
    stands = Content.assemble((line(said, 80), f"bold {marks.STEPS[row.looks_like]}"))
    shows = Content.assemble(_key("tree.toggle"), " folds them" if row.expanded else " shows them")
    if row.started_at is None or row.ended_at is None or not row.is_folded:
        return _beside(stands, shows)
    return _beside(stands, _faint(f"within {fmt.clock(row.ended_at - row.started_at)}"), shows)


def life(row: Row, now: datetime, width: int, around: Around = NOTHING) -> Iterator[Content]:
    """Yield when the attempt in progress was last heard of, and what it has left."""
    silence = row.silence(now)
    if silence is not None and around.load:
        yield _faint(around.load)
    if silence is not None:
        limit = row.stale_after()
        if row.is_stale(now):
            said = f"{UNICODE.stale} no sign of life for {fmt.short(silence)}"
            yield _beside(
                Content.styled(said, f"bold {marks.WARNING}"), _faint(f"stale after {fmt.limit(limit)}")
            )
        else:
            heard = Content(f"{UNICODE.heartbeat} {fmt.short(silence)} ago")
            until = _faint(f"stale in {fmt.short(limit - silence)}")
            chart = Content.styled(around.signs, marks.SUCCESS)
            fits = heard.cell_length + chart.cell_length + until.cell_length + 6 <= width
            yield _beside(heard, chart if fits else Content(), until)
    left = row.time_left(now)
    if left is not None:
        yield _time_left(left, row.limit(), width)


def _time_left(left: timedelta, whole: timedelta | None, width: int) -> Content:
    said = f"{UNICODE.time_left} {fmt.short(left)} left"
    if not whole:
        return Content(said)
    whole_line = Content.assemble(said, (f" of {fmt.limit(whole)}", marks.FAINT))
    room = min(BAR, width - whole_line.cell_length - 3)
    return _beside(whole_line, bar(1 - left / whole, room)) if room >= SHORTEST_BAR else whole_line


def tries(step: StepState, row: Row, chosen: int, now: datetime) -> Iterator[Content]:
    """Yield which attempt this is, when the next one starts, and how the earlier ones ended."""
    if len(step.attempts) < 2 and not step.retry_at and step.max_attempts < 2:
        return
    yield _beside(Content(_counted(step, row)), Content.styled(row.backoff(now), marks.WARNING))
    over = [(index, each) for index, each in enumerate(step.attempts) if each.ended_at is not None]
    if step.status.is_over and len(step.attempts) == 1:
        return
    shown = [pair for pair in over[-_MOST_TRIES:] if pair[0] != chosen]
    shown = sorted([*shown, *(pair for pair in over if pair[0] == chosen)])
    for index, each in shown:
        yield _ended(index, each, is_chosen=index == chosen)
    if len(over) > len(shown):
        yield _faint(f"  and {fmt.counted(len(over) - len(shown), 'earlier try').replace('trys', 'tries')}")


def _counted(step: StepState, row: Row) -> str:
    """Return which attempt this is, counted as the list of them does, and what of that is of this time."""
    count, made = row.attempts(), len(step.attempts)
    if not count:
        return ""
    counts_all = count.startswith(f"{made}/")
    since = "" if counts_all else f", {count.replace('/', ' of ')} this time"
    return f"{UNICODE.retry} attempt {made} of {max(step.max_attempts, made)}{since}"


def _ended(index: int, attempt: AttemptState, *, is_chosen: bool) -> Content:
    took = fmt.clock(fmt.age(attempt.started_at, attempt.ended_at or attempt.started_at))
    mark = "▸" if is_chosen else " "
    error = (
        ""
        if attempt.status is AttemptStatus.CANCELLED
        else outcome.told_apart(attempt.error.strip().partition("\n")[0])
    )
    return Content.assemble(
        f"{mark} try {index + 1}  ",
        (_ENDS.get(attempt.status, ""), marks.ATTEMPTS[attempt.status]),
        (f" after {took}  ", marks.FAINT),
        short(error, 120, marks.FAINT),
    )


def inside(row: Row, width: int) -> Iterator[Content]:
    """Yield how the run goes that carries a step out; of an item what it is, of many how they stand."""
    told: list[str] = []
    if row.items is not None:
        yield _items(row.items, width)
    if row.item is not None:
        yield Content.assemble((f"{line(row.item.type, 40)}  ", marks.FAINT), short(row.item.id, 80))
        told.append(row.item.id)
        yield from _values(told_once(row.item.context, told))
    if row.part is None:
        return
    facts = (row.part.workflow, ids.short(row.part.run_id), row.part.share, row.part.current)
    said = short("  ".join(filter(None, facts)), 120)
    yield Content.assemble(("run  ", marks.FAINT), said, "   ", _key("tree.open"), " open")
    yield from _values(told_once(row.part.inputs, told))


def _items(items: Items, width: int) -> Content:
    counts = [Content.styled(said, marks.STEPS[StepStatus(each)]) for each, said in items.marks.items()]
    said = Content.assemble(("items  ", marks.FAINT), Content(" ").join((Content(items.share), *counts)))
    room = min(BAR, width - said.cell_length - 3)
    return _beside(said, Content.styled(items.bar(room), marks.ACCENT)) if room >= SHORTEST_BAR else said


def told_once(values: Mapping[str, str], told: list[str]) -> dict[str, str]:
    """Return what is not ``told`` yet of a fan-out, each under the first of its names; it is told then."""
    found: dict[str, str] = {}
    for name, value in values.items():
        if value not in told:
            found[name] = value
            told.append(value)
    return found


def _values(values: Mapping[str, str]) -> Iterator[Content]:
    for name, value in list(masked(values).items())[:_MOST_VALUES]:
        yield Content.assemble((f"  {line(name, 40)}  ", marks.FAINT), short(value, 120))
    if len(values) > _MOST_VALUES:
        yield _faint(f"  … and {len(values) - _MOST_VALUES} more")


def used(step: StepState, chosen: int) -> Iterator[Content]:
    """Yield what an agent has used up in the attempt looked at."""
    if said := usage.told(usage.of_attempt(step, chosen)):
        prompt = Content.assemble(_key("run.prompt"), " prompt")
        yield _beside(Content.assemble(("used  ", marks.FAINT), said), prompt)


def gate(step: StepState) -> Iterator[Content]:
    """Yield what a gate asks, or what was answered."""
    if step.gate is None:
        return
    yield Content()
    if step.gate.prompt:
        yield lines(step.gate.prompt)
    for key, value in step.gate.options.items():
        yield short(f"  {'[x]' if key in step.gate.selections else '[ ]'} {option(key, value)}")
    if step.status is StepStatus.WAITING:
        yield Content.assemble(
            _key("run.gate"),
            " answer",
            (f"   unanswered: {_EXPIRY[step.gate.on_timeout]}", marks.FAINT),
        )
    elif step.gate.approved is not None:
        said = "approved" if step.gate.approved else "rejected"
        by = f" by {step.gate.by}" if step.gate.by else ""
        yield short(said + by, style=marks.SUCCESS if step.gate.approved else marks.ERROR)
        if step.gate.feedback:
            yield lines(step.gate.feedback, marks.FAINT)
    elif step.is_passed_over:
        yield _faint("nobody answered in time, so the run went on without an answer")


def result(step: StepState) -> Iterator[Content]:
    """Yield the error, the output and the notes."""
    is_told_above = step.reason is Reason.USER
    if step.error and step.retry_at is None and not is_told_above:
        yield Content()
        yield lines(step.error.strip(), marks.ERROR)
    output, told = step.output, {"", step.error.strip()}
    if output is not None:
        for name, text in (
            ("result", "" if step.is_passed_over else output.result_text),
            ("markers", ", ".join(output.markers)),
            ("context", settled_start(output.context, limits.SCRIPT_CONTEXT_CHARACTERS)),
            *_fields(output.structured),
            ("note", output.note),
        ):
            if text.strip() not in told:
                told.add(text.strip())
                yield Content.assemble(
                    (f"{name}\n" if "\n" in text else f"{name}  ", marks.FAINT), lines(text)
                )
    for note in step.notes:
        yield lines(f"{UNICODE.stale} {note}", marks.WARNING)


def _fields(structured: str) -> Iterator[tuple[str, str]]:
    """Yield what a step handed back by name, but for what is told anyway."""
    import json  # noqa: PLC0415 - only for steps that hand something back

    try:
        found: object = json.loads(structured or "{}")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        yield "output", structured
        return
    for name, value in cast("dict[str, object]", found).items():
        if name not in _TOLD_ANYWAY:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            yield line(name, 40), text


def command(row: Row) -> Iterator[Content]:
    """Yield what a script runs."""
    note = row.plan.note.strip() if row.plan is not None and row.kind == "script" else ""
    if note:
        yield Content.assemble(("$ ", marks.FAINT), short(note.partition("\n")[0], 200))


def again(step: StepState) -> Iterator[Content]:
    """Yield why it ran although what an earlier run found might have stood, or whose outcome this is."""
    if step.reused_from is not None:
        yield Content.assemble(("kept from  ", marks.FAINT), ids.short(step.reused_from))
    elif step.why:
        yield Content.assemble(("ran again: ", marks.FAINT), short(step.why, 120))


def vitals(row: Row, chosen: int, now: datetime, width: int, around: Around = NOTHING) -> Content:
    """Return all that is known of the step in ``row``; ``chosen`` is the index of the attempt looked at."""
    said = [headline(row, now, around)]
    step = row.step
    if step is None:
        if row.plan is not None and row.plan.note:
            said.append(lines(row.plan.note, marks.FAINT))
        return Content("\n").join(said)
    said += again(step)
    said += life(row, now, width, around)
    said += command(row)
    said += inside(row, width)
    said += tries(step, row, chosen, now)
    said += used(step, chosen)
    said += gate(step)
    said += result(step)
    return Content("\n").join(said)
