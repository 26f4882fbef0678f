"""How a run went, as other programs are told: by the exit status, in a pipe, whatever is printed."""

import pytest

from tests.cli.program import Project

pytestmark = pytest.mark.real_time

OUTCOMES = {
    "completed": ('workflow w { script s { run = "echo fine" } }', 0, "✓ w"),
    "failed": ('workflow w { script s { run = "exit 7" } }', 1, "exited with code 7"),
    "left out": ('workflow w { script s { run = "exit 7" on_fail = "continue" } }', 0, ""),
    "invalid": ("workflow w { call }", 2, "error["),
    "timed out": (
        'workflow w { script s { run = "sleep 60" timeout = "100ms" on_timeout = cancel } }',
        3,
        "timed out",
    ),
    "expired": ('workflow w { gate human_approval { prompt = "?" timeout = "100ms" } }', 4, "human_approval"),
}


@pytest.mark.parametrize("ui", ["plain", "json", "quiet"])
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_the_exit_status_says_how_a_run_went(project: Project, outcome: str, ui: str) -> None:
    """The same in every mode; in none is there an escape code or a traceback, and failures are explained."""
    text, code, words = OUTCOMES[outcome]
    project.write("w.wf", text)
    nowhere = {"GITHUB_ACTIONS": "", "GITLAB_CI": ""}  # whose marks are no accident
    env = {"CI": "true", "FORCE_COLOR": "1", "TERM": "xterm-256color", **nowhere}
    ran = project.run("run", "w.wf", "--ui", ui, env=env)
    assert (ran.code, ran.is_clean()) == (code, True), ran
    if code or ui == "plain":
        assert words in ran.out + ran.err


def test_a_storage_that_is_broken_is_told_apart(project: Project) -> None:
    """It is no failure of the workflow."""
    project.write("w.wf", OUTCOMES["completed"][0])
    project.state.mkdir()
    project.state.joinpath("runs.db").write_bytes(b"no database at all, but long enough to look at" * 100)
    ran = project.run("run", "w.wf", env={"CI": "true"})
    assert (ran.code, "✓" in ran.out) == (5, False), ran
    assert ran.err.startswith("flow-tui: ")
