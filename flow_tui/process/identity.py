"""Which process is which: what tells one from a later one that got the same number."""

import functools
import os
import re
import subprocess
from contextlib import suppress
from enum import Enum
from pathlib import Path

from flow_tui.model.values import ProcessIdentity
from flow_tui.process import table

COOKIE = "FLOW_COOKIE"
SYSCTL = "/usr/sbin/sysctl"
_COOKIES = re.compile(r"[0-9A-Za-z]+(?:\.[0-9A-Za-z]+){0,31}")
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Presence(Enum):
    """What can be said of a process from here."""

    ALIVE = "alive"
    GONE = "gone"
    UNKNOWN = "unknown"
    """It runs, or ran, on another machine; or this one does not say."""


def identify(pid: int, cookie: str = "") -> ProcessIdentity:
    """Return what identifies a process; without a start time if it is gone."""
    found = None
    with suppress(OSError):
        found = table.uncollected(pid)
    return ProcessIdentity(
        pid=pid, start_time=found.start if found else "", boot_id=boot_id(), host=host_name(), cookie=cookie
    )


def own_identity() -> ProcessIdentity:
    """Return what identifies this process."""
    return identify(os.getpid(), os.environ.get(COOKIE, ""))


def presence(identity: ProcessIdentity) -> Presence:
    """Say whether the process lives, as far as that can be known."""
    if identity.host != host_name():
        return Presence.UNKNOWN
    if identity.boot_id != boot_id():
        return Presence.GONE
    try:
        found = table.entry(identity.pid)
    except OSError:
        return Presence.UNKNOWN
    return Presence.ALIVE if found and found.start == identity.start_time else Presence.GONE


def is_alive(identity: ProcessIdentity) -> bool:
    """Say whether this very process is known to live."""
    return presence(identity) is Presence.ALIVE


def is_gone(identity: ProcessIdentity) -> bool:
    """Say whether this very process is known to live no more."""
    return presence(identity) is Presence.GONE


def may_live(identity: ProcessIdentity) -> bool:
    """Say whether this very process is not known to be gone."""
    return not is_gone(identity)


def cookie_inside(outer: str, word: str) -> str:
    """Return the cookie of what is started under ``outer``, so that outer trees include inner ones."""
    return f"{outer}.{word}" if _COOKIES.fullmatch(outer) else word


def host_name() -> str:
    """Return the name of this machine."""
    return os.uname().nodename


@functools.cache
def boot_id() -> str:
    """Return what distinguishes this start of the machine from every other; empty where nothing does."""
    with suppress(OSError):
        return _BOOT_ID.read_text(encoding="ascii").strip()
    with suppress(OSError, subprocess.SubprocessError):
        return subprocess.run(
            [SYSCTL, "-n", "kern.bootsessionuuid"],
            check=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=5,
        ).stdout.strip()
    return ""
