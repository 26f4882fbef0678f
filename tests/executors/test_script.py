"""Commands of a project, started for real."""

import asyncio
import json
import os
import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from flow_tui.actions.executable import Executables
from flow_tui.engine.commands import CancelRun
from flow_tui.engine.registry import Registry
from flow_tui.model.ids import StepPath
from flow_tui.model.status import RunStatus, StepStatus
from flow_tui.model.values import RunOptions
from flow_tui.process.child import ChildLauncher
from flow_tui.process.program import looking_every
from flow_tui.process.snapshot import SnapshotFiles, digest
from flow_tui.process.spool import FileSpool
from flow_tui.process.workspace import FolderWorkspace
from flow_tui.testing import FakeAction, bench

pytestmark = pytest.mark.real_time
case = pytest.mark.case
STEP = StepPath("0")


class Place:
    """A project's folder, and an engine that runs its programs."""

    def __init__(self, folder):
        self.root = folder / "project"
        self.root.mkdir()
        self.workspace = FolderWorkspace(folder / "state")
        self.environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "GH_TOKEN": "secret"}
        self.action = FakeAction()

    def write(self, name, text, mode=0o755):
        """Add a program to the project."""
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)

    def files(self, *_):
        """Return the project as it is now."""
        found = {
            str(file.relative_to(self.root)): file.read_bytes()
            for file in self.root.rglob("*")
            if file.is_file()
        }
        hashes = {name: digest(data) for name, data in found.items()}
        return SnapshotFiles(str(self.root), hashes, found, blob={}.__getitem__, workspace=self.workspace)

    def run(self, source, script=None, **given):
        """Return the state of a run on real time."""

        async def main():
            b = bench(
                self.action,
                workspace=self.workspace,
                launcher=ChildLauncher(),
                files=self.files,
                environ=self.environ,
            )
            registry = Registry(finders=(Executables(),), fallback=self.action)
            b.engine.around = replace(b.engine.around, registry=registry)
            if script is not None:
                return await script(b, source)
            return await b.finish(source, **given)

        return asyncio.run(main())

    def log(self, run_id, path=STEP, attempt=1):
        """Return the output of an attempt."""
        return self.workspace.log_file(run_id, path, attempt).read_text()


@pytest.fixture
def place(tmp_path):
    """Return a project of its own."""
    return Place(tmp_path)


def is_gone(pid):
    """Say whether a process has ended."""
    return not Path(f"/proc/{pid}").exists() or "State:\tZ" in Path(f"/proc/{pid}/status").read_text()


def script(run, options=""):
    """Return a workflow with one script."""
    return f"workflow w {{ script s {{ run = {json.dumps(run)} {options} }} }}"


@case(62)
def test_a_block_that_a_script_prints_is_what_it_hands_back(place):
    """Markers, context, and values for those that follow."""
    run = 'echo \'<<<FLOW_OUTPUT>>>{"markers":["ok"],"context":"c","color":"red"}<<<END_FLOW_OUTPUT>>>\''
    state = place.run(f"workflow w {{ script s {{ run = {json.dumps(run)} }} if s.ok {{ call look }} }}")
    assert place.action.calls[0].inputs["color"] == "red"
    assert state.steps[STEP].output.context == "c"


def test_a_script_may_write_its_block_to_a_file(place):
    """What is printed is then just output."""
    run = 'echo noise; echo \'{"markers":["ok"]}\' > "$FLOW_OUTPUT_FILE"'
    assert place.run(script(run)).steps[STEP].output.markers == ("ok",)


@pytest.mark.parametrize(
    "odd",
    [
        'mkfifo "$FLOW_OUTPUT_FILE"',
        'ln -s /dev/zero "$FLOW_OUTPUT_FILE"',
        'echo \'{"markers":["ok"]}\' > other; ln -s "$PWD/other" "$FLOW_OUTPUT_FILE"',
        'mkdir "$FLOW_OUTPUT_FILE"',
    ],
)
def test_whatever_is_put_in_place_of_the_output_file_holds_nobody_up(place, odd):
    """Only a regular file is read; anything else is noted, and the text counts."""
    output = place.run(script(f'rm -f "$FLOW_OUTPUT_FILE"; {odd}; echo text')).steps[STEP].output
    assert (output.markers, output.context.strip()) == ((), "text")
    assert output.note == "the output file is not a regular file"


@pytest.mark.parametrize(("silence", "every"), [(None, 1), (60, 1), (4, 1), (1, 0.25), (0.001, 0.01)])
def test_touches_are_looked_for_often_enough(silence, every):
    """Several times while the attempt may be silent; never more than a hundred times a second."""
    allowed = None if silence is None else timedelta(seconds=silence)
    assert looking_every(allowed).total_seconds() == every


def test_a_step_that_touches_its_heartbeat_file_in_time_goes_on(place):
    """A short silence is allowed, and kept."""
    run = 'for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do touch "$FLOW_HEARTBEAT_FILE"; sleep 0.2; done'
    state = place.run(script(run, 'heartbeat_timeout = "2s"'))
    assert state.status is RunStatus.COMPLETED


@case(63)
def test_the_context_of_a_script_without_a_block_is_the_head_of_its_output(place):
    """There are no markers then."""
    output = place.run(script("seq 1000 3000")).steps[STEP].output
    assert output.context == "".join(f"{number}\n" for number in range(1000, 3001))[:2000]
    assert (output.markers, output.structured) == ((), "")


@case(64)
def test_a_flood_and_broken_text_are_no_trouble(place):
    """More than a pipe holds, and bytes that are no text, end well; the latter can be seen in the context."""
    assert place.run(script("head -c 300000 /dev/zero | tr '\\0' x")).status is RunStatus.COMPLETED
    state = place.run(script("printf 'a\\377b'"))
    assert (state.status, state.steps[STEP].output.context) == (RunStatus.COMPLETED, "a\\xffb")
    failed = place.run(script("printf '\\377\\376' >&2; exit 1"))
    assert failed.steps[STEP].error.startswith("script 's' exited with code 1")


def test_what_could_not_be_kept_of_an_output_is_noted_for_scripts_and_programs(place):
    """The step does not fail for it, and people are told."""
    place.write(".flow/actions/talk", "#!/bin/sh\nseq 1000 1999\n")
    place.workspace.spool = lambda run_id, path, attempt: FileSpool(
        place.workspace.log_file(run_id, path, attempt), cap=1000, tail=100
    )
    state = place.run('workflow w { script s { run = "seq 1000 1999" } call talk }')
    assert state.status is RunStatus.COMPLETED
    notes = [state.steps[path].output.note for path in (STEP, StepPath("1"))]
    assert notes == ["the middle of the output was cut"] * 2


def test_a_script_that_prints_nothing_leaves_no_file(place):
    """An output that is not there needs no place on the disk."""
    state = place.run(script("true"))
    assert state.status is RunStatus.COMPLETED
    assert not place.workspace.log_file(state.run_id, STEP, 1).exists()


@case(65)
def test_a_script_that_fails_says_how_and_what_it_complained_about(place):
    """The exit code, and the end of its errors if there are any."""
    assert (
        place.run(script("echo oops >&2; exit 3")).steps[STEP].error == "script 's' exited with code 3\noops"
    )
    assert place.run(script("exit 4")).steps[STEP].error == "script 's' exited with code 4"
    assert "SIGKILL" in place.run(script("kill -9 $$")).steps[STEP].error


@case(66)
def test_a_script_that_runs_out_of_time_is_ended_and_failed(place):
    """The attempt is timed out; retries and on_fail apply; the run fails."""
    state = place.run(script("sleep 30", 'timeout = "300ms" retries = 1'))
    step = state.steps[STEP]
    assert [one.status.value for one in step.attempts] == ["timed_out", "timed_out"]
    assert (step.status, state.status) == (StepStatus.TIMED_OUT, RunStatus.FAILED)
    assert "timed out" in step.error


@case(67)
def test_whoever_holds_the_pipe_of_a_script_that_is_out_of_time_is_ended_with_it(place):
    """The step does not wait for what it started, and nothing of it stays."""
    state = place.run(script("sleep 60 & echo $! > pid; sleep 60", 'timeout = "500ms"'))
    assert state.steps[STEP].status is StepStatus.TIMED_OUT
    assert state.ended_at - state.started_at < timedelta(seconds=30)
    assert is_gone(int((place.root / "pid").read_text()))


@case(68)
def test_a_cancel_ends_a_script_and_all_it_has_started(place):
    """Its processes are gone when the run says that it is over."""

    async def cancel(b, source):
        run_id = await b.start(source)
        begun = place.root / "pid"
        while not begun.exists() or not begun.read_text().strip():
            await asyncio.sleep(0.01)
        await b.engine.handle(CancelRun(run_id=run_id))
        await b.engine.wait(run_id)
        return b.state(run_id), int(begun.read_text())

    state, pid = place.run(script("sleep 60 & echo $! > pid; wait"), cancel)
    assert state.steps[STEP].status is StepStatus.CANCELLED
    assert is_gone(pid)


@case(72)
def test_a_script_that_reads_gets_the_end_of_its_input(place):
    """There is nobody to type."""
    assert place.run(script("cat; echo done")).steps[STEP].output.context.strip() == "done"


@case(72)
def test_a_dry_run_starts_no_script(place):
    """The step is completed and says that nothing was done."""
    state = place.run(script("touch made"), options=RunOptions(dry_run=True))
    assert state.steps[STEP].output.result_text == "not executed: dry run"
    assert not (place.root / "made").exists()


@case(73)
def test_a_script_is_tried_again_like_any_step(place):
    """Each attempt has its number in its environment."""
    state = place.run(script('test "$FLOW_ATTEMPT" = 2', "retries = 1"))
    assert [one.status.value for one in state.steps[STEP].attempts] == ["failed", "completed"]


HOSTILE = [
    "'; touch hacked; echo '",
    '"; touch hacked; echo "',
    "$(touch hacked)",
    "`touch hacked`",
    "a\ntouch hacked\n",
    "; touch hacked #",
    "&& touch hacked",
    "{{other}} ${HOME} $HOME *",
    "-n",
    "'\"\\$`!*?[~ \t",
    "é✓\u202e",
]


@case(71)
@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize(
    "quoting", ["{{v}}", "'{{v}}'", '"{{v}}"', 'x={{v}}; printf %s "$x"', "$(printf %s {{v}})"]
)
def test_a_value_is_never_part_of_the_program(place, value, quoting):
    """Whatever it holds, and however it is quoted, it arrives as it is, as one argument."""
    run = quoting if "printf" in quoting else f"printf %s {quoting}"
    if quoting.startswith("$("):
        run = f'printf %s "{quoting}"'
    state = place.run(
        f"workflow w {{ inputs {{ v required }} script s {{ run = {json.dumps(run)} }} }}",
        inputs={"v": value},
    )
    assert state.status is RunStatus.COMPLETED
    expected = value.rstrip("\n") if "$(" in quoting else value
    assert place.log(state.run_id) == expected
    assert not (place.root / "hacked").exists()


def test_a_value_that_does_not_exist_is_an_error_before_anything_starts(place):
    """Nothing is run with a hole in it."""
    state = place.run(script("touch made; echo {{nobody}}"))
    assert state.steps[STEP].error == "{{nobody}} in script 's' has no value"
    assert not (place.root / "made").exists()


def test_a_value_that_is_too_long_for_the_environment_says_where_to_read_it(place):
    """It is in the file of parameters instead."""
    long = "x" * 200_000
    source = 'workflow w { inputs { v required } script s { run = "echo {{v}}" on_fail = continue } '
    state = place.run(source + 'script t { run = "wc -c < $FLOW_PARAMS_FILE" } }', inputs={"v": long})
    assert "FLOW_PARAMS_FILE" in state.steps[STEP].error
    assert int(state.steps[StepPath("1")].output.context) > 200_000


@case(69, 70)
def test_a_script_sees_what_it_should_in_its_environment(place):
    """The caller's, the inputs, its own, and what the engine says; what is protected cannot be set."""
    env = '{ PATH = "/evil" LD_PRELOAD = "x" GH_TOKEN = "forged" MINE = "hello {{who}}" FLOW_STEP = "x" }'
    state = place.run(
        f'workflow w {{ inputs {{ who required }} script s {{ run = "env -0" env = {env} }} }}',
        inputs={"who": "ada", "odd=name": "x"},
        options=RunOptions(env_prefixes=("FLOW_", "CONDUCTOR_")),
    )
    seen = dict(line.split("=", 1) for line in place.log(state.run_id).split("\0") if line)
    assert (seen["FLOW_WHO"], seen["CONDUCTOR_WHO"], seen["MINE"]) == ("ada", "ada", "hello ada")
    assert (seen["PATH"], seen["GH_TOKEN"]) == (os.environ["PATH"], "secret")
    assert (seen["FLOW_STEP"], seen["FLOW_ATTEMPT"], seen["FLOW_RUN_ID"]) == ("s", "1", state.run_id)
    assert (seen["FLOW_DRY_RUN"], seen["GIT_TERMINAL_PROMPT"]) == ("false", "0")
    assert "LD_PRELOAD" not in seen
    assert not [name for name in seen if "ODD" in name]
    assert len(state.steps[STEP].notes) == 4


def test_the_file_of_parameters_is_private_and_complete(place):
    """Only its owner can read it."""
    state = place.run(
        "workflow w { inputs { who required } "
        'script s { run = "cat $FLOW_PARAMS_FILE; ls -l $FLOW_PARAMS_FILE" } }',
        inputs={"who": "\udce9 and é"},
    )
    text, _, listing = place.log(state.run_id).partition("}-")
    data = json.loads(text + "}")
    assert data["variables"]["who"].endswith(" and é")
    assert (data["attempt"], data["max_attempts"], data["dry_run"]) == (1, 1, False)
    assert listing.startswith("rw-------")
    folder = place.workspace.folder(state.run_id, STEP, 1)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize(("size", "is_kept"), [(100, True), (100_000, False)])
def test_large_parameters_are_gone_when_their_attempt_is_over(place, size, is_kept):
    """Those of thousands of steps, each with what all steps before have left, would fill the disk."""
    run = 'test "$(wc -c < $FLOW_PARAMS_FILE)" -gt 100'
    state = place.run(
        f"workflow w {{ inputs {{ who required }} script s {{ run = {json.dumps(run)} }} }}",
        inputs={"who": "x" * size},
    )
    assert state.status is RunStatus.COMPLETED
    folder = place.workspace.folder(state.run_id, STEP, 1)
    assert (folder / "params.json").exists() is is_kept


def test_a_program_of_the_project_is_found_and_run_as_it_was(place):
    """By its path, or by its name among the project's scripts; with arguments or without."""
    place.write("tools/say.sh", '#!/bin/sh\necho "say $1 from $0"\n')
    place.write(".flow/scripts/hello.sh", "#!/bin/sh\necho hello $1\n")
    state = place.run(
        'workflow w { script a { run = "tools/say.sh" } script b { run = "hello.sh world" } '
        'script c { run = "X=1 ./tools/say.sh a | tr a-z A-Z" } }'
    )
    outputs = [step.output.context.strip() for step in state.steps.values()]
    assert outputs == [
        f"say  from {place.root}/tools/say.sh",
        "hello world",
        f"SAY A FROM {place.root}/TOOLS/SAY.SH".upper(),
    ]


def test_a_program_that_was_changed_since_runs_as_it_was(place):
    """What was recorded at the start is what is executed."""
    place.write("build.sh", "#!/bin/sh\necho old\n")
    before = place.files()
    place.files = lambda *_: before
    place.write("build.sh", "#!/bin/sh\necho new\n")
    state = place.run(script("./build.sh"))
    assert state.steps[STEP].output.context == "old\n"


def test_an_executable_is_an_action(place):
    """It gets no arguments, reads its parameters, and its exit code decides."""
    place.write(".flow/actions/lint", '#!/bin/sh\necho "lint $# $FLOW_STEP"\necho beep >&2\n')
    place.write(".flow/actions/bad", "#!/bin/sh\necho reason >&2\nexit 7\n")
    state = place.run("workflow w { call lint call bad }")
    assert state.steps[STEP].output.context == "lint 0 lint\n"
    assert state.steps[StepPath("1")].error == "action 'bad' exited with code 7\nreason"


def test_a_program_that_cannot_be_started_fails_its_attempt(place):
    """The reason is named."""
    place.write("plain.txt", "no program", mode=0o644)
    state = place.run(script("./plain.txt"))
    assert state.steps[STEP].status is StepStatus.FAILED
    assert "plain.txt" in state.steps[STEP].error
