"""What an earlier owner of a run may have left running."""

import asyncio
import os
from datetime import timedelta

from flow_tui.model.values import ProcessIdentity
from flow_tui.process import table
from flow_tui.process.identity import COOKIE, boot_id, host_name, is_alive
from flow_tui.process.table import Entry
from flow_tui.process.tree import Tree


async def end(identity: ProcessIdentity, grace: timedelta) -> bool:
    """Prove that a process and all it led to are gone, or end them; return whether they are.

    What ran on another machine cannot be judged from here. What this program itself runs inside of is left.
    """
    if identity.host != host_name() or _around_us(identity.cookie):
        return False
    if identity.boot_id != boot_id():
        return True
    if not table.has_proc() and not is_alive(identity):
        return not any(entry.group == identity.pid for entry in table.entries())
    leader = Entry(
        pid=identity.pid, parent=0, group=identity.pid, session=identity.pid, start=identity.start_time
    )
    return not await Tree(leader, identity.cookie, pinned=lambda: False).end(grace, asyncio.Event())


def _around_us(cookie: str) -> bool:
    """Say whether this program was started by the process with that cookie."""
    return bool(cookie) and f"{os.environ.get(COOKIE, '')}.".startswith(f"{cookie}.")
