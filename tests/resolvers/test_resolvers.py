"""Gates that look for themselves: what they look at, and what they make of it."""

import asyncio
import json
import os

import pytest

from flow_tui import limits
from flow_tui.engine.commands import CancelRun, ResolveGate
from flow_tui.engine.ports import Exit
from flow_tui.fakes import FakeLauncher
from flow_tui.model.ids import StepPath
from flow_tui.model.status import Reason, RunStatus, StepStatus
from flow_tui.model.values import Decision, RunOptions
from flow_tui.process.child import ChildLauncher
from flow_tui.process.table import entry
from flow_tui.resolvers import RESOLVERS
from flow_tui.testing import FakeAction, bench
from tests.flows import play
from tests.providers.asking import fake_gh, without

GATE = StepPath("0")


class Says(FakeLauncher):
    """Starts nothing; commands print and end as they are told, the last one for good."""

    def __init__(self, *ends):
        super().__init__()
        self._ends = list(ends)

    async def run(self, command, *, reader=None, **given):
        await super().run(command, reader=reader, **given)
        end = self._ends.pop(0) if len(self._ends) > 1 else self._ends[0]
        if isinstance(end, float):
            await asyncio.sleep(end)
            end = (0, "late")
        if isinstance(end, Exit):
            return end
        code, out = end
        reader.feed(out.encode())
        return Exit(code=code)


def looked(source, launcher, **given):
    """Return how a run ended whose gates are looked at, on virtual time, and how long that took."""

    async def script(b):
        state = await b.finish(source, **given)
        return state, (b.clock.now() - state.started_at).total_seconds()

    return play(script, launcher=launcher, resolvers=RESOLVERS, environ={"PATH": "/bin"})


# command


def test_a_command_is_run_until_it_approves() -> None:
    """Every five seconds unless told otherwise; what it prints reaches the steps that follow."""
    for every, length in (("", 10), ('every = "2m"', 240)):
        launcher = Says((1, "no"), (7, ""), (0, " all is well\n"))
        source = f'workflow w {{ gate command {{ run = "probe" {every} }} call after }}'
        state, took = looked(source, launcher)
        assert (state.status, took) == (RunStatus.COMPLETED, length)
        assert (state.steps[GATE].gate.feedback, state.steps[GATE].gate.by) == ("all is well", "command")
        assert state.steps[GATE].notes == ()
        assert [command.argv for command in launcher.commands] == [("sh", "-c", "probe")] * 3


def test_a_command_can_reject() -> None:
    """One exit code says so for good; what the command prints is the reason."""
    state, _ = looked('workflow w { gate command { run = "probe" } call after }', Says((10, "too late")))
    assert (state.status, state.reason) == (RunStatus.FAILED, Reason.GATE_REJECTED)
    assert state.steps[GATE].error == "too late"


def test_what_keeps_a_command_from_deciding_is_shown_once() -> None:
    """It is tried again: the gate fails only when its time is over."""
    launcher = Says(Exit(code=127, stderr_tail="sh: probe: not found"), Exit(signal=9), (0, ""))
    state, took = looked('workflow w { gate command { run = "probe" } }', launcher)
    assert state.steps[GATE].notes == (
        "could not be looked at: sh: probe: not found",
        "could not be looked at: the command of gate 'command' was ended by signal 9",
    )
    assert (state.status, took) == (RunStatus.COMPLETED, 10)
    state, took = looked(
        'workflow w { gate command { run = "probe" timeout = "12s" } }', Says(Exit(code=126, stderr_tail=""))
    )
    assert (state.reason, took) == (Reason.GATE_EXPIRED, 12)
    assert state.steps[GATE].notes == ("could not be looked at: it cannot be executed",)


def test_a_command_that_hangs_is_given_up_and_run_again() -> None:
    """One look does not take all the time that the gate has."""
    state, took = looked('workflow w { gate command { run = "probe" } }', Says(9_999.0, (0, "")))
    assert (state.status, took) == (RunStatus.COMPLETED, (limits.QUESTION + limits.GATE_POLL).total_seconds())
    (note,) = state.steps[GATE].notes
    assert note == "could not be looked at: the command of gate 'command' gave no answer within 60 s"


def test_values_never_become_part_of_the_command() -> None:
    """They are read from the environment, as in scripts; inputs are there under their names, too."""
    launcher = Says((0, ""))
    source = 'workflow w { inputs { host } gate command { run = "ping {{host}}" } }'
    state, _ = looked(source, launcher, inputs={"host": "a; rm -rf /"})
    (command,) = launcher.commands
    assert command.argv == ("sh", "-c", 'ping "${FLOW_V_1}"')
    assert (command.env["FLOW_V_1"], command.env["FLOW_HOST"]) == ("a; rm -rf /",) * 2
    assert (command.env["FLOW_STEP"], command.env["FLOW_RUN_ID"]) == ("command", state.run_id)
    assert command.env["GIT_TERMINAL_PROMPT"] == "0"


def test_a_gate_that_cannot_be_asked_fails_at_once() -> None:
    """A value that is missing will not be there later."""
    source = 'workflow w { gate %s { %s = "x{{host}}" } }'
    for kind, option in (("command", "run"), ("file", "path"), ("pr_checks", "pr")):
        launcher = Says((0, ""))
        state, took = looked(source % (kind, option), launcher)
        assert (state.status, took, launcher.commands) == (RunStatus.FAILED, 0, [])
        assert state.steps[GATE].status is StepStatus.FAILED
        assert "{{host}}" in state.steps[GATE].error


def test_a_person_may_be_faster_than_a_command() -> None:
    """The command in progress is ended."""

    async def script(b):
        run_id = await b.start('workflow w { gate command { run = "probe" } }')
        await asyncio.sleep(1)
        yes = Decision(approved=True, by="ada")
        await b.engine.handle(ResolveGate(run_id=run_id, path=GATE, decision=yes))
        await b.engine.wait(run_id)
        return b.state(run_id)

    state = play(script, launcher=Says(9_999.0), resolvers=RESOLVERS)
    assert (state.status, state.steps[GATE].gate.by) == (RunStatus.COMPLETED, "ada")
    assert (state.ended_at - state.started_at).total_seconds() == 1


# With real programs


def really(source, folder, meanwhile=None, **env):
    """Return how a run ended whose gate was looked at with real programs."""

    async def main():
        environ = {**os.environ, **env}
        b = bench(FakeAction(), launcher=ChildLauncher(), resolvers=RESOLVERS, environ=environ)
        run_id = await b.start(f"workflow w {{ {source} }}", options=RunOptions(folder=str(folder)))
        if meanwhile is not None:
            await meanwhile(b, run_id)
        await b.engine.wait(run_id)
        return b.state(run_id)

    return asyncio.run(main())


@pytest.mark.real_time
def test_a_gate_waits_for_a_file(tmp_path) -> None:
    """From the folder where steps run; what stands in it is what was said."""

    async def make(b, run_id):
        while not b.state(run_id).waiting:
            await asyncio.sleep(0.01)
        (tmp_path / "draft").write_text("ship it\n")
        (tmp_path / "draft").rename(tmp_path / "ok")

    state = really('gate file { path = "ok" every = "10ms" }', tmp_path, make)
    assert (state.status, state.steps[GATE].gate.feedback) == (RunStatus.COMPLETED, "ship it")
    (tmp_path / "folder").mkdir()
    (tmp_path / "large").write_bytes(b"x" * (limits.FEEDBACK_BYTES + 1))
    for name in ("folder", "large", str(tmp_path / "ok")):
        state = really(f'gate file {{ path = "{name}" }}', tmp_path)
        assert state.status is RunStatus.COMPLETED
    state = really('gate file { path = "missing" every = "10ms" timeout = "50ms" }', tmp_path)
    assert (state.reason, state.steps[GATE].notes) == (Reason.GATE_EXPIRED, ())


@pytest.mark.real_time
def test_a_cancel_ends_the_command_of_a_gate(tmp_path) -> None:
    """Nothing of it is left, not even of what it has started."""
    pids = tmp_path / "pids"

    async def cancel(b, run_id):
        while not pids.exists() or len(pids.read_text().split()) < 2:
            await asyncio.sleep(0.01)
        await b.engine.handle(CancelRun(run_id=run_id, by="ada"))

    state = really('gate command { run = "sleep 600 & echo $$ $! > pids; wait" }', tmp_path, cancel)
    assert (state.status, state.steps[GATE].status) == (RunStatus.CANCELLED, StepStatus.CANCELLED)
    assert [entry(int(pid)) for pid in pids.read_text().split()] == [None, None]


@pytest.mark.real_time
def test_a_command_is_asked_again_until_it_succeeds(tmp_path) -> None:
    """The third time it does; it has no input to wait for."""
    run = "cat; echo x >> times; test $(wc -l < times) -ge 3 && echo enough"
    state = really(f'gate command {{ run = "{run}" every = "10ms" }}', tmp_path)
    assert (state.status, state.steps[GATE].gate.feedback) == (RunStatus.COMPLETED, "enough")
    state = really('gate command { run = "no-such-program-anywhere" timeout = 1 every = "50ms" }', tmp_path)
    assert (state.reason, len(state.steps[GATE].notes)) == (Reason.GATE_EXPIRED, 1)
    assert "not found" in state.steps[GATE].notes[0]


# Pull requests


def request(**facts):
    """Return a pull request as the GitHub CLI prints it."""
    facts = {
        "number": 7,
        "state": "OPEN",
        "reviewDecision": "",
        "reviews": [],
        "statusCheckRollup": [],
        **facts,
    }
    return json.dumps(facts)


def review(who, state, minute):
    """Return what somebody thought of a pull request, and when."""
    author = {"login": who} if who else None
    return {"author": author, "state": state, "submittedAt": f"2026-05-01T12:{minute:02}:00Z"}


def check(name, conclusion="SUCCESS", status="COMPLETED", minute=0):
    """Return a check that ran on a pull request."""
    started = f"2026-05-01T12:{minute:02}:00Z"
    return {
        "name": name,
        "workflowName": "CI",
        "status": status,
        "conclusion": conclusion,
        "startedAt": started,
    }


def asked(tmp_path, gate, text):
    """Return whether a gate approves what GitHub says, and what it says of it; nothing while it waits."""
    env = fake_gh(tmp_path / "bin", pr_view=text)
    state = really(gate.replace("}", ' timeout = "300ms" }'), tmp_path, **env)
    told = state.steps[GATE].gate
    return None if told.approved is None else (told.approved, told.feedback, told.by)


ADA, BOB = review("ada", "APPROVED", 1), review("bob", "APPROVED", 2)


@pytest.mark.real_time
@pytest.mark.parametrize(
    ("gate", "facts", "told"),
    [
        ("", {"reviews": []}, None),
        ("", {"reviews": [review("ada", "COMMENTED", 1)]}, None),
        ("", {"reviews": [ADA]}, (True, "", "ada")),
        ("", {"reviews": [review("ada", "CHANGES_REQUESTED", 2), ADA]}, None),
        ("", {"reviews": [review("ada", "COMMENTED", 3), ADA]}, (True, "", "ada")),
        ("", {"reviews": [review("ada", "DISMISSED", 1)]}, None),
        ("", {"reviews": [review("", "APPROVED", 1)]}, (True, "", "ghost")),
        ("min_approvals = 2", {"reviews": [ADA]}, None),
        ("min_approvals = 2", {"reviews": [BOB, ADA]}, (True, "", "ada, bob")),
        ("mode = review_decision", {"reviews": [ADA], "reviewDecision": "REVIEW_REQUIRED"}, None),
        ("mode = review_decision", {"reviews": [ADA], "reviewDecision": "APPROVED"}, (True, "", "ada")),
        (
            "mode = review_decision",
            {"reviews": [review("bob", "CHANGES_REQUESTED", 1)], "reviewDecision": "CHANGES_REQUESTED"},
            (False, "changes requested for pull request #7", "bob"),
        ),
        ("", {"state": "MERGED"}, (True, "#7 is merged", "pr_approval")),
        (
            "",
            {"state": "CLOSED", "reviews": [ADA]},
            (False, "pull request #7 was closed without being merged", "pr_approval"),
        ),
    ],
)
def test_reviews_decide(tmp_path, gate, facts, told) -> None:
    """The last opinion of each counts; comments are none."""
    assert asked(tmp_path, f"gate pr_approval {{ {gate} }}", request(**facts)) == told


@pytest.mark.real_time
@pytest.mark.parametrize(
    ("checks", "told"),
    [
        ([], None),
        ([check("lint"), check("test", "", "IN_PROGRESS")], None),
        ([check("lint", "FAILURE"), check("test", "", "QUEUED")], None),
        (
            [check("lint"), check("test", "SKIPPED"), check("x", "NEUTRAL")],
            (True, "3 checks passed", "pr_checks"),
        ),
        (
            [check("lint"), check("test", "TIMED_OUT"), {"context": "deploy", "state": "ERROR"}],
            (False, "failed: CI/test, deploy", "pr_checks"),
        ),
        (
            [check("test", minute=9), check("test", "FAILURE", minute=3)],
            (True, "1 check passed", "pr_checks"),
        ),
        ([check("test"), {"context": "deploy", "state": "PENDING"}], None),
        ([{"context": "deploy", "state": "SUCCESS"}], (True, "1 check passed", "pr_checks")),
    ],
)
def test_checks_decide(tmp_path, checks, told) -> None:
    """When all are over; of one that ran again the last time counts."""
    assert asked(tmp_path, "gate pr_checks { }", request(statusCheckRollup=checks)) == told


@pytest.mark.real_time
def test_the_pull_request_is_the_one_of_the_branch_unless_another_one_is_named(tmp_path) -> None:
    """What is named cannot be taken for an option."""
    for pr, words in (("", ""), ('pr = "--web"', " -- --web"), ("pr = 12", " -- 12")):
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / "gh.calls").unlink(missing_ok=True)
        assert asked(tmp_path, f"gate pr_approval {{ {pr} }}", request(reviews=[ADA])) is not None
        called = (tmp_path / "bin" / "gh.calls").read_text()
        assert called == f"pr view --json number,state,reviewDecision,reviews{words}\n"


@pytest.mark.real_time
def test_what_keeps_github_from_answering_is_shown(tmp_path) -> None:
    """The gate goes on looking until its time is over."""

    def notes(**env):
        state = really('gate pr_checks { timeout = "300ms" every = "10ms" }', tmp_path, **env)
        assert state.reason is Reason.GATE_EXPIRED
        (note,) = state.steps[GATE].notes
        return note

    assert "pr_checks needs 'gh', which is not on PATH: install the GitHub CLI" in notes(
        **without(tmp_path / "few", "git")
    )
    env = fake_gh(tmp_path / "bin")
    assert "pr_checks: gh pr view failed: To get started with GitHub CLI" in notes(**env)
    for text in ("[]", "{", '{"number": 1, "state": "OPEN"}'):
        fake_gh(tmp_path / "bin", pr_view=text)
        assert "'gh pr view' printed no pull request" in notes(**env)
    fake_gh(tmp_path / "bin", pr_view=request(statusCheckRollup=[{"name": "x"}]))
    assert "printed checks that cannot be read" in notes(**env)
