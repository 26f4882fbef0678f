"""Blocks that fold by themselves, a moment after they are done; what has failed inside stays in sight."""

from datetime import datetime, timedelta

from flow_tui.model.ids import StepPath
from flow_tui.model.status import StepStatus
from flow_tui.view.node import Node
from flow_tui.view.row import BUNDLES, PASS

_REST = timedelta(seconds=2)
"""So long what is done stays open, so that people see how it ended."""
_BAD = (StepStatus.FAILED, StepStatus.TIMED_OUT)


class Tidying:
    """Knows which blocks of a run are done, and since when."""

    def __init__(self) -> None:
        self.folded: set[StepPath] = set()
        self._done: dict[StepPath, datetime | None] = {}
        self._loud: set[StepPath] = set()
        """Blocks in which something has failed, and those around them."""

    def settle(self, node: Node) -> None:
        """Take note of how a block stands."""
        if node.kind == PASS or node.kind in BUNDLES:
            return
        path, tally = node.path, node.tally
        if tally and any(tally[status] for status in _BAD):
            above: Node | None = node
            while above is not None:
                self._loud.add(above.path)
                above = above.parent
        if node.status is not StepStatus.COMPLETED or path in self._loud:
            self.folded.discard(path)
            self._done.pop(path, None)
        elif path not in self.folded:
            self._done[path] = node.ended

    def take_due(self, now: datetime) -> list[StepPath]:
        """Return the blocks that are to fold now."""
        if not self._done:
            return []
        due = [path for path, since in self._done.items() if since is None or now - since >= _REST]
        for path in due:
            del self._done[path]
        self.folded.update(due)
        return due
