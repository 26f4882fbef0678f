"""Tells when the editor is gone, whoever else may still hold its end of the conversation."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from flow_tui import limits
from flow_tui.process import table


async def gone(pid: int, aside: Callable[[Callable[[], Any]], "asyncio.Future[Any]"]) -> bool:
    """Wait until a process has ended; return whether it did, and not only was nowhere to be seen."""
    editor = await aside(partial(table.entry, pid))
    if editor is None:  # its number is of another machine, or of another container
        return False
    while await aside(partial(table.living, [editor])):  # noqa: ASYNC110 - it happens in another process
        await asyncio.sleep(limits.EDITOR_LOOKED_FOR.total_seconds())
    return True
