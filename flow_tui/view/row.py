"""One line of the step tree: everything it says, as methods of a value and an instant."""

from datetime import datetime, timedelta

from flow_tui import limits
from flow_tui.dataclass import dataclass
from flow_tui.model import ids
from flow_tui.model.ids import StepPath
from flow_tui.model.plan import LOOPS, PlanNode
from flow_tui.model.state import Pauses, StepState, worked
from flow_tui.model.status import AttemptStatus, Reason, StepStatus
from flow_tui.model.values import FanOutItem
from flow_tui.view import format as fmt
from flow_tui.view import outcome, usage
from flow_tui.view.ahead import Ahead
from flow_tui.view.carried_out import Items, Part
from flow_tui.view.glyphs import UNICODE, Glyphs, word

PASS = "pass"  # noqa: S105 - a turn of a loop, not a word to enter
"""The kind of a row that stands for one turn of a loop."""
FOLDED = "folded"
"""The kind of a row that stands for the items of a fan-out that are done."""
TO_COME = "to_come"
"""The kind of a row that stands for the items of a fan-out that have not begun, or for some of them."""
NEVER = "never started"
"""What is said of a step that was not reached before its run was over."""
BUNDLES = frozenset({FOLDED, TO_COME})
CONDITIONALS = frozenset({"if", "unless"})
_BY_ITEMS = frozenset({StepStatus.COMPLETED, StepStatus.FAILED})
"""Of a fan-out that ended like this, how its items stand says all in the fewest words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """How the rows directly inside a block stand."""

    total: int = 0
    done: int = 0
    failed: int = 0
    running: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the step tree."""

    path: StepPath
    depth: int
    kind: str
    label: str
    step: StepState | None
    """What is known of it; nothing before it began, and for one turn of a loop."""
    plan: PlanNode | None
    """Where it stands in the definition; nothing for what only a run brings about."""
    is_leaf: bool
    has_children: bool
    expanded: bool
    status: StepStatus
    """Of a block, derived from what is inside where the block says nothing itself."""
    is_marked: bool = False
    """Somebody wants to do something with it, and with what else is marked."""
    guides: tuple[bool, ...] = ()
    """For each level from the first one in: whether more rows follow on it."""
    inside: Inside = Inside()
    started_at: datetime | None = None
    ended_at: datetime | None = None
    stopped_at: datetime | None = None
    """When the run ended, and with it every clock."""
    is_open: bool = False
    """Nobody knows for how much longer the run was worked on before it was left."""
    pauses: Pauses = ()
    """When nobody worked on the run: that time counts for nothing."""
    part: Part | None = None
    """The run that carries it out, if one does."""
    items: Items | None = None
    """Of a fan-out, once it is known what it works on."""
    item: FanOutItem | None = None
    """What it is there for, if it is one of many."""
    is_lost: bool = False
    """What was recorded of its run is gone, so that nobody knows whether it goes on."""
    has_breakpoint: bool = False
    """Whether the run pauses before it."""
    ahead: Ahead | None = None
    """What the next run would do differently with it, while some row is to say that."""

    @property
    def fold_at(self) -> int:
        """Return the cell that says whether what is inside is shown."""
        return 2 * self.depth + (2 if self.ahead is not None else 0)

    @property
    def is_folded(self) -> bool:
        """Say whether the line stands for the items of a fan-out that are done."""
        return self.kind == FOLDED

    @property
    def is_bundle(self) -> bool:
        """Say whether the line stands for several items of a fan-out."""
        return self.kind in BUNDLES

    @property
    def is_running(self) -> bool:
        """Say whether its clocks move."""
        return self.status.is_active

    @property
    def is_passed_over(self) -> bool:
        """Say whether it is a gate that nobody answered, and the run went on."""
        return self.status is StepStatus.TIMED_OUT and self.step is not None and self.step.is_passed_over

    @property
    def is_given(self) -> bool:
        """Say whether it did not run, because a person gave what it would have handed over."""
        return self.step is not None and self.step.reason is Reason.GIVEN

    @property
    def is_held(self) -> bool:
        """Say whether the run pauses at this very step."""
        return self.step is not None and self.step.held is not None and self.stopped_at is None

    @property
    def looks_like(self) -> StepStatus:
        """Return the status whose mark and colour it has: what nobody has to care for is not loud."""
        if self.is_passed_over or (self.is_given and self.status is StepStatus.COMPLETED):
            return StepStatus.SKIPPED
        if self.waits_inside and not self.is_held:
            return StepStatus.WAITING
        return StepStatus.PAUSED if self.is_held or self.held_inside else self.status

    @property
    def waits_inside(self) -> str:
        """Return the gate that waits in the run that carries it out, or nothing."""
        is_running = self.status is StepStatus.RUNNING
        return self.part.waits_for if is_running and self.part is not None else ""

    @property
    def held_inside(self) -> str:
        """Return the step at which the run pauses that carries it out, or nothing."""
        is_running = self.status is StepStatus.RUNNING
        return self.part.held_at if is_running and self.part is not None else ""

    def word(self) -> str:
        """Return how it stands, in a word or two."""
        if self.is_given and self.looks_like is StepStatus.SKIPPED:
            return "given"
        if self._is_cut_off:
            return outcome.left(is_kept=not self.is_lost)
        if self.looks_like is StepStatus.PENDING and self.stopped_at is not None:
            return NEVER
        return "timed out, went on" if self.is_passed_over else word(self.looks_like)

    def lines(self, glyphs: Glyphs = UNICODE) -> str:
        """Return the lines that lead to the row from the blocks around it, two cells a level."""
        *outer, last = (*self.guides,) or (None,)
        lines = "".join(f" {glyphs.bar if more else ' '}" for more in outer)
        if last is not None:
            lines += f" {glyphs.tee if last else glyphs.corner}"
        return lines

    def fold(self, glyphs: Glyphs = UNICODE) -> str:
        """Return in one cell whether what is inside is shown, or that the row is marked."""
        if self.is_marked:
            return glyphs.translate("◆")
        if not self.has_children:
            return " "
        return glyphs.unfolded if self.expanded else glyphs.folded

    def elapsed(self, now: datetime) -> str:
        """Return for how long it has been, or was, at work: ``00:41``, or at least ``00:41+``."""
        length = self.length(now)
        if length is None:
            return ""
        is_over = self.status.is_over and self.ended_at is not None
        return fmt.at_least(length) if self.is_open and not is_over else fmt.clock(length)

    def length(self, now: datetime) -> timedelta | None:
        """Return for how long it has been, or was, at work, or is held; nothing before it began."""
        if self.status is StepStatus.PAUSED and self.step is not None and self.step.held is not None:
            return fmt.age(self.step.held.since, self._until(now))
        if (
            self.is_bundle
            or self.started_at is None
            or self.status in (StepStatus.PENDING, StepStatus.SKIPPED)
        ):
            return None
        if self.is_leaf and self.step is not None:
            return self.step.worked(self._until(now))
        return worked(self.started_at, self._until(now), self.pauses)

    def _until(self, now: datetime) -> datetime:
        if self.status.is_over and self.ended_at is not None:
            return self.ended_at
        return now if self.stopped_at is None else min(now, self.stopped_at)

    def attempts(self) -> str:
        """Return which attempt of how many this is: ``2/3``; nothing where there is only one."""
        if self.step is None:
            return ""
        step = self.step
        tries = sum(a.status is not AttemptStatus.INTERRUPTED for a in step.attempts[step.tried_before :])
        most = step.max_attempts - (len(step.attempts) - tries)  # a resumed run counts from 1 again
        return f"{tries}/{max(most, tries)}" if tries and max(most, tries) > 1 else ""

    def silence(self, now: datetime) -> timedelta | None:
        """Return how long ago the attempt in progress gave its last sign of life, if that is known."""
        if self.step is None or self.step.current is None or not self._is_at_work():
            return None
        sign = self.step.last_sign
        return None if sign is None else fmt.age(sign, self._until(now))

    def _is_at_work(self) -> bool:
        return (
            self.is_leaf and self.status is StepStatus.RUNNING and not (self.waits_inside or self.held_inside)
        )

    def heartbeat(self, now: datetime) -> str:
        """Return how long ago the attempt in progress gave its last sign of life: ``♥ 12s``."""
        silence = self.silence(now)
        return "" if silence is None else f"♥ {fmt.short(silence)}"

    def stale_after(self) -> timedelta:
        """Return how long the attempt in progress may be silent before people should know."""
        current = self.step.current if self.step is not None else None
        return limits.STALE if current is None else current.heartbeat_timeout or limits.STALE

    def is_stale(self, now: datetime) -> bool:
        """Say whether the attempt in progress has been silent for too long."""
        silence = self.silence(now)
        return silence is not None and silence >= self.stale_after()

    def time_left(self, now: datetime) -> timedelta | None:
        """Return how long the attempt in progress, or the wait at a gate, has left."""
        if self.step is None or self.step.deadline is None or not self.is_running:
            return None
        time_left, whole = fmt.left(self.step.deadline, self._until(now)), self.limit()
        return time_left if whole is None else min(time_left, whole)

    def limit(self) -> timedelta | None:
        """Return how long the attempt in progress, or the wait at a gate, may take: as the workflow says."""
        step = self.step
        if step is None or step.deadline is None:
            return None
        if self.plan is not None and self.plan.timeout is not None:
            return self.plan.timeout
        began = step.current.started_at if step.current is not None else None
        if step.gate is not None:
            began = step.gate.opened_at
        if began is None or step.deadline <= began:
            return None
        exact = step.deadline - began
        return max(exact, timedelta(seconds=round(exact.total_seconds())))  # it was set a moment before

    def remaining(self, now: datetime) -> str:
        """Return how long the attempt in progress, or the wait at a gate, has left: ``◷ 55s``."""
        time_left = self.time_left(now)
        return "" if time_left is None else f"◷ {fmt.short(time_left)}"

    def backoff(self, now: datetime) -> str:
        """Return when the next attempt starts, between two of them: ``retry in 9s``."""
        at = self.next_try
        return f"retry in {fmt.short(fmt.left(at, self._until(now)))}" if at is not None else ""

    @property
    def next_try(self) -> datetime | None:
        """Return when the next attempt starts, between two of them."""
        step = self.step
        is_between = step is not None and step.current is None and self.is_running
        return step.retry_at if step is not None and is_between else None

    def detail(self) -> str:
        """Return what is most worth knowing beside the status, in a few words."""
        if self.is_bundle:
            return ""
        if self.kind == PASS:
            return self._share()
        if self.kind in LOOPS:
            if self.step is not None and self.step.is_broken:
                return outcome.told_apart(self.step.error)
            turn, _, most = self.passes().partition("/")
            return f"pass {turn} of {most}" if turn else self._most_passes()
        step = self.step
        if self.kind in CONDITIONALS and self.status is StepStatus.PENDING:
            return "not decided yet"
        if step is None or not self.is_leaf:
            return self._share() if not self.is_leaf else self._promise()
        if step.held is not None and self.is_held:
            return "paused after it" if step.held.is_after else "at a breakpoint"
        if self.is_running:
            return self._progress(step)
        return self._outcome(step)

    def _promise(self) -> str:
        if self.status is StepStatus.SKIPPED or self.plan is None or self.plan.max_attempts < 2:
            return ""
        return fmt.counted(self.plan.max_attempts - 1, "retry").replace("retrys", "retries")

    def _share(self) -> str:
        if self.status is StepStatus.SKIPPED:
            return (
                outcome.STEP_REASONS[Reason.CONDITION]
                if self.step is not None and self.step.holds is False
                else ""
            )
        if not self.inside.total or self.status is StepStatus.PENDING:
            return ""
        failed = f" ✗{self.inside.failed}" if self.inside.failed else ""
        return f"{fmt.share(self.inside.done, self.inside.total)}{failed}"

    def used(self) -> tuple[str, str]:
        """Return tokens and cost of all attempts, in a few cells; each nothing where it is not known."""
        return usage.brief(usage.of_step(self.step)) if self.step is not None and self.is_leaf else ("", "")

    def passes(self) -> str:
        """Return which turn of how many a loop is in: ``2/5``; nothing before the first."""
        if self.kind not in LOOPS or self.step is None or not self.step.passes:
            return ""
        return f"{self.step.passes}/{self.step.max_passes or self._max_passes}"

    @property
    def _max_passes(self) -> int:
        return self.plan.max_passes if self.plan is not None else 0

    def _most_passes(self) -> str:
        return f"max {self._max_passes}" if self._max_passes and self.status is StepStatus.PENDING else ""

    def _progress(self, step: StepState) -> str:
        if step.cancel_requested:
            return "cancelling"
        if self.status is StepStatus.WAITING:
            return f"waits for {step.gate.looks_at}" if step.gate and step.gate.looks_at else "waits for you"
        if step.retry_at is not None:
            return outcome.told_apart(step.error)
        if self.waits_inside:
            return f"{self.waits_inside} waits for you"
        if self.held_inside:
            return f"{self.held_inside} is paused"
        if self.items is not None:
            return str(self.items)
        if self.part is not None and self.part.total:
            return "  ".join(filter(None, (f"{self.part.done}/{self.part.total}", self.part.current)))
        if step.attempts and step.attempts[-1].after_crash:
            return "again after a crash"
        return ""

    @property
    def counts_items(self) -> bool:
        """Say whether how its items stand is what is most worth knowing of it."""
        step = self.step
        if self.items is None or step is None or self.status is StepStatus.SKIPPED:
            return False
        return not step.cancel_requested if self.is_running else step.reused_from is None

    def beside_items(self) -> str:
        """Return why a fan-out ended, where how its items stand does not tell."""
        if not self.counts_items or self.step is None or self.is_running or self.status in _BY_ITEMS:
            return ""
        return self._why(self.step)

    def _outcome(self, step: StepState) -> str:
        return str(self.items) if self.counts_items else self._why(step)

    @property
    def _is_cut_off(self) -> bool:
        """Say whether it was at work when its run was left."""
        step = self.step
        return self.status is StepStatus.CANCELLED and step is not None and not step.status.is_over

    def _why(self, step: StepState) -> str:
        if self._is_cut_off:
            return outcome.left(is_kept=not self.is_lost)
        reason = outcome.STEP_REASONS.get(step.reason, "")
        if step.reason is Reason.USER and step.cancelled_by:
            reason = f"by {step.cancelled_by}"
        if self.is_passed_over:
            return "nobody answered; went on"
        if self.status is StepStatus.COMPLETED:
            return self._result(step)
        if self.status is StepStatus.TIMED_OUT:
            return step.error if "timed out" in step.error else f"timed out {step.error}".rstrip()
        if step.reason is Reason.ON_FAIL and step.error:
            return f"{outcome.told_apart(step.error)} ({reason})"
        if self.status is StepStatus.FAILED and step.error:
            return outcome.told_apart(step.error)
        return reason or step.error

    def _result(self, step: StepState) -> str:
        if step.gate is not None:
            return f"approved by {step.gate.by}" if step.gate.by else "approved"
        output = step.output
        if output is None:
            return step.notes[-1] if step.notes else ""
        said = outcome.result(step) or ", ".join(output.markers) or output.note
        if step.reason is Reason.GIVEN:
            return outcome.STEP_REASONS[Reason.GIVEN] + (f": {said}" if said else "")
        if step.is_touched and step.reused_from is None:
            return f"edited by a person: {said}" if said else "edited by a person"
        if step.reused_from is None:
            return said
        return f"kept from {ids.short(step.reused_from)}" + (f": {said}" if said else "")
