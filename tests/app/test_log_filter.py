"""Only some lines of a recorded output."""

from textual.pilot import Pilot
from textual.widgets import Static

from flow_tui.app.app import FlowApp
from flow_tui.app.widgets.log_view import LogView
from flow_tui.app.widgets.step_tree import StepTree
from flow_tui.runtime.messages import ALL, Sight
from tests.app import fakes
from tests.app.fakes import press, screen_text, settle
from tests.app.test_log_view import LogApp, drive, numbered


def test_a_filter_follows_what_grows_and_finds_inside():
    """Lines that match are added as they come; a search counts only what is shown."""

    async def script(app: LogApp, _pilot: Pilot[None]) -> None:
        app.view.look_at(Sight(pattern="line 1"))
        assert app.view.is_sifting
        app.answer()
        assert (app.view.is_sifting, app.view.total, app.view.of) == (False, 111, 1_000)
        assert app.shown()[-1] == "line 199"
        app.grow(b"other", b"line 1 again")
        assert (app.shown()[-1], app.view.follow, app.view.of) == ("line 1 again", True, 1_002)
        app.view.look_at(Sight(pattern="!line"))
        app.answer()
        assert app.shown()[0] == "other"
        app.view.look_at(Sight(pattern="nowhere"))
        app.answer()
        assert (app.view.total, app.shown()[0]) == (0, "no line so far passes the filter")
        app.grow(b"nowhere else")
        assert app.shown()[0] == "nowhere else"

    drive(numbered(1_000), script)


def test_what_is_read_stays_in_place_when_the_filter_comes_and_goes():
    """With and without the others, the same line stands in the same place."""

    async def script(app: LogApp, pilot: Pilot[None]) -> None:
        app.view.look_at(Sight(pattern="7"))
        app.answer()
        app.view.follow = False
        app.view.scroll_to(y=60, animate=False, force=True)
        await pilot.pause()
        app.answer()
        first = app.shown()[0]
        app.view.look_at(ALL)
        app.answer()
        await pilot.pause()
        assert (app.shown()[0], app.view.total, app.view.follow) == (first, 10_000, False)
        app.view.look_at(Sight(pattern="7"))
        app.answer()
        await pilot.pause()
        assert app.shown()[0] == first

    drive(numbered(10_000), script)


def test_what_comes_back_into_sight_is_not_new():
    """Only what comes afterwards is, also where no line passed the filter."""

    async def script(app: LogApp, pilot: Pilot[None]) -> None:
        await pilot.press("k")
        app.view.look_at(Sight(pattern="nowhere"))
        app.answer()
        app.view.look_at(ALL)
        app.answer()
        assert (app.view.follow, app.view.hint) == (False, "")
        app.grow(b"more")
        assert app.view.hint == "▼ 1 new"

    drive(numbered(1_000), script)


def test_clearing_shows_what_comes_next_and_then_everything_again():
    """The lines before are out of sight, not gone."""

    async def script(app: LogApp, pilot: Pilot[None]) -> None:
        await pilot.press("C")
        app.answer()
        assert (app.view.total, app.shown()[0]) == (0, "cleared; C shows it again")
        app.grow(b"new")
        assert app.shown()[0] == "new"
        await pilot.press("C")
        app.answer()
        assert (app.view.total, app.shown()[-1]) == (1_001, "new")

    drive(numbered(1_000), script)


def test_marks_are_gone_to_one_after_the_other_also_through_a_filter():
    """They belong to lines, not to places on the screen; the same key takes one away."""

    async def script(app: LogApp, pilot: Pilot[None]) -> None:
        await pilot.press("m", "g")
        app.answer()
        await pilot.press("m")
        assert app.view.marks == {0, 9_999}
        app.view.look_at(Sight(pattern="9"))
        app.answer()
        await pilot.press("apostrophe")
        app.answer()
        await pilot.pause()
        row = app.shown().index("line 9999")
        style = next(iter(app.view.render_line(row))).style
        assert style is not None
        assert style.underline
        await pilot.press("g")
        app.view.look_at(ALL)
        app.answer()
        await pilot.press("apostrophe")
        app.answer()
        await pilot.pause()
        assert app.shown()[0] == "line 0"
        await pilot.press("m")
        assert app.view.marks == {9_999}

    drive(numbered(10_000), script)


def bar(app: FlowApp) -> str:
    """Return what the line below the output says."""
    return str(app.screen.query_one("#log-bar", Static).content)


def test_the_bar_says_how_many_lines_pass_and_escape_takes_the_filter_away():
    """A mistake in an expression is told, and changes nothing."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "3", "ampersand", *"/(/", "enter")
        assert app.screen.query_one(LogView).sight == ALL
        assert "not a regular expression" in screen_text(app)
        await press(app, pilot, "ampersand", *"!test", "enter")
        assert bar(app).endswith('  3 of 7 lines  without "test"  try 3 of 3')
        await press(app, pilot, "escape")
        assert bar(app).endswith("  7 lines  try 3 of 3")

    fakes.drive(script, fakes.failed(), size=(120, 30))


def test_what_is_shown_is_saved_under_a_name_that_can_be_changed():
    """The name says what it is; the place and the number of lines are told."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "3", "ampersand", *"test", "enter", "ctrl+s", "enter")
        said = [notice.message for notice in app._notifications]
        assert said == ["4 lines in /home/nina/app/deploy-test-api-3.log"]

    fakes.drive(script, fakes.failed(), size=(120, 30))


def test_where_one_types_only_keys_are_told_that_work_there() -> None:
    """Letters are text in a field; which field it is stands beside it, and how to leave it below."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        assert "R run again" in screen_text(app)
        for key, title in (("slash", "Search"), ("ampersand", "Filter"), ("ctrl+s", "Save as")):
            await press(app, pilot, "3", key)
            *_, bar, last = (line for line in screen_text(app).splitlines() if line.strip())
            assert title in screen_text(app)
            assert "enter Take  esc Leave  f1 Help  ^p Commands  ^q Quit" in last
            assert "R run again" not in bar
            assert "q quit" not in bar
            await press(app, pilot, "escape")
            assert "q Quit" in screen_text(app)

    fakes.drive(script, fakes.failed(), size=(100, 24))


def test_what_is_said_of_a_log_is_not_said_of_pages_nor_of_other_steps() -> None:
    """Whether times were recorded, and that no line speaks of errors."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "3", "t")
        assert "no times were recorded" in screen_text(app)
        await press(app, pilot, "2")
        assert "no times were recorded" not in screen_text(app)
        await press(app, pilot, "1", "t", "E")
        await settle(app, pilot)
        assert "what speaks of errors" in screen_text(app)
        app.screen.query_one(StepTree).focus()
        await press(app, pilot, "k")
        await settle(app, pilot)
        assert "what speaks of errors" not in screen_text(app)

    fakes.drive(script, fakes.failed(), size=(160, 40))
