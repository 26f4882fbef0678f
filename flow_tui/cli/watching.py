"""Runs that start again when a file changes, without a screen."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from flow_tui.cli.wanted import Watching
from flow_tui.engine.commands import StartRun
from flow_tui.errors import NotPossibleError
from flow_tui.model.ids import RunId
from flow_tui.runtime.assembly import Assembly
from flow_tui.runtime.messages import LibraryChanged, News, Refused, WatchChanged
from flow_tui.runtime.watch import Watch
from flow_tui.runtime.watched import WatchOptions
from flow_tui.sanitize import visible, visible_lines
from flow_tui.view import watching as words


class Again:
    """Follows the files of what was started; tells people what comes of their changes."""

    def __init__(self, assembly: Assembly, watching: Watching, say: Callable[[str], None]) -> None:
        self._engine = engine = assembly.engine
        self._consent = assembly.consent
        self._say = say
        self._started: asyncio.Queue[RunId] = asyncio.Queue()
        self._note = ""
        self._suspended = ""
        self._changed_at: datetime | None = None
        self._watch = Watch(engine, self._tell, start=self._start, own=(assembly.folder,))
        self._watch.options = WatchOptions(
            patterns=watching.patterns, settle=watching.settle, is_cold=watching.is_cold
        )
        self._watch.set(armed=True, policy=watching.policy)

    def follow(self, command: StartRun, run_id: RunId) -> None:
        """Watch the files of ``command``."""
        self._watch.look_at(command, run_id)

    async def after(self, run_id: RunId) -> RunId:
        """Return the run that follows ``run_id``, which is over, as soon as there is a reason for one."""
        self._watch.run_ended(run_id)
        return await self._started.get()

    def close(self) -> None:
        """Watch no more."""
        self._watch.close()

    async def _start(self, command: StartRun) -> RunId:
        unknown = self._consent.unknown(command.definition)
        if unknown is not None and unknown.programs and not command.options.mock:
            raise NotPossibleError(
                "run again",
                f"{unknown.programs[0]} is new; end this and type the command again to let it run",
            )
        if not command.options.mock:
            self._consent.give(command.definition)
        run_id = await self._engine.start(command)
        self._started.put_nowait(run_id)
        return run_id

    def _tell(self, news: News) -> None:
        match news:
            case LibraryChanged(excerpts=excerpts, changed=changed) if excerpts:
                self._say(f"not run again, {', '.join(map(visible, changed))} is broken:")
                for excerpt in excerpts:
                    self._say(visible_lines(excerpt))
            case Refused(what=what, why=why, hint=hint):
                self._say(f"{what} is not possible: {visible_lines(why)}")
                if hint:
                    self._say(f"  = help: {visible_lines(hint)}")
            case WatchChanged(effect="", changed_at=at, trigger=trigger, others=others) if (
                at is not None and at != self._changed_at
            ):
                self._changed_at = at
                self._say(f"changed: {words.changed(trigger, others)}")
            case WatchChanged(suspended=file) if file and file != self._suspended:
                self._suspended = file
                self._say(visible(f"not run again: {words.suspended(file)}"))
                self._say("  = help: end this, and leave the file out of --watch-path")
            case WatchChanged(note=note) if note and note != self._note:
                self._note = note
                self._say(visible(note))
            case _:
                return
