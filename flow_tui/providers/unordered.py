"""What providers share whose items do not depend on each other."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from flow_tui.dsl.files import UnreadableError, read
from flow_tui.engine.ports import ItemParams
from flow_tui.errors import ActionError
from flow_tui.process.tools import Tools


class Unordered:
    """A provider none of whose items depends on another one."""

    async def dependencies(self, params: ItemParams) -> Sequence[tuple[str, str]]:  # noqa: ARG002 - there are none
        """Return nothing."""
        return ()


def scope_of(params: ItemParams) -> Mapping[str, str]:
    """Return where to look; without a scope, nothing is said about that."""
    return params.scope or {}


def tools(params: ItemParams) -> Tools:
    """Return how a provider asks programs."""
    return Tools(
        asker=params.name,
        launcher=params.launcher,
        cwd=params.cwd,
        environ=params.environ,
        stop=params.stop,
    )


def text_of(params: ItemParams, name: str) -> str:
    """Return what a file of the project holds; raises ``ActionError`` when it cannot be read."""
    try:
        data = read(Path(params.cwd, name), (Path(params.cwd), Path(params.files.root)))
        return data.decode("utf-8-sig")
    except (UnreadableError, ValueError) as error:
        reason = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else error
        raise ActionError(f"{params.name}: {name} cannot be read: {reason}") from None
