"""A project for each test."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.cli.program import Project

collect_ignore = [] if find_spec("opentelemetry") is not None else ["test_otel.py"]
"""The extra may be missing where somebody works on something else."""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return an empty project."""
    folder = tmp_path / "project"
    (folder / ".flow" / "workflows").mkdir(parents=True)
    return Project(folder=folder, state=tmp_path / "state")
