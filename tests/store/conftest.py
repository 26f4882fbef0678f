"""A database for every test that wants one."""

from pathlib import Path

import pytest

from tests.store.stores import LEFT_OPEN, opened


@pytest.fixture(autouse=True)
def _closed():
    """Let no test leave a database open."""
    yield
    while LEFT_OPEN:
        LEFT_OPEN.pop().close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database that is not there yet, in a folder that is not there either."""
    return tmp_path / "state" / "flow.db"


@pytest.fixture
def store(file):
    """A store on a new file."""
    made = opened(file)
    yield made
    made.close()
