"""The runs that were recorded, for the verbs that look at them."""

import os
from argparse import Namespace
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from flow_tui.engine.keeping import Histories
from flow_tui.model.values import RunSummary
from flow_tui.runtime import history
from flow_tui.runtime.settings import settings


def root() -> str:
    """Return the project here: the root that its runs carry."""
    from flow_tui.dsl.loader import project_at

    return str(project_at(Path.cwd()).root)


@contextmanager
def histories(options: Namespace) -> Generator[Histories]:
    """Open what was recorded, to be read only."""
    kept = history.histories(settings(options.state, os.environ))
    try:
        yield kept
    finally:
        kept.close()


def found(options: Namespace) -> RunSummary:
    """Return the run that the command line names; raises ``RunNotFoundError``."""
    with histories(options) as kept:
        return history.find(kept, options.run, root())
