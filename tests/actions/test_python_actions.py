"""Functions of a project as actions."""

import asyncio
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from flow_tui.actions.outputs import as_output
from flow_tui.actions.python_action import PythonActions
from flow_tui.engine.registry import Registry
from flow_tui.errors import ActionError, DefinitionError
from flow_tui.model.ids import StepPath
from flow_tui.model.status import RunStatus, StepStatus
from flow_tui.model.values import ActionOutput
from flow_tui.process.child import ChildLauncher
from flow_tui.testing import FakeFiles, FakeWorkspace, bench
from tests.whole.terminal import processes_with

pytestmark = pytest.mark.real_time  # every function runs in a process
STEP = StepPath("0")

ACTIONS = """
from __future__ import annotations
import asyncio
from dataclasses import dataclass
import flow_tui
from flow_tui import action

@dataclass
class Note:
    text: str

@flow_tui.action
def words(params):
    print("working on", params.name, sep="...")
    return Note("some words").text

@action("renamed")
def whatever(params):
    return {"markers": ["done"], "context": "c", "color": params.inputs.get("color", "none")}

@action
async def slowly(params):
    await asyncio.sleep(0)
    print("async")
    return flow_tui_output()

def flow_tui_output():
    from flow_tui.model.values import ActionOutput
    return ActionOutput(markers=("m",))

@action
def nothing(params): pass

@action
def fails(params): raise ValueError("bad luck")

@action
def leaves(params): raise SystemExit(3)

@action
def nonsense(params): return 7

@action
def looks_up(params): return {}["name"]

@action
def dies(params): __import__("os")._exit(0)

@action
def reviewed(params):
    import json
    asked = json.load(open(params.env["FLOW_PARAMS_FILE"]))
    wanted = list(asked["json_schema"]["properties"])
    return {"summary": params.schema, "markers": len(wanted), "context": asked["output_instructions"][:4]}

@action
def unjson(params): return {"x": object()}

def plain(params): return "never found"
"""


SCHEMA = "fields: {summary: string, markers: number, context: string}\nmarkers: {many: markers > 2}"


def play(source, actions=ACTIONS, **given):
    """Return the state of a run with the project's actions, and the outputs of its steps."""

    async def main(folder):
        workspace = FakeWorkspace(where=folder)
        contents = {".flow/actions.py": actions.encode(), ".flow/schemas/s.yaml": SCHEMA.encode()}
        files = FakeFiles(str(folder), contents)
        b = bench(
            None,
            workspace=workspace,
            launcher=ChildLauncher(),
            files=lambda *_: files,
            environ=dict(os.environ),
        )
        b.engine.around = replace(b.engine.around, registry=Registry(finders=(PythonActions(),)))
        state = await b.finish(source, **given)
        return state, {key[1]: bytes(spool.data) for key, spool in workspace.spools.items()}

    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(main(Path(folder)))


def output(name, **given):
    """Return what a step with that action handed back."""
    state, _ = play(f"workflow w {{ call {name} }}", **given)
    return state.steps[STEP].output


def test_an_object_that_is_asked_for_may_have_members_of_any_meaning():
    """The schema says what markers and context are; the function knows what is asked for."""
    state, _ = play("workflow w { call reviewed { output = s } }")
    output = state.steps[STEP].output
    assert output.structured == '{"summary":"s","markers":3,"context":"When"}'
    assert (output.markers, output.context) == (("many",), "When")


def test_a_text_is_the_context_and_its_first_line_the_result():
    """What is printed goes to the step's own log, not to the screen."""
    state, logs = play("workflow w { call words }")
    assert state.steps[STEP].output.context == "some words"
    assert state.steps[STEP].output.result_text == "some words"
    assert logs[STEP] == b"working on...words\n"


def test_a_dictionary_is_markers_context_and_values():
    """Its texts are exported; the function may have another name than the action."""
    found = output("renamed", inputs={"color": "red"})
    assert (found.markers, found.context) == (("done",), "c")
    assert '"color":"red"' in found.structured
    assert "duration_ms" in found.metrics


def test_an_asynchronous_function_runs_on_a_loop_of_its_own():
    """What it prints is logged like any other."""
    state, logs = play("workflow w { call slowly }")
    assert state.steps[STEP].output.markers == ("m",)
    assert logs[STEP] == b"async\n"


def test_a_function_that_hands_back_nothing_has_done_its_work():
    """There is an output without anything in it."""
    found = output("nothing")
    assert (found.markers, found.context, found.structured) == ((), "", "")


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("fails", "bad luck"),
        ("leaves", "the action tried to end the program: SystemExit(3)"),
        ("looks_up", "KeyError: 'name'"),
        ("dies", "action 'dies' ended without a result"),
        ("nonsense", "action 'nonsense' returned int, not an ActionOutput, dict, str or None"),
        ("unjson", "action 'unjson' returned something that is not JSON"),
    ],
)
def test_a_function_that_fails_says_why(name, error):
    """Whatever it raises or hands back by mistake fails the attempt, and the program goes on."""
    state, _ = play(f"workflow w {{ call {name} }}")
    assert state.steps[STEP].status is StepStatus.FAILED
    assert state.steps[STEP].error.startswith(error)


def test_names_are_found_without_running_anything():
    """Only decorated functions are actions, and a file is executed when the first one is called."""
    trap = "import sys\nsys.modules['trapped'] = sys\n" + ACTIONS
    files = FakeFiles("/project", {".flow/actions.py": trap.encode()})
    finder = PythonActions()
    assert finder.find("words", files).origin == ".flow/actions.py: words()"
    assert finder.find("renamed", files).origin == ".flow/actions.py: whatever()"
    assert finder.find("plain", files) is None
    assert finder.find("whatever", files) is None
    assert "trapped" not in sys.modules


@pytest.mark.parametrize("text", ["def (", "\0", "x" * 10 + "(" * 500])
def test_a_file_that_is_no_python_has_no_actions(text):
    """The run is refused before it starts, with the places that were looked at."""
    with pytest.raises(DefinitionError) as refused:
        play("workflow w { call words }", text)
    assert ".flow/actions.py" in refused.value.diagnostics[0].hint


def test_every_call_has_a_process_of_its_own():
    """What one leaves in its module is not there for another; the way out of one ends no other."""
    counting = (
        "from flow_tui import action\ncalls = []\n"
        "@action\ndef count(params):\n    calls.append(1)\n    return str(len(calls))\n"
        "@action\ndef crash(params):\n    import os\n    os._exit(9)\n"
    )
    state, _ = play("workflow w { parallel { call count call count } call crash }", counting)
    assert {step.output.context for step in state.steps.values() if step.output} == {"1"}
    assert state.steps[StepPath("1")].error == "action 'crash' exited with code 9"


def test_what_a_function_starts_ends_with_it(tmp_path):
    """Its programs speak into the step's output, and nothing of them is left at the limit."""
    marker = f"sleep 6{os.getpid()}"
    starting = (
        "import subprocess\nfrom flow_tui import action\n"
        f"@action\ndef a(params): subprocess.run(['sh', '-c', 'echo from a child; {marker} & {marker}'])\n"
    )
    state, logs = play('workflow w { call a { timeout = "1500ms" } }', starting)
    assert state.steps[STEP].status is StepStatus.TIMED_OUT
    assert logs[STEP] == b"from a child\n"
    assert not processes_with(marker.replace(" ", "\0"))


def test_an_error_shows_where_in_the_project_it_comes_from():
    """The step's output holds the lines of the project's file, and none of ours."""
    _, logs = play("workflow w { call fails }")
    assert b'.flow/actions.py", line' in logs[STEP]
    assert b"runner.py" not in logs[STEP]


def test_a_file_that_fails_to_load_fails_the_attempt():
    """The text of its error is the step's."""
    broken = "from flow_tui import action\n@action\ndef a(params): pass\nraise RuntimeError('at import')\n"
    state, _ = play("workflow w { call a { on_fail = continue } }", broken)
    assert state.steps[STEP].error == "at import"
    assert state.status is RunStatus.COMPLETED


@pytest.mark.parametrize(
    ("steps", "status", "reason"),
    [
        ('call a { timeout = "1s" }', StepStatus.TIMED_OUT, b"timeout"),
        ('call a { heartbeat_timeout = "1s" }', StepStatus.TIMED_OUT, b"timeout"),
        ("parallel { call a call b }", StepStatus.CANCELLED, b"fail_fast"),
    ],
)
def test_a_function_that_looks_at_its_stop_signal_ends_in_time_and_knows_why(steps, status, reason):
    """A limit, silence and the failure of another reach synchronous code through its parameters."""
    waiting = (
        "from flow_tui import action\n@action\n"
        "def a(params):\n    params.stop.wait(30)\n    params.log(params.stop.reason)\n"
        "@action\ndef b(params):\n    import time\n    time.sleep(1)\n    raise ValueError\n"
    )
    state, logs = play(f"workflow w {{ {steps} }}", waiting)
    path = STEP if STEP in logs else StepPath("0/0")
    assert state.steps[path].status is status
    assert logs[path] == reason + b"\n"
    assert (state.ended_at - state.started_at).total_seconds() < 20


@pytest.mark.parametrize(
    ("result", "complaint"),
    [
        ({"markers": "abc"}, "'markers'"),
        ({"markers": [1]}, "'markers'"),
        ({"context": 1}, "'context'"),
        ({"x": float("nan")}, "not JSON"),
        (b"bytes", "returned bytes"),
    ],
)
def test_what_is_no_output_is_refused(result, complaint):
    """Each mistake has its own words."""
    with pytest.raises(ActionError, match=complaint):
        as_output(result, "a")


def test_an_output_is_taken_as_it_is():
    """Functions may say everything themselves."""
    said = ActionOutput(markers=("a",), note="n")
    assert as_output(said, "a") is said
