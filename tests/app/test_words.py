"""What bars and titles say: whether the cursor follows, what changed, how a run ended, what can be done."""

import pytest
from textual.pilot import Pilot

from flow_tui.app.app import FlowApp
from flow_tui.app.session import StartArgs
from flow_tui.app.widgets.log_view import LogView
from flow_tui.app.widgets.notices import ending, failures
from flow_tui.app.widgets.step_tree import StepTree
from flow_tui.app.widgets.watch_bar import lines as watching
from flow_tui.exit_codes import ExitCode
from flow_tui.model import events as ev
from flow_tui.model.fold import replay
from flow_tui.model.ids import StepPath
from flow_tui.model.status import Reason, RunStatus, StepStatus
from flow_tui.runtime.chores import Unused
from flow_tui.runtime.messages import (
    LibraryChanged,
    News,
    Policy,
    Refused,
    RunLeft,
    RunLost,
    WatchChanged,
)
from flow_tui.view.rows import RowTable
from tests.app import fakes
from tests.app.fakes import RUN, History, at, drive, press, screen_text, settle


def test_the_tree_follows_the_run_until_somebody_steers_and_again_when_asked() -> None:
    """Said in the title, whatever is done."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        tree = app.screen.query_one(StepTree)
        assert "Steps  10  ● follow" in screen_text(app)
        await press(app, pilot, "g")
        assert (tree.path, "○ not following" in screen_text(app)) == (StepPath("0"), True)
        await press(app, pilot, "f")
        assert (tree.path, "○ not following" in screen_text(app)) == (StepPath("2/1"), False)
        await press(app, pilot, "f")
        assert "○ not following" in screen_text(app)
        assert tree.path == "2/1"

    drive(script, fakes.running())


def test_beside_the_output_the_same_key_is_about_the_output() -> None:
    """The tree goes on following."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "3", "f")
        assert not app.screen.query_one(LogView).follow
        assert app.screen.query_one(StepTree).is_following

    drive(script, fakes.running())


def test_the_step_that_failed_first_is_the_one_to_read_of_a_run_that_is_over() -> None:
    """What failed afterwards, such as cleaning up, is not why; meanwhile the newest is the news."""
    story = fakes.failed()
    story.step(135, "always/0", "cleanup", "script").failed(136, "always/0", "exit 4")
    failed = [StepPath("2/1"), StepPath("always/0")]
    state = replay(RUN, story.events)
    assert "test-api (+1)" in "".join(each.plain for each in failures(state, failed))
    state.status = RunStatus.RUNNING
    assert "cleanup (+1)" in "".join(each.plain for each in failures(state, failed))


def test_a_run_that_a_time_limit_ended_says_so_though_a_step_says_it_too() -> None:
    """Cancelled by whom or what is never left open."""
    story = fakes.running().failed(133, "2/1", "timed out after 4s")
    state = replay(RUN, story.over(134, RunStatus.CANCELLED, "timed out after 4s").events)
    state.reason = Reason.TIMEOUT
    assert "out of time" in "".join(each.plain for each in ending(state, [StepPath("2/1")]))


def test_there_is_nothing_to_follow_once_a_run_is_over() -> None:
    """Neither the title nor the footer speaks of it."""

    async def script(app: FlowApp, _: Pilot[None]) -> None:
        title = screen_text(app).split("\n")[1]
        assert "follow" not in title
        assert "f Follow" not in screen_text(app)

    drive(script, fakes.completed())


# Endings


def ended(story: History) -> str:
    """Return what is said of the end of a run."""
    runs = fakes.flow_app().scene.runs
    for recorded in story.events:
        runs.take(recorded)
    state = runs.states[RUN]
    return "\n".join(said.plain for said in ending(state, RowTable(state).failures))


def test_a_run_that_is_over_says_how_and_what_can_be_done() -> None:
    """Outcome, length, and the keys; the reason only where no step tells it."""
    assert ended(fakes.running()) == ""
    assert ended(fakes.completed()) == "✓ completed after 2m30s  R run again  q quit"
    assert ended(fakes.failed()) == "✗ failed after 2m14s  r go on where it stopped  R run again  q quit"
    cancelled = fakes.started().over(5, RunStatus.CANCELLED, reason=Reason.SHUTDOWN)
    assert "after 5s  the program was ended  r go on" in ended(cancelled)


GONE = "/state/runs.db cannot be used: it was replaced or deleted while it was in use"


def lost() -> History:
    """Return a run whose storage vanished under it."""
    story = fakes.running().failed(134, "2/1", GONE).failed(134, "2/2", GONE)
    return story.add(134, ev.EngineFailed(error=GONE, is_kept=False))


def test_a_run_whose_storage_is_gone_offers_nothing_that_cannot_work() -> None:
    """Neither the words nor the keys speak of going on or of running anew; they say why, and how to leave."""
    assert ended(lost()) == "✗ failed after 2m14s  it is not stored and cannot go on  q quit"

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        said = screen_text(app)
        assert "runs.db cannot be used" in said
        assert "it is not stored and cannot go on" in said
        assert "r Resume" not in said
        assert "R Re-run" not in said
        await press(app, pilot, "r", "R")
        session = app.session
        assert isinstance(session, fakes.FakeSession)
        assert session.sent == []
        await press(app, pilot, "q")
        assert app.exit_code is ExitCode.ENGINE

    drive(script, lost())


def test_a_run_that_waits_for_a_locked_storage_says_so_until_it_goes_on() -> None:
    """The header goes on counting: what stands still is said, and why, and nothing of it stays."""
    busy = "the storage is busy: database is locked"

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        said = screen_text(app)
        assert f"! the run waits for the storage: {busy}" in said
        assert "x Cancel" in said
        app.session.inbox.put(recorded(ev.StorageWaited(reason="")))
        await settle(app, pilot)
        assert "storage" not in screen_text(app)

    def recorded(event: ev.Event) -> ev.Recorded:
        return ev.Recorded(seq=99, at=at(134), run_id=RUN, event=event)

    drive(script, fakes.running().add(132, ev.StorageWaited(reason=busy)))


def shown(story: History, *news: News) -> str:
    """Return the whole screen."""
    said: list[str] = []

    async def script(app: FlowApp, _: Pilot[None]) -> None:
        said.append(screen_text(app))

    drive(script, story, size=(110, 24), news=news)
    return said[0]


def test_a_run_whose_program_is_gone_is_never_shown_as_running() -> None:
    """Header, rows and footer: interrupted, its clocks stand still, and it can be resumed."""
    text = shown(fakes.running(), RunLeft(run_id=RUN, at=at(133)))
    assert "⊘ interrupted 02:13+" in text
    assert "⊘ interrupted after at least 2m13s" in text
    assert "▶" not in text
    assert "nobody works on it any more" in text
    assert "r Resume" in text
    assert "x Cancel" not in text
    assert "3 test-ui" in text  # where it was cut off


def test_a_run_that_was_let_go_says_why_and_is_no_success() -> None:
    """The storage is not waited for any more; the reason stays on screen, and in the exit status."""
    busy = "the storage cannot write: disk is full"

    async def script(app: FlowApp, _: Pilot[None]) -> None:
        said = screen_text(app)
        assert "waits for the storage" not in said
        assert "⊘ interrupted after 2m13s  it took nothing" in said
        assert app.exit_code is ExitCode.ENGINE

    story = fakes.running().add(132, ev.StorageWaited(reason=busy))
    drive(script, story, news=[RunLeft(run_id=RUN, at=at(133), why="it took nothing")])


def test_a_run_that_another_process_took_over_is_no_success_of_this_one() -> None:
    """Left while it goes on elsewhere, the exit status says whose it is."""

    async def script(app: FlowApp, _: Pilot[None]) -> None:
        assert app.exit_code is ExitCode.OWNED

    drive(script, fakes.running(), news=[RunLost(run_id=RUN, why="another process works on it now")])


@pytest.mark.parametrize(("armed", "said"), [(False, "○ not started"), (True, "○ starting")])
def test_what_is_mended_starts_only_while_the_watch_is_on(armed: bool, said: str) -> None:
    """Nothing is said to start that waits for somebody to turn the watch on."""

    async def script(app: FlowApp, _: Pilot[None]) -> None:
        assert said in screen_text(app)

    news = [fakes.BROKEN, LibraryChanged(file=fakes.BROKEN.file), WatchChanged(armed=armed, policy="queue")]
    drive(script, None, news=news, start_args=StartArgs(home=False))


def test_a_gate_that_was_passed_over_leaves_the_screen_calm() -> None:
    """The run completed: no failure is counted, jumped to or offered."""
    late = ev.StepFinished(
        path=StepPath("0"), outcome=StepStatus.TIMED_OUT, reason=Reason.GATE_EXPIRED, error=""
    )
    opened = ev.GateOpened(
        path=StepPath("0"), gate="human_approval", prompt="?", deadline=at(5), on_timeout="continue"
    )
    story = fakes.started().add(0, ev.StepStarted(path=StepPath("0"), name="ask", kind="gate"))
    text = shown(story.add(0, opened).add(5, late).over(6, RunStatus.COMPLETED))
    assert "✗" not in text
    assert "E Next error" not in text
    assert "nobody answered in time" in text


def test_what_the_settings_ask_for_in_vain_is_shown() -> None:
    """A sink that cannot be used harms nothing, and is not only told to the log."""
    why = "sink 'jsonl' is not used: it cannot write /gone/x"

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await pilot.pause()
        assert f"▲ {why}" in screen_text(app) or why in screen_text(app)

    drive(script, fakes.running(), news=[Unused(why=why)])


# Watching


@pytest.mark.parametrize(
    ("watch", "said"),
    [
        (WatchChanged(armed=False, policy="queue"), ""),
        (
            WatchChanged(armed=True, policy="queue", watched=("a.wf", "b.py", "c.py")),
            "◉ re-runs after the run · w policy  W pause · watching a.wf +2",
        ),
        (
            WatchChanged(
                armed=True,
                policy="queue",
                watched=("a.wf",),
                trigger="a.wf",
                changed_at=at(2),
                effect="queued",
                queued=True,
            ),
            "◉ a.wf changed 12s ago → 1 re-run queued · re-runs after the run · w policy  W pause",
        ),
        (
            WatchChanged(armed=False, policy="queue", trigger="a.wf", changed_at=at(2)),
            "○ a.wf changed 12s ago · the next run takes it as it is now",
        ),
        (
            WatchChanged(armed=False, policy="queue", trigger="a.wf", changed_at=at(2), effect="broken"),
            "○ a.wf changed 12s ago → the workflow is broken, nothing runs",
        ),
        (WatchChanged(armed=False, policy="queue", note="cannot watch"), "○ cannot watch"),
        (
            WatchChanged(armed=True, policy="manual", watched=("a.wf",), suspended="src/x.py"),
            "◉ suspended: src/x.py is changed by each run it starts · W go on",
        ),
        (
            WatchChanged(armed=True, policy="ignore", trigger="b.py", others=3, effect="ignored", ignored=2),
            "◉ b.py +3 changed → 2 ignored, a run was in progress · ignores changes during a run",
        ),
        (
            WatchChanged(armed=True, policy="manual", trigger="a.wf", effect="told", has_moved_on=True),
            "◉ a.wf changed → nothing runs until you say so · only tells of changes · w policy  W pause",
        ),
        (
            WatchChanged(armed=True, policy="restart"),
            "◉ restarts the run · w policy  W pause · nothing to watch yet",
        ),
    ],
)
def test_the_watch_says_what_it_does_and_nothing_when_there_is_nothing(
    watch: WatchChanged, said: str
) -> None:
    """What changed last stands in front, because the end is cut first."""
    running = replay(RUN, fakes.running().events)
    assert "\n".join(line.plain for line in watching(watch, at(14), running, 94)) == said


@pytest.mark.parametrize("policy", ["queue", "restart", "ignore"])
def test_the_watch_speaks_of_no_run_where_none_is_in_progress(policy: Policy) -> None:
    """Whatever is done with a change during a run, one after it starts another."""
    watch = WatchChanged(armed=True, policy=policy, watched=("a.wf",))
    for state in (None, replay(RUN, fakes.completed().events)):
        (line,) = watching(watch, at(14), state, 200)
        assert line.plain == "◉ re-runs on a change · w policy  W pause · watching a.wf"


def test_a_definition_that_was_never_good_is_not_said_to_stay() -> None:
    """Nothing has started, and nothing covers the place of the error."""
    said: list[str] = []

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        app.session.inbox.put(fakes.BROKEN)
        app.session.inbox.put(Refused(what="run", why="deploy.wf has errors"))
        await settle(app, pilot)
        said.append(screen_text(app))

    drive(script)
    assert "○ not started" in said[0]
    assert "last good" not in said[0]
    assert "deploy.wf has errors" not in said[0]
    assert "did you mean 'human_approval'?" in said[0]


def test_a_search_without_a_match_says_so() -> None:
    """Rather than counting to nothing."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "3", "slash", *"nowhere", "enter")
        assert 'no match for "nowhere"' in screen_text(app)

    drive(script, fakes.running(), size=(120, 40))
