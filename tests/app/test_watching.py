"""What people see when a file has changed: marks in the tree, what a re-run would do, and all in full."""

from dataclasses import replace

from textual.pilot import Pilot

from flow_tui.app.app import FlowApp
from flow_tui.app.screens.again import AgainMenu
from flow_tui.app.widgets.step_tree import StepTree
from flow_tui.dsl.diff import Changes, OptionChange, StepChange
from flow_tui.model.ids import StepPath
from flow_tui.model.plan import PlanNode
from flow_tui.runtime.messages import LibraryChanged, Rerun, SetWatch, WatchChanged
from flow_tui.runtime.ways import Way, WayTold
from tests.app import fakes
from tests.app.fakes import RUN, FakeReader, FakeSession, FixedClock, drive, press, screen_text, settle

NAME = "new\x1b[31m [bold]"
CHANGES = Changes(
    options=(),
    body=(
        StepChange(mark="=", kind="call", name="plan", path="0", before="0"),
        StepChange(
            mark="~",
            kind="script",
            name="build",
            path="1",
            before="1",
            options=(OptionChange(name="timeout", before="10m", after="5m"),),
        ),
        StepChange(mark="+", kind="call", name=NAME, path="2"),
        StepChange(mark="-", kind="gate", name="approve", path="3", before="3"),
    ),
    always=(),
)
NEWS = LibraryChanged(
    file="deploy.wf",
    plan=(PlanNode(path=StepPath("2"), kind="call", name=NAME, label=NAME),),
    changed=("deploy.wf",),
    changes=CHANGES,
    against=RUN,
)
TOLD = WatchChanged(
    armed=True,
    policy="manual",
    watched=("deploy.wf",),
    trigger="deploy.wf",
    changed_at=fakes.at(130),
    effect="told",
    has_moved_on=True,
)


def tree_of(app: FlowApp) -> str:
    """Return what the rows of the tree say."""
    return "\n".join(line[:69] for line in screen_text(app).split("\n"))


def test_a_change_is_marked_in_the_tree_and_told_in_full() -> None:
    """Of the run on screen only, also while that goes on, and of files beside the definition.

    A broken file leaves the marks of the last good one.
    """

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        shown = tree_of(app)
        assert "= " in shown
        assert "timeout 10m → 5m" in shown
        assert "new␛[31m [bold]" in shown
        assert "1 added, 1 removed, 1 changed" in screen_text(app)
        app.session.inbox.put(fakes.BROKEN)
        await settle(app, pilot)
        assert "timeout 10m → 5m" in tree_of(app)
        await press(app, pilot, "D")
        assert "no new run can start until it is mended" in screen_text(app)
        await press(app, pilot, "escape")
        app.screen.query_one(StepTree).go_to(StepPath("+2"))
        await settle(app, pilot)
        await press(app, pilot, "D")
        assert "~ script build  timeout 10m → 5m" in screen_text(app)
        await press(app, pilot, "escape")
        reader = app.session.reader
        assert isinstance(reader, FakeReader)
        plan = (PlanNode(path=StepPath("0"), kind="call", name="plan", label="plan"),)
        reader.again_told = replace(
            reader.again_told, changed=("style.md",), runs={StepPath("0"): "the file style.md has changed"}
        )
        app.session.inbox.put(
            replace(NEWS, plan=plan, changes=Changes(options=(), body=CHANGES.body[:1], always=()))
        )
        await settle(app, pilot)
        assert "the file style.md" in tree_of(app)
        assert "from plan on it runs again" in screen_text(app)
        await press(app, pilot, "D")
        assert "The workflow itself is as it was." in screen_text(app)
        assert "~ plan: the file style.md has changed" in screen_text(app)
        assert "nothing changed" not in screen_text(app)
        assert "cancel it first" not in screen_text(app)
        await press(app, pilot, "escape")
        reader.again_told = replace(reader.again_told, changed=(), runs={})
        app.session.inbox.put(replace(NEWS, against=fakes.HISTORY[2].run_id))
        app.session.inbox.put(replace(NEWS, changes=Changes(options=(), body=(), always=())))
        await settle(app, pilot)
        assert "timeout 10m → 5m" not in tree_of(app)
        await press(app, pilot, "D")
        assert len(app.screen_stack) == 1
        assert any("no change is known of" in each.message for each in app._notifications)

    drive(script, fakes.running(), size=(120, 30), news=[NEWS, replace(TOLD, effect="")])


def test_where_nobody_watches_it_is_looked_up_what_has_changed() -> None:
    """When somebody asks, and from then on again; what cannot be read is said to be so."""
    clock = FixedClock(134)

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        session = app.session
        assert isinstance(session, FakeSession)
        assert "timeout 10m → 5m" not in tree_of(app)
        reader = session.reader
        same = replace(fakes.AGAIN, changes=Changes(options=(), body=(), always=()), changed=())
        reader.again_told = same
        await press(app, pilot, "D")
        assert len(app.screen_stack) == 1
        assert any("nothing it is made of has changed" in each.message for each in app._notifications)
        reader.again_told = replace(same, changed=("do.py",))
        await press(app, pilot, "D")
        assert "do.py" in screen_text(app)
        await press(app, pilot, "escape")
        reader.again_told = replace(fakes.AGAIN, changes=CHANGES, plan=NEWS.plan or ())
        await press(app, pilot, "D")
        assert "~ script build  timeout 10m → 5m" in screen_text(app)
        await press(app, pilot, "escape")
        assert "timeout 10m → 5m" in tree_of(app)
        assert "new␛[31m [bold]" in tree_of(app)
        broken = WayTold(way=Way.SAME, why_not="deploy.wf has errors: no")
        reader.again_told = replace(fakes.AGAIN, ways=(broken,), changes=None)
        clock.set(140)
        await settle(app, pilot)
        assert "timeout 10m → 5m" not in tree_of(app)
        await press(app, pilot, "D")
        assert "deploy.wf has errors: no." in screen_text(app)

    drive(script, fakes.failed(), size=(120, 30), clock=clock)


def test_by_hand_people_are_told_what_a_re_run_would_do_and_both_keys_lead_there() -> None:
    """The reader works it out once the run is over; nothing runs by itself."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        assert "a re-run runs 2 of 5 steps: test-api, canary" in screen_text(app)
        last = screen_text(app).rstrip().split("\n")[-1]
        assert ("R Re-run" in last, "Resume" in last) == (True, False)
        for key in ("r", "R"):
            await press(app, pilot, key)
            assert isinstance(app.screen, AgainMenu)
            await press(app, pilot, "escape")
        assert app.session.sent == []
        await press(app, pilot, "r", "c")
        assert app.session.sent == [Rerun(run_id=RUN, is_warm=True)]
        await press(app, pilot, "W")
        assert app.session.sent[-1] == SetWatch(armed=False, policy="manual")

    drive(script, fakes.completed(), size=(120, 30), news=[NEWS, TOLD])


def test_after_a_change_of_what_no_step_names_everything_runs() -> None:
    """The line at the bottom and the page in full say so; the reader is asked with it."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        assert "a re-run runs every step" in screen_text(app)
        await press(app, pilot, "D")
        assert "src/a.txt has changed, and nobody knows which step reads it" in screen_text(app)

    told = replace(TOLD, trigger="src/a.txt", beyond=("src/a.txt", fakes.at(130)))
    drive(script, fakes.completed(), size=(120, 30), news=[told])


def test_the_launch_dialog_says_what_is_different_since_the_last_run() -> None:
    """The first few things, and how many there are."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        app.session.reader.prepared = replace(fakes.PREPARED, changes=CHANGES)
        await press(app, pilot, "n")
        shown = screen_text(app)
        assert "1 added, 1 removed, 1 changed since" in shown
        assert "~ script build  timeout 10m → 5m" in shown

    drive(script, fakes.completed(), size=(100, 50))
