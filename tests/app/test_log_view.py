"""Recorded output on a terminal."""

import asyncio
import unicodedata
from bisect import bisect_left
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import pytest
from rich.color import Color
from textual.app import App, ComposeResult
from textual.events import MouseScrollUp
from textual.geometry import Offset
from textual.pilot import Pilot
from textual.selection import Selection

from flow_tui.app.themes import DUSK
from flow_tui.app.widgets import log_line
from flow_tui.app.widgets.log_pages import LogPages
from flow_tui.app.widgets.log_view import LogView
from flow_tui.model.ids import RunId, StepPath
from flow_tui.runtime.log_news import LogMatches
from flow_tui.runtime.messages import ALL, CouldNotRead, LogPage, Recording, Sight
from tests.app.fakes import in_sight
from tests.app.test_tree_line import ACTS, HOSTILE

RUN, STEP = RunId("R"), StepPath("0")


def page(token: int, lines: list[bytes], first: int, count: int, total: int | None = None) -> LogPage:
    """Return a page of ``lines``."""
    part = tuple(lines[first : first + count] if first >= 0 else lines[first:])
    return LogPage(
        token=token,
        run_id=RUN,
        path=STEP,
        attempt=1,
        first=first,
        lines=part,
        total=len(lines) if total is None else total,
        size=sum(map(len, lines)),
    )


@dataclass
class Desk:
    """A reader that keeps the questions; they are answered when a test says so."""

    lines_asked: list[tuple[int, int, int]] = field(default_factory=list)
    searched: list[tuple[int, str]] = field(default_factory=list)
    sight: Sight = ALL
    near: int = -1

    def lines(self, token: int, recording: Recording, first: int, count: int, near: int = -1) -> None:
        """Keep the question."""
        self.lines_asked.append((token, first, count))
        self.sight, self.near = recording.sight, near

    def search(self, token: int, _recording: Recording, pattern: str) -> None:
        """Keep the question."""
        self.searched.append((token, pattern))


def kept(attempt: int) -> Recording:
    """Return the output of an attempt."""
    return Recording(run_id=RUN, path=STEP, attempt=attempt)


class LogApp(App[None]):
    """A log alone on the screen."""

    CSS = "LogView { background: $background; }"

    def __init__(self, lines: list[bytes]) -> None:
        super().__init__()
        self.desk = Desk()
        self.content = lines
        self.moves = 0

    def compose(self) -> ComposeResult:
        """Show the log."""
        yield LogView()

    def on_mount(self) -> None:
        """Begin."""
        self.register_theme(DUSK)
        self.theme = "dusk"
        self.view.open(self.desk, kept(1))

    def on_log_view_moved(self) -> None:
        """Count it."""
        self.moves += 1

    @property
    def view(self) -> LogView:
        """Return the log."""
        return self.query_one(LogView)

    def answer(self) -> None:
        """Answer every question there is."""
        for _ in range(20):
            if not self.desk.lines_asked:
                return
            token, first, count = self.desk.lines_asked[-1]
            self.desk.lines_asked.clear()
            rows = range(len(self.content)) if self.desk.sight == ALL else self._in_sight()
            at = -1
            if self.desk.near >= 0:
                at = max(0, min(bisect_left(rows, self.desk.near), len(rows) - 1))
                first = max(0, at - count // 2)
            begin = max(0, len(rows) - count) if first < 0 else first
            numbers = rows[begin : begin + count]
            whole = page(token, self.content, 0, 0)
            lines = tuple(self.content[number] for number in numbers)
            only = tuple(numbers) if self.desk.sight != ALL else ()
            of = len(self.content) if only or self.desk.sight != ALL else 0
            self.view.answer(
                replace(whole, first=begin, lines=lines, total=len(rows), numbers=only, of=of, at=at)
            )
        raise AssertionError("it asks for ever")

    def _in_sight(self) -> tuple[int, ...]:
        return in_sight(self.content, self.desk.sight)

    def grow(self, *lines: bytes) -> None:
        """Let the output become longer."""
        self.content.extend(lines)
        self.view.grew()
        self.answer()

    def find(self, pattern: str) -> None:
        """Search, and answer."""
        self.view.search(pattern)
        token, asked = self.desk.searched[-1]
        found = tuple(n for n, line in enumerate(self.content) if asked and asked.encode() in line)
        self.view.answer(
            LogMatches(token=token, run_id=RUN, path=STEP, attempt=1, pattern=asked, lines=found)
        )
        self.answer()

    def shown(self) -> list[str]:
        """Return what is painted."""
        return [self.view.render_line(y).text.rstrip() for y in range(self.view.size.height)]


Script = Callable[[LogApp, Pilot[None]], Awaitable[None]]


def drive(lines: list[bytes], script: Script, size: tuple[int, int] = (41, 5)) -> LogApp:
    """Run ``script`` on a log; the last column is the scrollbar's."""
    app = LogApp(lines)

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            app.answer()
            await pilot.pause()
            await script(app, pilot)

    asyncio.run(run())
    return app


def numbered(count: int) -> list[bytes]:
    """Return so many lines."""
    return [b"line %d" % n for n in range(count)]


def test_it_opens_at_the_end_and_stays_there():
    """What was written last is what people look for; more of it moves the view."""

    async def script(app: LogApp, _pilot: Pilot[None]) -> None:
        assert app.shown() == [f"line {n}" for n in range(995, 1_000)]
        app.grow(b"one more")
        assert app.shown()[-2:] == ["line 999", "one more"]
        assert (app.view.follow, app.view.hint) == (True, "")

    drive(numbered(1_000), script)


def test_new_lines_never_move_what_somebody_reads():
    """Scrolling up ends the following; what came since is counted; the end key goes back."""

    async def script(app: LogApp, pilot: Pilot[None]) -> None:
        await pilot.press("k", "k")
        assert (app.view.follow, app.shown()[0]) == (False, "line 993")
        app.grow(*(b"new %d" % n for n in range(1_214)))
        await pilot.pause()
        assert (app.shown()[0], app.view.hint) == ("line 993", "▼ 1,214 new")
        await pilot.press("G")
        app.answer()
        assert (app.view.follow, app.view.hint, app.shown()[-1]) == (True, "", "new 1213")

    drive(numbered(1_000), script)


def test_reading_on_to_the_end_uses_up_what_is_new():
    """What has been on screen is not new any more, but following is only asked for."""

    async def script(app: LogApp, pilot: Pilot[None]) -> None:
        await pilot.press("k")
        app.grow(b"a", b"b")
        assert app.view.new == 2
        await pilot.press("j", "j")
        assert (app.view.new, app.view.follow) == (1, False)

    drive(numbered(1_000), script)


def test_the_wheel_ends_the_following():
    """Scrolling is scrolling, whatever with."""

    async def script(app: LogApp, pilot: Pilot[None]) -> None:
        await pilot._post_mouse_events([MouseScrollUp], LogView)
        assert not app.view.follow

    drive(numbered(1_000), script)


def test_any_place_is_asked_for_when_it_comes_into_view():
    """Only what is visible, and a little around it, is ever read."""

    async def script(app: LogApp, pilot: Pilot[None]) -> None:
        app.view.follow = False
        app.view.scroll_to(y=500_000, animate=False, force=True)
        await pilot.pause()
        assert app.shown() == [""] * 5
        assert app.desk.lines_asked[-1][1:] == (499_900, 205)
        app.answer()
        assert app.shown()[0] == "line 500000"
        await pilot.press("g")
        app.answer()
        assert app.shown()[0] == "line 0"

    drive(numbered(1_000_000), script)


def test_the_end_is_shown_before_the_lines_are_counted():
    """A large file opens at once; when its lines are counted, nothing jumps."""
    lines = numbered(10_000)

    async def script(app: LogApp, pilot: Pilot[None]) -> None:
        app.view.close()
        app.view.open(app.desk, kept(2))
        token, first, _ = app.desk.lines_asked[-1]
        assert first < 0
        app.view.answer(page(token, lines, -205, 205, total=0))
        assert app.shown()[-1] == "line 9999"
        await pilot.press("pageup")
        before = app.shown()
        app.view.answer(page(token, lines, 9_795, 205))
        app.answer()
        await pilot.pause()
        assert app.shown() == before
        assert app.view.total == 10_000

    drive(lines, script)


def test_late_answers_are_dropped():
    """Whoever has gone on to another step does not see the lines of the one before."""

    async def script(app: LogApp, _pilot: Pilot[None]) -> None:
        app.view.open(app.desk, kept(2))
        old = app.desk.lines_asked[-1][0]
        app.view.open(app.desk, kept(3))
        app.view.answer(page(old, [b"late"], 0, 1))
        app.view.answer(CouldNotRead(token=old, why="late"))
        app.view.answer(LogMatches(token=old, run_id=RUN, path=STEP, attempt=1, pattern="x", lines=(1,)))
        assert (app.view.total, app.view.note, app.view.place_in_matches) == (0, "", "")

    drive(numbered(10), script)


def test_one_question_at_a_time():
    """However often the output grows, the next question waits for the answer."""

    async def script(app: LogApp, _pilot: Pilot[None]) -> None:
        app.desk.lines_asked.clear()
        for _ in range(50):
            app.view.grew()
        assert len(app.desk.lines_asked) == 1
        app.answer()
        assert app.desk.lines_asked == []

    drive(numbered(10), script)


def test_what_cannot_be_read_is_said():
    """An unreadable log never looks like an empty one."""

    async def script(app: LogApp, _pilot: Pilot[None]) -> None:
        app.view.open(app.desk, kept(2))
        app.view.answer(CouldNotRead(token=app.desk.lines_asked[-1][0], why="Permission\x1b denied"))
        assert app.shown()[0] == "Permission␛ denied"
        app.view.close("a gate records no output")
        assert app.shown()[0] == "a gate records no output"

    drive([], script)


def test_matches_are_counted_marked_and_gone_to():
    """The first one from here on, then the next, then round to the first."""

    async def script(app: LogApp, pilot: Pilot[None]) -> None:
        await pilot.press("g")
        app.answer()
        app.find("line 77")
        await pilot.pause()
        assert (app.view.place_in_matches, app.view.follow) == ("1/11", False)
        assert "line 77" in app.shown()
        app.view.next_match(-1)
        app.answer()
        await pilot.pause()
        assert app.view.place_in_matches == "11/11"
        assert "line 779" in app.shown()
        app.view.next_match()
        assert app.view.place_in_matches == "1/11"
        strip = app.view.render_line(app.shown().index("line 77"))
        assert strip.text[:7] == "line 77"
        assert next(iter(strip)).style.bgcolor != app.view.rich_style.bgcolor
        app.find("")
        assert app.view.place_in_matches == ""

    drive(numbered(1_000), script)


def test_nothing_found_is_said():
    """No match is an answer, too."""

    async def script(app: LogApp, _pilot: Pilot[None]) -> None:
        app.find("nowhere")
        app.view.next_match()
        assert (app.view.place_in_matches, app.view.follow) == ("0/0", True)

    drive(numbered(10), script)


def test_long_lines_are_read_sideways():
    """Following does not take the view back to the left."""

    async def script(app: LogApp, pilot: Pilot[None]) -> None:
        await pilot.press("l")
        await pilot.pause()
        assert app.shown()[0].startswith("0123456789" * 2)
        app.grow(b"x" * 40 + b"after")
        assert app.shown()[-1] == "x" * 20 + "after"
        await pilot.press("h")
        assert app.shown()[-1].startswith("x" * 39)

    drive([b"0123456789" * 20] * 10, script)


def test_nothing_that_acts_reaches_the_terminal():
    """Colours are kept; titles, clipboards, cursor moves and markup are shown as text."""
    raw = [text.encode("utf-8", "surrogatepass") for text in HOSTILE]
    raw += [
        b"\x1b]0;title\x07",
        b"\x1b[31mred\x1b[0m \x1b[5mblink",
        b"\xff\xfe\x9b2J",
        b"10%\r100%",
        b"\x00\x08",
    ]

    async def script(app: LogApp, _pilot: Pilot[None]) -> None:
        strips = [app.view.render_line(y) for y in range(len(raw))]
        segments = [segment for strip in strips for segment in strip]
        assert all(segment.control is None for segment in segments)
        assert not {unicodedata.category(c) for segment in segments for c in segment.text} & ACTS
        links = [
            s.style for s in segments if s.style is not None and (s.style.link or "@click" in s.style.meta)
        ]
        assert links == []
        text = [strip.text.rstrip() for strip in strips]
        assert "[@click=app.quit]x[/]" in text
        assert text[len(HOSTILE)] == "␛]0;title␇"
        assert text[len(HOSTILE) + 3] == "100%"
        red = strips[len(HOSTILE) + 1]
        assert next(iter(red)).style.color == Color.from_ansi(1)
        assert {strip.cell_length for strip in strips} == {60}

    drive(raw, script, size=(60, len(raw)))


def test_selected_text_is_copied_as_it_is():
    """Without frames and colours, over several lines."""

    async def script(app: LogApp, _pilot: Pilot[None]) -> None:
        part = Selection(Offset(2, 0), Offset(4, 1))
        assert app.view.get_selection(part) == ("d line\nnext", "\n")
        everything = app.view.get_selection(Selection(None, None))
        assert everything == ("red line\nnext one", "\n")

    drive([b"\x1b[31mred\x1b[0m line", b"next one"], script)


def test_the_visible_lines_can_be_had_as_text():
    """What one sees is what one copies."""

    async def script(app: LogApp, _pilot: Pilot[None]) -> None:
        assert app.view.text == "one\ntwo"

    drive([b"\x1b[1mone", b"two"], script)


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ((), ""),
        ((1, 31), "bold color(1)"),
        ((38, 5, 208), "color(208)"),
        ((48, 2, 1, 2, 3), "on #010203"),
        ((97, 104), "color(15) on color(12)"),
        ((38, 5), ""),
        ((38, 2, 300, 0, 0), ""),
        ((38,), ""),
        ((3, 4, 9, 2, 7), "dim italic underline reverse strike"),
    ],
)
def test_colours_of_output_become_styles(codes, expected):
    """Also broken ones do no harm."""
    assert str(log_line.style(codes)) in (expected, expected or "none")


def test_pages_far_from_the_newest_are_forgotten():
    """However long one wanders through a log, little of it is kept."""
    pages = LogPages()
    lines = numbered(100_000)
    for first in range(0, 100_000, 300):
        pages.take(page(1, lines, first, 300))
    assert len(list(pages)) <= 2_300
    assert pages.line(99_899) == b"line 99899"
    pages.take(page(1, [b"x" * 60_000] * 400, 0, 100, total=400))
    pages.take(page(1, [b"x" * 60_000] * 400, 100, 100, total=400))
    assert sum(len(pages.line(n) or b"") for n in pages) <= 8 * 1024 * 1024 + 100 * 60_000


OUTPUT = [
    b"collected 214 items",
    b"tests/test_auth.py \x1b[32m....\x1b[31mF\x1b[0m                     [ 14%]",
    b"\x1b[31mE   assert 401 == 200\x1b[0m        tests/test_auth.py:88",
    b"\x1b[1;33mWARN\x1b[0m retrying \x1b[4mflaky\x1b[0m fixture \x1b]8;;http://x\x1b\\'db'",
    "日本語のログ 100 %".encode(),
    b"progress 12%\rprogress 48%",
    b"\x1b[38;5;208morange\x1b[0m \x1b[48;2;40;40;90mground\x1b[0m",
] * 9


@pytest.mark.parametrize("size", [(80, 24), (160, 50)], ids="{0[0]}x{0[1]}".format)
def test_the_log_looks_as_it_did(snap_compare, size):
    """Colours, matches, and everything hostile as text."""

    async def script(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, LogApp)
        app.answer()
        app.find("assert")
        await pilot.pause()

    assert snap_compare(LogApp(list(OUTPUT)), terminal_size=size, run_before=script)
