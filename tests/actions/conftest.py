"""What these tests share."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Know the mark that says which case of the engine's specification a test holds it to."""
    config.addinivalue_line("markers", "case(*numbers): of the conformance table")
