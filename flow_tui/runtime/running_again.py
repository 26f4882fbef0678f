"""What there is to choose from when a run is to run again, and what each of it would run."""

import hashlib
from collections.abc import Iterator, Sequence

from flow_tui.clock import SystemClock
from flow_tui.dsl.diff import Changes, diff
from flow_tui.engine import resuming
from flow_tui.engine.commands import Definition, StartRun
from flow_tui.engine.keeping import Histories
from flow_tui.engine.plan import plan
from flow_tui.engine.warm_outlook import Fate
from flow_tui.errors import DefinitionError, FlowError, NotPossibleError
from flow_tui.model import naming
from flow_tui.model.ids import ROOT, RunId, StepPath
from flow_tui.model.resuming import has_begun
from flow_tui.model.state import RunState
from flow_tui.model.status import Redo
from flow_tui.runtime import history, library, warming
from flow_tui.runtime.questions import Again
from flow_tui.runtime.ways import AgainTold, Way, WayTold, unread

_REDO = {
    Way.GO_ON: Redo.UNFINISHED,
    Way.STEP: Redo.FROM,
    Way.ITEMS: Redo.FAILED_ITEMS,
    Way.ONLY: Redo.ONLY,
    Way.START: Redo.EVERYTHING,
}
"""The ways in which the same run goes on."""
_GOES_ON = "it goes on: cancel it first"


def told(question: Again, kept: Histories) -> AgainTold:
    """Return what can be done with a run on record, to begin at a step among it."""
    run_id = question.run_id
    state = history.state_of(kept, run_id)
    now, broken = _as_it_is_now(state)
    start = _start(state, question.path)
    only = resuming.alone(state, question.only)
    is_active = not state.status.is_over and not _is_left(kept, run_id)
    changed = tuple(differences(state, now)) if now is not None else ()
    why_not = (_GOES_ON if is_active else broken) or unread(question.beyond, state.started_at)
    warm, runs = _warm(kept, state, now, why_not)
    if is_active and now is not None and changed:
        runs = _by_files(kept, state, now)
    return AgainTold(
        token=question.token,
        run_id=run_id,
        ways=(
            *ways(state, now, start=start, only=only, is_active=is_active, broken=broken),
            warm,
        ),
        inputs=state.inputs,
        options=state.options,
        name=state.name,
        file=state.file,
        root=state.root,
        start=start,
        step=_label(state, start),
        only=only,
        cut_off=tuple(_label(state, each.path) for each in state.steps.values() if each.current),
        changed=changed,
        changes=changes(state, now),
        plan=plan(now.workflow) if now is not None else (),
        runs=runs,
        is_gone=now is None and not broken,
    )


def ways(
    state: RunState,
    now: Definition | None,
    *,
    start: StepPath,
    only: Sequence[StepPath] = (),
    is_active: bool,
    broken: str = "",
) -> Iterator[WayTold]:
    """Yield every way to run ``state`` again with what it would run, or why it cannot be taken.

    ``now`` is the definition as its file is now, ``broken`` why that cannot run; pure.
    """
    for way, redo in _REDO.items():
        why_not = _GOES_ON if is_active else _why_not(state, way, redo, start, only)
        found = resuming.Preview() if why_not else resuming.preview(state, redo, start, only)
        yield WayTold(
            way=way,
            again=found.again,
            ahead=found.ahead,
            kept=found.kept,
            stands=found.stands,
            why_not=why_not,
        )
    rows = plan(now.workflow) if now is not None else state.plan
    for way in (Way.SAME, Way.EDIT):
        yield WayTold(way=way, again=resuming.planned(rows), why_not=_new_run(way, now, broken))


def differences(state: RunState, now: Definition) -> Iterator[str]:
    """Yield the names of files that are not what they were when the run began, the definition's own first."""
    if now.source != state.source:
        yield state.file
    told = {name: hashlib.sha256(content).hexdigest() for name, content in now.files.items()}
    for name in sorted(told.keys() | state.files.keys()):
        if told.get(name) != state.files.get(name) and name != state.file:
            yield name


def changes(state: RunState, now: Definition | None) -> Changes | None:
    """Return what is different in the definition now, if both can be read."""
    try:
        return None if now is None else diff(library.sound(state.source, state.file), now.workflow)
    except DefinitionError:  # recorded by a version that read more
        return None


def _warm(
    kept: Histories, state: RunState, now: Definition | None, why_not: str
) -> tuple[WayTold, dict[StepPath, str]]:
    """Return what a new run would take over of this one, and what it would run, and why."""
    if now is None or why_not:
        return WayTold(way=Way.WARM, why_not=why_not or "its file is gone: nothing can have changed"), {}
    again = StartRun(definition=now, inputs=state.inputs, options=state.options)
    steps = warming.outlook(kept, again, state.run_id)
    runs = [step for step in steps if step.fate is Fate.RUNS]
    whys = {step.path: step.why for step in runs}
    if not any(step.fate is Fate.KEPT for step in steps) and (runs or not steps):
        is_general = len(runs) > 1 and len(set(whys.values())) == 1
        why = runs[0].why if is_general else f"{runs[0].name}: {runs[0].why}" if runs else ""
        none = f"every step would run: {why}" if runs else "it has no step"
        return WayTold(way=Way.WARM, why_not=none), whys
    told = WayTold(
        way=Way.WARM,
        again=tuple(step.name for step in runs),
        kept=tuple(step.name for step in steps if step.fate is Fate.KEPT),
        why=f"{runs[0].name}: {runs[0].why}" if runs else "",
    )
    return told, whys


def _by_files(kept: Histories, state: RunState, now: Definition) -> dict[StepPath, str]:
    """Return which steps of a run in progress a new one would run for a file that has changed, and why."""
    again = StartRun(definition=now, inputs=state.inputs, options=state.options)
    steps = warming.outlook(kept, again, state.run_id)
    return {
        step.path: step.why for step in steps if step.fate is Fate.RUNS and step.why.startswith("the file ")
    }


def _as_it_is_now(state: RunState) -> tuple[Definition | None, str]:
    """Return the definition as its file is now, and why it cannot run, as far as there is a file."""
    try:
        return library.reload(state.root, state.file), ""
    except DefinitionError as error:
        return None, f"{state.file} has errors: {error.diagnostics[0].message}"
    except FlowError as error:
        return None, str(error)


def _label(state: RunState, path: StepPath) -> str:
    return naming.called(state, path) if path else ""


def _start(state: RunState, path: StepPath) -> StepPath:
    """Return the step to begin at: that of a helper is what it helps with."""
    return resuming.begin_at(state, path) if path and has_begun(state.steps, path) else path


def _why_not(state: RunState, way: Way, redo: Redo, start: StepPath, only: Sequence[StepPath]) -> str:
    if way is Way.STEP and not has_begun(state.steps, start):
        return "no step is selected" if start == ROOT else "the run has not come to this step"
    if way is Way.ONLY and not only:
        return "nothing that is marked has run"
    try:
        resuming.require_possible(state, redo, start, only)
    except NotPossibleError as error:
        return error.because.partition(";")[0]  # what follows is for who types a command
    return ""


def _new_run(way: Way, now: Definition | None, broken: str) -> str:
    if broken:
        return broken
    return "its file is gone" if way is Way.EDIT and now is None else ""


def _is_left(kept: Histories, run_id: RunId) -> bool:
    """Say whether nobody works any more on a run that is not over."""
    now = SystemClock().now()
    return history.is_left(history.settled(kept, history.find(kept, run_id, ""), now), now)
