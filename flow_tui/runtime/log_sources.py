"""Whose outputs are read together."""

from collections.abc import Iterator
from typing import TypeAlias

from flow_tui.dataclass import dataclass
from flow_tui.model import ids, naming
from flow_tui.model.ids import ROOT, RunId, StepPath
from flow_tui.model.naming import Known
from flow_tui.model.plan import ITEM
from flow_tui.model.state import AttemptState, RunState, StepState
from flow_tui.sanitize import line


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The output of one attempt among others."""

    run_id: RunId
    path: StepPath
    attempt: int
    name: str
    """What stands before its lines."""
    began: int
    """In milliseconds since 1970: where its lines stand if it is not known when they came."""
    is_over: bool
    """Nothing more comes, not even the end of a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRun:
    """A run that a step has begun, as far as nothing is known of it but on record."""

    run_id: RunId
    lead: str
    """What stands before the names of its steps."""


Inside: TypeAlias = Source | PartRun


class Sources:
    """Finds the attempts of a run, and of a block in it; cheap enough to be asked with every frame."""

    def __init__(self) -> None:
        self._over: dict[tuple[RunId, StepPath, int], Source] = {}

    def inside(self, state: RunState, path: StepPath, known: Known, lead: str = "") -> Iterator[Inside]:
        """Yield what is inside of the block at ``path``, in the order in which it began."""
        for step in state.steps.values():
            if not _is_inside(step.path, path):
                continue
            met = set[RunId]()
            for attempt in step.attempts:
                if attempt.child_run is None:
                    yield self._source(state, step, attempt, f"{lead}{_called(state, step, path)}")
                    continue
                if attempt.child_run in met:  # a later attempt went on with the same run
                    continue
                met.add(attempt.child_run)
                within = lead if step.path == path else f"{lead}{_called(state, step, path)}/"
                part = known(attempt.child_run)
                if part is None or not part.seq:
                    yield PartRun(run_id=attempt.child_run, lead=within)
                else:
                    yield from self.inside(part, ROOT, known, within)

    def _source(self, state: RunState, step: StepState, attempt: AttemptState, name: str) -> Source:
        key = (state.run_id, step.path, attempt.attempt)
        if (found := self._over.get(key)) is not None:
            return found
        found = Source(
            run_id=state.run_id,
            path=step.path,
            attempt=attempt.attempt,
            name=name,
            began=int(attempt.started_at.timestamp() * 1000),
            is_over=attempt.ended_at is not None,
        )
        if found.is_over:
            self._over[key] = found
        return found


def _called(state: RunState, step: StepState, block: StepPath) -> str:
    """Return what a step is called, seen from the block that somebody looks at."""
    is_direct = bool(block) and step.kind == ITEM and ids.parent(step.path) == block
    return line(step.name, 60) if is_direct else naming.called(state, step.path)


def _is_inside(path: StepPath, block: StepPath) -> bool:
    return not block or path == block or path.startswith((f"{block}/", f"{block}#"))
