"""The engine on its own thread: what people ask for crosses to it, and what comes of it crosses back."""

import dataclasses
import queue
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import NoReturn, TypeVar

import pytest

from flow_tui import limits
from flow_tui.engine import lease
from flow_tui.engine.commands import CancelRun, ResolveGate, ResumeRun, StartRun
from flow_tui.engine.keeping import RunQuery
from flow_tui.errors import StoreBusyError
from flow_tui.exit_codes import ExitCode
from flow_tui.model import events as ev
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.status import RunStatus
from flow_tui.model.values import Decision, RunSummary
from flow_tui.runtime import library
from flow_tui.runtime.ahead import prepared
from flow_tui.runtime.assembly import open_store
from flow_tui.runtime.chores import DropTurns, ForgetRuns, RunsForgotten, TurnsChanged
from flow_tui.runtime.messages import (
    ConsentAsked,
    EngineStopped,
    Launch,
    LibraryChanged,
    News,
    OpenRun,
    Refused,
    Rerun,
    RunLeft,
    RunLost,
    RunOpened,
    RunPlanned,
    SetWatch,
    WatchChanged,
)
from flow_tui.runtime.settings import Settings
from flow_tui.runtime.thread import EngineThread
from flow_tui.store.sqlite import SqliteStore
from flow_tui.view.outcome import exit_code
from tests.cli.program import until
from tests.flows import SECOND_LIFE

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(60)]

PATIENCE = 30
"""Seconds to wait for news that come at once on a machine that is not busy."""
Answer = TypeVar("Answer", bound=News)


class House:
    """A project, a state folder, and an engine's thread whose news can be waited for."""

    def __init__(self, folder: Path) -> None:
        self.project = folder / "project"
        self.project.mkdir()
        self.settings = Settings(state=folder / "state", user="ada", environ={"PATH": "/usr/bin:/bin"})
        self.news: queue.SimpleQueue[News] = queue.SimpleQueue()
        self.engine = EngineThread(self.settings, self.news.put)

    def write(self, text: str) -> str:
        """Write the workflow's file and return its name."""
        file = self.project / "w.wf"
        file.write_text(text)
        return str(file)

    def launch(self, text: str) -> Launch:
        """Return the wish to run a workflow."""
        return Launch(workflow=self.write(text), typed=True)

    def hear(self, kind: type[Answer], fits: Callable[[Answer], bool] = lambda _: True) -> Answer:
        """Return the next news of one kind that fits; what comes before is forgotten."""
        while True:
            item = self.news.get(timeout=PATIENCE)
            if isinstance(item, kind) and fits(item):
                return item
            assert not isinstance(item, EngineStopped), item

    def event(self, kind: type[ev.Event]) -> ev.Recorded:
        """Return the next event of one kind."""
        return self.hear(ev.Recorded, lambda recorded: isinstance(recorded.event, kind))

    def ends(self) -> RunStatus:
        """Return how the next run that ends does so."""
        event = self.event(ev.RunFinished).event
        assert isinstance(event, ev.RunFinished)
        return event.outcome

    def stop(self, *, kill: bool = False) -> str:
        """End the thread and return what it says went wrong."""
        self.engine.stop(kill=kill)
        assert self.engine.join(PATIENCE)
        while not isinstance(item := self.news.get(timeout=PATIENCE), EngineStopped):
            pass
        return item.error

    def runs(self) -> tuple[RunSummary, ...]:
        """Return what is stored."""
        store = open_store(self.settings)
        try:
            return tuple(store.runs(RunQuery()))
        finally:
            store.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Return all that a dashboard has besides a screen."""
    made = House(tmp_path)
    yield made
    made.engine.stop(kill=True)
    assert made.engine.join(PATIENCE)


QUICK = 'workflow w { script a { run = "true" } }'
SLOW = 'workflow w { script a { run = "sleep 600" } }'


def test_what_is_wished_before_the_thread_runs_is_done_when_it_does(house):
    """The first frame is painted while the engine is still being put together."""
    house.engine.send(house.launch(QUICK))
    house.engine.start()
    opened = house.hear(RunOpened)
    assert house.ends() is RunStatus.COMPLETED
    assert house.stop() == ""
    assert [(run.run_id, run.status) for run in house.runs()] == [(opened.run_id, RunStatus.COMPLETED)]


def test_the_plan_of_what_is_wished_is_told_before_there_is_an_engine(house):
    """The rows can be on screen while the engine is still being loaded; they are those of the run."""
    house.engine.send(house.launch(QUICK))
    house.engine.start()
    planned = house.news.get(timeout=PATIENCE)
    assert isinstance(planned, RunPlanned)
    started = house.event(ev.RunStarted).event
    assert isinstance(started, ev.RunStarted)
    told = (planned.workflow, planned.title, planned.file, planned.plan)
    assert told == (started.workflow, started.title, started.file, started.plan)


@pytest.mark.parametrize("name", ["", "last"])
def test_what_is_wished_warm_before_the_thread_runs_takes_over_what_the_run_before_has(house, name):
    """The way of ``run --warm`` and ``--warm-from`` with a screen; the plan is told early there, too."""
    house.engine.send(house.launch(QUICK))
    house.engine.start()
    first = house.hear(RunOpened).run_id
    assert house.ends() is RunStatus.COMPLETED
    house.stop()
    house.engine = EngineThread(house.settings, house.news.put)
    house.engine.send(replace(house.launch(QUICK), warm_from=name))
    house.engine.start()
    assert isinstance(house.news.get(timeout=PATIENCE), RunPlanned)
    started = house.event(ev.RunStarted).event
    assert isinstance(started, ev.RunStarted)
    assert started.warm_from == first
    step = house.event(ev.StepStarted).event
    assert isinstance(step, ev.StepStarted)
    assert step.reused_from == first
    assert house.ends() is RunStatus.COMPLETED


def test_a_wish_prepared_ahead_keeps_everything_it_asks_for(house):
    """Whatever becomes a command early asks for nothing that a command cannot carry."""
    wish = house.launch(QUICK)
    told: list[News] = []
    assert isinstance(prepared(replace(wish, inputs={"a": "1"}), told.append), StartRun)
    for asked in ({"warm_from": ""}, {"warm_from": "last"}, {"in_turn": True}):
        kept = replace(wish, **asked)
        assert prepared(kept, told.append) == kept
    with_pause = prepared(replace(wish, pauses=("a",)), told.append)
    assert isinstance(with_pause, StartRun)
    assert with_pause.breakpoints
    fields = {each.name for each in dataclasses.fields(Launch)}
    assert fields == {"workflow", "inputs", "options", "typed", "warm_from", "pauses", "in_turn"}
    assert len(told) == 5


@pytest.mark.parametrize("text", ["workflow w {", "workflow w { call nobody }", "\0"])
def test_of_what_cannot_start_no_plan_is_told(house, text):
    """It is refused by the engine, with everything that is wrong."""
    house.engine.send(house.launch(text))
    house.engine.start()
    kinds = set()
    while not isinstance(item := house.news.get(timeout=PATIENCE), Refused):
        kinds.add(type(item))
    assert kinds == {WatchChanged, LibraryChanged}


def test_nothing_begins_for_somebody_who_left_while_it_waited(house):
    """No run is recorded only to be cancelled, and nobody is told a reason for what they did themselves."""
    house.engine.send(house.launch(QUICK))
    house.engine.stop()
    house.engine.start()
    assert house.engine.join(PATIENCE)
    kinds = set()
    while not isinstance(item := house.news.get(timeout=PATIENCE), EngineStopped):
        kinds.add(type(item))
    assert kinds == {WatchChanged}
    assert house.runs() == ()


def test_nothing_begins_for_somebody_who_left_while_it_was_read(house, monkeypatch):
    """A definition takes a moment to be read the first time, and a person may have gone by then."""
    load = library.load

    def slowly(name: str) -> object:
        definition = load(name)
        house.engine.stop()
        return definition

    monkeypatch.setattr(library, "load", slowly)
    house.engine.send(house.launch(QUICK))
    house.engine.start()
    assert house.engine.join(PATIENCE)
    assert house.runs() == ()


def test_leaving_cancels_what_runs(house):
    """The run is recorded as cancelled, with nothing left of it."""
    house.engine.send(house.launch(SLOW))
    house.engine.start()
    house.event(ev.ProcessStarted)
    assert house.stop() == ""
    assert [run.status for run in house.runs()] == [RunStatus.CANCELLED]


def test_what_is_sent_after_the_end_is_refused(house):
    """Nothing is lost without a word."""
    house.engine.start()
    house.hear(WatchChanged)
    house.stop()
    house.engine.send(house.launch(QUICK))
    assert house.hear(Refused) == Refused(what="too late", why="the engine has ended")
    house.engine.stop()  # once more is no harm


def test_a_broken_definition_is_told_with_its_place(house):
    """The diagnostics come first, then the refusal; the thread goes on."""
    house.engine.start()
    house.engine.send(house.launch("workflow w {"))
    told = house.hear(LibraryChanged)
    assert (told.plan, len(told.diagnostics), len(told.excerpts)) == (None, 1, 1)
    assert house.hear(Refused).what == "Start"
    house.engine.send(house.launch(QUICK))
    assert house.ends() is RunStatus.COMPLETED


@pytest.mark.parametrize(
    ("wish", "what"),
    [
        (ResumeRun(run_id=RunId("NONE")), "Resume"),
        (Rerun(run_id=RunId("NONE")), "Re-run"),
        (OpenRun(run_id=RunId("NONE")), "Open"),
        (ForgetRuns(run_ids=(RunId("NONE"),)), "Delete"),
        (CancelRun(run_id=RunId("NONE")), "Cancel"),
        (Launch(workflow="/no/such.wf"), "Start"),
    ],
)
def test_what_cannot_be_done_is_said(house, wish, what):
    """Under the name that people know it by."""
    house.engine.start()
    house.engine.send(wish)
    assert house.hear(Refused).what == what


def test_an_answer_that_is_not_taken_comes_back_with_the_reason(house):
    """Whoever prepared it has it still."""
    answer = ResolveGate(
        run_id=RunId("NONE"), path=StepPath("0"), decision=Decision(approved=True, by="nina")
    )
    house.engine.start()
    house.engine.send(answer)
    assert house.hear(Refused).answer == answer


def test_a_wish_that_stumbles_over_a_fault_of_ours_is_told_and_harms_nobody(house, monkeypatch):
    """The thread and all other runs go on."""

    def fails(_name: str) -> object:
        raise ZeroDivisionError("oh")

    house.engine.start()
    with monkeypatch.context() as patch:
        patch.setattr(library, "load", fails)
        house.engine.send(house.launch(QUICK))
        assert house.hear(Refused).why == "ZeroDivisionError: oh"
    house.engine.send(house.launch(QUICK))
    assert house.ends() is RunStatus.COMPLETED


def test_a_state_folder_that_cannot_be_used_ends_the_thread_with_the_reason(house):
    """The screen has to say it, with what to do."""
    assert house.settings.state is not None
    house.settings.state.write_text("no folder")
    house.engine.start()
    stopped = house.news.get(timeout=PATIENCE)
    assert isinstance(stopped, EngineStopped)
    assert "is not a folder\npoint FLOW_TUI_STATE at one" in stopped.error


def test_a_fault_of_ours_ends_the_thread_with_its_name(house, monkeypatch):
    """A screen that says nothing any more would be worse."""

    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("flow_tui.runtime.assembly.assemble", fails)
    house.engine.start()
    assert house.news.get(timeout=PATIENCE) == EngineStopped(error="ZeroDivisionError: oh")


def test_a_gate_is_answered_and_the_run_goes_on(house):
    """What a person decides reaches the step that waits for it."""
    house.engine.start()
    house.engine.send(house.launch('workflow w { gate human_approval { prompt = "go?" } }'))
    opened = house.event(ev.GateOpened)
    house.engine.send(
        ResolveGate(run_id=opened.run_id, path=StepPath("0"), decision=Decision(approved=True, by="ada"))
    )
    assert house.ends() is RunStatus.COMPLETED


def test_runs_wait_for_their_turn_until_nothing_else_runs_or_they_are_dropped(house):
    """One after the other, in the order in which they were asked for."""
    house.engine.start()
    slow = house.launch('workflow w { script a { run = "test -e go || sleep 600" } }')
    house.engine.send(slow)
    first = house.hear(RunOpened).run_id
    needy = house.project / "needy.wf"
    needy.write_text('workflow needy { inputs { x } script a { run = "true" } }')
    quick = house.project / "quick.wf"
    quick.write_text('workflow quick { script a { run = "true" } }')
    for file in (needy, quick):
        inputs = {"x": "1"} if file is needy else {}
        house.engine.send(Launch(workflow=str(file), inputs=inputs, typed=True, in_turn=True))
    assert house.hear(TurnsChanged, lambda said: len(said.workflows) > 1).workflows == ("needy", "quick")
    house.engine.send(CancelRun(run_id=first, by="ada"))
    assert [house.event(ev.RunStarted).event.workflow for _ in range(2)] == ["needy", "quick"]
    assert house.ends() is RunStatus.COMPLETED
    house.engine.send(Launch(workflow=str(quick), typed=True, in_turn=True))
    assert house.event(ev.RunStarted).event.workflow == "quick"
    assert house.ends() is RunStatus.COMPLETED
    house.engine.send(slow)
    third = house.hear(RunOpened).run_id
    house.engine.send(Launch(workflow=str(quick), typed=True, in_turn=True))
    assert house.hear(TurnsChanged).workflows == ("quick",)
    house.engine.send(DropTurns())
    assert house.hear(TurnsChanged).workflows == ()
    house.engine.send(CancelRun(run_id=third, by="ada"))
    house.stop()
    assert len(house.runs()) == 5


def test_a_failed_run_is_resumed_and_a_run_can_be_run_again(house):
    """A resume goes on with the same run, a re-run is another one with the file as it is now."""
    house.engine.start()
    house.engine.send(house.launch('workflow w { script a { run = "test -e go" } }'))
    first = house.hear(RunOpened).run_id
    assert house.ends() is RunStatus.FAILED
    (house.project / "go").touch()
    house.engine.send(ResumeRun(run_id=first, by="ada"))
    assert house.hear(RunOpened).run_id == first
    assert house.ends() is RunStatus.COMPLETED
    house.write(QUICK)
    house.engine.send(Rerun(run_id=first))
    house.engine.send(house.hear(ConsentAsked).command)
    second = house.hear(RunOpened).run_id
    assert house.ends() is RunStatus.COMPLETED
    house.engine.send(OpenRun(run_id=first))
    assert house.event(ev.RunStarted).run_id == first
    house.engine.send(ForgetRuns(run_ids=(second,)))
    assert house.hear(RunsForgotten).run_ids == (second,)
    house.stop()
    assert {run.run_id for run in house.runs()} == {first}


def test_what_is_watched_by_hand_runs_again_as_it_is_without_a_question_but_for_a_new_program(house):
    """To arm a watch lets changes of its files run, whoever starts them then."""
    house.engine.send(SetWatch(armed=True, policy="manual"))
    house.engine.send(house.launch(QUICK))
    house.engine.start()
    first = house.hear(RunOpened).run_id
    assert house.ends() is RunStatus.COMPLETED
    house.write(QUICK.replace("true", "echo 2"))
    house.engine.send(Rerun(run_id=first))
    second = house.hear(RunOpened).run_id
    assert house.ends() is RunStatus.COMPLETED
    (house.project / "new.sh").write_text("#!/bin/sh\n")
    (house.project / "new.sh").chmod(0o755)
    house.write(QUICK.replace("true", "./new.sh"))
    house.engine.send(Rerun(run_id=second))
    assert house.hear(ConsentAsked).new == ("new.sh",)
    assert "new.sh is new" in house.hear(Refused).why


def test_a_run_whose_file_is_gone_is_run_again_as_it_was(house):
    """What was recorded of it is enough."""
    house.engine.start()
    house.engine.send(house.launch(QUICK))
    first = house.hear(RunOpened).run_id
    assert house.ends() is RunStatus.COMPLETED
    (house.project / "w.wf").unlink()
    house.engine.send(Rerun(run_id=first))
    assert house.ends() is RunStatus.COMPLETED


def test_a_resumed_run_whose_file_is_broken_now_goes_on_as_it_was(house):
    """The screen is told what is wrong with the file, for whoever watches it."""
    house.engine.start()
    house.engine.send(house.launch('workflow w { script a { run = "test -e go" } }'))
    first = house.hear(RunOpened).run_id
    assert house.ends() is RunStatus.FAILED
    (house.project / "go").touch()
    house.write("workflow w {")
    house.engine.send(ResumeRun(run_id=first))
    assert house.hear(LibraryChanged).file == "w.wf"
    assert house.ends() is RunStatus.COMPLETED


def test_a_request_for_a_run_that_nobody_works_on_is_refused(house):
    """Left in the storage it would surprise whoever resumes the run one day."""
    house.engine.start()
    house.engine.send(house.launch(QUICK))
    run_id = house.hear(RunOpened).run_id
    house.stop()  # waits until the run was given up
    house.engine = EngineThread(house.settings, house.news.put)
    house.engine.start()
    house.engine.send(CancelRun(run_id=run_id))
    assert house.hear(Refused).why == "cannot do this: nobody works on the run"


def test_a_second_stop_waits_for_nobody(house):
    """A step that does not want to end is killed."""
    stubborn = "trap : TERM; while :; do sleep 1; done"
    house.engine.send(house.launch(f'workflow w {{ script a {{ run = "{stubborn}" }} }}'))
    house.engine.start()
    house.event(ev.ProcessStarted)
    house.engine.stop()
    house.event(ev.RunCancelRequested)
    assert house.stop() == ""
    assert [run.status for run in house.runs()] == [RunStatus.CANCELLED]


def test_the_last_resort_ends_every_process_at_once(house):
    """Its step has failed then, because its program was ended by a signal."""
    house.engine.kill_children()  # nothing is there yet
    house.engine.send(house.launch(SLOW))
    house.engine.start()
    house.event(ev.ProcessStarted)
    house.engine.kill_children()
    finished = house.event(ev.RunFinished).event
    assert isinstance(finished, ev.RunFinished)
    assert exit_code(finished.outcome, finished.reason) is ExitCode.FAILED


@pytest.fixture
def watchful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let leases be renewed often, so that losing one is noticed at once."""
    monkeypatch.setattr(limits, "HEARTBEAT", timedelta(milliseconds=50))


@pytest.mark.usefixtures("watchful")
def test_a_run_that_another_process_takes_over_is_followed_there(house):
    """Its steps end here; what the other does with it is shown, and nothing twice."""
    house.engine.start()
    house.engine.send(house.launch(SLOW))
    begun = house.event(ev.ProcessStarted)
    other = open_store(house.settings)
    later = begun.at + timedelta(hours=1)
    taken = other.acquire(begun.run_id, SECOND_LIFE, later)
    assert taken is not None
    assert "another process works on it" in house.hear(RunLost).why
    house.engine.send(CancelRun(run_id=begun.run_id))
    until(lambda: bool(other.requests((begun.run_id,))))  # of a run that is over nobody asks anything
    other.append(taken, [ev.RunResumed(generation=1), ev.RunFinished(outcome=RunStatus.COMPLETED)], later)
    resumed = house.hear(ev.Recorded, lambda each: not each.is_transient)
    assert resumed.event == ev.RunResumed(generation=1)
    assert house.ends() is RunStatus.COMPLETED
    assert [asked.request for asked in other.requests((begun.run_id,))] == [CancelRun(run_id=begun.run_id)]
    other.close()


@pytest.mark.usefixtures("watchful")
def test_a_run_that_ended_here_and_goes_on_elsewhere_is_followed_there(house):
    """Nothing of what another process does with it is missed, however often it ends."""
    house.engine.start()
    house.engine.send(house.launch('workflow w { script a { run = "false" } }'))
    ended = house.event(ev.RunFinished)
    other = open_store(house.settings)
    later = ended.at + timedelta(hours=1)
    taken = other.acquire(ended.run_id, SECOND_LIFE, later)
    assert taken is not None
    other.append(taken, [ev.RunResumed(generation=1)], later)
    assert "another process works on it" in house.hear(RunLost).why
    assert house.event(ev.RunResumed).event == ev.RunResumed(generation=1)
    other.append(taken, [ev.RunFinished(outcome=RunStatus.CANCELLED)], later)
    assert house.ends() is RunStatus.CANCELLED
    other.append(taken, [ev.RunResumed(generation=2)], later)
    assert house.event(ev.RunResumed).event == ev.RunResumed(generation=2)
    other.close()


@pytest.mark.usefixtures("watchful")
def test_a_run_that_could_not_be_kept_is_let_go_with_a_word(house, monkeypatch):
    """Its steps have ended, nobody works on it, and nobody is told that they could still cancel it."""

    def busy(*_: object) -> NoReturn:
        raise StoreBusyError("database is locked")

    monkeypatch.setattr(lease, "_SAFE", timedelta(milliseconds=200).total_seconds())
    house.engine.start()
    house.engine.send(house.launch(SLOW))
    run_id = house.event(ev.ProcessStarted).run_id
    monkeypatch.setattr(SqliteStore, "renew", busy)
    assert "the storage took nothing for too long" in house.hear(RunLost).why
    assert house.hear(RunLeft).run_id == run_id
    house.engine.send(CancelRun(run_id=run_id))
    assert house.hear(Refused).why == "cannot do this: nobody works on the run"


@pytest.mark.usefixtures("watchful")
def test_a_database_that_is_deleted_ends_the_run_and_says_so(house):
    """Nothing more is promised, and nothing begins that nobody would keep."""
    house.engine.start()
    house.engine.send(house.launch(SLOW))
    house.event(ev.ProcessStarted)
    assert house.settings.database is not None
    for file in house.settings.state.glob("runs.db*"):
        file.unlink()
    failed = house.event(ev.EngineFailed).event
    assert isinstance(failed, ev.EngineFailed)
    assert "replaced or deleted" in failed.error
    assert not failed.is_kept
    house.engine.send(house.launch(QUICK))
    assert "replaced or deleted" in house.hear(Refused).why


def test_a_watched_file_that_changes_starts_a_new_run(house):
    """From the save to the run, through everything that lies between."""
    house.engine.start()
    house.engine.send(SetWatch(armed=True, patterns=("src/*.txt",)))
    house.engine.send(house.launch(QUICK))
    first = house.hear(RunOpened).run_id
    assert house.ends() is RunStatus.COMPLETED
    second = _change_until_opened(house)
    assert second.run_id != first
    assert house.ends() is RunStatus.COMPLETED


def test_the_files_of_a_run_that_is_opened_are_watched(house):
    """Also by another program than the one that ran it; armed, a change starts it again."""
    house.engine.start()
    house.engine.send(house.launch(QUICK))
    first = house.hear(RunOpened).run_id
    assert house.ends() is RunStatus.COMPLETED
    house.stop()
    house.write(QUICK.replace("true", "true 1"))
    house.engine = EngineThread(house.settings, house.news.put)
    house.engine.start()
    house.engine.send(OpenRun(run_id=first))
    told = house.hear(LibraryChanged)
    assert (told.against, told.changes is not None) == (first, True)
    assert house.hear(WatchChanged).watched == ("w.wf",)
    house.engine.send(SetWatch(armed=True, settle=timedelta()))
    assert house.hear(WatchChanged, lambda told: told.armed).watched == ("w.wf",)
    assert _change_until_opened(house).run_id != first
    assert house.ends() is RunStatus.COMPLETED


def test_a_definition_that_was_broken_from_the_start_runs_once_it_is_mended(house):
    """The file is watched although nothing could be made of it; until it is sound, each save says why not."""
    house.engine.start()
    house.engine.send(SetWatch(armed=True))
    house.engine.send(house.launch("workflow w {"))
    assert house.hear(LibraryChanged).diagnostics
    assert house.hear(WatchChanged).watched == ("w.wf",)
    opened = _change_until_opened(house)
    sound = house.hear(LibraryChanged)
    assert (sound.diagnostics, sound.plan is None) == ((), False)
    assert house.hear(WatchChanged).effect == "started"
    assert house.ends() is RunStatus.COMPLETED
    assert opened.run_id


def _change_until_opened(house: House) -> RunOpened:
    """Write the file until somebody takes notice: the watch may not have begun yet."""
    for number in range(PATIENCE * 2):
        house.write(QUICK.replace("true", f"true {number}"))
        try:
            while not isinstance(item := house.news.get(timeout=0.5), RunOpened):
                pass
        except queue.Empty:
            continue
        return item
    raise AssertionError("no change was noticed")


def test_what_nobody_has_let_run_is_asked_for_before_it_does(house):
    """Once; then it runs as it was shown, and asks again when it has changed, also to run again."""
    file = house.write('workflow w { script a { run = "echo one > made" } }')
    house.engine.start()
    house.engine.send(Launch(workflow=file))
    asked = house.hear(ConsentAsked)
    assert (asked.is_first, asked.executes) == (True, ("script a: echo one > made",))
    assert asked.launch == Launch(workflow=file)  # whoever says no can change what was filled in
    assert not (house.project / "made").exists()
    house.write('workflow w { script a { run = "echo two > made" } }')
    house.engine.send(asked.command)
    assert house.ends() is RunStatus.COMPLETED
    assert (house.project / "made").read_text() == "one\n"
    (run,) = house.runs()
    house.engine.send(Rerun(run_id=run.run_id))
    asked = house.hear(ConsentAsked)
    assert (asked.is_first, asked.changed) == (False, ("w.wf",))
    house.engine.send(asked.command)
    assert house.ends() is RunStatus.COMPLETED
    house.engine.send(Launch(workflow=file))
    assert house.ends() is RunStatus.COMPLETED
    assert len(house.runs()) == 3


def test_a_watch_runs_what_changes_and_asks_for_a_new_program(house):
    """Arming it lets changes of files run that were let run; a program that was not there is asked for."""
    house.engine.start()
    house.engine.send(SetWatch(armed=True, settle=timedelta()))
    house.engine.send(house.launch('workflow w { script a { run = "true" } }'))
    assert house.ends() is RunStatus.COMPLETED
    program = house.project / "check"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    house.write('workflow w { script a { run = "true 1" } }')
    assert house.ends() is RunStatus.COMPLETED
    house.write('workflow w { script a { run = "./check" } }')
    asked = house.hear(ConsentAsked)
    assert asked.new == ("check",)
    assert "check is new" in house.hear(Refused).why
    house.engine.send(asked.command)
    assert house.ends() is RunStatus.COMPLETED
    assert len(house.runs()) == 3


def test_settings_that_are_wrong_end_the_thread_with_their_place(house, tmp_path):
    """Nothing runs by half of what its user has said."""
    file = tmp_path / "config.toml"
    file.write_text("[identitys]\n")
    house.settings.environ["FLOW_TUI_CONFIG"] = str(file)
    house.engine.start()
    stopped = house.news.get(timeout=PATIENCE)
    assert isinstance(stopped, EngineStopped)
    assert stopped.is_usage
    assert f"{file}:1: there is no 'identitys' in the file" in stopped.error
    assert list(house.settings.state.glob("*-wal")) == [], "the database is still open"
