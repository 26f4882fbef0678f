"""What the watch does, in words."""

from collections.abc import Mapping
from types import MappingProxyType

from flow_tui.sanitize import line

POLICIES: Mapping[str, str] = MappingProxyType(
    {
        "queue": "re-runs after the run",
        "restart": "restarts the run",
        "ignore": "ignores changes during a run",
        "manual": "only tells of changes",
    }
)
EFFECTS: Mapping[str, str] = MappingProxyType(
    {
        "queued": "1 re-run queued",
        "started": "re-run started",
        "restarting": "restarting",
        "ignored": "ignored, a run was in progress",
        "broken": "the workflow is broken, nothing runs",
        "told": "nothing runs until you say so",
    }
)


def suspended(file: str) -> str:
    """Return why nothing is started any more: a run that changes a file would start for ever."""
    return f"{line(file, 60)} is changed by each run it starts"


def cold(file: str) -> str:
    """Return why nothing of the run before is kept."""
    return f"everything runs: {line(file, 60)} changed, and no step is known to use it"


def changed(trigger: str, others: int) -> str:
    """Return what has changed, folded: ``src/api.py +3``."""
    return f"{line(trigger, 60)} +{others}" if others else line(trigger, 60)
