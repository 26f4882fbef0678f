"""The frame: what has arrived is folded, then everything is painted once."""

import asyncio
import gc
from abc import abstractmethod
from contextlib import suppress

from textual.app import App
from textual.css.query import NoMatches
from textual.events import Event, Key
from typing_extensions import override

from flow_tui import limits
from flow_tui.app import runs
from flow_tui.app.scene import Scene
from flow_tui.app.session import Session
from flow_tui.clock import Clock
from flow_tui.runtime import messages as news

_FRAME = 1 / limits.FRAMES_PER_SECOND
_PUT_OFF = 2 * _FRAME
"""So long a key may put a frame off, until what it does is painted."""
_OUT = 0.003
"""Seconds in which what was painted for a key goes out: that thread would have to wait for a frame."""
_AT_REST, _BUSY = 60, 36_000
"""After so many frames all garbage is looked for: a minute of them, and ten minutes while something runs."""


class PaintingApp(App[None], inherit_bindings=False):
    """Paints when there is news, and on every whole second."""

    def __init__(self, session: Session, clock: Clock) -> None:
        super().__init__()
        self.session = session
        now = clock.now().replace(microsecond=0)
        self.scene = Scene(
            session=session,
            runs=runs.Runs(),
            now=now,
            ui=session.start_args.ui,
            memory=session.start_args.memory,
        )
        self._clock = clock
        self._loop_of_screen: asyncio.AbstractEventLoop | None = None
        self._due: asyncio.TimerHandle | None = None
        """The next frame; never more than one."""
        self._earliest = 0.0
        """When that may be."""
        self._keys_turn = 0.0
        """Until when a key has its turn; nothing when none has."""
        self._next: asyncio.TimerHandle | None = None
        """The frame that a screen on which something moves has asked for."""

    @abstractmethod
    def receive(self, item: news.News) -> None:
        """Take one piece of news in; painting is the frame's business."""

    def _is_behind(self) -> bool:
        """Say whether more has happened than has been taken in."""
        return bool(self.session.inbox)

    def _after_frame(self) -> None:
        """Do what follows from what has been painted."""

    def begin(self) -> None:
        """Paint what is there, and from now on whatever comes."""
        self._loop_of_screen = asyncio.get_running_loop()
        self.session.inbox.attach(self._wake)
        self._tick()

    def _wake(self) -> None:
        """Ask for a frame; called from whatever thread has news."""
        loop = self._loop_of_screen
        if loop is not None and not loop.is_closed():
            try:
                loop.call_soon_threadsafe(self.frame_soon)
            except RuntimeError:  # closed in between
                return

    def frame_soon(self) -> None:
        """Paint as soon as the last paint is long enough ago."""
        if self._due is None and self._loop_of_screen is not None:
            when = max(self._earliest, self._keys_turn)
            self._due = self._loop_of_screen.call_at(when, self.call_next, self.frame)

    @override
    async def on_event(self, event: Event) -> None:
        """Let a key go before the next frame, and only one: that frame comes, however many keys do."""
        loop = self._loop_of_screen
        if isinstance(event, Key) and loop is not None and not self._keys_turn:
            self._keys_turn = loop.time() + _PUT_OFF
            self._put_in_order()
            await super().on_event(event)
            for screen in self.screen_stack[-1:]:
                (screen.focused or screen).call_after_refresh(self._answered)
        else:
            await super().on_event(event)

    def _answered(self) -> None:
        """Have the frame that was put off: what a key did is painted."""
        if self._keys_turn and self._loop_of_screen is not None:
            self._keys_turn = self._loop_of_screen.time() + _OUT
            self._put_in_order()

    def _put_in_order(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None
            self.frame_soon()

    def _frame_of_motion(self) -> None:
        self._next = None
        self.frame_soon()

    def _tick(self) -> None:
        """Move the clocks on every whole second."""
        self.frame()
        self._tidy()
        self.set_timer(1 - self._clock.now().microsecond / 1_000_000, self._tick)

    def _tidy(self) -> None:
        """Let go of what was closed long after it was opened; the frame looks only for what is young."""
        if gc.isenabled() and gc.get_count()[2] > (_BUSY if self.scene.runs.active() else _AT_REST):
            gc.collect()

    def frame(self) -> None:
        """Fold what has arrived, then paint once."""
        began = self._loop_of_screen.time() if self._loop_of_screen is not None else 0.0
        if self._due is not None:
            self._due.cancel()
            self._due = None
        for item in self.session.inbox.drain(limits.EVENTS_PER_FRAME):
            self.receive(item)
        self.scene.is_behind = self._is_behind()
        now = self._clock.now().replace(microsecond=0)
        if now != self.scene.now:
            self.scene.now = now
            self.scene.lag.tick()
        for screen in self.screen_stack:
            paint = getattr(screen, "paint", None)
            if paint is not None and screen.is_mounted:
                with suppress(NoMatches):  # a screen that is being taken apart has lost some of its widgets
                    paint(self.scene)
        self.scene.runs.painted()
        self._after_frame()
        if self._loop_of_screen is not None:
            ended = self._loop_of_screen.time()
            planned = self._earliest if 0 <= began - self._earliest < _FRAME else began
            self._earliest = max(planned + _FRAME, ended + (ended - began))  # keys have half of the time
            self._keys_turn = 0.0
            pace = max((getattr(screen, "pace", 0.0) for screen in self.screen_stack[-1:]), default=0.0)
            if pace and self._next is None:
                self._next = self._loop_of_screen.call_later(pace, self._frame_of_motion)
            if self.session.inbox:
                self.frame_soon()
        if gc.isenabled():
            gc.collect(1)  # what the frame has left; else it would be looked for while a key waits
