"""Putting other contents into a file that is there, or contents into a new one."""

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from flow_tui.dsl.files import UnreadableError, is_there, real

_NEW_FILE = 0o666
"""What a new file allows, less what the user's mask takes away."""


def rewrite(path: Path, data: bytes) -> None:
    """Give a file other contents, all at once; its permissions stay, and a link goes on leading to it.

    Raises ``UnreadableError`` when it cannot be done; the file is then as it was.
    """
    target = real(path)
    try:
        if not os.access(target, os.W_OK):
            raise UnreadableError("may not be written")
        _replace(target, data, target.stat())
    except OSError as problem:
        raise UnreadableError((problem.strerror or "cannot be written").lower()) from None


def create(path: Path, data: bytes) -> None:
    """Make a file with these contents, all at once, where there is none.

    Raises ``UnreadableError`` when it cannot be done; nothing is left behind then.
    """
    if is_there(path):
        raise UnreadableError("there is something of that name already")
    try:
        _replace(path, data, None)
    except OSError as problem:
        raise UnreadableError((problem.strerror or "cannot be written").lower()) from None


def _replace(target: Path, data: bytes, status: os.stat_result | None) -> None:
    descriptor, name = tempfile.mkstemp(prefix=".flow-tui-", dir=target.parent)
    try:
        with open(descriptor, "wb") as opened:  # noqa: PTH123 - of a descriptor
            opened.write(data)
            opened.flush()
            if status is not None:
                with suppress(PermissionError):
                    os.fchown(descriptor, status.st_uid, status.st_gid)
            os.fchmod(descriptor, _mode(target) if status is None else stat.S_IMODE(status.st_mode))
            os.fsync(descriptor)
        os.replace(name, target)  # noqa: PTH105 - of a name
    except BaseException:
        os.unlink(name)  # noqa: PTH108 - of a name
        raise


def _mode(target: Path) -> int:
    """Return what a new file allows: as the folder does, less that it can be executed."""
    return target.parent.stat().st_mode & _NEW_FILE
