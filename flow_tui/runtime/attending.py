"""A file that somebody has open: who shows it is told when it may have changed."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

from flow_tui.runtime.drafts import Touched
from flow_tui.runtime.messages import News
from flow_tui.runtime.watched import Watched, real
from flow_tui.runtime.watcher import changes


class Attention:
    """Looks after one file at a time. Lives on the engine's loop."""

    def __init__(self, deliver: Callable[[News], None]) -> None:
        self._deliver = deliver
        self._task: asyncio.Task[None] | None = None

    def turn_to(self, file: Path | None) -> None:
        """Look after this file from now on, and after no other one."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if file is not None:
            self._task = asyncio.get_running_loop().create_task(self._follow(file))

    async def _follow(self, file: Path) -> None:
        folder = file.parent
        watched = Watched(root=folder.resolve(), files=real(folder, (file.name,)))
        async with aclosing(changes(watched)) as news:
            async for _ in news:
                self._deliver(Touched(token=0, file=file))
