"""What there is to tell about a workflow, a run or a gate at home."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from flow_tui.app import marks
from flow_tui.app.session import WorkflowEntry
from flow_tui.app.text import lines, plain, short
from flow_tui.app.widgets.home_lines import EXPIRY, first_of_all, standing
from flow_tui.model import ids
from flow_tui.model.values import InputField, RunSummary
from flow_tui.runtime.messages import GateListed
from flow_tui.sanitize import line
from flow_tui.view import format as fmt
from flow_tui.view import outcome
from flow_tui.view.glyphs import UNICODE
from flow_tui.view.hidden import masked, shown

_PROMPT = 4_000
"""How much of a gate's question is shown here."""


class About(VerticalScroll, can_focus=True):
    """Shows a text that may be longer than there is room."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._text = Static(markup=False)
        self._of = ""
        self._shown = Content()

    def compose(self) -> Iterator[Static]:
        """Show one text."""
        yield self._text

    def show(self, what: str, told: Content) -> None:
        """Tell of ``what``; of something else, from the beginning."""
        if told != self._shown:
            self._shown = told
            self._text.update(told)
        if what != self._of:
            self._of = what
            self.scroll_home(animate=False)


def nothing() -> Content:
    """Return what is said where nothing is selected."""
    return Content.styled("nothing is selected", marks.FAINT)


def workflow(entry: WorkflowEntry, now: datetime) -> Content:
    """Return what is known of a workflow: what it is for, what it wants, what is wrong, how it ran last."""
    return Content("\n").join(_workflow(entry, now))


def _workflow(entry: WorkflowEntry, now: datetime) -> Iterator[Content]:
    yield plain(entry.title or entry.name, marks.STRONG)
    group = f"  in {line(entry.group, 60)}" if entry.group else ""
    yield plain(f"{entry.file or entry.name}{group}", marks.FAINT)
    if entry.errors:
        yield Content()
        yield Content.styled(f"{UNICODE.failed} {fmt.counted(entry.errors, 'error')}", f"bold {marks.ERROR}")
        yield from _problems(entry.problems)
        if entry.errors > len(entry.problems):
            yield Content.styled(f"and {entry.errors - len(entry.problems):,} more", marks.FAINT)
    if entry.description:
        yield Content()
        yield lines(entry.description.strip())
    if entry.inputs:
        yield Content()
        yield Content.styled("Inputs", marks.STRONG)
        yield from map(_input, entry.inputs)
    if entry.last is not None:
        yield Content()
        yield Content.styled("Last run", marks.STRONG)
        yield from _standing(entry.last, now, is_left=entry.is_left)


def _problems(problems: Sequence[str]) -> Iterator[Content]:
    from flow_tui.app import code  # noqa: PLC0415 - only where something is wrong

    for problem in problems:
        said, *place = problem.split("\n")
        yield Content()
        yield plain(said)
        if place:
            yield code.excerpt(place)


def _input(field: InputField) -> Content:
    kind = "yes or no" if field.is_boolean else "text"
    default = shown(field.name, field.default or "")
    said = "required" if field.is_required else f"default {line(default, 60)}" if default else ""
    return Content.assemble(
        "  ",
        short(field.name, 60, marks.ACCENT),
        (f"  {', '.join(filter(None, (kind, said)))}", marks.FAINT),
        short(f"  {field.description}" if field.description else "", 200),
    )


def run(each: RunSummary, now: datetime, *, is_left: bool) -> Content:
    """Return what is known of a run: how it stands, what it was given, what went wrong."""
    title = f"{each.title or each.workflow} {ids.short(each.run_id)}"
    return Content("\n").join([plain(title, marks.STRONG), *_standing(each, now, is_left=is_left)])


def _standing(each: RunSummary, now: datetime, *, is_left: bool) -> Iterator[Content]:
    stands = standing(each, now, is_left=is_left)
    yield Content.assemble(
        (f"{stands.mark} {stands.word}", stands.style),
        f"  {stands.took}",
        (f"  {fmt.share(each.steps_done, each.steps_total)} steps" if each.steps_total else "", marks.FAINT),
    )
    began = each.started_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    yield Content.styled(f"began {began}, {fmt.short(fmt.age(each.started_at, now))} ago", marks.FAINT)
    if is_left:
        yield Content.styled("its program is gone; open it, and r goes on where it stopped", marks.WARNING)
    if each.waiting_for and not is_left:
        yield plain(outcome.awaits(each), marks.WARNING)
    for name, value in masked(each.inputs).items():
        yield Content.assemble("  ", short(name, 60, marks.ACCENT), " = ", short(value))
    if each.error:
        yield Content()
        yield lines(each.error.strip()[:_PROMPT], marks.ERROR)


def gate(each: GateListed, now: datetime) -> Content:
    """Return what a gate asks, since when, and what happens when nobody answers."""
    left = fmt.short(fmt.left(each.gate.deadline, now))
    waits = fmt.short(fmt.age(each.gate.opened_at, now))
    then = EXPIRY.get(each.gate.on_timeout, each.gate.on_timeout)
    gone = [plain(f"its program is gone: {first_of_all()}", marks.WARNING)] if each.is_left else []
    return Content("\n").join(
        [
            plain(f"{UNICODE.waiting} {each.name}", f"bold {marks.WARNING}"),
            plain(f"{each.workflow} {ids.short(each.whole)}", marks.FAINT),
            Content(),
            lines(each.gate.prompt.strip()[:_PROMPT] or "Go on?"),
            Content(),
            Content.styled(f"waits for {waits}", marks.FAINT),
            Content.assemble((f"{UNICODE.time_left} {left} left", marks.WARNING), short(f", then {then}")),
            *gone,
        ]
    )
