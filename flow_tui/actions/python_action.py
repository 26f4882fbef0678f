"""Functions of ``.flow/actions.py`` as actions, each run in a process of its own."""

import json
import sys
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path

from flow_tui.actions import runner
from flow_tui.actions.outputs import from_json
from flow_tui.dsl.resources import action_functions
from flow_tui.engine.ports import ActionParams, Found, ProcessCommand, RunFiles
from flow_tui.engine.stop import Stop
from flow_tui.errors import ActionError
from flow_tui.model.values import ActionOutput
from flow_tui.process.program import run_program
from flow_tui.process.workspace import write_private

FILE = "actions.py"
"""In a project's folder; the first one that has the function wins."""

_functions = lru_cache(maxsize=16)(action_functions)


class PythonActions:
    """Finds functions in the project's file of actions, as it was when the run started."""

    def find(self, name: str, files: RunFiles) -> Found | None:
        """Return the function of this name; nothing of the file is executed."""
        for file in files.names():
            if file != FILE and not file.endswith(f"/{FILE}"):
                continue
            source = files.read(file)
            if (function := _functions(source).get(name)) is not None:
                action = _Function(source, Path(files.root) / file, function)
                return Found(action=action, origin=f"{file}: {function}()")
        return None


class _Function:
    def __init__(self, source: bytes, file: Path, function: str) -> None:
        self._source = source
        self._file = file
        self._function = function

    async def execute(self, params: ActionParams) -> ActionOutput:
        folder = params.folder()
        self._write(folder, params)
        params.stop.tell(partial(_say_why, folder / runner.WHY, params.stop))
        command = ProcessCommand(
            # -P: a project's files are not modules of ours; -u: what it prints is shown as it comes
            argv=(sys.executable, "-P", "-u", "-X", "utf8", runner.__file__, str(folder), self._function),
            cwd=params.cwd,
            env=params.env,
            name=f"action {params.name!r}",
        )
        try:
            done = await run_program(
                command,
                launcher=params.launcher,
                spool=params.spool,
                folder=folder,
                on_start=params.on_start,
                on_output=params.on_output,
                beat=params.heartbeat,
                stop=params.stop,
            )
        except ActionError:
            _result(folder)  # raises what the function says of itself, if it came to that
            raise
        output = _result(folder)
        if output is None:
            raise ActionError(
                f"{command.name} ended without a result: its process was left before it returned"
            )
        notes = "; ".join(note for note in (output.note, done.note) if note)
        return replace(output, metrics={**done.metrics, **output.metrics}, note=notes)

    def _write(self, folder: Path, params: ActionParams) -> None:
        call = {
            "file": str(self._file),
            "name": params.name,
            "run_id": params.run_id,
            "path": params.path,
            "attempt": params.attempt,
            "max_attempts": params.max_attempts,
            "retries_remaining": params.retries_remaining,
            "retry_error": params.retry_error,
            "deadline": params.stop.deadline.isoformat() if params.stop.deadline is not None else "",
            "cwd": params.cwd,
            "idempotency_key": params.idempotency_key,
            "dry_run": params.dry_run,
            "gate_feedback": params.gate_feedback,
            "model": params.model,
            "as_identity": params.as_identity,
            "schema": params.schema.name if params.schema is not None else "",
            "snippets": params.snippets,
            "plugin_dirs": params.plugin_dirs,
            "max_turns": params.max_turns,
        }
        for name, content in {runner.SOURCE: self._source, runner.CALL: json.dumps(call).encode()}.items():
            file = folder / name
            file.touch(mode=0o600)
            file.write_bytes(content)


def _say_why(file: Path, stop: Stop) -> None:
    """Leave the reason to end where the function finds it, before it is told to."""
    with suppress(OSError):
        write_private(file, stop.reason)


def _result(folder: Path) -> ActionOutput | None:
    """Return what the function left, if it did; raises ``ActionError`` with what it failed with."""
    file = folder / runner.RESULT
    if not file.is_file():
        return None
    try:
        return from_json(file.read_text(encoding="utf-8"))
    except (ValueError, KeyError, TypeError) as error:
        raise ActionError(f"the action's result cannot be read: {error}") from error
