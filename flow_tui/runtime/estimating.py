"""How long runs may take, from what is on record of others of their workflow."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from flow_tui.engine.keeping import Histories, RunQuery
from flow_tui.model import estimate
from flow_tui.model.estimate import Estimate, Past
from flow_tui.model.ids import RunId
from flow_tui.model.status import RunStatus
from flow_tui.model.values import RunSummary

_LOOKED_AT = 3 * estimate.ENOUGH
_WORKFLOWS = 8
"""For how many workflows at most it is found out at once."""


def completed(
    kept: Histories, root: str, workflow: str, until: datetime | None = None
) -> tuple[RunSummary, ...]:
    """Return the newest runs that really did something, from their beginning to their end in one go.

    With ``until``, only those that began before.
    """
    query = RunQuery(
        root=root,
        workflow=workflow,
        statuses=frozenset({RunStatus.COMPLETED}),
        parts=True,
        until=until,
        limit=_LOOKED_AT,
    )
    found = (run for run in kept.runs(query) if not (run.is_trial or run.is_warm or run.resumed))
    return tuple(run for run, _ in zip(found, range(estimate.ENOUGH), strict=False))


def pasts(kept: Histories, root: str, workflow: str, until: datetime | None = None) -> tuple[Past, ...]:
    """Return how these went, step by step."""
    runs = completed(kept, root, workflow, until)
    return tuple(estimate.past(run, kept.lines(run.run_id)) for run in runs)


def still(kept: Histories, runs: Iterable[RunSummary], now: datetime) -> Mapping[RunId, Estimate]:
    """Return how long runs that are in progress may still take, as far as others tell."""
    known: dict[tuple[str, str], tuple[Past, ...]] = {}
    found: dict[RunId, Estimate] = {}
    for run in runs:
        key = (run.root, run.workflow)
        if key not in known:
            if len(known) >= _WORKFLOWS:
                continue
            known[key] = pasts(kept, *key)
        if known[key]:
            so_far = estimate.so_far(run, kept.lines(run.run_id), now)
            expected = estimate.left(known[key], so_far.ends, so_far.took)
            if expected is not None:
                found[run.run_id] = expected
    return found
