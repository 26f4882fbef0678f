"""Secrets out of the files that a program left where it exchanges files with us."""

import logging
import os
import stat
from pathlib import Path

from flow_tui import limits
from flow_tui.masking import Secrets

logger = logging.getLogger(__name__)

_FLAGS = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def scrub(folder: Path, secrets: Secrets) -> None:
    """Hide secrets in every file below a folder; what cannot be read, or is very large, is removed."""
    for place, _, names in os.walk(folder):
        for name in names:
            file = Path(place, name)
            try:
                if not _scrubbed(file, secrets):
                    file.unlink()
            except OSError as error:
                logger.warning("%s may hold a secret: %s", file, error)


def _scrubbed(file: Path, secrets: Secrets) -> bool:
    """Hide secrets in one file; return whether it could be looked at."""
    try:
        descriptor = os.open(file, _FLAGS)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_size > limits.SCRUBBED_BYTES:
        os.close(descriptor)
        return False
    with os.fdopen(descriptor, "r+b") as opened:
        data = opened.read(limits.SCRUBBED_BYTES)
        hidden = secrets.data(data)
        if hidden != data:
            opened.seek(0)
            opened.write(hidden)
            opened.truncate()
    return True
