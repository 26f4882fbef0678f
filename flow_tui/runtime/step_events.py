"""What was recorded of a step, found without looking through a run more than once."""

from collections.abc import Iterator

from flow_tui.engine.keeping import Histories
from flow_tui.model.events import Recorded
from flow_tui.model.ids import RunId, StepPath
from flow_tui.runtime.questions import Happened
from flow_tui.runtime.step_news import StepHappened

_BATCH = 200
_STEP = 500
"""So many events are looked through at a time."""
MOST_EVENTS = 5_000
"""Of one step, in one answer."""


class StepEvents:
    """Knows, of the run that was asked about last, between which events each step has its own."""

    def __init__(self) -> None:
        self._run_id: RunId | None = None
        self._spans: dict[StepPath, tuple[int, int]] = {}
        self._reached = 0

    def of(self, question: Happened, kept: Histories) -> Iterator[StepHappened | None]:
        """Yield them in batches; now and then nothing, so that others get a turn."""
        batch: list[Recorded] = []
        reached, count = question.after, 0
        for recorded in self._through(question, kept):
            reached = recorded.seq
            if getattr(recorded.event, "path", None) == question.path:
                batch.append(recorded)
                count += 1
            if len(batch) >= _BATCH or count >= MOST_EVENTS:
                is_cut = count >= MOST_EVENTS
                yield StepHappened(token=question.token, events=tuple(batch), reached=reached, is_cut=is_cut)
                batch.clear()
                if is_cut:
                    return
            elif reached % _STEP == 0:
                yield None
        reached = max(reached, self._reached)
        yield StepHappened(token=question.token, events=tuple(batch), reached=reached)

    def _through(self, question: Happened, kept: Histories) -> Iterator[Recorded]:
        """Yield the events to look through: of what is known only those in between, then all that are new."""
        if question.run_id != self._run_id:
            self._run_id, self._spans, self._reached = question.run_id, {}, 0
        first, last = self._spans.get(question.path, (0, 0))
        if question.after < last:
            for recorded in kept.history(question.run_id, max(question.after, first - 1)):
                if recorded.seq > last:
                    break
                yield recorded
        for recorded in kept.history(question.run_id, self._reached):
            self._note(recorded)
            if recorded.seq > question.after:
                yield recorded

    def _note(self, recorded: Recorded) -> None:
        self._reached = recorded.seq
        path = getattr(recorded.event, "path", None)
        if path is not None:
            self._spans[path] = (self._spans.get(path, (recorded.seq, 0))[0], recorded.seq)
