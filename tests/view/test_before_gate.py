"""What a gate's dialog tells of the steps before."""

from flow_tui.model.fold import replay
from flow_tui.model.ids import StepPath
from flow_tui.view.before_gate import before_gate
from tests.app import fakes
from tests.app.fakes import RUN


def test_what_came_before_a_gate_is_told() -> None:
    """How many steps went how, what the last ones gave, and the newest pull request; nothing after it."""
    story = fakes.waiting()
    link = "see https://github.com/acme/app/pull/812."
    story.step(131, "5/0", "later").done(132, "5/0", result_text="https://github.com/a/b/pull/1")
    assert list(before_gate(replay(RUN, story.events), StepPath("3"))) == [
        "5 completed",
        "test-ui: ok",
        "test-api: 214 passed",
        "lint: exit 0",
    ]
    story = fakes.started().step(1, "0", "plan").done(2, "0", result_text="first\nlast", context=link)
    told = list(before_gate(replay(RUN, story.events), StepPath("3")))
    assert told == ["1 completed", "pull request: https://github.com/acme/app/pull/812", "plan: last"]
    assert list(before_gate(replay(RUN, fakes.started().events), StepPath("0"))) == []
