"""How often and how long a step may be tried."""

from datetime import timedelta

from flow_tui import limits
from flow_tui.dataclass import dataclass
from flow_tui.dsl import durations


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How often and how long a step may be tried."""

    label: str
    kind: str
    retries: int = 0
    delay: timedelta = timedelta()
    backoff: float = 1.0
    longest_delay: timedelta | None = None
    limit: timedelta | None = None
    limit_text: str = ""
    """The limit as it was written."""
    limit_ends_run: bool = False
    """Running out of time is not a failed attempt, but the end of the run."""
    silence: timedelta | None = None
    """How long an attempt may give no sign of life."""
    clean_up: timedelta = timedelta()
    """How long an attempt may take to end beyond what every attempt may."""
    on_crash: str = "rerun"
    survivable: bool = False
    """When the attempts are used up, the run goes on as if the step had been left out."""

    why: str = ""
    """Why it is tried although results of an earlier run stand for what has not changed."""

    def delay_before(self, failures: int) -> timedelta:
        """Return how long to wait for the next attempt after so many failures."""
        longest = limits.LONGEST if self.longest_delay is None else min(self.longest_delay, limits.LONGEST)
        try:
            seconds = self.delay.total_seconds() * self.backoff ** (failures - 1)
        except OverflowError:
            return longest if self.delay else timedelta()
        return timedelta(seconds=min(longest.total_seconds(), seconds))

    def timed_out_text(self) -> str:
        """Return what is said of an attempt that reached its limit."""
        return f"step '{self.label}' timed out after {self.limit_text}"

    def silence_text(self) -> str:
        """Return what an attempt that gave no sign of life ran out of."""
        return f"{durations.show(self.silence or timedelta())} without a sign of life"

    def silent_text(self) -> str:
        """Return what is said of an attempt that gave no sign of life."""
        return f"step '{self.label}' timed out after {self.silence_text()}"
