"""Running a program as the work of an attempt, and reading what it says about itself."""

import asyncio
import errno
import os
import signal
import stat
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

from flow_tui import limits
from flow_tui.engine import flow_output, intake
from flow_tui.engine.flow_output import FlowOutput
from flow_tui.engine.ports import Exit, Launcher, OutputReader, ProcessCommand, Spool
from flow_tui.engine.stop import Stop
from flow_tui.errors import ActionError
from flow_tui.model.values import ActionOutput, ProcessIdentity

OUTPUT_FILE = "output"
HEARTBEAT_FILE = "heartbeat"
PARAMS_FILE = "params.json"
"""Names of the files that a program exchanges with us, in the folder of its attempt."""
Parse: TypeAlias = Callable[[str], FlowOutput]
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_ODD = {errno.ELOOP, errno.ENXIO}
_NOT_REGULAR = "the output file is not a regular file"


async def run_program(
    command: ProcessCommand,
    *,
    launcher: Launcher,
    spool: Spool,
    folder: Path,
    on_start: Callable[[ProcessIdentity], Awaitable[None]],
    on_output: Callable[[int], None],
    beat: Callable[[], None],
    stop: Stop,
    parse: Parse = flow_output.parse,
    reader: OutputReader | None = None,
) -> ActionOutput:
    """Return what a program hands back; ``folder`` holds the files it exchanges with us.

    ``parse`` reads its output block; what ``reader`` makes of its stdout takes the place of that.

    Raises ``ActionError`` when it fails, ``SpawnError`` when it cannot start.
    """
    loop = asyncio.get_running_loop()
    begun = loop.time()
    every = looking_every(stop.silence).total_seconds()
    beats = asyncio.ensure_future(_watch_heartbeat(folder / HEARTBEAT_FILE, beat, every))
    try:
        done = await launcher.run(
            command, spool=spool, on_start=on_start, on_output=on_output, stop=stop, reader=reader
        )
    finally:
        beats.cancel()
    if done.code != 0:
        raise ActionError(failure(done, command.name))
    return read(done, folder, {"duration_ms": float(round((loop.time() - begun) * 1000))}, parse)


def failure(done: Exit, name: str) -> str:
    """Return why a program counts as failed: its exit code or signal, and the end of its stderr."""
    if done.signal is not None:
        try:
            how = f"was ended by {signal.Signals(done.signal).name}"
        except ValueError:
            how = f"was ended by signal {done.signal}"
    else:
        how = f"exited with code {done.code}"
    tail = done.stderr_tail.strip()
    return f"{name} {how}" + (f"\n{tail}" if tail else "")


def read(
    done: Exit, folder: Path, metrics: Mapping[str, float], parse: Parse = flow_output.parse
) -> ActionOutput:
    """Return what a program that succeeded hands back: from its output file, its last block, or its text."""
    written, refused = read_output_file(folder, limits.FLOW_OUTPUT_BYTES)
    block = (flow_output.find_block(written) or written) if written else done.flow_output
    notes = [note for note in (done.note, refused) if note]
    if block is not None:
        parsed = parse(block)
        if not parsed.problem:
            return ActionOutput(
                markers=parsed.markers,
                context=parsed.context,
                structured=parsed.structured,
                result_text=intake.first_line(parsed.context),
                metrics=metrics,
                note="; ".join(notes),
            )
        notes.append(parsed.problem)
    context = done.stdout_head[: limits.SCRIPT_CONTEXT_CHARACTERS]
    return ActionOutput(
        context=context,
        result_text=intake.first_line(done.first_line or context),
        metrics=metrics,
        note="; ".join(notes),
    )


def looking_every(silence: timedelta | None) -> timedelta:
    """Return how often to look for touches, so that none is seen too late for an attempt this silent."""
    usual = limits.SIGN_OF_LIFE_EVERY
    return usual if silence is None else max(limits.SIGN_OF_LIFE_LEAST, min(usual, silence / 4))


async def _watch_heartbeat(file: Path, beat: Callable[[], None], every: float) -> None:
    """Take a touch of the heartbeat file for a sign of life."""
    seen = _touched(file)
    while True:
        await asyncio.sleep(every)
        if (touched := _touched(file)) != seen:
            seen = touched
            beat()


def _touched(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


def read_output_file(folder: Path, most: int) -> tuple[str, str]:
    """Return what a program wrote to ``FLOW_OUTPUT_FILE``, at most ``most`` bytes, or why it is not read."""
    try:
        descriptor = os.open(folder / OUTPUT_FILE, _FLAGS)
    except FileNotFoundError:
        return "", ""
    except OSError as error:
        return "", (
            _NOT_REGULAR if error.errno in _ODD else f"the output file cannot be read: {error.strerror}"
        )
    # A program may put anything in its place, such as a pipe that never ends.
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return "", _NOT_REGULAR
    with os.fdopen(descriptor, "rb") as file:
        try:
            return file.read(most).decode(errors="replace").strip(), ""
        except OSError as error:
            return "", f"the output file cannot be read: {error.strerror}"
