"""Steps whose outcome is from an earlier run."""

import pytest
from textual.pilot import Pilot

from flow_tui.app.app import FlowApp
from flow_tui.model import events as ev
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.status import StepStatus
from flow_tui.runtime.messages import Recording
from tests.app import fakes
from tests.app.fakes import FakeReader, drive, press, screen_text

BEFORE = RunId("01KDYWA4M8QG3V7ZTRB2H0KEPT")
KEPT = ev.StepStarted(
    path=StepPath("0"),
    name="plan",
    kind="script",
    reused_from=BEFORE,
    reused_path=StepPath("7"),
    reused_attempt=2,
)
DONE = ev.StepFinished(path=StepPath("0"), outcome=StepStatus.COMPLETED)


def test_the_output_of_then_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read in the run that it is from, and that is said."""
    seen: set[tuple[RunId, StepPath, int]] = set()
    read = FakeReader.lines

    def lines(self: FakeReader, token: int, recording: Recording, *more: int, **words: int) -> None:
        seen.add((recording.run_id, recording.path, recording.attempt))
        read(self, token, recording, *more, **words)

    monkeypatch.setattr(FakeReader, "lines", lines)

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "1")
        assert seen == {(BEFORE, StepPath("7"), 2)}
        assert "kept from #kept" in screen_text(app)

    drive(script, fakes.started().add(1, KEPT).add(2, DONE))


def test_where_the_output_is_that_was_not_recorded_is_named() -> None:
    """It has no attempt of its own, and is over nevertheless."""
    kept = fakes.replace(KEPT, reused_attempt=0)

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "1")
        assert "kept from #kept, where its output is" in screen_text(app)
        assert "no attempt yet" not in screen_text(app)

    drive(script, fakes.started().add(1, kept).add(2, DONE))
