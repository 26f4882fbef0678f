"""Which earlier run a new one may take results from, and what would come of that."""

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from flow_tui.engine import checks
from flow_tui.engine.commands import StartRun
from flow_tui.engine.keeping import Histories, RunQuery
from flow_tui.engine.plan import plan
from flow_tui.engine.reuse import Side
from flow_tui.engine.warm import warm_of
from flow_tui.engine.warm_outlook import Explained, explained
from flow_tui.errors import UsageError
from flow_tui.model import ids
from flow_tui.model.ids import RunId
from flow_tui.process.snapshot import SnapshotFiles, digest
from flow_tui.process.workspace import FolderWorkspace
from flow_tui.runtime import history, library
from flow_tui.sanitize import line

NOTHING = "runs every step: there is no earlier run of it with the same inputs"
_LOOKED_AT = 50
"""So many runs of the same workflow are looked at for one with the same inputs."""


def source(kept: Histories, start: StartRun, name: str) -> RunId | None:
    """Return the run to take results from: the one that ``name`` means.

    Without a name it is the newest run of the same workflow with the same inputs, or none. Raises
    ``RunNotFoundError`` for a name that no run has, ``UsageError`` for one of a run of another workflow, and
    ``MissingInputError``.
    """
    definition = start.definition
    if name:
        found = history.find(kept, name, definition.root)
        if found.workflow != definition.workflow.name and found.file != definition.file:
            said = f"run {ids.short(found.run_id)} is of another workflow: {line(found.workflow, 60)}"
            raise UsageError(said, hint="--warm takes the newest run of the same workflow")
        return found.run_id
    inputs = checks.settled_inputs(definition.workflow, start.inputs)
    query = RunQuery(root=definition.root, workflow=definition.workflow.name, limit=_LOOKED_AT)
    is_trial = start.options.mock or start.options.dry_run
    like = (run for run in kept.runs(query) if dict(run.inputs) == inputs and run.is_trial == is_trial)
    return next((run.run_id for run in like if run.root == definition.root), None)


def outlook(kept: Histories, start: StartRun, earlier: RunId) -> tuple[Explained, ...]:
    """Return, for every step in the order of the text, whether a run would take over what an earlier one has.

    Nothing is run or written.
    """
    before = history.state_of(kept, earlier)
    definition = start.definition
    workspace = FolderWorkspace(Path())  # nothing is executed, so nothing is copied there

    def files(root: str, hashes: Mapping[str, str], at_hand: Mapping[str, bytes]) -> SnapshotFiles:
        return SnapshotFiles(root, hashes, at_hand, blob=kept.blob, workspace=workspace)

    hashes = {name: digest(data) for name, data in definition.files.items()}
    after = Side(
        definition.workflow,
        files(definition.root, hashes, definition.files),
        checks.settled_inputs(definition.workflow, start.inputs),
        start.options,
    )
    from flow_tui.runtime.agents import worker  # noqa: PLC0415 - reads settings, as who only runs need not

    workers = partial(worker, os.environ, os.environ)
    warm = warm_of(before, files(before.root, before.files, {}), after, library.sound, workers)
    return explained(warm, plan(definition.workflow))
