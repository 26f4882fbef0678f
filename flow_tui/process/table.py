"""The processes of this machine, as the system lists them."""

import errno
import os
import re
import signal
import subprocess
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TypeGuard

from flow_tui.dataclass import dataclass

PROC = Path("/proc")
PS = "/bin/ps"
_LAST_PID = Path("/proc/sys/kernel/ns_last_pid")
_FEW = 100
"""Of so many numbers, used or not, each is tried before the whole table is read instead."""
_PS_PATIENCE = timedelta(seconds=5)
_COOKIE = b"FLOW_COOKIE="


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A process at one instant."""

    pid: int
    parent: int
    group: int
    session: int
    start: str
    """When it started, in whatever form the system tells; with the pid it names one process for good."""
    ended: bool = False
    """Whether it only waits for its parent to collect it."""

    def same(self, other: "Entry | None") -> bool:
        """Say whether both are one process, and not two that had the same number."""
        return other is not None and (self.pid, self.start) == (other.pid, other.start)


def has_proc() -> bool:
    """Say whether the system lists processes as files."""
    return (PROC / "self" / "stat").exists()


def entries() -> Iterator[Entry]:
    """Yield every living process, the latest numbers first: the new ones are soonest gone.

    One that ended and was not collected yet is not living. Raises ``OSError`` when the table cannot be read,
    as everything here does that would have to guess.
    """
    if has_proc():
        numbers = sorted((int(name) for name in _names(PROC) if name.isdigit()), reverse=True)
        yield from filter(_lives, map(_read, numbers))
    else:
        yield from filter(_lives, _listed_by_ps("-A"))


def younger(pid: int) -> Iterator[Entry] | None:
    """Return the living processes that got their numbers after this one, which began a moment ago.

    None where that cannot be told from the numbers; ``entries`` knows.
    """
    newest = last_number()
    if newest is None or not 0 <= newest - pid <= _FEW:  # they began anew, or a look at the whole is cheaper
        return None
    return numbered(pid, newest)


def numbered(after: int, until: int) -> Iterator[Entry]:
    """Return the living processes whose numbers are above the one and not above the other, latest first."""
    return filter(_lives, map(_read, range(until, after, -1)))


def last_number() -> int | None:
    """Return the number that was given out last; None where the system does not tell."""
    if not has_proc():
        return None
    try:
        return int(_LAST_PID.read_bytes())
    except (OSError, ValueError):
        return None


def uncollected(pid: int) -> Entry | None:
    """Return what is known of a process, even of one that ended and was not collected yet."""
    if has_proc():
        return _read(pid)
    return next(iter(_listed_by_ps("-p", str(pid))), None)


def entry(pid: int) -> Entry | None:
    """Return what is known of a living process."""
    found = uncollected(pid)
    return found if _lives(found) else None


def living(known: Iterable[Entry]) -> list[Entry]:
    """Return those that still live, or of which that cannot be told, and that no other took the number of."""
    return [old for old in known if _may_live(old)]


def carries(process: Entry, cookie: str) -> bool | None:
    """Say whether the process was started, however indirectly, by the one this cookie was given to.

    None if nothing can be seen: then it has none, or is just about to become another program.
    """
    environment = _environment(process.pid)
    if not environment:
        return None
    return any(is_inside(carried, cookie) for carried in _values(environment.split(b"\0")))


def is_inside(carried: str, cookie: str) -> bool:
    """Say whether what carries the one cookie runs inside of what was given the other, or a part of it."""
    return f".{cookie}." in f".{carried}."


def cookies() -> Iterator[tuple[Entry, str]]:
    """Yield every living process with each cookie it carries, as far as the system shows it."""
    if has_proc():
        for process in entries():
            for cookie in _carried(process.pid):
                yield process, cookie
    else:
        shown = _environments_by_ps()
        for process in entries():
            for cookie in shown.get(process.pid, ()):
                yield process, cookie


def holders(inodes: set[int]) -> list[int]:
    """Return the processes besides this one that have one of these pipes open, as far as can be seen."""
    pipes = {f"pipe:[{inode}]" for inode in inodes}
    found: list[int] = []
    for process in entries() if has_proc() else ():
        folder = PROC / str(process.pid) / "fd"
        with suppress(OSError):
            if process.pid != os.getpid() and any(_target(folder / name) in pipes for name in _names(folder)):
                found.append(process.pid)
    return found


def send(process: Entry, number: signal.Signals) -> None:
    """Signal exactly this process: never another one that got its pid. What may not be signalled is left."""
    with suppress(OSError), _handle(process.pid) as handle:
        if not process.same(entry(process.pid)):
            return
        if handle < 0:
            os.kill(process.pid, number)
        else:
            signal.pidfd_send_signal(handle, number)


@contextmanager
def _handle(pid: int) -> Generator[int]:
    """Yield what stands for a process whatever becomes of its number; -1 where there is no such thing."""
    try:
        handle = os.pidfd_open(pid)
    except AttributeError:
        yield -1
        return
    except OSError as reason:
        if reason.errno != errno.ENOSYS:
            raise
        yield -1
        return
    try:
        yield handle
    finally:
        os.close(handle)


def _may_live(old: Entry) -> bool:
    try:
        return old.same(entry(old.pid))
    except OSError:
        return True


def _lives(process: Entry | None) -> TypeGuard[Entry]:
    return process is not None and not process.ended


def _names(folder: Path) -> list[str]:
    return os.listdir(folder)  # noqa: PTH208 -- a Path for every process is what makes a scan slow


def _target(link: Path) -> str:
    with suppress(OSError):
        return str(link.readlink())
    return ""


def _read(pid: int) -> Entry | None:
    """Read one line of the process table; the command in it may hold anything, closing brackets too."""
    try:
        file = os.open(f"{PROC}/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None
    try:
        text = os.read(file, 4096)
    except ProcessLookupError:
        return None
    finally:
        os.close(file)
    fields = text[text.rfind(b")") + 2 :].split()
    if len(fields) < 20:
        return None
    parent, group, session = (int(field) for field in fields[1:4])
    ended = fields[0] in {b"Z", b"X", b"x"}
    return Entry(pid=pid, parent=parent, group=group, session=session, start=fields[19].decode(), ended=ended)


def _carried(pid: int) -> list[str]:
    return _values(_environment(pid).split(b"\0"))


def _environment(pid: int) -> bytes:
    try:
        return (PROC / str(pid) / "environ").read_bytes()
    except OSError:
        return b""


def _values(words: Iterable[bytes]) -> list[str]:
    return [os.fsdecode(word[len(_COOKIE) :]) for word in words if word.startswith(_COOKIE)]


def _environments_by_ps() -> dict[int, list[str]]:
    """Return the cookies of every process, which stand behind its command."""
    lines = (line.split() for line in _ps("axeww", "-o", "pid=,command=").splitlines())
    return {int(pid): found for pid, *words in lines if (found := _values(words))}


_PS_LINE = re.compile(r"\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S.*?)\s*")


def _listed_by_ps(*which: str) -> list[Entry]:
    """Ask ``ps``, which every system has; it knows groups, but not sessions in one common way."""
    listing = _ps("-o", "pid=,ppid=,pgid=,stat=,lstart=", *which)
    found: list[Entry] = []
    for text in listing.decode(errors="replace").splitlines():
        fields = _PS_LINE.fullmatch(text)
        if fields:
            pid, parent, group = (int(fields[index]) for index in (1, 2, 3))
            ended = fields[4].startswith("Z")
            found.append(
                Entry(pid=pid, parent=parent, group=group, session=group, start=fields[5], ended=ended)
            )
    return found


def _ps(*words: str) -> bytes:
    try:
        return subprocess.run(
            [PS, *words],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={"LC_ALL": "C", "TZ": "UTC"},
            timeout=_PS_PATIENCE.total_seconds(),
        ).stdout
    except subprocess.SubprocessError as reason:
        raise TimeoutError(str(reason)) from reason
