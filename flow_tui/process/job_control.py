"""Standing still at the wish of somebody, who has to be able to make the program go on."""

import os

from flow_tui.process import table


def can_be_woken() -> bool:
    """Say whether a shell is there that notices when this program stands still, and can let it go on.

    It has begun this program, or what did so, as a job: in the same session, but in a group of its own.
    """
    session, group = os.getsid(0), os.getpgrp()
    parent = os.getppid()
    while parent > 0 and _session(parent) == session:
        if os.getpgid(parent) != group:
            return True
        parent = _parent(parent)
    return False


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except OSError:
        return None


def _parent(pid: int) -> int:
    try:
        found = table.entry(pid)
    except OSError:
        return 0
    return found.parent if found is not None else 0
