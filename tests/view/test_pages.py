"""What there is to read about a step, as pages of text."""

import re
from dataclasses import replace
from datetime import UTC, timedelta

from hypothesis import given as with_any
from hypothesis import strategies as st

from flow_tui.model import events as ev
from flow_tui.model.ids import StepPath
from flow_tui.model.state import RunState, StepState
from flow_tui.model.status import StepStatus
from flow_tui.model.values import ActionOutput, FanOutItem
from flow_tui.sanitize import plain_log_line
from flow_tui.view import given, handed_over, happened, written
from tests.app.fakes import RUN, at
from tests.conftest import tried

PATH = StepPath("1")
SOURCE = """workflow w {
  script build {
    run = "echo {{ref}} }"  // a brace in a text
  }
  call plain
  call other {
    retries = 2
  }
}
"""


def plain(lines: object) -> list[str]:
    """Return lines without colours."""
    return [plain_log_line(line.encode()) for line in lines]


def step(**more: object) -> StepState:
    """Return a step that is over."""
    return StepState(path=PATH, name="build", kind="call", status=StepStatus.COMPLETED, **more)


def test_everything_a_step_handed_over_is_on_its_page() -> None:
    """Each under its name, the object with one member a line, and what it exports by itself."""
    output = ActionOutput(
        result_text="fine",
        markers=("ready",),
        context="first\nsecond",
        structured='{"who": "nina", "n": [1]}',
        metrics={"num_turns": 2},
        note="cut",
    )
    said = plain(handed_over.page(step(output=output, notes=("beware",))))
    assert said == [
        *("result", "fine", "", "markers", "ready", "", "context", "first", "second", ""),
        *("structured output", "{", '  "who": "nina",', '  "n": [', "    1", "  ]", "}", ""),
        *("exports", "who  nina", "", "used", "2 turns", "num_turns  2", "", "notes", "cut", "beware"),
    ]


def test_a_page_without_anything_says_why() -> None:
    """Never an empty pane."""
    assert plain(handed_over.page(None)) == ["not started"]
    assert plain(handed_over.page(step())) == ["not started"]


def test_a_text_without_an_end_is_cut_and_that_is_said() -> None:
    """The screen never waits for a page."""
    huge = step(output=ActionOutput(context="x" * (handed_over.MOST_CHARACTERS * 2)))
    assert plain(handed_over.page(huge))[-1].startswith("… 1,048,576 characters more")


def test_what_sounds_secret_is_never_shown() -> None:
    """Neither among inputs nor among variables."""
    state = RunState(run_id=RUN, inputs={"env": "prod", "api_token": "s3cret"})
    kept = given.Kept(
        variables={"env": "prod", "api_token": "s3cret", "db_password": "hush", "n": "1"}, prompt="Do it"
    )
    said = plain(given.page(state, kept, is_program=True))
    assert "s3cret" not in "".join(said)
    assert "hush" not in "".join(said)
    assert [line.split() for line in said if line.startswith(("env", "n "))] == [["env", "prod"], ["n", "1"]]
    assert "Do it" in said
    assert said[-1].startswith("FLOW_ENV FLOW_API_TOKEN FLOW_RUN_ID")


def test_the_page_of_a_run_names_the_step_each_variable_is_from() -> None:
    """The latest one that has exported it."""
    state = RunState(run_id=RUN)
    for number, value in enumerate(("a", "b")):
        path = StepPath(str(number))
        output = ActionOutput(structured=f'{{"ref": "{value}\\nmore"}}')
        state.steps[path] = replace(step(output=output), path=path, name=f"step{number}")
    assert plain(given.of_run(state))[-1] == "ref  b …  from step1"


def test_the_definition_of_a_step_is_its_block_and_nothing_else() -> None:
    """Braces in texts and comments count for nothing."""
    assert written.block(SOURCE, 2).split("\n")[-1] == "  }"
    assert written.block(SOURCE, 2).startswith("  script build {")
    assert written.block(SOURCE, 5) == "  call plain"
    assert written.block(SOURCE, 6) == "  call other {\n    retries = 2\n  }"
    assert written.block(SOURCE, 99) == ""
    said = plain(written.page(SOURCE, "w.wf", 5, now="the file differs now", changes=("-a", "+b")))
    assert said[0].startswith("w.wf:5")
    assert said[1] == "the file differs now"
    assert said[3] == "5 │   call plain"
    assert said[-2:] == ["-a", "+b"]


def test_an_event_is_one_line_with_what_it_says() -> None:
    """Its number, its time, its type, and everything that does not go without saying."""
    recorded = ev.Recorded(
        seq=7,
        at=at(1.25),
        run_id=RUN,
        event=ev.AttemptFailed(path=PATH, attempt=2, error="exit 1\nmore", retry_at=at(9)),
    )
    said = plain([happened.line(recorded, UTC)])
    assert said == [
        "    7  12:00:01.250  attempt_failed  attempt 2  error exit 1␊more  retry_at 2026-01-02T12:00:09+0000"
    ]
    items = tuple(FanOutItem(id=str(number)) for number in range(100_000))
    many = ev.FanOutCollected(path=PATH, items=items)
    assert "… 99992 more" in happened.line(replace(recorded, event=many), UTC)


@tried(100)
@with_any(st.text(max_size=60), st.sampled_from(["handed", "given", "written", "happened"]))
def test_no_text_from_outside_acts_or_breaks_a_page(text: str, page: str) -> None:
    """Whatever stands in an output, an input, a definition or an event, one line stays one line."""
    outside = f"{text}\x1b[2J\x07{text}"
    match page:
        case "handed":
            output = ActionOutput(context=outside, structured=outside, markers=(outside,))
            lines = [*handed_over.page(step(output=output, error=outside))]
        case "given":
            kept = given.Kept(variables={outside: outside}, prompt=outside, why=outside)
            lines = [*given.page(RunState(run_id=RUN, inputs={outside: outside}), kept, is_program=True)]
        case "written":
            lines = [*written.page(outside, outside, 1, now=outside, changes=(outside,))]
        case _:
            event = ev.StepNoted(path=PATH, text=outside)
            lines = [happened.line(ev.Recorded(seq=1, at=at(0), run_id=RUN, event=event), UTC)]
    for line in lines:
        bare = re.sub("\x1b\\[[0-9;]+m", "", line)
        assert not re.search("[\x00-\x08\x0a-\x1f\x7f]", bare)


def test_a_limit_is_told_as_people_write_it() -> None:
    """And a mapping as pairs."""
    event = ev.AttemptStarted(path=PATH, attempt=1, heartbeat_timeout=timedelta(minutes=5))
    said = plain([happened.line(ev.Recorded(seq=1, at=at(0), run_id=RUN, event=event), UTC)])[0]
    assert said.endswith("attempt_started  attempt 1  heartbeat_timeout 5m")
