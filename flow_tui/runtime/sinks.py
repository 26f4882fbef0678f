"""Where events go besides the store, as settings say: behind everything else, so that nothing waits."""

import asyncio
import logging
import os
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from flow_tui import limits
from flow_tui.dataclass import dataclass
from flow_tui.engine.blocking import in_thread
from flow_tui.engine.ports import MakeSink, Sink
from flow_tui.errors import UsageError
from flow_tui.model.events import Recorded, RunStarted
from flow_tui.model.ids import RunId
from flow_tui.runtime.settings import Settings

if TYPE_CHECKING:
    from flow_tui.runtime.config import SinkSettings

logger = logging.getLogger(__name__)


class Behind:
    """Hands events to a sink off the loop, in order; never waits for it, and drops what is too much."""

    def __init__(self, name: str, sink: Sink) -> None:
        self._name, self._sink = name, sink
        self._waiting: deque[Recorded] = deque()
        self._working: asyncio.Task[None] | None = None
        self._has_failed = False
        self.dropped = 0
        """How many events nobody was told of."""

    def take(self, recorded: Recorded) -> None:
        """Take an event; a sink of the engine. What is not stored is not told."""
        if recorded.is_transient:
            return
        if len(self._waiting) >= limits.SINK_EVENTS:
            self.dropped += 1
            return
        self._waiting.append(recorded)
        if self._working is None or self._working.done():
            self._working = asyncio.get_running_loop().create_task(self._work(), name=f"sink {self._name}")

    async def close(self) -> None:
        """Return when everything was told, or when that takes too long."""
        try:
            async with asyncio.timeout(limits.SINK_PATIENCE.total_seconds()):
                if self._working is not None:
                    await asyncio.shield(self._working)
                await in_thread(self._end, name=f"sink {self._name}")
        except TimeoutError:
            self._fail(f"it did not take everything in {limits.SINK_PATIENCE.total_seconds():g} s")
        if self.dropped:
            logger.warning("sink %s was too slow: %d events were dropped", self._name, self.dropped)

    async def _work(self) -> None:
        while self._waiting:
            batch = tuple(self._waiting)
            self._waiting.clear()
            await in_thread(partial(self._tell, batch), name=f"sink {self._name}")

    def _tell(self, batch: Sequence[Recorded]) -> None:
        for recorded in batch:
            try:
                self._sink(recorded)
            except Exception as error:  # noqa: BLE001 - whatever goes wrong there harms no run
                self._fail(f"{type(error).__name__}: {error}")

    def _end(self) -> None:
        try:
            getattr(self._sink, "close", _nothing)()
        except Exception as error:  # noqa: BLE001 - as above
            self._fail(f"{type(error).__name__}: {error}")

    def _fail(self, why: str) -> None:
        """Say once that something goes wrong."""
        if not self._has_failed:
            self._has_failed = True
            logger.warning("sink %s failed: %s", self._name, why)


def _nothing() -> None:
    return


class JsonLines:
    """Appends events to a file, one a line, as ``run --ui json`` prints them."""

    def __init__(self, target: str, options: Mapping[str, str]) -> None:
        """Open the file, for its owner only if it is new; raises ``UsageError`` when that cannot be."""
        if not target or options:
            raise UsageError("it takes the name of a file as its target, and no options")
        from flow_tui.model.codec import recorded_json  # noqa: PLC0415 - only where it is used

        self._as_json = recorded_json
        file = Path(target).expanduser()
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NONBLOCK
        try:
            self._descriptor = os.open(file, flags, 0o600)
        except OSError as error:
            raise UsageError(f"it cannot write {file}: {error.strerror}") from None

    def __call__(self, recorded: Recorded) -> None:
        """Write a line, in one piece as far as the system allows."""
        data = f"{self._as_json(recorded)}\n".encode()
        while data:
            data = data[os.write(self._descriptor, data) :]

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sinks:
    """Those that settings name."""

    behind: tuple[Behind, ...] = ()
    troubles: tuple[str, ...] = ()
    """Why one is not used, for people."""

    async def close(self) -> None:
        """Return when all have taken everything, or enough time has passed."""
        await asyncio.gather(*(each.close() for each in self.behind))


def configured(wanted: Sequence["SinkSettings"], settings: Settings) -> Sinks:
    """Return the sinks that are wanted, at work on the running loop; one that cannot be harms no other."""
    behind: list[Behind] = []
    troubles: list[str] = []
    for each in wanted:
        try:
            behind.append(Behind(each.type, _maker(each.type, settings)(each.target, each.options)))
        except Exception as error:  # noqa: BLE001 - made by somebody else, perhaps
            why = str(error) if isinstance(error, UsageError) else f"{type(error).__name__}: {error}"
            troubles.append(f"sink {each.type!r} is not used: {why}")
            logger.warning("%s", troubles[-1])
    return Sinks(behind=tuple(behind), troubles=tuple(troubles))


def _begun(settings: Settings, run_id: RunId) -> RunStarted | None:
    """Return how a run began, if that is stored."""
    from flow_tui.runtime import history  # noqa: PLC0415 - only for runs that go on

    with closing(history.histories(settings)) as kept:
        first = next(iter(kept.history(run_id)), None)
    return first.event if first is not None and isinstance(first.event, RunStarted) else None


def _maker(name: str, settings: Settings) -> MakeSink:
    if name == "jsonl":
        return JsonLines
    if name == "otel":
        from flow_tui.runtime.otel import Traces  # noqa: PLC0415 - an extra

        return partial(Traces, begun=partial(_begun, settings))
    from flow_tui.runtime import plugins  # noqa: PLC0415 - looks through what is installed

    missing: dict[str, str] = {}
    made = plugins.sinks(missing).get(name)
    if made is None:
        raise UsageError(missing.get(name) or f"there is no sink {name!r}: there are 'jsonl', 'otel'")
    return made
