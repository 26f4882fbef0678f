"""Nothing secret is recorded, whatever it is a part of."""

from datetime import UTC, datetime

import pytest

from flow_tui.engine import hiding
from flow_tui.masking import Secrets
from flow_tui.model import events as ev
from flow_tui.model.codec import event_json
from flow_tui.model.ids import StepPath
from flow_tui.model.status import Reason, RunStatus, StepStatus
from flow_tui.model.values import ActionOutput, FanOutItem

TOKEN = "tok_0123456789"
PATH = StepPath("0")
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
SAID = f"it is {TOKEN}."
OUTPUT = ActionOutput(
    markers=("a", TOKEN),
    context=SAID,
    result_text=SAID,
    structured=f'{{"a": "{TOKEN}"}}',
    metrics={TOKEN: 1.0},
    note=SAID,
)
EVENTS = (
    ev.RunStarted(workflow="w", inputs={"a": SAID}),
    ev.RunFinished(outcome=RunStatus.FAILED, error=SAID),
    ev.EngineFailed(error=SAID, traceback=SAID),
    ev.AttemptFailed(path=PATH, attempt=1, error=SAID),
    ev.StepFinished(path=PATH, outcome=StepStatus.FAILED, output=OUTPUT, error=SAID, reason=Reason.NONE),
    ev.GateOpened(path=PATH, gate="g", prompt=SAID, options={TOKEN: TOKEN}, deadline=NOON),
    ev.GateResolved(path=PATH, approved=True, feedback=SAID, selections=(TOKEN,)),
    ev.FanOutCollected(path=PATH, items=(FanOutItem(id=TOKEN, ref=TOKEN, context={"a": SAID}),)),
    ev.StepNoted(path=PATH, text=SAID),
    ev.StorageWaited(reason=SAID),
)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_what_comes_from_outside_is_recorded_without_secrets(event):
    """And as it is where there are none."""
    assert TOKEN in event_json(event)
    hidden = hiding.event(Secrets([TOKEN]), event)
    assert type(hidden) is type(event)
    assert event_json(hidden) == event_json(event).replace(TOKEN, "***")
    assert hiding.event(Secrets(["another one"]), event) == event


def test_what_a_run_is_begun_with_from_the_project_stays_as_it_is():
    """It is read again when the run goes on."""
    started = ev.RunStarted(workflow="w", source=f"workflow w {{ }} // {TOKEN}", root=f"/{TOKEN}")
    assert hiding.event(Secrets([TOKEN]), started) == started
