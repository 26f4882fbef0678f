"""A recorded run on the run screen again."""

from textual.pilot import Pilot

from flow_tui.app.app import FlowApp
from flow_tui.app.screens import replay
from flow_tui.app.screens.replay import ReplayScreen
from flow_tui.app.widgets.notices import Notices
from flow_tui.runtime.messages import CouldNotRead
from flow_tui.runtime.past import StoryRead
from tests.app.fakes import RUN, FakeSession, drive, failed, press, screen_text, settle


def test_a_run_is_played_back_and_cannot_be_acted_on() -> None:
    """Play, pause, jump in time and by events, faster; the clocks are those of then; esc goes back."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        session = app.session
        assert isinstance(session, FakeSession)
        replay.show(app, app.scene, RUN)
        await settle(app, pilot)
        screen = app.screen
        assert isinstance(screen, ReplayScreen)
        await press(app, pilot, "p")
        text = screen_text(app)
        assert "REPLAY ‖ paused" in text
        assert "p Play" in text
        assert "failed" not in text.split("\n")[1]
        await press(app, pilot, "right_parenthesis", "right_parenthesis")
        assert f"event {screen.playback.at:,}/" in screen_text(app)
        before = screen.playback.at
        await press(app, pilot, "left_parenthesis", "greater_than_sign", "I")
        assert (screen.playback.at, screen.playback.speed, screen.playback.shortens) == (before - 1, 2, True)
        await press(app, pilot, "dollar_sign")
        assert "at the end" in screen_text(app)
        assert "✗ failed" in screen_text(app).split("\n")[1]
        notices = app.screen.query_one("#attention", Notices).render().plain
        assert ("q quit" in notices, "run again" in notices, "go on" in notices) == (True, False, False)
        await press(app, pilot, "left_curly_bracket", "less_than_sign")
        assert (screen.playback.is_at_end, screen.playback.speed) == (False, 1)
        await press(app, pilot, "right_curly_bracket", "p")
        assert screen.playback.plays
        assert "p Pause" in screen_text(app)
        await press(app, pilot, "p", "0")
        assert screen.playback.share == 0
        await press(app, pilot, "x", "R", "r", "a")
        assert session.sent == []
        assert any("nothing can be done to it" in each.message for each in app._notifications)
        assert app.screen is screen
        await press(app, pilot, "escape")
        assert not isinstance(app.screen, ReplayScreen)

    drive(script, size=(120, 30))


def test_what_cannot_be_read_is_not_played_back_and_says_so() -> None:
    """A run that is gone by then; a late answer about another changes nothing."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        session = app.session
        assert isinstance(session, FakeSession)
        session.reader.told.clear()
        replay.show(app, app.scene, RUN, leave=app.exit)
        await settle(app, pilot)
        (asked,) = session.reader.asked
        session.inbox.put(
            StoryRead(token=asked.token - 1, run_id=RUN, events=tuple(failed().events), is_over=True)
        )
        session.inbox.put(CouldNotRead(token=asked.token, why="there is no run #a1f3"))
        await settle(app, pilot)
        assert "there is no run #a1f3" in screen_text(app)
        await press(app, pilot, "p", "right_parenthesis", "greater_than_sign", "dollar_sign", "I", "escape")
        assert app._exit

    drive(script)
