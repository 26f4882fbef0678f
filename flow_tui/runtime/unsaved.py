"""Text that somebody has typed and not saved, kept so that nothing that ends the program loses it.

Each program keeps its own, so that two that write the same file never take anything from each other; what
a program has left behind is for whoever opens the file next.
"""

import json
import os
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from flow_tui import limits
from flow_tui.clock import SystemClock, instant_text
from flow_tui.dataclass import dataclass
from flow_tui.dsl.files import UnreadableError
from flow_tui.errors import FlowError
from flow_tui.model.values import ProcessIdentity
from flow_tui.process.identity import is_alive, own_identity
from flow_tui.runtime.drafts import Keep, Kept, Recall, Recalled
from flow_tui.runtime.rewrite import create, rewrite
from flow_tui.runtime.settings import make_private

FOLDER = "unsaved"
_HEAD_BYTES = 16 * limits.KIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What somebody has typed into a file and not saved."""

    name: str
    """Of the file that it is kept in."""
    place: str
    """Which file it was typed into."""
    text: str
    at: datetime
    by: ProcessIdentity


def keep(state: Path | None, question: Keep) -> Kept:
    """Keep the text, or keep it no longer; what it stands for is forgotten once it is kept."""
    told = Kept(token=question.token, file=question.file)
    if state is None:
        return told
    folder, place = state / FOLDER, os.path.realpath(question.file)
    target = folder / _name(place, _me())
    if question.text is None:
        _remove(target)
        return told
    try:
        data = _written(place, question.text)
        if len(data) > limits.FILE_BYTES:
            return Kept(token=question.token, file=question.file, why="it is too long")
        make_private(folder)
        if target.exists():
            rewrite(target, data)
        else:
            _tidy(folder)
            create(target, data)
    except (FlowError, OSError, UnreadableError) as reason:
        return Kept(token=question.token, file=question.file, why=str(reason))
    if question.instead_of and question.instead_of != target.name:
        forget(state, question.file, question.instead_of)
    return told


def recall(state: Path | None, question: Recall, now: str) -> Recalled:
    """Return the newest text that was left behind for a file; what the file holds ``now`` is none."""
    place = os.path.realpath(question.file)
    for left in sorted(_left(state, place), key=lambda each: each.at, reverse=True):
        if left.text != now:
            return Recalled(
                token=question.token, file=question.file, name=left.name, text=left.text, at=left.at
            )
        forget(state, question.file, left.name)
    return Recalled(token=question.token, file=question.file)


def forget(state: Path | None, file: Path, name: str) -> None:
    """Keep a text that was left behind for a file no longer."""
    if state is not None and name.startswith(_sum(os.path.realpath(file))) and os.sep not in name:
        _remove(state / FOLDER / name)


def _left(state: Path | None, place: str) -> Iterator[Left]:
    """Yield what was left behind for a file by programs that live no more."""
    if state is None:
        return
    with suppress(OSError):
        for file in (state / FOLDER).glob(f"{_sum(place)}-*"):
            found = _read(file)
            if found is not None and found.place == place and not is_alive(found.by):
                yield found


def _read(file: Path) -> Left | None:
    """Return what was kept; nothing if it is not as it was written."""
    try:
        with file.open("rb") as opened:
            head: Any = json.loads(opened.readline(_HEAD_BYTES))
            text = opened.read(limits.FILE_BYTES + 1).decode("utf-8", "surrogatepass")
        by = ProcessIdentity(**{name: head["by"][name] for name in ProcessIdentity.__slots__})
        at = datetime.fromisoformat(head["at"])
        return Left(name=file.name, place=head["file"], text=text, at=at, by=by)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _written(place: str, text: str) -> bytes:
    """Return what is kept: a line about it, and then the text as it is."""
    at = instant_text(SystemClock().now())
    head = json.dumps({"file": place, "at": at, "by": asdict(_me())})
    return f"{head}\n{text}".encode("utf-8", "surrogatepass")


def _tidy(folder: Path) -> None:
    """Make room for one more: the oldest go first, but never that of a program that lives."""
    kept = sorted(folder.iterdir(), key=lambda each: each.stat().st_mtime_ns)
    for file in kept[: max(0, len(kept) + 1 - limits.UNSAVED_TEXTS)]:
        found = _read(file)
        if found is None or not is_alive(found.by):
            _remove(file)


def _remove(file: Path) -> None:
    with suppress(OSError):
        file.unlink()


@cache
def _me() -> ProcessIdentity:
    return own_identity()


def _name(place: str, by: ProcessIdentity) -> str:
    return f"{_sum(place)}-{_sum(f'{by.host} {by.boot_id} {by.pid} {by.start_time}')}.wf"


def _sum(text: str) -> str:
    raw = text.encode(errors="surrogateescape")
    return f"{zlib.crc32(raw):08x}{zlib.adler32(raw):08x}"
