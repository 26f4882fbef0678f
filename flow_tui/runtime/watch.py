"""What a file change does: the definition is read again at once, and a new run starts if that is wanted."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from flow_tui import limits
from flow_tui.dataclass import dataclass
from flow_tui.diagnostics import Diagnostic, excerpt
from flow_tui.dsl.files import UnreadableError, read
from flow_tui.engine.commands import CancelRun, Definition, StartRun
from flow_tui.engine.engine import Engine
from flow_tui.engine.plan import plan
from flow_tui.errors import DefinitionError, FlowError
from flow_tui.model.ids import RunId
from flow_tui.model.status import Reason
from flow_tui.runtime import library
from flow_tui.runtime.messages import Effect, LibraryChanged, News, Policy, Refused, WatchChanged
from flow_tui.runtime.watcher import Watched, changes, real

logger = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class WatchOptions:
    """How watching was asked for on the command line."""

    patterns: tuple[str, ...] = ()
    settle: timedelta = limits.RERUN_SETTLE
    is_cold: bool = False
    """A re-run takes nothing over from the run before."""


class Watch:
    """Follows the definition that was started last and all it can reach. Lives on the engine's loop."""

    def __init__(
        self,
        engine: Engine,
        deliver: Callable[[News], None],
        *,
        start: Callable[[StartRun], Awaitable[RunId]],
    ) -> None:
        self._engine = engine
        self._deliver = deliver
        self._start = start
        self.options = WatchOptions()
        self._armed = False
        self._policy: Policy = "queue"
        self._last: StartRun | None = None
        """What a change would start again; its definition is the last good one."""
        self._run_id: RunId | None = None
        self._trigger = ""
        self._changed_at: datetime | None = None
        self._effect: Effect = ""
        self._queued = False
        self._note = ""
        self._unsound: tuple[Path, Callable[[], None]] | None = None
        """The file of a definition that nothing could be started from, and what tries once more."""
        self._stamp: tuple[int, int] | None = None
        """Of that file, when it was read."""
        self._looking: asyncio.Task[None] | None = None
        self._soon: asyncio.Task[None] | None = None
        self._is_beyond = False
        """A file has changed of which no step is known to use it, since the run began."""
        self._is_mended = False
        """What nothing could be started from became sound while the watch was off."""

    def begin(self) -> None:
        """Say that nothing is watched yet, so that people can change that."""
        self._tell()

    def look_at(self, command: StartRun, run_id: RunId) -> None:
        """Follow the files of ``command`` from now on."""
        if self._unsound is not None:
            self._unsound, self._effect = None, "started" if self._trigger else ""
            self._sound(command.definition, (self._trigger,))
        self._last, self._run_id = command, run_id
        self._is_beyond = False
        self._look()
        self._tell()

    def wait_for(self, file: Path, try_again: Callable[[], None]) -> None:
        """Follow a file that no run could be started from, if none was before; a change tries again."""
        if self._last is None:
            self._unsound, self._stamp = (file, try_again), _stamp(file)
            self._look()
            self._tell()

    def set(self, *, armed: bool, policy: Policy) -> None:
        """Start runs by changes, or not, and say what a change does while one is in progress."""
        self._armed, self._policy = armed, policy
        self._queued = self._queued and armed
        if not armed and self._effect in ("queued", "restarting"):
            self._effect = ""
        self._tell()
        if armed and self._is_mended and self._last is None and self._unsound is not None:
            self._is_mended = False
            self._unsound[1]()

    def broken(self, error: DefinitionError, file: str = "") -> None:
        """Tell the screen what is wrong with a definition; the last good one stays."""
        self._deliver(
            LibraryChanged(
                file=file or (error.diagnostics[0].file if error.diagnostics else ""),
                diagnostics=error.diagnostics,
                excerpts=tuple(
                    excerpt(d, error.source) for d in error.diagnostics[: limits.DIAGNOSTICS_SHOWN]
                ),
                changed=(self._trigger,) if self._trigger else (),
            )
        )

    def close(self) -> None:
        """Look no more."""
        for task in (self._looking, self._soon):
            if task is not None:
                task.cancel()

    # Looking

    def _look(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
        self._looking = asyncio.get_running_loop().create_task(self._follow())

    async def _follow(self) -> None:
        if self._last is not None:
            watched = _watched(self._last.definition, self.options.patterns)
        elif self._unsound is not None:
            folder = self._unsound[0].parent
            watched = Watched(root=folder.resolve(), files=real(folder, (self._unsound[0].name,)))
        else:
            return
        try:
            async for batch in changes(watched):
                if found := batch or self._missed(watched):
                    self._changed(found, watched)
        except OSError as error:
            self._note = f"cannot watch for changes here: {error.strerror or error}"
            self._tell()

    def _missed(self, watched: Watched) -> frozenset[Path]:
        """Return the files that changed after they were read and before they were watched."""
        if self._last is None:
            file, stamp = next(iter(watched.files)), self._stamp
            return frozenset() if stamp == _stamp(file) else frozenset({file})
        definition = self._last.definition
        known = {**definition.files, definition.file: definition.source.encode()}
        return frozenset(
            file
            for name, content in known.items()
            for file in real(Path(definition.root), (name,))
            if _content(file) != content
        )

    def _changed(self, batch: frozenset[Path], watched: Watched) -> None:
        last = self._last
        names = sorted(_name(file, watched.root) for file in batch)
        if last is None:
            self._note_change(names[0], "broken")
            if self._unsound is not None:
                self._try_again(*self._unsound)
            self._tell()
            return
        of_definition = bool(batch & watched.files)
        self._is_beyond = self._is_beyond or not batch <= watched.files
        definition = self._read(last.definition, names) if of_definition else last.definition
        if definition is None:
            return
        if of_definition and definition == last.definition and batch <= watched.files:
            if self._effect == "broken":  # somebody has put it back as it was
                self._trigger, self._effect = "", ""
                self._tell()
            return
        same_files = set(definition.files) == set(last.definition.files)
        self._last = replace(last, definition=definition)
        self._note_change(names[0])
        if self._armed:
            self._rerun_soon()
        self._tell()
        if not same_files:
            asyncio.get_running_loop().call_soon(self._look)

    def _try_again(self, file: Path, start: Callable[[], None]) -> None:
        """Start from a file that could not be started from; with the watch off, tell how it is now."""
        if self._armed:
            start()
            return
        try:
            definition = library.load(str(file))
        except DefinitionError as error:
            self.broken(error)
        else:
            self._effect, self._is_mended = "", True
            self._sound(definition, (self._trigger,))

    def _read(self, last: Definition, names: list[str]) -> Definition | None:
        """Return the definition as it is now; if it is broken, say so and return nothing."""
        try:
            definition = library.reload(last.root, last.file)
        except DefinitionError as error:
            self._note_change(names[0], "broken")
            self.broken(error, last.file)
            self._tell()
            return None
        except FlowError as error:
            self._deliver(Refused(what="Reload", why=str(error), hint=error.hint))
            return None
        if definition is None:
            gone = Diagnostic(
                code="F-NOT-FOUND", message="the file is gone; its last good state stays", file=last.file
            )
            self._note_change(names[0], "broken")
            self.broken(DefinitionError([gone]), last.file)
            self._tell()
        else:
            self._sound(definition, tuple(names))
        return definition

    def _sound(self, definition: Definition, names: tuple[str, ...]) -> None:
        self._deliver(LibraryChanged(file=definition.file, plan=plan(definition.workflow), changed=names))

    def _note_change(self, name: str, effect: Effect = "") -> None:
        self._trigger, self._changed_at, self._effect = name, self._engine.instant(), effect

    # Running again

    def _rerun_soon(self) -> None:
        if self._soon is not None:
            self._soon.cancel()
        self._soon = asyncio.get_running_loop().create_task(self._rerun_after_settling())

    async def _rerun_after_settling(self) -> None:
        await asyncio.sleep(self.options.settle.total_seconds())
        if self._run_id is not None and self._engine.is_active(self._run_id):
            if self._policy == "ignore":
                self._effect = "ignored"
                self._tell()
                return
            self._queued = True
            self._effect = "restarting" if self._policy == "restart" else "queued"
            self._tell()
            if self._policy == "restart":
                await self._engine.handle(
                    CancelRun(run_id=self._run_id, by=f"change of {self._trigger}", reason=Reason.USER)
                )
            return
        await self._rerun()

    def run_ended(self, run_id: RunId) -> None:
        """Start the queued run, if this was the one it waited for."""
        if run_id == self._run_id and self._queued:
            self._soon = asyncio.get_running_loop().create_task(self._rerun())

    async def _rerun(self) -> None:
        self._queued = False
        if self._last is None or not self._armed:
            self._tell()
            return
        try:
            options = replace(self._last.options, trigger="watch")
            again = replace(self._last, run_id=None, options=options, warm_from=self._warm_from())
            self._is_beyond = False
            self._run_id = await self._start(again)
            self._effect = "started"
        except DefinitionError as error:
            self.broken(error)
        except FlowError as error:
            self._deliver(Refused(what="Re-run", why=str(error), hint=error.hint))
        self._tell()

    def _warm_from(self) -> RunId | None:
        """Return the run before, if what has changed since is only what steps are known to use.

        What else a step reads nobody knows: after a change of a watched file everything runs.
        """
        return None if self.options.is_cold or self._is_beyond else self._run_id

    def _tell(self) -> None:
        last = self._last
        names: tuple[str, ...] = ()
        if last is not None:
            others = sorted(set(last.definition.files) - {last.definition.file})
            names = (last.definition.file, *others, *self.options.patterns)
        elif self._unsound is not None:
            names = (self._unsound[0].name,)
        self._deliver(
            WatchChanged(
                armed=self._armed,
                policy=self._policy,
                watched=names,
                trigger=self._trigger,
                changed_at=self._changed_at,
                effect=self._effect,
                queued=self._queued,
                note=self._note,
            )
        )


def _watched(definition: Definition, patterns: tuple[str, ...]) -> Watched:
    root = Path(definition.root)
    files = real(root, (definition.file, *definition.files))
    return Watched(root=root.resolve(), files=files, patterns=patterns)


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _content(file: Path) -> bytes | None:
    try:
        return read(file)
    except UnreadableError:
        return None


def _name(file: Path, root: Path) -> str:
    return str(file.relative_to(root)) if file.is_relative_to(root) else str(file)
