"""What the verbs share: hints at what was meant, numbers, the order of what is listed."""

import pytest

from flow_tui.cli.main import VERBS, main
from flow_tui.cli.options import nearest
from tests.cli.program import Project

SOUND = 'workflow w { script hello { run = "echo hello" } }'


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("rnu", "run"),
        ("rus", "run"),
        ("runss", "runs"),
        ("lits", "list"),
        ("appr", "approve"),
        ("aprove", "approve"),
        ("resmue", "resume"),
        ("reusne", "resume"),
        ("bogus", ""),
        ("wait", ""),
        ("x", ""),
        ("r", ""),
        ("status", ""),
        ("", ""),
        ("run" * 1_000, ""),
    ],
)
def test_only_what_is_near_is_taken_for_what_was_meant(word: str, meant: str) -> None:
    """One slip of the fingers, two in a long word, or a beginning; everything else says nothing."""
    assert nearest(word, list(VERBS)) == (f"did you mean {meant!r}?" if meant else "")


def test_workflows_are_listed_by_name_broken_or_not(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a workflow is called inside, or what is wrong with it, does not move it."""
    project.write(".flow/workflows/alpha.wf", SOUND.replace("workflow w", "workflow zulu"))
    project.write(".flow/workflows/beta.wf", "workflow beta {")
    project.write(".flow/workflows/Gamma.wf", SOUND.replace("workflow w", "workflow Gamma"))
    project.write(".flow/workflows/delta.wf", SOUND.replace("workflow w", "workflow delta"))
    project.write("beta.wf", SOUND)
    monkeypatch.chdir(project.folder)
    assert main(["list", "--state", str(project.state)]) == 0
    lines = capsys.readouterr().out.splitlines()
    names = [line.split()[0] for line in lines if not line.startswith(" ")]  # what is wrong is set in
    assert names == ["alpha", "beta", "beta.wf", "delta", "Gamma"]
