"""Preparing a run: nothing starts by accident, and what is missing is said."""

import shlex
from dataclasses import replace

from textual.events import Paste
from textual.pilot import Pilot

from flow_tui import masking
from flow_tui.app.app import FlowApp
from flow_tui.app.screens.home import HomeScreen
from flow_tui.app.screens.launch import LaunchDialog
from flow_tui.app.session import StartArgs
from flow_tui.app.widgets.tick import Tick
from flow_tui.engine.commands import Definition, StartRun
from flow_tui.model.values import RunOptions
from flow_tui.runtime.chores import TurnsChanged
from flow_tui.runtime.library import sound
from flow_tui.runtime.messages import ConsentAsked, Launch, LaunchPrepared, SetWatch, WatchChanged
from tests.app import fakes
from tests.app.fakes import Script, drive, press, screen_text, settle

SOURCE = 'workflow w { script a { run = "true" } }'


def preparing(script: Script, prepared: LaunchPrepared = fakes.PREPARED, **more: object) -> FlowApp:
    """Run a script in the dialog over home."""

    async def opened(app: FlowApp, pilot: Pilot[None]) -> None:
        app.session.reader.prepared = prepared
        await press(app, pilot, "n")
        await script(app, pilot)

    start = StartArgs(title="app", home=True)
    first, *others = fakes.WORKFLOWS
    entries = (replace(first, inputs=prepared.inputs), *others)
    return drive(opened, start_args=start, workflows=entries, **more)


def test_nothing_starts_until_all_is_there_and_the_reason_is_said() -> None:
    """Letters are only text, Enter goes on to the next field, and what is wrong stands under its field."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        dialog = app.screen
        assert isinstance(dialog, LaunchDialog)
        assert "Cannot start: env has to be given" in screen_text(app)
        await press(app, pilot, "ctrl+s", "enter", "shift+tab")
        assert "env has to be given" in screen_text(app).replace("Cannot start: env", "")
        await press(app, pilot, *"qnyrx", "enter")
        assert dialog.values["env"] == "qnyrx"
        assert "Ready to start" in screen_text(app)
        assert app.session.sent == []
        await press(app, pilot, "escape")
        assert isinstance(app.screen, HomeScreen)
        assert app.session.sent == []

    preparing(script)


def test_whoever_does_not_let_it_run_finds_the_dialog_as_it_was() -> None:
    """What was typed is still there, and how it was to be carried out."""
    definition = Definition(workflow=sound(SOURCE, "w.wf"), source=SOURCE, file="w.wf", root="/p")

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, *"stage", "tab", *"v2", "ctrl+s")
        (wish,) = app.session.sent
        assert isinstance(wish, Launch)
        wish = replace(wish, options=replace(wish.options, dry_run=True))
        command = StartRun(definition=definition)
        app.session.inbox.put(ConsentAsked(command=command, executes=("script a: true",), launch=wish))
        await settle(app, pilot)
        await press(app, pilot, "enter")
        await settle(app, pilot)
        dialog = app.screen
        assert isinstance(dialog, LaunchDialog)
        assert (dialog.values["env"], dialog.manner.dry_run) == ("stage", True)
        await press(app, pilot, "ctrl+s")
        assert app.session.sent[1:] == [wish]

    preparing(script)


def test_what_is_filled_in_is_what_starts_and_what_the_command_line_says() -> None:
    """Defaults are left to the workflow; a dry run is one; the line is copied as it is shown."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        dialog = app.screen
        assert isinstance(dialog, LaunchDialog)
        await press(app, pilot, *"it's", "tab", "tab", "space", "tab", *"hunter2hunter2")
        assert "hunter2" not in screen_text(app)
        assert (
            dialog.command
            == """flow-tui run deploy -i env='it'"'"'s' -i notify=true -i api_token="$API_TOKEN\""""
        )
        await press(app, pilot, "tab", "space", "ctrl+y")
        assert app.clipboard == f"{dialog.command}"
        assert shlex.split(app.clipboard)[-1] == "--dry-run"
        await press(app, pilot, "ctrl+s")
        inputs = {"env": "it's", "notify": "true", "api_token": "hunter2hunter2"}
        options = RunOptions(dry_run=True, trigger="dashboard")
        assert app.session.sent == [Launch(workflow="deploy", inputs=inputs, options=options)]
        assert isinstance(app.screen, HomeScreen)

    preparing(script)


def test_the_inputs_of_the_newest_run_can_be_taken() -> None:
    """Those that are still asked for, and none that nobody should see."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        dialog = app.screen
        assert isinstance(dialog, LaunchDialog)
        assert "^o inputs of #a1ed" in screen_text(app)
        await press(app, pilot, "ctrl+o")
        assert dialog.values == {"env": "prod eu", "ref": "", "notify": "false", "api_token": ""}
        assert "s3cret" not in screen_text(app)
        assert dialog.command == "flow-tui run deploy -i env='prod eu'"

    preparing(script)


def test_a_text_of_several_lines_is_not_cut_in_silence() -> None:
    """A field holds one line; what was given before may have more, and stays as it was."""
    story = "first\nsecond"
    last = replace(fakes.HISTORY[1], inputs={"ref": story})

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        dialog = app.screen
        assert isinstance(dialog, LaunchDialog)
        app.post_message(Paste(story))
        await settle(app, pilot)
        assert dialog.values["env"] == "first"
        assert any("only the first line" in each.message for each in app._notifications)
        await press(app, pilot, "ctrl+o")
        assert dialog.values["ref"] == story
        assert shlex.split(dialog.command)[-1] == f"ref={story}"

    preparing(script, replace(fakes.PREPARED, last=last))


def test_mock_and_watch_are_really_asked_for() -> None:
    """The watch is armed before the run begins; mocked, nothing is executed, and that is said."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        text = screen_text(app)
        assert "script build: ./build.sh --release" in text
        assert "about 5m31s; the last 3 completed runs took 4m50s to 11m40s" in text
        await press(app, pilot, "shift+tab", "space", "shift+tab", "space")
        assert "nothing: all outputs are invented" in screen_text(app)
        await press(app, pilot, "tab", "tab", "tab", "enter")
        watch, launch = app.session.sent
        assert watch == SetWatch(armed=True, policy="queue")
        assert launch == Launch(workflow="deploy", options=RunOptions(mock=True, trigger="dashboard"))

    async def disarming(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "shift+tab", "space", "ctrl+s")
        assert app.session.sent[0] == SetWatch(armed=False, policy="restart")

    alone = replace(fakes.PREPARED, inputs=())
    preparing(script, alone)
    preparing(disarming, alone, news=[WatchChanged(armed=True, policy="restart")])


def test_a_secret_is_no_input() -> None:
    """Inputs are recorded: what is known to be a secret is refused while it is typed."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, *"xyzzy-plugh-42")
        text = screen_text(app)
        assert "Cannot start: env holds a secret" in text
        assert "-i env=xyzzy" not in text
        await press(app, pilot, "ctrl+s")
        assert app.session.sent == []

    masking.of_program.cache_clear()
    masking.of_program().add(("xyzzy-plugh-42",))
    try:
        preparing(script)
    finally:
        masking.of_program.cache_clear()


def test_the_dialog_follows_the_file() -> None:
    """What was filled in stays when inputs come and go; a file that breaks cannot be started."""
    clock = fakes.FixedClock()

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        dialog = app.screen
        assert isinstance(dialog, LaunchDialog)
        await press(app, pilot, *"prod")
        first, second, *_ = fakes.PREPARED.inputs
        app.session.reader.prepared = replace(fakes.PREPARED, inputs=(second, first))
        clock.set(200)
        await settle(app, pilot)
        assert dialog.values == {"ref": "", "env": "prod"}
        broken = "deploy.wf:3:1: error[P-X]: no"
        app.session.reader.prepared = LaunchPrepared(token=0, workflow="deploy", problems=(broken,))
        clock.set(300)
        await settle(app, pilot)
        assert broken in screen_text(app)
        assert "Cannot start: the workflow has errors" in screen_text(app)
        await press(app, pilot, "ctrl+s")
        assert app.session.sent == []

    preparing(script, clock=clock)


def test_a_run_can_wait_for_its_turn_while_others_run() -> None:
    """Which is offered only then; what waits is named, and that it never runs is said to who leaves."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        app.session.reader.prepared = replace(fakes.PREPARED, inputs=())
        await press(app, pilot, "n")
        assert "after what runs now" in screen_text(app)
        ticks = [tick for tick in app.screen.query(Tick) if tick.display]
        ticks[-1].focus()
        await press(app, pilot, "space", "ctrl+s")
        assert app.session.sent[-1].in_turn
        app.session.inbox.put(TurnsChanged(workflows=("deploy", "nightly")))
        await settle(app, pilot)
        assert "after what runs now: deploy, nightly" in screen_text(app)
        await press(app, pilot, "q")
        assert "and then never run: deploy, nightly" in screen_text(app)

    drive(script, fakes.running())


def test_a_run_on_screen_can_be_started_anew_with_other_inputs() -> None:
    """N asks for the workflow of the whole run, by its file."""
    asked: list[str] = []

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        launch = app.session.reader.launch
        app.session.reader.launch = lambda token, workflow: (asked.append(workflow), launch(token, workflow))
        await press(app, pilot, "n")
        assert isinstance(app.screen, LaunchDialog)

    drive(script, fakes.running())
    assert asked == ["/home/nina/app/.flow/workflows/deploy.wf"]
