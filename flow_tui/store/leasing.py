"""Who may write a run: the decision, without the storage."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from flow_tui import limits
from flow_tui.engine.keeping import Held, Lease, Owner
from flow_tui.model.ids import RunId
from flow_tui.model.values import ProcessIdentity

IsAlive: TypeAlias = Callable[[ProcessIdentity], bool]
"""Says whether a process of this machine still runs, as far as can be seen."""


def taken(
    run_id: RunId, held: Held, owner: Owner, now: datetime, is_alive: IsAlive, silent: Held | None
) -> Lease | None:
    """Return the lease that ``owner`` gets, or ``None`` while another owner lives."""
    if held.owner is not None and held.owner.token == owner.token:
        generation = held.generation
    elif _is_free(held, owner, now, is_alive, silent):
        generation = held.generation + 1
    else:
        return None
    return Lease(run_id=run_id, owner=owner, generation=generation, expires_at=now + limits.LEASE_TTL)


def part(lease: Lease, run_id: RunId) -> Lease:
    """Return the lease of a run that is part of the one ``lease`` is for."""
    return replace(lease, run_id=run_id, root=lease.owned)


def holds(held: Held, lease: Lease) -> bool:
    """Say whether ``lease`` is the newest."""
    return (
        held.owner is not None
        and held.owner.token == lease.owner.token
        and held.generation == lease.generation
    )


def _is_free(held: Held, owner: Owner, now: datetime, is_alive: IsAlive, silent: Held | None) -> bool:
    if held.owner is None or held.expires_at is None:
        return True
    other, mine = held.owner.process, owner.process
    if other.host != mine.host or other == mine:
        return held.expires_at <= now if silent is None else held == silent
    # On this machine a clock that was set, or a long sleep, takes no run from whoever works on it.
    return other.boot_id != mine.boot_id or not is_alive(other)
