"""Reading files of a project without being led astray: by pipes, devices, links, or sheer size."""

import errno
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from flow_tui import limits

_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
_CHUNK = limits.MIB


class UnreadableError(Exception):
    """A file is not what it should be; ``str()`` says why, for people."""


def readable(path: Path | str) -> str:
    """Return a path as text that can be shown, whatever bytes it is made of."""
    return os.fsencode(path).decode("utf-8", "replace")


def real(path: Path) -> Path:
    """Return a path without links; raise ``UnreadableError`` when there is no such thing."""
    try:
        return path.resolve(strict=True)
    except (OSError, RuntimeError) as problem:
        raise UnreadableError(_reason(problem)) from None


def within(path: Path, roots: Sequence[Path]) -> bool:
    """Say whether a path lies in one of the folders, all links resolved."""
    resolved = path.resolve()
    return any(resolved.is_relative_to(root.resolve()) for root in roots)


def read(path: Path, roots: Sequence[Path] = (), most: int = limits.FILE_BYTES) -> bytes:
    """Return what a regular file holds; raise ``UnreadableError`` for anything else.

    With ``roots`` the file must lie in one of them, all links resolved.
    """
    target = real(path)
    if roots and not any(target.is_relative_to(root.resolve()) for root in roots):
        raise UnreadableError("a link leads out of the project")
    try:
        descriptor = os.open(target, _FLAGS | os.O_NOFOLLOW)
    except OSError as problem:
        raise UnreadableError(_reason(problem)) from None
    try:
        if roots and real(path) != target:
            raise UnreadableError("it was moved while it was read")
        return _contents(descriptor, most)
    except OSError as problem:
        raise UnreadableError(_reason(problem)) from None
    finally:
        os.close(descriptor)


def _contents(descriptor: int, most: int) -> bytes:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableError("not a regular file")
    chunks: list[bytes] = []
    size = 0
    while chunk := os.read(descriptor, _CHUNK):
        chunks.append(chunk)
        size += len(chunk)
        if size > most:
            raise UnreadableError(f"larger than {most // limits.MIB} MiB")
    return b"".join(chunks)


def _reason(problem: BaseException) -> str:
    if isinstance(problem, OSError) and problem.strerror and problem.errno != errno.ELOOP:
        return problem.strerror.lower()
    return "the links lead in a circle"


def is_there(path: Path) -> bool:
    """Say whether there is anything of this name, be it a link that leads nowhere."""
    return os.path.lexists(path)


def is_file(path: Path) -> bool:
    """Say whether a regular file is there; what cannot be looked at is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
