"""The summary of a run, with the last output of what failed in it."""

from pathlib import Path

from flow_tui.cli.tails import last_lines
from flow_tui.clock import SystemClock
from flow_tui.model.ids import RunId
from flow_tui.model.naming import Known, unknown
from flow_tui.model.state import RunState, StepState
from flow_tui.view.summary import Footing, summary


def last_words(
    final: RunState, folder: Path | None, *, is_kept: bool, known: Known = unknown
) -> tuple[str, ...]:
    """Return a bounded number of lines about a run that is over; ``folder`` is where output is kept."""

    def tail(run_id: RunId, step: StepState, count: int) -> tuple[str, ...]:
        return last_lines(folder, (run_id, step.path, step.attempt), count) if folder is not None else ()

    place = folder / "runs" / final.run_id if folder is not None and is_kept else None
    shown = str(place) if place is not None and _has_output(place) else ""
    footing = Footing(tail=tail, folder=shown, is_kept=is_kept, known=known)
    return summary(final, SystemClock().now(), footing)


def _has_output(folder: Path) -> bool:
    """Say whether any step has printed something: the log of the run itself lies beside the steps."""
    try:
        return any(inside.is_dir() for inside in folder.iterdir())
    except OSError:
        return False
