"""Everything there is to say about one file: what reading it finds, and what checking it does."""

from pathlib import Path

from flow_tui.diagnostics import Diagnostic
from flow_tui.dsl.ast import Workflow
from flow_tui.dsl.checks import check
from flow_tui.dsl.draft import check_draft
from flow_tui.dsl.ground import NOTHING, Ground
from flow_tui.dsl.loader import Loaded, named
from flow_tui.dsl.surroundings import Surroundings


def told(loaded: Loaded, around: Surroundings | None) -> tuple[Diagnostic, ...]:
    """Return what is wrong with a file in its project, in the order of the text.

    Without a project only what the text itself says is looked at.
    """
    found = loaded.diagnostics if around is None else named(loaded, around.project).diagnostics
    if loaded.workflow is not None:
        found = (*found, *check(loaded.workflow, _ground(loaded.path, loaded.workflow, around)))
    elif loaded.draft is not None:
        found = (*found, *check_draft(loaded.draft, found, _ground(loaded.path, loaded.draft, around)))
    return tuple(sorted(found, key=lambda problem: problem.span))


def _ground(path: Path, workflow: Workflow, around: Surroundings | None) -> Ground:
    return NOTHING if around is None else around.ground(workflow, path.stem)
