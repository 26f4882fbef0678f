"""Whatever happens to a run, in whatever order."""

from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from typing_extensions import override

from flow_tui import limits
from flow_tui.engine.keeping import Lease, Owner, Store
from flow_tui.errors import LeaseLostError
from flow_tui.model.ids import StepPath
from flow_tui.model.status import AttemptStatus, StepStatus
from tests.engine.machines import RUN, Life
from tests.store.stores import NOON, STORES, World, owner, started, step

pytestmark = pytest.mark.timeout(1_200)
FEW = min(250, settings.default.max_examples // 12)


class Runs(Life):
    """A run of everything that can be cancelled."""

    source = """
    workflow w {
      call a { retries = 1 retry_delay = "3s" on_fail = continue }
      parallel { fail_fast = false min_success = 1 call b call c { timeout = "2s" } }
      do { max_iterations = 2 on_max_iter = continue call d { on_fail = continue } } while d.m
      gate human_review { timeout = "1m" on_timeout = continue }
      call e
      always { call tidy }
    }
    """


class Attempts(Life):
    """A step that is tried again and again."""

    source = """
    workflow w {
      call a { retries = 3 retry_delay = "2s" timeout = "5s" on_timeout = fail on_fail = continue }
      call b { timeout = "3s" }
    }
    """
    bad_luck = 220

    @invariant()
    @override
    def what_is_expected_of_this_workflow(self) -> None:
        """No try too many, none too long, none too soon after the one before."""
        if not self.is_begun or StepPath("0") not in self.run_state.steps:
            return
        tried = self.run_state.steps[StepPath("0")]
        since = tried.attempts[tried.tried_before :]
        bad = [one for one in since if one.status in {AttemptStatus.FAILED, AttemptStatus.TIMED_OUT}]
        assert len(bad) <= 4
        for one, after in zip(since, [*since[1:], None], strict=True):
            if one.status is AttemptStatus.TIMED_OUT and one.ended_at is not None:
                assert one.ended_at - one.started_at == timedelta(seconds=5)
            if one in bad and after is not None and one.ended_at is not None:
                assert after.started_at - one.ended_at >= timedelta(seconds=2)


class Gates(Life):
    """Gates, one behind the other."""

    source = """
    workflow w {
      gate human_review { timeout = "1m" on_timeout = continue }
      gate human_approval { timeout = "20s" }
      call a { on_fail = continue }
      gate human_review { }
    }
    """

    @invariant()
    @override
    def what_is_expected_of_this_workflow(self) -> None:
        """A gate ends by an answer, its time or a cancel; none is open when its time is over."""
        for one in self.run_state.steps.values() if self.is_begun else ():
            if one.gate is None or one.status is StepStatus.PENDING:  # it will ask anew
                continue
            if one.gate.approved is not None:
                assert one.status is (StepStatus.COMPLETED if one.gate.approved else StepStatus.FAILED)
            elif one.status is StepStatus.TIMED_OUT:
                assert one.ended_at is not None
                assert one.ended_at >= one.gate.deadline
            elif one.status is StepStatus.WAITING and self.is_here:
                assert self.here.clock.now() < one.gate.deadline
            else:
                assert one.status not in {StepStatus.COMPLETED, StepStatus.FAILED}


class FanOuts(Life):
    """A workflow for every item, two at a time."""

    source = """
    workflow w {
      foreach f { over = things workflow = part max_parallel = 2 ordered = true on_child_fail = continue }
      call after
    }
    """
    others = {  # noqa: RUF012 - a constant
        "part": "workflow part { call one { retries = 1 } call two { on_fail = continue } }"
    }

    @invariant()
    @override
    def what_is_expected_of_this_workflow(self) -> None:
        """Two items at a time, and each has an outcome, however often the run was gone on with."""
        assert all(hands.most <= 2 for hands in self.hands)
        if not self.is_begun:
            return
        state = self.run_state
        around = state.steps.get(StepPath("0"))
        if around is None or around.fan_out is None:
            return
        items = [state.steps.get(StepPath(f"0/{number}")) for number in range(len(around.fan_out.items))]
        if around.status is StepStatus.COMPLETED:
            assert all(item is not None and item.status.is_over for item in items)
            assert len(items) == 4


class RunsOnDisk(Runs):
    """The same with the store that people use."""

    on_disk = True


class FanOutsOnDisk(FanOuts):
    """The same with the store that people use."""

    on_disk = True


PEOPLE = (
    owner("one", pid=1),
    owner("two", pid=2),
    owner("far", pid=3, host="there", boot_id="theirs"),
    owner("away", pid=4, host="elsewhere", boot_id="another"),
)


class Leases(RuleBasedStateMachine):
    """Who may write: compared with a model of it that is a few lines long."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.store: Store = STORES["memory"](None, self.world)  # type: ignore[arg-type] # it needs no folder
        self.now = NOON
        self.holder: Owner | None = None
        self.generation = 0
        self.until = NOON
        self.written = 0
        self.leases: list[Lease] = []

    def free_for(self, who: Owner, now: datetime) -> bool:
        """Say whether somebody may have the run."""
        if self.holder is None:
            return True
        if who.process.host == self.holder.process.host:
            return self.holder.process.pid in self.world.dead
        return now >= self.until

    @rule(who=st.sampled_from(PEOPLE))
    def acquire(self, who: Owner) -> None:
        """Its holder has it again; others when the holder is dead, or its time is over."""
        lease = self.store.acquire(RUN, who, self.now)
        if who == self.holder:
            assert lease is not None
        else:
            assert (lease is not None) == self.free_for(who, self.now)
            self.generation += lease is not None
        if lease is not None:
            assert lease.generation == self.generation
            self.holder, self.until = who, self.now + limits.LEASE_TTL
            self.leases.append(lease)

    @rule(number=st.integers(0, 9), what=st.sampled_from(["append", "renew", "release", "adopt"]))
    def use(self, number: int, what: str) -> None:
        """Only the newest lease is any good, whoever has it."""
        if not self.leases:
            return
        lease = self.leases[number % len(self.leases)]
        is_good = lease.owner == self.holder and lease.generation == self.generation
        try:
            self._use(lease, what)
        except LeaseLostError:
            assert not is_good
            return
        assert is_good or what == "release"
        if is_good and what == "release":
            self.holder = None
        if is_good and what == "renew":
            self.until = self.now + limits.LEASE_TTL
        self.written += is_good and what == "append"

    def _use(self, lease: Lease, what: str) -> None:
        if what == "append":
            self.store.append(lease, [step("0") if self.written else started()], self.now)
        elif what == "renew":
            self.store.renew(lease, {}, self.now)
        elif what == "release":
            self.store.release(lease)
        else:
            self.store.adopt(lease, type(RUN)(f"{RUN}-part"), self.now)

    @rule(seconds=st.sampled_from([1, 10, 31, -40, 100_000]))
    def set_clock(self, seconds: int) -> None:
        """Time passes, or the clock is set."""
        self.now += timedelta(seconds=seconds)

    @rule(who=st.sampled_from(PEOPLE), dies=st.booleans())
    def die(self, who: Owner, dies: bool) -> None:
        """A process ends, or was only thought to have."""
        (self.world.dead.add if dies else self.world.dead.discard)(who.process.pid)

    @invariant()
    def only_what_was_accepted_is_stored(self) -> None:
        """And the holder is who the store says it is."""
        assert len(list(self.store.history(RUN))) == self.written
        assert self.store.owner(RUN) == self.holder

    def teardown(self) -> None:
        """Let go."""
        self.store.close()


def tried(machine: type[RuleBasedStateMachine], times: int = FEW, steps: int = 15) -> None:
    """Try a machine with many stories."""
    run_state_machine_as_test(machine, settings=settings(max_examples=times, stateful_step_count=steps))


def test_a_run_comes_to_one_end_whatever_happens():
    """Steps, blocks, loops and gates: cancelled, killed, skipped, taken over, cut short and gone on with."""
    tried(Runs)


def test_a_step_is_tried_as_often_and_as_long_as_it_may_be_whatever_happens():
    """Limits and retries, across cuts and owners."""
    tried(Attempts)


def test_a_gate_has_the_outcome_that_it_was_given_whatever_happens():
    """By a person, the clock or a cancel."""
    tried(Gates)


def test_items_are_worked_on_once_whatever_happens():
    """And two at a time."""
    tried(FanOuts, FEW // 2)


def test_only_the_newest_lease_writes_whatever_happens():
    """Four owners on three machines, deaths and a clock that is set."""
    tried(Leases, 4 * FEW, steps=30)


@pytest.mark.real_time
@pytest.mark.parametrize("machine", [RunsOnDisk, FanOutsOnDisk])
def test_a_run_on_disk_comes_to_one_end_whatever_happens(machine: type[Life]):
    """The rows agree with the events at the end of each story."""
    tried(machine, FEW // 5, steps=10)
