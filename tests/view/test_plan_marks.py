"""What the next run would do differently, laid over the rows of a run: marks, and new rows between."""

from collections.abc import Mapping

import pytest

from flow_tui.dsl.diff import diff
from flow_tui.engine.plan import plan
from flow_tui.model.fold import replay
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.state import RunState
from flow_tui.testing import FakeAction, bench, run_virtually, sound
from flow_tui.view.plan_marks import PlanMarks
from flow_tui.view.row import Row
from flow_tui.view.rows import RowTable

BEFORE = """
workflow w {
  call a
  parallel { call b call c }
  do { max_iterations = 3 on_max_iter = continue call d } while d.more
  call build { timeout = "10m" }
  call gone
  always { call z }
}
"""
AFTER = """
workflow w {
  call first
  call a
  parallel { call b call c call n { retries = 2 } }
  do { max_iterations = 3 on_max_iter = continue call d call e } while d.more
  call build { timeout = "5m" }
  if a.done { call inner if a.more { call deeper } }
  always { call z }
}
"""


def ran(source: str) -> RunState:
    """Return a run of a workflow, to its end."""

    async def main() -> RunState:
        return await bench(FakeAction()).finish(source)

    return run_virtually(main())


def marked(
    before: str = BEFORE, after: str = AFTER, runs: Mapping[StepPath, str] | None = None
) -> tuple[RowTable, PlanMarks]:
    """Return the rows of a run of one definition, marked with what another one would do."""
    old, new = sound(before, "w.wf"), sound(after, "w.wf")
    state = ran(before)
    table = RowTable(state)
    marks = PlanMarks(diff(old, new), plan(new), runs)
    table.show_ahead(marks)
    return table, marks


def line(row: Row) -> str:
    """Return a row as its lines, its mark, its name and what is said of it."""
    ahead = row.ahead
    assert ahead is not None
    return f"{ahead.mark or ' '}{row.lines()} {row.label}  {ahead.said}".rstrip()


def test_every_row_says_what_becomes_of_it_and_new_ones_stand_where_they_will() -> None:
    """In loops in the last pass; what is folded says how much is different inside."""
    table, _ = marked()
    assert [line(row) for row in table.rows()] == SHOWN
    assert table.refresh().moved
    assert not table.refresh().moved
    table.unfold(StepPath("2#1"))
    assert [line(row) for row in table.rows()][7:10] == ["  └ #1", "=   ├ d", "+   └ e  added"]


SHOWN = [
    "+ first  added",
    "= a",
    "  parallel  1 added inside",
    "= ├ b",
    "= ├ c",
    "+ └ n  added",
    "  do … while d.more  1 added inside",
    "  └ #1",
    "~ build  timeout 10m → 5m",
    "- gone  removed",
    "+ if a.done  added",
    "+ ├ inner  added",
    "+ └ if a.more  added",
    "+   └ deeper  added",
    "  always",
    "= └ z",
]


def test_a_new_row_can_be_looked_at_like_any_other() -> None:
    """It is found by its path, which no step of the run has."""
    table, _ = marked()
    path = next(row.path for row in table.rows() if row.path.startswith("+"))
    index = table.index(path)
    assert index is not None
    assert table.path(index) == path
    row = table.at(path)
    assert row is not None
    assert (row.step, row.label) == (None, "first")


def test_folding_takes_new_rows_away_and_no_marks_take_all_of_them() -> None:
    """What was there before is as it was."""
    table, _ = marked()
    plain = RowTable(table.state)
    table.fold(StepPath("1"))
    assert "n" not in [row.label for row in table.rows()]
    folded = table.at(StepPath("1"))
    assert folded is not None
    assert folded.ahead is not None
    assert folded.ahead.said == "1 added inside"
    table.unfold(StepPath("1"))
    table.show_ahead(None)
    assert [row.label for row in table.rows()] == [row.label for row in plain.rows()]
    assert all(row.ahead is None for row in table.rows())


def test_new_rows_stay_while_the_run_goes_on() -> None:
    """Steps that begin and end beside them move nothing."""
    old, new = (
        sound("workflow w { call a call b }", "w.wf"),
        sound("workflow w { call a call n call b }", "w.wf"),
    )
    state = replay(RunId("r"), ())
    whole = ran("workflow w { call a call b }")
    state.plan = whole.plan
    table = RowTable(state)
    table.show_ahead(PlanMarks(diff(old, new), plan(new)))
    table.refresh()
    state.steps.update(whole.steps)
    table.touch(StepPath("0"))
    table.refresh()
    assert [row.label for row in table.rows()] == ["a", "n", "b"]


@pytest.mark.parametrize(
    ("why", "mark", "said", "outside"),
    [
        ("the file lint.sh has changed", "~", "the file lint.sh has changed", "1 changed inside"),
        ("it follows 'a', which runs", "=", "runs again", ""),
    ],
)
def test_a_step_that_is_written_as_before_may_run_again_all_the_same(
    why: str, mark: str, said: str, outside: str
) -> None:
    """Because of a file it uses, which is a change of its own, or of what comes before it."""
    table, _ = marked(BEFORE, BEFORE, {StepPath("1/0"): why})
    row = table.at(StepPath("1/0"))
    assert row is not None
    assert row.ahead is not None
    assert (row.ahead.mark, row.ahead.said) == (mark, said)
    around = table.at(StepPath("1"))
    assert around is not None
    assert around.ahead is not None
    assert around.ahead.said == outside
