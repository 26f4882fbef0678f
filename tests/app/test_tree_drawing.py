"""The steps of a run as something other than a tree."""

import unicodedata
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.pilot import Pilot

from flow_tui.app.app import FlowApp
from flow_tui.app.widgets import step_graph
from flow_tui.app.widgets.step_graph import StepGraph, inscription
from flow_tui.app.widgets.step_tree import StepTree
from flow_tui.app.widgets.timeline_drawing import Timeline, names
from flow_tui.app.widgets.timeline_strip import TimelineStrip
from flow_tui.model import events as ev
from flow_tui.model.ids import StepPath
from flow_tui.model.status import RunStatus
from flow_tui.view.ahead import Ahead
from flow_tui.view.chart import Box
from flow_tui.view.glyphs import ASCII, UNICODE
from flow_tui.view.rows import RowTable
from tests.app import fakes
from tests.app.fakes import FixedClock, drive, press, screen_text
from tests.app.test_step_tree import TreeApp
from tests.app.test_step_tree import drive as drive_tree
from tests.app.test_tree_line import ACTS, HOSTILE
from tests.conftest import tried
from tests.view import stories as s

_texts = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=8), max_size=4).map("".join)


@tried(150)
@given(
    label=_texts,
    width=st.integers(0, 130),
    deep=st.integers(0, 9),
    has_begun=st.booleans(),
    glyphs=st.sampled_from([UNICODE, ASCII]),
)
def test_a_line_over_time_is_as_wide_as_it_should_be_and_harmless(label, width, deep, has_begun, glyphs):
    """Whatever the names, no cell too many or too few, and nothing that acts on a terminal."""
    nodes, path = [s.leaf(label)], "0"
    for _ in range(deep):
        nodes, path = [s.block("do", *nodes)], f"0/{path}"
    run = s.state(s.plan(*nodes), *([s.started(path), s.attempt(path, deadline=s.at(400))] * has_begun))
    table, drawing = RowTable(run), Timeline()
    drawing.take(table, s.at(100), 80)  # of another width than what is asked for then
    for pieces in (drawing.line(table.rows()[-1], s.at(100), width, glyphs), drawing.ruler(s.at(100), width)):
        text = "".join(piece.text for piece in pieces)
        assert sum(cell_len(piece.text) for piece in pieces) == cell_len(text) == width
        assert not ACTS & set(map(unicodedata.category, text))


@tried(100)
@given(
    label=_texts,
    width=st.integers(8, 60),
    kind=st.sampled_from(["call", "if", "while", "gate"]),
    glyphs=st.sampled_from([UNICODE, ASCII]),
    mark=st.sampled_from([None, "", "+", "~", "-", "="]),
)
def test_what_stands_in_a_box_fills_it_and_is_harmless(label, width, kind, glyphs, mark):
    """Whatever the names, no cell too many or too few, and nothing that acts on a terminal."""
    row = RowTable(s.state(s.plan(s.leaf(label, kind)), s.started("0", kind), s.attempt("0"))).rows()[0]
    row = replace(row, ahead=Ahead(mark=mark) if mark is not None else None)
    box = Box(path=row.path, x=0, y=0, width=width, is_choice=kind == "if")
    text = "".join(piece.text for piece in inscription(row, box, s.at(100), glyphs))
    assert cell_len(text) == width
    assert not mark or text.removeprefix("[").lstrip(" ◇<").startswith(f"{mark} ")
    assert not ACTS & set(map(unicodedata.category, text))


def test_names_leave_most_of_a_line_to_the_bars():
    """However narrow or wide it is."""
    assert [names(width) for width in (0, 1, 10, 20, 40, 80, 120, 400)] == [0, 0, 5, 8, 12, 24, 30, 30]


def test_the_view_turns_and_the_selection_stays():
    """The title says which view it is, the cursor goes on from where it was, and the detail with it."""
    seen: list[tuple[str | None, bool, bool, bool]] = []

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        def note() -> None:
            text = screen_text(app)
            tree = app.screen.query_one(StepTree)
            seen.append((tree.path, "2 Timeline" in text, "▼now" in text, "3 build" in text))

        await press(app, pilot, "g", "j")
        note()
        await press(app, pilot, "v")
        note()
        await press(app, pilot, "j", "k", "E", "V")
        note()

    drive(script, fakes.running())
    build = StepPath("1")
    assert seen == [(build, False, False, True), (build, True, True, True), (build, False, False, True)]


def test_only_a_run_that_goes_on_moves_with_the_time():
    """Every second paints its lines again; of a run that is over, nothing."""
    moved: list[bool] = []
    for story in (fakes.running(), fakes.failed()):
        clock = FixedClock()

        async def script(app: FlowApp, pilot: Pilot[None], clock: FixedClock = clock) -> None:
            await press(app, pilot, "v")
            before = screen_text(app)
            clock.set(190)
            await fakes.settle(app, pilot)
            moved.append(screen_text(app) != before)

        drive(script, story, clock=clock)
    assert moved == [True, False]


def test_a_graph_says_how_many_rows_it_leaves_out(monkeypatch):
    """Nobody takes the first of very many steps for all of them."""
    monkeypatch.setattr(step_graph, "_MOST", 4)

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        count = len(app.screen.query_one(StepTree).table or ())
        await press(app, pilot, "v", "v")
        assert len(app.screen.query_one(StepGraph).chart.boxes) == 4
        assert f"{count - 4} rows more in the tree" in screen_text(app)

    drive(script, fakes.running(), size=(120, 36))


def test_the_graph_has_the_cursor_and_the_keys_of_the_tree():
    """Moving, folding, clicking and following work in it, and what is selected is in sight."""
    seen: list[object] = []

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        assert not app.screen.query(StepGraph)  # what nobody looks at is not even loaded
        await press(app, pilot, "v", "v")
        tree, graph = app.screen.query_one(StepTree), app.screen.query_one(StepGraph)
        seen.append((app.focused is graph, "2 Graph" in screen_text(app), "▶ test-ui" in screen_text(app)))
        for keys in (("G",), ("k",), ("g",), ("pagedown",), ("pageup",), ("j", "j")):
            await press(app, pilot, *keys)
            assert tree.path is not None
            box = graph.chart.by_path[tree.path]
            assert 0 <= box.y - graph.scroll_offset.y < graph.size.height, keys
            seen.append(tree.path)
        boxes = len(graph.chart.boxes)
        await press(app, pilot, "space")
        seen.append(boxes - len(graph.chart.boxes))
        await press(app, pilot, "l")
        seen.append(boxes - len(graph.chart.boxes))
        box = graph.chart.by_path[StepPath("2/0")]
        await pilot.click(graph, offset=(box.x + 2, box.y - graph.scroll_offset.y))
        await fakes.settle(app, pilot)
        seen.append((tree.path, "3 lint" in screen_text(app)))
        await press(app, pilot, "enter")
        seen.append(app.focused is graph)
        await press(app, pilot, "2", "V", "V")
        seen.append((app.focused is tree, tree.path))

    drive(script, fakes.running())
    assert seen == [
        (True, True, True),
        *("always/0", "always", "0", "5", "0", "2"),
        *(3, 0),
        ("2/0", True),
        False,
        (True, "2/0"),
    ]


def test_a_large_terminal_has_a_timeline_under_the_panes():
    """Of what matters most; a click selects, a key hides it, and a smaller terminal says what it takes."""
    seen: list[object] = []

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        strip, tree = app.screen.query_one(TimelineStrip), app.screen.query_one(StepTree)
        lines = [strip.render_line(y).text.split()[:2] for y in range(strip.size.height)]
        seen.append(lines)
        await pilot.click(strip, offset=(4, 2))
        await fakes.settle(app, pilot)
        seen.append(tree.path)
        for keys in ("T", "T", "v", "v"):
            await press(app, pilot, keys)
            seen.append(strip.display and strip.size.height > 0)
        await pilot.resize_terminal(119, 36)
        await fakes.settle(app, pilot)
        seen.append(strip.size.height)

    drive(script, fakes.running(), size=(120, 36))
    assert seen == [
        [["0", "30s"], ["✓", "plan"], ["✓", "build"], ["✓", "lint"], ["▶", "test-api"], ["▶", "test-ui"]],
        "1",
        *(False, True, False, True),
        0,
    ]


def test_a_run_that_takes_the_place_of_another_has_a_time_of_its_own():
    """Nothing of the run before is left in the lines."""
    over = ev.RunFinished(outcome=RunStatus.COMPLETED)
    first = (s.started("0"), s.attempt("0"))
    short = s.state(s.plan(s.leaf("a")), *first, s.finished("0"), over)
    long = s.state(s.plan(s.leaf("b")), *first * 20, s.finished("0"), over)
    lines: list[list[str]] = []

    async def script(app: TreeApp, pilot: Pilot[None]) -> None:
        app.tree.draw_as(Timeline())
        for run in (long, short):
            app.tree.set_table(RowTable(run))
            app.tree.show(s.at(60))
            await pilot.pause()
            lines.append(app.lines())

    drive_tree(short, script)
    drive_tree(long, script)
    assert lines[0] == lines[2] != lines[1] == lines[3]
