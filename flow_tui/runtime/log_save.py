"""Lines of a recorded output as a text file of somebody's own."""

import os
from collections.abc import Callable, Iterator
from itertools import repeat
from pathlib import Path

from flow_tui.runtime import log_rows
from flow_tui.runtime.log_rows import Paged, Rows
from flow_tui.sanitize import plain_log_line

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_LINES = 500
"""How many are written at a time; in between, others get their turn."""


def _nothing(numbers: tuple[int, ...]) -> Iterator[str]:
    return repeat("", len(numbers))


def saved(
    log: Paged, rows: Rows, file: Path, before: Callable[[tuple[int, ...]], Iterator[str]] = _nothing
) -> Iterator[int]:
    """Write the lines in sight, as they are read on the screen, and yield how many there are so far.

    The file is for nobody else, and must not be there yet: else ``FileExistsError`` is raised. What cannot be
    finished is removed.
    """
    descriptor = os.open(file, _NEW, 0o600)
    is_whole = False
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as out:
            count = 0
            while count < rows.total:
                numbers, lines = log_rows.read(log, rows, count, _LINES)
                if not lines:
                    break
                heads = before(numbers)
                out.writelines(f"{next(heads)}{plain_log_line(line)}\n" for line in lines)
                count += len(lines)
                yield count
        is_whole = True
    finally:
        if not is_whole:
            file.unlink(missing_ok=True)


def written(file: Path, text: str) -> str:
    """Write a text to a new file, for nobody else; return why that could not be, or nothing."""
    try:
        descriptor = os.open(file, _NEW, 0o600)
    except FileExistsError:
        return "there is something of that name already; nothing was written"
    except OSError as error:
        return error.strerror or str(error)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as out:
            out.write(text)
    except OSError as error:
        file.unlink(missing_ok=True)
        return error.strerror or str(error)
    return ""
