"""Runs that go on, or again, from the command line."""

import json

import pytest

from tests.cli.program import Project

case = pytest.mark.case

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(60)]
COUNTING = """
workflow counting {
  script one   { run = "echo one >> done" }
  script two   { run = "echo two >> done" }
  script three { run = "echo three >> done; test ! -e broken" }
}
"""


def done(project: Project) -> list[str]:
    """Return which steps ran, in order."""
    return (project.folder / "done").read_text().split()


def test_a_run_goes_again_from_a_step_and_from_the_start(project: Project) -> None:
    """What will run again is said before it does, on stderr; the run stays the same one."""
    project.write("counting.wf", COUNTING)
    project.run("run", "counting.wf", "--ui", "quiet")
    again = project.run("resume", "last", "--from", "two", "--ui", "quiet")
    assert (again.code, done(project)[3:]) == (0, ["two", "three"])
    assert "from two: 2 steps (two, three); 1 step stays as it was" in again.err
    whole = project.run("resume", "last", "--restart", "--ui", "quiet")
    assert (whole.code, done(project)[5:]) == (0, ["one", "two", "three"])
    assert "everything again: 3 steps (one, two, three)" in whole.err
    events = project.run("show", "--events").out.splitlines()
    resumed = [json.loads(line)["event"] for line in events if "run_resumed" in line]
    assert [(each["redo"], each["start"]) for each in resumed] == [("from", "1"), ("everything", "")]
    assert len(json.loads(project.run("runs", "--json").out)) == 1


def test_a_plain_resume_says_what_it_runs_again(project: Project) -> None:
    """What has completed is not among it."""
    project.write("counting.wf", COUNTING)
    broken = project.write("broken", "")
    assert project.run("run", "counting.wf", "--ui", "quiet").code == 1
    broken.unlink()
    said = project.run("resume", "--ui", "quiet")
    assert (said.code, done(project)[3:]) == (0, ["three"])
    assert "goes on where it stopped: 1 step again (three); 2 steps stay as they were" in said.err


@case(129)
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "it has completed"),
        (["--from", "tow"], "did you mean 'two'?"),
        (["--from", ""], "no step ''"),
        (["--failed-items"], "no item of a foreach"),
        (["--restart", "--from", "one"], "not allowed with"),
        (["--restart", "--failed-items"], "not allowed with"),
    ],
)
def test_what_cannot_be_run_again_is_refused(project: Project, options: list[str], words: str) -> None:
    """With the reason, and before anything is changed."""
    project.write("counting.wf", COUNTING)
    project.run("run", "counting.wf", "--ui", "quiet")
    said = project.run("resume", "last", *options)
    assert (said.code, said.out) == (2, "")
    assert words in said.err
    assert done(project) == ["one", "two", "three"]


def test_only_the_chosen_steps_run_again(project: Project) -> None:
    """By name or path, as many as are named; it is recorded, so that every reader of the run knows."""
    project.write("counting.wf", COUNTING)
    project.run("run", "counting.wf", "--ui", "quiet")
    again = project.run("resume", "last", "--only", "three", "--only", "0", "--ui", "quiet")
    assert (again.code, done(project)[3:]) == (0, ["one", "three"])
    assert "only what was chosen again: 2 steps (one, three); 1 step stays as it was" in again.err
    events = [json.loads(text)["event"] for text in project.run("show", "--events").out.splitlines()]
    assert [each["only"] for each in events if each["type"] == "run_resumed"] == [["2", "0"]]
    steps = json.loads(project.run("show", "--json").out)["steps"]
    assert [len(step["attempts"]) for step in steps] == [2, 1, 2]
    refused = project.run("resume", "last", "--only", "for", "--ui", "quiet")
    assert (refused.code, "no step 'for'" in refused.err) == (2, True)
