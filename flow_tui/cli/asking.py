"""Asking whoever works on a run for something, and hearing whether it was done."""

import asyncio
import os
from argparse import Namespace
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ulid import ULID

from flow_tui import limits
from flow_tui.cli import out
from flow_tui.clock import SystemClock
from flow_tui.dataclass import dataclass
from flow_tui.engine.commands import Request
from flow_tui.engine.keeping import Owner, Store
from flow_tui.engine.outside import patiently
from flow_tui.errors import NotPossibleError, RunOwnedError
from flow_tui.model import ids
from flow_tui.model.events import Event, RunFinished
from flow_tui.model.state import RunState
from flow_tui.model.status import RunStatus
from flow_tui.model.values import RunSummary
from flow_tui.process.identity import host_name, is_gone, own_identity
from flow_tui.runtime import history
from flow_tui.runtime.assembly import open_store
from flow_tui.runtime.settings import settings
from flow_tui.sanitize import visible


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A run that something is wanted of."""

    store: Store
    state: RunState
    me: Owner
    is_owned: bool
    """Somebody works on it, as far as can be known."""
    folder: Path = Path()
    """Where output is kept."""

    @property
    def name(self) -> str:
        """Return what people call the run."""
        return ids.short(self.state.run_id)

    def about(self, part: RunState) -> "Asked":
        """Return the same for a run that is part of this one: who works on the one works on the other."""
        return replace(self, state=part)


@contextmanager
def run(options: Namespace) -> Generator[Asked]:
    """Open the storage and find the run that the command line names; raises ``RunNotFoundError``."""
    from flow_tui.cli import kept

    with kept.histories(options) as histories:
        found: RunSummary = history.find(histories, options.run, kept.root())
    chosen = settings(options.state, os.environ)
    store = open_store(chosen)
    try:
        me = own_identity()
        owner = Owner(token=str(ULID()), process=me, label=f"{chosen.user}@{me.host}, process {me.pid}")
        is_owned = _is_owned(store, found)  # asked first: an owner that is gone has recorded all it will
        state = history.state_of(store, found.run_id)
        yield Asked(
            store=store,
            state=state,
            me=owner,
            is_owned=is_owned,
            folder=chosen.state or Path(),
        )
    finally:
        store.close()


def user(options: Namespace) -> str:
    """Return who asks, for the record."""
    return settings(options.state, os.environ).user


def refuse_owned(options: Namespace) -> None:
    """Raise ``RunOwnedError`` when somebody works on the run that the command line names."""
    with run(options) as asked:
        require_free(asked)


def require_free(asked: Asked) -> None:
    """Raise ``RunOwnedError`` when somebody works on a run here; who may do so elsewhere is listened for."""
    owner = asked.store.owner(asked.state.run_id)
    if owner is None:
        return
    if owner.process.host != host_name():
        seconds = round(limits.LEASE_TTL.total_seconds())
        told = (
            f"run {asked.name} belongs to {owner.label}: taken over if nothing is heard of it for {seconds} s"
        )
        out.words(visible(told))
    elif asked.is_owned:
        raise RunOwnedError(asked.state.run_id, owner.label)


def _is_owned(store: Store, found: RunSummary) -> bool:
    """Say whether somebody works on a run: not if the process is gone or, elsewhere, silent for too long."""
    owner = store.owner(found.run_id)
    if owner is None:
        return False
    if owner.process.host == host_name():
        return not is_gone(owner.process)
    heard = found.last_heartbeat_at
    return heard is None or SystemClock().now() - heard <= limits.LEASE_TTL


def ask(asked: Asked, request: Request, done: Callable[[Event], bool], what: str) -> None:
    """Leave ``request`` for the owner of the run; return when an event says that it was carried out.

    ``done`` raises ``NotPossibleError`` at an event that says that it never will be. So does this when nobody
    works on the run, when its owner refuses, and when it does not react: the request is taken back.
    """
    if not asked.is_owned:
        because = f"nobody works on it; 'flow-tui resume {asked.name.removeprefix('#')}' goes on with it"
        raise NotPossibleError(f"{what} run {asked.name}", because)
    asyncio.run(_ask(asked, request, done, what))


async def _ask(asked: Asked, request: Request, done: Callable[[Event], bool], what: str) -> None:
    clock = SystemClock()
    store = asked.store
    await patiently(clock, lambda: store.request(request, clock.now()))
    try:
        await _carried_out(asked, request, done, what)
    except NotPossibleError:
        for left in store.requests([request.run_id]):
            if left.request == request:
                store.answered(left.number)
        raise


async def _carried_out(asked: Asked, request: Request, done: Callable[[Event], bool], what: str) -> None:
    clock = SystemClock()
    store, run_id = asked.store, request.run_id
    until = clock.monotonic() + limits.NOTICED.total_seconds()
    seen = asked.state.seq
    was_taken = False
    while clock.monotonic() < until:
        waiting = [left.number for left in store.requests([run_id]) if left.request == request]
        for recorded in store.history(run_id, seen):
            seen = recorded.seq
            if done(recorded.event):
                return
        if was_taken:  # and nothing has come of it, although there was time
            raise NotPossibleError(
                f"{what} run {asked.name}", "its owner has refused: it does not fit any more"
            )
        was_taken = not waiting
        await clock.sleep(limits.REQUEST_POLL if was_taken else limits.ANSWER_POLL)
    raise NotPossibleError(f"{what} run {asked.name}", "its owner does not react; nothing was changed")


def outcome_soon(asked: Asked) -> RunStatus | None:
    """Wait until the run is over, for as long as its steps may take to end; return how it ended."""
    return asyncio.run(_outcome_soon(asked))


async def _outcome_soon(asked: Asked) -> RunStatus | None:
    clock = SystemClock()
    until = clock.monotonic() + limits.SHUTDOWN.total_seconds()
    while clock.monotonic() < until:
        for recorded in asked.store.history(asked.state.run_id, asked.state.seq):
            if isinstance(recorded.event, RunFinished):
                return recorded.event.outcome
        await clock.sleep(limits.ANSWER_POLL)
    return None
