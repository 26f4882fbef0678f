"""What a run that is warm from an earlier one would do with each of its steps, before it is begun."""

from enum import StrEnum

from flow_tui.dataclass import dataclass
from flow_tui.engine.warm import FEWER_PASSES, NOT_RUN, Warm
from flow_tui.model.ids import StepPath, without_passes
from flow_tui.model.plan import LOOPS, PlanNode, walk
from flow_tui.model.state import StepState
from flow_tui.model.status import Reason, RunStatus, StepStatus

_BRANCHES = ("if", "unless", "while")


class Fate(StrEnum):
    """What becomes of a step."""

    KEPT = "kept"
    """What came of it stands."""
    RUNS = "runs"
    OFF = "off"
    """It stands in a branch that is not taken, now as then."""
    OPEN = "open"
    """Whether its branch is taken this time, nobody knows before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """What would be done with one step, as far as that is known before."""

    path: StepPath
    name: str
    fate: Fate
    why: str = ""
    """Why it runs, or does not; nothing where it is kept."""


def explained(warm: Warm, plan: tuple[PlanNode, ...]) -> tuple[Explained, ...]:
    """Return, for every step in the order of the text, whether what came of it stands, or why not.

    Of a step in a loop that is said of all its passes at once: one that has to run again lets it run.
    """
    return _Outlook(warm).of(plan)


class _Outlook:
    def __init__(self, warm: Warm) -> None:
        self._warm = warm
        self._after = ""
        self._open = ""
        """What only the run can tell, of all that follows."""
        self._then: dict[StepPath, list[StepState]] = {}
        for step in warm.before.steps.values():
            self._then.setdefault(without_passes(step.path), []).append(step)

    def of(self, nodes: tuple[PlanNode, ...]) -> tuple[Explained, ...]:
        """Return what is to be said of nodes that follow each other."""
        return tuple(said for node in nodes for said in self._node(node))

    def _node(self, node: PlanNode) -> tuple[Explained, ...]:
        if node.is_leaf:
            return (self._leaf(node),)
        if node.kind in _BRANCHES and (fate := self._fate_of_branch(node)) is not None:
            return tuple(_left(inner, fate) for inner in _leaves(node))
        if node.kind in LOOPS:
            return self._loop(node)
        if node.kind != "parallel":
            return self.of(node.children)
        after, found, ends = self._after, list[Explained](), list[str]()
        for branch in node.children:
            self._after = after
            found.extend(self._node(branch))
            ends.append(self._after)
        self._after = next(filter(None, ends), after)
        return tuple(found)

    def _loop(self, node: PlanNode) -> tuple[Explained, ...]:
        found = self.of(node.children)
        block = self._warm.block(node.path)
        then = self._then.get(block.before, []) if block.before is not None else []
        if any(one.passes > node.max_passes for one in then):
            self._after = self._after or FEWER_PASSES
        return found

    def _fate_of_branch(self, node: PlanNode) -> Fate | None:
        """Return what becomes of all that is inside of a branch that was not taken, and nothing if it was."""
        block = self._warm.block(node.path)
        if block.before is None:
            return None
        then = self._then.get(block.before, [])
        if node.kind == "while":
            was_off = self._warm.before.status is RunStatus.COMPLETED and not any(one.passes for one in then)
        else:
            was_off = bool(then) and all(one.holds is False for one in then)
        if not was_off:
            return None
        return Fate.OPEN if block.why or self._after or self._open else Fate.OFF

    def _leaf(self, node: PlanNode) -> Explained:
        verdict = self._warm.verdict(node.path)
        why = verdict.why or self._after
        then = self._then.get(verdict.before or node.path, [])
        if verdict.before is not None and then and all(map(_was_passed_over, then)):
            return _left(node, Fate.OPEN if why or self._open else Fate.OFF)
        if verdict.why and node.kind != "gate" and (verdict.before is None or any(map(_has_run, then))):
            self._after = self._after or f"it follows {node.name!r}, which runs"
        if not why:
            whys = [self._warm.why_not(one, verdict) for one in then] or [NOT_RUN]
            why = next(filter(None, whys), "")
            if why and then:
                self._after = f"it follows {node.name!r}, which runs"
        fate = Fate.RUNS if why else Fate.OPEN if self._open or verdict.is_open else Fate.KEPT
        if fate is Fate.OPEN:
            why = self._open or "whether its items are the same, only the run can tell"
            self._open = self._open or f"it follows {node.name!r}, of which only the run can tell"
        return Explained(path=node.path, name=node.name, fate=fate, why=why)


def _left(node: PlanNode, fate: Fate) -> Explained:
    why = "its branch is not taken, as then" if fate is Fate.OFF else "its branch was not taken then"
    return Explained(path=node.path, name=node.name, fate=fate, why=why)


def _leaves(node: PlanNode) -> tuple[PlanNode, ...]:
    return tuple(inner for inner in walk((node,)) if inner.is_leaf)


def _was_passed_over(step: StepState) -> bool:
    """Say whether a call of a ``parallel`` did not run because of its condition."""
    return step.status is StepStatus.SKIPPED and step.reason is Reason.CONDITION


def _has_run(step: StepState) -> bool:
    """Say whether it was no part of a branch that was not taken."""
    return bool(step.attempts) or step.status not in (StepStatus.PENDING, StepStatus.SKIPPED)
