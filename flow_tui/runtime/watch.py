"""What a file change does: the definition is read again at once, and a new run starts if that is wanted."""

import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from flow_tui import limits
from flow_tui.engine.commands import CancelRun, Definition, StartRun
from flow_tui.engine.engine import Engine
from flow_tui.errors import DefinitionError, FlowError
from flow_tui.model.ids import RunId
from flow_tui.model.status import Reason
from flow_tui.runtime import rereading
from flow_tui.runtime.feedback import Feedback
from flow_tui.runtime.messages import Effect, LibraryChanged, News, Policy, Refused, WatchChanged
from flow_tui.runtime.places import Places, below, moved
from flow_tui.runtime.rereading import Aside, Reread, in_thread
from flow_tui.runtime.settling import Lasting, Settling, now
from flow_tui.runtime.sight import Sight
from flow_tui.runtime.unstarted import Unstarted
from flow_tui.runtime.watched import Watched, WatchOptions
from flow_tui.runtime.ways import unread

logger = logging.getLogger(__name__)


class Watch:
    """Follows the definition that was started last and all it can reach. Lives on the engine's loop."""

    def __init__(
        self,
        engine: Engine,
        deliver: Callable[[News], None],
        *,
        start: Callable[[StartRun], Awaitable[RunId]],
        own: Iterable[Path] = (),
        aside: Aside = in_thread,
    ) -> None:
        """Watch for ``engine``; nothing in the folders ``own`` counts: they are written by the program."""
        self._engine = engine
        self._deliver = deliver
        self._start = start
        self._own = tuple(each.resolve() for each in own)
        self._aside = aside
        self.options = WatchOptions()
        self.armed = False
        self._policy: Policy = "queue"
        self._last: StartRun | None = None
        """What a change would start again; its definition is the last good one."""
        self._base: Definition | None = None
        """What the run began with."""
        self._run_id: RunId | None = None
        self._trigger = self._cold_by = ""
        self._others = 0
        self._changed_at: datetime | None = None
        self._reloaded_at: datetime | None = None
        self._effect: Effect = ""
        self._queued = False
        self._ignored = 0
        self._pending: dict[str, None] = {}
        """The files that have changed since the run began, for which none has started yet."""
        self._suspended = ""
        self._feedback = Feedback()
        self._unsound: Unstarted | None = None
        """A definition that nothing could be started from, before anything was."""
        self._astray: Places = {}
        """What was in each place that decides about a definition that is broken, when it was read."""
        self._sight = Sight(self._watched, self._missed, self._changed, noted=self._tell, aside=aside)
        self._settling = Settling(self._settled)
        self._wrong = Lasting(self._tell_wrong, limits.ERRORS_LAST)
        """What is wrong with the definition, told or soon to be told."""
        self._began_at: datetime | None = None
        self._beyond: tuple[str, datetime] | None = None
        """The file of which no step is known to use it that changed last, and when."""

    def begin(self) -> None:
        """Say that nothing is watched yet, so that people can change that."""
        self._tell()

    def look_at(
        self,
        command: StartRun,
        run_id: RunId,
        base: Definition | None = None,
        began_at: datetime | None = None,
    ) -> None:
        """Follow the files of ``command``; the run began with ``base``, if not with them, or long ago."""
        self._trigger = self._trigger if began_at is None else ""
        if self._last is not None and self._last.definition.root != command.definition.root:
            self._beyond = None
        self._last, self._base = command, base or command.definition
        self._effect, self._others = "started" if self._trigger else "", 0
        if self._unsound is not None or self._wrong.is_there or base is not None:
            self._unsound, self._astray = None, {}
            self._wrong.forget()
            changed = (self._trigger,) if self._trigger else ()
            self._deliver(rereading.sound(command.definition, changed, self._base, run_id))
        self._feedback.forget()
        self._runs(run_id, began_at)
        self._sight.look()
        self._tell()

    def wait_for(self, what: Unstarted) -> None:
        """Follow a definition that no run could be started from, if none was before; a change tries again."""
        if self._last is None:
            self._unsound = what
            self._sight.look()
            self._tell()

    def set(self, *, armed: bool, policy: Policy) -> None:
        """Start runs by changes, or not, and say what a change does while one is in progress."""
        if armed and not self.armed:
            self._feedback.forget()
            self._suspended = ""
        if policy != self._policy:
            self._ignored = 0
        self.armed, self._policy = armed, policy
        self._queued = self._queued and armed and policy in {"queue", "restart"}
        if not self._queued and self._effect in {"queued", "restarting"}:
            self._effect = "told" if armed and policy == "manual" else ""
        if not armed:
            self._settling.forget()
            self._effect = "" if self._effect == "told" else self._effect
        self._tell()
        if armed and self._last is None and self._unsound is not None and self._unsound.is_mended:
            self._unsound.is_mended = False
            self._unsound.start()

    def broken(self, error: DefinitionError, file: str = "") -> None:
        """Tell the screen what is wrong with a definition; the last good one stays."""
        news = rereading.broken(error, file, (self._trigger,) if self._trigger else ())
        self._wrong.told(news)
        self._deliver(news)
        self._astray = error.places
        if self._last is not None:
            self._sight.look()

    def follows(self, run_id: RunId) -> bool:
        """Say whether it is this run whose files are followed, or one that nobody else takes the place of."""
        is_kept = self._run_id is not None and (self.armed or self._engine.is_active(self._run_id))
        return run_id == self._run_id or is_kept

    @property
    def definition(self) -> Definition | None:
        """Return the last good definition, which the next run is of; nothing before the first run."""
        return None if self._last is None else self._last.definition

    def lets_run(self, definition: Definition) -> bool:
        """Say whether this one is watched, and changes of it may start it."""
        last = self.definition
        is_it = last is not None and (last.root, last.file) == (definition.root, definition.file)
        return self.armed and is_it

    def close(self) -> None:
        """Look no more."""
        self._settling.close()
        self._wrong.forget()
        self._sight.close()

    # Looking

    def _watched(self) -> Watched | None:
        if self._last is not None:
            definition = self._last.definition
            names = (definition.file, *definition.files)
            places = {**definition.places, **self._astray}
            patterns = (*self.options.patterns, *definition.globs)
            return below(Path(definition.root), names, places, patterns=patterns, own=self._own)
        return self._unsound.watched if self._unsound is not None else None

    def _missed(self) -> frozenset[Path]:
        """Return the files that changed after they were read and before they were watched."""
        if self._last is not None:
            return rereading.missed(self._last.definition, self._astray)
        return moved(self._unsound.places) if self._unsound is not None else frozenset()

    async def _changed(self, batch: frozenset[Path], watched: Watched) -> None:
        names = tuple(sorted(map(watched.name_of, batch)))
        at = {watched.name_of(file): now() - rereading.ago(file, self._engine.instant()) for file in batch}
        if self._last is None:
            await self._try_again(names)
            self._sight.look_if_others(watched)
            return
        of_definition, beyond = batch & watched.files, batch - watched.files
        if beyond:
            self._cold_by = watched.name_of(min(beyond))
            self._beyond = (self._cold_by, self._engine.instant())
        definition = self._last.definition
        if of_definition:
            work = partial(rereading.reread, definition, names, self._base, self._run_id)
            read = await self._aside(work)
            if read.definition is None:
                self._is_wrong(read)
                self._sight.look_if_others(watched)
                return
            self._is_right(read)
            definition = read.definition
        is_other = definition != self._last.definition
        self._last = replace(self._last, definition=definition)
        if is_other or beyond:
            self._feedback.changed(at)
            self._takes(names)
        self._sight.look_if_others(watched)

    def _takes(self, names: tuple[str, ...]) -> None:
        """Have the next run be one of the definition as it is now, because of these files."""
        if self._is_undone:
            self._forget_change()
            return
        self._pending |= dict.fromkeys(names)
        self._note_change(names[0])
        if self.armed:
            self._rerun_soon()
        self._tell()

    @property
    def _is_undone(self) -> bool:
        """Say whether all is again as the run began with it; for one that is cancelled it is too late."""
        is_same = self._last is not None and self._last.definition == self._base
        return is_same and not self.unread(self._began_at) and self._effect != "restarting"

    def _forget_change(self) -> None:
        """Have nothing run for a change that somebody has taken back."""
        self._settling.forget()
        self._pending.clear()
        self._queued = False
        self._note_change("")
        self._tell()

    async def _try_again(self, names: tuple[str, ...]) -> None:
        """Start from a file that could not be started from; with the watch off, tell how it is now."""
        if (unsound := self._unsound) is None:
            return
        self._note_change(names[0], "broken")
        if self.armed:
            unsound.start()
        else:
            read = await self._aside(partial(rereading.first_read, unsound.file, names))
            unsound.places = read.places
            if read.definition is not None:
                self._effect, unsound.is_mended = "", True
            self._deliver_read(read)
        self._tell()

    def _is_wrong(self, read: Reread) -> None:
        """Hold back what is wrong for a moment: somebody may be in the middle of saving."""
        self._settling.forget()
        self._astray = read.places
        if read.news is None:
            self._deliver_read(read)
        else:
            self._wrong.found(read.news)

    def _tell_wrong(self, news: LibraryChanged) -> None:
        self._note_change(news.changed[0], "broken")
        self._deliver(news)
        self._tell()

    def _is_right(self, read: Reread) -> None:
        """Tell the plan, and that nothing is wrong any more; as it was, it is as if nothing had happened."""
        is_same = self._last is not None and read.definition == self._last.definition
        was_wrong, was_told = self._wrong.is_there, self._wrong.was_told
        self._wrong.forget()
        self._astray = {}
        if not is_same or was_told:
            self._reloaded_at = self._engine.instant()
            self._deliver_read(read)
        if is_same and was_wrong:
            if was_told:
                self._trigger, self._effect = next(iter(self._pending), ""), ""
            if self.armed and (self._queued or self._pending):
                self._rerun_soon()
            self._tell()

    def _deliver_read(self, read: Reread) -> None:
        if read.news is not None:
            self._deliver(read.news)
        elif read.refusal is not None:
            self._deliver(Refused(what="Reload", why=str(read.refusal), hint=read.refusal.hint))

    def _note_change(self, name: str, effect: Effect = "") -> None:
        self._trigger, self._changed_at, self._effect = name, self._engine.instant(), effect
        self._others = len(self._pending.keys() - {name})

    # Running again

    def _rerun_soon(self) -> None:
        """Run again when no further change has come for a while, but not later than some time."""
        settle = self.options.settle
        self._settling.begin(settle, max(settle, limits.RERUN_SETTLE_CAP))

    async def _settled(self) -> None:
        """Do with what has changed as the policy says."""
        if self._policy == "manual":
            self._effect = "told"
            self._tell()
            return
        if self._run_id is None or not self._engine.is_active(self._run_id):
            await self._rerun()
        elif self._policy == "ignore":
            self._effect, self._ignored = "ignored", self._ignored + 1
            self._pending.clear()
            self._tell()
        else:
            self._queued = True
            self._effect = "restarting" if self._policy == "restart" else "queued"
            self._tell()
            if self._policy == "restart":
                await self._engine.handle(
                    CancelRun(run_id=self._run_id, by=f"change of {self._trigger}", reason=Reason.USER)
                )

    def run_ended(self, run_id: RunId) -> None:
        """Start the queued run, if this was the one it waited for."""
        if run_id == self._run_id:
            self._feedback.run_ended(now())
            if self._queued and not self._wrong.is_there:
                self._settling.at_once()

    async def _rerun(self) -> None:
        self._queued = False
        if self._last is None or not self.armed:
            self._tell()
            return
        if looping := self._feedback.begins(self._pending):
            self.armed, self._suspended, self._effect = False, looping, ""
            self._tell()
            return
        try:
            options = replace(self._last.options, trigger="watch")
            again = replace(self._last, run_id=None, options=options, warm_from=self._warm_from())
            self._runs(await self._start(again))
            self._base = again.definition
            self._effect = "started"
        except DefinitionError as error:
            self.broken(error)
        except FlowError as error:
            self._deliver(Refused(what="Re-run", why=str(error), hint=error.hint))
        self._tell()

    def _runs(self, run_id: RunId, began_at: datetime | None = None) -> None:
        """Note that a run has begun with the files as they are."""
        self._run_id = run_id
        self._feedback.run_began(now())
        self._cold_by = self._cold_by if self.unread(self._began_at) else ""
        self._began_at, self._ignored = began_at or self._engine.instant(), 0
        self._pending.clear()

    def _warm_from(self) -> RunId | None:
        """Return the run before, if what has changed since is only what steps are known to use.

        What else a step reads nobody knows: after a change of a watched file everything runs.
        """
        return None if self.options.is_cold or self.unread(self._began_at) else self._run_id

    def unread(self, since: datetime | None) -> str:
        """Return why nothing of a run that began then is taken over, if a change is to blame."""
        return unread(self._beyond, since)

    def _tell(self) -> None:
        last = self._last
        names: tuple[str, ...] = ()
        if last is not None:
            others = sorted(set(last.definition.files) - {last.definition.file})
            names = (last.definition.file, *others, *self.options.patterns)
        elif self._unsound is not None:
            names = (self._unsound.file.name,)
        self._deliver(
            WatchChanged(
                armed=self.armed,
                policy=self._policy,
                watched=names,
                trigger=self._trigger,
                others=self._others,
                changed_at=self._changed_at,
                effect=self._effect,
                cold_by="" if self.options.is_cold else self._cold_by,
                queued=self._queued,
                ignored=self._ignored,
                has_moved_on=last is not None and last.definition != self._base,
                reloaded_at=self._reloaded_at,
                suspended=self._suspended,
                note=self._sight.note,
                beyond=self._beyond,
            )
        )
