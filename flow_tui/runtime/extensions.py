"""What an embedder adds to an engine."""

from collections.abc import Callable, Mapping
from dataclasses import field

from flow_tui.dataclass import dataclass
from flow_tui.dsl.known import Known, TextOf, unruly
from flow_tui.engine.keeping import Store
from flow_tui.engine.ports import Action, EnvironmentProvider, GateResolver, ItemProvider
from flow_tui.engine.run import Parts


def _nothing(_name: str) -> str | None:
    return None


def _as_it_is(runner: Parts) -> Parts:
    return runner


@dataclass(frozen=True, slots=True, kw_only=True)
class Extensions:
    """Everything that can be put in; whatever is left out is as it is for the program."""

    actions: Mapping[str, Action] = field(default_factory=dict[str, Action])
    """By the name of the call; these win over those of the project."""
    fallback: Action | None = None
    """Runs the calls that nothing else runs."""
    providers: Mapping[str, ItemProvider] = field(default_factory=dict[str, ItemProvider])
    """By the word after ``over``."""
    resolvers: Mapping[str, GateResolver] = field(default_factory=dict[str, GateResolver])
    """By the type of the gate."""
    environment: EnvironmentProvider | None = None
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    """Values that every step may use, under names that inputs and outputs cannot take."""
    workflows: TextOf = _nothing
    """Finds workflows that are called and are not among the project's files."""
    schemas: TextOf = _nothing
    """The same for output schemas."""
    store: Store | None = None
    """Keeps runs instead of what the settings name, and is not closed."""
    part_runner: Callable[[Parts], Parts] = _as_it_is
    """Puts something in front of what runs the workflows that others call."""

    def known(self) -> Known:
        """Return what definitions may name because of it."""
        return Known(
            actions=frozenset(self.actions),
            any_action=self.fallback is not None,
            providers={name: unruly(name) for name in self.providers},
            gates=frozenset(self.resolvers),
            variables=frozenset(self.variables),
            workflows=self.workflows,
            schemas=self.schemas,
        )
