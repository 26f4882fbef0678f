"""What a run takes over from an earlier one, decided at every step as the walk comes to it."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import cache

from flow_tui.dataclass import dataclass, replace
from flow_tui.engine.ports import RunFiles, Workers
from flow_tui.engine.reuse import Parse, Side, Verdict, Verdicts, verdicts
from flow_tui.model.ids import StepPath, without_passes
from flow_tui.model.state import GateState, RunState, StepState
from flow_tui.model.status import StepStatus
from flow_tui.model.values import Worker


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A step whose result stands, or why it does not."""

    step: StepState | None = None
    why: str = ""


class Warm:
    """An earlier run, whose results stand until something runs that did not come out of it."""

    def __init__(
        self, before: RunState, verdicts: Verdicts, worker_of: Callable[[str], Worker | str]
    ) -> None:
        self.before = before
        self._verdicts = verdicts
        self._worker_of = cache(worker_of)
        self._after = ""
        """Why nothing that follows is taken over any more."""
        self._beside: str | None = None
        """The same, as it was when the calls began that run beside each other."""

    def take(self, path: StepPath, name: str) -> Taken:
        """Return what came of the step then, if that stands; otherwise it runs, and what follows it, too."""
        taken = self._taken(path)
        if taken.step is None:
            self.ran(name)
        return taken

    def verdict(self, path: StepPath) -> Verdict:
        """Return what is known of a step before anything runs."""
        return self._verdicts.steps.get(without_passes(path)) or Verdict(why="it was no step then")

    def block(self, path: StepPath) -> Verdict:
        """Return where a block was that is decided by the same, and what may make that come out otherwise."""
        if any(f"{path}/".startswith(f"{loop}/") for loop in self._verdicts.mixed):
            return replace(self._verdicts.blocks.get(path, Verdict()), why="the loop around it has changed")
        return self._verdicts.blocks.get(path) or Verdict(why="it was no block then")

    def ran(self, name: str) -> None:
        """Note that something came of a step that what follows may depend on."""
        self._after = self._after or f"it follows {name!r}, which runs"

    def looped(self, path: StepPath, passes: int) -> None:
        """Note how many passes a loop has had: what follows fewer than then, follows something else."""
        before = self.block(path).before
        old = None if before is None else _with_passes(before, path)
        known = self.before.steps.get(old) if old is not None else None
        if known is not None and known.passes > passes:
            self._after = self._after or FEWER_PASSES

    def decided(self, path: StepPath, name: str, gate: GateState | None) -> None:
        """Note how a gate was decided, or passed over: as it was then, what follows stays what it was."""
        old = self._old(path)
        known = self.before.steps.get(old) if old is not None else None
        was = known.gate if known is not None else None
        if _said(was) != _said(gate):
            self.ran(name)

    @contextmanager
    def beside(self) -> "Generator[None]":
        """Let calls that run at once not count as one following the other."""
        self._beside = self._after
        try:
            yield
        finally:
            self._beside = None

    def _taken(self, path: StepPath) -> Taken:
        after = self._after if self._beside is None else self._beside
        verdict = self.verdict(path)
        if verdict.why:
            return Taken(why=verdict.why)
        if after:
            return Taken(why=after)
        old = self._old(path)
        if old is None:
            return Taken(why="the loop around it has changed")
        step = self.before.steps.get(old)
        why = NOT_RUN if step is None else self.why_not(step, verdict)
        return Taken(why=why) if why else Taken(step=step)

    def why_not(self, step: StepState, verdict: Verdict) -> str:
        """Return why what came of a step then cannot stand, whatever comes before it; nothing if it can."""
        if why := why_not(step):
            return why
        if not verdict.has_agent or self.before.options.mock:
            return ""
        workers = step.output.workers if step.output is not None else None
        if workers is None:
            return "which model it ran with then was not recorded"
        return next(filter(None, (_other(each, self._worker_of(each.agent)) for each in workers)), "")

    def _old(self, path: StepPath) -> StepPath | None:
        """Return where a step was in the earlier run; nothing for a pass that cannot be the one it was."""
        verdict = self.verdict(path)
        if verdict.before is None:
            return None
        if any(number > 1 and loop in self._verdicts.mixed for loop, number in _passes(path)):
            return None
        return _with_passes(verdict.before, path)


def warm_of(before: RunState, files: RunFiles, after: Side, parse: Parse, workers: Workers) -> Warm:
    """Return what a run of ``after`` may take over from an earlier run, whose files are ``files``."""
    workflow = parse(before.source, before.file)
    judged = verdicts(Side(workflow, files, before.inputs, before.options), after, parse)
    return Warm(before, judged, lambda agent: workers(agent, after.options.model, after.files))


FEWER_PASSES = "it follows a loop that had more passes then"
NOT_RUN = "it did not run then"
TOUCHED = "a person changed it, or gave its output, then"


def why_not(step: StepState) -> str:
    """Return why what came of a step cannot stand; nothing if it can."""
    if step.status is StepStatus.COMPLETED:
        return TOUCHED if step.is_touched else ""
    if step.status is StepStatus.SKIPPED and step.attempts:
        return "it failed then"  # and the run went on all the same
    return (
        NOT_RUN if step.status is StepStatus.PENDING else f"it was {step.status.value.replace('_', ' ')} then"
    )


def _other(then: Worker, now: Worker | str) -> str:
    """Return what an agent would be carried out with that it was not then, or why that cannot be said."""
    if isinstance(now, str):
        return f"who would work on it now cannot be said: {now}"
    if now.runtime != then.runtime:
        return f"the runtime is another one: {now.runtime} instead of {then.runtime}"
    if now.model != then.model:
        usual = f"the usual one of {now.runtime}"
        return f"the model is another one: {now.model or usual} instead of {then.model or usual}"
    return f"the settings of the runtime {now.runtime} have changed" if now != then else ""


def _said(gate: GateState | None) -> tuple[object, ...]:
    return () if gate is None else (gate.approved, gate.feedback, gate.selections)


def _passes(path: StepPath) -> Iterator[tuple[StepPath, int]]:
    """Yield the loops around a step, outermost first, each with the pass that it is in."""
    around: list[str] = []
    for part in path.split("/"):
        index, mark, number = part.partition("#")
        around.append(index)
        if mark:
            yield StepPath("/".join(around)), int(number)


def _with_passes(before: StepPath, path: StepPath) -> StepPath | None:
    """Return where a step was, in the same passes of the same loops; nothing if that cannot be."""
    was, now = before.split("/"), path.split("/")
    if len(was) != len(now):
        return None
    turns = (part.partition("#") for part in now)
    return StepPath("/".join(f"{old}{mark}{turn}" for old, (_, mark, turn) in zip(was, turns, strict=True)))
