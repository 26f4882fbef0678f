"""What an embedder puts into a run: variables, an environment, answers to gates."""

import json

import pytest

from flow_tui.model import events as ev
from flow_tui.model.status import RunStatus
from flow_tui.model.values import ActionOutput, Decision
from flow_tui.testing import FakeAction, FakeEnvironment, FakeLauncher, FakeResolver, FakeWorkspace
from tests.flows import instants, play

case = pytest.mark.case


def ran(source, action=None, inputs=None, **given):
    """Return the state of a run, its events and its action."""

    async def script(b):
        return await b.finish(source, inputs=inputs), b.events, b.action

    return play(script, action, **given)


@case(131)
def test_injected_variables_win_over_inputs_and_outputs() -> None:
    """Nobody who starts a run, and no step of it, can pretend to be somebody else."""
    source = "workflow w { inputs { tenant } call a call b }"
    export = ActionOutput(structured=json.dumps({"tenant": "from a step", "other": "kept"}))
    _, _, action = ran(source, FakeAction(a=export), {"tenant": "from an input"}, injected={"tenant": "acme"})
    assert [params.inputs["tenant"] for params in action.calls] == ["acme", "acme"]
    assert action.calls[1].inputs["other"] == "kept"


def test_what_an_environment_adds_does_not_win_over_what_the_engine_says(tmp_path) -> None:
    """A step cannot be told that it is another one; everything else can be added or replaced."""
    launcher, added = FakeLauncher(), FakeEnvironment(TOKEN="t", PATH="/only", FLOW_STEP="other")
    around = {"launcher": launcher, "environment": added, "workspace": FakeWorkspace(where=tmp_path)}
    source = 'workflow w { script s { run = "tool" as = ci env = { TOKEN = "own" } } }'
    state, _, _ = ran(source, environ={"PATH": "/bin", "HOME": "/home"}, **around)
    assert state.status is RunStatus.COMPLETED
    (command,) = launcher.commands
    assert {name: command.env[name] for name in ("TOKEN", "PATH", "HOME", "FLOW_STEP")} == {
        "TOKEN": "own",
        "PATH": "/only",
        "HOME": "/home",
        "FLOW_STEP": "s",
    }
    (asked,) = added.asked
    assert (asked.name, asked.attempt, asked.as_identity) == ("s", 1, "ci")


def test_a_resolver_is_asked_until_it_has_an_answer() -> None:
    """One that fails is asked again, as one that does not know yet."""
    resolver = FakeResolver(None, RuntimeError("not reachable"), Decision(approved=False, feedback="closed"))
    state, events, _ = ran("workflow w { gate office { } }", resolvers={"office": resolver})
    assert (state.status, state.error) == (RunStatus.FAILED, "closed")
    assert [params.name for params in resolver.asked] == ["office"] * 3
    assert instants(events, ev.GateResolved) == [10]
