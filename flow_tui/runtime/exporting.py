"""One run as a JSON value: everything that is known of it, readable without the program that recorded it."""

import base64
import json
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from flow_tui import __version__
from flow_tui.clock import instant_text
from flow_tui.dataclass import dataclass
from flow_tui.engine.keeping import Histories
from flow_tui.model.codec import recorded_json
from flow_tui.model.ids import RunId
from flow_tui.model.state import RunState
from flow_tui.process.workspace import FolderWorkspace
from flow_tui.runtime.history import state_of
from flow_tui.runtime.log_times import LogTimes
from flow_tui.sanitize import plain_log_line

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How much of a run is wanted."""

    shown: Callable[[RunState], dict[str, Json]]
    """Returns what is said of a run and its steps."""
    limit: int
    """Bytes of the output of each attempt; of what is longer, the end."""
    is_raw: bool = False
    """Output as it was written, colours and all."""


def exported(kept: Histories, folder: Path | None, run_id: RunId, wanted: Wanted) -> dict[str, Json]:
    """Return a run with all its parts; raises ``RunNotFoundError``.

    What the parts have in common, the files, is there once.
    """
    state = state_of(kept, run_id)
    return {
        "flow_tui": __version__,
        "format": FORMAT,
        **_whole(kept, folder, state, wanted),
        "files": {name: _content(kept, digest) for name, digest in sorted(state.files.items())},
    }


def _whole(kept: Histories, folder: Path | None, state: RunState, wanted: Wanted) -> dict[str, Json]:
    parts = [
        state_of(kept, part) for part in _parts(state) if next(iter(kept.history(part)), None) is not None
    ]
    return {
        "run": wanted.shown(state),
        "source": state.source,
        "events": [json.loads(recorded_json(recorded)) for recorded in kept.history(state.run_id)],
        "output": list(_outputs(folder, state, wanted)) if folder is not None else [],
        "parts": [_whole(kept, folder, part, wanted) for part in parts],
    }


def _parts(state: RunState) -> list[RunId]:
    """Return the runs that attempts of this one have begun, each once."""
    attempts = (attempt for step in state.steps.values() for attempt in step.attempts)
    return list(dict.fromkeys(each.child_run for each in attempts if each.child_run is not None))


def _content(kept: Histories, digest: str) -> dict[str, Json]:
    try:
        return {"sha256": digest, **_text_or_bytes(kept.blob(digest))}
    except KeyError:
        return {"sha256": digest, "missing": True}


def _outputs(folder: Path, state: RunState, wanted: Wanted) -> Iterator[Json]:
    workspace = FolderWorkspace(folder)
    for step in state.steps.values():
        for number in dict.fromkeys(attempt.attempt for attempt in step.attempts):
            try:
                file = workspace.log_file(state.run_id, step.path, number)
                size, data = _end(file, wanted.limit)
            except OSError:
                continue
            yield {
                "path": step.path,
                "name": step.name,
                "attempt": number,
                "size": size,
                "left_out": size - len(data),
                "times": list(_times(file, size - len(data), data)),
                **(_text_or_bytes(data) if wanted.is_raw else {"text": _plain(data)}),
            }


def _end(file: Path, limit: int) -> tuple[int, bytes]:
    """Return how long a file is, and its last bytes."""
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as opened:
        size = os.fstat(descriptor).st_size
        opened.seek(max(0, size - limit))
        return size, opened.read(limit)


def _times(file: Path, begin: int, data: bytes) -> Iterator[Json]:
    """Yield when lines of ``data`` came, which is what ``file`` has from ``begin`` on.

    Each is the number of a line, from 0, and the instant at which it and those after it began; none, where
    that is not known.
    """
    times = LogTimes(file)
    times.look()
    if not times:
        return
    found, ended, at = {0: times.at(begin)}, 0, 0
    for place, instant in zip(times.places, times.instants, strict=True):
        before = place - begin - 1
        if 0 <= before < len(data) - 1:
            ended += data.count(b"\n", at, before + 1)
            at = before + 1
            found[ended if data[before : before + 1] == b"\n" else ended + 1] = instant
    for line, instant in found.items():
        yield [line, instant_text(datetime.fromtimestamp(instant / 1000, UTC)) if instant else None]


def _plain(data: bytes) -> str:
    return "\n".join(map(plain_log_line, data.split(b"\n")))


def _text_or_bytes(data: bytes) -> dict[str, Json]:
    """Return content as text if it is text, else in base64."""
    try:
        return {"text": data.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode("ascii")}


def left_out(found: Mapping[str, Json]) -> int:
    """Return how many bytes of output an export leaves out, those of its parts included."""
    own = sum(_number(each, "left_out") for each in _objects(found, "output"))
    return own + sum(map(left_out, _objects(found, "parts")))


def _objects(found: Mapping[str, Json], name: str) -> list[dict[str, Json]]:
    listed = found.get(name)
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _number(found: Mapping[str, Json], name: str) -> int:
    value = found.get(name)
    return value if isinstance(value, int) else 0
