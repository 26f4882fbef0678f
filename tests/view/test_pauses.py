"""Breakpoints in words, where there is no dashboard."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flow_tui.app.widgets import home_lines
from flow_tui.cli import run, runs
from flow_tui.errors import UsageError
from flow_tui.model import events as ev
from flow_tui.model.breakpoints import Breakpoint, Release
from flow_tui.model.fold import apply
from flow_tui.model.ids import StepPath
from flow_tui.model.plan import PlanNode
from flow_tui.model.state import RunState
from flow_tui.model.status import StepStatus
from flow_tui.runtime import library
from flow_tui.runtime.breaking import with_breakpoints
from flow_tui.store.projections import summary
from flow_tui.view.plain import lines
from flow_tui.view.rows import rows
from tests.strategies import RUN, recorded

PATH = StepPath("0")
NODE = PlanNode(path=PATH, kind="script", name="build", label="build")
PAUSED = (
    ev.RunStarted(workflow="w", plan=(NODE,)),
    ev.BreakpointsSet(points=(Breakpoint(workflow="w", path=PATH), Breakpoint(workflow="sub", path=PATH))),
    ev.StepPaused(path=PATH, name="build", kind="script"),
)


def test_lines_tell_where_a_run_pauses_and_how_it_went_on() -> None:
    """With what was changed, made harmless."""
    state, said = RunState(run_id=RUN), list[str]()
    released = ev.StepReleased(
        path=PATH, how=Release.STEP, by="ada", values={"env": "\x1b[1mprod"}, text="make\nit"
    )
    after = ev.StepFinished(path=PATH, outcome=StepStatus.COMPLETED)
    again = ev.StepPaused(path=PATH, name="build", kind="script", is_after=True)
    for one in recorded([*PAUSED, released, after, again]):
        apply(state, one)
        said += [f"{who}: {text}" for who, text in lines(state, one)]
    assert "w: pauses before build, sub/0" in said
    assert "build: ‖ paused at a breakpoint" in said
    assert "build: goes on, and the run pauses again after it, as ada wishes" in said
    assert "build: ‖ paused after it has run" in said
    assert any("make" in each for each in said)
    assert "\x1b" not in "".join(said)


def test_lists_of_runs_tell_a_breakpoint_from_a_gate() -> None:
    """Nobody asks for an answer there; the name is made harmless."""
    now = datetime(2026, 1, 2, 13, tzinfo=UTC)
    for name, event, home, listed in (
        ("\x1b[1mb", PAUSED[-1], "paused at a breakpoint: ", "paused at a breakpoint: "),
        (
            "sure?",
            ev.GateOpened(path=PATH, gate="human_approval", deadline=now),
            "waits: sure?",
            "waits for an answer: sure?",
        ),
    ):
        state = RunState(run_id=RUN)
        is_gate = isinstance(event, ev.GateOpened)
        begun = ev.StepStarted(path=PATH, name=name, kind="gate") if is_gate else None
        held = event if is_gate else replace(event, name=name)
        for one in recorded([each for each in (PAUSED[0], begun, held) if each is not None]):
            apply(state, one)
        told = summary(state, owner=None, last_heartbeat_at=None)
        assert told is not None
        row = home_lines.run(told, now, 100, 10, is_left=False, estimate=None).plain
        assert home in row
        assert f"  {listed}" in runs._line(told, now)
        assert "\x1b" not in row + runs._line(told, now)


def test_a_step_that_nobody_can_let_go_any_more_is_not_called_paused() -> None:
    """The program died under it: it has not begun."""
    state = RunState(run_id=RUN)
    for one in recorded(list(PAUSED)):
        apply(state, one)
    assert [row.word() for row in rows(state)] == ["paused"]
    state.left_at = datetime(2026, 1, 2, 13, tzinfo=UTC)
    assert [row.word() for row in rows(state)] == ["interrupted"]
    assert [row.detail() for row in rows(state)] == ["interrupted"]


def test_steps_are_meant_by_name_or_path_also_in_workflows_that_are_called(tmp_path: Path) -> None:
    """An unknown one is told with the one that was probably meant."""
    folder = tmp_path / ".flow" / "workflows"
    folder.mkdir(parents=True)
    (folder / "w.wf").write_text('workflow w { script deploy { run = "true" } call workflow sub }')
    (folder / "sub.wf").write_text('workflow sub { script deploy { run = "true" } }')
    start = library.start(library.load(str(folder / "w.wf")), {}, ev.RunOptions())

    def meant(*names: str) -> list[tuple[str, str]]:
        return [(each.workflow, each.path) for each in with_breakpoints(start, names).breakpoints]

    assert meant("deploy") == [("sub", "0"), ("w", "0")]
    assert meant("0") == [("w", "0")]
    assert meant("sub/deploy", "1") == [("sub", "0"), ("w", "1")]
    assert meant() == []
    with pytest.raises(UsageError, match="no step 'deplyo'") as refused:
        meant("deplyo")
    assert "did you mean 'deploy'?" in refused.value.hint


def test_nothing_pauses_where_nobody_could_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the dashboard, and where CI is set."""
    monkeypatch.setenv("CI", "1")
    for mode in ("plain", "json", "quiet", "tui"):
        with pytest.raises(UsageError, match="--break pauses a run"):
            run.require_somebody(mode)  # type: ignore[arg-type]  # every mode is one
    monkeypatch.delenv("CI")
    run.require_somebody("tui")
