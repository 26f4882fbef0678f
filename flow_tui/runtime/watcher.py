"""File changes, settled: which files may be different now. Looks at names and dates, never at contents."""

import asyncio
import errno
import logging
import os
import threading
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

from flow_tui import limits
from flow_tui.clock import Clock, SystemClock
from flow_tui.dataclass import dataclass
from flow_tui.engine.blocking import in_thread
from flow_tui.runtime import mounts
from flow_tui.runtime.watched import Watched

logger = logging.getLogger(__name__)

_LOOK = timedelta(milliseconds=250)
"""How often it is looked whether the folders are still the same ones."""
_SLOWEST = timedelta(seconds=10)
_LOOKED_AT = 200
"""The more files there are, the less often they are looked at: for each so many, by a tenth of a second."""
_ADDED, _DELETED = 1, 3

_Stats: TypeAlias = dict[str, tuple[int, ...]]
_Folders: TypeAlias = dict[Path, tuple[int, int] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a look brought."""

    files: frozenset[Path] = frozenset()
    """Those that may be different; none means that any of them may be."""
    note: str = ""
    """Why changes are noticed late here, or not at all."""


async def changes(watched: Watched, *, settle: timedelta = limits.RELOAD_SETTLE) -> AsyncGenerator[Seen]:
    """Yield what may have changed, each time after ``settle`` without a further change.

    The first time comes soon, even if it is of no files: what changed before it may have gone unseen.
    """
    loop, queue, stop = asyncio.get_running_loop(), asyncio.Queue[Seen](), threading.Event()

    def deliver(seen: Seen) -> None:
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(queue.put_nowait, seen)

    lookout = Lookout(watched, settle=settle, deliver=deliver, stop=stop)
    looking = loop.create_task(in_thread(lookout.run, name="watcher"))
    try:
        while not looking.done():
            yield _together(await queue.get(), queue)
    finally:
        stop.set()


def _together(first: Seen, queue: "asyncio.Queue[Seen]") -> Seen:
    """Return all that waits, as one."""
    found = [first]
    while not queue.empty():
        found.append(queue.get_nowait())
    is_any = any(not seen.files for seen in found)
    files = frozenset[Path]() if is_any else frozenset[Path]().union(*(seen.files for seen in found))
    return Seen(files=files, note=found[-1].note)


class Lookout:
    """Looks out for changes, on a thread of its own, until ``stop`` is set; whatever happens, it goes on."""

    def __init__(
        self,
        watched: Watched,
        *,
        settle: timedelta,
        deliver: Callable[[Seen], None],
        stop: threading.Event,
        clock: Clock | None = None,
    ) -> None:
        self._watched = watched
        self._settle = max(1, int(settle.total_seconds() * 1000))
        self._deliver = deliver
        self._stop = stop
        self._clock = clock or SystemClock()
        self._deaths = 0
        self._untold = ""
        """Why the system is not asked to tell of changes."""
        self._before: _Stats | None = None
        """How the files of patterns were when the last watch ended."""
        self._note = ""
        self._fault = ""
        """How the system stopped telling of changes the last time."""

    def run(self) -> None:
        """Look out."""
        pause = timedelta(0)
        while not self._stop.wait(pause.total_seconds()):
            try:
                self._look_out()
                pause = timedelta(0)
            except Exception as error:
                logger.warning("watching for changes failed", exc_info=True)
                self._learn(error)
                pause = min(_SLOWEST, 2 * pause or _LOOK)
                self._deliver(Seen(note=self._note))

    def _learn(self, error: Exception) -> None:
        """Do without what does not work."""
        said = str(error)
        if _is_errno(error, errno.EMFILE, "os error 24"):
            self._untold = _limit("max_user_instances", "512")
        elif _is_errno(error, errno.ENOSPC, "limit reached"):
            self._untold = _limit("max_user_watches", "524288")
        else:
            self._deaths += 1
            self._note = self._fault = f"watching failed, and was begun again: {said}"
            if self._deaths >= limits.WATCH_DEATHS:
                self._untold = f"the system does not tell of changes ({said})"

    def _look_out(self) -> None:
        """Follow the folders as they are, until they are others."""
        spread = self._spread()
        folders = {*self._watched.nearby, *spread}
        known = _identities({*self._watched.nearby, *self._watched.tops})
        there = [folder for folder in folders if _may_be_read(folder)]
        mount = mounts.worst(there, mounts.here())
        untold = self._untold
        if not untold and mount is not None and mount.tells == "none":
            untold = f"{mount.kind} in {mount.at or '/'} does not tell of changes"
        needed = self._watched.needed | self._watched.tops
        missing = [folder for folder, identity in known.items() if identity is None and folder in needed]
        said = (self._said_of(untold), "" if untold else self._fault, _gone(missing), self._cut(spread))
        self._note = " · ".join(filter(None, said))
        if untold or not there:
            self._poll(known, spread)
        else:
            self._listen(there, known, spread, is_sure=mount is None)

    def _spread(self) -> list[Path]:
        found: list[Path] = []
        for folder in self._watched.spread():
            found.append(folder)
            if len(found) >= limits.WATCH_FOLDERS or self._stop.is_set():
                break
        return found

    @staticmethod
    def _cut(spread: list[Path]) -> str:
        if len(spread) < limits.WATCH_FOLDERS:
            return ""
        return f"only {limits.WATCH_FOLDERS:,} folders are watched: say more exactly which, by --watch-path"

    @staticmethod
    def _said_of(untold: str) -> str:
        return untold and f"{untold}: files are looked at every {limits.WATCH_POLL.total_seconds():g} s"

    # Being told

    def _listen(self, there: list[Path], known: _Folders, spread: list[Path], *, is_sure: bool) -> None:
        """Deliver what the system tells of, until the folders are others."""
        from watchfiles import watch  # noqa: PLC0415  # pyright: ignore[reportUnknownVariableType]  # heavy, and a library type it cannot see

        source = watch(
            *there,
            watch_filter=None,
            step=max(1, self._settle * 4 // 5),  # each one wakes a thread, also while nothing changes
            debounce=self._settle * 2,
            recursive=False,
            stop_event=self._stop,
            rust_timeout=int(_LOOK.total_seconds() * 1000),
            yield_on_timeout=True,
            raise_interrupt=False,
            force_polling=False,
            ignore_permission_denied=False,  # else it is silent about limits, too
        )
        stats, looked = self._stats(spread if not is_sure else ()), self._clock.monotonic()
        is_first = True
        for told in source:
            if is_first:
                is_first = False
                self._begin(spread)
            self._tell_of(frozenset(Path(name) for _, name in told if self._watched.wants(name)))
            if self._are_others(told, spread) or _identities(known) != known:
                before, self._before = self._stats(spread), self._stats(self._spread())
                self._tell_of(
                    _different(before, self._before)
                )  # what goes before the next watch is missed, too
                return
            if self._clock.monotonic() - looked >= limits.WATCH_RESCAN.total_seconds():
                before, looked = stats, self._clock.monotonic()
                stats = self._stats(spread if not is_sure else ())
                self._tell_of(_different(before, stats))
        if not self._stop.is_set():
            raise OSError("it ended by itself")

    def _begin(self, spread: list[Path]) -> None:
        """Say that nothing goes unseen from now on, and what may have between two watches."""
        self._deliver(Seen(note=self._note))
        if self._before is not None:
            before, self._before = self._before, None
            self._tell_of(_different(before, self._stats(spread)))

    def _tell_of(self, files: frozenset[Path]) -> None:
        if files:
            self._deliver(Seen(files=files, note=self._note))

    def _are_others(self, told: Iterable[tuple[int, str]], spread: list[Path]) -> bool:
        """Say whether files may fit a pattern in other folders now; tell of those in what came or went."""
        if not self._watched.patterns:
            return False
        found, are_others = set[Path](), False
        for kind, name in told:
            path = Path(name)
            if kind == _ADDED and path.is_dir() and self._watched.reaches(path):
                are_others = True
                inside = self._watched.spread(path)
                found.update(self._watched.fitting(inside))
            elif kind == _DELETED and path in spread:
                are_others = True
                found.add(path)
            elif path.name == ".gitignore":
                are_others = True
        self._tell_of(frozenset(found))
        return are_others

    # Looking

    def _poll(self, known: _Folders, spread: list[Path]) -> None:
        """Look at every file from time to time, until the folders are others."""
        stats = self._stats(spread)
        self._begin(spread)
        while not self._stop.wait(self._pause(len(stats))):
            now = self._stats(spread)
            different = _different(stats, now)
            while different and not self._stop.wait(self._settle / 1000):
                before, now = now, self._stats(spread)
                if before == now:
                    break
            different, stats = _different(stats, now), now
            self._tell_of(different)
            if _identities(known) != known or self._spread() != spread:
                self._before = stats
                self._deliver(Seen(note=self._note))
                return

    @staticmethod
    def _pause(files: int) -> float:
        return min(_SLOWEST.total_seconds(), limits.WATCH_POLL.total_seconds() + files / _LOOKED_AT / 10)

    def _stats(self, spread: Iterable[Path]) -> _Stats:
        """Return how files are, so that it can be told whether they have changed."""
        found: _Stats = {}
        for file in (*self._watched.files, *self._watched.fitting(spread)):
            try:
                stat = os.lstat(file)
            except OSError:
                continue
            times = (stat.st_mtime_ns, stat.st_ctime_ns)  # the first can be set back, the second cannot
            found[str(file)] = (stat.st_dev, stat.st_ino, stat.st_mode, stat.st_size, *times)
        return found


def _different(before: _Stats, after: _Stats) -> frozenset[Path]:
    names: Iterator[str] = (n for n in before.keys() | after.keys() if before.get(n) != after.get(n))
    return frozenset(map(Path, names))


def _identities(folders: Iterable[Path]) -> _Folders:
    """Return which folders these are: another one may take the place of the one that was there."""
    found: _Folders = {}
    for folder in folders:
        try:
            stat = folder.stat()
        except OSError:
            found[folder] = None
        else:
            found[folder] = (stat.st_dev, stat.st_ino)
    return found


def _may_be_read(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.R_OK | os.X_OK)


def _gone(folders: list[Path]) -> str:
    if not folders:
        return ""
    more = f" and {len(folders) - 1} more" if len(folders) > 1 else ""
    return f"{min(folders)}{more} is not there; it is looked for"


def _is_errno(error: Exception, number: int, said: str) -> bool:
    return (isinstance(error, OSError) and error.errno == number) or said in str(error)


def _limit(name: str, enough: str) -> str:
    return f"no more can be watched here (sudo sysctl fs.inotify.{name}={enough})"
