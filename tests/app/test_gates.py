"""Gates: the list of all that wait, what people are called for, and a prompt as it was meant."""

from dataclasses import replace
from datetime import timedelta

import pytest
from textual.pilot import Pilot

from flow_tui.app.app import FlowApp
from flow_tui.app.calling import LONG, Calls
from flow_tui.app.prose import prose
from flow_tui.app.runs import Runs
from flow_tui.app.scene import Scene
from flow_tui.app.screens.gate import GateDialog
from flow_tui.app.screens.gates import GatesDialog
from flow_tui.app.session import StartArgs
from flow_tui.app.widgets import notices
from flow_tui.model import events as ev
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.status import RunStatus
from flow_tui.runtime.chores import NotOnDesktop
from flow_tui.runtime.messages import OpenRun
from flow_tui.runtime.ui_settings import UiSettings
from tests.app import fakes
from tests.app.fakes import FakeSession, at, drive, press, screen_text, settle

OTHER = RunId("01KDYWA4M8QG3V7ZTRB2H0B0TH")


def test_all_gates_are_listed_and_answered_from_one_place() -> None:
    """Those of this program open their dialog, of others their run; the list follows what happens."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        gates = (replace(fakes.GATE, run_id=OTHER, whole=OTHER, name="ship-it"),)
        app.session.reader.gates = gates
        await press(app, pilot, "ctrl+g")
        shown = screen_text(app)
        assert isinstance(app.screen, GatesDialog)
        assert "2 gates wait for you" in shown
        assert all(word in shown for word in ("ship-it", "approve-deploy", "then the run fails", "left"))
        await press(app, pilot, "g", "enter")
        assert app.session.sent == [OpenRun(run_id=OTHER)]
        await press(app, pilot, "ctrl+g", "G", "enter")
        assert isinstance(app.screen, GateDialog)
        assert "214 passed" in screen_text(app)
        await press(app, pilot, "escape", "ctrl+g")
        app.session.inbox.put(
            fakes.waiting().add(135, ev.GateResolved(path=StepPath("3"), approved=True, by="bo")).events[-1]
        )
        app.session.inbox.put(
            fakes.waiting()
            .add(135, ev.GateResolved(path=StepPath("3"), approved=True))
            .done(135, "3")
            .events[-1]
        )
        await settle(app, pilot)
        assert "1 gate waits for you" in screen_text(app)

    drive(script, fakes.waiting(), size=(120, 36))


def test_an_open_gate_of_an_interrupted_run_is_listed_with_what_to_do_first() -> None:
    """At home, among all gates and over the run itself: with its clock; ``a`` says that ``r`` comes first."""
    run, first = fakes.RUN, "r goes on with the run, then a answers"

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        app.session.reader.left = frozenset({run})
        app.session.reader.gates = (fakes.GATE, replace(fakes.GATE, run_id=OTHER, whole=OTHER, name="other"))
        app.screen.on_screen_resume()
        await press(app, pilot, "2", "g")
        text = screen_text(app)
        assert all(said in text for said in ("waiting for you  2", "left  interrupted: r, then a", first))
        assert "4  2 waiting" in text
        await press(app, pilot, "ctrl+g")
        assert "left  interrupted: r, then a" in screen_text(app)
        await press(app, pilot, "escape", "g", "a")
        await settle(app, pilot)
        assert f"nobody works on it: {first}" in {each.message for each in app._notifications}
        assert app.session.sent == [OpenRun(run_id=run)]
        await press(app, pilot, "1", "a")
        assert app.session.sent[-1] == OpenRun(run_id=run)

    drive(script, start_args=StartArgs(home=True), workflows=fakes.WORKFLOWS, size=(160, 36))
    runs = Runs()
    for recorded in fakes.waiting().events:
        runs.take(recorded)
    state = runs.states[run]
    assert list(notices.unanswered(state, at(140))) == []
    runs.leave(run, at(140))
    (said,) = notices.unanswered(state, at(140))
    assert said.plain.startswith("▲ approve-deploy is open  ◷ 29m")
    assert said.plain.endswith("r first  a then")


def test_people_are_called_as_they_have_set_it() -> None:
    """Once for what waits: on the desktop or by the terminal; by the bell alone; or not at all."""
    for how, sent, bells in (("all", 1, 1), ("bell", 0, 1), ("off", 0, 0)):
        rung: list[str] = []

        async def script(app: FlowApp, pilot: Pilot[None], rung: list[str] = rung) -> None:
            app._driver.write = rung.append
            app.bell = lambda: rung.append("bell")  # type: ignore[method-assign]  # to hear it
            fakes.feed(app, fakes.waiting().events)
            await settle(app, pilot)
            app.session.inbox.put(NotOnDesktop(text="deploy\x1b]0;x\x07 waits"))
            await settle(app, pilot)

        start = StartArgs(ui=UiSettings(notify=how))
        app = drive(script, start_args=start)
        assert app.session.calls == ["deploy: approve-deploy waits for you"] * sent
        assert rung.count("bell") == bells
        notices = [each for each in rung if each.startswith("\x1b]9;")]
        assert len(notices) == 1
        assert notices[0].count("\x1b") == notices[0].count("\x07") == 1


def scene(seconds: float) -> Scene:
    """Return what there is to see at an instant, so far nothing."""
    return Scene(session=FakeSession(), runs=Runs(), now=at(seconds))


def test_what_asks_at_once_calls_once() -> None:
    """Gates of parts count for the run that people know; nothing calls a second time."""
    now, calls = scene(134), Calls()
    for recorded in fakes.waiting().events:
        now.runs.take(recorded)
    assert calls.due(now) == "deploy: approve-deploy waits for you"
    assert calls.due(now) == ""
    story = fakes.waiting()
    for path in map(StepPath, ("5/0", "5/1")):
        story.add(135, ev.StepStarted(path=path, name=path, kind="gate"))
        story.add(135, ev.GateOpened(path=path, gate="g", prompt="?", deadline=at(999)))
    for recorded in story.events:
        now.runs.take(recorded)
    assert calls.due(now) == "2 gates of deploy wait for you"


@pytest.mark.parametrize(("took", "said"), [(LONG, True), (LONG - timedelta(seconds=1), False)])
def test_the_end_of_a_long_run_calls(took: timedelta, said: bool) -> None:
    """Not of one that somebody has just started, nor while the program ends."""
    for stopping in (False, True):
        now, calls = scene(0), Calls()
        now.runs.take(fakes.started().events[0])
        assert calls.due(now) == ""
        end = took.total_seconds()
        now.runs.take(fakes.started().over(end, RunStatus.FAILED).events[-1])
        now.now, now.stopping = at(end), stopping
        assert bool(calls.due(now)) is (said and not stopping)


def test_a_prompt_is_shown_as_it_was_meant() -> None:
    """Emphasis, lists, code and links; whatever is no Markdown stays as it is, and nothing acts."""
    shown = prose(
        "# Deploy **now**?\n\n- `a*b`\n- see [PR](https://x.y/1)\n[bold]x[/bold] 2*3*4\n```\n*as it is*\n```"
    )
    assert shown.plain == "Deploy now?\n\n• a*b\n• see PR (https://x.y/1)\n[bold]x[/bold] 2*3*4\n  *as it is*"
    assert "\x1b" not in prose("a \x1b]8;;http://x\x07b").plain
    assert not any("@click" in str(span.style) for span in shown.spans)
