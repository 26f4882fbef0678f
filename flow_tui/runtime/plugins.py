"""Extensions that come with installed packages, and why one of them was not loaded.

Looking for them reads what is installed, and imports nothing; each is imported when it is first used.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from typing_extensions import override

from flow_tui.dataclass import dataclass
from flow_tui.dsl.known import Known, unruly

if TYPE_CHECKING:  # who only checks a file loads nothing of the engine
    from importlib.metadata import Distribution, EntryPoint

    from flow_tui.engine.ports import Action, GateResolver, ItemProvider, MakeSink
    from flow_tui.runtimes.program import Runtime

logger = logging.getLogger(__name__)
Extension = TypeVar("Extension")

ACTIONS, PROVIDERS, RESOLVERS = "flow_tui.actions", "flow_tui.providers", "flow_tui.resolvers"
RUNTIMES, SINKS = "flow_tui.runtimes", "flow_tui.sinks"
"""Groups of entry points; the name of one is what a definition, or a setting, calls it."""
GROUPS = (ACTIONS, PROVIDERS, RESOLVERS, RUNTIMES, SINKS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """What is installed for definitions to name."""

    actions: "Mapping[str, Action]"
    """Each is loaded when it is asked for."""
    providers: "Mapping[str, ItemProvider]"
    resolvers: "Mapping[str, GateResolver]"
    missing: Mapping[str, str]
    """What could not be loaded so far, by name, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """One extension of a package, as people are told of it."""

    group: str
    name: str
    package: str
    value: str
    why_not: str = ""
    """Why it is not used; nothing when it is."""

    @property
    def kind(self) -> str:
        """Return what it is, such as ``action`` or ``provider``."""
        return self.group.rpartition(".")[2].removesuffix("s")


def known() -> Known:
    """Return the names of all that is installed; nothing of it is imported."""
    names = {group: frozenset(_first(group)) for group in (ACTIONS, PROVIDERS, RESOLVERS)}
    return Known(
        actions=names[ACTIONS],
        providers={name: unruly(name) for name in names[PROVIDERS]},
        gates=names[RESOLVERS],
    )


def installed() -> Installed:
    """Return every extension that definitions can name; one that fails harms no other."""
    missing: dict[str, str] = {}
    providers: _Lazy[ItemProvider] = _Lazy(PROVIDERS, missing)
    resolvers: _Lazy[GateResolver] = _Lazy(RESOLVERS, missing)
    return Installed(
        actions=_Lazy(ACTIONS, missing),
        providers=dict(providers.loadable()),
        resolvers=dict(resolvers.loadable()),
        missing=missing,
    )


def runtimes(missing: dict[str, str]) -> "Mapping[str, Runtime]":
    """Return the programs for agents that packages bring, each as ``sinks`` has them."""
    return _Lazy(RUNTIMES, missing)


def sinks(missing: dict[str, str]) -> "Mapping[str, MakeSink]":
    """Return what makes sinks, by name; each is loaded when it is asked for, or told of in ``missing``."""
    return _Lazy(SINKS, missing)


def report() -> Iterator[Plugin]:
    """Yield everything that is installed, loaded, and why it is not used where that is so. Never raises."""
    for group in GROUPS:
        missing: dict[str, str] = {}
        lazy: _Lazy[object] = _Lazy(group, missing, logging.DEBUG)  # whoever asks tells people
        first = _first(group)
        for point in _points(group):
            package = _package(point)
            why = ""
            if first[point.name] is not point:
                why = f"{_package(first[point.name])} has an extension of the same name, which is used"
            elif point.name not in lazy:
                why = _why_not(point, missing.get(point.name, ""))
            yield Plugin(group=group, name=point.name, package=package, value=point.value, why_not=why)
    for name, why in _scan()[1]:
        yield Plugin(
            group="", name="", package=name, value="", why_not=f"its list of extensions is broken: {why}"
        )


def _why_not(point: "EntryPoint", told: str) -> str:
    return told.partition("it could not be loaded: ")[2] or told or f"{point.value} cannot be loaded"


class _Lazy(Mapping[str, Extension]):
    """Loads an extension of a group when it is asked for; one that cannot be is not there, and told of."""

    def __init__(self, group: str, missing: dict[str, str], level: int = logging.WARNING) -> None:
        self._group, self._level = group, level
        self._points = _first(group)
        self._missing = missing
        self._loaded: dict[str, Extension] = {}

    @override
    def __getitem__(self, name: str) -> Extension:
        if name not in self._loaded:
            point = self._points[name]
            if name in self._missing:
                raise KeyError(name)
            try:
                self._loaded[name] = _adapted(self._group, point)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a package does when it is imported
                package, why = _package(point), f"{type(error).__name__}: {error}".strip()
                self._missing[name] = (
                    f"{package} provides it ({point.value}), but it could not be loaded: {why}"
                )
                logger.log(self._level, "%s %r of %s was not loaded: %s", self._group, name, package, why)
                raise KeyError(name) from None
        return self._loaded[name]

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._points)

    @override
    def __len__(self) -> int:
        return len(self._points)

    def loadable(self) -> Iterator[tuple[str, Extension]]:
        """Yield what can be loaded, by name."""
        return ((name, self[name]) for name in self if name in self)


class Either(Mapping[str, Extension]):
    """Looks in one mapping, and then in another, where looking may load something."""

    def __init__(self, first: Mapping[str, Extension], second: Mapping[str, Extension]) -> None:
        self._both = first, second

    @override
    def __getitem__(self, name: str) -> Extension:
        first, second = self._both
        return first[name] if name in first else second[name]

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*self._both[0], *self._both[1])))

    @override
    def __len__(self) -> int:
        return len({*self._both[0], *self._both[1]})


def _adapted(group: str, point: "EntryPoint") -> Extension:  # type: ignore[type-var]  # one kind for each group
    from flow_tui.runtime import adapters  # noqa: PLC0415 - brings the engine

    adapt: dict[str, Callable[[object], object]] = {
        ACTIONS: adapters.action_of,
        PROVIDERS: adapters.provider_of,
        RESOLVERS: adapters.resolver_of,
        RUNTIMES: adapters.runtime_of,
        SINKS: adapters.sink_maker_of,
    }
    return adapt[group](point.load())  # type: ignore[return-value]  # as the group has it


def _package(point: "EntryPoint") -> str:
    """Return which package an extension is of, with its version."""
    try:
        return f"{point.dist.name} {point.dist.version}" if point.dist is not None else point.value
    except Exception:  # noqa: BLE001 - what it says of itself may be broken in any way
        return point.value


def _first(group: str) -> "dict[str, EntryPoint]":
    """Return the extensions of a group by name; of several of one name, that of the first package."""
    found: dict[str, EntryPoint] = {}
    for point in _points(group):
        found.setdefault(point.name, point)
    return found


def _points(group: str) -> "tuple[EntryPoint, ...]":
    return tuple(point for point in _scan()[0] if point.group == group)


@cache
def _scan() -> "tuple[tuple[EntryPoint, ...], tuple[tuple[str, str], ...]]":
    """Return the extensions of all packages, in the order of names; and packages whose list is broken."""
    from importlib.metadata import distributions, entry_points  # noqa: PLC0415 - looks through everything

    broken: list[tuple[str, str]] = []
    try:
        everything = entry_points()
        found = [point for group in GROUPS for point in everything.select(group=group)]
    except Exception:  # noqa: BLE001 - one list is broken: the others are read one by one
        found = [point for each in distributions() for point in _of(each, broken)]
    found.sort(key=lambda point: (point.name, _package(point)))
    return tuple(found), tuple(broken)


def _of(distribution: "Distribution", broken: list[tuple[str, str]]) -> "Iterator[EntryPoint]":
    try:
        yield from (point for point in distribution.entry_points if point.group in GROUPS)
    except Exception as error:  # noqa: BLE001 - written by whoever made the package
        broken.append((str(distribution.metadata["Name"]), f"{type(error).__name__}: {error}"))
