"""Starting a program, and saying in people's words why one could not be started."""

import errno
import os
import stat
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from flow_tui.engine.ports import ProcessCommand
from flow_tui.errors import SpawnBusyError, SpawnError

_FIRST_LINE_BYTES = 256
_OUT_OF = {
    errno.EAGAIN: "no further process is allowed at the moment",
    errno.ENOMEM: "there is not enough memory",
    errno.EMFILE: "this program has too many files open",
    errno.ENFILE: "the machine has too many files open",
    errno.ETXTBSY: "somebody is writing it",
}


def spawn(command: ProcessCommand, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own, both outputs piped; its input is a file, or nothing."""
    if not command.argv or not command.argv[0]:
        raise SpawnError(command.name, "the command is empty")
    with _input(command) as stdin:
        try:
            return subprocess.Popen(
                command.argv,
                cwd=command.cwd,
                env=env,
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                close_fds=True,
                start_new_session=True,
            )
        except (OSError, ValueError) as reason:
            raise _explained(command, env, reason) from reason


@contextmanager
def _input(command: ProcessCommand) -> Generator[int]:
    if command.stdin is None:
        yield subprocess.DEVNULL
        return
    try:
        descriptor = os.open(command.stdin, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as reason:
        message = f"its input {str(command.stdin)!r} cannot be read: {reason.strerror}"
        raise SpawnError(command.name, message) from reason
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _explained(command: ProcessCommand, env: Mapping[str, str], reason: OSError | ValueError) -> SpawnError:
    """Return what a person needs to know."""
    if isinstance(reason, ValueError):
        return _unsayable(command, env, reason)
    if problem := _folder_problem(command.cwd):
        return SpawnError(command.name, f"its working folder {command.cwd!r} {problem}")
    if reason.errno == errno.E2BIG:
        return SpawnError(
            command.name,
            "its arguments and environment are too long for the system",
            "hand long texts over in a file: FLOW_PARAMS_FILE holds every value",
        )
    if reason.errno in _OUT_OF:
        return SpawnBusyError(command.name, _OUT_OF[reason.errno], "try again later, or run less at once")
    file = _resolved(command, env)
    if file is None:
        return _not_found(command, env)
    return _unusable(command, file, reason)


def _unsayable(command: ProcessCommand, env: Mapping[str, str], reason: ValueError) -> SpawnError:
    """Explain text that the system cannot take."""
    for place, texts in (
        ("the command", command.argv),
        ("the working folder", (command.cwd,)),
        ("the environment", (*env.keys(), *env.values())),
    ):
        if any("\0" in text for text in texts):
            return SpawnError(command.name, f"{place} contains a NUL character")
    for name in env:
        if not name or "=" in name:
            return SpawnError(command.name, f"{name!r} cannot be the name of an environment variable")
    return SpawnError(command.name, f"the command cannot be passed on: {reason}")


def _folder_problem(folder: str) -> str:
    """Return what is wrong with a working folder, or nothing."""
    try:
        found = os.stat(folder)  # noqa: PTH116 -- Path would take the empty name for the current folder
    except FileNotFoundError:
        return "does not exist"
    except OSError as reason:
        return f"cannot be entered: {reason.strerror}"
    if not stat.S_ISDIR(found.st_mode):
        return "is not a folder"
    return "" if os.access(folder, os.X_OK) else "cannot be entered: Permission denied"


def _resolved(command: ProcessCommand, env: Mapping[str, str]) -> Path | None:
    """Return the file that the command's first word stands for, executable or not."""
    program = command.argv[0]
    places = [""] if "/" in program else os.get_exec_path(env)
    candidates = [Path(command.cwd, place, program) for place in places]
    with suppress(OSError):
        files = [file for file in candidates if file.exists()]
        return next((file for file in files if os.access(file, os.X_OK)), files[0] if files else None)
    return None


def _not_found(command: ProcessCommand, env: Mapping[str, str]) -> SpawnError:
    program = command.argv[0]
    if "/" in program:
        return SpawnError(command.name, f"there is no file {program!r}")
    hint = "install it, or write the path to it" if env.get("PATH") else "the environment has no PATH"
    return SpawnError(command.name, f"there is no command {program!r} on PATH", hint)


def _unusable(command: ProcessCommand, file: Path, reason: OSError) -> SpawnError:
    """Explain a file that is there and cannot be executed."""
    first = b""
    with suppress(OSError), file.open("rb") as source:
        first = source.readline(_FIRST_LINE_BYTES)
    if file.is_dir():
        return SpawnError(command.name, f"{str(file)!r} is a folder")
    if reason.errno == errno.EACCES and not os.access(file, os.X_OK):
        return SpawnError(command.name, f"{str(file)!r} is not executable", f"chmod +x {file}")
    if first.startswith(b"#!") and first.endswith(b"\r\n"):
        return SpawnError(
            command.name,
            f"the '#!' line of {str(file)!r} ends with a carriage return",
            "save the file with Unix line ends",
        )
    if first.startswith(b"#!") and reason.errno in {errno.ENOENT, errno.EACCES, errno.ENOTDIR, errno.ENOEXEC}:
        interpreter = first[2:].decode(errors="replace").split()
        named = repr(interpreter[0]) if interpreter else "nothing"
        return SpawnError(
            command.name, f"{str(file)!r} names {named} as its interpreter, which cannot be used"
        )
    if reason.errno == errno.ENOEXEC:
        return SpawnError(
            command.name,
            f"{str(file)!r} is no program of this machine and has no '#!' line",
            "begin a script with '#!/bin/sh' or the like",
        )
    return SpawnError(command.name, f"{str(file)!r}: {reason.strerror}")
