"""How the program and what it keeps are doing."""

import os
import platform
import stat
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal, TypeAlias, assert_never

from flow_tui import __version__
from flow_tui.dataclass import dataclass
from flow_tui.engine.keeping import RunQuery
from flow_tui.errors import StoreError, UsageError
from flow_tui.model import ids
from flow_tui.runtime import agents, config, history, retention
from flow_tui.runtime import plugins as installed
from flow_tui.runtime.run_query import ACTIVE
from flow_tui.runtime.settings import Settings
from flow_tui.store import sqlite_check, sqlite_mending

Mend: TypeAlias = Literal["", "rebuild", "remove"]
_MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is not as it should be."""

    said: str
    todo: str = ""
    """What people can do about it."""
    is_wrong: bool = True
    """Whether somebody should do that, and not only may."""
    mend: Mend = ""
    """How the program can mend it by itself."""
    place: Path | None = None
    """What is removed then."""


def versions() -> Iterator[tuple[str, str]]:
    """Yield what the program is made of, with versions."""
    yield "flow-tui", __version__
    yield "Python", platform.python_version()
    yield "SQLite", sqlite_check.version()
    for package in ("textual", "lark", "pydantic"):
        with suppress(PackageNotFoundError):
            yield package, version(package)
    yield "system", f"{platform.system()} {platform.release()}"


def folders(settings: Settings) -> Iterator[tuple[str, Path, int]]:
    """Yield where things are kept, with sizes in bytes."""
    if settings.state is None or settings.database is None:
        return
    database = settings.database
    files = [database, *(database.with_name(database.name + ending) for ending in ("-wal", "-shm"))]
    yield "database", database, sum(file.stat().st_size for file in files if file.exists())
    for name in ("runs", "programs"):
        yield name, settings.state / name, retention.size_of(settings.state / name)


def plugins_found() -> Iterator[installed.Plugin]:
    """Yield what packages bring along, as far as it can be used; imports it."""
    return (plugin for plugin in installed.report() if not plugin.why_not)


def _of_plugins() -> Iterator[Finding]:
    for plugin in installed.report():
        if plugin.why_not:
            what = f"{plugin.kind} {plugin.name!r} of {plugin.package}" if plugin.name else plugin.package
            yield Finding(
                said=f"{what} is not used: {plugin.why_not}",
                todo=f"install another version of {plugin.package.partition(' ')[0]}, or remove it",
            )


def _of_config(settings: Settings) -> Iterator[Finding]:
    todo = "'flow-tui config' says what is set, and where"
    try:
        user = config.read_user(settings.environ)
        if said := agents.wrong(config.of_environment(settings.environ).runtime or user.agents.runtime, user):
            yield Finding(said=said, todo=todo)
    except UsageError as error:
        yield Finding(said=str(error), todo=error.hint or todo)


def findings(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Yield what is wrong with what is installed, set and kept; reads all of it, and changes nothing."""
    yield from _of_plugins()
    yield from _of_config(settings)
    if settings.state is None or settings.database is None or not settings.state.exists():
        return
    yield from _permissions(settings.state)
    if not settings.database.exists():
        return
    told: set[str] = set()
    try:
        for found in _of_database(settings.database):
            told.add(found.said)
            yield found
        yield from _of_runs(settings, settings.state, now)
    except StoreError as error:
        if str(error) not in told:
            yield Finding(said=str(error), todo=error.hint)


def mend(settings: Settings, found: list[Finding]) -> Iterator[str]:
    """Mend what can be mended; yield what was done. Raises ``StoreError``."""
    if settings.database is not None and any(each.mend == "rebuild" for each in found):
        count = sqlite_mending.rebuild(settings.database)
        yield f"wrote the rows of {count} runs anew from their events"
    for each in found:
        if each.mend == "remove" and each.place is not None:
            retention.remove(each.place)
            yield f"removed {each.place}"


def _permissions(folder: Path) -> Iterator[Finding]:
    try:
        found = folder.stat()
        if found.st_uid != os.geteuid():
            yield Finding(said=f"{folder} belongs to another user", todo="use another folder: --state")
        elif stat.S_IMODE(found.st_mode) & 0o077:
            yield Finding(said=f"others can look into {folder}", todo=f"chmod 700 {folder}")
        elif not os.access(folder, os.W_OK | os.X_OK):
            yield Finding(said=f"{folder} cannot be written", todo=f"chmod 700 {folder}")
    except OSError as error:
        yield Finding(said=f"{folder}: {error.strerror}")


def _of_database(file: Path) -> Iterator[Finding]:
    old = 0
    for problem in sqlite_check.examined(file):
        match problem.kind:
            case "file":
                save = "keep a copy of the file; 'flow-tui export' saves the runs that can be read"
                yield Finding(said=problem.said, todo=save)
            case "rows":
                anew = "'flow-tui doctor --fix' writes the rows anew"
                yield Finding(said=problem.said, todo=anew, mend="rebuild")
            case "old rows":
                old += 1
            case _:
                assert_never(problem.kind)
    if old:
        whose = "1 run are" if old == 1 else f"{old} runs are"
        yield Finding(
            said=f"the rows of {whose} as another version of this program wrote them",
            todo="'flow-tui doctor --fix' brings them up to date",
            is_wrong=False,
            mend="rebuild",
        )


def _of_runs(settings: Settings, folder: Path, now: datetime) -> Iterator[Finding]:
    with closing(history.histories(settings)) as kept:
        active = kept.runs(RunQuery(statuses=ACTIVE, limit=1_000))
        left = [run for run in active if history.is_left(history.settled(kept, run, now), now)]
        for run in left[:_MOST]:
            name = ids.short(run.run_id).removeprefix("#")
            yield Finding(
                said=f"run #{name} ({run.workflow}) was left: its program is gone",
                todo=f"'flow-tui resume {name}' goes on with it, 'flow-tui cancel {name}' ends it",
            )
        if len(left) > _MOST:
            yield Finding(said=f"and {len(left) - _MOST} more runs were left")
        for place in retention.strays(kept, folder):
            yield Finding(
                said=f"{place} holds the output of a run that nobody knows",
                todo="'flow-tui doctor --fix' removes it",
                mend="remove",
                place=place,
            )
