"""Stand-ins for what an engine has around it: they do what they are told, and remember what they were."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

from flow_tui.engine.ports import (
    ActionParams,
    EnvironmentParams,
    Exit,
    GateParams,
    ItemParams,
    OutputReader,
    ProcessCommand,
    Spool,
)
from flow_tui.engine.stop import Stop
from flow_tui.masking import Secrets
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.values import ActionOutput, Decision, FanOutItem, ProcessIdentity

Once: TypeAlias = (
    ActionOutput
    | timedelta
    | Exception
    | str
    | Callable[[ActionParams], Awaitable[ActionOutput | None]]
    | None
)
"""What a fake does: hand something back, take its time, raise, leave a marker, call a function."""

Behaviour: TypeAlias = Once | list[Once]
"""A list holds one behaviour for each attempt in turn, the last one for all that follow."""


class FakeAction:
    """Does for each name what it was told, and remembers what it was given."""

    def __init__(self, behaviours: Mapping[str, Behaviour] | None = None, **more: Behaviour) -> None:
        told = {**(behaviours or {}), **more}
        self._behaviours: dict[str, list[Once]] = {
            name: behaviour if isinstance(behaviour, list) else [behaviour]
            for name, behaviour in told.items()
        }
        self._turns: dict[str, int] = {}
        self.calls: list[ActionParams] = []
        self.cancelled: list[StepPath] = []

    @property
    def names(self) -> list[str]:
        """Return the names that were called, in order."""
        return [params.name for params in self.calls]

    async def execute(self, params: ActionParams) -> ActionOutput:
        """Behave."""
        self.calls.append(params)
        try:
            return await self._behave(params, self._next(params.name))
        except asyncio.CancelledError:
            self.cancelled.append(params.path)
            raise

    def _next(self, name: str) -> Once:
        """Return what to do this time."""
        turns = self._behaviours.get(name, [None])
        turn = self._turns[name] = self._turns.get(name, 0) + 1
        return turns[min(turn, len(turns)) - 1]

    async def _behave(self, params: ActionParams, behaviour: Once) -> ActionOutput:
        match behaviour:
            case None:
                return ActionOutput()
            case ActionOutput():
                return behaviour
            case timedelta():
                await asyncio.sleep(behaviour.total_seconds())
                return ActionOutput()
            case Exception():
                raise behaviour
            case str():
                return ActionOutput(markers=(behaviour,))
            case _:
                return await behaviour(params) or ActionOutput()


class FakeSpool:
    """Keeps output in memory."""

    def __init__(self) -> None:
        self.data = bytearray()

    @property
    def size(self) -> int:
        """Return how many bytes were taken."""
        return len(self.data)

    @property
    def note(self) -> str:
        """Have nothing to say."""
        return ""

    def write(self, data: bytes) -> None:
        """Append."""
        self.data += data

    def close(self) -> None:
        """Do nothing."""


@dataclass(slots=True, kw_only=True)
class FakeWorkspace:
    """Keeps output in memory, and files where it is told."""

    where: Path | None = None
    """Where the files of programs may be; without it, there are none."""
    spools: dict[tuple[RunId, StepPath, int], FakeSpool] = field(
        default_factory=dict[tuple[RunId, StepPath, int], FakeSpool]
    )

    def spool(self, run_id: RunId, path: StepPath, attempt: int) -> Spool:
        """Return a new spool."""
        self.spools[run_id, path, attempt] = FakeSpool()
        return self.spools[run_id, path, attempt]

    def folder(self, run_id: RunId, path: StepPath, attempt: int) -> Path:
        """Return a folder of its own for each attempt."""
        folder = self._place() / run_id / path.replace("/", ".") / str(attempt)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def copy(self, digest: str, content: bytes, name: str) -> Path:
        """Return a file that holds ``content``."""
        file = self._place() / digest / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return file

    def _place(self) -> Path:
        if self.where is None:
            raise ValueError("say where the files of programs may be: FakeWorkspace(where=…)")
        return self.where

    def printed(self, run_id: RunId, path: StepPath, attempt: int) -> bytes:
        """Return what the spool has taken."""
        spool = self.spools.get((run_id, path, attempt))
        return bytes(spool.data) if spool is not None else b""

    def tidy(self, run_id: RunId, path: StepPath, attempt: int, secrets: Secrets) -> None:
        """Leave everything as it is."""

    def discard(self, run_id: RunId, path: StepPath, attempt: int) -> None:
        """Leave everything where it is."""


class FakeLauncher:
    """Starts nothing; every program succeeds at once, and every process is long gone."""

    def __init__(self, exit_: Exit | None = None) -> None:
        self.exit = exit_ or Exit(code=0)
        self.commands: list[ProcessCommand] = []
        self.ended: list[ProcessIdentity] = []
        self.swept: list[str] = []

    async def run(
        self,
        command: ProcessCommand,
        *,
        spool: Spool,  # noqa: ARG002 - nothing is said
        on_start: Callable[[ProcessIdentity], Awaitable[None]],  # noqa: ARG002 - nothing is started
        on_output: Callable[[int], None],  # noqa: ARG002 - as above
        stop: Stop,  # noqa: ARG002 - nothing has to be ended
        reader: OutputReader | None = None,  # noqa: ARG002 - nothing is read
    ) -> Exit:
        """Remember the command."""
        self.commands.append(command)
        return self.exit

    async def end(self, identity: ProcessIdentity, grace: timedelta) -> bool:  # noqa: ARG002 - it is long gone
        """Remember the process."""
        self.ended.append(identity)
        return True

    async def end_carriers(self, words: Collection[str], grace: timedelta) -> frozenset[str]:  # noqa: ARG002 - as above
        """Remember the words."""
        self.swept.extend(words)
        return frozenset()

    def kill_all(self) -> None:
        """Do nothing."""


class FakeFiles:
    """A project that lives in memory."""

    def __init__(self, root: str, contents: Mapping[str, bytes]) -> None:
        self._root = root
        self._contents = dict(contents)

    @property
    def root(self) -> str:
        """Return the project's folder."""
        return self._root

    def names(self) -> tuple[str, ...]:
        """Return every name."""
        return tuple(self._contents)

    def __contains__(self, name: object) -> bool:
        """Say whether there is such a file."""
        return name in self._contents

    def read(self, name: str) -> bytes:
        """Return its content."""
        return self._contents[name]

    def find_script(self, word: str) -> str | None:
        """Return the name itself, if there is such a file."""
        return word if word in self._contents else None

    def find_workflow(self, name: str, beside: str) -> str | None:  # noqa: ARG002 - there are no folders
        """Return its file, if there is one."""
        file = f"{name}.wf"
        return file if file in self._contents else None

    def program(self, name: str) -> Path:
        """Return where the file would be."""
        return Path(self._root) / name


class FakeProvider:
    """Provides what it was given."""

    def __init__(self, *items: FanOutItem | str, edges: Sequence[tuple[str, str]] = ()) -> None:
        self._items = [FanOutItem(id=item) if isinstance(item, str) else item for item in items]
        self._edges = tuple(edges)
        self.asked: list[ItemParams] = []

    async def items(self, params: ItemParams) -> Sequence[FanOutItem]:
        """Return the items, and remember who asked."""
        self.asked.append(params)
        return self._items

    async def dependencies(self, params: ItemParams) -> Sequence[tuple[str, str]]:  # noqa: ARG002 - they are fixed
        """Return the edges."""
        return self._edges


class FakeResolver:
    """Answers each time as it was told, the last answer for good: a decision, nothing yet, or an error."""

    def __init__(self, *answers: Decision | Exception | None) -> None:
        self._answers = answers or (Decision(approved=True),)
        self.asked: list[GateParams] = []

    async def poll(self, params: GateParams) -> Decision | None:
        """Answer, and remember who asked."""
        self.asked.append(params)
        answer = self._answers[min(len(self.asked), len(self._answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer


class FakeEnvironment:
    """Adds what it was given to the environment of programs."""

    def __init__(self, **added: str) -> None:
        self._added = added
        self.asked: list[EnvironmentParams] = []

    async def environment(self, params: EnvironmentParams) -> Mapping[str, str]:
        """Return it, and remember who asked."""
        self.asked.append(params)
        return self._added
