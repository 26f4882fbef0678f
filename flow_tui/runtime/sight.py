"""Keeps an eye on what is to be watched now, and brings what really differs there."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from flow_tui.runtime import rereading
from flow_tui.runtime.rereading import Aside
from flow_tui.runtime.watched import Watched
from flow_tui.runtime.watcher import changes

logger = logging.getLogger(__name__)


class Sight:
    """Follows files until it is told to look at others; one task on the engine's loop."""

    def __init__(
        self,
        watched: Callable[[], Watched | None],
        missed: Callable[[], frozenset[Path]],
        changed: Callable[[frozenset[Path], Watched], Awaitable[None]],
        *,
        noted: Callable[[], None],
        aside: Aside,
    ) -> None:
        """Look at what ``watched`` returns; what changed before that was begun ``missed`` finds.

        ``noted`` is called when how watching works here is another thing.
        """
        self._watched = watched
        self._missed = missed
        self._changed = changed
        self._noted = noted
        self._aside = aside
        self.note = ""
        self._contents: dict[Path, str] = {}
        """Of the files that fit a pattern, as far as they have changed."""
        self._looking: asyncio.Task[None] | None = None

    def look(self) -> None:
        """Look from now on at what is to be watched now."""
        self.close()
        self._looking = asyncio.get_running_loop().create_task(self._follow())

    def look_if_others(self, watched: Watched) -> None:
        """Look anew where other files matter now, or links lead elsewhere."""
        news = self._watched()
        wanted = (watched.files, watched.patterns)
        if news is not None and (news.files, news.patterns) != wanted:
            asyncio.get_running_loop().call_soon(self.look)

    def close(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()

    async def _follow(self) -> None:
        watched = self._watched()
        if watched is None:
            return
        try:
            async for seen in changes(watched):
                if seen.note != self.note:
                    self.note = seen.note
                    self._noted()
                if found := await self._differing(seen.files, watched):
                    await self._changed(found, watched)
        except Exception as error:
            logger.exception("watching for changes ended")
            self.note = f"changes are no longer noticed: {error}"
            self._noted()

    async def _differing(self, files: frozenset[Path], watched: Watched) -> frozenset[Path]:
        """Return those that hold something else than before; the definition's own are compared as a whole."""
        if not files:
            return await self._aside(self._missed)
        others = files - watched.files
        if not others:
            return files
        really = await self._aside(partial(rereading.differing, others, self._contents))
        return (files & watched.files) | really
