"""What the selected step takes of the machine, asked for every few seconds."""

import itertools
from datetime import datetime, timedelta

from flow_tui.app.scene import Scene
from flow_tui.model.values import ProcessIdentity
from flow_tui.runtime.questions import Burden
from flow_tui.runtime.step_news import StepBurden
from flow_tui.view import format as fmt

_EVERY = timedelta(seconds=3)
"""Whoever wants to know has to look through all processes of the machine."""
_TOKENS = itertools.count(3_000_000)  # told apart from the tokens of others who ask the same reader


class Loads:
    """Asks about one process at a time, and remembers the last two answers."""

    def __init__(self) -> None:
        self._process: ProcessIdentity | None = None
        self._asked_at: datetime | None = None
        self._token = 0
        self._before: StepBurden | None = None
        self._last: StepBurden | None = None

    def at(self, scene: Scene, process: ProcessIdentity) -> str:
        """Return what is known of a process, having asked for more when that is a while ago."""
        if process != self._process:
            self._process, self._before, self._last, self._asked_at = process, None, None, None
        if self._asked_at is None or scene.now - self._asked_at >= _EVERY:
            self._asked_at, self._token = scene.now, next(_TOKENS)
            scene.session.reader.of_step(Burden(token=self._token, process=process))
        return told(self._before, self._last) if self._last is not None else ""

    def answer(self, item: StepBurden) -> None:
        """Take what was found, unless it is of another process or came too late."""
        if item.token == self._token:
            self._before, self._last = self._last, item


def told(before: StepBurden | None, last: StepBurden) -> str:
    """Return processor, memory and processes in a few words; of the processor what it took in between."""
    passed = last.at - before.at if before is not None else 0.0
    taken = max(0.0, last.cpu - before.cpu) if before is not None else 0.0
    share = f"cpu {taken / passed:.0%}" if passed > 0 else ""
    count = fmt.counted(last.processes, "process", "processes")
    return "  ".join(
        filter(None, (share, f"mem {fmt.size(last.memory)}", count if last.processes > 1 else ""))
    )
