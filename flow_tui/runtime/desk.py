"""Carries out what people at the screen want, next to the engine, on its loop."""

import asyncio
import logging
import os
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_never

from flow_tui.actions import notify
from flow_tui.engine.commands import (
    CancelRun,
    CancelStep,
    Command,
    Definition,
    KillRun,
    ReleaseStep,
    Request,
    ResolveGate,
    ResumeRun,
    SetBreakpoints,
    StartRun,
)
from flow_tui.engine.outside import patiently
from flow_tui.engine.stop import Stop
from flow_tui.errors import STALLED, DefinitionError, FlowError, NotPossibleError, StoreGoneError
from flow_tui.model import ids
from flow_tui.model.fold import replay
from flow_tui.model.ids import RunId
from flow_tui.model.state import RunState
from flow_tui.process.tools import Tools
from flow_tui.runtime import consent, history, library
from flow_tui.runtime.asked import WORDS
from flow_tui.runtime.assembly import Assembly
from flow_tui.runtime.chores import Attend, DropTurns, ForgetRuns, NotOnDesktop, RunGone, RunsForgotten, Tell
from flow_tui.runtime.messages import (
    Launch,
    News,
    OpenRun,
    Refused,
    Rerun,
    RunLeft,
    RunLost,
    RunOpened,
    SetWatch,
    Wish,
)
from flow_tui.runtime.onlooker import Onlooker
from flow_tui.runtime.turns import Turns
from flow_tui.runtime.unstarted import unstarted
from flow_tui.runtime.warming import source
from flow_tui.runtime.watch import Watch
from flow_tui.runtime.watched import WatchOptions

if TYPE_CHECKING:  # loaded when somebody writes a definition
    from flow_tui.runtime.attending import Attention

logger = logging.getLogger(__name__)

_LET_GO = f"{STALLED}; the steps were ended, and the run can be resumed"
_TAKEN = "another process works on it now; what it does is shown here"


class Desk:
    """Takes commands and wishes; says what cannot be done.

    Once ``is_leaving`` says so nothing begins any more: it would be recorded only to be cancelled.
    """

    def __init__(
        self,
        assembly: Assembly,
        deliver: Callable[[News], None],
        *,
        is_leaving: Callable[[], bool],
    ) -> None:
        self._engine = assembly.engine
        self._store = assembly.store
        self._folder = assembly.folder
        self._tools = Tools(
            asker="flow-tui",
            launcher=assembly.launcher,
            cwd=str(assembly.folder),
            environ=lambda: os.environ,
            stop=Stop(),
        )
        self._consent = assembly.consent
        self._deliver = deliver
        self._is_leaving = is_leaving
        self._tasks: set[asyncio.Task[None]] = set()
        self._looking: asyncio.Task[None] | None = None
        """Follows the run that was opened last."""
        self._waiting: asyncio.Task[None] | None = None
        """Waits for somebody to make the run go on that ended here last."""
        self._watch = Watch(self._engine, deliver, start=self._begin_again, own=(assembly.folder,))
        self._watch.begin()
        self._turns = Turns(deliver)
        self._attention: Attention | None = None
        self._shown: RunId | None = None
        """The run that was opened last."""

    def take(self, command: Command | Wish) -> None:
        """Carry ``command`` out, beside whatever else goes on."""
        self._go(self._carry_out(command))

    async def close(self) -> None:
        """Take nothing more."""
        self._watch.close()
        self._attend(None)
        for task in tuple(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _go(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _carry_out(self, command: Command | Wish) -> None:
        what = WORDS[type(command)]
        answer = command if isinstance(command, ResolveGate) else None
        try:
            await self._do(command)
        except DefinitionError as error:
            self._watch.broken(error)
            self._deliver(Refused(what=what, why=str(error), hint=error.hint))
            if isinstance(command, Launch) and (file := library.file_of(command.workflow)) is not None:
                self._watch.wait_for(unstarted(file, partial(self.take, command), error.places))
        except FlowError as error:
            if not self._is_leaving():  # who leaves knows why nothing begins
                self._deliver(Refused(what=what, why=str(error), hint=error.hint, answer=answer))
        except Exception as error:
            logger.exception("could not carry out %s", type(command).__name__)
            self._deliver(Refused(what=what, why=f"{type(error).__name__}: {error}", answer=answer))

    async def _do(self, command: Command | Wish) -> None:
        match command:
            case Launch():
                await self._launch(command)
            case StartRun():
                try:
                    await self._let_run(command)
                finally:
                    self._take_turn()  # of the next one, where this one did not begin
            case ResumeRun():
                self._refuse_when_leaving()
                self._tell_all(command.run_id)
                await self._engine.resume(command)
                self._follow(command.run_id)
                self._opened(command.run_id, goes_on=True)
            case Rerun(run_id=run_id, is_warm=is_warm):
                await self._rerun(run_id, warm_from=run_id if is_warm else None)
            case ForgetRuns(run_ids=run_ids):
                await self._forget(run_ids)
            case Tell(text=text):
                if not await notify.on_desktop("flow-tui", text, self._tools):
                    self._deliver(NotOnDesktop(text=text))
            case Attend(file=file):
                self._attend(file)
            case DropTurns():
                self._turns.clear()
            case OpenRun(run_id=run_id):
                await self._open(run_id)
            case SetWatch():
                if command.armed and self._shown is not None:
                    self._arm_for(self._shown)
                options = self._watch.options
                self._watch.options = WatchOptions(
                    patterns=options.patterns if command.patterns is None else command.patterns,
                    settle=options.settle if command.settle is None else command.settle,
                    is_cold=options.is_cold if command.is_cold is None else command.is_cold,
                )
                self._watch.set(armed=command.armed, policy=command.policy)
            case CancelRun() | KillRun() | CancelStep() | ResolveGate() | SetBreakpoints() | ReleaseStep():
                await self._ask(command)
            case _:
                assert_never(command)

    async def _launch(self, command: Launch) -> None:
        self._refuse_when_leaving()
        definition = library.load(command.workflow)
        start = library.start(definition, command.inputs, command.options)
        if command.pauses:
            from flow_tui.runtime.breaking import with_breakpoints  # noqa: PLC0415 - only for a few

            start = with_breakpoints(start, command.pauses)
        if command.warm_from is not None:
            start = replace(start, warm_from=source(self._store, start, command.warm_from))
        if not (command.typed or self._may_run(start, command)):
            return
        if command.in_turn and self._engine.active():
            self._turns.add(start)
            return
        await self._let_run(start)

    def _attend(self, file: Path | None) -> None:
        """Tell of changes of a file that somebody has open."""
        if self._attention is None and file is not None:
            from flow_tui.runtime.attending import Attention  # noqa: PLC0415 - only when somebody writes

            self._attention = Attention(self._deliver)
        if self._attention is not None:
            self._attention.turn_to(file)

    async def _ask(self, request: Request) -> None:
        """Hand a request to whoever works on the run: us, or another process."""
        if self._engine.is_active(request.run_id):
            await self._engine.handle(request)
            return
        if not self._works_on(request.run_id):
            raise NotPossibleError("do this", "nobody works on the run")
        ask = partial(self._store.request, request, self._engine.instant())
        await patiently(self._engine.around.clock, ask)

    def _may_run(self, command: StartRun, launch: Launch | None = None) -> bool:
        """Say whether somebody has let it run as it is; else ask."""
        definition = command.definition
        unknown = None if command.options.mock else self._consent.unknown(definition)
        if unknown is not None:
            self._deliver(replace(consent.question(command, unknown), launch=launch))
        return unknown is None

    async def _let_run(self, command: StartRun) -> None:
        """Start what somebody lets run."""
        self._consent.let(command)
        await self._start(command)

    def _let_run_again(self, command: StartRun) -> None:
        """Let what is watched run; raises ``NotPossibleError``, and asks, where a program is new."""
        unknown = self._consent.unknown(command.definition)
        if unknown is not None and unknown.programs and not self._may_run(command):
            raise NotPossibleError("run again", f"{unknown.programs[0]} is new, and nobody has let it run")
        self._consent.let(command)

    async def _begin_again(self, command: StartRun) -> RunId:
        """Start what has changed while it was watched."""
        self._let_run_again(command)
        return await self._begin(command)

    async def _start(self, command: StartRun) -> RunId:
        run_id = await self._begin(command)
        self._watch.look_at(command, run_id)
        return run_id

    async def _begin(self, command: StartRun) -> RunId:
        """Start a new run and show it."""
        self._refuse_when_leaving()
        run_id = await self._engine.start(command)
        self._opened(run_id)
        return run_id

    def _refuse_when_leaving(self) -> None:
        if self._is_leaving():
            raise NotPossibleError("start a run", "the program is leaving")

    def _follow(self, run_id: RunId) -> None:
        """Watch the files of a run that was not started here; broken ones are watched as they were."""
        state, wrong = self._read(run_id), None
        began_with = library.recorded(state, self._store.blob)
        try:
            definition = self._definition(state)
        except DefinitionError as error:
            definition, wrong = began_with, error
        again = StartRun(definition=definition, inputs=state.inputs, options=state.options)
        base = None if definition == began_with else began_with
        self._watch.look_at(again, run_id, base, state.started_at)
        if wrong is not None:
            self._watch.broken(wrong, state.file)

    def _turn_to(self, run_id: RunId) -> None:
        """Watch the files of a run that is looked at, unless others are watched for a reason."""
        if not self._watch.follows(run_id):
            self._follow(run_id)

    def _arm_for(self, run_id: RunId) -> None:
        """Watch the files of the run on screen, now that a change of them is to start it again."""
        if self._works_on(run_id) and not self._watch.armed:
            raise NotPossibleError("watch", "another process works on the run; once it is over, a change can")
        self._turn_to(run_id)

    def _tell_all(self, run_id: RunId) -> None:
        """Deliver what has happened, in another process perhaps, in a run and the parts it may go on with."""
        recorded_before = tuple(self._store.history(run_id))
        for recorded in recorded_before:
            self._deliver(recorded)
        state = replay(run_id, recorded_before)
        for part in history.open_parts(self._store, state):
            for recorded in self._store.history(part.run_id):
                self._deliver(recorded)

    def _opened(self, run_id: RunId, *, goes_on: bool = False) -> None:
        self._shown = run_id
        self._deliver(RunOpened(run_id=run_id, goes_on=goes_on))
        self._go(self._tell_watch(run_id))

    async def _tell_watch(self, run_id: RunId) -> None:
        told = next((state for state in self._engine.active() if state.run_id == run_id), None)
        if await self._engine.wait(run_id):
            self._watch.run_ended(run_id)
            self._take_turn()
            self._wait_for_more(run_id, told.seq if told is not None else 0)
            return
        seq, at = (told.seq, told.last_event_at) if told is not None else (0, None)
        if self._works_on(run_id):
            self._deliver(RunLost(run_id=run_id, why=_TAKEN))
            await self._look_on(Onlooker(run_id, self._store, self._deliver, self._engine.instant, known=seq))
        else:
            self._deliver(RunLost(run_id=run_id, why=_LET_GO))
            self._deliver(RunLeft(run_id=run_id, at=at or self._engine.instant(), why=STALLED))

    def _take_turn(self) -> None:
        """Start what has waited for its turn, if nothing else runs now."""
        following = None if self._engine.active() or self._is_leaving() else self._turns.next()
        if following is not None:
            self.take(following)

    def _works_on(self, run_id: RunId) -> bool:
        """Say whether another engine works on the run."""
        return history.is_elsewhere(self._store, run_id, self._engine.owner)

    async def _rerun(self, run_id: RunId, warm_from: RunId | None) -> None:
        state = self._read(run_id)
        definition = self._definition(state)
        if self._watch.unread(state.started_at):
            warm_from = None
        options = replace(state.options, trigger="rerun")
        again = StartRun(definition=definition, inputs=state.inputs, options=options, warm_from=warm_from)
        if self._watch.lets_run(definition):
            self._let_run_again(again)
        elif not self._may_run(again):
            return
        await self._start(again)

    async def _forget(self, run_ids: tuple[RunId, ...]) -> None:
        """Remove runs, one after the other; raises for the first that somebody works on."""
        from flow_tui.runtime import orphan  # noqa: PLC0415 - only when somebody asks

        for run_id in run_ids:
            await asyncio.sleep(0)  # whatever a person waits for comes first
            if self._engine.is_active(run_id):
                raise NotPossibleError(f"delete run {ids.short(run_id)}", "it is not over")
            await orphan.forget(self._store, self._folder, run_id, self._engine.owner)
            self._deliver(RunsForgotten(run_ids=(run_id,)))

    def _definition(self, state: RunState) -> Definition:
        """Return the definition as its file is now, or as it was when the file is gone."""
        return library.reload(state.root, state.file) or library.recorded(state, self._store.blob)

    def _read(self, run_id: RunId) -> RunState:
        state = replay(run_id, self._store.history(run_id))
        if not state.seq:
            raise NotPossibleError("show the run", f"there is no run {run_id}")
        return state

    async def _open(self, run_id: RunId) -> None:
        whole, *inside = history.lineage(self._store, run_id)
        onlooker = Onlooker(whole, self._store, self._deliver, self._engine.instant)
        await onlooker.open(self._engine.is_active, inside)
        self._shown = whole
        try:
            self._turn_to(whole)
        except FlowError as error:
            logger.warning("the files of run %s are not watched: %s", whole, error)
        if self._looking is not None:
            self._looking.cancel()
        self._looking = self._go(self._look_on(onlooker))

    def _wait_for_more(self, run_id: RunId, seq: int) -> None:
        """Show it when another process makes a run go on that has ended here, after that many events."""
        onlooker = Onlooker(run_id, self._store, self._deliver, self._engine.instant, known=seq)

        async def wait() -> None:
            try:
                await onlooker.until_more(self._engine.is_active)
            except FlowError as error:
                logger.warning("whether run %s goes on is not known: %s", run_id, error)
                return
            if not (self._engine.is_active(run_id) or onlooker.is_gone):
                self._deliver(RunLost(run_id=run_id, why=_TAKEN))
                await self._look_on(onlooker)

        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = self._go(wait())

    async def _look_on(self, onlooker: Onlooker) -> None:
        try:
            while not (self._engine.is_active(onlooker.run_id) or onlooker.is_gone):
                await onlooker.catch_up()
                await onlooker.follow(self._engine.is_active)
                await onlooker.until_more(self._engine.is_active)
        except StoreGoneError as error:
            self._deliver(RunGone(run_id=onlooker.run_id, why=f"{error.SAID}: {error.hint}"))
        except FlowError as error:
            self._deliver(Refused(what="Open", why=str(error), hint=error.hint))
