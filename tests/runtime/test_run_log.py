"""The log of a run: what happened around it, beside its output."""

import pytest

from flow_tui import Engine
from flow_tui.engine.upstream_sink import UpstreamSink
from flow_tui.errors import ActionError
from flow_tui.model.status import Reason, RunStatus
from flow_tui.process.workspace import RUN_LOG, FolderWorkspace

case = pytest.mark.case
pytestmark = pytest.mark.real_time


def log_of(state, run_id):
    """Return what the log of a run says."""
    return (state / "runs" / run_id / RUN_LOG).read_text()


@case(140)
def test_a_run_says_when_it_began_and_how_it_ended(tmp_path):
    """Each in its own file, which goes on when the run does, and nobody else can read."""
    state, failing = tmp_path / "state", [ActionError("no paint"), None]
    engine = Engine(state, project=tmp_path)

    def paint(_params):
        if (fault := failing.pop(0)) is not None:
            raise fault

    engine.action("paint", paint)
    first = engine.run("workflow one { call paint }")
    engine.resume(first.run_id)
    failing.append(None)
    other = engine.run("workflow two { call paint }")
    began, ended, went_on, ended_again = log_of(state, first.run_id).splitlines()
    assert f"run {first.run_id} of one begins" in began
    assert ended.endswith("failed: step 'paint' failed after 1 attempt: no paint")
    assert "goes on" in went_on
    assert ended_again.endswith("ends: completed")
    assert first.run_id not in log_of(state, other.run_id)
    assert (state / "runs" / first.run_id / RUN_LOG).stat().st_mode & 0o777 == 0o600


@case(140)
def test_what_goes_wrong_around_a_run_is_in_its_log(tmp_path):
    """A warning of the program, such as a sink that fails, is told in the log of the run it was for."""
    state = tmp_path / "state"
    engine = Engine(state, project=tmp_path)

    def bad(_recorded):
        raise RuntimeError("the sink\x1b[2J leaks")

    engine.sink(bad)
    engine.action("a", lambda _: None)
    result = engine.run("workflow w { call a }")
    assert result.succeeded
    said = log_of(state, result.run_id)
    assert "the sink␛[2J leaks" in said
    assert "Traceback" in said


@case(140)
def test_a_log_that_cannot_be_kept_keeps_no_run_from_going_on(tmp_path):
    """Whatever lies in its place, and though nobody is told."""
    state = tmp_path / "state"
    engine = Engine(state, project=tmp_path)

    def block(recorded):
        (state / "runs").mkdir(mode=0o700, exist_ok=True)
        (state / "runs" / recorded.run_id).touch()

    engine.sink(block)
    engine.action("a", lambda _: None)
    result = engine.run("workflow w { call a }")
    assert result.status is RunStatus.COMPLETED
    assert (state / "runs" / result.run_id).is_file()


@case(140)
def test_a_fault_of_the_engine_is_kept_with_all_that_is_known_of_it(tmp_path, monkeypatch):
    """The log has the traceback, upstream is told of a panic, and the run has failed instead of hanging."""
    state, heard = tmp_path / "state", []
    engine = Engine(state, project=tmp_path)
    engine.sink(UpstreamSink(heard.append))

    def broken(*_args, **_given):
        raise ZeroDivisionError("engine room")

    engine.action("a", lambda _: None)
    monkeypatch.setattr("flow_tui.engine.run.Run.remember", broken)
    result = engine.run("workflow w { call a }")
    assert (result.status, result.state.reason) == (RunStatus.FAILED, Reason.ENGINE)
    assert heard[-1].event == "Panicked"
    assert "ZeroDivisionError: engine room" in heard[-1].payload["message"]
    assert 'raise ZeroDivisionError("engine room")' in log_of(state, result.run_id)


def test_a_note_goes_on_after_those_before(tmp_path):
    """Text that cannot be encoded is shown."""
    workspace = FolderWorkspace(tmp_path)
    for text in ("one", "t\udcffo"):
        workspace.note("RUN", text)
    assert (tmp_path / "runs" / "RUN" / RUN_LOG).read_text() == "one\nt\\udcffo\n"
