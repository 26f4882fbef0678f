"""Looking at a run from the command line: attached to it, or played back."""

import pytest

from flow_tui.cli import main as program
from flow_tui.cli import opening
from flow_tui.cli.wanted import Look
from flow_tui.exit_codes import ExitCode
from tests.cli.program import Project

FLOW = 'workflow w { script one { run = "true" } }'


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Return a project with one run on record, in whose folder somebody is."""
    project = Project(tmp_path / "project", tmp_path / "state")
    project.write(".flow/workflows/w.wf", FLOW)
    monkeypatch.chdir(project.folder)
    monkeypatch.setenv("FLOW_TUI_STATE", str(tmp_path / "state"))
    assert program.main(["run", "w", "--ui", "quiet"]) == 0
    return project


@pytest.mark.real_time
def test_a_run_is_looked_at_by_any_name_it_has(project, monkeypatch, capsys):
    """Attached to as it is, or played back at a speed; what is not a run or a speed is told."""
    looked: list[Look] = []

    def look(wanted: Look, _options: object) -> int:
        looked.append(wanted)
        return 0

    assert program.main(["attach"]) == ExitCode.USAGE
    assert "no terminal" in capsys.readouterr().err
    monkeypatch.setattr("flow_tui.cli.ui.dashboard_only", lambda _: None)
    monkeypatch.setattr(opening, "execute", look)
    assert program.main(["attach"]) == program.main(["replay", "last", "--speed", "10x"]) == 0
    assert [(each.title, each.speed) for each in looked] == [("w", 0), ("w", 10)]
    assert program.main(["attach", "zzzz"]) == ExitCode.USAGE
    assert program.main(["replay", "--speed", "2000"]) == ExitCode.USAGE
    assert "no speed" in capsys.readouterr().err


@pytest.mark.real_time
def test_runs_are_found_by_the_same_words_as_on_the_screen(project, capsys):
    """With what began them; a slip is named with its word."""
    assert program.main(["runs", "--json", "trigger:cli", "--", "-status:failed"]) == 0
    assert '"trigger": "cli"' in capsys.readouterr().out
    assert program.main(["runs", "trigger:watch"]) == 0
    assert "no runs found" in capsys.readouterr().err
    assert program.main(["runs", "statsu:failed", "--order", "longest"]) == ExitCode.USAGE
    told = capsys.readouterr().err
    assert "'statsu:failed'" in told
    assert "did you mean 'status:'" in told
