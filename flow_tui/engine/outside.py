"""How an engine reaches what it does not know itself, and what it does while the storage is locked."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from flow_tui import limits
from flow_tui.clock import Clock
from flow_tui.dataclass import dataclass
from flow_tui.engine.ports import RunFiles
from flow_tui.errors import StoreBusyError
from flow_tui.model.ids import RunId

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """How an engine reaches what it does not know itself."""

    files: Callable[[str, Mapping[str, str], Mapping[str, bytes]], RunFiles]
    """Root, hashes and the contents at hand, if any, to the files of a run."""
    digest: Callable[[bytes], str]
    new_run_id: Callable[[], RunId]


async def patiently(clock: Clock, ask: Callable[[], Result]) -> Result:
    """Return what ``ask`` returns, asked again for a while when the storage is locked."""
    tries = limits.STORE_PATIENCE // limits.STORE_RETRY
    for _ in range(tries):
        try:
            return ask()
        except StoreBusyError:
            await clock.sleep(limits.STORE_RETRY)
    return ask()
