"""The gate dialog: shows what is asked, takes an answer, and decides nothing by a letter."""

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar, TypeAlias

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import DescendantFocus, Paste, Resize
from textual.widgets import Button, Static, TextArea

from flow_tui import limits
from flow_tui.app import keys, marks
from flow_tui.app.prose import prose
from flow_tui.app.runs import Waiting
from flow_tui.app.scene import Scene
from flow_tui.app.screens.dialog import Dialog
from flow_tui.app.text import plain, short
from flow_tui.app.widgets.home_lines import EXPIRY
from flow_tui.app.widgets.tick import Tick
from flow_tui.dsl import durations
from flow_tui.engine.commands import ResolveGate
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.state import GateState, RunState, StepState
from flow_tui.model.status import StepStatus
from flow_tui.model.values import Decision
from flow_tui.view import format as fmt
from flow_tui.view.before_gate import before_gate
from flow_tui.view.glyphs import UNICODE

_LOW = 30
"""Below this, there is only room for what has to be there."""
_FRAME_ROWS = 7
"""The border, the title, the answers and the legend."""
_AIR_ROWS = 6
"""Between them, where there is room for that."""
_TEXT_ROWS = 5
"""The text field with its title."""


def within(text: str, size: int) -> str:
    """Return as much of ``text`` as fits in ``size`` bytes."""
    return text.encode("utf-8", "replace")[:size].decode("utf-8", "ignore")


def _question(gate: GateState) -> str:
    """Return what is asked, and what decides if nobody does."""
    asked = gate.prompt or ("Go on without waiting for it?" if gate.looks_at else "Go on?")
    if not gate.looks_at:
        return asked
    often = f", looked at every {durations.show(gate.every)}" if gate.every is not None else ""
    return f"It waits for {gate.looks_at}{often}.\n{asked}"


Draft: TypeAlias = tuple[RunId, StepPath, datetime]
"""Which question somebody has begun to answer."""


class Feedback(TextArea):
    """A text field that takes no more than the engine does."""

    def on_mount(self) -> None:
        """Keep the cursor still."""
        self.cursor_blink = False

    @property
    def room(self) -> int:
        """Return how many bytes more fit."""
        return limits.FEEDBACK_BYTES - len(self.text.encode("utf-8", "replace"))

    def on_paste(self, event: Paste) -> None:
        """Take what fits of what is pasted; the field itself does the rest, as always."""
        fitting = within(event.text, self.room)
        if len(fitting) < len(event.text):
            self.notify(f"cut: an answer holds at most {fmt.size(limits.FEEDBACK_BYTES)}", severity="warning")
            event.prevent_default()
            self.replace(fitting, *self.selection)
        event.stop()


class GateDialog(Dialog[None]):
    """Asks for one gate of one run; closes by itself when it is answered elsewhere."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.GATE]

    def __init__(
        self,
        waiting: Waiting,
        *,
        by: str,
        now: datetime,
        send: Callable[[ResolveGate], None],
        drafts: dict[Draft, str],
        place: str = "",
        state: RunState | None = None,
    ) -> None:
        """Ask for ``waiting``; what was typed and not sent is left in ``drafts``, and taken from there.

        ``place`` is the run inside of which it stands, if that is not the one on screen; from ``state`` it is
        told what came before.
        """
        super().__init__()
        self._before = list(before_gate(state, waiting.step.path)) if state is not None else []
        self._place = place
        self._opened_at = now
        self._drafts = drafts
        self._draft: Draft = (waiting.run_id, waiting.step.path, waiting.gate.opened_at)
        self._run_id = waiting.run_id
        self._step = waiting.step
        self._gate = waiting.gate
        self._by = by
        self._send = send
        self._ticks = tuple(map(Tick, waiting.gate.options))
        self._button = "later"
        self._is_answered = False

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
                    yield from self._ticks
            yield Static(self._feedback_title(), id="feedback-title", markup=False)
            draft = self._drafts.get(self._draft, "")
            yield Feedback(draft, id="feedback", compact=True, tab_behavior="focus")
            with Horizontal(classes="choices"):
                yield Button(plain("Later"), id="later")
                yield Button(plain("Reject…"), id="reject", classes="grave")
                yield Button(plain("Approve"), id="approve")
            yield Static(id="gate-expiry", classes="legend", markup=False)

    def _told_before(self) -> Content:
        head = Content.assemble(("Before it  ", marks.FAINT), plain(self._before[0]))
        return Content("\n").join([head, *(plain(f"  {each}", marks.FAINT) for each in self._before[1:])])

    def _feedback_title(self) -> Content:
        return Content.styled("Feedback to the next step (optional)", marks.FAINT)

    def on_mount(self) -> None:
        """Begin where nothing is decided."""
        for button in self.query(Button):
            button.active_effect_duration = 0  # a button that asks for more stays: it need not flash
        self._count_down(self._opened_at)
        self._ask_for_text(wanted=self._gate.feedback_wanted)
        self.query_one("#later").focus()

    @on(TextArea.Changed)
    def _keep_draft(self, event: TextArea.Changed) -> None:
        """Keep what was typed, for the next time."""
        self._drafts[self._draft] = event.text_area.text

    @on(Resize)
    def _resized(self, event: Resize) -> None:
        self._fit(event.size.height)

    def _fit(self, height: int) -> None:
        """Give the prompt what the rest leaves: whatever is asked, the answers stay in sight."""
        is_low = height < _LOW
        self.set_class(is_low, "-low")
        options = min(len(self._gate.options), 3 if is_low else 6)
        text = _TEXT_ROWS if self.query_one("#feedback").display else 0
        rest = _FRAME_ROWS + options + text + (0 if is_low else _AIR_ROWS)
        self.query_one("#gate-prompt").styles.max_height = max(2, height - rest)

    def action_scroll_prompt(self, direction: int) -> None:
        """Show more of what is asked."""
        pane = self.query_one("#gate-prompt", VerticalScroll)
        pane.scroll_relative(y=direction * max(1, pane.size.height - 1), animate=False)

    def paint(self, scene: Scene) -> None:
        """Count down, and close when there is nothing to answer any more."""
        state = scene.runs.states.get(self._run_id)
        step = state.steps.get(self._step.path) if state is not None else None
        if step is None or step.status is not StepStatus.WAITING or step.gate is None:
            self._close_with_note(step)
            return
        if step.gate.opened_at != self._gate.opened_at:
            self._close_with_note(None)
            return
        self._count_down(scene.now)

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
        said = f"Unanswered in {fmt.short(left)}: {EXPIRY.get(gate.on_timeout, gate.on_timeout)}."
        hint = "letters are only text · tab move · pgdn read on · esc later"
        self.query_one("#gate-expiry", Static).update(Content(f"{said}\n{hint}"))

    def _close_with_note(self, step: StepState | None) -> None:
        if self._is_answered or not self.is_current:
            return
        said = "the gate is closed"
        if step is not None and step.gate is not None and step.gate.approved is not None:
            by = f" by {step.gate.by}" if step.gate.by else ""
            said = f"the gate was {'approved' if step.gate.approved else 'rejected'}{by}"
        elif step is not None and step.status is StepStatus.TIMED_OUT:
            said = "the gate expired"
        self.notify(said)
        self.dismiss(None)

    @on(DescendantFocus)
    def _remember(self, event: DescendantFocus) -> None:
        if isinstance(event.widget, Button) and event.widget.id is not None:
            self._button = event.widget.id

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self._press(event.button.id or "later")

    def action_submit(self) -> None:
        """Press the button that is focused, or was last; before any was, nothing is decided."""
        if self._button == "later":
            self.notify("nothing is decided yet: choose Reject or Approve", severity="warning", timeout=4)
        else:
            self._press(self._button)

    def _press(self, button: str) -> None:
        feedback = self.query_one("#feedback", Feedback)
        if button == "reject" and not self.has_class("-rejecting"):
            self._ask_for_reason()
        elif button == "later":
            self.dismiss(None)
        elif not self._is_answered:
            self._is_answered = True
            self._drafts.pop(self._draft, None)
            decision = Decision(
                approved=button == "approve",
                feedback=within(feedback.text, limits.FEEDBACK_BYTES) if feedback.display else "",
                selections=self._selections(),
                by=self._by,
            )
            self._send(ResolveGate(run_id=self._run_id, path=self._step.path, decision=decision))
            self.dismiss(None)

    def _selections(self) -> tuple[str, ...]:
        values = self._gate.options.values()
        return tuple(value for value, tick in zip(values, self._ticks, strict=True) if tick.is_on)

    def _ask_for_text(self, *, wanted: bool) -> None:
        self.query_one("#feedback").display = wanted
        self.query_one("#feedback-title").display = wanted
        self._fit(self.size.height)

    def _ask_for_reason(self) -> None:
        self.add_class("-rejecting")
        self._button = "reject"
        self._ask_for_text(wanted=True)
        said = Content.styled("Why? It is kept with the answer. ^s or Reject sends it.", marks.WARNING)
        self.query_one("#feedback-title", Static).update(said)
        self.query_one("#reject", Button).label = plain("Reject")
        self.query_one("#feedback").focus()
