"""One small program for each extension point, and each prints what it says."""

import re
import runpy
from pathlib import Path

import pytest

from tests.cli_program import ROOT

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(60)]

EXAMPLES = sorted((ROOT / "sample_workflows" / "extensions").glob("*.py"))
POINTS = {
    "action",
    "child_runner",
    "environment",
    "gate_resolver",
    "item_provider",
    "schema_resolver",
    "sink",
    "store",
    "variables",
    "workflow_resolver",
}


def test_every_extension_point_has_an_example() -> None:
    """Nobody has to read the engine to add to it."""
    assert {file.stem for file in EXAMPLES} == POINTS


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_an_example_prints_what_it_says(file: Path, capsys, monkeypatch, tmp_path) -> None:
    """It runs as it stands, in any folder, and leaves nothing there."""
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(file), run_name="__main__")
    promised = re.findall(r"^Prints: (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    assert promised
    assert capsys.readouterr().out.splitlines() == promised
    assert list(tmp_path.iterdir()) == []
