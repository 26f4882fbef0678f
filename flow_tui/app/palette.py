"""The command palette's entries: the same table as everywhere."""

from collections.abc import Iterator
from functools import partial

from textual.binding import Binding
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from flow_tui.app import key_names, keys
from flow_tui.app.reach import app_of


class KeyCommands(Provider):
    """Offers what the keys of the screen do, as far as it can be done now."""

    def _possible(self) -> Iterator[tuple[str, str, Binding]]:
        seen: set[str] = set()
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if (
                binding.id is None
                or binding.id not in keys.PALETTE
                or binding.id in seen
                or not active.enabled
            ):
                continue
            seen.add(binding.id)
            yield f"{binding.description} ({key_names.shown(binding.key)})", binding.tooltip, binding

    async def discover(self) -> Hits:
        """Yield everything that is possible."""
        for name, told, binding in self._possible():
            yield DiscoveryHit(
                Content(name), partial(app_of(self.screen).simulate_key, binding.key), name, told
            )

    async def search(self, query: str) -> Hits:
        """Yield what fits ``query``."""
        matcher = self.matcher(query)
        for name, told, binding in self._possible():
            score = matcher.match(f"{name} {told}")
            if score > 0:
                yield Hit(
                    score, Content(name), partial(app_of(self.screen).simulate_key, binding.key), name, told
                )
