"""The gate dialog: deliberate answers only."""

import string

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, TextArea

from flow_tui import limits
from flow_tui.app.app import FlowApp
from flow_tui.app.screens.gate import GateDialog
from flow_tui.app.screens.run import RunScreen
from flow_tui.app.widgets.tick import Tick
from flow_tui.engine.commands import ResolveGate
from flow_tui.model import events as ev
from flow_tui.model.ids import StepPath
from flow_tui.model.status import StepStatus
from flow_tui.model.values import Decision
from flow_tui.runtime.messages import Refused
from tests.app import fakes
from tests.app.fakes import RUN, FixedClock, drive, key_event, press, screen_text, settle

GATE = StepPath("3")
RESOLVED = ev.GateResolved(path=GATE, approved=True, by="nina")


def answered(decision: Decision) -> list[object]:
    """Return the one command that says so."""
    return [ResolveGate(run_id=RUN, path=GATE, decision=decision)]


def test_no_letter_decides() -> None:
    """Every printable key, pressed at every place of the dialog, leaves the gate as it is."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "a")
        for _ in range(7):
            for letter in string.ascii_letters + string.digits + string.punctuation:
                app.post_message(key_event(letter))
            await settle(app, pilot)
            assert isinstance(app.screen, GateDialog)
            await press(app, pilot, "tab")
        assert app.session.sent == []

    drive(script, fakes.waiting())


def test_it_opens_where_nothing_is_decided() -> None:
    """The focus is on Later, and Enter there changes nothing."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "a")
        assert isinstance(app.focused, Button)
        assert app.focused.id == "later"
        await press(app, pilot, "enter")
        assert isinstance(app.screen, RunScreen)
        assert app.session.sent == []

    drive(script, fakes.waiting())


def test_approving_carries_feedback_and_options() -> None:
    """What was typed and ticked travels with the decision, under the name of who sits here."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "a")
        await press(app, pilot, "tab", "tab", "tab", "space", "tab", "tab", "space", "tab")
        assert isinstance(app.focused, TextArea)
        await press(app, pilot, *"yes", "tab", "tab", "tab", "enter")
        expected = Decision(
            approved=True, feedback="yes", selections=("api", "migrations (risky)"), by="nina"
        )
        assert app.session.sent == answered(expected)

    drive(script, fakes.waiting())


def test_an_answer_that_is_refused_stays_where_it_was_prepared() -> None:
    """It says why; ticks and words are there, also when the gate is opened again, until an answer counts."""

    def prepared(app: FlowApp) -> tuple[str, list[bool]]:
        return app.screen.query_one(TextArea).text, [tick.is_on for tick in app.screen.query(Tick)]

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "a", "shift+tab", *"why", "shift+tab", "space", "tab", "tab", "tab", "tab")
        await press(app, pilot, "enter")
        assert "● Approve" in screen_text(app)
        (sent,) = app.session.sent
        app.session.inbox.put(Refused(what="Answer", why="the storage is [b]full[/b]", answer=sent))
        await settle(app, pilot)
        assert "not taken: the storage is [b]full[/b]" in screen_text(app)
        assert prepared(app) == ("why", [False, False, True])
        await press(app, pilot, "escape", "a")
        assert prepared(app) == ("why", [False, False, True])
        assert "● Approve" not in screen_text(app)
        await press(app, pilot, "tab", "tab", "enter")
        assert app.session.sent == [sent, sent]
        app.session.inbox.put(fakes.waiting().add(135, RESOLVED).events[-1])
        await settle(app, pilot)
        assert isinstance(app.screen, RunScreen)
        assert "the gate was" not in screen_text(app)

    drive(script, fakes.waiting())


def test_only_the_answer_that_is_marked_is_sent_from_the_text() -> None:
    """To pass by a button marks nothing; the hint says what the key does, and nothing else happens."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "a", "tab", "tab", "tab", *"ok", "ctrl+s")
        assert app.session.sent == []
        assert "space marks what ^s sends" in screen_text(app)
        await press(app, pilot, "shift+tab", "space", "tab")
        assert app.session.sent == []
        assert all(said in screen_text(app) for said in ("● Approve", "^s approves"))
        await press(app, pilot, "shift+tab", "shift+tab", "space")
        assert all(said in screen_text(app) for said in ("● Reject", "^s rejects"))
        await press(app, pilot, "ctrl+s")
        assert app.session.sent == answered(Decision(approved=False, feedback="ok", by="nina"))

    drive(script, fakes.waiting(options={}))


def test_an_answer_that_nobody_takes_can_be_sent_again() -> None:
    """After some seconds the dialog says that it is not on record, and sends it once more if told to."""
    clock = FixedClock()

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "a", "tab", "tab", "enter", "enter")
        assert len(app.session.sent) == 1
        clock.set(141)
        await settle(app, pilot)
        assert "not on record yet" in screen_text(app)
        await press(app, pilot, "enter")
        assert len(app.session.sent) == 2

    drive(script, fakes.waiting(options={}), clock=clock)


def test_options_are_shown_with_what_they_stand_for() -> None:
    """In the dialog and beside the step, as text."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        assert "[ ] eu ([b]Europe[/b])" in screen_text(app)
        await press(app, pilot, "a")
        assert "[ ] eu ([b]Europe[/b])" in screen_text(app)
        assert isinstance(app.screen, GateDialog)

    drive(script, fakes.waiting(options={"eu": "[b]Europe[/b]"}), size=(110, 40))


def test_rejecting_asks_for_a_reason() -> None:
    """The first press asks; the text that follows is kept with the answer."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "a", "tab", "enter", "enter")
        assert app.session.sent == []
        assert isinstance(app.focused, TextArea)
        await press(app, pilot, "n", "o", "ctrl+s")
        assert app.session.sent == answered(Decision(approved=False, feedback="\nno", by="nina"))

    drive(script, fakes.waiting(options={}, feedback=False))


@pytest.mark.parametrize("size", [(80, 24), (60, 18), (110, 40)])
def test_the_answers_stay_in_sight_however_long_the_question(size: tuple[int, int]) -> None:
    """Also with options and a text field; the rest of the question is a page away."""
    words = " ".join(f"word{number}" for number in range(400))

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "a")
        text = screen_text(app)
        assert all(shown in text for shown in ("Later", "Reject…", "Approve", "word0", "Unanswered in"))
        await press(app, pilot, "pagedown")
        assert "word0 " not in screen_text(app)
        await press(app, pilot, "pageup")
        assert "word0 " in screen_text(app)

    drive(script, fakes.waiting(words), size=size)


def test_what_was_typed_is_there_when_the_gate_is_opened_again() -> None:
    """Later means later; and without a chosen button there is nothing to submit."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "a", "shift+tab", *"maybe", "ctrl+s")
        assert isinstance(app.screen, GateDialog)
        assert "nothing is decided yet" in screen_text(app)
        await press(app, pilot, "escape", "a")
        assert app.screen.query_one(TextArea).text == "maybe"
        assert app.session.sent == []
        await press(app, pilot, "tab", "tab", "enter")
        assert app.session.sent == answered(Decision(approved=True, feedback="maybe", by="nina"))

    drive(script, fakes.waiting(options={}))


def test_an_approval_without_a_text_field_sends_none() -> None:
    """A gate that wants no feedback gets none."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "a", "tab", "tab", "enter", "enter", "enter")
        assert app.session.sent == answered(Decision(approved=True, by="nina"))

    drive(script, fakes.waiting(options={}, feedback=False))


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (ev.GateResolved(path=GATE, approved=False, by="otto"), "the gate was rejected by otto"),
        (ev.StepFinished(path=GATE, outcome=StepStatus.TIMED_OUT), "the gate expired"),
    ],
)
def test_it_closes_when_the_gate_is_answered_elsewhere(event: ev.Event, told: str) -> None:
    """Whoever has the dialog open is told, and nothing is sent a second time."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "a")
        app.session.inbox.put(fakes.waiting().add(135, event).events[-1])
        await settle(app, pilot)
        assert isinstance(app.screen, RunScreen)
        assert told in screen_text(app)
        assert app.session.sent == []

    drive(script, fakes.waiting())


def test_a_huge_paste_is_cut_where_the_engine_would_cut_it() -> None:
    """A megabyte from the clipboard becomes as much as an answer may hold."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        from textual.events import Paste

        await press(app, pilot, "a")
        field = app.screen.query_one(TextArea)
        field.focus()
        field.post_message(Paste("é" * 500_000))
        await settle(app, pilot)
        assert len(field.text.encode()) == limits.FEEDBACK_BYTES
        await press(app, pilot, "tab", "tab", "tab", "enter")
        (command,) = app.session.sent
        assert len(command.decision.feedback.encode()) == limits.FEEDBACK_BYTES

    drive(script, fakes.waiting(options={}))


def test_what_is_pasted_arrives_once() -> None:
    """Whether the terminal hands it to the program or the field gets it itself."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        from textual.events import Paste

        await press(app, pilot, "a")
        field = app.screen.query_one(TextArea)
        field.focus()
        field.post_message(Paste("one"))
        await settle(app, pilot)
        app.post_message(Paste(" two\nthree"))
        await settle(app, pilot)
        assert field.text == "one two\nthree"

    drive(script, fakes.waiting())


def test_what_happens_without_an_answer_is_said() -> None:
    """The countdown and its consequence are on screen."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "a")
        assert "Unanswered in 29m56s: the run fails." in screen_text(app)

    drive(script, fakes.waiting())


def test_it_opens_complete() -> None:
    """The first picture has the title and the consequence: nothing moves under a hand that clicks."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        paint = GateDialog.paint
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(GateDialog, "paint", lambda *_: None)
            await press(app, pilot, "a")
            before = screen_text(app)
        paint(app.screen, app.scene)
        await settle(app, pilot)
        assert "Unanswered in 29m56s: the run fails." in before
        assert screen_text(app) == before

    drive(script, fakes.waiting())
