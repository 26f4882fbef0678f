"""Every size of terminal has a layout."""

import pytest
from textual.content import Content
from textual.events import Resize
from textual.geometry import Size
from textual.pilot import Pilot

from flow_tui.app import keys
from flow_tui.app.app import FlowApp
from flow_tui.app.widgets import notices
from flow_tui.app.widgets.key_bar import KeyBar, fitting
from flow_tui.app.widgets.status_bar import Part, assemble
from flow_tui.model import events as ev
from tests.app import fakes
from tests.app.fakes import History, drive, press, screen_text, settle

STORIES = {name: getattr(fakes, name) for name in ("started", "running", "waiting", "failed", "completed")}


def shown(story: History, size: tuple[int, int], *pressed: str) -> str:
    """Return what is painted on a terminal of ``size``."""
    return every_screen(story, size, *pressed)[-1]


def every_screen(story: History, size: tuple[int, int], *pressed: str) -> list[str]:
    """Return what is painted at first, and after each key, when nothing moves any more."""
    said: list[str] = []

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        said.append(screen_text(app))
        for key in pressed:
            await press(app, pilot, key)
            await pilot.wait_for_scheduled_animations()
            await settle(app, pilot)
            said.append(screen_text(app))

    drive(script, story, size=size)
    return said


def test_a_wide_terminal_shows_the_steps_beside_the_detail() -> None:
    """Both panes, the attention bar and the keys."""
    text = shown(fakes.waiting(), (160, 50))
    assert all(
        said in text for said in ("2 Steps", "3 approve-deploy", "[1 Log]", "waits for you", "a Answer")
    )


def test_eighty_columns_show_both_panes() -> None:
    """The usual terminal is not a small one."""
    text = shown(fakes.running(), (80, 24))
    assert all(said in text for said in ("2 Steps", "3 test-api", "[1 Log]", "x Cancel"))


@pytest.mark.parametrize("size", [(59, 24), (80, 15), (40, 10)])
def test_a_small_terminal_shows_one_pane_and_tab_goes_on(size: tuple[int, int]) -> None:
    """One pane at a time; the key goes round."""
    panes = ("2 Steps", "3 test-api", "[1 Log]")
    for turns, text in enumerate(every_screen(fakes.running(), size, "tab", "tab", "tab")):
        assert [pane in text for pane in panes] == [index == turns % 3 for index in range(3)]


@pytest.mark.parametrize("size", [(39, 24), (80, 9), (1, 1)])
def test_a_tiny_terminal_says_so(size: tuple[int, int]) -> None:
    """Nothing is squeezed beyond recognition."""
    text = shown(fakes.running(), size)
    assert "2 Steps" not in text
    if size[0] > 30:
        assert "too small" in text


@pytest.mark.parametrize("size", [(40, 10), (44, 24), (80, 10), (80, 24)])
@pytest.mark.parametrize(
    ("story", "key", "answers"),
    [
        ("running", "x", ("Keep", "This step: failed", "This step: skipped", "The block", "The run")),
        ("running", "q", ("Stay", "Cancel and quit")),
        ("waiting", "a", ("Later", "Reject…", "Approve")),
    ],
)
def test_the_answers_of_a_dialog_are_always_in_sight(
    size: tuple[int, int], story: str, key: str, answers: tuple[str, ...]
) -> None:
    """On small terminals the text above them scrolls instead."""
    text = shown(STORIES[story](), size, key)
    assert [answer for answer in answers if answer not in text] == []


@pytest.mark.parametrize("size", [(40, 10), (44, 24), (80, 10), (80, 24)])
def test_what_a_menu_offers_comes_into_sight_with_the_cursor(size: tuple[int, int]) -> None:
    """On small terminals the list scrolls: nobody chooses what they cannot see."""
    screens = every_screen(fakes.running(), size, "x", *["down"] * 4)[1:]
    offered = ("Keep running", "This step: failed", "This step: skipped", "The block", "The run")
    chosen = [next(line for line in text.split("\n") if "▸" in line) for text in screens]
    assert [label for label, line in zip(offered, chosen, strict=True) if label not in line] == []


def test_zoom_shows_one_pane_alone_and_back() -> None:
    """Also on a large terminal."""
    screens = every_screen(fakes.running(), (160, 50), "3", "z", "z", "z", "escape")
    assert ["2 Steps" in text for text in screens] == [True, True, False, True, False, True]


def test_a_storm_of_sizes_ends_in_the_last_one() -> None:
    """From one cell to a wall of them and back, with and without a dialog: no fault, the last size wins."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        for opened in ("z", "a", "escape"):
            for size in ((1, 1), (300, 2), (20, 5), (2, 100), (60, 16), (80, 24)):
                app._driver._size = size
                app.post_message(Resize(Size(*size), Size(*size)))
                await pilot.pause(0)
            await press(app, pilot, opened)
        await settle(app, pilot)
        text = screen_text(app)
        assert len(text.split("\n")) == 24
        assert "approve-deploy" in text

    drive(script, fakes.waiting())


@pytest.mark.parametrize("width", [80, 60, 44])
def test_a_long_title_leaves_room_for_how_the_run_stands(width: int) -> None:
    """It is cut first; the state stays, then the counts, then the id."""
    story = History().add(
        0, ev.RunStarted(workflow="w", title="A very long title of a workflow", file="w.wf", plan=fakes.PLAN)
    )
    story.step(0, "0", "plan")
    header = shown(story, (width, 24)).split("\n")[0]
    assert header.startswith(" A very long")
    assert "▶ running 02:14" in header
    assert "0/10" in header
    assert ("#a1f3" in header) == (width > 44)
    assert ("title of a workflow" in header) == (width == 80)


def test_what_matters_least_leaves_the_header_first() -> None:
    """Titles are cut before anything goes; what must stay stays, however narrow it is."""
    parts = [
        Part(content=Content("a title that is long"), rank=0, shortest=8),
        Part(content=Content("running"), rank=0),
        Part(content=Content("1/2"), rank=1),
        Part(content=Content("watch"), rank=5),
    ]
    said = [assemble(parts, width).plain for width in (41, 30, 29, 28, 22, 21, 10)]
    assert said == [
        "a title that is long  running  1/2  watch",
        "a title …  running  1/2  watch",
        "a title…  running  1/2  watch",
        "a title that …  running  1/2",
        "a title…  running  1/2",
        "a title tha…  running",
        "a title…  running",
    ]


@pytest.mark.parametrize("name", STORIES)
def test_the_footer_fits_eighty_columns(name: str) -> None:
    """Whatever can be done, its keys fit, and help and quit are always among them."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        bar = app.screen.query_one(KeyBar)
        line = bar.render()
        assert line.cell_length <= 78
        assert "? Help" in line.plain
        assert "q Quit" in line.plain

    drive(script, STORIES[name]())


def test_the_footer_leaves_out_what_matters_least() -> None:
    """From the end of the list, and never help and quit."""
    every = [binding for _, binding in keys.entries()]
    for width in range(20, 200, 7):
        hints = fitting(every, width)
        assert sum(hint.width + 2 for hint in hints) <= width
        assert {"question_mark", "q"} <= {hint.key for hint in hints}


def test_what_cannot_be_done_is_not_in_the_footer() -> None:
    """A finished run has nothing to cancel, a running one nothing to resume."""
    assert "x Cancel" not in shown(fakes.completed(), (160, 50))
    running = shown(fakes.running(), (160, 50))
    assert "r Resume" not in running
    assert "a Answer" not in running


def test_a_click_on_a_key_presses_it() -> None:
    """The mouse reaches whatever the keys reach, and gaps between them do nothing."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        line = app.screen.query_one(KeyBar).render().plain
        await pilot.click(KeyBar, offset=(1 + line.index("z Zoom") - 1, 0))
        await settle(app, pilot)
        assert not app.screen.has_class("-zoomed")
        await pilot.click(KeyBar, offset=(1 + line.index("z Zoom") + 3, 0))
        await settle(app, pilot)
        assert app.screen.has_class("-zoomed")

    drive(script, fakes.running())


def test_the_smallest_terminal_says_what_is_selected_and_shows_no_key_without_its_meaning() -> None:
    """One line is left for what to look at; beside output stands which step it is of, and how that ended."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        lines = screen_text(app).split("\n")
        assert sum(line.startswith(" ✗ test-api") and "go there" in line for line in lines) == 1
        assert "go on where" not in screen_text(app)
        await press(app, pilot, "enter")
        assert "3 ✗ test-api" in screen_text(app)

    drive(script, fakes.failed(), size=(40, 10))


def test_a_key_is_left_out_where_there_is_no_room_to_say_what_it_does() -> None:
    """What stands before it stays; text that is no key is cut as ever."""
    said = Content.assemble("it failed  ", ("R", notices.KEY), " run again  ", ("q", notices.KEY), " quit")
    assert notices.fitting(said, 30) == said
    assert notices.fitting(said, 26).plain == "it failed  R run again"
    assert notices.fitting(said, 20).plain == "it failed"
    assert notices.fitting(Content("a long error"), 5).plain == "a long error"
