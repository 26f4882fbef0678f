"""``foreach`` over earlier runs."""

from datetime import UTC, datetime, timedelta

import pytest

from flow_tui.errors import ActionError
from flow_tui.model.ids import RunId
from flow_tui.model.status import RunStatus
from flow_tui.model.values import RunSummary
from tests.providers.asking import ME, asked, nothing_started

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def run(number, workflow="build", status=RunStatus.FAILED, root="/p", **given):
    """Return a run that began so many minutes after noon."""
    return RunSummary(
        run_id=RunId(f"RUN{number:04}") if number else ME,
        workflow=workflow,
        title=workflow,
        root=root,
        file=f"{workflow}.wf",
        status=status,
        started_at=NOON + timedelta(minutes=number),
        ended_at=NOON + timedelta(minutes=number, seconds=5),
        **given,
    )


def found(*kept, folder="/p", **filters):
    """Return the runs that are found among those that were kept, newest first."""
    kept = sorted(kept, key=lambda each: each.started_at, reverse=True)
    return asked("workflow_runs", folder, kept=kept, launcher=nothing_started(), **filters)[0]


def test_runs_are_chosen_by_status_and_workflow() -> None:
    """Oldest first, each with what is known of it."""
    kept = (
        run(1),
        run(2, status=RunStatus.COMPLETED),
        run(3, "release"),
        run(4, status=RunStatus.CANCELLED),
        run(5, error="step 'make' failed", inputs={"ticket_id": "7"}),
    )
    assert [item.id for item in found(*kept, status="failed")] == ["RUN0001", "RUN0003", "RUN0005"]
    chosen = found(*kept, status="failed, cancelled", workflow_name="build")
    assert [item.ref for item in chosen] == ["build #0001", "build #0004", "build #0005"]
    assert chosen[2].context == {
        "workflow_name": "build",
        "status": "failed",
        "started_at": "2026-05-01T12:05:00+00:00",
        "ended_at": "2026-05-01T12:05:05+00:00",
        "ticket_id": "7",
        "file": "build.wf",
        "error": "step 'make' failed",
    }


def test_the_run_that_asks_is_not_among_them() -> None:
    """Nor what still runs, nor what belongs to a project in a folder below."""
    kept = (run(0), run(1, root="/p/inner"), run(2, status=RunStatus.RUNNING), run(3))
    assert [item.id for item in found(*kept, workflow_name="build")] == ["RUN0003"]


def test_many_runs_are_read_a_page_at_a_time() -> None:
    """None is left out where one page ends and the next begins."""
    kept = [run(number) for number in range(1, 302)]
    assert [item.id for item in found(*kept, status="failed")] == [each.run_id for each in kept]


@pytest.mark.parametrize("status", ["running", "waiting", "faild"])
def test_runs_that_are_not_over_cannot_be_asked_for(status) -> None:
    """The message says which words there are."""
    hint = "did you mean 'failed'" if status == "faild" else "it can be cancelled, completed, failed"
    with pytest.raises(ActionError, match=hint):
        found(status=status)
