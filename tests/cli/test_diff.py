"""``flow-tui diff``: files, workflows and runs compared."""

import json

import pytest

from flow_tui.cli.main import main
from tests.cli.program import Project

ONE = 'workflow one {\n  script greet { run = "sh greet.sh" timeout = "5m" }\n}\n'


@pytest.fixture
def greeting(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Return a project whose one workflow has run once, and be in it."""
    project.write(".flow/workflows/one.wf", ONE)
    project.write("greet.sh", "echo hello\n")
    monkeypatch.chdir(project.folder)
    monkeypatch.setenv("FLOW_TUI_STATE", str(project.state))
    assert main(["run", "one", "--ui", "quiet"]) == 0
    return project


@pytest.mark.real_time
def test_a_workflow_is_compared_with_what_a_run_had_of_it(
    greeting: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """Steps and the files that they use; the exit code says whether anything differs."""
    capsys.readouterr()
    assert main(["diff", "last", "one"]) == 0
    assert capsys.readouterr() == ("", "nothing changed\n")
    greeting.write(
        ".flow/workflows/one.wf",
        ONE.replace("5m", "10m").replace("}\n}", '}\n  script bye { run = "true" }\n}'),
    )
    assert main(["diff", "last", "one"]) == 1
    told = capsys.readouterr()
    assert told.out == "~ script greet  timeout 5m → 10m\n+ script bye  added\n"
    assert told.err == "1 added, 1 changed\n"
    assert main(["diff", "last", "one", "--json"]) == 1
    steps = json.loads(capsys.readouterr().out)["steps"]
    assert [(step["mark"], step["path"], step["name"]) for step in steps] == [
        ("~", "0", "greet"),
        ("+", "1", "bye"),
    ]


def test_what_is_no_workflow_and_no_run_is_said_to_be_none(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By its name; a file that cannot be read as a workflow with what is wrong with it."""
    project.write("broken.wf", "workflow {")
    monkeypatch.chdir(project.folder)
    monkeypatch.setenv("FLOW_TUI_STATE", str(project.state))
    assert main(["diff", "nothing", "broken.wf"]) == 2
    assert "'nothing'" in capsys.readouterr().err
    assert main(["diff", "broken.wf", "broken.wf"]) == 2
    assert "broken.wf:1:" in capsys.readouterr().err
