"""What a mocked run is told to do."""

import re
from datetime import timedelta

import pytest

from flow_tui.errors import DefinitionError, UsageError
from flow_tui.exit_codes import ExitCode
from flow_tui.fakes import FakeAction
from flow_tui.mock import plan
from flow_tui.mock.invent import Mock
from flow_tui.model import events as ev
from flow_tui.model.ids import StepPath
from flow_tui.model.status import RunStatus, StepStatus
from flow_tui.model.values import RunOptions
from tests.cli_program import ROOT, Program
from tests.flows import instants, of, play, schemas


def mocked(source, told="", **given):
    """Return the state of a mocked run and its events, on virtual time."""

    async def script(b):
        b.engine.around = replaced(b.engine.around)
        state = await b.finish(source, options=RunOptions(mock=True, mock_plan=told), **given)
        return state, b.events

    return play(script, FakeAction())


def replaced(around):
    """Return the same surroundings with a mock."""
    from dataclasses import replace

    return replace(around, pretend=Mock())


def step(state, name):
    """Return the last step of this name."""
    return [each for each in state.steps.values() if each.name == name][-1]


def test_a_step_takes_as_long_as_it_is_told_and_gives_signs_of_life() -> None:
    """A limit on its silence does not strike while it works."""
    told = '[steps.a]\nduration = "10m"\n'
    state, events = mocked('workflow w { call a { heartbeat_timeout = "5s" } }', told)
    assert state.status is RunStatus.COMPLETED
    assert instants(events, ev.RunFinished) == [pytest.approx(600, abs=1)]


@pytest.mark.parametrize("told", ['silence = "1h"', "hang = true", 'duration = "1s"\nhang = true'])
def test_a_step_that_is_told_to_be_silent_is_ended_for_it(told) -> None:
    """The limits of the workflow can be seen at work."""
    state, _ = mocked('workflow w { call a { heartbeat_timeout = "5s" } }', f"[steps.a]\n{told}\n")
    assert step(state, "a").status is StepStatus.TIMED_OUT


def test_attempts_fail_as_often_as_they_are_told() -> None:
    """Then one succeeds, if the workflow tries as often."""
    told = '[steps.a]\nfailures = 2\nerror = "no route"\n'
    state, events = mocked("workflow w { call a { retries = 2 } }", told)
    assert state.status is RunStatus.COMPLETED
    assert [event.error for event in of(events, ev.AttemptFailed)] == ["no route"] * 2
    state, _ = mocked("workflow w { call a { retries = 1 } }", told)
    assert state.status is RunStatus.FAILED


def test_passes_of_a_loop_can_differ() -> None:
    """What is not told of a pass is what is told of the step."""
    told = '[steps.a]\nmarkers = ["more"]\ncontext = "x"\n[steps.a.passes.4]\nmarkers = []\n'
    state, _ = mocked("workflow w { do { max_iterations = 9 call a } while a.more }", told)
    said = [each.output for each in state.steps.values() if each.name == "a"]
    assert [output.markers for output in said] == [("more",)] * 3 + [()]
    assert {output.context for output in said} == {"x"}


def test_a_path_wins_over_a_name_and_means_the_run_itself_only() -> None:
    """Steps of called workflows have the same paths, and are not meant."""
    told = '[steps.a]\ncontext = "name"\n[paths."0"]\ncontext = "path"\n'
    part = {"part": "workflow part { call a }"}
    state, events = mocked("workflow w { call a call workflow part call a }", told, others=part)
    assert [state.steps[StepPath(path)].output.context for path in ("0", "2")] == ["path", "name"]
    ended = [
        each.event
        for each in events
        if each.run_id != state.run_id and isinstance(each.event, ev.StepFinished)
    ]
    assert [event.output.context for event in ended] == ["name"]


def test_outputs_are_handed_over_as_told_and_checked_against_the_schema() -> None:
    """A plan shows what a workflow does with an output that does not hold, too."""
    shape = schemas(shape='fields:\n  n: number\nmarkers:\n  many: "n > 3"\n')
    source = "workflow w { call a { output = shape } }"
    state, _ = mocked(source, "[steps.a]\noutput = { n = 5 }\n", files=shape)
    assert (step(state, "a").output.markers, step(state, "a").output.structured) == (("many",), '{"n":5}')
    state, _ = mocked(source, '[steps.a]\noutput = { n = "x" }\n', files=shape)
    assert step(state, "a").status is StepStatus.FAILED
    state, _ = mocked("workflow w { call a }", '[steps.a]\noutput = { word = "x" }\nmarkers = ["m"]\n')
    assert (step(state, "a").output.markers, step(state, "a").output.structured) == (("m",), '{"word": "x"}')


def test_a_mocked_fan_out_has_three_items_of_its_kind_whoever_would_find_them() -> None:
    """Even those that nothing here can provide, and gates that nobody here could decide."""
    each = "foreach t { over = tickets scope = { label = x } max_parallel = 1 workflow = one }"
    source = f"workflow w {{ {each} gate pr_checks {{ }} }}"
    state, events = mocked(source, others={"one": "workflow one { call a }"})
    assert state.status is RunStatus.COMPLETED
    (found,) = of(events, ev.FanOutCollected)
    assert [item.id for item in found.items] == ["item-1", "item-2", "item-3"]
    assert set(found.items[0].context) == {"title", "url", "source_id", "state", "labels", "body"}
    with pytest.raises(DefinitionError):
        play(lambda b: b.finish(source, others={"one": "workflow one { call a }"}))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[steps.a]\nduraton = '2s'", "p.toml:2: there is no 'duraton' in steps.a; did you mean 'duration'?"),
        ("\n[step.a]\n", "p.toml:2: there is no 'step' in a plan; did you mean 'steps'?"),
        ("[steps.a.passes.2]\npasses = 1", "p.toml:2: there is no 'passes' in steps.a.passes.2"),
        (
            "[steps.a]\nhang = true\nduration = '2 weeks'",
            "p.toml:3: steps.a.duration: '2 weeks' is not a duration",
        ),
        ("[steps.a]\nfailures = -1", "p.toml:2: steps.a.failures: input should be greater than"),
        ("[steps.a]\nfailures = true", "p.toml:2: steps.a.failures: input should be a valid integer"),
        ("[steps.a]\nmarkers = 'x'", "p.toml:2: steps.a.markers"),
        ("steps = 3", "p.toml:1: steps: input should be"),
        ("[steps.a", "p.toml is not TOML"),
        ("[steps.'a.b']\nodd = 1", "p.toml:2: there is no 'odd'"),
    ],
)
def test_mistakes_in_a_plan_are_told_with_their_line(text, said) -> None:
    """Nothing is ignored that somebody has written."""
    with pytest.raises(UsageError) as refused:
        plan.read(text, "p.toml")
    assert said in str(refused.value)


def test_the_example_of_the_page_holds() -> None:
    """It can be copied."""
    (text,) = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "mock.md").read_text(), re.DOTALL)
    read = plan.read(text)
    assert read.of("tests", StepPath("1"), is_part=False).duration == timedelta(seconds=20)
    assert read.of("tests", StepPath("1#3/0"), is_part=False).markers == ()


# The program


@pytest.fixture
def program(tmp_path):
    """Return the program in a project with one workflow, and a plan."""
    folder = tmp_path / "project" / ".flow" / "workflows"
    folder.mkdir(parents=True)
    (folder / "w.wf").write_text('workflow w { script one { run = "true" } script two { run = "true" } }')
    return Program(tmp_path / "state", tmp_path / "project")


@pytest.mark.real_time
@pytest.mark.timeout(90)
def test_a_resume_goes_by_the_plan_of_the_run(program) -> None:
    """The plan is kept with the run; its file is not needed any more."""
    file = program.cwd / "plan.toml"
    file.write_text(
        '[steps.one]\ncontext = "planned one"\n[steps.two]\nfailures = 1\ncontext = "planned two"\n'
    )
    failed = program("run", "w", "--mock-plan", str(file), "--ui", "json")
    assert (failed.code, failed.step("one").output.context) == (ExitCode.FAILED, "planned one")
    file.unlink()
    resumed = program("resume", "last", "--ui", "json")
    assert resumed.code == ExitCode.COMPLETED
    last = [each.event for each in resumed.events if isinstance(each.event, ev.StepFinished)][-1]
    assert last.output.context == "planned two"


@pytest.mark.real_time
@pytest.mark.timeout(90)
def test_what_a_plan_names_has_to_be_there(program) -> None:
    """A step of another name, a place where there is none, and a file that cannot be read."""
    file = program.cwd / "plan.toml"
    file.write_text('[steps.tow]\nhang = true\n\n[paths."7"]\nhang = true\n')
    refused = program("run", "w", "--mock-plan", "plan.toml", "--ui", "plain")
    assert refused.code == ExitCode.USAGE
    assert "plan.toml:1: there is no step 'tow' that a mock makes up; did you mean 'two'?" in refused.err
    assert "plan.toml:4: there is no such step at '7'; there are 0, 1" in refused.err
    missing = program("run", "w", "--mock-plan", "none.toml")
    assert (missing.code, "cannot read none.toml" in missing.err) == (ExitCode.USAGE, True)
