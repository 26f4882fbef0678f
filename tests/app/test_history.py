"""The history screen: every run on record, found by a search, compared and acted on."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from textual.pilot import Pilot

from flow_tui.app.app import FlowApp
from flow_tui.app.screens import history
from flow_tui.app.screens.history import HistoryScreen
from flow_tui.app.screens.replay import ReplayScreen
from flow_tui.app.session import StartArgs
from flow_tui.app.widgets import history_lines
from flow_tui.app.widgets.run_table import PAGE
from flow_tui.model.ids import RunId
from flow_tui.model.status import RunStatus
from flow_tui.model.values import StepLine
from flow_tui.runtime.chores import RunGone
from flow_tui.runtime.comparing import FileChange
from flow_tui.runtime.messages import CouldNotRead, ForgetRuns, OpenRun
from flow_tui.runtime.past import (
    Compared,
    HistoryPage,
    HistoryWanted,
    RunExported,
    StepPair,
)
from flow_tui.runtime.questions import Compare, Export, History
from tests.app.fakes import FakeSession, FixedClock, at, drive, press, screen_text, settle, summary

TOTAL = 100_000


def run_at(index: int) -> Any:
    """Return one of very many runs: every third failed."""
    status = RunStatus.FAILED if index % 3 == 1 else RunStatus.COMPLETED
    why = (
        "step 'test-api' failed after 2 attempts: script 'test-api' exited with code 1"
        if index % 3 == 1
        else ""
    )
    facts = {"error": why, "inputs": {"env": f"n{index}"}, "trigger": "watch", "totals": {"cost_usd": 0.12}}
    made = summary(f"01KDYWA4M8QG3V7ZTRB{index:06}X", status, -60 * index, 72, **facts)
    return replace(made, workflow="deploy" if index % 2 else "nightly", title="")


def page(asked: History) -> HistoryPage:
    """Return a page of them; of a search, few."""
    total = 2 if asked.wanted.text else TOTAL
    found = range(asked.first, min(asked.first + asked.count, total))
    counts = {"completed": total - total // 3, "failed": total // 3} if total > 2 else {"failed": total}
    return HistoryPage(
        token=asked.token,
        wanted=asked.wanted,
        first=asked.first,
        runs=tuple(run_at(1 + 3 * index if asked.wanted.text else index) for index in found),
        counts={name: count for name, count in counts.items() if count},
    )


def compared(asked: Compare) -> Compared:
    """Return how a run compares."""
    index = int(asked.run_id[-7:-1])
    run, other = run_at(index), run_at(index + 2 if asked.other is None else int(asked.other[-7:-1]))
    line = StepLine(path="0", name="build", kind="script", status="completed", took=timedelta(seconds=61))
    mine = replace(line, took=timedelta(seconds=63), tries=2)
    late = replace(line, name="publish", status="failed", failed=1, error="boom\n")
    return Compared(
        token=asked.token,
        run=run,
        other=other,
        steps=(
            StepPair(name="build", mine=mine, other=line),
            StepPair(name="publish", mine=late, other=line),
            StepPair(name="gone", mine=None, other=replace(line, name="gone", status="skipped", took=None)),
        ),
        changes=(FileChange(name="deploy.wf", added=2, removed=1),),
        inputs=(("env", "prod", "staging"),),
        trend=tuple(run_at(index + n) for n in range(5, 0, -1)),
        flaky=(("test-api", 4),),
        failed=("publish", "boom\nmore"),
    )


async def opened(app: FlowApp, pilot: Pilot[None]) -> FakeSession:
    """Show the history of very many runs."""
    session = app.session
    assert isinstance(session, FakeSession)
    session.reader.told.update({History: page, Compare: compared})
    await press(app, pilot, "H")
    await settle(app, pilot)
    assert isinstance(app.screen, HistoryScreen)
    return session


def selected(app: FlowApp) -> RunId:
    """Return the run under the cursor."""
    assert isinstance(app.screen, HistoryScreen)
    assert app.screen.run is not None
    return app.screen.run.run_id


def test_very_many_runs_are_paged_compared_and_sorted() -> None:
    """Only what is looked at is read; the marked run or the last green one stands beside the selected one."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        session = await opened(app, pilot)
        text = screen_text(app)
        assert "100,000 runs" in text
        assert "✗ test-api: exited with code 1" in text
        assert all(said in text for said in ("watch", "$0.12", "env=n3", "01:12"))
        assert "#000x vs #002x (last green before it)" in text
        assert "changed between them: deploy.wf +2 -1" in text
        assert "test-api: 4 of 5 runs needed another try" in text
        assert all(said in text for said in ("+2.0s", "1m03s ↻2", "not come to", "env: prod → staging"))
        assert len([each for each in session.reader.asked if isinstance(each, History)]) <= 2
        await press(app, pilot, "G")
        assert selected(app) == run_at(TOTAL - 1).run_id
        await press(app, pilot, "k", "pageup", "g", "j", "pagedown", "space", "j", "c")
        assert "(marked)" in screen_text(app)
        asked = next(each for each in reversed(session.reader.asked) if isinstance(each, Compare))
        assert asked.other == run_at(int(asked.run_id[-7:-1]) - 1).run_id
        await press(app, pilot, "c", "s")
        wanted = [each.wanted.order for each in session.reader.asked if isinstance(each, History)]
        assert (wanted[-1], app.screen.wanted) == ("longest", HistoryWanted(order="longest"))
        await press(app, pilot, "equals_sign")
        assert app.screen.wanted.order == "workflow"
        await press(app, pilot, "equals_sign", "tab", "tab")
        assert app.screen.wanted.order == "newest"
        asked_for = {each.first for each in session.reader.asked if isinstance(each, History)}
        assert all(first % PAGE == 0 for first in asked_for)
        assert len(asked_for) < 12

    drive(script, size=(160, 40), start_args=StartArgs(home=True))


def test_a_search_is_read_while_it_is_typed_and_a_slip_is_said() -> None:
    """What was found before stays on screen until the words mean something; esc clears, then leaves."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        session = await opened(app, pilot)
        await press(app, pilot, "slash", *"status", "colon", *"faild")
        assert "status:faild: a run cannot be 'faild'; did you mean 'failed'?" in screen_text(app)
        await press(app, pilot, "backspace", *"ed", "enter")
        assert "2 runs" in screen_text(app)
        assert "did you mean" not in screen_text(app)
        await press(app, pilot, "y")
        late = next(each for each in session.reader.asked if isinstance(each, History))
        session.inbox.put(replace(page(late), runs=(), counts={}))
        session.inbox.put(CouldNotRead(token=late.token, why="late"))
        await settle(app, pilot)
        assert "2 runs" in screen_text(app)
        await press(app, pilot, "escape")
        assert "100,000 runs" in screen_text(app)
        await press(app, pilot, "escape")
        assert not isinstance(app.screen, HistoryScreen)

    drive(script, size=(80, 24), start_args=StartArgs(home=True))


def test_a_history_that_cannot_be_read_is_never_shown_as_empty() -> None:
    """No runs and no answer are told apart."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        session = app.session
        assert isinstance(session, FakeSession)
        session.reader.told[History] = lambda asked: CouldNotRead(token=asked.token, why="the disk is gone")
        history.show(app, app.scene)
        await settle(app, pilot)
        text = " ".join(screen_text(app).split())
        assert "cannot be read just now: the disk is gone" in text
        assert "no runs" not in text
        assert "0 runs" not in text
        session.reader.told[History] = lambda asked: HistoryPage(
            token=asked.token, wanted=asked.wanted, first=0, runs=()
        )
        await press(app, pilot, "s")
        assert "no runs here yet" in screen_text(app)
        await press(app, pilot, "enter", "r", "R", "D", "p", "y", "ctrl+s", "space", "c", "j", "G")
        assert isinstance(app.screen, HistoryScreen)
        assert session.sent == []

    drive(script, size=(40, 10))


def test_the_selected_run_is_acted_on() -> None:
    """Opened, copied, exported, deleted after asking, played back; from time to time it is read again."""
    clock = FixedClock()

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        session = await opened(app, pilot)
        await press(app, pilot, "j", "ctrl+s", "y")
        (export,) = (each for each in session.reader.asked if isinstance(each, Export))
        assert (export.run_id, export.file.name) == (selected(app), "deploy-001x.json")
        session.inbox.put(RunExported(token=export.token, run_id=export.run_id, file="deploy-001x.json"))
        await settle(app, pilot)
        assert any("is in deploy-001x.json" in each.message for each in app._notifications)
        await press(app, pilot, "D", "D")
        assert session.sent == []
        await press(app, pilot, "y")
        assert session.sent == [ForgetRuns(run_ids=(selected(app),))]
        before = len(session.reader.asked)
        session.inbox.put(RunGone(run_id=selected(app)))
        await settle(app, pilot)
        assert len(session.reader.asked) > before
        before = len(session.reader.asked)
        clock.set(200)
        await settle(app, pilot)
        assert len(session.reader.asked) > before
        await press(app, pilot, "p")
        assert isinstance(app.screen, ReplayScreen)
        await press(app, pilot, "escape", "enter")
        assert session.sent[1:] == [OpenRun(run_id=selected(app))]

    drive(script, size=(100, 30), start_args=StartArgs(home=True), clock=clock)


@pytest.mark.parametrize(
    ("ago", "told"), [(0, "today"), (1, "yest. "), (3, "Tue   "), (30, "2025-12-03"), (400, "2024-11-28")]
)
def test_when_a_run_began_is_told_as_one_says_it(ago: int, told: str) -> None:
    """Near days by name, others by date."""
    assert history_lines.when(at(0) - timedelta(days=ago), at(60)).startswith(told)
