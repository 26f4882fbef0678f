"""Keys ask; only the answer sends a command; nothing is painted before an event says so."""

from dataclasses import replace

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from flow_tui.app.app import FlowApp
from flow_tui.app.screens.launch import LaunchDialog
from flow_tui.app.screens.menu import Menu, MenuLine
from flow_tui.app.screens.run import RunScreen
from flow_tui.app.screens.run_actions import COPY_BYTES
from flow_tui.app.widgets.output import Output
from flow_tui.app.widgets.step_tree import StepTree
from flow_tui.engine.commands import CancelRun, CancelStep, KillRun, ResumeRun
from flow_tui.model import events as ev
from flow_tui.model.ids import StepPath
from flow_tui.model.status import Redo, RunStatus
from flow_tui.runtime.messages import Rerun, RunLeft, SetWatch, WatchChanged
from tests.app import fakes
from tests.app.fakes import RUN, FixedClock, History, closed, drive, press, screen_text, settle

API = StepPath("2/1")


def go_on() -> ResumeRun:
    """Return what makes the run go on."""
    return ResumeRun(run_id=RUN, by="nina")


def sent_after(story: History, *keys: str, **options: object) -> list[object]:
    """Return what is sent when ``keys`` are pressed one after the other."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, *keys)

    return drive(script, story, **options).session.sent


@pytest.mark.parametrize(
    "asked",
    [
        [
            (("x", "f"), [CancelStep(run_id=RUN, path=API, by="nina")]),
            (("x", "s"), [CancelStep(run_id=RUN, path=API, by="nina", skip=True)]),
            (("x", "c"), [CancelRun(run_id=RUN, by="nina")]),
            (("x", "tab", "enter"), [CancelStep(run_id=RUN, path=API, by="nina")]),
            (("x", "right", "right", "enter"), [CancelStep(run_id=RUN, path=API, by="nina", skip=True)]),
        ],
        [
            (("g", "x", "y"), [CancelRun(run_id=RUN, by="nina")]),
            (("g", "x", "c"), [CancelRun(run_id=RUN, by="nina")]),
            (("g", "X", "y"), [KillRun(run_id=RUN, by="nina")]),
        ],
        [
            (("X", "r"), [KillRun(run_id=RUN, by="nina")]),
            (("X", "X", "X"), []),
            (("X", "s"), [CancelStep(run_id=RUN, path=API, by="nina", skip=True, kill=True)]),
            (("x", "b"), [CancelStep(run_id=RUN, path=StepPath(path), by="nina") for path in ("2/1", "2/2")]),
            (("x", "enter"), []),
            (("x", "y"), []),
            (("x", "n"), []),
            (("x", "escape"), []),
            (("X", "enter"), []),
            (("r",), []),
            (("R",), []),
            (("a",), []),
            (("W",), []),
        ],
    ],
    ids=["of a step", "of the run", "others"],
)
def test_a_running_step_is_cancelled_only_by_an_answer(
    asked: list[tuple[tuple[str, ...], list[object]]],
) -> None:
    """The harmless choice has the focus; what cannot be done now does nothing."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        begin, sent = app.screen, app.session.sent
        for keys, answer in asked:
            before = len(sent)
            await press(app, pilot, *keys)
            assert sent[before:] == answer, keys
            await closed(app, pilot, begin)

    drive(script, fakes.running())


def test_what_was_asked_to_end_is_ended_at_once_when_it_is_asked_again() -> None:
    """The second press says so and offers only that."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "x")
        assert "cancel test-api, test-ui; then always: cleanup; it can be resumed." in one_line(app)
        await press(app, pilot, "escape")
        app.session.inbox.put(fakes.running().add(134, ev.RunCancelRequested(by="nina")).events[-1])
        await press(app, pilot, "x")
        assert "It has been asked to end already." in one_line(app)
        await press(app, pilot, "r")

    assert drive(script, fakes.running(), size=(120, 30)).session.sent == [KillRun(run_id=RUN, by="nina")]


def test_marked_steps_are_cancelled_together_by_one_answer() -> None:
    """Only those that are at work; the marks are seen, go with the answer, and can be taken back."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "g", "space")
        tree = app.screen.query_one(StepTree)
        assert tree.path == "1"
        await press(app, pilot, *("j" * 3), "space", "space")
        assert tree.table is not None
        assert tree.table.marked == {"0", "2/1", "2/2"}
        assert sum("◆" in line for line in tree_lines(app)) == 3
        assert "3 marked" in tree_lines(app)[0]
        await press(app, pilot, "x", "escape", "escape")
        assert tree.table.marked == set()
        await press(app, pilot, "g", "space", "j", "j", "j", "space", "space", "x")
        assert "cancel test-api, test-ui; the run goes on as if they had been left out." in one_line(app)
        assert "Cancel 2 marked steps or more of deploy #a1f3?" in one_line(app)
        await press(app, pilot, "s")
        assert tree.table.marked == set()

    paths = (API, StepPath("2/2"))
    sent = drive(script, fakes.running(), size=(120, 30)).session.sent
    assert sent == [CancelStep(run_id=RUN, path=path, by="nina", skip=True) for path in paths]


def tree_lines(app: FlowApp) -> list[str]:
    """Return what is on screen, line by line, without the bars."""
    return fakes.screen_text(app).splitlines()[1:-1]


def one_line(app: FlowApp) -> str:
    """Return what the lines of a menu say."""
    return " ".join(str(each.render()) for each in app.screen.query(Static))


def test_a_held_key_does_not_confirm() -> None:
    """A hundred repeats of the key that opened the dialog, and of Enter, cancel nothing."""
    assert sent_after(fakes.running(), *["x"] * 20) == []
    assert sent_after(fakes.running(), "x", *["enter"] * 20) == []


def test_an_answer_is_given_once() -> None:
    """Repeating the letter of the choice sends one command."""
    assert len(sent_after(fakes.running(), "x", *["f"] * 5)) == 1


def test_what_runs_again_is_shown_before_it_does() -> None:
    """Neither key does anything by itself, however long it is held; what cannot be chosen does nothing."""
    assert sent_after(fakes.failed(), *"rrr", "enter", *"RRR", "enter", "R", "i") == []
    assert sent_after(fakes.failed(), "r", "y") == [go_on()]
    assert sent_after(fakes.failed(), "r", "tab", "enter") == [go_on()]
    assert sent_after(fakes.completed(), "r", "x", "X") == []


@pytest.mark.parametrize(
    ("key", "sent"),
    [
        ("s", Rerun(run_id=RUN)),
        ("c", Rerun(run_id=RUN, is_warm=True)),
        ("f", ResumeRun(run_id=RUN, by="nina", redo=Redo.FROM, start=API)),
        ("a", ResumeRun(run_id=RUN, by="nina", redo=Redo.EVERYTHING)),
    ],
)
def test_every_way_to_run_again_sends_what_it_said(key: str, sent: object) -> None:
    """From the step under the cursor, the whole of it, or as a new run."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "g", "E", "R")
        assert [each.item.is_possible for each in app.screen.query(MenuLine)] == [True] * 5 + [False, True]
        shown = screen_text(app)
        assert "From test-api" in shown
        assert "takes over  2: plan, build" in shown
        assert "Changed since it began: deploy.wf, build.sh" in shown
        assert "s3cret" not in shown
        await press(app, pilot, key)

    assert drive(script, fakes.failed(), size=(100, 30)).session.sent == [sent]


def test_only_what_is_marked_runs_again() -> None:
    """Both keys offer it and say what runs, what stays and how it ends; the marks go with the answer."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        tree = app.screen.query_one(StepTree)
        await press(app, pilot, "g", "space", "E", "space", "r")
        said = one_line(app)
        assert "m Only what is marked (1 step) runs again 1: test-api takes over" in " ".join(said.split())
        assert "stays so    1: test-ui; the run ends as before" in said
        assert "Of what is marked, 1 has not run yet." in said
        await press(app, pilot, "escape")
        assert tree.table is not None
        assert tree.table.marked == {"0", API}
        await press(app, pilot, "R", "m")
        assert tree.table.marked == set()
        await press(app, pilot, "R")
        assert "marked" not in one_line(app)

    sent = drive(script, fakes.failed(), size=(100, 30)).session.sent
    assert sent == [ResumeRun(run_id=RUN, by="nina", redo=Redo.ONLY, only=(API,))]


def test_a_run_with_other_inputs_is_prepared_from_those_it_had() -> None:
    """But for what sounds secret; only the dialog starts anything."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "R", "e")
        assert isinstance(app.screen, LaunchDialog)
        assert app.screen.values["env"] == "prod eu"
        assert app.screen.values["api_token"] == ""
        assert app.session.sent == []

    drive(script, fakes.failed())


def test_a_run_whose_owner_is_gone_goes_on_after_it_is_said_what_was_cut_off() -> None:
    """Steps in the middle of an attempt run again only when somebody says so."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        app.session.reader.again_told = replace(fakes.AGAIN, cut_off=("test-api", "test-ui"))
        await press(app, pilot, "r")
        assert "Cut off in the middle, and to run again: test-api, test-ui" in screen_text(app)
        await press(app, pilot, "y")

    left = [RunLeft(run_id=RUN, at=fakes.at(134))]
    assert drive(script, fakes.running(), news=left).session.sent == [replace(go_on(), confirmed=True)]


def test_a_run_that_somebody_works_on_cannot_be_resumed_however_silent_it_is() -> None:
    """Only whoever looks at its owner may say that it is gone."""
    assert sent_after(fakes.running(), "r", "y", clock=FixedClock(134 + 3_600)) == []


def test_the_watch_is_switched() -> None:
    """The key asks for the opposite of what is in force, and keeps the policy."""
    news = [WatchChanged(armed=True, policy="restart")]
    assert sent_after(fakes.running(), "W", news=news) == [SetWatch(armed=False, policy="restart")]


def test_the_screen_never_anticipates() -> None:
    """Sending a command changes nothing; the event does."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "f")
        before = screen_text(app)
        await press(app, pilot, "g", "x", "y")
        assert app.session.sent == [CancelRun(run_id=RUN, by="nina")]
        await press(app, pilot, "E", "j", "j", "j", "j")
        assert screen_text(app) == before
        story = fakes.running().add(134, ev.RunCancelRequested(by="nina"))
        app.session.inbox.put(story.events[-1])
        await settle(app, pilot)
        assert "cancelling" in screen_text(app)

    drive(script, fakes.running())


def test_a_question_that_answers_itself_closes() -> None:
    """When the run ends while the dialog is open, there is nothing left to cancel."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "x")
        assert isinstance(app.screen, Menu)
        app.session.inbox.put(fakes.running().over(134, RunStatus.COMPLETED).events[-1])
        await settle(app, pilot)
        assert isinstance(app.screen, RunScreen)

    drive(script, fakes.running())


def test_the_next_error_is_found_from_anywhere() -> None:
    """The key goes from failure to failure and around."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "g")
        assert app.screen.query_one(StepTree).path == StepPath("0")
        await press(app, pilot, "E")
        assert app.screen.query_one(StepTree).path == API

    drive(script, fakes.failed())


def test_earlier_attempts_are_looked_at() -> None:
    """Comma and full stop choose an attempt; the mark in the detail pane shows which."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "comma", "comma", "comma")
        assert "▸ try 1" in screen_text(app)
        await press(app, pilot, "full_stop")
        assert "▸ try 2" in screen_text(app)

    drive(script, fakes.failed())


def test_copying_takes_what_the_pane_shows() -> None:
    """From the tree the step's name, from the detail pane all of it."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "y")
        assert app.clipboard == "test-api"
        await press(app, pilot, "tab", "y")
        assert "assert 401 == 200" in app.clipboard

    drive(script, fakes.failed())


def test_copying_all_takes_the_end_of_the_output_and_elsewhere_the_id_of_the_run() -> None:
    """More than a clipboard takes is cut at its beginning; the view stays where it is."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "Y")
        assert app.clipboard == fakes.RUN
        await press(app, pilot, "3", "g")
        top = app.screen.query_one(Output).log_view.scroll_offset
        await press(app, pilot, "Y")
        await settle(app, pilot)
        copied = app.clipboard.split("\n")
        assert len(app.clipboard.encode()) <= COPY_BYTES
        assert copied == [f"line {index} is over" for index in range(9_999 - len(copied) + 1, 10_000)]
        assert len(copied) > 3_000
        assert app.screen.query_one(Output).log_view.scroll_offset == top

    lines = tuple(b"line %d is \x1b[31mover\x1b[0m" % index for index in range(10_000))
    drive(script, fakes.failed(), lines=lines)


def test_events_that_are_delivered_again_change_nothing() -> None:
    """Opening a run that is already on screen does not count anything twice."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        before = screen_text(app)
        fakes.feed(app, fakes.failed().events)
        await settle(app, pilot)
        assert screen_text(app) == before

    drive(script, fakes.failed())
