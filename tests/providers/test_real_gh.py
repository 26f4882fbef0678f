"""The real GitHub CLI, as it is started and read, with a GitHub on the loopback."""

import shutil
from pathlib import Path

import pytest

from tests.cli.program import Project
from tests.providers.github_stub import github

pytestmark = [pytest.mark.real_time, pytest.mark.slow]
WORKFLOW = """workflow w {
  foreach all {
    over = tickets max_parallel = 1 workflow = one ordered = true
    scope = { label = bug source = github }
  }
  foreach some { over = tickets max_parallel = 1 workflow = one scope = { ticket_id = "1" source = github } }
  gate pr_checks   { pr = "7"  timeout = "20s" }
  gate pr_approval { pr = "7"  timeout = "20s" }
}"""


@pytest.mark.skipif(shutil.which("gh") is None, reason="gh is not on PATH: https://cli.github.com")
def test_the_real_gh_is_asked_for_what_it_knows(tmp_path: Path) -> None:
    """It takes every field that is asked for: issues in the order in which they block, checks and reviews."""
    project = Project(tmp_path / "project", tmp_path / "state")
    project.write(".flow/workflows/w.wf", WORKFLOW)
    project.write(".flow/workflows/one.wf", 'workflow one { script s { run = "echo got {{item.ref}}" } }')
    with github(tmp_path / "gh") as env:
        ran = project.run("run", "w", "--ui", "plain", env=env)
    assert ran.code == 0, ran
    got = [line.rpartition("│ ")[2] for line in ran.out.splitlines() if "│ got" in line]
    assert got == ["got 1 One", "got 2 Two", "got 1 One"]
    assert "pr_checks  approved by pr_checks: 1 check passed" in ran.out
    assert "pr_approval  approved by nina" in ran.out
