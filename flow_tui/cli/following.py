"""``flow-tui logs --follow``: output as it is written, of a run that goes on in whatever process."""

import asyncio
import sys
from argparse import Namespace
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from flow_tui import limits
from flow_tui.cli import kept, out
from flow_tui.cli.tails import Key, Tail, heading
from flow_tui.clock import SystemClock
from flow_tui.engine.keeping import Histories
from flow_tui.errors import UsageError
from flow_tui.model import events as ev
from flow_tui.model import ids, naming
from flow_tui.model.fold import apply
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.plan import WORK, walk
from flow_tui.model.state import RunState
from flow_tui.process.workspace import FolderWorkspace
from flow_tui.runtime import history
from flow_tui.runtime.parts import Family, is_work
from flow_tui.runtime.settings import settings


def execute(options: Namespace) -> int:
    """Print output until the run is over, or nobody works on it any more."""
    folder = settings(options.state).state or Path()
    with kept.histories(options) as histories:
        run_id = history.find(histories, options.run, kept.root()).run_id
        _check(histories, run_id, options.step)
        followed = Followed(histories, run_id, FolderWorkspace(folder), options)
        asyncio.run(_follow(followed))
        if not followed.top.status.is_over:
            name = ids.short(run_id).removeprefix("#")
            out.words(f"nobody works on run #{name} any more; 'flow-tui resume {name}' goes on with it")
    return 0


async def _follow(followed: "Followed") -> None:
    clock = SystemClock()
    while True:
        is_at_end = followed.is_at_end()
        for text in followed.news():
            sys.stdout.write(text)
        out.flush()
        if is_at_end:
            return
        await clock.sleep(limits.FOLLOW_POLL)


def _check(histories: Histories, run_id: RunId, name: str) -> None:
    """Raise ``UsageError`` for a step that there is not, and that will not be."""
    state = history.state_of(histories, run_id)
    try:
        if name:
            Family(histories, state).named(name, is_work)
    except UsageError:
        to_come = {word for node in walk(state.plan) for word in (node.path, node.name)}
        if state.status.is_over or not ("/" in name or name in to_come):
            raise


class Followed:
    """What has been printed so far of a run and of those that are part of it."""

    def __init__(
        self, histories: Histories, run_id: RunId, workspace: FolderWorkspace, options: Namespace
    ) -> None:
        """Begin before the first line."""
        self.top = RunState(run_id=run_id)
        self._histories, self._workspace = histories, workspace
        self._step, self._attempt = options.step, options.attempt
        self._states: dict[RunId, RunState] = {run_id: self.top}
        self._tails: dict[Key, Tail] = {}
        self._begun: dict[Key, datetime] = {}
        self._spoken: Key | None = None

    def is_at_end(self) -> bool:
        """Say whether nothing will come any more but what is there to be read."""
        if self.top.status.is_over:
            return True
        now = SystemClock().now()
        run = history.find(self._histories, self.top.run_id, "")
        return history.is_left(history.settled(self._histories, run, now), now)

    def news(self) -> Iterator[str]:
        """Yield what has been printed since the last time, in the order in which the attempts began.

        Above it stands on stderr by whom.
        """
        waiting = list(self._states.values())
        while waiting:
            waiting += self._read(waiting.pop(0))
        for key in sorted(self._tails, key=self._begun.__getitem__):
            for text in self._tails[key].lines():
                yield self._said(key, text)
            if self._is_over(key):
                yield from (self._said(key, text) for text in self._tails.pop(key).rest())

    def _read(self, state: RunState) -> Iterator[RunState]:
        """Take in what has happened to a run; yield the runs that have begun inside of it."""
        for recorded in self._histories.history(state.run_id, state.seq):
            apply(state, recorded)
            match recorded.event:
                case ev.AttemptStarted() as event if self._is_wanted(state, event):
                    key = (state.run_id, event.path, event.attempt)
                    self._tails[key] = Tail(self._workspace.log_file(*key))
                    self._begun[key] = recorded.at
                case ev.ChildRunStarted(child_run=child_run) if child_run not in self._states:
                    self._states[child_run] = part = RunState(run_id=child_run)
                    yield part
                case _:
                    pass

    def _is_wanted(self, state: RunState, event: ev.AttemptStarted) -> bool:
        if state.steps[event.path].kind not in WORK or self._attempt not in {0, event.attempt}:
            return False
        name = naming.full(state, event.path, self._states.get, self.top.run_id)
        own = (event.path, naming.called(state, event.path), state.steps[event.path].name)
        return not self._step or self._step in {name, *own} or name.endswith(f"/{self._step}")

    def _is_over(self, key: Key) -> bool:
        run_id, path, attempt = key
        step = self._states[run_id].steps[path]
        return step.status.is_over or step.attempt > attempt

    def _said(self, key: Key, text: str) -> str:
        if key != self._spoken:
            self._spoken = key
            state, path = self._states[key[0]], StepPath(key[1])
            name = naming.full(state, path, self._states.get, self.top.run_id)
            sys.stdout.flush()
            out.words(heading(name, path, key[2]))
        return f"{text}\n"
