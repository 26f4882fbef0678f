"""Names to actions, item providers and gate resolvers; built once, then only read."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from flow_tui.engine.ports import Action, ActionFinder, Found, GateResolver, ItemProvider, RunFiles


class Registry:
    """Finds the action of a ``call``: registered by name, then in the project's files, then the fallback."""

    def __init__(
        self,
        *,
        actions: Mapping[str, Action] | None = None,
        finders: Sequence[ActionFinder] = (),
        fallback: Action | None = None,
        providers: Mapping[str, ItemProvider] | None = None,
        resolvers: Mapping[str, GateResolver] | None = None,
        missing: Mapping[str, str] | None = None,
    ) -> None:
        self.missing: Mapping[str, str] = MappingProxyType({} if missing is None else missing)
        """Names of extensions that are installed and could not be loaded so far, and why."""
        self._actions: Mapping[str, Action] = MappingProxyType({} if actions is None else actions)
        self._finders = tuple(finders)
        self._fallback = fallback
        self._providers: Mapping[str, ItemProvider] = MappingProxyType(dict(providers or {}))

        self._resolvers: Mapping[str, GateResolver] = MappingProxyType(dict(resolvers or {}))

    def resolver(self, gate_type: str) -> GateResolver | None:
        """Return who decides gates of this type without a person, or ``None``."""
        return self._resolvers.get(gate_type)

    @property
    def resolvers(self) -> tuple[str, ...]:
        """Return the types of gates that are decided without a person, sorted."""
        return tuple(sorted(self._resolvers))

    def provider(self, name: str) -> ItemProvider | None:
        """Return who provides the items of this name, or ``None``."""
        return self._providers.get(name)

    @property
    def providers(self) -> tuple[str, ...]:
        """Return the names of all item providers, sorted."""
        return tuple(sorted(self._providers))

    def find(self, name: str, files: RunFiles) -> Found | None:
        """Return who runs calls of this name, or ``None``."""
        if (action := self._actions.get(name)) is not None:
            return Found(action=action, origin="registered")
        for finder in self._finders:
            if (found := finder.find(name, files)) is not None:
                return found
        if self._fallback is not None:
            return Found(action=self._fallback, origin="fallback")
        return None
