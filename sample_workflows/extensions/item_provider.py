"""An item provider: what a ``foreach`` goes over, and which of it has to wait for which.

Prints: base, app, docs
"""

from collections.abc import Sequence

from flow_tui import Engine
from flow_tui.engine.ports import ActionParams, ItemParams
from flow_tui.model.values import FanOutItem

WORKFLOW = (
    "workflow all { foreach package { over = packages ordered = true max_parallel = 1 workflow = build } }"
)
BUILD = "workflow build { call build }"


class Packages:
    """Knows three packages, two of which need the third."""

    async def items(self, params: ItemParams) -> Sequence[FanOutItem]:  # noqa: ARG002 - there is no scope to look at
        """Return all of them; those that were done before a resume are not begun again."""
        return [FanOutItem(id=name, type="package") for name in ("app", "docs", "base")]

    async def dependencies(self, params: ItemParams) -> Sequence[tuple[str, str]]:  # noqa: ARG002 - as above
        """Return pairs: an item, and one that may begin only after it."""
        return [("base", "app"), ("base", "docs")]


built: list[str] = []


def build(params: ActionParams) -> None:
    """Note what is built."""
    built.append(params.inputs["item.id"])


engine = Engine()
engine.provider("packages", Packages)
engine.action("build", build)
engine.workflows({"build": BUILD}.get)
engine.run(WORKFLOW)
print(", ".join(built))
