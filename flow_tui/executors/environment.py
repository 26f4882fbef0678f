"""The environment of a step's program."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from flow_tui import limits
from flow_tui.dsl import ast
from flow_tui.dsl.output_prompt import instructions, json_schema
from flow_tui.dsl.schema import Schema
from flow_tui.engine.attempts import Attempt
from flow_tui.engine.ports import EnvironmentParams
from flow_tui.engine.run import Run, Scope, cookie, idempotency_key
from flow_tui.model.ids import StepPath
from flow_tui.process.identity import COOKIE, cookie_inside
from flow_tui.process.program import HEARTBEAT_FILE, OUTPUT_FILE, PARAMS_FILE
from flow_tui.process.tools import QUIET
from flow_tui.process.workspace import write_private

PROTECTED = frozenset(
    {
        "PATH",
        "LD_PRELOAD",
        "LD_LIBRARY_PATH",
        "DYLD_LIBRARY_PATH",
        "DYLD_INSERT_LIBRARIES",
        "PYTHONPATH",
        "RUBYLIB",
        "NODE_PATH",
        "GH_TOKEN",
    }
)
"""Names that a workflow cannot set for its steps."""

_NAME = re.compile(r"\A[A-Za-z0-9_]+\Z")

_NOTHING: Mapping[str, str] = MappingProxyType({})


async def added(
    run: Run,
    node: ast.Call | ast.ParallelCall | ast.Script | ast.Gate,
    path: StepPath,
    attempt: int,
    scope: Scope,
    identity: str = "",
) -> Mapping[str, str]:
    """Return what is added to the environment of an attempt, as its step's identity or as the one named."""
    if run.around.environment is None:
        return _NOTHING
    params = EnvironmentParams(
        name=node.label if isinstance(node, ast.Call | ast.ParallelCall) else node.name,
        run_id=run.id,
        path=path,
        attempt=attempt,
        as_identity=identity or node.as_identity or run.state.options.as_identity,
        inputs=run.variables(path, scope),
    )
    return await run.around.environment.environment(params)


def around(
    run: Run, name: str, added: Mapping[str, str], given: Mapping[str, str] = _NOTHING
) -> dict[str, str]:
    """Return the environment of whatever a step starts.

    The caller's environment, what keeps programs quiet, the inputs under their prefixes, which step it is.
    """
    env = {**run.around.environ(), **added, **QUIET}
    for input_name, value in {**run.state.inputs, **given}.items():
        if _NAME.match(input_name) and unfit(value) is None:
            for prefix in run.state.options.env_prefixes:
                env[prefix + input_name.upper()] = value
    dry_run = "true" if run.state.options.dry_run else "false"
    return env | {"FLOW_RUN_ID": run.id, "FLOW_STEP": name, "FLOW_DRY_RUN": dry_run}


def environment(
    run: Run,
    path: StepPath,
    attempt: Attempt,
    *,
    name: str,
    variables: Mapping[str, str],
    folder: Path,
    schema: Schema | None = None,
    added: Mapping[str, str] = _NOTHING,
    given: Mapping[str, str] = _NOTHING,
) -> dict[str, str]:
    """Return the whole environment for the program of one attempt, and write its parameter file.

    What is around every step, then what the engine says of this one. Inputs that no environment can hold are
    in the parameter file only.
    """
    env = around(run, name, added, {**given, **_changed(run, path, given)})
    params = f"{folder}/{PARAMS_FILE}"
    env |= {
        COOKIE: cookie_inside(env.get(COOKIE, ""), cookie(run.id, path, attempt.number)),
        "FLOW_ATTEMPT": str(attempt.number),
        "FLOW_IDEMPOTENCY_KEY": idempotency_key(run.id, path),
        "FLOW_OUTPUT_FILE": f"{folder}/{OUTPUT_FILE}",
        "FLOW_HEARTBEAT_FILE": f"{folder}/{HEARTBEAT_FILE}",
        "FLOW_PARAMS_FILE": params,
    }
    data = {
        "variables": dict(variables),
        "attempt": attempt.number,
        "max_attempts": attempt.max_attempts,
        "retry_error": attempt.retry_error,
        "gate_feedback": variables.get("gate_feedback") or None,
        "schema": schema.name if schema is not None else None,
        "json_schema": json_schema(schema) if schema is not None else None,
        "output_instructions": instructions(schema),
        "dry_run": run.state.options.dry_run,
    }
    write_private(params, run.around.secrets.text(json.dumps(data)))
    for file in (OUTPUT_FILE, HEARTBEAT_FILE):  # made here, so that no umask decides who may read them
        write_private(f"{folder}/{file}", "")
    return env


def _changed(run: Run, path: StepPath, given: Mapping[str, str]) -> Mapping[str, str]:
    """Return the inputs that a person changed for one step."""
    step = run.state.steps.get(path)
    if step is None or step.edit is None:
        return _NOTHING
    return {n: v for n, v in step.edit.values.items() if n in run.state.inputs or n in given}


def instead(run: Run, path: StepPath) -> str:
    """Return what a person said instead of what the definition says to run, or nothing."""
    step = run.state.steps.get(path)
    return step.edit.text if step is not None and step.edit is not None else ""


def may_set(name: str) -> bool:
    """Say whether a workflow may set this variable for its scripts."""
    is_name = bool(name) and "=" not in name and "\0" not in name
    return is_name and name not in PROTECTED and not name.startswith("FLOW_")


def unfit(value: str) -> str | None:
    """Return why no program can be given ``value`` in its environment, if none can."""
    if "\0" in value:
        return "holds a NUL character"
    try:
        size = len(os.fsencode(value))
    except UnicodeEncodeError:
        return "holds characters that do not exist"
    if size > limits.SHELL_VALUE_BYTES:
        return f"is longer than {limits.SHELL_VALUE_BYTES // limits.KIB} KiB"
    return None
