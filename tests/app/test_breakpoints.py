"""Breakpoints by keys, and what is said to a step at which a run pauses."""

import json

from textual.pilot import Pilot
from textual.widgets import TextArea

from flow_tui.app.app import FlowApp
from flow_tui.app.letting_go import commands, told
from flow_tui.app.screens.confirm import Confirm
from flow_tui.app.screens.paused import HeldMenu
from flow_tui.app.screens.run import RunScreen
from flow_tui.app.screens.typed import Seen, Typed
from flow_tui.app.widgets.step_tree import StepTree
from flow_tui.engine.commands import ReleaseStep, SetBreakpoints
from flow_tui.model import events as ev
from flow_tui.model.breakpoints import Breakpoint, Release
from flow_tui.model.ids import StepPath
from flow_tui.model.status import StepStatus
from flow_tui.model.values import ActionOutput
from flow_tui.runtime.step_news import HeldTold, StepGiven
from flow_tui.view.rows import RowTable
from tests.app import fakes
from tests.app.fakes import RUN, History, drive, press, screen_text, settle

BUILD, POINT = StepPath("1"), Breakpoint(workflow="deploy", path=StepPath("1"))
HOSTILE = "\x1b[31m[bold]build[/]"
COMMAND = StepGiven(
    token=0,
    variables={"env": "staging", "workflow_run_id": RUN, "api_token": "s3cr3t"},
    held=HeldTold(
        kind="command",
        text="./build.sh {{env}}",
        whole="./build.sh staging",
        fixed=("workflow_run_id",),
    ),
)


def held(name: str = "build", *, is_after: bool = False) -> History:
    """Return a run that pauses at its second step."""
    story = fakes.started().step(0, "0", "plan").done(21, "0", result_text="3 files changed")
    story.add(21, ev.BreakpointsSet(points=(POINT,), by="nina"))
    if is_after:
        story.step(21, "1", name, "script").done(83, "1", result_text="exit 0")
    return story.add(100, ev.StepPaused(path=BUILD, name=name, kind="script", is_after=is_after))


def sent(app: FlowApp) -> list[object]:
    """Return what was sent, and forget it."""
    found, app.session.sent[:] = list(app.session.sent), []
    return found


def test_b_sets_a_breakpoint_on_a_step_to_come_and_removes_it() -> None:
    """The tree marks it; a block has none, and says so; nor has a step that has run."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        tree = app.screen.query_one(StepTree)
        for path, point in (("1", POINT), ("5/0", Breakpoint(workflow="deploy", path=StepPath("5/0")))):
            tree.go_to(StepPath(path))
            await press(app, pilot, "b")
            assert sent(app) == [SetBreakpoints(run_id=RUN, add=(point,), by="nina")]
        assert "●" not in screen_text(app).replace("● follow", "")
        fakes.feed(app, fakes.started().add(1, ev.BreakpointsSet(points=(POINT,))).events)
        tree.go_to(BUILD)
        await settle(app, pilot)
        assert "○ ● build" in screen_text(app)
        left = fakes.replace(app.scene.state, left_at=fakes.at(2))
        assert not RowTable(left).at(BUILD).has_breakpoint  # nobody is there to pause
        assert "b Breakpoint" not in screen_text(app)
        await press(app, pilot, "v")
        assert "○ ● build" in screen_text(app)
        await press(app, pilot, "v")
        assert "[● build" in screen_text(app)
        await press(app, pilot, "v", "b")
        assert sent(app) == [SetBreakpoints(run_id=RUN, remove=(POINT,), by="nina")]
        for path, why in (("2", "only a step"), ("0", "it has begun")):
            if path == "0":
                fakes.feed(app, held().events)
                app.scene.state.held_at = ()
            tree.go_to(StepPath(path))
            await press(app, pilot, "b")
            assert any(why in each.message for each in app._notifications)
        assert sent(app) == []

    drive(script, fakes.started(), user="nina")


def test_a_paused_step_is_named_and_can_be_let_go_in_every_way() -> None:
    """The attention bar names the key; what is shown is made harmless, and secrets are not shown."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        app.session.reader.given = COMMAND
        shown = screen_text(app)
        assert "[bold]build[/] paused at a breakpoint" in shown
        assert "\x1b" not in shown
        assert "▲ waiting" in shown
        assert "b Breakpoint" in shown
        await press(app, pilot, "enter")
        assert isinstance(app.screen, HeldMenu)
        await press(app, pilot, "escape")
        assert isinstance(app.screen, RunScreen)
        for key, command in (
            ("g", [ReleaseStep(run_id=RUN, path=BUILD, by="nina")]),
            (
                "o",
                [
                    SetBreakpoints(run_id=RUN, remove=(POINT,), by="nina"),
                    ReleaseStep(run_id=RUN, path=BUILD, by="nina"),
                ],
            ),
            ("s", [ReleaseStep(run_id=RUN, path=BUILD, how=Release.STEP, by="nina")]),
        ):
            await press(app, pilot, "b")
            assert isinstance(app.screen, HeldMenu)
            assert "./build.sh staging" in screen_text(app)
            await press(app, pilot, key)
            assert sent(app) == command
        await press(app, pilot, "b", "i")
        assert isinstance(app.screen, Seen)
        assert "s3cr3t" not in "\n".join(app.screen._lines)
        await press(app, pilot, "escape", "enter")
        assert isinstance(app.screen, RunScreen)
        assert sent(app) == []

    drive(script, held(HOSTILE), user="nina")


def test_a_command_and_values_can_be_changed_and_are_asked_about_once_more() -> None:
    """A command that no definition says runs only after it was shown; hidden values cannot be touched.

    What was changed is there again when the menu was closed meanwhile.
    """

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        app.session.reader.given = COMMAND
        await press(app, pilot, "b", "e")
        app.screen.query_one(TextArea).text = "./build.sh --fast {{env}}"
        await press(app, pilot, "ctrl+s")
        assert isinstance(app.screen, Confirm)
        assert "./build.sh --fast" in screen_text(app)
        await press(app, pilot, "r", "v")
        area = app.screen.query_one(TextArea)
        assert json.loads(area.text) == {"env": "staging"}
        for text, why in (("{", "not JSON"), ('{"env": 1}', "not a text"), ('{"x": "y"}', "no variable x")):
            area.text = text
            await press(app, pilot, "ctrl+s")
            assert isinstance(app.screen, Typed)
            assert why in screen_text(app)
        area.text = '{"env": "prod"}'
        await press(app, pilot, "ctrl+s")
        assert "changed by you: env, the command" in screen_text(app)
        await press(app, pilot, "escape")
        assert isinstance(app.screen, RunScreen)
        await press(app, pilot, "b")
        assert "changed by you: env, the command" in screen_text(app)
        await press(app, pilot, "g")
        text = "./build.sh --fast {{env}}"
        both = {"values": {"env": "prod"}, "text": text}
        assert sent(app) == [
            ReleaseStep(run_id=RUN, path=BUILD, how=Release.EDIT, by="nina", text=text),
            ReleaseStep(run_id=RUN, path=BUILD, how=Release.EDIT, by="nina", **both),
            ReleaseStep(run_id=RUN, path=BUILD, by="nina", **both),
        ]
        await press(app, pilot, "b", "k")
        app.screen.query_one(TextArea).text = '{"markers": "ok"}'
        await press(app, pilot, "ctrl+s")
        assert isinstance(app.screen, Typed)
        app.screen.query_one(TextArea).text = '{"markers": ["ok"]}'
        await press(app, pilot, "ctrl+s")
        assert sent(app) == [
            ReleaseStep(run_id=RUN, path=BUILD, how=Release.SKIP, by="nina", output='{"markers": ["ok"]}')
        ]

    drive(script, held(), user="nina")


def test_after_a_step_it_can_be_run_once_more_and_the_menu_closes_when_it_goes_on() -> None:
    """Somebody else may have let it go; leaving runs to finish lets every one go on."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        assert told(app.scene) == ("build paused at a breakpoint: left to finish, they go on.",)
        assert list(commands(app.scene)) == [
            SetBreakpoints(run_id=RUN, remove=(POINT,), by="nina"),
            ReleaseStep(run_id=RUN, path=BUILD, by="nina"),
        ]
        await press(app, pilot, "b", "a")
        assert sent(app) == [ReleaseStep(run_id=RUN, path=BUILD, how=Release.AGAIN, by="nina")]
        await press(app, pilot, "b")
        released = ev.StepReleased(path=BUILD, how=Release.GO_ON, by="ada")
        fakes.feed(app, [fakes.replace(held().events[-1], seq=99, event=released)])
        await settle(app, pilot)
        assert isinstance(app.screen, RunScreen)
        assert "paused" not in screen_text(app).replace("not paused any more", "")

    drive(script, held(is_after=True), user="nina")


def test_a_step_whose_output_was_given_is_told_apart() -> None:
    """By its mark and its words."""
    story = held().add(101, ev.StepReleased(path=BUILD, how=Release.SKIP, by="nina"))
    output = ActionOutput(context="made up", result_text="made up")
    given = ev.StepFinished(path=BUILD, outcome=StepStatus.COMPLETED, output=output, reason=ev.Reason.GIVEN)

    async def script(app: FlowApp, _pilot: Pilot[None]) -> None:
        assert "– ● build" in screen_text(app)
        assert "given by a person" in screen_text(app)

    drive(script, story.add(101, given), size=(120, 24))


def test_what_is_typed_to_be_handed_over_fits_the_schema_of_the_step_and_is_kept() -> None:
    """It begins with something that fits; what does not is told in place; a refusal later loses nothing.

    What was changed before, by a dashboard that is gone, is there as well.
    """
    schema = "fields:\n  good: boolean\n  level: enum(low, high)\n"
    told = HeldTold(kind="prompt", text="Do.", schema=schema, output='{"good": false, "level": "low"}')
    kept = ev.StepReleased(path=BUILD, how=Release.EDIT, text="Do it well.", by="ada")

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        app.session.reader.given = fakes.replace(COMMAND, held=told)
        await press(app, pilot, "b")
        assert "changed by you: the prompt" in screen_text(app)
        assert "Do it well." in screen_text(app)
        await press(app, pilot, "k")
        area = app.screen.query_one(TextArea)
        assert area.text == told.output
        for text, why in (('{"good": true}', "'level' is missing"), ("{", "not JSON"), ("", "was asked for")):
            area.text = text
            await press(app, pilot, "ctrl+s")
            assert isinstance(app.screen, Typed)
            assert why in screen_text(app)
        area.text = typed = '{"good": true, "level": "high"}'
        await press(app, pilot, "ctrl+s")
        given = ReleaseStep(run_id=RUN, path=BUILD, how=Release.SKIP, by="nina", output=typed)
        assert sent(app) == [given]
        await press(app, pilot, "b", "k")
        assert app.screen.query_one(TextArea).text == typed

    drive(script, held().add(101, kept), user="nina")
