"""Extensions that come with installed packages, and why one of them was not loaded."""

import logging
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from flow_tui.dataclass import dataclass
from flow_tui.dsl.known import Known, unruly

if TYPE_CHECKING:  # who only checks a file loads nothing of the engine
    from importlib.metadata import EntryPoint

    from flow_tui.engine.ports import Action, GateResolver, ItemProvider

logger = logging.getLogger(__name__)
Extension = TypeVar("Extension")

ACTIONS, PROVIDERS, RESOLVERS = "flow_tui.actions", "flow_tui.providers", "flow_tui.resolvers"
"""Groups of entry points; the name of one is what a definition calls it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """What could be loaded."""

    actions: "Mapping[str, Action]"
    providers: "Mapping[str, ItemProvider]"
    resolvers: "Mapping[str, GateResolver]"
    missing: Mapping[str, str]
    """What could not, by name, and why."""


def known() -> Known:
    """Return the names of all that is installed; nothing of it is imported."""
    names = {group: frozenset(point.name for point in _points(group)) for group in _GROUPS}
    return Known(
        actions=names[ACTIONS],
        providers={name: unruly(name) for name in names[PROVIDERS]},
        gates=names[RESOLVERS],
    )


_GROUPS = (ACTIONS, PROVIDERS, RESOLVERS)


@cache
def _points(group: str) -> "tuple[EntryPoint, ...]":
    from importlib.metadata import entry_points  # noqa: PLC0415 - looks through everything that is installed

    return tuple(entry_points(group=group))


def installed() -> Installed:
    """Return every extension that is installed, imported; one that fails harms no other."""
    from flow_tui.runtime.adapters import action_of, provider_of, resolver_of  # noqa: PLC0415 - brings the engine

    missing: dict[str, str] = {}
    return Installed(
        actions=dict(_loaded(ACTIONS, action_of, missing)),
        providers=dict(_loaded(PROVIDERS, provider_of, missing)),
        resolvers=dict(_loaded(RESOLVERS, resolver_of, missing)),
        missing=missing,
    )


def _loaded(
    group: str, adapt: Callable[[object], Extension], missing: dict[str, str]
) -> Iterator[tuple[str, Extension]]:
    for point in _points(group):
        try:
            yield point.name, adapt(point.load())
        except Exception as error:  # noqa: BLE001 - whatever a package does when it is imported
            package = point.dist.name if point.dist is not None else point.value
            why = f"{type(error).__name__}: {error}".strip()
            missing[point.name] = f"{package} provides it ({point.value}), but it could not be loaded: {why}"
            logger.warning("%s %r of %s was not loaded: %s", group, point.name, package, why)
