"""Home: what the project can run, and what it ran."""

from dataclasses import replace
from datetime import timedelta

import pytest
from textual.content import Content
from textual.pilot import Pilot

from flow_tui.app.app import FlowApp
from flow_tui.app.screens.home import HomeScreen
from flow_tui.app.screens.run import RunScreen
from flow_tui.app.session import StartArgs, WorkflowEntry
from flow_tui.app.widgets import home_entries, home_lines
from flow_tui.app.widgets.entries import Entries
from flow_tui.engine.commands import Definition, StartRun
from flow_tui.exit_codes import ExitCode
from flow_tui.model.status import RunStatus
from flow_tui.model.values import RunOptions
from flow_tui.runtime.library import sound
from flow_tui.runtime.messages import ConsentAsked, CouldNotRead, Launch, OpenRun, RunsListed, WatchChanged
from flow_tui.runtime.remembered import Memory
from tests.app import fakes
from tests.app.fakes import RUN, Script, at, drive, feed, press, screen_text, settle

HERE = RunOptions(trigger="dashboard")

SOURCE = 'workflow w { script a { run = "true" } }'
DEFINITION = Definition(workflow=sound(SOURCE, "w.wf"), source=SOURCE, file="w.wf", root="/project")


def at_home(script: Script) -> FlowApp:
    """Run a script at home."""
    return drive(script, start_args=StartArgs(title="app", home=True), workflows=fakes.WORKFLOWS)


def test_home_lists_workflows_and_runs() -> None:
    """Broken definitions stay in the list; runs say what they wait for."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        text = screen_text(app)
        for said in ("Build, test, deploy", "3 errors", "#a1f3", "approve-deploy", "completed", "exit 1"):
            assert said in text

    at_home(script)


def test_a_workflow_is_started_after_asking() -> None:
    """Enter and n both ask; pressed again, Enter starts nothing."""
    for key in ("enter", "n"):

        async def script(app: FlowApp, pilot: Pilot[None], key: str = key) -> None:
            app.session.reader.prepared = replace(fakes.PREPARED, inputs=())
            await press(app, pilot, "j", key, "enter", "r", "y")
            assert app.session.sent == []
            await press(app, pilot, key, "ctrl+s")
            assert app.session.sent == [Launch(workflow="deploy-docs", options=HERE)]

        at_home(script)


def test_a_run_is_opened_and_left_again() -> None:
    """Its history arrives as events; escape goes back, and the lists are read anew."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "2", "enter")
        assert app.session.sent == [OpenRun(run_id=RUN)]
        assert isinstance(app.screen, HomeScreen)
        feed(app, fakes.failed().events)
        await settle(app, pilot)
        assert isinstance(app.screen, RunScreen)
        assert "assert 401 == 200" in screen_text(app)
        await press(app, pilot, "escape")
        assert isinstance(app.screen, HomeScreen)
        await press(app, pilot, "q")
        assert app._exit

    assert at_home(script).exit_code is ExitCode.COMPLETED


def test_a_workflow_with_errors_is_explained_and_not_started() -> None:
    """The places are shown, in the whole of a small screen; no key runs it, and escape goes back."""
    problem = "old.wf:1:1: error[P-X]: no\n   1 | workflow\n       ^^^^"
    broken = WorkflowEntry(name="old", file="old.wf", errors=3, first_error="line 1: no", problems=(problem,))

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        for key in ("enter", "n"):
            assert "3 errors  line 1: no" in screen_text(app)
            await press(app, pilot, key)
            text = screen_text(app)
            for said in ("3 errors", "old.wf:1:1: error[P-X]: no", "1 | workflow", "and 2 more"):
                assert said in text
            await press(app, pilot, "r", "y", "enter", "escape")
            assert app.session.sent == []

    drive(script, start_args=StartArgs(title="app", home=True), workflows=(broken,))


def test_a_history_that_cannot_be_read_is_not_an_empty_one() -> None:
    """The reason is shown; answers to older questions are not."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        app.session.inbox.put(CouldNotRead(token=1, why="the disk does not answer"))
        await settle(app, pilot)
        assert "the history cannot be read just now: the disk does not answer" in screen_text(app)
        assert "Runs  0" not in screen_text(app)
        assert ("no run on record" in screen_text(app), "not known" in screen_text(app)) == (False, True)
        late = fakes.summary("01KDYWA4M8QG3V7ZTRB2H0ZZZZ", RunStatus.FAILED, 0, 1)
        app.session.inbox.put(RunsListed(token=0, runs=(late,)))
        await settle(app, pilot)
        assert "#zzzz" not in screen_text(app)

    at_home(script)


def test_a_newcomer_is_told_what_to_do() -> None:
    """An empty project is no dead end."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        app.session.inbox.put(RunsListed(token=1, runs=(), root="/home/nina/new"))
        await settle(app, pilot)
        text = screen_text(app)
        for said in ("new  /home/nina/new", "flow-tui init", "flow-tui run FILE", "no runs here yet"):
            assert said in text

    drive(script, start_args=StartArgs(home=True))


def test_the_history_is_looked_at_again_and_the_selection_stays_with_its_run() -> None:
    """Others start runs, too; what was selected is still what Enter opens."""
    clock = fakes.FixedClock()

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "2", "j")
        newer = fakes.summary("01KDYWA4M8QG3V7ZTRB2H0A1FF", RunStatus.COMPLETED, 135, 1)
        clock.set(140)
        await settle(app, pilot)
        app.session.inbox.put(RunsListed(token=2, runs=(newer, *fakes.HISTORY)))
        await settle(app, pilot)
        assert "#a1ff" in screen_text(app)
        await press(app, pilot, "enter")
        assert app.session.sent == [OpenRun(run_id=fakes.HISTORY[1].run_id)]

    drive(script, clock=clock, start_args=StartArgs(home=True), workflows=fakes.WORKFLOWS)


def test_the_cursor_of_a_list_in_which_nobody_has_been_stays_at_its_top() -> None:
    """What begins to wait meanwhile is what one comes upon first."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        screen = app.screen
        assert isinstance(screen, HomeScreen)
        app.session.inbox.put(RunsListed(token=1, runs=fakes.HISTORY[1:]))
        await settle(app, pilot)
        assert screen.selected_run == fakes.HISTORY[1]
        app.session.inbox.put(RunsListed(token=1, runs=fakes.HISTORY, gates=(fakes.GATE,)))
        await settle(app, pilot)
        assert screen.selected_gate == fakes.GATE

    drive(script, start_args=StartArgs(home=True), workflows=fakes.WORKFLOWS)


def test_the_selection_stays_with_its_workflow_when_files_come_and_go() -> None:
    """What was selected is still what Enter asks about; once it is gone, its neighbour."""
    first, second, *others = fakes.WORKFLOWS
    newer = WorkflowEntry(name="a-new-one", file="a.wf")

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        session = app.session
        assert isinstance(session, fakes.FakeSession)
        session.reader.prepared = replace(fakes.PREPARED, inputs=())
        await press(app, pilot, "j")
        session.workflows = (newer, first, replace(second, last=fakes.HISTORY[1]), *others)
        await settle(app, pilot)
        await press(app, pilot, "n", "ctrl+s")
        assert session.sent == [Launch(workflow=second.name, options=HERE)]
        session.workflows = (newer, first, *others)
        await settle(app, pilot)
        await press(app, pilot, "n", "ctrl+s")
        assert session.sent[1:] == [Launch(workflow=others[0].name, options=HERE)]

    at_home(script)


def test_a_run_whose_program_is_gone_is_listed_as_interrupted() -> None:
    """What was recorded last says that it waits; nobody does any more."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        app.session.inbox.put(RunsListed(token=1, runs=fakes.HISTORY, interrupted=frozenset({RUN})))
        await settle(app, pilot)
        text = screen_text(app)
        assert "⊘ interrupted" in text
        assert "waiting" not in text

    drive(script, start_args=StartArgs(home=True), workflows=fakes.WORKFLOWS)


LONG = f"script long: {'x' * 300} the end of it"


async def paged(app: FlowApp, pilot: Pilot[None], pages: int) -> str:
    """Return what is read when one goes on so often."""
    read = ""
    for _ in range(pages):
        read += screen_text(app)
        await press(app, pilot, "pagedown")
    return read


def test_what_is_new_here_is_shown_and_asked_for() -> None:
    """All that it executes is listed; the harmless answer has the focus, and nothing in it is markup."""
    command = StartRun(definition=DEFINITION)
    asked = ConsentAsked(
        command=command,
        executes=("script a: rm -rf [b]build[/b]\n\x1b[2J", *(f"script {n}: true" for n in range(20)), LONG),
        new=("w.wf",),
        is_first=True,
        warnings=("This folder belongs to another user.",),
    )

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        for answer, sent in (("enter", []), ("escape", []), ("r", [command])):
            app.session.inbox.put(asked)
            await settle(app, pilot)
            text = screen_text(app)
            for said in (
                "Let w run?",
                "belongs to another user",
                "rm -rf [b]build[/b]",
                "    ␛[2J",
                "pgdn read on",
            ):
                assert said in text
            read = await paged(app, pilot, 3)
            assert all(f"script {n}: true" in read for n in range(20))
            assert "the end of it" in read
            await press(app, pilot, answer)
            assert app.session.sent == sent
        by_watch = replace(command, options=RunOptions(trigger="watch"))
        watch = WatchChanged(armed=True, policy="queue", trigger="w.wf", changed_at=at(130))
        app.session.inbox.put(watch)
        app.session.inbox.put(replace(asked, command=by_watch))
        app.session.inbox.put(replace(watch, effect="started"))
        await settle(app, pilot)
        assert "Let w run?" in screen_text(app)
        app.session.inbox.put(replace(watch, changed_at=at(131)))
        await settle(app, pilot)
        assert "Let w run?" not in screen_text(app)
        app.session.inbox.put(replace(asked, is_first=False, changed=("a", "b", "c")))
        await settle(app, pilot)
        assert "New or changed since: w.wf, a, b, c" in screen_text(app)
        await pilot.resize_terminal(40, 10)
        await settle(app, pilot)
        assert all(shown in screen_text(app) for shown in ("pgdn read on", "Not now", "Let it run"))
        app.screen.query_one("#confirm-body").scroll_end(animate=False, immediate=True)
        await settle(app, pilot)
        assert "end of it" in screen_text(app)

    at_home(script)


def test_a_workflow_is_found_by_a_few_letters() -> None:
    """Of its name, title or group; the keys of the list work meanwhile, and escape shows all again."""
    groups = {"deploy": "release", "nightly": "cron"}
    entries = tuple(replace(each, group=groups.get(each.name, "")) for each in fakes.WORKFLOWS)

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        screen = app.screen
        assert isinstance(screen, HomeScreen)
        for typed, found in (("ntly", "nightly"), ("cron", "nightly"), ("publish", "deploy-docs")):
            await press(app, pilot, "slash", *typed)
            assert screen.selected_workflow is not None
            assert screen.selected_workflow.name == found
            assert "1 of 4" in screen_text(app)
            await press(app, pilot, "escape")
            assert "Workflows  4" in screen_text(app)
            assert "without a group" in screen_text(app)
        await press(app, pilot, "slash", *"xyz")
        assert "no workflow fits" in screen_text(app)
        await press(app, pilot, "escape", "G", "slash", *"dep")
        assert screen.selected_workflow.name == "deploy"
        await press(app, pilot, "down", "down", "enter")
        assert screen.selected_workflow.name == "depl-old"
        assert "3 errors" in screen_text(app)

    drive(script, start_args=StartArgs(home=True), workflows=entries)


def test_runs_of_this_program_are_told_as_they_are_now() -> None:
    """Also where nothing is stored: progress and gates come from the events, not from the disk."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        app.session.reader.gates = ()
        app.session.inbox.put(RunsListed(token=1, runs=()))
        feed(app, fakes.running().events, opened=False)
        await settle(app, pilot)
        text = screen_text(app)
        assert "active" in text
        assert "▶ running" in text
        assert "3/10 steps" in text
        feed(app, fakes.waiting().events, opened=False)
        await settle(app, pilot)
        text = screen_text(app)
        assert "waiting for you  1" in text
        assert "▲ approve-deploy  for 4s  ◷ 29m56s left: then the run fails" in text
        await press(app, pilot, "a")
        assert "Deploy 9c1e2d" in screen_text(app)
        await press(app, pilot, "escape")
        feed(app, fakes.completed().events, opened=False)
        await settle(app, pilot)
        assert "waiting for you" not in screen_text(app)
        assert "✓ completed" in screen_text(app)

    drive(script, size=(100, 30), start_args=StartArgs(home=True))


def test_what_has_begun_is_in_sight_whatever_was_selected() -> None:
    """The cursor goes there, unless somebody looks through the runs; the title counts in any case."""
    over = [
        fakes.summary(f"01KDYWA4M8QG3V7ZTRB2H0{n:04}", RunStatus.COMPLETED, -9_000 - n, 9) for n in range(30)
    ]

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        app.session.reader.gates, app.session.reader.listed = (), tuple(over)
        app.session.inbox.put(RunsListed(token=1, runs=tuple(over)))
        runs = app.screen.query_one("#runs", Entries)
        await settle(app, pilot)
        await press(app, pilot, "2", "end", "1")
        assert runs.key == over[-1].run_id
        feed(app, fakes.running().events, opened=False)
        await settle(app, pilot)
        assert (runs.key, runs.scroll_offset.y) == (RUN, 0)
        assert "2 Runs  31  1 active" in screen_text(app)
        await press(app, pilot, "2", "end")
        feed(app, fakes.waiting().events, opened=False)
        await settle(app, pilot)
        assert runs.key == over[-1].run_id
        assert "2 Runs  31  1 waiting" in screen_text(app)

    drive(script, size=(80, 24), start_args=StartArgs(home=True, memory=Memory(run=over[-1].run_id)))


@pytest.mark.parametrize(
    ("size", "shown", "hidden"),
    [
        ((40, 10), ("1 Workflows", "deploy", "2 Runs 3", "3 About"), ("waiting for you", "Inputs")),
        ((80, 24), ("1 Workflows", "2 Runs"), ("depl-old.wf",)),
        ((80, 40), ("1 Workflows", "2 Runs", "3 About"), ()),
        ((160, 50), ("1 Workflows", "2 Runs", "3 About", "depl-old.wf"), ()),
        ((1, 1), (), ()),
    ],
)
def test_every_size_of_terminal_has_room_for_what_matters(
    size: tuple[int, int], shown: tuple[str, ...], hidden: tuple[str, ...]
) -> None:
    """One pane where there is little, more about the selection where there is much."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "G")
        text = screen_text(app)
        assert [said for said in shown if said not in text] == []
        assert [said for said in hidden if said in text] == []
        if size == (40, 10):
            await press(app, pilot, "tab")
            assert "▎2 Runs" in screen_text(app)
            assert "depl-old" not in screen_text(app)

    drive(script, size=size, start_args=StartArgs(home=True), workflows=fakes.WORKFLOWS)


def test_only_what_is_visible_of_a_long_list_is_drawn() -> None:
    """Ten thousand workflows are no more work to paint than twenty."""
    entries = tuple(WorkflowEntry(name=f"flow-{number:05}", file=f"{number}.wf") for number in range(10_000))
    drawn: list[str] = []

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        before = home_lines.workflow

        def counting(entry: WorkflowEntry, *args: object, **more: object) -> Content:
            drawn.append(entry.name)
            return before(entry, *args, **more)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(home_lines, "workflow", counting)
            await press(app, pilot, "G")
            app.scene.now += timedelta(seconds=1)
            await settle(app, pilot)
        assert "flow-09999" in screen_text(app)
        assert len(set(drawn)) <= 24

    drive(script, start_args=StartArgs(home=True), workflows=entries)


def test_an_interrupted_run_took_at_least_as_long_as_it_was_heard_of() -> None:
    """By what happened in it too; where nothing was heard after it began, nobody knows."""
    run = fakes.summary("01KDYWA4M8QG3V7ZTRB2H0A1F3", RunStatus.RUNNING, 0, 0, last_heartbeat_at=at(0.4))
    told = {None: "?", at(0.2): "?", at(3): "00:03+"}
    for heard, took in told.items():
        line = home_lines.run(replace(run, last_event_at=heard), at(60), 100, 12, is_left=True)
        assert line.plain.split("interrupted")[1].split()[0] == took


def test_one_long_name_does_not_take_the_room_of_all_titles() -> None:
    """The column is as wide as names commonly are; of what was typed only those that fit count."""
    entries = [
        WorkflowEntry(file=f"{name}.wf", name=name, title="What it does") for name in ("a", "bcd", "x" * 200)
    ]
    assert home_lines.name_width([each.name for each in entries]) == 20
    assert home_lines.name_width(["a", "b" * 14]) == 14
    assert home_lines.name_width(["n" * 25] * 9 + ["a"]) == 25
    assert home_lines.name_width([]) == 0
    entry, *_ = home_entries.workflows(entries, "bcd", at(0))
    assert "What it does" in entry.draw(60).plain
    assert entry.draw(60).plain.startswith("  bcd   What")


def test_the_line_of_a_failed_run_begins_with_the_step_that_failed() -> None:
    """As in the history: what all failures have in common would fill the line."""
    error = "step 'test' failed after 1 attempt: script 'test' exited with code 3\nmore"
    run = fakes.summary("01KDYWA4M8QG3V7ZTRB2H0A1F3", RunStatus.FAILED, 0, 9, error=error)
    assert home_lines.run(run, at(60), 100, 12, is_left=False).plain.endswith("  test: exited with code 3")


def test_nobody_says_that_a_workflow_never_ran_where_the_history_cannot_be_read() -> None:
    """Only of one that was looked for in vain."""
    entry = WorkflowEntry(name="deploy")
    lines = [
        home_lines.workflow(each, at(0), 80, 8, with_group=False).plain
        for each in (entry, replace(entry, is_history_read=False))
    ]
    assert ["no run on record" in line for line in lines] == [True, False]
    assert "not known" in lines[1]
