"""What a run says without a screen: as events, as lines, or only when it failed."""

import asyncio
import json
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from flow_tui import limits
from flow_tui.cli import out
from flow_tui.cli.groups import Groups, Style
from flow_tui.cli.last_words import last_words
from flow_tui.cli.stream import Stream
from flow_tui.cli.tails import Key, Tails
from flow_tui.clock import SystemClock
from flow_tui.model import events as ev
from flow_tui.model.events import Recorded
from flow_tui.model.fold import apply
from flow_tui.model.ids import RunId
from flow_tui.model.naming import Known, full, unknown
from flow_tui.model.state import RunState
from flow_tui.model.status import RunStatus
from flow_tui.view import plain

_AT_ONCE = 64
"""After so many lines of one step, everybody else gets a turn."""


class Printer(Protocol):
    """Takes events on the loop and never holds them up."""

    def take(self, recorded: Recorded) -> None:
        """Take an event; a sink of the engine."""
        ...

    def adopt(self, state: RunState) -> None:
        """Know what happened to a run before; ``state`` stays what it is."""
        ...

    def say(self, text: str) -> None:
        """Tell people something that is no event."""
        ...

    async def finish(self, final: RunState | None, seconds: float | None) -> None:
        """Say the last words about the run, then return when everything was written or time is up."""
        ...


def escaped(text: str) -> str:
    """Return a line of JSON with everything but ASCII escaped, so that a terminal can show it."""
    return json.dumps(json.loads(text), separators=(",", ":"))


def copied(state: RunState) -> RunState:
    """Return a state that can be folded further by somebody else."""
    return replace(state, steps=dict(state.steps), counts=Counter(state.counts), tally=state.tally.copy())


class JsonPrinter:
    """One event a line, and nothing else."""

    def __init__(self, *, transient: bool) -> None:
        from flow_tui.model.codec import recorded_json

        self._as_json = recorded_json
        self._transient = transient
        self._is_seen = out.is_terminal(sys.stdout)
        self._data = Stream(sys.stdout)
        self._words = Stream(sys.stderr)

    def take(self, recorded: Recorded) -> None:
        """Write it down."""
        if self._transient or not recorded.is_transient:
            text = self._as_json(recorded)
            self._data.write(text if text.isascii() or not self._is_seen else escaped(text))

    def adopt(self, state: RunState) -> None:
        """Go on where the events before have ended."""

    def say(self, text: str) -> None:
        """Tell people beside the data."""
        self._words.write(text)

    async def finish(self, final: RunState | None, seconds: float | None) -> None:  # noqa: ARG002 - the events have said it
        """Return when everything was written."""
        await self._data.written(seconds)


class QuietPrinter:
    """Nothing, unless the run failed."""

    def __init__(
        self, folder: Path, *, is_kept: bool, known: Known = unknown, style: Style | None = None
    ) -> None:
        self._words = Stream(sys.stderr)
        self._groups = Groups(style)
        self._folder, self._is_kept, self._known = folder, is_kept, known

    def take(self, recorded: Recorded) -> None:
        """Say nothing."""

    def adopt(self, state: RunState) -> None:
        """Say nothing."""

    def say(self, text: str) -> None:
        """Tell people; what is said this way is worth it."""
        self._words.write(text)

    async def finish(self, final: RunState | None, seconds: float | None) -> None:
        """Say how it failed, if it did."""
        if final is not None and final.status is not RunStatus.COMPLETED:
            now = SystemClock().now()
            for text in last_words(final, self._folder, is_kept=self._is_kept, known=self._known):
                self.say(*self._groups.lines("", text, now))
        await self._words.written(seconds)


class PlainPrinter:
    """A line for everything worth knowing, and every line that a step prints after the step's name."""

    def __init__(
        self, folder: Path, *, is_kept: bool, style: Style | None = None, draw: Callable[[str], str] = str
    ) -> None:
        self._draw = draw
        self._stream = Stream(sys.stdout)
        self._folder, self._is_kept = folder, is_kept
        self._groups = Groups(style)
        self._speaker: Key | None = None
        """Where output comes in groups: whose is told as it comes."""
        self._held: dict[Key, None] = {}
        """Whose has to wait, in the order in which they began to print."""
        self._clock = SystemClock()
        self._tails = Tails(folder)
        self._states: dict[RunId, RunState] = {}
        self._taken: deque[Recorded | str] = deque()
        self._growing: set[Key] = set()
        self._woken = asyncio.Event()
        self._told_at = self._clock.monotonic()
        self._finishing = False
        self._telling = asyncio.get_running_loop().create_task(self._tell())

    def take(self, recorded: Recorded) -> None:
        """Note it; it is told in its turn."""
        event = recorded.event
        if isinstance(event, ev.AttemptStarted):  # now, before it prints anything
            self._tails.begin((recorded.run_id, event.path, event.attempt))
        elif isinstance(event, ev.StepNoted) and event.rings:
            out.ring()
        elif isinstance(event, ev.OutputGrew):
            key = (recorded.run_id, event.path, event.attempt)
            if key in self._growing:
                return
            self._growing.add(key)
        self._taken.append(recorded)
        self._woken.set()

    def say(self, text: str) -> None:
        """Tell people something, in its turn."""
        self._taken.append(text)
        self._woken.set()

    def adopt(self, state: RunState) -> None:
        """Tell only of what happens from now on."""
        self._states[state.run_id] = copied(state)
        for step in state.steps.values():
            if step.current is not None:
                self._tails.begin((state.run_id, step.path, step.current.attempt))

    async def finish(self, final: RunState | None, seconds: float | None) -> None:
        """Tell what is left, then the last words."""
        self._finishing = True
        self._woken.set()
        done, _ = await asyncio.wait({self._telling}, timeout=seconds)
        if not done:
            self._telling.cancel()
        elif (error := self._telling.exception()) is not None:
            raise error
        if final is not None:
            known = self._states.get
            for text in last_words(final, self._folder, is_kept=self._is_kept, known=known):
                self._write("", text)
            for text in self._groups.style.failures(final, known) if self._groups.style is not None else ():
                self._stream.write(text)
        await self._stream.written(seconds)

    # Telling

    def _write(self, group: str, text: str) -> None:
        for each in self._groups.lines(group, text if group else self._draw(text), self._clock.now()):
            self._stream.write(each)

    async def _tell(self) -> None:
        while True:
            while self._taken:
                item = self._taken.popleft()
                said = [("", item)] if isinstance(item, str) else self._said(item)
                for count, (group, text) in enumerate(said):
                    self._write(group, text)
                    self._told_at = self._clock.monotonic()
                    if self._stream.is_full:
                        await self._stream.written()
                    elif count % _AT_ONCE == 0:
                        await asyncio.sleep(0)
            if self._finishing:
                return
            self._woken.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._patience()):
                    await self._woken.wait()
            self._show_life()

    def _said(self, recorded: Recorded) -> Iterator[tuple[str, str]]:
        """Yield lines, each with the group that it belongs to."""
        run_id, event = recorded.run_id, recorded.event
        state = self._states.setdefault(run_id, RunState(run_id=run_id))
        if isinstance(event, ev.AttemptFailed | ev.StepFinished):
            # What the attempt printed comes before what became of it.
            step = state.steps.get(event.path)
            if step is not None and step.current is not None:
                key = (run_id, event.path, step.attempt)
                yield from self._output(recorded, key, end=True)
        apply(state, recorded)
        if isinstance(event, ev.OutputGrew):
            key = (run_id, event.path, event.attempt)
            self._growing.discard(key)
            if self._may_speak(key):
                yield from self._output(recorded, key, end=False)
        for who, text in plain.lines(state, recorded, self._states.get):
            yield "", plain.stamped(recorded.at, who, text)
        if self._speaker is None and self._held:
            self._speaker = next(iter(self._held))
            del self._held[self._speaker]
            yield from self._output(recorded, self._speaker, end=False)
        if state.parent is not None and state.status is RunStatus.COMPLETED:
            del self._states[run_id]  # nobody asks for it any more

    def _may_speak(self, key: Key) -> bool:
        """Say whether the output of an attempt is told as it comes, or has to wait for that of another."""
        if self._groups.style is None:
            return True
        if self._speaker in {None, key}:
            self._speaker = key
            return True
        self._held[key] = None
        return False

    def _output(self, recorded: Recorded, key: Key, *, end: bool) -> Iterator[tuple[str, str]]:
        state = self._states[key[0]]
        who = full(state, key[1], self._states.get)
        group = f"{who}, attempt {key[2]}" if key[2] > 1 else who
        for text in self._tails.end(key) if end else self._tails.lines(key):
            yield group, plain.stamped(recorded.at, who, f"{self._draw(plain.OUTPUT)} {text}")
        if end:
            self._held.pop(key, None)
            self._speaker = None if self._speaker == key else self._speaker

    def _patience(self) -> float:
        silent = self._clock.monotonic() - self._told_at
        return max(0.05, limits.QUIET.total_seconds() - silent)

    def _show_life(self) -> None:
        """Say what goes on, when nothing was said for a while."""
        if self._clock.monotonic() - self._told_at < limits.QUIET.total_seconds():
            return
        now = self._clock.now()
        for state in self._states.values():
            if state.parent is None and state.started_at is not None and not state.status.is_over:
                said = plain.alive(state, now, self._states.get)
                self._write("", plain.stamped(now, plain.ALIVE, said))
        self._told_at = self._clock.monotonic()
