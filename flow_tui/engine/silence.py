"""Whether an owner that cannot be seen from here still lives: a clock of ours, and nobody else's, decides."""

import logging
from collections.abc import Callable

from flow_tui import limits
from flow_tui.clock import Clock
from flow_tui.engine.keeping import Held, Owner, Store
from flow_tui.engine.outside import patiently
from flow_tui.errors import NotPossibleError, RunOwnedError
from flow_tui.model.ids import RunId

logger = logging.getLogger(__name__)


async def heard_out(
    store: Store, clock: Clock, run_id: RunId, owner: Owner, is_leaving: Callable[[], bool]
) -> Held | None:
    """Return what has not changed for the whole time of a lease if the run's owner is out of sight.

    ``None`` says that there is no such owner. Raises ``RunOwnedError`` once it has renewed its lease. The
    instant at which that expires is told by its clock, so it is believed only while it says what is likely.
    """
    held = await patiently(clock, lambda: store.held(run_id))
    if held.owner is None or held.expires_at is None or not _is_out_of_sight(held.owner, owner):
        return None
    if clock.now() < held.expires_at <= clock.now() + limits.LEASE_TTL:
        raise RunOwnedError(run_id, held.owner.label)
    seconds = round(limits.LEASE_TTL.total_seconds())
    logger.warning("run %s belongs to %s: listening for %d s", run_id, held.owner.label, seconds)
    until = clock.monotonic() + limits.LEASE_TTL.total_seconds()
    while clock.monotonic() < until:
        await clock.sleep(limits.HEARTBEAT / 5)
        if is_leaving():
            raise NotPossibleError(f"take over run {run_id}", "the program is leaving")
        now = await patiently(clock, lambda: store.held(run_id))
        if now.owner is None:
            return None
        if now != held:
            raise RunOwnedError(run_id, now.owner.label)
    return held


def _is_out_of_sight(other: Owner, mine: Owner) -> bool:
    """Say whether the death of the one could not be seen by the other."""
    return other.token != mine.token and (
        other.process.host != mine.process.host or other.process == mine.process
    )
