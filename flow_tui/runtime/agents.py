"""Which program works on the prompts of an agent."""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from flow_tui.dsl.words import listed, meant
from flow_tui.engine.ports import RunFiles
from flow_tui.errors import ActionError, HopelessError, UsageError
from flow_tui.model.values import Worker
from flow_tui.runtime import plugins
from flow_tui.runtime.config import (
    AgentSettings,
    RuntimeSettings,
    UserConfig,
    of_environment,
    read_project,
    read_user,
)
from flow_tui.runtimes import programs
from flow_tui.runtimes.agent import Agents
from flow_tui.runtimes.program import Chosen, Runtime

_PROJECT_FILE = ".flow/config.toml"


def choose(
    name: str, model: str, files: RunFiles, environ: Mapping[str, str], own: Mapping[str, str]
) -> Chosen:
    """Return the runtime of this name, or for none the usual one, and the model for agents without one.

    ``environ`` is that of the agent, in which its project has a say; ``own`` that of the user, which alone
    says where the user's file is. Raises ``HopelessError`` that says what to do when there is none.
    """
    try:
        user = read_user(own)
        project = _of_project(files)
    except UsageError as error:
        raise HopelessError(f"{error}; {error.hint}" if error.hint else str(error)) from None
    said = of_environment(own)
    wanted = name or said.runtime or project.runtime or user.agents.runtime
    runtimes = _all(user)
    runtime = _named(wanted, runtimes) if wanted else _first_there(runtimes, environ)
    return Chosen(runtime=runtime, model=model or said.model or project.model or user.agents.model)


def worker(
    own: Mapping[str, str], environ: Mapping[str, str], agent: str, model: str, files: RunFiles
) -> Worker | str:
    """Return what the agent in a file would be carried out with now, or why that cannot be said.

    ``environ`` is what programs of steps inherit, ``own`` that of the user; ``model`` what the run wants.
    """
    if agent not in files:
        return f"there is no {agent} any more"
    try:
        return Agents(partial(choose, own=own)).worker(agent, model, files, environ)
    except ActionError as error:
        return str(error)


def wrong(name: str, user: UserConfig) -> str:
    """Return why no runtime of this name can be had, whose program may be missing; nothing if one can."""
    try:
        runtimes = _all(user)
        if name:
            _named(name, runtimes)
    except HopelessError as error:
        return str(error)
    return ""


def _of_project(files: RunFiles) -> AgentSettings:
    if _PROJECT_FILE not in files:
        return AgentSettings()
    return read_project(files.read(_PROJECT_FILE), _PROJECT_FILE).agents


def _all(user: UserConfig) -> dict[str, Runtime]:
    """Return every runtime by its name: the user's own first, in their order."""
    known = {runtime.name: runtime for runtime in programs.RUNTIMES}
    own = {name: _changed(name, known.get(name), given) for name, given in user.runtimes.items()}
    return {**own, **{name: runtime for name, runtime in known.items() if name not in own}}


def _changed(name: str, known: Runtime | None, given: RuntimeSettings) -> Runtime:
    command = given.command or (known.command if known is not None else ())
    if not command:
        raise HopelessError(f"runtimes.{name} in the user's config.toml has no command")
    base = known or Runtime(name=name, command=(), prompt="stdin", reader=programs.READERS["text"])
    return replace(
        base,
        command=(*command, *given.arguments),
        prompt=given.prompt or base.prompt,
        reader=programs.READERS[given.output] if given.output is not None else base.reader,
        env={**base.env, **given.env},
        identity=given.identity,
        install=given.install or base.install,
    )


def _named(name: str, runtimes: Mapping[str, Runtime]) -> Runtime:
    if (found := runtimes.get(name)) is not None:
        return found
    missing: dict[str, str] = {}
    brought = plugins.runtimes(missing)
    if (found := brought.get(name)) is not None:
        return found
    if name in missing:
        raise HopelessError(f"the runtime {name!r} cannot be used: {missing[name]}")
    known = (*runtimes, *brought)
    hint = meant(name, known) or f"there are {listed(known)}"
    raise HopelessError(f"there is no runtime {name!r}: {hint}")


def _first_there(runtimes: Mapping[str, Runtime], environ: Mapping[str, str]) -> Runtime:
    """Return the first runtime whose program is on ``PATH``."""
    path = environ.get("PATH", "")
    for runtime in runtimes.values():
        if not runtime.is_experimental and shutil.which(_program(runtime), path=path) is not None:
            return runtime
    looked = listed(tuple(_program(runtime) for runtime in runtimes.values()))
    raise HopelessError(
        f"no program for agents is on PATH: looked for {looked}; install one of them, "
        "or set agents.runtime and its command in the user's config.toml ('flow-tui config' shows where)"
    )


def _program(runtime: Runtime) -> str:
    first = runtime.command[0]
    return first if isinstance(first, str) else first[0]
