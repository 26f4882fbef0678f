"""A project for each test."""

from pathlib import Path

import pytest

from tests.cli.program import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return an empty project."""
    folder = tmp_path / "project"
    (folder / ".flow" / "workflows").mkdir(parents=True)
    return Project(folder=folder, state=tmp_path / "state")
