"""Names to actions; built once, then only read."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from flow_tui.engine.ports import Action, ActionFinder, Found, RunFiles


class Registry:
    """Finds the action of a ``call``: registered by name, then in the project's files, then the fallback."""

    def __init__(
        self,
        *,
        actions: Mapping[str, Action] | None = None,
        finders: Sequence[ActionFinder] = (),
        fallback: Action | None = None,
    ) -> None:
        self._actions: Mapping[str, Action] = MappingProxyType(dict(actions or {}))
        self._finders = tuple(finders)
        self._fallback = fallback

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
