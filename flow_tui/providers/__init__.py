"""Item providers for ``foreach`` that come with the program."""

from collections.abc import Mapping

from flow_tui.engine.ports import ItemProvider
from flow_tui.providers.files import Files
from flow_tui.providers.json_items import JsonItems
from flow_tui.providers.lines import Lines
from flow_tui.providers.matrix import Matrix
from flow_tui.providers.numbers import Numbers
from flow_tui.providers.repos import Repos
from flow_tui.providers.tickets import Tickets
from flow_tui.providers.workflow_runs import Runs, WorkflowRuns
from flow_tui.providers.worktrees import Worktrees


def providers(runs: Runs) -> Mapping[str, ItemProvider]:
    """Return each by the word after ``over``; what they take is in :mod:`flow_tui.dsl.providers`."""
    return {
        "files": Files(),
        "json": JsonItems(),
        "lines": Lines(),
        "matrix": Matrix(),
        "range": Numbers(),
        "repos": Repos(),
        "tickets": Tickets(),
        "workflow_runs": WorkflowRuns(runs),
        "worktrees": Worktrees(),
    }
