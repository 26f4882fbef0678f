"""Pictures: this history, at this instant, on a terminal of this size, looks like this."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from textual.pilot import Pilot

from flow_tui.app.app import FlowApp
from flow_tui.app.session import StartArgs
from flow_tui.model import events as ev
from flow_tui.model.status import RunStatus
from flow_tui.runtime.messages import RunOpened, WatchChanged
from flow_tui.runtime.ui_settings import UiSettings
from tests.app import fakes
from tests.app.fakes import RUN, FixedClock, History, press, settle
from tests.app.test_breakpoints import COMMAND, held

Compare = Callable[..., bool]

SMALL, LARGE = (80, 24), (160, 50)
WATCH = WatchChanged(armed=True, policy="queue", watched=("src",), trigger="src/api.py", queued=True)


def prepared(story: History | None, *, clock: FixedClock | None = None, **session: object) -> FlowApp:
    """Return an application that finds its history waiting."""
    app = fakes.flow_app(clock, start_args=StartArgs(title="deploy", on_leave=lambda: None), **session)
    if story is not None:
        for recorded in story.events:
            app.session.inbox.put(recorded)
        app.session.inbox.put(RunOpened(run_id=RUN))
    return app


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Be where the clocks show UTC."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


pytestmark = pytest.mark.usefixtures("utc")


def pressing(*keys: str) -> Callable[[Pilot[None]], object]:
    """Return what presses keys before the picture is taken."""

    async def run_before(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, FlowApp)
        app.screen.set_focus(app.screen.focused)
        await settle(app, pilot)
        await press(app, pilot, *keys)
        await settle(app, pilot)

    return run_before


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "160x50"])
@pytest.mark.parametrize("name", ["started", "running", "waiting", "failed", "completed"])
def test_a_run(snap_compare: Compare, name: str, size: tuple[int, int]) -> None:
    """The main states of a run."""
    app = prepared(getattr(fakes, name)())
    assert snap_compare(app, terminal_size=size, run_before=pressing())


def test_nothing_yet(snap_compare: Compare) -> None:
    """The first frame knows a title and nothing else."""
    assert snap_compare(prepared(None), terminal_size=SMALL, run_before=pressing())


def test_a_broken_definition_under_watch(snap_compare: Compare) -> None:
    """The place in the file, and that the last good definition stays."""
    app = prepared(fakes.running())
    app.session.inbox.put(WATCH)
    app.session.inbox.put(fakes.BROKEN)
    assert snap_compare(app, terminal_size=SMALL, run_before=pressing())


def test_what_a_change_is_to_do(snap_compare: Compare) -> None:
    """Every policy in words, while something is watched."""
    app = prepared(fakes.running())
    app.session.inbox.put(WATCH)
    assert snap_compare(app, terminal_size=SMALL, run_before=pressing("w"))


def test_a_run_in_trouble(snap_compare: Compare) -> None:
    """Silence, a retry to come and a full disk are all said."""
    story = fakes.running()
    story.add(
        131, ev.AttemptFailed(path=fakes.StepPath("2/1"), attempt=2, error="exit 7", retry_at=fakes.at(200))
    )
    story.add(132, ev.StorageWaited(reason="no space left on device"))
    app = prepared(story, clock=FixedClock(170))
    assert snap_compare(app, terminal_size=(100, 30), run_before=pressing())


@pytest.mark.parametrize(
    "keys",
    [
        ("2", "x"),
        ("2", "g", "x"),
        ("X",),
        ("q",),
        ("question_mark",),
        ("3", "/", *"auth"),
        ("3", "g", "/", *"test", "enter"),
        ("3", "z"),
        ("2", "slash", *"test"),
        ("i",),
    ],
    ids=[
        "cancel-step",
        "cancel-run",
        "kill",
        "quit",
        "help",
        "searching",
        "found",
        "zoom",
        "find-step",
        "inputs",
    ],
)
def test_dialogs_over_a_running_run(snap_compare: Compare, keys: tuple[str, ...]) -> None:
    """Each of them, on the usual terminal."""
    assert snap_compare(prepared(fakes.running()), terminal_size=SMALL, run_before=pressing(*keys))


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "160x50"])
def test_what_can_run_again(snap_compare: Compare, size: tuple[int, int]) -> None:
    """Every way with what it would run, or why it cannot be chosen."""
    assert snap_compare(prepared(fakes.failed()), terminal_size=size, run_before=pressing("R", "j"))


@pytest.mark.parametrize(
    ("keys", "size"), [(("S",), SMALL), (("ctrl+t", "j"), LARGE)], ids=["settings", "themes"]
)
def test_how_the_screen_looks(snap_compare: Compare, keys: tuple[str, ...], size: tuple[int, int]) -> None:
    """Every setting with its source; a theme on what lies behind, by day."""
    assert snap_compare(prepared(fakes.running()), terminal_size=size, run_before=pressing(*keys))


def test_drawn_in_ascii(snap_compare: Compare) -> None:
    """Lines, marks and bars."""
    app = prepared(fakes.running())
    app.look_as_set(UiSettings(glyphs="ascii"))
    assert snap_compare(app, terminal_size=(120, 40), run_before=pressing("v"))


@pytest.mark.parametrize("keys", [("a",), ("a", "tab", "enter", *"no")], ids=["asked", "rejecting"])
@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "160x50"])
def test_the_gate(snap_compare: Compare, keys: tuple[str, ...], size: tuple[int, int]) -> None:
    """What is asked, the options, the text and the consequence of silence."""
    assert snap_compare(prepared(fakes.waiting()), terminal_size=size, run_before=pressing(*keys))


def test_all_gates(snap_compare: Compare) -> None:
    """Whose they are, since when they wait, until when, and what happens then."""
    app = prepared(fakes.waiting())
    other = fakes.RunId("01KDYWA4M8QG3V7ZTRB2H0B0TH")
    app.session.reader.gates = (replace(fakes.GATE, run_id=other, whole=other, name="ship-it"),)
    assert snap_compare(app, terminal_size=SMALL, run_before=pressing("ctrl+g"))


@pytest.mark.parametrize(
    ("keys", "size"),
    [((), SMALL), (("j", "j"), LARGE), (("p", "p", "dollar_sign", "left_curly_bracket"), (100, 30))],
)
def test_runs_on_record(snap_compare: Compare, keys: tuple[str, ...], size: tuple[int, int]) -> None:
    """The history with a comparison below it, and a run played back."""
    app = fakes.flow_app(start_args=StartArgs(home=True), workflows=fakes.WORKFLOWS)
    assert snap_compare(app, terminal_size=size, run_before=pressing("H", *keys))


@pytest.mark.parametrize("size", [(50, 20), (80, 15), (30, 8)], ids=["narrow", "low", "tiny"])
def test_small_terminals(snap_compare: Compare, size: tuple[int, int]) -> None:
    """One pane, or a word about the size."""
    assert snap_compare(prepared(fakes.running()), terminal_size=size, run_before=pressing())


def test_more_steps_than_lines(snap_compare: Compare) -> None:
    """Beside the scrollbar, the last column of every row is still there."""
    story = History().add(0, ev.RunStarted(workflow="many", title="many", file="many.wf"))
    for index in range(30):
        story.step(index, str(index), f"step number {index}", "script")
        story.done(index + 1, str(index), result_text="ok")
    app = prepared(story.over(40, RunStatus.COMPLETED))
    assert snap_compare(app, terminal_size=SMALL, run_before=pressing())


@pytest.mark.parametrize("name", ["running", "failed"])
def test_a_run_over_time(snap_compare: Compare, name: str) -> None:
    """Attempts, waits, the time that is left and what everybody waits for."""
    app = prepared(getattr(fakes, name)())
    assert snap_compare(app, terminal_size=(120, 40), run_before=pressing("v"))


@pytest.mark.parametrize("size", [SMALL, (120, 40)], ids=["80x24", "120x40"])
def test_a_run_as_a_graph(snap_compare: Compare, size: tuple[int, int]) -> None:
    """What follows what, what runs beside it, and how each of it stands."""
    assert snap_compare(prepared(fakes.running()), terminal_size=size, run_before=pressing("v", "v"))


def test_without_colour(snap_compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    """Marks and words say what colours say otherwise."""
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(prepared(fakes.failed()), terminal_size=SMALL, run_before=pressing())


@pytest.mark.parametrize("size", [(40, 10), SMALL, LARGE], ids=["40x10", "80x24", "160x50"])
def test_home(snap_compare: Compare, size: tuple[int, int]) -> None:
    """Workflows over runs; on a large terminal, more about what is selected."""
    entries = tuple(replace(each, group="release" * each.name.startswith("d")) for each in fakes.WORKFLOWS)
    app = fakes.flow_app(start_args=StartArgs(title="app", home=True), workflows=entries)
    assert snap_compare(app, terminal_size=size, run_before=pressing())


@pytest.mark.parametrize(
    ("size", "keys"),
    [(SMALL, ("n", *"prod", "tab")), (LARGE, ("n", "ctrl+o")), ((40, 10), ("n",))],
    ids=["80x24", "160x50", "40x10"],
)
def test_preparing_a_run(snap_compare: Compare, size: tuple[int, int], keys: tuple[str, ...]) -> None:
    """Inputs, how it is run, what it executes, and the command line that does the same."""
    app = fakes.flow_app(start_args=StartArgs(title="app", home=True), workflows=fakes.WORKFLOWS)
    assert snap_compare(app, terminal_size=size, run_before=pressing(*keys))


def test_a_paused_step(snap_compare: Compare) -> None:
    """What it would run and what can be said to it, over the tree in which it is marked."""
    app = prepared(held())
    app.session.reader.given = COMMAND
    assert snap_compare(app, terminal_size=SMALL, run_before=pressing("b"))
