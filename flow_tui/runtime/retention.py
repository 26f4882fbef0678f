"""Forgetting old runs: their events and rows, what only they needed, and their output."""

import asyncio
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from flow_tui import limits
from flow_tui.dataclass import dataclass
from flow_tui.engine.keeping import Histories, RunQuery, Store
from flow_tui.errors import RunOwnedError, StoreError
from flow_tui.model.ids import RunId
from flow_tui.model.status import RunStatus
from flow_tui.model.values import RunSummary
from flow_tui.process.workspace import FolderWorkspace

logger = logging.getLogger(__name__)
GOOD = frozenset({RunStatus.COMPLETED, RunStatus.CANCELLED})
"""What is forgotten unless told otherwise: nobody looks for the reason of these."""
MARK = "tidied"
"""The file that says when runs were last forgotten by the way."""
_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Old:
    """A run that may be forgotten, with the runs that are part of it."""

    run: RunSummary
    parts: tuple[RunId, ...]


@dataclass(slots=True, kw_only=True)
class Purged:
    """What was forgotten."""

    runs: int = 0
    size: int = 0
    """Bytes of output."""
    in_use: int = 0
    """Runs that somebody has taken up meanwhile."""


def outdated(
    kept: Histories, now: datetime, older: timedelta, statuses: frozenset[RunStatus] = GOOD, root: str = ""
) -> tuple[Old, ...]:
    """Return the runs that ended longer ago than ``older``, oldest first; never one that is not over."""
    allowed = frozenset(status for status in statuses if status.is_over)
    found = [
        run
        for run in _all(kept, RunQuery(root=root, statuses=allowed))
        if now - (run.ended_at or now) > older
    ]
    return tuple(old(kept, run) for run in reversed(found))


def old(kept: Histories, run: RunSummary) -> Old:
    """Return a run with those that are part of it."""
    return Old(run=run, parts=tuple(_parts(kept, run.run_id)))


def forget(store: Store, folder: Path | None, old: Old) -> int | None:
    """Forget a run and its parts; return the bytes of their output, or nothing if it is in use.

    A run that another process forgets at the same time is forgotten once.
    """
    try:
        store.delete(old.run.run_id)
    except RunOwnedError:
        return None
    if folder is None:
        return 0
    workspace, size = FolderWorkspace(folder), 0
    for run_id in (old.run.run_id, *old.parts):
        size += size_of(folder / "runs" / run_id)
        with suppress(StoreError):  # nobody misses it; the doctor finds what stays
            workspace.forget(run_id)
    return size


def purge(
    store: Store,
    folder: Path | None,
    old: tuple[Old, ...],
    said: Callable[[int, int], None] | None = None,
) -> Purged:
    """Forget runs; ``said`` is told after each how many are done, of how many."""
    purged = Purged()
    for number, each in enumerate(old, 1):
        size = forget(store, folder, each)
        if size is None:
            purged.in_use += 1
        else:
            purged.runs, purged.size = purged.runs + 1, purged.size + size
        if said is not None:
            said(number, len(old))
    if folder is not None and purged.runs:
        purged.size += _forget_programs(store, folder)
    return purged


async def by_the_way(store: Store, folder: Path, now: datetime) -> int:
    """Forget some old runs, if that is due; return how many. What goes wrong is logged and harms nobody."""
    forgotten = 0
    if not is_due(folder, now):
        return forgotten
    try:
        old = outdated(store, now, limits.RETENTION)
        for each in old[: limits.RETENTION_AT_ONCE]:
            await asyncio.sleep(0)  # whatever a person waits for comes first
            forgotten += forget(store, folder, each) is not None
        if forgotten:
            _forget_programs(store, folder)
            logger.info("forgot %s runs that ended more than %s ago", forgotten, limits.RETENTION)
    except StoreError as error:
        logger.warning("could not forget old runs: %s", error)
    return forgotten


def is_due(folder: Path, now: datetime) -> bool:
    """Say whether old runs are to be forgotten today, and note that they were: one process does it."""
    mark = folder / MARK
    with suppress(OSError, ValueError):
        if timedelta() <= now - datetime.fromisoformat(mark.read_text("utf-8")) < limits.RETENTION_EVERY:
            return False
    draft = folder / f".{MARK}.{os.getpid()}"
    try:
        draft.write_text(now.isoformat(), "utf-8")
        draft.chmod(0o600)
        draft.replace(mark)
    except OSError as error:
        logger.warning("cannot note when old runs were forgotten: %s", error)
        return False
    return True


def strays(kept: Histories, folder: Path) -> Iterator[Path]:
    """Yield the folders of output that belong to no run."""
    try:
        inside = sorted((folder / "runs").iterdir())
    except OSError:
        return
    for place in inside:
        if next(iter(kept.history(RunId(place.name))), None) is None:
            yield place


def remove(folder: Path) -> None:
    """Remove a folder of output; raises ``StoreError`` when that cannot be done."""
    FolderWorkspace(folder.parent.parent).forget(RunId(folder.name))


def size_of(folder: Path) -> int:
    """Return how many bytes the files in a folder hold."""
    size = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                size += (Path(place) / name).lstat().st_size
    return size


def _forget_programs(store: Store, folder: Path) -> int:
    """Remove the copies of programs whose content no run needs any more."""
    size = 0
    with suppress(OSError):
        for place in list((folder / "programs").iterdir()):
            try:
                store.blob(place.name)
            except KeyError:
                size += size_of(place)
                shutil.rmtree(place, ignore_errors=True)
    return size


def _parts(kept: Histories, run_id: RunId) -> Iterator[RunId]:
    for part in _all(kept, RunQuery(part_of=run_id, parts=True)):
        yield part.run_id
        yield from _parts(kept, part.run_id)


def _all(kept: Histories, query: RunQuery) -> Iterator[RunSummary]:
    offset = 0
    while page := kept.runs(
        RunQuery(
            root=query.root,
            statuses=query.statuses,
            parts=query.parts,
            part_of=query.part_of,
            limit=_PAGE,
            offset=offset,
        )
    ):
        yield from page
        offset += len(page)
