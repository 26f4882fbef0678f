"""The tree of a run on a terminal."""

import asyncio
import gc
from collections.abc import Awaitable, Callable

import pytest
from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.events import MouseScrollDown
from textual.pilot import Pilot
from textual.strip import Strip

from flow_tui.app.themes import DUSK
from flow_tui.app.widgets import tree_drawing
from flow_tui.app.widgets.kept_lines import KeptStrip
from flow_tui.app.widgets.step_tree import StepTree
from flow_tui.model import events as ev
from flow_tui.model.fold import apply
from flow_tui.model.ids import StepPath
from flow_tui.model.state import RunState
from flow_tui.model.status import Reason, StepStatus
from flow_tui.view.rows import RowTable
from tests.app.test_tree_line import HOSTILE
from tests.view import stories as s


class TreeApp(App[None]):
    """A tree alone on the screen, and what it said."""

    CSS = "StepTree { background: $background; }"

    def __init__(self, state: RunState, seconds: float = 60) -> None:
        super().__init__()
        self.state = state
        self.table = RowTable(state)
        self.seconds = seconds
        self.said: list[str] = []

    def compose(self) -> ComposeResult:
        """Show the tree."""
        yield StepTree()

    def on_mount(self) -> None:
        """Begin."""
        self.register_theme(DUSK)
        self.theme = "dusk"
        self.tree.set_table(self.table)
        self.tree.show(s.at(self.seconds))

    @property
    def tree(self) -> StepTree:
        """Return the tree."""
        return self.query_one(StepTree)

    def happen(self, *events: ev.Event) -> None:
        """Let something happen, a frame each."""
        for event in events:
            recorded = ev.Recorded(seq=self.state.seq + 1, at=s.at(50), run_id=s.RUN, event=event)
            self.table.touch(apply(self.state, recorded))
            self.tree.show(s.at(self.seconds))

    def on_step_tree_highlighted(self, message: StepTree.Highlighted) -> None:
        """Note it."""
        self.said.append(message.path)

    def on_step_tree_opened(self, message: StepTree.Opened) -> None:
        """Note it."""
        self.said.append(f"open {message.path}")

    def lines(self) -> list[str]:
        """Return what is painted."""
        return [self.tree.render_line(y).text.rstrip() for y in range(self.tree.size.height)]


Script = Callable[[TreeApp, Pilot[None]], Awaitable[None]]


def drive(state: RunState, script: Script, size: tuple[int, int] = (38, 10)) -> TreeApp:
    """Run ``script`` on a tree."""
    app = TreeApp(state)

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await script(app, pilot)

    asyncio.run(run())
    return app


MANY = s.plan(*(s.leaf(f"step-{n:03}") for n in range(200)))
NESTED = s.plan(
    s.leaf("plan"),
    s.block("parallel", s.leaf("lint"), s.leaf("test")),
    s.block("while", s.leaf("fix"), label="while test.failing", max_passes=3),
    s.leaf("ship"),
)


def test_keys_move_the_cursor_and_say_where_it_is():
    """Down, up, page, first and last; enter opens."""

    async def script(app: TreeApp, pilot: Pilot[None]) -> None:
        await pilot.press("j", "down", "k", "pagedown", "G", "g", "enter")

    app = drive(s.state(MANY), script)
    assert app.said == ["0", "1", "2", "1", "10", "199", "0", "open 0"]


def test_the_cursor_stays_on_screen():
    """Whatever the distance, the row under the cursor is painted."""

    async def script(app: TreeApp, pilot: Pilot[None]) -> None:
        for key in ("G", "k", "pageup", "g", "pagedown", "pagedown"):
            await pilot.press(key)
            name = f"step-{int(app.tree.path or 0):03}"
            assert any(name in line for line in app.lines()), key

    drive(s.state(MANY), script)


def test_blocks_fold_and_unfold():
    """Space toggles, left closes or goes out, right opens or goes in."""

    async def script(app: TreeApp, pilot: Pilot[None]) -> None:
        await pilot.press("j", "space")
        assert app.lines()[1:3] == ["▸○ parallel", "▾○ while test.failing            max 3"]
        await pilot.press("l", "l", "l")
        assert app.tree.path == "1/0"
        await pilot.press("h")
        assert app.tree.path == "1"
        await pilot.press("h", "h")
        assert app.tree.path == "1"
        assert app.lines()[1].startswith("▸")

    drive(s.state(NESTED), script)


def test_what_is_the_newest_only_for_a_blink_is_not_gone_to():
    """Of a story that is still being read, what its middle did last says nothing: the cursor stays on top."""

    async def script(app: TreeApp, _pilot: Pilot[None]) -> None:
        for number, event in enumerate(
            (s.started("90"), s.finished("90"), s.started("5")), app.state.seq + 1
        ):
            recorded = ev.Recorded(seq=number, at=s.at(50), run_id=s.RUN, event=event)
            app.table.touch(apply(app.state, recorded))
            app.tree.keep_up(s.at(60))
            assert app.tree.path == "0"
        app.tree.show(s.at(60))
        assert (app.tree.path, app.tree.is_following) == ("5", True)

    drive(s.state(MANY), script)


def test_the_cursor_follows_what_began_last_until_somebody_moves():
    """Watching needs no keys; reading is not disturbed; one call goes back to watching."""

    async def script(app: TreeApp, pilot: Pilot[None]) -> None:
        app.happen(s.started("5"), s.started("90"))
        assert (app.tree.path, app.tree.is_following) == ("90", True)
        assert any("step-090" in line for line in app.lines())
        await pilot.press("k")
        app.happen(s.started("150"))
        assert (app.tree.path, app.tree.is_following) == ("89", False)
        app.tree.follow()
        assert app.tree.path == "150"
        app.happen(s.started("199"))
        assert app.tree.path == "199"

    drive(s.state(MANY), script)


def test_the_first_failure_selects_itself():
    """What went wrong is in sight, until somebody asks to follow on."""

    async def script(app: TreeApp, _pilot: Pilot[None]) -> None:
        app.happen(s.started("3"), s.started("4"), s.finished("3", StepStatus.FAILED))
        app.happen(s.started("9"))
        assert app.tree.path == "3"
        app.tree.follow()
        assert app.tree.path == "9"

    drive(s.state(MANY), script)


def test_a_failure_does_not_take_the_cursor_from_a_person():
    """Who reads elsewhere stays there."""

    async def script(app: TreeApp, pilot: Pilot[None]) -> None:
        await pilot.press("j", "j")
        app.happen(s.started("50"), s.finished("50", StepStatus.FAILED))
        assert app.tree.path == "2"

    drive(s.state(MANY), script)


def test_an_expected_failure_does_not_stop_the_following():
    """When the workflow says what to do about it, the run goes on, and so does the cursor."""

    async def script(app: TreeApp, _pilot: Pilot[None]) -> None:
        app.happen(s.started("3"), s.finished("3", StepStatus.FAILED, reason=Reason.ON_FAIL), s.started("4"))
        assert app.tree.path == "4"

    drive(s.state(MANY), script)


def test_rows_that_appear_above_move_neither_cursor_nor_view():
    """The line one reads keeps its place on the screen."""

    async def script(app: TreeApp, pilot: Pilot[None]) -> None:
        await pilot.press("G")
        before = app.lines()
        app.happen(
            ev.PassStarted(path=StepPath("0"), number=1, of=9),
            ev.PassStarted(path=StepPath("0"), number=2, of=9),
        )
        await pilot.pause()
        assert app.tree.path == "40"
        assert app.lines() == before

    loop = s.block("while", s.leaf("a"), s.leaf("b"), max_passes=9)
    drive(s.state(s.plan(loop, *(s.leaf(f"step-{n:03}") for n in range(40)))), script)


def test_a_row_that_is_folded_away_leaves_the_cursor_at_the_fold():
    """The cursor never points at nothing."""

    async def script(app: TreeApp, pilot: Pilot[None]) -> None:
        app.happen(s.started("1/1"))
        assert app.tree.path == "1/1"
        app.table.fold(StepPath("1"))
        app.tree.show(s.at(60))
        assert app.tree.path == "1"

    drive(s.state(NESTED), script)


def test_going_to_a_hidden_step_unfolds_what_is_around_it():
    """Jumping to an error shows it."""

    async def script(app: TreeApp, _pilot: Pilot[None]) -> None:
        app.table.fold_all()
        app.tree.show(s.at(60))
        app.tree.go_to(StepPath("1/1"))
        assert app.tree.path == "1/1"
        assert app.lines()[3] == " └ ○ test                         call"

    drive(s.state(NESTED), script)


def test_the_mouse_selects_folds_opens_and_scrolls():
    """A click selects, on the mark it folds, twice it opens; below the rows it does nothing."""

    async def script(app: TreeApp, pilot: Pilot[None]) -> None:
        await pilot.click(StepTree, offset=(10, 3))
        assert app.tree.path == "1/1"
        await pilot.click(StepTree, offset=(0, 1))
        assert (app.tree.path, app.lines()[1][0]) == ("1", "▸")
        await pilot.click(StepTree, offset=(10, 2), times=2)
        assert app.said[-1] == "open 2"
        await pilot.click(StepTree, offset=(3, 9))
        assert app.tree.path == "2"

    drive(s.state(NESTED), script)


def test_the_wheel_moves_the_view_and_not_the_cursor():
    """Looking around selects nothing, and what begins meanwhile does not take the view away."""

    async def script(app: TreeApp, pilot: Pilot[None]) -> None:
        await pilot._post_mouse_events([MouseScrollDown], StepTree)
        await pilot.pause()
        before = app.lines()
        assert (app.tree.path, before[0] != " ○ step-000                        call") == ("0", True)
        app.happen(s.started("150"))
        await pilot.pause()
        assert (app.tree.path, app.lines()) == ("0", before)

    drive(s.state(MANY), script)


def test_only_what_changed_is_painted_again(monkeypatch):
    """An event costs its own line; a second costs the lines whose clocks move; nothing costs nothing."""
    painted: list[str] = []
    line = tree_drawing.tree_line.line
    monkeypatch.setattr(
        tree_drawing.tree_line, "line", lambda row, *rest: painted.append(row.path) or line(row, *rest)
    )

    async def script(app: TreeApp, pilot: Pilot[None]) -> None:
        await pilot.press("G", "g")
        app.happen(s.started("2"), s.attempt("2"))
        await pilot.pause()
        painted.clear()
        app.happen(s.finished("1"))
        await pilot.pause()
        assert painted == ["1"]
        painted.clear()
        app.tree.show(s.at(60.5))
        await pilot.pause()
        assert painted == []
        app.seconds = 61
        app.tree.show(s.at(61))
        await pilot.pause()
        assert painted == ["2"]
        painted.clear()
        app.happen(s.started("150"))
        await pilot.pause()
        assert painted == []

    drive(s.state(MANY), script)


def test_nothing_that_acts_reaches_the_terminal():
    """Names and errors are text, whatever is in them: no escapes, no markup, no bidi."""
    nodes = s.plan(*(s.leaf(text, "call") for text in HOSTILE))
    errors = [
        event
        for n, text in enumerate(HOSTILE)
        for event in (s.started(str(n)), s.finished(str(n), StepStatus.FAILED, error=text))
    ]

    async def script(app: TreeApp, _pilot: Pilot[None]) -> None:
        strips = [app.tree.render_line(y) for y in range(len(HOSTILE))]
        segments = [segment for strip in strips for segment in strip]
        assert all(segment.text.isprintable() and segment.control is None for segment in segments)
        assert not any(segment.style is not None and segment.style.meta for segment in segments)
        assert "[@click=app.quit]x[/]" in strips[5].text
        assert [strip.cell_length for strip in strips] == [100] * len(HOSTILE)

    drive(s.state(nodes, *errors), script, size=(100, 20))


def test_a_tree_without_rows_is_blank():
    """Before the first event there is nothing to see and nothing to break."""

    async def script(app: TreeApp, pilot: Pilot[None]) -> None:
        await pilot.press("j", "k", "G", "space", "h", "l", "enter", "pageup")
        assert set(app.lines()) == {""}

    assert drive(RunState(run_id=s.RUN), script).said == []


STORY = (
    s.started("0"),
    s.finished("0"),
    s.started("1/0", "script"),
    s.started("1/1", max_attempts=3),
    s.attempt("1/1"),
    ev.AttemptFailed(path=StepPath("1/1"), attempt=1, error="exit 1", retry_at=s.at(8)),
    s.attempt("1/1", 2, deadline=s.at(300)),
    s.finished("1/0", StepStatus.FAILED, error="exit 2: 日本語 [red]not markup[/]"),
    ev.PassStarted(path=StepPath("2"), number=1, of=3),
    s.started("2#1/0"),
    s.finished("2#1/0"),
    ev.PassStarted(path=StepPath("2"), number=2, of=3),
    s.started("2#2/0"),
    s.attempt("2#2/0", heartbeat_timeout=None),
    s.started("3", "gate"),
    ev.GateOpened(path=StepPath("3"), gate="ship", deadline=s.at(1_800)),
)


@pytest.mark.parametrize("size", [(80, 24), (160, 50), (38, 12)], ids="{0[0]}x{0[1]}".format)
def test_the_tree_looks_as_it_did(snap_compare, size):
    """Everything a row can say, at a glance."""
    assert snap_compare(TreeApp(s.state(NESTED, *STORY), seconds=55), terminal_size=size)


def test_lines_are_painted_once_however_often_they_are_scrolled_past():
    """Scrolling hands the same strips out again; the bar moves when that can be seen, and colours are new."""

    async def script(app: TreeApp, pilot: Pilot[None]) -> None:
        tree = app.tree

        def painted() -> list[Strip]:
            return tree.render_lines(tree.size.region)

        before, bar = painted(), tree.vertical_scrollbar.position
        tree.scroll_to(y=1, animate=False, force=True)
        assert all(now is then for now, then in zip(painted(), before[1:], strict=False))
        assert tree.vertical_scrollbar.position == bar
        tree.scroll_to(y=100, animate=False, force=True)
        assert tree.vertical_scrollbar.position == 100
        tree.scroll_to(y=0, animate=False, force=True)
        assert painted()[1] is before[1]
        app.theme = "textual-light"
        await pilot.pause()
        assert painted()[1] is not before[1]
        assert painted()[1].text == before[1].text

    drive(s.state(MANY), script)


def test_a_line_that_nobody_keeps_any_more_is_gone_without_being_looked_for():
    """What is painted anew many times a second leaves nothing to collect."""
    gc.collect()
    gc.disable()
    try:
        line = KeptStrip([Segment("a line")], 6)
        assert [each.text for each in line.divide([6, 9])] == ["a line"]
        assert [each.text for each in line.divide([2, 6])] == ["a ", "line"]
        del line
        assert not any(isinstance(each, KeptStrip) for each in gc.get_objects())
    finally:
        gc.enable()


def test_clocks_move_a_few_lines_at_a_time_and_what_comes_leaves_other_lines_as_they_are():
    """Keys have their turn in between; nothing waits for the next second, equal lines are painted once."""
    state = s.state(s.plan(*(s.leaf(f"step-{n}") for n in range(20))))
    table = RowTable(state)

    def begin(path: str, name: str, seconds: float) -> None:
        event = ev.StepStarted(path=StepPath(path), name=name, kind="call")
        recorded = ev.Recorded(seq=state.seq + 1, at=s.at(seconds), run_id=s.RUN, event=event)
        table.touch(apply(state, recorded))

    for n in range(20):
        begin(f"{n}", f"step-{n}", 0)

    async def script(app: TreeApp, pilot: Pilot[None]) -> None:
        app.tree.set_table(table)
        app.tree.show(s.at(61))
        await pilot.pause()
        assert sum("01:01" in line for line in app.lines()) == 20
        before = app.tree.render_lines(app.tree.size.region)
        app.tree.keep_up(s.at(62))
        assert 0 < sum("01:02" in line for line in app.lines()) < 20
        for _ in range(5):
            await pilot.pause()
        assert sum("01:02" in line for line in app.lines()) == 20
        kept = app.tree.render_lines(app.tree.size.region)
        assert kept[3] is not before[3]
        begin("20", "one more", 62)
        app.tree.keep_up(s.at(62))
        now = app.tree.render_lines(app.tree.size.region)
        assert "one more" in now[20].text
        assert now[3] is kept[3]

    drive(s.state(MANY), script, size=(60, 24))
