"""The states of all runs the screen has heard of, and which one it shows."""

from collections.abc import Collection
from datetime import datetime

from flow_tui.app.signs import Signs
from flow_tui.dataclass import dataclass
from flow_tui.exit_codes import ExitCode
from flow_tui.model import events as ev
from flow_tui.model import ids, naming
from flow_tui.model.fold import apply
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.state import GateState, RunState, StepState
from flow_tui.model.status import StepStatus
from flow_tui.runtime.messages import RunPlanned
from flow_tui.view import outcome

NOT_YET = RunId("")
"""What a run is called before it starts."""
KEPT = 20
"""How many runs that are over and not shown are remembered."""


def exit_code(state: RunState) -> ExitCode:
    """Return the exit status of a program that was started for this run."""
    if state.is_left:
        return ExitCode.ENGINE
    return outcome.exit_code(state.status, state.reason) if state.status.is_over else ExitCode.OWNED


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A gate that waits for a person."""

    run_id: RunId
    step: StepState
    gate: GateState


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldStep:
    """A step at which a run pauses until a person lets it go on."""

    state: RunState
    step: StepState
    place: str
    """What it is inside of, seen from the run on screen."""


class Runs:
    """Folds events into states; says what has changed since it was asked last."""

    def __init__(self) -> None:
        self.states: dict[RunId, RunState] = {}
        self.shown: RunState | None = None
        self.touched: set[StepPath] = set()
        """Steps of the run on screen that have changed since the last paint."""
        self.changed = False
        """Whether the run on screen has changed as a whole since then."""
        self.signs = Signs()
        self._elsewhere: set[RunId] = set()
        """Runs that are only looked at here."""
        self._gates: dict[tuple[RunId, StepPath], Waiting] = {}

    def announce(self, planned: RunPlanned) -> None:
        """Show what is about to run, where nothing else is shown."""
        if self.shown is None:
            self.shown = RunState(
                run_id=NOT_YET,
                workflow=planned.workflow,
                title=planned.title,
                file=planned.file,
                plan=planned.plan,
            )
            self.changed = True

    def _begun(self, recorded: ev.Recorded) -> RunState:
        """Return the state of a run whose first event this is: the one that was announced, if that was it."""
        shown, event = self.shown, recorded.event
        if shown is None or shown.run_id != NOT_YET:
            return RunState(run_id=recorded.run_id)
        if not isinstance(event, ev.RunStarted) or event.file != shown.file:
            return RunState(run_id=recorded.run_id)
        shown.run_id = recorded.run_id
        return shown

    def take(self, recorded: ev.Recorded) -> None:
        """Fold one event; what is known already is left out."""
        state = self.states.get(recorded.run_id)
        if state is None:
            if recorded.is_transient:
                return
            state = self.states[recorded.run_id] = self._begun(recorded)
        elif not recorded.is_transient and recorded.seq <= state.seq:
            return  # a history that is delivered again
        if isinstance(recorded.event, ev.Heartbeat | ev.OutputGrew):
            self.signs.note(recorded.run_id, recorded.event.path, recorded.at)
        path = apply(state, recorded)
        self._note_gates(state, path)
        self.changed = self.changed or isinstance(recorded.event, ev.BreakpointsSet)
        if state is self.shown:
            if path is None:
                self.changed = True
            else:
                self.touched.add(path)
            return
        self._touch_around(state)
        if state.is_stopped:
            self._forget()

    def restore(self, state: RunState) -> None:
        """Know a run as it was at some time."""
        self.states[state.run_id] = state
        for step in state.waiting:
            self._note_gates(state, step.path)

    def _touch_around(self, state: RunState) -> None:
        """Note that the step on screen changed that a run, or what it is part of, carries out."""
        if self.shown is None:
            return
        for above, path in naming.around(state, self.states.get, self.shown.run_id):
            if above is self.shown and path in above.steps:
                self.touched.add(path)

    def _note_gates(self, state: RunState, path: StepPath | None) -> None:
        """Know which gates wait without looking through all steps."""
        if path is not None:
            step = state.steps[path]
            key = (state.run_id, path)
            if step.status is StepStatus.WAITING and step.gate is not None:
                self._gates[key] = Waiting(run_id=state.run_id, step=step, gate=step.gate)
            else:
                self._gates.pop(key, None)
            return
        for key in [key for key in self._gates if key[0] == state.run_id]:
            if state.is_stopped or state.steps[key[1]].status is not StepStatus.WAITING:
                del self._gates[key]

    @property
    def waiting(self) -> tuple[Waiting, ...]:
        """Return the gates of all runs that wait for a person, the one that expires first in front."""
        return tuple(sorted(self._gates.values(), key=lambda each: each.gate.deadline))

    def leave(self, run_id: RunId, at: datetime, why: str = "") -> None:
        """Know that nobody works on a run any more, since ``at``, and why."""
        state = self.states.get(run_id)
        if state is None or state.is_stopped:
            return
        left = self._going_on(state)
        heard = max(at, *(each.last_event_at or at for each in left))  # of the whole: all were left at once
        for each in left:
            each.left_at, each.left_because = heard, why
            self._note_gates(each, None)
            self.changed = self.changed or each is self.shown

    def lose(self, run_id: RunId, at: datetime, why: str) -> None:
        """Know that what was recorded of a run is gone, and with it how it stands if it was not over."""
        state = self.states.get(run_id)
        if state is None:
            return
        lost = self._going_on(state)
        self.leave(run_id, at, why)
        for each in lost:
            each.is_kept = False

    def _going_on(self, state: RunState) -> list[RunState]:
        """Return a run, and those of its parts that go on."""
        return [state, *(each for each in self.states.values() if self._is_inside(each, state))]

    def _is_inside(self, state: RunState, whole: RunState) -> bool:
        """Say whether ``state`` is part of ``whole`` and goes on."""
        around = naming.around(state, self.states.get)
        return not state.is_stopped and any(above is whole for above, _ in around)

    def show(self, run_id: RunId) -> RunState:
        """Make a run the one that is shown."""
        state = self.states.setdefault(run_id, RunState(run_id=run_id))
        if state is not self.shown:
            self.shown = state
            self.touched.clear()  # steps of another run, which may have the same paths
            self.changed = True
        return state

    def goes_on_with(self, part: RunState, run_id: RunId) -> bool:
        """Say whether a run is still what carries out a step of ``run_id``, or of a part of that."""
        inner = part.run_id
        for above, path in naming.around(part, self.states.get):
            step = above.steps.get(path)
            is_anew = step is not None and len(step.attempts) == step.begun_over
            if step is None or is_anew or step.child_run != inner:
                return False
            inner = above.run_id
        return inner == run_id != part.run_id

    def place(self, run_id: RunId, *, is_elsewhere: bool) -> None:
        """Know whether a run is only looked at here, or worked on."""
        if is_elsewhere:
            self._elsewhere.add(run_id)
        else:
            self._elsewhere.discard(run_id)

    def is_elsewhere(self, state: RunState) -> bool:
        """Say whether a run, or what it is part of, is only looked at here."""
        return self.around(state).run_id in self._elsewhere

    @property
    def whole(self) -> RunState | None:
        """Return the outermost run around the one that is shown."""
        return naming.whole(self.shown, self.states.get) if self.shown is not None else None

    @property
    def held(self) -> tuple[HeldStep, ...]:
        """Return the steps at which any run pauses, the one that has been held for longest in front."""
        found = [
            (step.held.since, HeldStep(state=state, step=step, place=self.inside_of(state.run_id)))
            for state in self.states.values()
            if state.held_at and not state.is_stopped
            for step in state.held
            if step.held is not None
        ]
        found.sort(key=lambda each: each[0])
        return tuple(each for _, each in found)

    def held_in(self, state: RunState | None) -> tuple[HeldStep, ...]:
        """Return those of one run, and of its parts."""
        known = self.states.get
        return tuple(
            each
            for each in self.held
            if each.state is state or any(above is state for above, _ in naming.around(each.state, known))
        )

    def around(self, state: RunState) -> RunState:
        """Return the outermost run around one, as far as it is known."""
        return naming.whole(state, self.states.get)

    def is_at(self, held: HeldStep, state: RunState, path: StepPath) -> bool:
        """Say whether a held step is the one at ``path``, or inside of it."""
        places = [(held.state, held.step.path), *naming.around(held.state, self.states.get)]
        return any(run is state and at == path for run, at in places)

    def inside_of(self, run_id: RunId) -> str:
        """Return what a run is inside of, seen from the one on screen: ``publish/sign``, or nothing."""
        state = self.states.get(run_id)
        if state is None or state is self.shown:
            return ""
        top = self.shown.run_id if self.shown is not None else None
        around = [above for above, _ in naming.around(state, self.states.get, top)]
        if self.shown is None or self.shown not in (around or [state]):
            around = [above for above, _ in naming.around(state, self.states.get)]
            if not around or around[-1] is not self.whole:
                return ids.short(state.run_id)
        return naming.lead(state, self.states.get, around[-1].run_id).rstrip("/")

    def forget(self, run_ids: Collection[RunId]) -> None:
        """Know nothing more of runs that are not on record any more; what is on screen stays there."""
        for run_id in run_ids:
            state = self.states.pop(run_id, None)
            if state is not None and state is self.shown:
                state.is_kept = False

    def painted(self) -> None:
        """Begin to note changes anew."""
        self.touched.clear()
        self.changed = False

    def active(self) -> tuple[RunState, ...]:
        """Return the runs that this program works on, and that are no part of another one."""
        return tuple(
            state
            for state in self.states.values()
            if state.parent is None
            and state.started_at is not None
            and not state.is_stopped
            and state.run_id not in self._elsewhere
        )

    def _forget(self) -> None:
        kept = {self.shown.run_id} if self.shown is not None else set[RunId]()
        if self.shown is not None:
            kept |= {above.run_id for above, _ in naming.around(self.shown, self.states.get)}
        over = [state for state in self.states.values() if state.is_stopped and state.run_id not in kept]
        for state in over[:-KEPT]:
            del self.states[state.run_id]
