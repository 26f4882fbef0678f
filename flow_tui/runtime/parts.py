"""A run with the runs that are part of it, and those it is part of: read when they are asked for."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from itertools import islice

from flow_tui.dataclass import dataclass
from flow_tui.engine.keeping import Histories, RunQuery
from flow_tui.errors import UsageError
from flow_tui.model import naming
from flow_tui.model.fold import replay
from flow_tui.model.ids import RunId
from flow_tui.model.naming import waiting_within, within
from flow_tui.model.plan import WORK
from flow_tui.model.state import RunState, StepState
from flow_tui.model.values import RunSummary
from flow_tui.runtime import history
from flow_tui.runtime.run_query import ACTIVE

_HINTS = 20
"""How many names are told where one is unknown."""
_PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A step of a run, or of one that is part of it."""

    state: RunState
    step: StepState
    name: str
    """As people write it, seen from the run they know: ``publish/build``."""


class Family:
    """What is stored of the runs around one run."""

    def __init__(self, kept: Histories, state: RunState) -> None:
        """Begin with ``state``, which is known already."""
        self._kept = kept
        self._states: dict[RunId, RunState | None] = {state.run_id: state}
        self.top = state

    def of(self, run_id: RunId) -> RunState | None:
        """Return what is known of a run, with the last signs of life of its steps; nothing if it has none."""
        if run_id not in self._states:
            state = replay(run_id, self._kept.history(run_id))
            if state.seq and not state.status.is_over:
                state.steps.update(history.with_signs(state, self._kept.signs(run_id)))
                state.left_at = self.top.left_at
            self._states[run_id] = state if state.seq else None
        return self._states[run_id]

    def waiting(self) -> tuple[Place, ...]:
        """Return the gates that wait for a person."""
        return tuple(self._place(state, step) for state, step in waiting_within(self.top, self.of))

    def places(self, fits: Callable[[StepState], bool]) -> Iterator[Place]:
        """Yield the steps that fit, those of a part after the one that it carries out."""
        for state, step in within(self.top, self.of):
            if fits(step):
                yield self._place(state, step)

    def named(self, name: str, fits: Callable[[StepState], bool]) -> tuple[Place, ...]:
        """Return the steps that fit and that ``name`` means: by path or by name; in a part, after its name.

        Raises ``UsageError`` when there are none.
        """
        found = tuple(self._find(self.top, name, fits))
        if found:
            return found
        everywhere = tuple(self.places(fits))
        if found := tuple(place for place in everywhere if place.name.endswith(f"/{name}")):
            return found
        known = list(islice(dict.fromkeys(place.name for place in everywhere), _HINTS))
        close = get_close_matches(name, known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(known) or 'none'}"
        raise UsageError(f"there is no such step {name!r}", hint)

    def _find(self, state: RunState, name: str, fits: Callable[[StepState], bool]) -> Iterator[Place]:
        """Yield what ``name`` means inside of ``state``: a path wins over a name."""
        here = [step for step in state.steps.values() if fits(step)]
        exact = [step for step in here if step.path == name] or [
            step for step in here if name in _names(state, step)
        ]
        for step in exact:
            yield self._place(state, step)
        if exact or "/" not in name:
            return
        for step in state.steps.values():
            part = self.of(step.child_run) if step.child_run is not None else None
            if part is None:
                continue
            for begin in (step.path, *_names(state, step)):
                if name.startswith(f"{begin}/"):
                    yield from self._find(part, name[len(begin) + 1 :], fits)
                    break

    def _place(self, state: RunState, step: StepState) -> Place:
        name = naming.full(state, step.path, self.of, self.top.run_id)
        return Place(state=state, step=step, name=name)


def gates(kept: Histories, runs: Sequence[RunSummary]) -> Iterator[tuple[RunState, Place]]:
    """Yield what waits in these runs, each with the outermost run around it and its name seen from there."""
    for run in runs:
        state = history.state_of(kept, run.run_id)
        known = Family(kept, state).of
        for step in state.waiting:
            name = naming.full(state, step.path, known)
            yield naming.whole(state, known), Place(state=state, step=step, name=name)


def is_work(step: StepState) -> bool:
    """Say whether a step does something, so that it has attempts."""
    return step.kind in WORK


def is_at_work(step: StepState) -> bool:
    """Say whether a step does something at the moment."""
    return step.kind in WORK and step.status.is_active


def below(kept: Histories, run_id: RunId, depth: int = 1) -> Iterator[tuple[int, RunSummary]]:
    """Yield the runs that are part of a run, in the order in which they began, each before its own parts.

    With each, how deep it is inside, from 1.
    """
    found: list[RunSummary] = []
    while len(page := kept.runs(RunQuery(part_of=run_id, limit=_PAGE, offset=len(found)))) == _PAGE:
        found += page
    for run in reversed((*found, *page)):
        yield depth, run
        yield from below(kept, run.run_id, depth + 1)


def told(kept: Histories, run: RunSummary) -> RunSummary:
    """Return ``run`` as people are told of it: it waits, too, when a part of it does."""
    if run.waiting_for or run.status not in ACTIVE:
        return run
    waiting = next((part.waiting_for for part in _active_below(kept, run.run_id) if part.waiting_for), "")
    return replace(run, waiting_for=waiting) if waiting else run


def _active_below(kept: Histories, run_id: RunId) -> Iterator[RunSummary]:
    for run in kept.runs(RunQuery(part_of=run_id, statuses=ACTIVE, limit=_PAGE)):
        yield run
        yield from _active_below(kept, run.run_id)


def _names(state: RunState, step: StepState) -> tuple[str, ...]:
    return (naming.called(state, step.path), step.name)
