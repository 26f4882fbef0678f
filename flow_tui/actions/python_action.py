"""Functions of ``.flow/actions.py`` as actions."""

import asyncio
import builtins
import contextvars
import hashlib
import inspect
import io
import json
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from flow_tui.dsl.resources import action_functions
from flow_tui.engine.blocking import in_thread
from flow_tui.engine.ports import ActionParams, Found, RunFiles
from flow_tui.errors import ActionError
from flow_tui.model.values import ActionOutput
from flow_tui.sanitize import LINE_CHARACTERS

FILE = "actions.py"
"""In a project's folder; the first one that has the function wins."""

_log: contextvars.ContextVar[Callable[[str], None] | None] = contextvars.ContextVar("log", default=None)

_functions = lru_cache(maxsize=16)(action_functions)


class PythonActions:
    """Finds functions in the project's file of actions, as it was when the run started."""

    def __init__(self) -> None:
        self._loaded: dict[str, Mapping[str, Any]] = {}
        self._lock = threading.Lock()

    def find(self, name: str, files: RunFiles) -> Found | None:
        """Return the function of this name, not yet loaded."""
        for file in files.names():
            if file != FILE and not file.endswith(f"/{FILE}"):
                continue
            source = files.read(file)
            if (function := _functions(source).get(name)) is not None:
                load = partial(self._load, source, Path(files.root) / file)
                return Found(action=_Function(load, function), origin=f"{file}: {function}()")
        return None

    def _load(self, source: bytes, file: Path) -> Mapping[str, Any]:
        """Return what the file defines; it is executed once, by whichever thread comes first."""
        key = hashlib.sha256(bytes(file) + b"\0" + source).hexdigest()
        with self._lock:
            if key not in self._loaded:
                module = ModuleType(f"flow_actions_{key[:16]}")
                module.__file__ = str(file)
                module.__dict__["print"] = _print
                sys.modules[module.__name__] = module  # where dataclasses and the like look for it
                code = compile(source, str(file), "exec")
                exec(code, module.__dict__)  # noqa: S102 - running the project's actions is the purpose
                self._loaded[key] = module.__dict__
            return self._loaded[key]


def _print(
    *values: object, sep: str | None = " ", end: str | None = "\n", file: Any = None, flush: bool = False
) -> None:
    """Write to the log of the step, as ``print`` does to the screen, which is not the action's to use."""
    log = _log.get()
    if log is None or file is not None:
        builtins.print(*values, sep=sep, end=end, file=file, flush=flush)
        return
    text = io.StringIO()
    builtins.print(*values, sep=sep, end=end, file=text)
    log(text.getvalue())


class _Function:
    def __init__(self, load: Callable[[], Mapping[str, Any]], function: str) -> None:
        self._load = load
        self._function = function

    async def execute(self, params: ActionParams) -> ActionOutput:
        _log.set(params.log)
        begun = asyncio.get_running_loop().time()
        result = await in_thread(partial(self._call, params), stop=params.stop, name=params.name)
        if inspect.isawaitable(result):
            result = await result
        output = as_output(result, params.name)
        milliseconds = round((asyncio.get_running_loop().time() - begun) * 1000)
        return _with_duration(output, milliseconds)

    def _call(self, params: ActionParams) -> object:
        return self._load()[self._function](params)


def _with_duration(output: ActionOutput, milliseconds: int) -> ActionOutput:
    return replace(output, metrics={"duration_ms": float(milliseconds), **output.metrics})


def as_output(result: object, name: str) -> ActionOutput:
    """Return what a function handed back as an output; raises ``ActionError`` for what is none."""
    match result:
        case None:
            return ActionOutput()
        case ActionOutput():
            return result
        case str():
            return ActionOutput(context=result, result_text=_first_line(result))
        case dict():
            return _from_dict(cast("dict[str, Any]", result), name)
        case _:
            message = (
                f"action {name!r} returned {type(result).__name__}, not an ActionOutput, dict, str or None"
            )
            raise ActionError(message)


def _from_dict(result: dict[str, Any], name: str) -> ActionOutput:
    markers, context = result.get("markers", ()), result.get("context", "")
    if not isinstance(markers, list | tuple) or not all(
        isinstance(marker, str) for marker in cast("list[object]", markers)
    ):
        raise ActionError(f"action {name!r} returned 'markers' that are not a list of strings")
    if not isinstance(context, str):
        raise ActionError(f"action {name!r} returned a 'context' that is not a string")
    try:
        structured = json.dumps(result, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ActionError(f"action {name!r} returned something that is not JSON: {error}") from error
    return ActionOutput(
        markers=tuple(cast("list[str]", markers)),
        context=context,
        structured=structured,
        result_text=_first_line(context),
    )


def _first_line(text: str) -> str:
    return text.strip().split("\n", 1)[0][:LINE_CHARACTERS]
