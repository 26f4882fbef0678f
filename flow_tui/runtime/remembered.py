"""How the dashboard was left in a folder, kept between sessions; whatever is wrong with that is forgotten."""

import json
import os
import zlib
from pathlib import Path
from typing import Any, cast

from flow_tui.dataclass import dataclass
from flow_tui.runtime.settings import make_private

_FOLDER = "screens"
_LONGEST = 500
_FOLDS, _DEEPEST = 200, 80
_NAMES = (
    "view",
    "bare",
    "zoomed",
    "pane",
    "workflow",
    "run",
    "wrap",
    "times",
    "folds_of",
    "folded",
    "unfolded",
)
PANES = ("steps", "detail", "log")
VIEWS = ("tree", "timeline", "graph")


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What the dashboard comes back to."""

    view: str = "tree"
    """How steps are shown."""
    bare: bool = False
    """Whether somebody has put the timeline under the panes away."""
    zoomed: bool = False
    """Whether one pane had all the room."""
    pane: str = "steps"
    """Which one that was."""
    workflow: str = ""
    """Which one was selected."""
    run: str = ""
    """Which run was selected beside it."""
    wrap: bool | None = None
    """Whether long lines of output take several rows, where that is not as it is set."""
    times: bool | None = None
    """Whether it stands before each line when it came, where that is not as it is set."""
    folds_of: str = ""
    """Which run was on screen."""
    folded: tuple[str, ...] = ()
    """Which of its blocks somebody folded."""
    unfolded: tuple[str, ...] = ()
    """Which of its blocks somebody unfolded."""


def read(state: Path | None, place: str) -> Memory:
    """Return how the dashboard was left in the folder ``place``."""
    file = _file(state, place)
    if file is None or not file.is_file():
        return Memory()
    try:
        with file.open("rb") as opened:
            found: Any = json.loads(opened.read(64 * 1024))
        told: dict[str, Any] = {name: found.get(name) for name in _NAMES}
        if found.get("place") != place:
            return Memory()
    except (OSError, ValueError, AttributeError, RecursionError):
        return Memory()
    return Memory(
        view=told["view"] if told["view"] in VIEWS else "tree",
        bare=told["bare"] is True,
        zoomed=told["zoomed"] is True and told["pane"] in PANES,
        pane=told["pane"] if told["pane"] in PANES else "steps",
        workflow=_name(told["workflow"]),
        run=_name(told["run"]),
        wrap=told["wrap"] if isinstance(told["wrap"], bool) else None,
        times=told["times"] if isinstance(told["times"], bool) else None,
        folds_of=_name(told["folds_of"]),
        folded=_paths(told["folded"]),
        unfolded=_paths(told["unfolded"]),
    )


def write(state: Path | None, place: str, memory: Memory) -> None:
    """Keep how the dashboard is left; where that cannot be, nothing is kept."""
    file = _file(state, place)
    if file is None:
        return
    told = {name: getattr(memory, name) for name in _NAMES} | {
        "place": place,
        "workflow": memory.workflow[:_LONGEST],
        "folded": _paths([*memory.folded]),
        "unfolded": _paths([*memory.unfolded]),
    }
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        make_private(file.parent)
        draft.write_text(json.dumps(told), encoding="utf-8")
        draft.replace(file)
    except (OSError, ValueError):
        draft.unlink(missing_ok=True)


def _name(found: object) -> str:
    return found if isinstance(found, str) and len(found) <= _LONGEST else ""


def _paths(found: object) -> tuple[str, ...]:
    """Return what of it can be places of blocks, in a bounded number."""
    every = cast("list[object]", found) if isinstance(found, list) else []
    return tuple(each for each in every[:_FOLDS] if isinstance(each, str) and len(each) <= _DEEPEST)


def _file(state: Path | None, place: str) -> Path | None:
    """Return where it is kept: named by checksums, which are at hand sooner than hashes."""
    raw = place.encode(errors="surrogateescape")
    name = f"{zlib.crc32(raw):08x}{zlib.adler32(raw):08x}"
    return state / _FOLDER / f"{name}.json" if state is not None else None
