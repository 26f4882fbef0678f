"""Runs that are part of others, from the command line."""

import json
import signal
import subprocess
from collections.abc import Iterator
from typing import TypeAlias

import pytest

from tests.cli.program import Project, ended, line_with, until

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(90)]

Process: TypeAlias = "subprocess.Popen[str]"
WHOLE = """
workflow whole {
  script before { run = "echo before" }
  call workflow middle
}
"""
MIDDLE = """
workflow middle {
  script build { run = "echo built; test ! -e broken || { echo no space left; exit 3; }" }
  call workflow inner
}
"""
INNER = """
workflow inner {
  gate human_approval { prompt = "Sign it?" timeout = "1h" }
  script sleeps { run = "echo begins; touch begun; test -e quick || sleep 300" }
}
"""


def written(project: Project) -> Project:
    """Return the project with a workflow that calls one that calls one that waits."""
    for name, text in (("whole", WHOLE), ("middle", MIDDLE), ("inner", INNER)):
        project.write(f".flow/workflows/{name}.wf", text)
    return project


@pytest.fixture
def waiting(project: Project) -> Iterator[Process]:
    """Return the program while the innermost workflow waits."""
    process = written(project).start("run", "whole")
    line_with(process, "answer with:")
    yield process
    if process.poll() is None:
        ended(process, signal.SIGTERM)


def runs(project: Project, *options: str) -> list[tuple[str, str, str | None]]:
    """Return the names of the listed runs, with what each waits for and what it is a part of."""
    listed = json.loads(project.run("runs", "--json", *options).out)
    names = {run["run_id"]: run["workflow"] for run in listed}
    return [(run["workflow"], run["waiting_for"], names.get(run["parent"])) for run in listed]


def test_a_gate_inside_is_told_of_the_whole_and_answered(project: Project, waiting: Process) -> None:
    """Who started the whole does not have to know which run asks: it is listed, found and answered."""
    assert runs(project) == [("whole", "human_approval", None)]
    assert runs(project, "--all") == [
        ("whole", "human_approval", None),
        ("middle", "human_approval", "whole"),
        ("inner", "human_approval", "middle"),
    ]
    shown = project.run("show").out.splitlines()
    assert shown[0].endswith("middle/inner/human_approval waits for an answer")
    (gate,) = json.loads(project.run("gates", "--json").out)
    assert (gate["place"], gate["workflow"]) == ("middle/inner/human_approval", "inner")
    assert "whole: middle/inner/human_approval, 59m" in project.run("gates").out
    project.write("quick", "")
    unknown = project.run("approve", "last", "middle/human_aproval")
    assert "did you mean 'middle/inner/human_approval'?" in unknown.err
    answer = project.run("approve", "last", "--feedback", "fine")
    assert (answer.code, "approved: middle/inner/human_approval of run #" in answer.err) == (0, True)
    said = ended(waiting)
    assert said.code == 0, said
    assert "middle/inner/human_approval  approved by" in said.out
    assert project.run("approve").code == 2


def test_a_rejection_inside_ends_the_whole(project: Project, waiting: Process) -> None:
    """It fails because its part did, and says where."""
    assert project.run("reject", "last", "inner/human_approval").code == 0
    said = ended(waiting)
    assert said.code == 1, said
    assert "✗ middle/inner/human_approval: " in said.out


def test_a_step_inside_is_cancelled_by_its_name(project: Project, waiting: Process) -> None:
    """Skipped, its run goes on, and so does everything around it."""
    assert project.run("approve").code == 0
    until((project.folder / "begun").exists)
    skipped = project.run("cancel", "last", "middle/inner/sleeps", "--skip")
    assert (skipped.code, "middle/inner/sleeps of run #" in skipped.err) == (0, True), skipped
    said = ended(waiting)
    assert said.code == 0, said
    assert "middle/inner/sleeps  – skipped" in said.out


def test_a_run_is_shown_with_what_is_inside_and_its_output_found(project: Project) -> None:
    """Trees stand beneath their steps; what failed inside is told with the last it printed."""
    written(project).write("broken", "")
    said = project.run("run", "whole", "--ui", "plain")
    assert said.code == 1
    assert "  ✗ middle/build: script 'build' exited with code 3\n    built\n    no space left\n" in said.out
    shown = project.run("show").out.splitlines()
    tree = [line for line in shown if line.lstrip().startswith(("✓", "✗", "○"))][1:]
    assert [line[:10].rstrip() for line in tree] == [
        "✓ before",
        "✗ middle",
        "  ✗ build",
        "  ○ inner",
        "  ✗ middle",
    ]
    steps = project.shown()["steps"]
    assert [bool(step["child_run"]) for step in steps] == [False, True]
    part = project.run("show", steps[1]["child_run"]).out
    assert "is middle of run #" in part
    assert project.run("logs", "last", "middle/build").out == "built\nno space left\n"
    everything = project.run("logs")
    assert everything.out == "before\nbuilt\nno space left\n"
    assert "── middle/build (0), attempt 1" in everything.err
    wrong = project.run("logs", "last", "middle/biuld")
    assert (wrong.code, "did you mean 'middle/build'?" in wrong.err) == (2, True)


def test_a_fan_out_is_played_with_three_invented_items(project: Project) -> None:
    """No provider is asked, not even one that this version knows nothing of; lines tell the items apart."""
    project.write(".flow/workflows/fix.wf", "workflow fix { inputs { title } call look }")
    project.write(".flow/actions/look", "#!/bin/sh\nexit 9\n", mode=0o755)
    project.write(
        "all.wf",
        "workflow all { foreach bug { over = tickets scope = { label = bug } max_parallel = 2"
        ' workflow = fix inputs = { title = "{{item.title}}" } } }',
    )
    said = project.run("run", "all.wf", "--mock", "--ui", "plain")
    assert said.code == 0, said
    for number in (1, 2, 3):
        assert f"bug[item-{number}]/look  ▶ started" in said.out
    steps = project.shown()["steps"]
    assert [(step["name"], step["kind"]) for step in steps] == [
        ("bug", "foreach"),
        *((f"item-{number}", "item") for number in (1, 2, 3)),
    ]
    part = project.shown(steps[1]["child_run"])["run"]
    assert (part["inputs"]["title"], part["mock"]) == ("invented title 1", True)
    refused = project.run("run", "all.wf")
    assert (refused.code, "there is no folder tickets" in refused.out) == (1, True), refused
