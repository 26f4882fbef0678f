"""Rows of steps that other runs carry out: items of a fan-out, workflows that are called."""

import pytest

from flow_tui import limits
from flow_tui.model import events as ev
from flow_tui.model.fold import apply
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.state import RunState
from flow_tui.model.status import Reason, RunStatus, StepStatus
from flow_tui.model.values import FanOutItem
from flow_tui.view.rows import RowTable
from tests.view.stories import RUN, at, attempt, finished, leaf, plan, started, state

PART = RunId("01KDYWA4M8QG3V7ZTRB2H0C41D")


def begun(number: int) -> list[ev.Event]:
    """Return that an item began."""
    path = StepPath(f"0/{number}")
    return [ev.StepStarted(path=path, name=f"ref {number}", kind="item"), attempt(path)]


def fan_out(count: int, *events: ev.Event) -> RunState:
    """Return a run with one fan-out of so many items."""
    items = tuple(FanOutItem(id=str(n), ref=f"ref {n}") for n in range(count))
    nodes = plan(leaf("each", "foreach"), leaf("after"))
    return state(nodes, started("0", "foreach"), ev.FanOutCollected(path=StepPath("0"), items=items), *events)


def shown(table: RowTable) -> list[str]:
    """Return every visible row in a few words."""
    return [f"{row.path} {row.status.value} {row.label}" for row in table.rows()]


def test_a_fan_out_that_is_over_says_how_its_items_ended() -> None:
    """In fewer words than its error."""
    error = "foreach each: 1 completed, 1 failed, 0 skipped of 2 items (over range)"
    ended = (*begun(0), finished("0/0"), *begun(1), finished("0/1", StepStatus.FAILED))
    run = fan_out(2, *ended, finished("0", StepStatus.FAILED, error=error))
    assert RowTable(run).row(0).detail() == "2/2 ✗1"


def test_few_items_are_all_there_from_the_beginning() -> None:
    """By their names, in order, those to come too; the row around them counts."""
    run = fan_out(3, *begun(1), finished("0/1"), *begun(0))
    table = RowTable(run)
    assert shown(table) == [
        "0 running each",
        "0/0 running ref 0",
        "0/1 completed ref 1",
        "0/2 pending ref 2",
        "1 pending after",
    ]
    assert table.row(0).detail() == "1/3 ▶1"
    assert table.row(3).item == FanOutItem(id="2", ref="ref 2")
    assert table.newest_running == "0/0"


def test_of_many_items_what_is_done_stands_behind_one_row() -> None:
    """What runs or failed is never behind it; one can look inside."""
    count = limits.FOLD_ITEMS + 5
    run = fan_out(count)
    table = RowTable(run)
    story = [event for n in range(5) for event in begun(n)]
    story += [
        finished("0/3"),
        finished("0/0"),
        finished("0/1", StepStatus.FAILED, error="broken"),
        finished("0/2", StepStatus.SKIPPED, reason=Reason.CONDITION),
    ]
    for seq, event in enumerate(story, 10):
        table.touch(apply(run, ev.Recorded(seq=seq, at=at(seq), run_id=RUN, event=event)))
        table.refresh()
    folded = [
        "0 running each",
        "0/done completed 3 done",
        "0/1 failed ref 1",
        "0/4 running ref 4",
        "0/to_come pending 20 pending",
        "1 pending after",
    ]
    assert shown(table) == folded == shown(RowTable(run))
    assert table.row(0).detail() == f"4/{count} ✗1 –1 ▶1"
    table.unfold(StepPath("0/done"))
    assert [row.path for row in table.rows()][1:5] == ["0/done", "0/0", "0/2", "0/3"]


def test_an_item_that_somebody_reads_stays_where_it_is() -> None:
    """It goes behind the row when nobody's cursor is on it."""
    run = fan_out(limits.FOLD_ITEMS + 1, *begun(0))
    table = RowTable(run)
    table.hold(StepPath("0/0"))
    table.touch(apply(run, ev.Recorded(seq=9, at=at(9), run_id=RUN, event=finished("0/0"))))
    table.refresh()
    assert "0/0 completed ref 0" in shown(table)
    table.hold(StepPath("1"))
    table.refresh()
    assert "0/0 completed ref 0" not in shown(table)


def test_of_many_items_those_to_come_stand_behind_one_row_that_opens() -> None:
    """Opened, each is there and leaves the row when it begins; when all have begun the row is gone."""
    count = limits.FOLD_ITEMS + 1
    run, seq = fan_out(count, *begun(0)), 10
    table = RowTable(run)

    def happens(*events: ev.Event) -> None:
        nonlocal seq
        for event in events:
            seq += 1
            table.touch(apply(run, ev.Recorded(seq=seq, at=at(seq), run_id=RUN, event=event)))
        table.refresh()

    row = StepPath("0/to_come")
    assert shown(table)[1:] == ["0/0 running ref 0", "0/to_come pending 20 pending", "1 pending after"]
    assert table.at(row) is not None
    assert (table.row(2).has_children, table.row(2).expanded, table.row(2).detail()) == (True, False, "")
    table.unfold(row)
    assert shown(table)[2:5] == ["0/to_come pending 20 pending", "0/1 pending ref 1", "0/2 pending ref 2"]
    assert table.row(3).item == FanOutItem(id="1", ref="ref 1")
    assert shown(RowTable(run, opened=table.opened)) == shown(table)
    happens(*begun(2), *begun(1), finished("0/2"), finished("0/1", StepStatus.FAILED, error="broken"))
    assert shown(table)[1:6] == [
        "0/done completed 1 done",
        "0/0 running ref 0",
        "0/1 failed ref 1",
        "0/to_come pending 18 pending",
        "0/3 pending ref 3",
    ]
    assert shown(RowTable(run, opened=table.opened)) == shown(table)
    table.fold(row)
    happens(*(event for number in range(3, count - 1) for event in begun(number)))
    assert shown(table)[-2:] == ["0/to_come pending 1 pending", "1 pending after"]
    happens(*begun(count - 1))
    assert shown(table)[-2:] == [f"0/{count - 1} running ref {count - 1}", "1 pending after"]
    assert shown(RowTable(run)) == shown(table)


def test_what_never_began_says_so_when_the_run_is_over() -> None:
    """Nothing is pending any more then."""
    run = fan_out(limits.FOLD_ITEMS + 1, *begun(0), ev.RunFinished(outcome=RunStatus.CANCELLED))
    assert "0/to_come pending 20 not begun" in shown(RowTable(run))


def test_very_many_items_to_come_are_made_a_page_at_a_time() -> None:
    """Of fifty thousand none is made before somebody opens its page; unfolding everything opens no page."""
    count, page = 50_000, limits.PAGE_ITEMS
    run = fan_out(count, *begun(7))
    table = RowTable(run)
    assert len(table) == 4
    table.unfold_all()
    rows = shown(table)
    assert rows[2:5] == [
        "0/to_come pending 49,999 pending",
        "0/to_come-0 pending 1 to 500: 499 pending",
        "0/to_come-500 pending 501 to 1,000: 500 pending",
    ]
    assert len(rows) == 4 + count // page
    table.unfold(StepPath("0/to_come-500"))
    assert len(table) == 4 + count // page + page
    assert table.path(5) == "0/500"
    table.touch(apply(run, ev.Recorded(seq=99, at=at(99), run_id=RUN, event=begun(500)[0])))
    assert table.refresh().moved
    assert [table.path(n) for n in range(7)] == ["0", "0/7", "0/500", *table_rows(0, 500), "0/501"]


def table_rows(*pages: int) -> list[str]:
    """Return the paths of all to come and of some pages of them."""
    return ["0/to_come", *(f"0/to_come-{page}" for page in pages)]


def called(*events: ev.Event) -> tuple[RunState, RunState]:
    """Return a run that calls a workflow, and the run of that."""
    whole = state(
        plan(leaf("sub", "call_workflow")),
        ev.StepStarted(path=StepPath("0"), name="sub", kind="call_workflow"),
        attempt("0"),
        ev.ChildRunStarted(path=StepPath("0"), attempt=1, child_run=PART),
    )
    part = RunState(run_id=PART)
    nodes = plan(leaf("a"), leaf("b"))
    first = ev.RunStarted(workflow="sub", plan=nodes, parent=RUN, parent_path=StepPath("0"))
    for seq, event in enumerate((first, *events), 1):
        apply(part, ev.Recorded(seq=seq, at=at(seq), run_id=PART, event=event))
    return whole, part


GATE = ev.GateOpened(path=StepPath("1"), gate="human_approval", prompt="?", deadline=at(600))


@pytest.mark.parametrize(
    ("events", "detail", "looks_like", "beats"),
    [
        ((started("0"), attempt("0")), "0/2  0", StepStatus.RUNNING, True),
        ((started("0"), finished("0")), "1/2", StepStatus.RUNNING, True),
        (
            (started("0"), finished("0"), started("1", "gate"), GATE),
            "1 waits for you",
            StepStatus.WAITING,
            False,
        ),
    ],
)
def test_a_called_workflow_tells_how_far_it_is(
    events: tuple[ev.Event, ...], detail: str, looks_like: StepStatus, beats: bool
) -> None:
    """Its steps, what goes on in it, and that it waits: then nobody expects a sign of life."""
    whole, part = called(*events)
    row = RowTable(whole, known={PART: part}.get).row(0)
    assert (row.detail(), row.looks_like) == (detail, looks_like)
    assert bool(row.heartbeat(at(300))) is row.is_stale(at(300)) is beats


def test_a_called_workflow_that_nobody_knows_is_a_step_like_others() -> None:
    """It can be opened nevertheless."""
    whole, _ = called()
    row = RowTable(whole).row(0)
    assert row.part is not None
    assert (row.part.run_id, row.part.share, row.detail()) == (PART, "", "")


def test_what_is_over_waits_for_nobody() -> None:
    """A gate in a run that was cancelled is not told of."""
    whole, part = called(started("1", "gate"), GATE, ev.RunFinished(outcome=RunStatus.CANCELLED))
    assert RowTable(whole, known={PART: part}.get).row(0).waits_inside == ""
