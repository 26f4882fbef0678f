"""The tabs of a step on the run screen."""

from textual.events import Click
from textual.pilot import Pilot

from flow_tui.app.app import FlowApp
from flow_tui.app.tabs import TABS, beside, names
from flow_tui.app.widgets.output import Output
from flow_tui.app.widgets.tab_bar import TabBar
from flow_tui.model import events as ev
from flow_tui.model.ids import StepPath
from flow_tui.runtime.messages import CouldNotRead
from flow_tui.runtime.questions import Happened
from flow_tui.runtime.step_news import StepHappened
from tests.app import fakes
from tests.app.fakes import drive, press, screen_text, settle


def test_tabs_are_named_as_fully_as_there_is_room() -> None:
    """In full, short, and at last some by their numbers; the one that is open keeps its name."""
    assert names(80, 2)[3] == "4 Attempts(2)"
    assert names(46, 2)[3] == "4 Tries(2)"
    assert names(40, 2) == ("1 Log", "2 Out", "3 In", "4 Tries", "5 Def", "6 Ev")
    assert names(36, 2, "input") == ("1 Log", "2 Out", "3 In", "4 Tries", "5 Def", "6")
    assert names(24, 2, "events") == ("1 Log", "2", "3", "4", "5", "6 Ev")
    assert names(18, 2, "input") == ("1", "2", "3 In", "4", "5", "6")
    assert [beside(tab, 1) for tab in TABS] == [*TABS[1:], TABS[0]]


def test_every_tab_says_its_own_and_stays_from_step_to_step() -> None:
    """By digit, by bracket and by a click; escape leads back to the steps; what is said can be saved."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        app.session.reader.events = fakes.failed().events
        said: dict[str, str] = {}
        await press(app, pilot, "3")
        for number, tab in enumerate(TABS, 1):
            await press(app, pilot, str(number))
            assert app.screen.tab == tab
            said[tab] = app.screen.query_one(Output).text
            if tab != "log":
                await press(app, pilot, "ctrl+s", "enter")
        assert "collected 214 items" in said["log"]
        assert "exit 1" in said["output"]
        assert "staging" in said["input"]
        assert "Be kind." in said["input"]
        assert "failed" in said["attempts"]
        assert "attempt_started" in said["events"]
        assert len(set(said.values())) == len(TABS)
        saved = {file.stem.rpartition("-")[2]: text for file, text in app.session.reader.files.items()}
        assert set(saved) == set(TABS) - {"log"}
        assert all(line.strip() in saved[tab] for tab in saved for line in said[tab].split("\n")[:1])

        await press(app, pilot, "right_square_bracket", "right_square_bracket", "escape", "g")
        assert app.screen.tab == "output"
        assert app.screen.is_at_steps
        assert "3 files changed" in app.screen.query_one(Output).text
        bar = app.screen.query_one(TabBar)
        bar.on_click(Click(bar, 30, 0, 0, 0, 1, False, False, False, bar.region.x + 30, bar.region.y))
        await settle(app, pilot)
        assert app.screen.tab in {"definition", "attempts"}

    drive(script, fakes.failed(), size=(160, 50))


def test_an_attempt_that_is_opened_shows_what_it_printed() -> None:
    """The choice is told, and held until somebody goes to another step."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "3", "4", "g", "enter")
        assert (app.screen.tab, app.screen.attempt_index) == ("log", 0)
        await settle(app, pilot)
        assert "try 1 of 3" in screen_text(app)
        await press(app, pilot, "full_stop")
        assert app.screen.attempt_index == 1
        await settle(app, pilot)
        assert "try 2 of 3" in screen_text(app)

    drive(script, fakes.failed())


def test_new_events_are_added_below_those_that_were_read() -> None:
    """Only what is new is asked for."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        story = fakes.running()
        app.session.reader.events = story.events
        await press(app, pilot, "3", "6")
        before = app.screen.query_one(Output).log_view.total
        story.add(140, ev.StepNoted(path=StepPath("2/2"), text="look here"))
        story.add(140, ev.StepNoted(path=StepPath("2/1"), text="look here"))
        fakes.feed(app, story.events[-2:])
        await settle(app, pilot)
        assert app.screen.query_one(Output).log_view.total == before + 1
        assert "look here" in app.screen.query_one(Output).text

    drive(script, fakes.running(), size=(160, 50))


def test_a_database_that_is_gone_is_told_on_the_page() -> None:
    """And is never the same as nothing having happened."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        reader = app.session.reader

        def lost(question: object) -> None:
            app.session.inbox.put(CouldNotRead(token=question.token, why="the database is gone"))

        reader.of_step = lost
        await press(app, pilot, "3", "6")
        assert "the database is gone" in app.screen.query_one(Output).text

    drive(script, fakes.failed())


def test_events_that_are_cut_say_so_and_go_on_when_they_are_turned_to_again() -> None:
    """What is read on stands below, and nothing is read before somebody asks."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        told, asked = fakes.failed().events[2], list[int]()

        def cut(question: Happened) -> None:
            asked.append(question.after)
            news = StepHappened(token=question.token, events=(told,), reached=7, is_cut=question.after == 0)
            app.session.inbox.put(news)

        app.session.reader.of_step = cut
        await press(app, pilot, "3", "6")
        assert app.screen.query_one(Output).text.rstrip().endswith("— 1 line so far; 6 reads on —")
        assert asked == [0]
        await press(app, pilot, "6")
        assert asked == [0, 7]
        assert len(app.screen.query_one(Output).text.rstrip().split("\n")) == 3

    drive(script, fakes.failed(), size=(100, 30))
