"""A program of somebody's own that has the terminal until it ends, such as a pager or an editor."""

import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

_WITH_COLON = frozenset({"hx", "helix", "zed", "subl", "sublime_text"})
_WITH_OPTION = frozenset({"code", "code-insiders", "codium", "cursor"})


def chosen(environ: Mapping[str, str], names: Sequence[str], otherwise: str) -> tuple[str, ...]:
    """Return the program that the first of these variables names, with its options; no shell reads it.

    Raises ``ValueError``, fit for people, where quotes do not match or there is no such program.
    """
    name = next((each for each in names if environ.get(each, "").strip()), "")
    told = environ[name] if name else otherwise
    place = f"${name}" if name else "nothing is set, and the usual program"
    try:
        command = shlex.split(told)
    except ValueError as reason:
        message = f"{place} cannot be understood: {told}: {reason}"
        raise ValueError(message) from reason
    found = shutil.which(command[0], path=environ.get("PATH")) if command else None
    if found is None:
        message = f"{place} is {told!r}, which is not installed; set ${names[0]}"
        raise ValueError(message)
    return (found, *command[1:])


def at_line(command: Sequence[str], file: Path, line: int) -> tuple[tuple[str, ...], Path]:
    """Return ``command`` and what to give it, so that it begins at a line, in the way it wants to be told."""
    name, place = Path(command[0]).name, Path(f"{file}:{line}")
    if name in _WITH_COLON:
        return tuple(command), place
    if name in _WITH_OPTION:
        return (*command, "--goto"), place
    return (*command, f"+{line}"), file


def run(command: Sequence[str], file: Path) -> int:
    """Let ``command`` show ``file`` on the terminal, wait until it ends, and return how it ended.

    Raises ``OSError`` if it cannot be started.
    """
    return subprocess.run([*command, str(file)], check=False).returncode
