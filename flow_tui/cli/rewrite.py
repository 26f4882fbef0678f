"""Putting other contents into a file that is there."""

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from flow_tui.dsl.files import UnreadableError, real


def rewrite(path: Path, data: bytes) -> None:
    """Give a file other contents, all at once; its permissions stay, and a link goes on leading to it.

    Raises ``UnreadableError`` when it cannot be done; the file is then as it was.
    """
    target = real(path)
    try:
        if not os.access(target, os.W_OK):
            raise UnreadableError("may not be written")
        _replace(target, data)
    except OSError as problem:
        raise UnreadableError((problem.strerror or "cannot be written").lower()) from None


def _replace(target: Path, data: bytes) -> None:
    status = target.stat()
    descriptor, name = tempfile.mkstemp(prefix=".flow-tui-", dir=target.parent)
    try:
        with open(descriptor, "wb") as opened:  # noqa: PTH123 - of a descriptor
            opened.write(data)
            opened.flush()
            with suppress(PermissionError):
                os.fchown(descriptor, status.st_uid, status.st_gid)
            os.fchmod(descriptor, stat.S_IMODE(status.st_mode))
            os.fsync(descriptor)
        os.replace(name, target)  # noqa: PTH105 - of a name
    except BaseException:
        os.unlink(name)  # noqa: PTH108 - of a name
        raise
