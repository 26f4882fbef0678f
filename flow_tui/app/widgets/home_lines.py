"""The lines of home: workflows, gates that wait, runs; as wide as there is room."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content

from flow_tui.app import keys, marks
from flow_tui.app.session import WorkflowEntry
from flow_tui.app.text import short
from flow_tui.dataclass import dataclass
from flow_tui.model import ids
from flow_tui.model.status import INTERRUPTED
from flow_tui.model.values import RunSummary
from flow_tui.runtime.messages import GateListed
from flow_tui.sanitize import line
from flow_tui.view import format as fmt
from flow_tui.view import outcome
from flow_tui.view.glyphs import UNICODE, word
from flow_tui.view.hidden import in_words

if TYPE_CHECKING:
    from flow_tui.model.estimate import Estimate

EXPIRY = {"fail": "the run fails", "continue": "the run goes on without an answer"}
"""What happens when nobody answers a gate in time."""
_ROOMY = 76
"""From here on there is room for words beside marks."""
_TIGHT = 48
"""Below this, only for what matters most."""
_NAME = 30
_TITLE = 8
"""Fewer cells of a title tell nothing."""
_COMMON = 20
"""Names up to this width are shown in full, however many there are of them."""
_WITH_ID = 42
"""From here on there is room for the id of a run."""
_LONG = 24
"""What a run is called gets up to so many cells, and more only of a wide line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a run stands, in a mark, a word and a colour, and when it was last at work."""

    mark: str
    word: str
    style: str
    seen: datetime
    took: str
    """For how long it was worked on, as far as anybody knows."""


def standing(run: RunSummary, now: datetime, *, is_left: bool) -> Standing:
    """Return how a run stands; ``is_left`` where nobody works on it any more though it is not over."""
    if is_left:
        seen, took = run.heard_at, run.took(run.heard_at)
        said = fmt.at_least(took)
        return Standing(mark=UNICODE.cancelled, word=INTERRUPTED, style=marks.WARNING, seen=seen, took=said)
    mark, style, seen = UNICODE.run(run.status), marks.RUNS[run.status], run.ended_at or now
    return Standing(mark=mark, word=word(run.status), style=style, seen=seen, took=fmt.clock(run.took(seen)))


def heading(text: str, count: int) -> Content:
    """Return what stands over lines that belong together."""
    return Content.assemble(short(text, 60, "$foreground 70%"), (f"  {count:,}", marks.FAINT))


def panes_besides(shown: str, counts: Mapping[str, str]) -> str:
    """Return which other panes there are, with their keys, and how much is in them."""
    others = ((n, name) for n, name in enumerate(counts, 1) if name != shown)
    counted = {name: said.partition("  ")[0] for name, said in counts.items()}
    return "".join(f"   {n} {name.capitalize()} {counted[name]}".rstrip() for n, name in others)


def name_width(names: Sequence[str], most: int = _NAME) -> int:
    """Return how wide a column of these has to be, but for the few that are much longer than the others."""
    widths = sorted(fmt.width(line(name, most)) for name in names) or [0]
    return min(most, max(widths[(len(widths) - 1) * 9 // 10], min(widths[-1], _COMMON)))


def workflow(entry: WorkflowEntry, now: datetime, width: int, names: int, *, with_group: bool) -> Content:
    """Return the line of a workflow: its name, its title, how it ran last, when and for how long."""
    name = fmt.fit(line(entry.name), max(4, min(names, width // (3 if width >= _TIGHT else 2))))
    if entry.errors:
        said = fmt.counted(entry.errors, "error")
        first = f"  {line(entry.first_error, 160)}" if entry.first_error and width >= _TIGHT else ""
        broken = f"{UNICODE.failed} {name}  {said}"
        return Content.assemble((broken, marks.ERROR), (first, marks.FAINT))
    last = _last_result(entry, now, width)
    room = width - 2 - fmt.width(name) - 2 - last.cell_length - 2
    about = "  ".join(filter(None, (entry.title, f"[{entry.group}]" if with_group and entry.group else "")))
    title = fmt.fit(line(about), room) if room >= _TITLE else " " * max(0, room)
    return Content.assemble("  ", (name, marks.STRONG), "  ", title, "  ", last)


def _last_result(entry: WorkflowEntry, now: datetime, width: int) -> Content:
    run = entry.last
    if run is None:
        said = ("no run on record" if entry.is_history_read else "not known") if entry.is_checked else "…"
        size = 32 if width >= _ROOMY else 18 if width >= _TIGHT else 8
        return Content.styled(fmt.fit(said if width >= _TIGHT else "", size), marks.FAINT)
    stands = standing(run, now, is_left=entry.is_left)
    is_active = not run.status.is_over and not entry.is_left
    age = "now" if is_active else fmt.short(fmt.age(stands.seen, now))
    when = "now" if is_active else f"{age} ago"
    took = fmt.fit_right(stands.took, 8)
    if width < _TIGHT:
        return Content.assemble((stands.mark, stands.style), " ", (fmt.fit(age, 6), marks.FAINT))
    if width < _ROOMY:
        return Content.assemble(
            (stands.mark, stands.style), (f" {fmt.fit_right(age, 7)} {took} ", marks.FAINT)
        )
    return Content.assemble(
        (f"{stands.mark} {fmt.fit(stands.word, 11)}", stands.style),
        (f" {fmt.fit(when, 10)}{took}", marks.FAINT),
    )


def run(
    run: RunSummary,
    now: datetime,
    width: int,
    names: int,
    *,
    is_left: bool,
    estimate: "Estimate | None" = None,
) -> Content:
    """Return the line of a run: its id, what it runs, how it stands, for how long, and why."""
    stands = standing(run, now, is_left=is_left)
    most = min(width // 3, max(_LONG, width // 4))
    name = fmt.fit(line(run.title or run.workflow), max(4, min(names, most)))
    said = f"{stands.mark} {fmt.fit(stands.word, 11)}" if width >= _TIGHT else stands.mark
    took = fmt.fit_right(stands.took, 8 if width >= _TIGHT else 6)
    ago = (
        f"  {fmt.fit(fmt.short(fmt.age(run.ended_at or run.started_at, now)) + ' ago', 10)}"
        if width >= _ROOMY
        else ""
    )
    return Content.assemble(
        (f"  {fmt.fit(ids.short(run.run_id), 6)}" if width >= _WITH_ID else "", marks.FAINT),
        (name, marks.STRONG),
        "  ",
        (said, stands.style),
        took,
        (ago, marks.FAINT),
        "  ",
        _about(run, estimate, is_left=is_left),
    )


def marked(draw: Callable[[int], Content], width: int) -> Content:
    """Return the line that ``draw`` makes, with the mark of what is chosen for the next key."""
    return Content.assemble(
        ("* ", f"bold {marks.ACCENT}"), draw(width)[2:] if width >= _WITH_ID else draw(width - 2)
    )


def _about(run: RunSummary, estimate: "Estimate | None", *, is_left: bool) -> Content:
    """Return what there is to say of a run beside how it stands."""
    given = in_words(run.inputs)
    if is_left:
        return short("its program is gone: open it, and r goes on", 80, marks.FAINT)
    if run.waiting_for:
        return short(outcome.awaits(run), 80, marks.WARNING)
    if not run.status.is_over:
        eta = f"  ETA ~{fmt.rough(estimate.typical)}" if estimate is not None and estimate.typical else ""
        return short(f"{fmt.share(run.steps_done, run.steps_total)} steps{eta}  {given}", 200, marks.FAINT)
    return short(outcome.short(run.error.partition("\n")[0]) or given, 200, marks.FAINT)


def first_of_all() -> str:
    """Return which keys answer a gate of a run that nobody works on any more."""
    return f"{keys.first('home.resume')} goes on with the run, then {keys.first('home.answer')} answers"


def gate(each: GateListed, now: datetime, width: int) -> Content:
    """Return the line of a gate: whose it is, since when it waits, until when and what happens then."""
    left = fmt.short(fmt.left(each.gate.deadline, now))
    name = Content.styled(f"{UNICODE.waiting} {fmt.cut(line(each.name), 30)}", f"bold {marks.WARNING}")
    in_short = f": {keys.first('home.resume')}, then {keys.first('home.answer')}" if each.is_left else ""
    if width < _TIGHT:
        return Content.assemble(name, (f"  {UNICODE.time_left} {left}{in_short}", marks.FAINT))
    waits = fmt.short(fmt.age(each.gate.opened_at, now))
    then = f": then {EXPIRY.get(each.gate.on_timeout, each.gate.on_timeout)}" if width >= _ROOMY else ""
    if each.is_left:
        then = f"  interrupted{in_short}"
    return Content.assemble(
        (f"  {fmt.fit(ids.short(each.whole), 6)}", marks.FAINT),
        (fmt.cut(line(each.workflow), 20), marks.STRONG),
        "  ",
        name,
        f"  for {waits}",
        (f"  {UNICODE.time_left} {left} left", marks.WARNING),
        (then, marks.FAINT),
        (f"  {line(each.gate.prompt, 80)}", marks.FAINT),
    )
