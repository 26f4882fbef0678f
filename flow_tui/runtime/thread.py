"""The engine's own thread, and what crosses to it."""

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from flow_tui import limits
from flow_tui.engine.commands import Command, ResolveGate
from flow_tui.errors import FlowError, UsageError
from flow_tui.runtime.chores import Unused
from flow_tui.runtime.messages import EngineStopped, Launch, News, Refused, Wish
from flow_tui.runtime.settings import Settings

if TYPE_CHECKING:  # the thread imports them itself, while the first frame is on screen
    from flow_tui.runtime.assembly import Assembly
    from flow_tui.runtime.desk import Desk

logger = logging.getLogger(__name__)


class EngineThread:
    """Runs an engine on a loop of its own; every method may be called from any thread and none blocks.

    Events and news go to ``deliver``, the last of them :class:`EngineStopped`.
    """

    def __init__(self, settings: Settings, deliver: Callable[[News], None]) -> None:
        self._settings = settings
        self._deliver = deliver
        self._thread = threading.Thread(target=self._run, name="flow-engine", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._assembly: Assembly | None = None
        self._desk: Desk | None = None
        self._waiting: list[Command | Wish] = []
        self._lock = threading.Lock()
        self._leave: asyncio.Event | None = None
        self._stops = 0
        self._hurry: asyncio.Future[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def send(self, command: Command | Wish) -> None:
        """Have a command or wish carried out; what comes of it is told by news."""
        with self._lock:
            if self._loop is None:
                self._waiting.append(command)
                return
            loop = self._loop
        try:
            loop.call_soon_threadsafe(self._take, command)
        except RuntimeError:  # the loop has ended
            answer = command if isinstance(command, ResolveGate) else None
            self._deliver(Refused(what="too late", why="the engine has ended", answer=answer))

    def stop(self, *, kill: bool = False) -> None:
        """Cancel every run and end; asked again, or with ``kill``, nothing is waited for."""
        with self._lock:
            self._stops += 2 if kill else 1
            loop = self._loop
        if loop is not None:
            try:
                loop.call_soon_threadsafe(self._stop_now)
            except RuntimeError:  # it has ended
                return

    def join(self, timeout: float) -> bool:
        """Wait until the thread has ended; return whether it has."""
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def kill_children(self) -> None:
        """End every process of every step, now: the last resort of a program that has to leave."""
        if self._assembly is not None:
            self._assembly.launcher.kill_all()

    # On the thread

    def _run(self) -> None:
        error, is_usage = "", False
        try:
            asyncio.run(self._main())
        except FlowError as failed:
            error, is_usage = f"{failed}\n{failed.hint}".strip(), isinstance(failed, UsageError)
        except Exception as failed:  # whatever it is, the screen must say so
            logger.exception("the engine's thread failed")
            error = f"{type(failed).__name__}: {failed}"
        self._deliver(EngineStopped(error=error, is_usage=is_usage))

    def _look_ahead(self) -> None:
        """Tell what is about to run: a definition is read sooner than an engine is loaded."""
        with self._lock:
            launches = [wish for wish in self._waiting if isinstance(wish, Launch) and wish.typed]
        if not launches or self._stops:
            return
        from flow_tui.runtime.ahead import prepared  # noqa: PLC0415 - as heavy as the language

        for wish in launches:
            command = prepared(wish, self._deliver)
            with self._lock:
                self._waiting[self._waiting.index(wish)] = command

    async def _main(self) -> None:
        self._look_ahead()
        from flow_tui.runtime.assembly import assemble  # noqa: PLC0415 - heavy, and not for the screen's thread
        from flow_tui.runtime.desk import Desk  # noqa: PLC0415 - as above

        self._leave = asyncio.Event()
        assembly = self._assembly = assemble(self._settings, sinks=[self._deliver])
        for trouble in assembly.behind.troubles:
            self._deliver(Unused(why=trouble))
        desk = Desk(assembly, self._deliver, is_leaving=lambda: self._stops > 0)
        self._desk = desk
        with self._lock:
            self._loop = asyncio.get_running_loop()
            waiting, self._waiting = self._waiting, []
        for command in waiting:
            self._take(command)
        if self._stops:
            self._leave.set()
        try:
            await self._leave.wait()
            await desk.close()
        finally:
            await self._close(assembly)

    async def _close(self, assembly: "Assembly") -> None:
        closing = asyncio.ensure_future(assembly.close(kill=self._stops > 1))
        done, _ = await asyncio.wait({closing}, timeout=limits.SHUTDOWN.total_seconds())
        if not done:
            logger.error("the engine did not end in time; ending what is left")
            assembly.launcher.kill_all()
            await asyncio.wait({closing}, timeout=limits.ABANDON_AFTER.total_seconds())
        if closing.done() and (error := closing.exception()) is not None:
            raise error

    def _take(self, command: "Command | Wish") -> None:
        if self._desk is not None:
            self._desk.take(command)

    def _stop_now(self) -> None:
        if self._leave is not None:
            self._leave.set()
        if self._stops > 1 and self._assembly is not None:
            self._hurry = asyncio.ensure_future(self._assembly.engine.shutdown(kill=True))
