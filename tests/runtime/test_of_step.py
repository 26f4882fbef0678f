"""What the reader finds out about one step."""

import json
from pathlib import Path

from flow_tui.model import events as ev
from flow_tui.model.ids import RunId, StepPath
from flow_tui.runtime import of_step
from flow_tui.runtime.questions import Given, Happened, Written
from flow_tui.runtime.step_events import MOST_EVENTS, StepEvents
from tests.app.fakes import RUN, at

PATH = StepPath("1")
GIVEN = Given(token=3, run_id=RUN, path=PATH, attempt=1)


def test_what_an_attempt_saw_is_read_from_its_files(tmp_path: Path) -> None:
    """Its variables, why it failed before, and the beginning of what its agent was told."""
    prompt = tmp_path / "prompt.md"
    prompt.write_text("x" * (of_step.PROMPT_CHARACTERS + 1))
    params = {"variables": {"a": "1", "n": 2}, "retry_error": "exit 1", "attempt": 2}
    (tmp_path / "params.json").write_text(json.dumps(params))
    told = of_step.given(GIVEN, prompt)
    assert (told.token, told.variables, told.told) == (3, {"a": "1", "n": "2"}, (("retry_error", "exit 1"),))
    assert (len(told.prompt), told.is_cut, told.why) == (of_step.PROMPT_CHARACTERS, True, "")


def test_what_was_not_kept_is_said(tmp_path: Path) -> None:
    """Also where the file holds something else."""
    for content in (None, "[]", "{", "\xff"):
        if content is not None:
            (tmp_path / "params.json").write_text(content)
        assert of_step.given(GIVEN, tmp_path / "prompt.md").why == "what it saw was not kept"


def test_a_definition_is_compared_with_its_file(tmp_path: Path) -> None:
    """The same, changed, too large to compare by lines, gone."""
    file = tmp_path / "w.wf"
    file.write_text("a\nb\n")
    ask = Written(token=1, file=file, before="a\nb\n")
    assert of_step.written(ask).said == "the file is the same now"
    file.write_text("a\nc\nd\n")
    told = of_step.written(ask)
    assert told.said == "the file differs now: 2 added, 1 removed"
    assert told.differs
    assert told.changes[-3:] == ("-b", "+c", "+d")
    file.write_text("x\n" * 200_000)
    assert of_step.written(ask).said == "the file differs now"
    file.unlink()
    assert of_step.written(ask).said == "the file is gone now"


class Kept:
    """A history of many steps."""

    def history(self, run_id: RunId, after: int = 0) -> list[ev.Recorded]:
        """Return what comes after."""
        paths = (StepPath(str(number % 3)) for number in range(20_000))
        every = (
            ev.Recorded(seq=seq, at=at(0), run_id=run_id, event=ev.StepNoted(path=path, text=""))
            for seq, path in enumerate(paths, 1)
        )
        return [each for each in every if each.seq > after]


def test_events_come_in_batches_and_others_get_their_turn() -> None:
    """In order, only those of the step, and not without end."""
    found = [*StepEvents().of(Happened(token=1, run_id=RUN, path=PATH), Kept())]
    events = [each.event.path for told in found if told is not None for each in told.events]
    assert set(events) == {PATH}
    assert len(events) == MOST_EVENTS
    assert None in [*StepEvents().of(Happened(token=1, run_id=RUN, path=StepPath("9")), Kept())]
    last = [*StepEvents().of(Happened(token=1, run_id=RUN, path=PATH, after=19_990), Kept())][-1]
    assert last is not None
    assert (len(last.events), last.reached) == (4, 20_000)
