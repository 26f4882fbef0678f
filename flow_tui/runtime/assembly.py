"""Puts an engine together: settings in, engine out. What an embedder would copy."""

import asyncio
import contextlib
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from functools import partial
from pathlib import Path

from ulid import ULID

from flow_tui.actions.executable import Executables
from flow_tui.actions.python_action import PythonActions
from flow_tui.actions.shipped import Shipped
from flow_tui.clock import Clock, SystemClock
from flow_tui.dataclass import dataclass
from flow_tui.engine.engine import Engine, Outside
from flow_tui.engine.keeping import Owner, Requested, Store
from flow_tui.engine.lease import Keeper, KeeperThread
from flow_tui.engine.ports import RunFiles, Sink
from flow_tui.engine.registry import Registry
from flow_tui.engine.run import Surroundings
from flow_tui.errors import StoreError
from flow_tui.executors.dispatch import execute
from flow_tui.mock.invent import Mock
from flow_tui.model.ids import RunId
from flow_tui.model.values import Worker
from flow_tui.process.child import ChildLauncher
from flow_tui.process.identity import may_live, own_identity
from flow_tui.process.snapshot import SnapshotFiles, digest
from flow_tui.process.workspace import FolderWorkspace
from flow_tui.providers import providers
from flow_tui.resolvers import RESOLVERS
from flow_tui.runtime import config, plugins, retention
from flow_tui.runtime.consent import Consent
from flow_tui.runtime.extensions import Extensions
from flow_tui.runtime.library import sound
from flow_tui.runtime.rights import Rights, rights
from flow_tui.runtime.run_log import RunLog
from flow_tui.runtime.settings import Settings, make_private
from flow_tui.runtime.sinks import Sinks, configured
from flow_tui.runtimes.agent import Agents
from flow_tui.runtimes.program import Chosen
from flow_tui.store.memory import MemoryStore
from flow_tui.store.sqlite import SqliteStore

logger = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Assembly:
    """An engine with all it needs."""

    engine: Engine
    store: Store
    folder: Path
    """Where output is kept."""
    launcher: ChildLauncher
    keeper: KeeperThread
    temporary: bool
    lent: bool
    """Whether the store is somebody else's, and stays open."""
    run_log: RunLog
    consent: Consent
    tidying: "asyncio.Task[int] | None" = None
    """Forgets old runs by the way."""
    behind: Sinks = Sinks()
    """Those that settings name."""

    async def close(self, *, kill: bool = False) -> None:
        """Cancel every run, wait for their steps, then let go of everything."""
        if self.tidying is not None:
            self.tidying.cancel()
        await self.engine.shutdown(kill=kill)
        await self.behind.close()
        self.keeper.stop()
        self.run_log.end()
        if not self.lent:
            self.store.close()
        if self.temporary:
            shutil.rmtree(self.folder, ignore_errors=True)


def open_store(settings: Settings) -> Store:
    """Return the store that the settings name; raises ``StoreError`` when it cannot be used."""
    if settings.database is None:
        return MemoryStore(is_alive=may_live)
    make_private(settings.database.parent)
    return SqliteStore(settings.database, is_alive=may_live)


def assemble(
    settings: Settings,
    *,
    sinks: Sequence[Sink] = (),
    clock: Clock | None = None,
    extensions: Extensions | None = None,
) -> Assembly:
    """Return an engine on the running loop, its lease keeper running; raises ``StoreError``."""
    given = extensions or Extensions()
    store = given.store or open_store(settings)
    try:
        behind = _behind(settings) if extensions is None else Sinks()
        return _assembled(settings, given, store, clock or SystemClock(), sinks=sinks, behind=behind)
    except BaseException:
        if given.store is None:
            store.close()
        raise


def _assembled(
    settings: Settings,
    given: Extensions,
    store: Store,
    clock: Clock,
    *,
    sinks: Sequence[Sink],
    behind: Sinks,
) -> Assembly:
    folder = settings.state or Path(tempfile.mkdtemp(prefix="flow-tui-"))
    workspace = FolderWorkspace(folder)
    own = rights(settings, given.environment)
    launcher = own.launcher
    run_log = RunLog(workspace, own.secrets)
    words = _Words()
    keeper = Keeper(store, clock, on_lost=words.lost, on_request=words.requested)

    def files(root: str, hashes: Mapping[str, str], contents: Mapping[str, bytes]) -> SnapshotFiles:
        return SnapshotFiles(root, hashes, contents, blob=store.blob, workspace=workspace)

    words.engine = Engine(
        store=store,
        owner=_owner(settings),
        around=_around(settings, given, store, clock, own, workspace, keeper),
        outside=Outside(files=files, digest=digest, new_run_id=lambda: _new_run_id(clock)),
        sinks=(*sinks, run_log, *(each.take for each in behind.behind)),
        keeper=keeper,
        part_runner=given.part_runner,
    )
    thread = KeeperThread(keeper)
    thread.start()
    run_log.begin()
    return Assembly(
        engine=words.engine,
        store=store,
        folder=folder,
        launcher=launcher,
        keeper=thread,
        run_log=run_log,
        consent=Consent(settings.state),
        temporary=settings.state is None,
        lent=given.store is not None,
        tidying=_tidying(store, settings, clock) if given.store is None else None,
        behind=behind,
    )


def _behind(settings: Settings) -> Sinks:
    """Return the sinks that the user wants; what an embedder wants, it says itself."""
    wanted = config.sinks(settings.environ)
    return configured(wanted, settings) if wanted else Sinks()


def _around(
    settings: Settings,
    given: Extensions,
    store: Store,
    clock: Clock,
    own: Rights,
    workspace: FolderWorkspace,
    keeper: Keeper,
) -> Surroundings:
    return Surroundings(
        clock=clock,
        registry=_registry(settings, given, store),
        launcher=own.launcher,
        workspace=workspace,
        environ=lambda: own.environ,
        execute=execute,
        parse=sound,
        beat=keeper.beat,
        pretend=Mock(),
        environment=own.environment,
        injected=given.variables,
        secrets=own.secrets,
        identities=own.identities,
        workers=partial(_worker, settings.environ, own.environ),
    )


def _registry(settings: Settings, given: Extensions, store: Store) -> Registry:
    """Return ours, those that are installed, and those given by the caller; the latter win."""
    found = plugins.installed()
    return Registry(
        actions=plugins.Either(given.actions, found.actions),
        finders=(PythonActions(), Executables(), Agents(partial(_choose, settings.environ)), Shipped()),
        fallback=given.fallback,
        providers={**providers(store.runs), **found.providers, **given.providers},
        resolvers={**RESOLVERS, **found.resolvers, **given.resolvers},
        missing=found.missing,
    )


def _choose(
    own: Mapping[str, str], runtime: str, model: str, files: RunFiles, environ: Mapping[str, str]
) -> Chosen:
    from flow_tui.runtime.agents import choose  # noqa: PLC0415 - reads settings, which few runs need

    return choose(runtime, model, files, environ, own)


def _worker(
    own: Mapping[str, str], environ: Mapping[str, str], agent: str, model: str, files: RunFiles
) -> Worker | str:
    from flow_tui.runtime.agents import worker  # noqa: PLC0415 - reads settings, which few runs need

    return worker(own, environ, agent, model, files)


def _tidying(store: Store, settings: Settings, clock: Clock) -> "asyncio.Task[int] | None":
    if settings.state is None:
        return None
    work = retention.by_the_way(store, settings.state, clock.now())
    return asyncio.get_running_loop().create_task(work, name="old runs")


class _Words:
    """Carries what the keeper says from its thread to the engine's loop."""

    def __init__(self) -> None:
        self.engine: Engine | None = None
        self._loop = asyncio.get_running_loop()
        self._asking: set[asyncio.Task[None]] = set()

    def lost(self, run_id: RunId, why: StoreError | None) -> None:
        """Tell that a run was taken over, or cannot be kept."""
        if self.engine is not None:
            self._soon(partial(self.engine.lost, run_id, why))

    def requested(self, requested: Requested) -> None:
        """Tell what another process wants."""
        self._soon(partial(self._answer, requested))

    def _answer(self, requested: Requested) -> None:
        if self.engine is not None:
            task = self._loop.create_task(self.engine.answer(requested))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)

    def _soon(self, say: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is gone, and every run with it
            self._loop.call_soon_threadsafe(say)


def _owner(settings: Settings) -> Owner:
    me = own_identity()
    token = str(ULID())
    return Owner(token=token, process=me, label=f"{settings.user}@{me.host}, process {os.getpid()}")


def _new_run_id(clock: Clock) -> RunId:
    return RunId(str(ULID.from_datetime(clock.now().astimezone(UTC))))
