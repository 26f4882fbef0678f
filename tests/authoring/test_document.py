"""What is known of a text is what the checker says of its file."""

from pathlib import Path

import pytest

from flow_tui.authoring.document import Document
from flow_tui.dsl.loader import load_file, project_of
from flow_tui.runtime import library

ROOT = Path(__file__).parents[2]
FILES = [
    *sorted((ROOT / "sample_workflows").rglob("*.wf")),
    *sorted((ROOT / "tests/cases/mistakes").glob("*.wf")),
]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_diagnostics_are_those_of_the_checker(file: Path) -> None:
    """Those about its project, too, and whether or not the file is sound."""
    project = project_of(file)
    around = library.surroundings(project)
    inspected = library.inspect(load_file(file), project, around)
    document = Document(str(file), file.read_text("utf-8"), around)
    assert document.diagnostics == inspected.diagnostics
    for diagnostic in document.diagnostics:
        start, end = document.offsets(diagnostic.span)
        assert document.span(start, end) == diagnostic.span


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    """Places begin behind it, as those of the checker do."""
    document = Document("/nowhere/w.wf", "\ufeffworkflow w { cal a }")
    (problem,) = document.diagnostics
    assert document.source[slice(*document.offsets(problem.span))] == "cal"
