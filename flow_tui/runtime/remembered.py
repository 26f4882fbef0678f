"""How the dashboard was left in a folder, kept between sessions; whatever is wrong with that is forgotten."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from flow_tui.dataclass import dataclass
from flow_tui.runtime.settings import make_private

_FOLDER = "screens"
_LONGEST = 500
_NAMES = ("view", "bare", "workflow", "wrap", "times")
VIEWS = ("tree", "timeline", "graph")


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What the dashboard comes back to."""

    view: str = "tree"
    """How steps are shown."""
    bare: bool = False
    """Whether somebody has put the timeline under the panes away."""
    workflow: str = ""
    """Which one was selected."""
    wrap: bool | None = None
    """Whether long lines of output take several rows, where that is not as it is set."""
    times: bool | None = None
    """Whether it stands before each line when it came, where that is not as it is set."""


def read(state: Path | None, place: str) -> Memory:
    """Return how the dashboard was left in the folder ``place``."""
    file = _file(state, place)
    if file is None or not file.is_file():
        return Memory()
    try:
        with file.open("rb") as opened:
            found: Any = json.loads(opened.read(64 * 1024))
        view, bare, workflow, wrap, times = (found.get(name) for name in _NAMES)
    except (OSError, ValueError, AttributeError, RecursionError):
        return Memory()
    return Memory(
        view=view if view in VIEWS else "tree",
        bare=bare is True,
        workflow=workflow if isinstance(workflow, str) and len(workflow) <= _LONGEST else "",
        wrap=wrap if isinstance(wrap, bool) else None,
        times=times if isinstance(times, bool) else None,
    )


def write(state: Path | None, place: str, memory: Memory) -> None:
    """Keep how the dashboard is left; where that cannot be, nothing is kept."""
    file = _file(state, place)
    if file is None:
        return
    told = {name: getattr(memory, name) for name in _NAMES} | {"workflow": memory.workflow[:_LONGEST]}
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        make_private(file.parent)
        draft.write_text(json.dumps(told), encoding="utf-8")
        draft.replace(file)
    except (OSError, ValueError):
        draft.unlink(missing_ok=True)


def _file(state: Path | None, place: str) -> Path | None:
    name = hashlib.sha256(place.encode(errors="surrogateescape")).hexdigest()[:24]
    return state / _FOLDER / f"{name}.json" if state is not None else None
