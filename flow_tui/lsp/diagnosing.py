"""Tells the editor what is wrong, shortly after it was typed and never while it is."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from flow_tui import limits
from flow_tui.lsp.texts import Text, Texts

Task: TypeAlias = Callable[[], object]
_log = logging.getLogger(__name__)


class Diagnosing:
    """Looks at texts, each again after a change; the newest version is always looked at in the end."""

    def __init__(
        self,
        texts: Texts,
        aside: Callable[[Task], "asyncio.Future[object]"],
        look: Callable[[Text], object],
        tell: Callable[[Text, object], None],
    ) -> None:
        """``aside`` does what takes long without keeping the editor waiting.

        ``look`` says what is wrong with a text; ``tell`` hands that on.
        """
        self._texts = texts
        self._aside = aside
        self._look = look
        self._tell = tell
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._running: set[str] = set()
        self._again: set[str] = set()
        self._cost = 0.0
        """How long the last look has taken, in seconds."""

    def soon(self, uri: str) -> None:
        """Look at a text once nothing was typed for a moment, a longer one where looking takes long."""
        self.forget(uri)
        least, most = limits.TYPING.total_seconds(), limits.TYPING_AT_MOST.total_seconds()
        delay = min(max(least, self._cost / 8), most)
        self._timers[uri] = asyncio.get_running_loop().call_later(delay, self.now, uri)

    def forget(self, uri: str) -> None:
        """Let go of what was to be looked at soon."""
        timer = self._timers.pop(uri, None)
        if timer is not None:
            timer.cancel()

    def now(self, uri: str) -> None:
        """Look at a text."""
        self.forget(uri)
        text = self._texts.get(uri)
        if text is None:
            return
        if uri in self._running:
            self._again.add(uri)
            return
        self._running.add(uri)
        began = asyncio.get_running_loop().time()
        looking = self._aside(partial(self._look, text))
        looking.add_done_callback(partial(self._done, text, began))

    def all(self) -> None:
        """Look at every text that is open."""
        for text in self._texts:
            self.now(text.uri)

    def _done(self, text: Text, began: float, looking: "asyncio.Future[object]") -> None:
        self._running.discard(text.uri)
        self._cost = asyncio.get_running_loop().time() - began
        if looking.cancelled():
            return
        if (problem := looking.exception()) is not None:
            _log.error("looking at %s failed", text.uri, exc_info=problem)
        elif self._texts.get(text.uri) is text:
            self._tell(text, looking.result())
        if text.uri in self._again:
            self._again.discard(text.uri)
            self.now(text.uri)
