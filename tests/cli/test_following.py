"""``flow-tui logs --follow``: output while it is written, by whatever process."""

import signal
from pathlib import Path

import pytest

from tests.cli.program import Project, ended, line_with

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(60)]

OUTER = """
workflow outer {
  script first { run = "echo one" }
  call workflow inner { retries = 1 }
  script late { run = "echo bye; printf 'no end'" }
}
"""
INNER = """
workflow inner {
  script waits { run = "./wait.sh" retries = 1 }
}
"""
WAIT = """#!/bin/sh
echo begun
until [ -e go ]; do sleep 0.05; done
[ $FLOW_ATTEMPT = 2 ] || exit 1
printf '\\033[31mgone\\033[0m on\\n'
"""


@pytest.fixture
def outer(project: Project) -> Project:
    """Return a project with a workflow that runs another, which waits for a file."""
    project.write(".flow/workflows/outer.wf", OUTER)
    project.write(".flow/workflows/inner.wf", INNER)
    project.write("wait.sh", WAIT, mode=0o755)
    return project


def test_output_is_followed_until_the_run_is_over(outer: Project) -> None:
    """What was there before comes first; what parts print is among it; the last line needs no end."""
    run = outer.start("run", "outer")
    line_with(run, "│ begun")
    following = outer.start("logs", "--follow")
    assert [line_with(following, text) for text in ("one", "begun")] == ["one\n", "begun\n"]
    Path(outer.folder, "go").touch()
    said = ended(following)
    assert (said.code, said.out) == (0, "begun\ngone on\nbye\nno end\n")
    assert "── inner/waits (0), attempt 2" in said.err
    assert ended(run).code == 0
    again = outer.run("logs", "--follow", "last", "inner/waits", "--attempt", "2")
    assert (again.code, again.out) == (0, "begun\ngone on\n")


def test_a_step_may_be_followed_before_it_begins(outer: Project) -> None:
    """As long as the definition has it; any other name is refused at once."""
    run = outer.start("run", "outer")
    line_with(run, "│ begun")
    wrong = outer.run("logs", "--follow", "last", "lat")
    assert wrong.code == 2
    assert "there is no such step 'lat'" in wrong.err
    following = outer.start("logs", "--follow", "last", "late")
    Path(outer.folder, "go").touch()
    assert ended(following).out == "bye\nno end\n"
    assert ended(run).code == 0


def test_following_ends_with_the_process_that_works_on_the_run(outer: Project) -> None:
    """Nothing will come any more, and what can be done is said."""
    run = outer.start("run", "outer")
    line_with(run, "│ begun")
    following = outer.start("logs", "--follow")
    line_with(following, "begun")
    ended(run, signal.SIGKILL)
    said = ended(following)
    assert said.code == 0
    assert "nobody works on run #" in said.err
    interrupted = outer.start("run", "outer")
    line_with(interrupted, "│ begun")
    watching = outer.start("logs", "--follow")
    line_with(watching, "begun")
    assert ended(watching, signal.SIGINT).code == 130
    assert ended(interrupted, signal.SIGINT).code == 130
