"""A file that somebody has open: who shows it is told when it may have changed, or what it may name."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

from flow_tui.dsl.loader import project_of
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
        project = project_of(file)
        around = tuple(f"{folder.relative_to(project.root)}/**" for folder in project.folders)
        own = real(file.parent, (file.name,))
        watched = Watched(root=project.root.resolve(), files=own, patterns=around)
        async with aclosing(changes(watched)) as news:
            async for seen in news:
                is_beside = not seen.files <= watched.files
                self._deliver(Touched(token=0, file=file, is_beside=is_beside))
