"""Times before the lines of a recorded output."""

import re
from dataclasses import replace
from datetime import UTC, datetime

from textual.geometry import Offset
from textual.pilot import Pilot

from tests.app.test_log_view import LogApp, drive, kept, page

WORDS = [b"first", b"second " + b"long " * 12, b"third"]
NOON = int(datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp() * 1000)


def test_times_stand_before_the_lines_and_are_no_part_of_them() -> None:
    """Wrapped or not: what is selected or searched is the line; a row that goes on has none."""

    def told(app: LogApp, *times: int) -> None:
        app.view.grew()
        token, *_ = app.desk.lines_asked[-1]
        app.desk.lines_asked.clear()
        app.view.answer(replace(page(token, WORDS, 0, 10), times=times))

    async def script(app: LogApp, pilot: Pilot[None]) -> None:
        view, time = app.view, datetime.fromtimestamp(NOON / 1000, UTC).astimezone()
        view.action_times()
        assert (app.shown()[0], view.about_times) == ("first", "no times were recorded")
        told(app, NOON, NOON + 1_234, 0)
        await pilot.pause()
        assert app.shown()[0] == f"{time:%H:%M:%S}.0 first"
        assert re.match(r"\S+:01\.2 second long", app.shown()[1])
        assert app.shown()[2] == " " * 11 + "third"
        assert view.about_times == f"times {time:%Y-%m-%d}"
        assert view.virtual_size.width == 11 + len(WORDS[1])
        assert "12:" not in view.text
        for x, place in ((0, 0), (5, 0), (11, 0), (13, 2)):
            assert app.screen.get_widget_and_offset_at(x, 1) == (view, Offset(place, 1))
        view.action_wrap()
        assert app.shown()[2] == " " * 11 + WORDS[1].decode()[29:58].rstrip()
        view.action_times()
        assert app.shown()[0] == "first"
        assert app.shown()[2] == WORDS[1].decode()[40:].rstrip()
        view.close()
        assert view.about_times == ""

    drive(WORDS, script, size=(40, 6))


def test_names_stand_before_lines_of_several_steps() -> None:
    """As wide as there is room for; another log that takes less rows is shown from its own end."""

    async def script(app: LogApp, pilot: Pilot[None]) -> None:
        view = app.view
        view.action_wrap()
        view.action_times()
        view.grew()
        token, *_ = app.desk.lines_asked[-1]
        app.desk.lines_asked.clear()
        answer = page(token, WORDS, 0, 10)
        view.answer(replace(answer, times=(NOON, NOON, NOON), names=("a", "a", "each[日本語]/build")))
        await pilot.pause()
        assert app.shown()[-1][11:].split() == ["each[日…", "third"]
        assert app.shown()[-2][:21] == " " * 21  # a row that goes on
        view.close()
        view.open(app.desk, kept(2))
        app.content = [b"one"]
        app.answer()
        await pilot.pause()
        assert app.shown() == ["one", "", ""]

    drive(WORDS, script, size=(41, 3))
