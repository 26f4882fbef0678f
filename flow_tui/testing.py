"""For tests of workflows, actions and the program itself: hours in no time, actions that do as told."""

import asyncio
import hashlib
import selectors
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from typing_extensions import override

from flow_tui.clock import LoopClock
from flow_tui.engine.commands import Definition, StartRun
from flow_tui.engine.engine import Engine, Outside
from flow_tui.engine.keeping import Owner, Requested, Store
from flow_tui.engine.lease import Keeper, KeeperTask
from flow_tui.engine.ports import (
    Action,
    EnvironmentProvider,
    GateResolver,
    ItemProvider,
    Sink,
    Workers,
)
from flow_tui.engine.registry import Registry
from flow_tui.engine.run import Surroundings
from flow_tui.errors import DefinitionError
from flow_tui.fakes import (
    FakeAction,
    FakeEnvironment,
    FakeFiles,
    FakeLauncher,
    FakeProvider,
    FakeResolver,
    FakeSpool,
    FakeWorkspace,
)
from flow_tui.model.breakpoints import Breakpoint
from flow_tui.model.events import Recorded
from flow_tui.model.fold import replay
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.state import RunState
from flow_tui.model.values import ProcessIdentity, RunOptions

Result = TypeVar("Result")

__all__ = [
    "ME",
    "NOON",
    "SOMEONE",
    "Bench",
    "FakeAction",
    "FakeEnvironment",
    "FakeFiles",
    "FakeLauncher",
    "FakeProvider",
    "FakeResolver",
    "FakeSpool",
    "FakeWorkspace",
    "VirtualLoop",
    "bench",
    "run_virtually",
    "run_workflow",
    "sound",
]

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
"""When every virtual day begins."""


class _JumpingSelector(selectors.DefaultSelector):
    """Does not wait for the next timer, but jumps to it."""

    now = 0.0

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:  # nothing is scheduled: only something outside of the loop can go on
            return super().select(None)
        ready = super().select(0)
        if not ready and timeout > 0:
            self.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """Time passes only while everyone is asleep. Not for work with threads or processes."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    @override
    def time(self) -> float:
        return self._jumping.now


def run_virtually(main: Coroutine[Any, Any, Result]) -> Result:
    """Return what ``main`` returns, on a virtual loop."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


ME = ProcessIdentity(pid=1, start_time="1", boot_id="boot", host="here", cookie="me")
SOMEONE = Owner(token="me", process=ME, label="me")  # noqa: S106 - a name, and no secret


@dataclass(slots=True, kw_only=True)
class Bench:
    """An engine on the running loop, with everything around it faked but itself."""

    action: Action
    store: Store
    engine: Engine
    events: list[Recorded]
    clock: LoopClock
    keeper: KeeperTask

    async def start(
        self,
        source: str,
        inputs: Mapping[str, str] | None = None,
        options: RunOptions | None = None,
        files: Mapping[str, bytes] | None = None,
        others: Mapping[str, str] | None = None,
        warm_from: RunId | None = None,
        pauses: Collection[tuple[str, str]] = (),
    ) -> RunId:
        """Start a workflow; raises ``DefinitionError`` for an unsound one.

        ``files`` are those of the project, ``others`` the sources of the workflows that it calls, by name;
        ``pauses`` are its breakpoints: the workflow and the path of each.
        """
        called = {f"{name}.wf": text.encode() for name, text in (others or {}).items()}
        definition = Definition(
            workflow=sound(source, "test.wf"),
            source=source,
            file="test.wf",
            root="/",
            files={**(files or {}), **called},
        )
        return await self.engine.start(
            StartRun(
                definition=definition,
                inputs=inputs or {},
                options=options or RunOptions(),
                warm_from=warm_from,
                breakpoints=tuple(Breakpoint(workflow=name, path=StepPath(path)) for name, path in pauses),
            )
        )

    async def finish(self, source: str, **given: Any) -> RunState:
        """Run a workflow to its end and return what is stored of it."""
        run_id = await self.start(source, **given)
        await self.engine.wait(run_id)
        return self.state(run_id)

    def state(self, run_id: RunId) -> RunState:
        """Return what is stored of a run."""
        return replay(run_id, self.store.history(run_id))


def sound(source: str, file: str) -> Any:  # a Workflow, named so as not to load the parser with this module
    """Return the definition that ``source`` holds; raises ``DefinitionError`` with everything wrong in it."""
    from flow_tui.diagnostics import errors  # noqa: PLC0415 - as said above
    from flow_tui.dsl.parser import parse  # noqa: PLC0415 - as said above

    parsed = parse(source, file)
    wrong = errors(parsed.diagnostics)
    if wrong or parsed.workflow is None:
        raise DefinitionError(wrong or parsed.diagnostics, source)
    return parsed.workflow


def bench(
    action: Action,
    store: Store | None = None,
    *,
    owner: Owner = SOMEONE,
    sinks: Sequence[Sink] = (),
    workspace: FakeWorkspace | None = None,
    launcher: Any = None,
    files: Callable[[str, Mapping[str, str], Mapping[str, bytes]], Any] | None = None,
    environ: Mapping[str, str] | None = None,
    providers: Mapping[str, ItemProvider] | None = None,
    resolvers: Mapping[str, GateResolver] | None = None,
    environment: EnvironmentProvider | None = None,
    injected: Mapping[str, str] | None = None,
    workers: Workers | None = None,
) -> Bench:
    """Return an engine on the running loop; ``action`` runs every call."""
    from flow_tui.executors.dispatch import execute  # noqa: PLC0415 - brings the parser with it
    from flow_tui.store.memory import MemoryStore  # noqa: PLC0415 - only for those who need it

    store = store or MemoryStore(is_alive=lambda _: True)
    clock = LoopClock(asyncio.get_running_loop(), NOON)
    events: list[Recorded] = []
    keepers: list[Keeper] = []

    around = Surroundings(
        clock=clock,
        registry=Registry(fallback=action, providers=providers, resolvers=resolvers),
        launcher=launcher or FakeLauncher(),
        workspace=workspace or FakeWorkspace(),
        environ=lambda: environ or {},
        execute=execute,
        parse=sound,
        beat=_later(keepers),
        environment=environment,
        injected=injected or {},
        workers=workers or (lambda _agent, _model, _files: "there are no runtimes"),
    )
    outside = _outside(store, files)
    engine = Engine(store=store, owner=owner, around=around, outside=outside, sinks=(events.append, *sinks))
    keeper = engine.keeper = _keeper(store, clock, engine)
    keepers.append(keeper)
    return Bench(
        action=action,
        store=store,
        engine=engine,
        events=events,
        clock=clock,
        keeper=KeeperTask(keeper, clock),
    )


def _outside(
    store: Store, files: Callable[[str, Mapping[str, str], Mapping[str, bytes]], Any] | None
) -> Outside:
    numbers = (RunId(f"RUN{number:023}") for number in range(1, 1_000_000))
    return Outside(
        files=files or _kept(store),
        digest=lambda data: hashlib.sha256(data).hexdigest(),
        new_run_id=lambda: next(name for name in numbers if next(store.history(name), None) is None),
    )


def _kept(store: Store) -> Callable[[str, Mapping[str, str], Mapping[str, bytes]], FakeFiles]:
    """Return what hands out the files of a run: those at hand, else what is stored of them."""

    def files(root: str, hashes: Mapping[str, str], at_hand: Mapping[str, bytes]) -> FakeFiles:
        return FakeFiles(root, at_hand or {name: store.blob(digest) for name, digest in hashes.items()})

    return files


def _keeper(store: Store, clock: LoopClock, engine: Engine) -> Keeper:
    """Return what keeps the engine's runs, and lets it answer other processes."""
    asking: set[asyncio.Future[None]] = set()

    def ask(requested: Requested) -> None:
        answering = asyncio.ensure_future(engine.answer(requested))
        asking.add(answering)
        answering.add_done_callback(asking.discard)

    return Keeper(store, clock, on_lost=engine.lost, on_request=ask)


def _later(keepers: list[Keeper]) -> Callable[[RunId], None]:
    """Return what asks the keeper for a heartbeat, once there is one."""

    def beat(run_id: RunId) -> None:
        keepers[0].beat(run_id)

    return beat


def run_workflow(
    source: str, action: Action | None = None, *, store: Store | None = None, **given: Any
) -> RunState:
    """Run a workflow to its end on virtual time, with a fake for every call, and return what became of it."""

    async def main() -> RunState:
        return await bench(action or FakeAction(), store).finish(source, **given)

    return run_virtually(main())
