"""Runs as nobody wishes them: without steps, with far too many, with names beyond reason, gone meanwhile."""

from textual.events import Resize
from textual.geometry import Size
from textual.pilot import Pilot

from flow_tui.app.app import FlowApp
from flow_tui.app.widgets.step_tree import StepTree
from flow_tui.model import events as ev
from flow_tui.model.ids import StepPath
from flow_tui.model.status import Reason, RunStatus, StepStatus
from flow_tui.model.values import ActionOutput
from flow_tui.runtime.messages import CouldNotRead, RunLeft, RunLost
from tests.app.fakes import RUN, History, at, drive, node, press, screen_text, settle

ODD = {
    "long": "n" * 500,
    "wide": "界面" * 80,
    "combining": "e\u0301\u0302" * 90,
    "rtl": "\u05d0\u05d1\u202e\u0627\u0628" * 60,
    "control": "a\x1b[2J\x07\r\n\tb\x9b" * 60,
    "emoji": "\U0001f469\u200d\U0001f4bb\ufe0f" * 60,
    "half": "\ud800x" * 40,
}
SIZES = ((1, 1), (40, 10), (60, 20), (80, 24), (160, 50), (500, 100))


def odd() -> History:
    """Return a run with a step for each of them, in every field of which it is."""
    plan = tuple(
        node(str(number), "call", text, note=text, max_attempts=2) for number, text in enumerate(ODD.values())
    )
    long, control = ODD["long"], ODD["control"]
    began = ev.RunStarted(
        workflow=control,
        title=long,
        file=control,
        plan=plan,
        inputs={each: each for each in ODD.values()},
    )
    story = History().add(0, began)
    for number, text in enumerate(ODD.values()):
        path = StepPath(str(number))
        story.step(0, path, text, attempts=2)
        story.add(1, ev.AttemptFailed(path=path, attempt=1, error=text, retry_at=at(2)))
        story.attempt(2, path, 2)
        output = ActionOutput(context=text, result_text=text, markers=(text,), structured=text, note=text)
        outcome = StepStatus.FAILED if number % 2 else StepStatus.COMPLETED
        story.add(3, ev.StepFinished(path=path, outcome=outcome, output=output, error=text))
    return story


async def resized(app: FlowApp, pilot: Pilot[None], size: tuple[int, int]) -> None:
    """Change the size of the terminal."""
    app._driver._size = size
    app.post_message(Resize(Size(*size), Size(*size)))
    await settle(app, pilot)


def test_odd_texts_in_every_field_break_nothing_at_any_size() -> None:
    """Every tab and every step, from one cell to a wall of them: each line as wide as the terminal."""
    story = odd()

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        app.session.reader.events = story.events
        for number, size in enumerate(SIZES):
            await resized(app, pilot, size)
            await press(app, pilot, "j", "3", str(number + 1), "escape")
            strips = app.screen._compositor.render_strips()
            assert {strip.cell_length for strip in strips} == {size[0]}

    assert drive(script, story).crash is None


def test_a_run_without_steps_is_shown_and_says_so() -> None:
    """Over its steps and as their output; every key finds nothing to do, and does nothing."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        assert screen_text(app).count("the workflow has no steps") == 2
        assert "not started" not in screen_text(app)
        keys = ("3", *"123456", "escape", "E", "o", "minus", "equals_sign", "less_than_sign", "comma", "x")
        await press(app, pilot, *keys, "escape", "i", "escape", "v", "v", "v")
        assert "empty" in screen_text(app)

    story = History().add(0, ev.RunStarted(workflow="empty", title="empty", file="e.wf"))
    assert drive(script, story).crash is None


def test_fifty_thousand_steps_are_shown_and_walked_through() -> None:
    """From one end to the other."""
    plan = tuple(node(str(number), "script", f"step {number}") for number in range(50_000))
    story = History().add(0, ev.RunStarted(workflow="w", title="many", file="w.wf", plan=plan))

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "G")
        assert app.screen.query_one(StepTree).path == StepPath("49999")
        assert "step 49999" in screen_text(app)
        await press(app, pilot, "g", "pagedown")
        assert "step 20" in screen_text(app)

    drive(script, story)


def test_what_others_do_to_a_run_on_screen_is_shown() -> None:
    """Taken over, cancelled, left, and at last gone from the database: told, and never a fault."""
    story = History().add(
        0, ev.RunStarted(workflow="w", title="w", file="w.wf", plan=(node("0", "call", "plan"),))
    )
    story.step(0, "0", "plan")

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        inbox, reader = app.session.inbox, app.session.reader
        await press(app, pilot, "3", "6")
        inbox.put(RunLost(run_id=RUN, why="another process works on it now"))
        requested = ev.RunCancelRequested(reason=Reason.USER, by="otto")
        inbox.put(ev.Recorded(seq=4, at=at(9), run_id=RUN, event=requested))
        await settle(app, pilot)
        assert "cancelling" in screen_text(app)
        inbox.put(RunLeft(run_id=RUN, at=at(20)))
        await settle(app, pilot)
        assert "interrupted" in screen_text(app)
        over = ev.RunFinished(outcome=RunStatus.CANCELLED, reason=Reason.USER)
        inbox.put(ev.Recorded(seq=5, at=at(30), run_id=RUN, event=over))
        await settle(app, pilot)
        assert "cancelled" in screen_text(app)

        def gone(question: object) -> None:
            inbox.put(CouldNotRead(token=question.token, why="there is no such run any more"))

        reader.of_step = gone
        await press(app, pilot, "3", "6")
        assert "there is no such run any more" in screen_text(app)

    assert drive(script, story, size=(120, 30)).crash is None
