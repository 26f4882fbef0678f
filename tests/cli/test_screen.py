"""The dashboard as the command line opens and leaves it, in a real terminal."""

import signal
from pathlib import Path

import pytest

from tests.cli.program import Project
from tests.whole.terminal import Terminal

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(60)]

GATED = """
workflow gated {
  script before { run = "echo once >> ledger" }
  gate human_approval { prompt = "go on?" timeout = "1h" }
  script after { run = "echo why; exit 1" }
}
"""


def opened(project: Project, *arguments: str) -> Terminal:
    """Return the program in a terminal."""
    return Terminal(*arguments, state=project.state, cwd=project.folder, size=(100, 30))


def after(terminal: Terminal) -> str:
    """Return what stands on the normal screen after the program has left."""
    return bytes(terminal.raw).rpartition(b"\x1b[?1049l")[2].decode()


def test_a_definition_that_cannot_run_is_told_after_the_screen(project: Project) -> None:
    """The terminal is as it was, the place and the reason stand on it, and nothing was recorded."""
    project.write("w.wf", "workflow w {\n  call\n}")
    with opened(project, "run", "w.wf") as terminal:
        assert terminal.end() == 2
        assert terminal.is_restored()
        assert "w.wf:2:7: error[P-AGENT]" in after(terminal)
    assert project.run("runs").out == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["run", "missing.wf"], "missing.wf"), (["resume"], "there is no run 'last'")],
)
def test_what_can_be_known_before_opens_no_screen(project: Project, arguments: list[str], words: str) -> None:
    """Nobody sees a screen come and go."""
    with opened(project, *arguments) as terminal:
        assert terminal.end() == 2
        assert b"\x1b[?1049h" not in terminal.raw
        assert words in terminal.raw.decode()


def test_the_screen_ends_with_its_run_and_leaves_a_summary(project: Project) -> None:
    """With ``--exit``: the exit status is the run's; the failure and how to go on stay on the terminal.

    Resumed in the dashboard, what completed before is on screen and does not run again.
    """
    project.write("gated.wf", GATED)
    with opened(project, "run", "gated.wf", "--exit") as terminal:
        terminal.wait_for("✓ before", "▲ human_approval")
        assert project.run("approve").code == 0
        assert terminal.end() == 1
        assert terminal.is_restored()
        summary = after(terminal)
        assert "✗ gated #" in summary
        assert "    why" in summary
        assert "flow-tui resume" in summary
    project.write("gated.wf", GATED.replace("exit 1", "exit 0"))
    with opened(project, "resume", "last", "--exit") as terminal:
        assert terminal.end() == 1
        assert "✗ gated #" in after(terminal)
    assert (project.folder / "ledger").read_text() == "once\n"


def test_a_signal_ends_the_screen_and_its_run(project: Project) -> None:
    """TERM means 143; the run is recorded as cancelled."""
    project.write("gated.wf", GATED)
    with opened(project, "run", "gated.wf") as terminal:
        terminal.wait_for("▲ human_approval")
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.end() == 143
        assert terminal.is_restored()
    run = project.shown()["run"]
    assert (run["status"], run["reason"]) == ("cancelled", "shutdown")


def test_runs_go_on_without_the_screen(project: Project) -> None:
    """Left to finish, they are told line by line, and the exit status is the run's."""
    project.write("gated.wf", GATED.replace("; exit 1", ""))
    with opened(project, "run", "gated.wf") as terminal:
        terminal.wait_for("▲ human_approval")
        terminal.press("q")
        terminal.wait_for("Leave to finish")
        terminal.press("l")
        terminal.wait_for("goes on without the screen")
        assert project.run("approve").code == 0
        assert terminal.end() == 0
        told = after(terminal)
        assert "after  │ why" in told
        assert "✓ gated #" in told


def test_home_shows_the_workflows_of_the_project(project: Project, tmp_path: Path) -> None:
    """Alone, the program shows what can be run here, and leaves with 0."""
    project.write(".flow/workflows/one.wf", 'workflow one { meta { title = "Number one" } }')
    with opened(project) as terminal:
        terminal.wait_for("one", "Number one")
        terminal.press("q")
        assert terminal.end() == 0
        assert terminal.is_restored()
    assert not (tmp_path / "project" / ".flow" / "actions").exists()
