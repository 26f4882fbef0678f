"""A run without a screen: the same engine, on the main thread."""

import asyncio
import os
from argparse import Namespace
from collections.abc import Coroutine
from datetime import datetime
from typing import Any, assert_never

from flow_tui import limits
from flow_tui.cli import groups, out, program_log
from flow_tui.cli.inputs import undeclared
from flow_tui.cli.last_words import last_words
from flow_tui.cli.leaving import Leaving
from flow_tui.cli.options import nearest
from flow_tui.cli.printers import JsonPrinter, PlainPrinter, Printer, QuietPrinter, copied
from flow_tui.cli.ui import Mode
from flow_tui.cli.wanted import Resume, Start, Task, Watching
from flow_tui.dataclass import replace
from flow_tui.engine.commands import Definition, StartRun
from flow_tui.errors import STALLED, LeaseLostError, StoreError, StoreStalledError
from flow_tui.exit_codes import ExitCode
from flow_tui.model import ids
from flow_tui.model.events import Recorded
from flow_tui.model.fold import apply
from flow_tui.model.ids import RunId
from flow_tui.model.naming import Known
from flow_tui.model.state import RunState
from flow_tui.model.status import RunStatus
from flow_tui.runtime import history, library, ui_settings
from flow_tui.runtime.assembly import Assembly, assemble
from flow_tui.runtime.settings import settings
from flow_tui.sanitize import visible
from flow_tui.view.glyphs import in_ascii
from flow_tui.view.outcome import exit_code


def execute(wanted: Task, mode: Mode, options: Namespace) -> int:
    """Do what is wanted, telling it the way that ``mode`` names; return the exit status."""
    program_log.begin(options)
    return asyncio.run(_run(wanted, mode, options))


async def _run(wanted: Task, mode: Mode, options: Namespace) -> int:
    states = States()
    relay = Relay()
    chosen = settings(options.state, os.environ)
    assembly = assemble(chosen, sinks=[states.take, relay.take])
    for trouble in assembly.behind.troubles:
        out.words(f"flow-tui: {visible(trouble)}")
    leaving = Leaving(assembly.launcher.kill_all)
    try:
        relay.printer = printer = _printer(mode, assembly, states.of, transient=options.transient)
        work = Work(wanted, assembly, printer, states, by=chosen.user)
        run_id = await _unless_asked(work.go(), leaving)
    finally:
        await _close(assembly, leaving)
    final = states.of(run_id if run_id is not None else work.run_id)
    await _finish(printer, final if work.told is None or work.told != work.run_id else None, leaving)
    leaving.close()
    if work.lost is not None:
        raise work.lost
    watched = isinstance(wanted, Start) and wanted.watching is not None
    if watched and leaving.code not in (None, ExitCode.CANCELLED):  # Ctrl-C is how a person ends a watch
        return leaving.code
    return _code(final, leaving.code)


class States:
    """Folds every run of this process; forgets parts that have completed."""

    def __init__(self) -> None:
        self._states: dict[RunId, RunState] = {}

    def take(self, recorded: Recorded) -> None:
        """Fold an event; a sink of the engine."""
        state = self._states.setdefault(recorded.run_id, RunState(run_id=recorded.run_id))
        apply(state, recorded)
        if state.parent is not None and state.status is RunStatus.COMPLETED:
            del self._states[recorded.run_id]  # nobody asks for it any more

    def adopt(self, state: RunState) -> None:
        """Know what happened to a run before."""
        self._states[state.run_id] = copied(state)

    def leave(self, run_id: RunId, at: datetime, why: str) -> None:
        """Know that nobody works on a run any more."""
        if (state := self._states.get(run_id)) is not None:
            state.left_at, state.left_because = at, why

    def of(self, run_id: RunId | None) -> RunState | None:
        """Return what is known of a run."""
        return None if run_id is None else self._states.get(run_id)


class Relay:
    """Hands events to a printer that is made when it is known where output is kept."""

    def __init__(self) -> None:
        self.printer: Printer | None = None

    def take(self, recorded: Recorded) -> None:
        """Hand it on; a sink of the engine."""
        if self.printer is not None:
            self.printer.take(recorded)


class Work:
    """Starts or resumes what is wanted and stays with it."""

    def __init__(
        self, wanted: Task, assembly: Assembly, printer: Printer, states: States, *, by: str
    ) -> None:
        self._wanted, self._by = wanted, by
        self._assembly, self._printer, self._states = assembly, printer, states
        self.run_id: RunId | None = None
        """The run in progress, or the last one."""
        self.told: RunId | None = None
        """The run whose last words were said already."""
        self.lost: StoreError | None = None
        """Why the run in progress is none of ours any more."""

    async def go(self) -> RunId:
        """Return when nothing is left to do."""
        engine = self._assembly.engine
        match self._wanted:
            case Resume(run_id=run_id):
                before = history.state_of(self._assembly.store, run_id)
                for known in (before, *history.open_parts(self._assembly.store, before)):
                    self._states.adopt(known)
                    self._printer.adopt(known)
                self.run_id = await engine.resume(self._wanted.command(self._by))
                await self._stay()
            case Start():
                start = self._warmed(self._wanted, self._command(self._wanted))
                self.run_id = await engine.start(start)
                if self._wanted.watching is None:
                    await self._stay()
                else:
                    await self._watch(self._wanted.watching, start, self.run_id)
            case _:
                assert_never(self._wanted)
        return self.run_id

    def _command(self, wanted: Start) -> StartRun:
        definition = library.load(wanted.workflow)
        for warning in warnings(wanted, definition):
            out.words(warning)
        if not wanted.options.mock:  # whoever types a command lets it run
            self._assembly.consent.give(definition)
        return library.start(definition, wanted.inputs, wanted.options)

    def _warmed(self, wanted: Start, start: StartRun) -> StartRun:
        """Return the same with the run to take results from, if that is wanted and there is one."""
        if wanted.warm_from is None:
            return start
        from flow_tui.runtime.warming import NOTHING, source

        earlier = source(self._assembly.store, start, wanted.warm_from)
        self._printer.say(f"takes over what still holds of run {ids.short(earlier)}" if earlier else NOTHING)
        return replace(start, warm_from=earlier)

    async def _stay(self) -> None:
        if self.run_id is not None and not await self._assembly.engine.wait(self.run_id):
            self.lost = self._lost(self.run_id)

    def _lost(self, run_id: RunId) -> StoreError:
        if history.is_elsewhere(self._assembly.store, run_id, self._assembly.engine.owner):
            return LeaseLostError(run_id)
        self._states.leave(run_id, self._assembly.engine.instant(), STALLED)
        return StoreStalledError(run_id, ids.short(run_id).removeprefix("#"))

    async def _watch(self, watching: Watching, start: StartRun, run_id: RunId) -> None:
        from flow_tui.cli.watching import Again

        again = Again(self._assembly, watching, self._printer.say)
        try:
            again.follow(start, run_id)
            while self.lost is None:
                await self._stay()
                self._between(run_id)
                self.run_id = run_id = await again.after(run_id)
        finally:
            again.close()

    def _between(self, run_id: RunId) -> None:
        if (state := self._states.of(run_id)) is not None:
            folder, kept = self._assembly.folder, not self._assembly.temporary
            for text in last_words(state, folder, is_kept=kept, known=self._states.of):
                self._printer.say(text)
        self.told = run_id
        self._printer.say("watching for changes; Ctrl-C ends it")


def _printer(mode: Mode, assembly: Assembly, known: Known, *, transient: bool) -> Printer:
    kept = not assembly.temporary
    match mode:
        case "json":
            return JsonPrinter(transient=transient)
        case "quiet":
            return QuietPrinter(assembly.folder, is_kept=kept, known=known, style=groups.style(os.environ))
        case _:
            draw = in_ascii if ui_settings.wants_ascii(ui_settings.read(os.environ)) else str
            return PlainPrinter(assembly.folder, is_kept=kept, style=groups.style(os.environ), draw=draw)


async def _unless_asked(work: Coroutine[Any, Any, RunId], leaving: Leaving) -> RunId | None:
    """Return what ``work`` returns; nothing when a signal comes first."""
    working = asyncio.ensure_future(work)
    asked = asyncio.ensure_future(leaving.asked.wait())
    await asyncio.wait({working, asked}, return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    if working.done():
        return working.result()
    working.cancel()
    await asyncio.wait({working})
    return None


async def _finish(printer: Printer, final: RunState | None, leaving: Leaving) -> None:
    """Let everything be read that was said; after a signal, only for a short while."""
    patience = limits.LAST_WORDS.total_seconds()
    if leaving.code is not None:
        await printer.finish(final, patience)
        return
    finishing = asyncio.ensure_future(printer.finish(final, None))
    asked = asyncio.ensure_future(leaving.asked.wait())
    await asyncio.wait({finishing, asked}, return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    await asyncio.wait({finishing}, timeout=patience)
    if finishing.done():
        finishing.result()
    else:
        finishing.cancel()


async def _close(assembly: Assembly, leaving: Leaving) -> None:
    """End every run; whatever does not end in time is killed."""
    closing = asyncio.ensure_future(assembly.close())
    done, _ = await asyncio.wait({closing}, timeout=limits.SHUTDOWN.total_seconds())
    if not done:
        assembly.launcher.kill_all()
        await asyncio.wait({closing}, timeout=limits.ABANDON_AFTER.total_seconds())
    if closing.done() and leaving.code is None:
        closing.result()


def warnings(wanted: Start, definition: Definition) -> list[str]:
    """Return what is odd about the inputs, as lines for people."""
    declared = [each.name for each in definition.workflow.inputs]
    lines: list[str] = []
    for name in undeclared(wanted.inputs, declared):
        hint = nearest(name, declared)
        lines.append(
            f"flow-tui: the workflow declares no input {visible(name)!r}{f'; {hint}' if hint else ''}"
        )
    return lines


def _code(final: RunState | None, signalled: ExitCode | None) -> int:
    if final is not None and final.status is RunStatus.COMPLETED:
        return ExitCode.COMPLETED
    if signalled is not None:
        return signalled
    return ExitCode.ENGINE if final is None else exit_code(final.status, final.reason)
