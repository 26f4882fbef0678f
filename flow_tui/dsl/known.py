"""What definitions may name besides what their project holds."""

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TypeAlias

from flow_tui.dataclass import dataclass
from flow_tui.dsl.providers import Provider

TextOf: TypeAlias = Callable[[str], str | None]
"""Name to the text of what it means, if it means anything."""


def _nothing(_name: str) -> str | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Names of extensions, and sources that are not among the project's files."""

    actions: frozenset[str] = frozenset()
    any_action: bool = False
    """Whether something runs the calls that nothing else runs."""
    providers: Mapping[str, Provider] = field(default_factory=dict[str, Provider])
    gates: frozenset[str] = frozenset()
    variables: frozenset[str] = frozenset()
    workflows: TextOf = _nothing
    """Definitions by the names under which they are called."""
    schemas: TextOf = _nothing
    """Output schemas by name."""


def unruly(name: str) -> Provider:
    """Return what is taken for granted of a provider of which only the name is known: that all is well."""
    return Provider(name=name, scope="optional", filter="optional", ordered=True, item_keys=None)
