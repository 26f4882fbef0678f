"""The gate dialog: shows what is asked, takes an answer, and decides nothing by a letter."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import ClassVar, TypeAlias

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.widgets import Button, Static, TextArea

from flow_tui import limits
from flow_tui.app import dialog_keys, keys, marks
from flow_tui.app.prose import prose
from flow_tui.app.runs import Waiting
from flow_tui.app.scene import Scene
from flow_tui.app.screens.dialog import Dialog
from flow_tui.app.text import plain, short
from flow_tui.app.widgets.feedback import Feedback, within
from flow_tui.app.widgets.home_lines import EXPIRY
from flow_tui.app.widgets.tick import Tick
from flow_tui.dataclass import dataclass
from flow_tui.dsl import durations
from flow_tui.engine.commands import ResolveGate
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.state import GateState, RunState, StepState
from flow_tui.model.status import StepStatus
from flow_tui.model.values import Decision
from flow_tui.runtime.messages import Refused
from flow_tui.view import format as fmt
from flow_tui.view.before_gate import before_gate
from flow_tui.view.choices import option
from flow_tui.view.glyphs import UNICODE

_LOW = 30
"""Below this, there is only room for what has to be there."""
_FRAME_ROWS = 7
"""The border, the title, the answers and the legend."""
_AIR_ROWS = 6
"""Between them, where there is room for that."""
_TEXT_ROWS = 5
"""The text field with its title."""
_TROUBLE_ROWS = 2
"""Why an answer was not taken."""
_PATIENCE = timedelta(seconds=5)
"""After this, an answer that is not on record can be given again."""
_SILENCE = "not on record yet: who works on the run has not taken it, or has refused it; it can be sent again"


def _question(gate: GateState) -> str:
    """Return what is asked, and what decides if nobody does."""
    asked = gate.prompt or ("Go on without waiting for it?" if gate.looks_at else "Go on?")
    if not gate.looks_at:
        return asked
    often = f", looked at every {durations.show(gate.every)}" if gate.every is not None else ""
    return f"It waits for {gate.looks_at}{often}.\n{asked}"


Asked: TypeAlias = tuple[RunId, StepPath, datetime]
"""Which question somebody has begun to answer."""


@dataclass(slots=True, kw_only=True)
class Draft:
    """What somebody has prepared as an answer; it is kept until an answer is on record."""

    text: str = ""
    ticked: frozenset[str] = frozenset()


Drafts: TypeAlias = dict[Asked, Draft]


class GateDialog(Dialog[None]):
    """Asks for one gate of one run; closes by itself when it is answered elsewhere."""

    BINDINGS: ClassVar[list[BindingType]] = [*dialog_keys.GATE]

    def __init__(
        self,
        waiting: Waiting,
        *,
        by: str,
        now: datetime,
        send: Callable[[ResolveGate], None],
        drafts: Drafts,
        place: str = "",
        state: RunState | None = None,
    ) -> None:
        """Ask for ``waiting``; what was prepared and not taken is left in ``drafts``, and taken from there.

        ``place`` is the run inside of which it stands, if that is not the one on screen; from ``state`` it is
        told what came before.
        """
        super().__init__()
        self._before = list(before_gate(state, waiting.step.path)) if state is not None else []
        self._place = place
        self._drafts = drafts
        self._asked: Asked = (waiting.run_id, waiting.step.path, waiting.gate.opened_at)
        self._draft = drafts.get(self._asked, Draft())
        self._run_id = waiting.run_id
        self._step = waiting.step
        self._gate = waiting.gate
        self._by = by
        self._send = send
        self._ticks = {
            key: Tick(option(key, value), is_on=key in self._draft.ticked)
            for key, value in waiting.gate.options.items()
        }
        self._chosen: Button | None = None
        """The answer that is marked as the one to send from the text."""
        self._sent: ResolveGate | None = None
        """The answer that is on its way."""
        self._now = self._sent_at = now

    def compose(self) -> ComposeResult:
        """Stack the prompt, the options, the text field and the answers."""
        gate = self._gate
        with Vertical(classes="dialog", id="gate"):
            yield Static(id="gate-title", markup=False)
            with VerticalScroll(id="gate-prompt", can_focus=False):
                yield Static(prose(_question(gate)), markup=False)
                if self._before:
                    yield Static(self._told_before(), id="gate-before", markup=False)
            if gate.options:
                with VerticalScroll(id="gate-options", can_focus=False):
                    yield from self._ticks.values()
            yield Static(self._feedback_title(), id="feedback-title", markup=False)
            yield Feedback(self._draft.text, id="feedback", compact=True, tab_behavior="focus")
            yield Static(id="gate-trouble", markup=False)
            with Horizontal(classes="choices"):
                yield Button(plain("Later"), id="later")
                yield Button(plain("○ Reject…"), id="reject", classes="grave")
                yield Button(plain("○ Approve"), id="approve")
            yield Static(id="gate-expiry", classes="legend", markup=False)

    def _told_before(self) -> Content:
        head = Content.assemble(("Before it  ", marks.FAINT), plain(self._before[0]))
        return Content("\n").join([head, *(plain(f"  {each}", marks.FAINT) for each in self._before[1:])])

    def _feedback_title(self) -> Content:
        return Content.styled("Feedback to the next step (optional); letters are only text", marks.FAINT)

    def on_mount(self) -> None:
        """Begin where nothing is decided."""
        for button in self.query(Button):
            button.active_effect_duration = 0  # a button that asks for more stays: it need not flash
        self._count_down(self._now)
        self.query_one("#gate-trouble").display = False
        self._ask_for_text(wanted=self._gate.feedback_wanted)
        self.query_one("#later").focus()

    @on(TextArea.Changed)
    @on(Tick.Changed)
    def _keep_draft(self) -> None:
        """Keep what was typed and ticked, for the next time."""
        self._draft.text = self.query_one("#feedback", Feedback).text
        self._draft.ticked = frozenset(self._selections())
        self._drafts[self._asked] = self._draft

    @on(Resize)
    def _resized(self, event: Resize) -> None:
        self._fit(event.size.height)

    def _fit(self, height: int) -> None:
        """Give the prompt what the rest leaves: whatever is asked, the answers stay in sight."""
        is_low = height < _LOW
        self.set_class(is_low, "-low")
        options = min(len(self._gate.options), 3 if is_low else 6)
        text = _TEXT_ROWS if self.query_one("#feedback").display else 0
        trouble = _TROUBLE_ROWS if self.query_one("#gate-trouble").display else 0
        rest = _FRAME_ROWS + options + text + trouble + (0 if is_low else _AIR_ROWS)
        self.query_one("#gate-prompt").styles.max_height = max(2, height - rest)

    def action_scroll_prompt(self, direction: int) -> None:
        """Show more of what is asked."""
        pane = self.query_one("#gate-prompt", VerticalScroll)
        pane.scroll_relative(y=direction * max(1, pane.size.height - 1), animate=False)

    def paint(self, scene: Scene) -> None:
        """Count down, and close when there is nothing to answer any more."""
        state = scene.runs.states.get(self._run_id)
        step = state.steps.get(self._step.path) if state is not None else None
        self._now = scene.now
        if step is None or step.status is not StepStatus.WAITING or step.gate is None:
            self._close_with_note(step)
            return
        if step.gate.opened_at != self._gate.opened_at:
            self._close_with_note(None)
            return
        self._count_down(scene.now)
        if self._sent is not None and scene.now - self._sent_at > _PATIENCE:
            self._not_taken(_SILENCE)

    def _count_down(self, now: datetime) -> None:
        gate = self._gate
        waited, left = fmt.age(gate.opened_at, now), fmt.left(gate.deadline, now)
        title = Content.assemble(
            short(f"{UNICODE.waiting} {self._step.name}", 40, f"bold {marks.WARNING}"),
            (f"  {gate.gate}" if gate.gate != self._step.name else "", marks.FAINT),
            short(f"  in {self._place}" if self._place else "", 48, marks.FAINT),
            (f"  waiting {fmt.short(waited)}", marks.FAINT),
            (
                f"  {UNICODE.time_left} {fmt.short(left)}",
                marks.WARNING if left.total_seconds() < 60 else marks.FAINT,
            ),
        )
        self.query_one("#gate-title", Static).update(title)
        said = f"Unanswered in {fmt.short(left)}: {EXPIRY.get(gate.on_timeout, gate.on_timeout)}.\n"
        self.query_one("#gate-expiry", Static).update(Content.assemble(said, self._hint()))

    def _hint(self) -> Content:
        """Return what the keys do now; the one that sends says which answer."""
        submit = keys.first("gate.submit")
        is_longer = self.query_one("#gate-prompt").max_scroll_y > 0
        on = f"{keys.first('gate.page_down')} read on" if is_longer else "tab move"
        rest = f" · {on} · esc later"
        if self._chosen is None:
            return Content(f"enter sends · {keys.first('gate.choose')} marks what {submit} sends{rest}")
        does = "approves" if self._chosen.id == "approve" else "rejects"
        return Content.assemble((f"{submit} {does}", f"bold {marks.WARNING}"), rest)

    def _close_with_note(self, step: StepState | None) -> None:
        if not self.is_current:
            return
        self._drafts.pop(self._asked, None)
        if step is not None and step.gate is not None and self._is_ours(step.gate):
            self.dismiss(None)
            return
        said = "the gate is closed"
        if step is not None and step.gate is not None and step.gate.approved is not None:
            by = f" by {step.gate.by}" if step.gate.by else ""
            said = f"the gate was {'approved' if step.gate.approved else 'rejected'}{by}"
        elif step is not None and step.status is StepStatus.TIMED_OUT:
            said = "the gate expired"
        self.notify(said)
        self.dismiss(None)

    def _is_ours(self, gate: GateState) -> bool:
        """Say whether what is on record is the answer that was given here."""
        given = self._sent.decision if self._sent is not None else None
        return given is not None and (gate.approved, gate.by) == (given.approved, given.by)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self._press(event.button)

    def action_choose(self) -> None:
        """Mark the answer that is focused as the one to send from wherever one is; nothing is sent yet."""
        button = self.focused
        if not isinstance(button, Button) or button.id == "later":
            return
        if button.id == "reject" and not self.has_class("-rejecting"):
            self._ask_for_reason()
        else:
            self._mark(button)

    def _mark(self, chosen: Button) -> None:
        self._chosen = chosen
        for button, label in self._labels().items():
            button.label = plain(f"{'●' if button is chosen else '○'} {label}")
        self._count_down(self._now)

    def _labels(self) -> dict[Button, str]:
        reject = "Reject" if self.has_class("-rejecting") else "Reject…"
        return {self.query_one("#reject", Button): reject, self.query_one("#approve", Button): "Approve"}

    def action_submit(self) -> None:
        """Send the answer that is marked; while none is, nothing is decided."""
        if self._chosen is None:
            space = keys.first("gate.choose")
            said = f"nothing is decided yet: go to Reject or Approve; enter sends it, {space} marks it"
            self.notify(said, severity="warning", timeout=4)
        else:
            self._press(self._chosen)

    def _press(self, button: Button) -> None:
        if button.id == "later":
            self.dismiss(None)
        elif button.id == "reject" and not self.has_class("-rejecting"):
            self._ask_for_reason()
        elif self._sent is None:
            self._mark(button)
            self._give(approved=button.id == "approve")

    def _give(self, *, approved: bool) -> None:
        """Send the answer; what was prepared stays until it is on record."""
        feedback = self.query_one("#feedback", Feedback)
        decision = Decision(
            approved=approved,
            feedback=within(feedback.text, limits.FEEDBACK_BYTES) if feedback.display else "",
            selections=self._selections(),
            by=self._by,
        )
        self._sent = ResolveGate(run_id=self._run_id, path=self._step.path, decision=decision)
        self._sent_at = self._now
        self._tell("")
        self._send(self._sent)

    def refused(self, item: Refused) -> bool:
        """Say why the answer was not taken, if it is the one that was given here; it can be given again."""
        if self._sent is None or item.answer != self._sent:
            return False
        self._not_taken(f"not taken: {item.why}" + (f"; {item.hint}" if item.hint else ""))
        return True

    def _not_taken(self, why: str) -> None:
        self._sent = None
        self._tell(why)

    def _tell(self, why: str) -> None:
        """Tell of the answer that was sent; it stays where it was prepared."""
        said = self.query_one("#gate-trouble", Static)
        said.update(short(why, 300))
        said.display = bool(why)
        self._fit(self.size.height)

    def _selections(self) -> tuple[str, ...]:
        return tuple(key for key, tick in self._ticks.items() if tick.is_on)

    def _ask_for_text(self, *, wanted: bool) -> None:
        self.query_one("#feedback").display = wanted
        self.query_one("#feedback-title").display = wanted
        self._fit(self.size.height)

    def _ask_for_reason(self) -> None:
        self.add_class("-rejecting")
        self._mark(self.query_one("#reject", Button))
        self._ask_for_text(wanted=True)
        said = Content.styled("Why? It is kept with the answer.", marks.WARNING)
        self.query_one("#feedback-title", Static).update(said)
        self.query_one("#feedback").focus()
