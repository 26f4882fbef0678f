"""``over = workflow_runs``: earlier runs of workflows of the project."""

import asyncio
from collections.abc import Callable, Sequence

from flow_tui import limits
from flow_tui.dsl.providers import parts
from flow_tui.dsl.words import meant
from flow_tui.engine.keeping import RunQuery
from flow_tui.engine.ports import ItemParams
from flow_tui.errors import ActionError
from flow_tui.model.ids import RunId
from flow_tui.model.status import RunStatus
from flow_tui.model.values import FanOutItem, RunSummary
from flow_tui.providers.unordered import Unordered

_PAGE = 100
_OVER = frozenset(status for status in RunStatus if status.is_over)
Runs = Callable[[RunQuery], Sequence[RunSummary]]
"""Reads the storage; on the loop, a page at a time."""


class WorkflowRuns(Unordered):
    """Finds runs that are over, oldest first; never the run that asks, nor what ran as a part of another.

    The filter chooses by ``status``, several with commas between them, and by ``workflow_name``.
    """

    def __init__(self, runs: Runs) -> None:
        self._runs = runs

    async def items(self, params: ItemParams) -> Sequence[FanOutItem]:
        """Return an item for each run; raises ``ActionError`` for a status that is none."""
        statuses = _statuses(params)
        names = tuple(parts(params.filter.get("workflow_name", ""))) or ("",)
        found: dict[RunId, RunSummary] = {}
        for name in names:
            offset = 0
            while True:
                page = self._page(params, statuses, name, offset)
                found |= {run.run_id: run for run in page}
                if len(found) > limits.ITEMS:
                    raise ActionError(f"workflow_runs: there are more than {limits.ITEMS:,} of them")
                if len(page) < _PAGE:
                    break
                offset += len(page)
                await asyncio.sleep(0)
        found.pop(params.run_id, None)
        ordered = sorted(found.values(), key=lambda run: (run.started_at, run.run_id))
        return [_item(run) for run in ordered if run.root == params.files.root]

    def _page(
        self, params: ItemParams, statuses: frozenset[RunStatus], name: str, offset: int
    ) -> Sequence[RunSummary]:
        root = params.files.root
        return self._runs(RunQuery(root=root, workflow=name, statuses=statuses, limit=_PAGE, offset=offset))


def _statuses(params: ItemParams) -> frozenset[RunStatus]:
    wanted = parts(params.filter.get("status", ""))
    known = sorted(status.value for status in _OVER)
    for word in wanted:
        if word not in known:
            hint = meant(word, known) or f"it can be {', '.join(known)}"
            raise ActionError(f"workflow_runs: no run that is over has the status {word!r}: {hint}")
    return frozenset(RunStatus(word) for word in wanted) or _OVER


def _item(run: RunSummary) -> FanOutItem:
    context = {
        "workflow_name": run.workflow,
        "status": run.status.value,
        "started_at": run.started_at.isoformat(timespec="seconds"),
        "ended_at": run.ended_at.isoformat(timespec="seconds") if run.ended_at is not None else "",
        "ticket_id": run.inputs.get("ticket_id", ""),
        "file": run.file,
        "error": run.error,
    }
    return FanOutItem(
        id=run.run_id, ref=f"{run.workflow} #{run.run_id[-4:].lower()}", type="workflow_run", context=context
    )
