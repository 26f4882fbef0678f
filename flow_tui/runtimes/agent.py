"""Agent files as actions: a prompt, worked on by the program of a runtime."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from flow_tui import limits
from flow_tui.diagnostics import errors
from flow_tui.dsl.agents import AgentFile, load_agent
from flow_tui.engine import flow_output, intake, recorded
from flow_tui.engine.ports import ActionParams, Found, ProcessCommand, RunFiles
from flow_tui.engine.telling import Told
from flow_tui.errors import ActionError, HopelessError
from flow_tui.model.values import ActionOutput, Worker
from flow_tui.process.program import run_program
from flow_tui.process.workspace import PROMPT_FILE, write_private
from flow_tui.runtimes.program import Answer, Chosen, Runtime, Slots
from flow_tui.runtimes.prompt import Prompt, Task, compose

Choose: TypeAlias = Callable[[str, str, RunFiles, Mapping[str, str]], Chosen]
"""Returns who works for the names of a runtime and a model, usual ones if empty; raises ``ActionError``."""


class Agents:
    """Finds agent files, as they were when the run started."""

    def __init__(self, choose: Choose) -> None:
        self._choose = choose

    def find(self, name: str, files: RunFiles) -> Found | None:
        """Return who has agents of this name worked; which file it is depends on the workflow."""
        file = f"agents/{name}.md"
        for known in files.names():
            if known == name or ("/" not in name and f"/{known}".endswith(f"/{file}")):
                return Found(action=_Agent(self._choose), origin=known)
        return None

    def worker(self, file: str, model: str, files: RunFiles, environ: Mapping[str, str]) -> Worker:
        """Return what the agent in a file would be carried out with; raises ``ActionError`` for nobody.

        ``model`` is what the run wants of agents that name none.
        """
        agent = load_agent(files.read(file).decode("utf-8", "replace"), file).agent or AgentFile(prompt="")
        return _worker(file, self._choose(agent.runtime, agent.model or model, files, environ))


class _Agent:
    def __init__(self, choose: Choose) -> None:
        self._choose = choose

    def told(self, params: ActionParams) -> Told:
        """Return what the agent would be told; raises ``ActionError`` when that cannot be said."""
        agent = _agent(params, _file(params))
        return Told(text=agent.prompt, whole=compose(agent, _task(params)).text)

    async def execute(self, params: ActionParams) -> ActionOutput:
        file_of_agent = _file(params)
        agent = _agent(params, file_of_agent)
        chosen = self._choose(agent.runtime, agent.model or params.model, params.files, params.env)
        runtime = chosen.runtime
        prompt = compose(agent, _task(params))
        folder = params.folder()
        file = folder / PROMPT_FILE
        told = params.hide(prompt.text)
        write_private(file, told)
        argv = _arguments(runtime, _slots(agent, chosen, params, told, file), params)
        more: Mapping[str, str] = {}
        if runtime.identity:
            more = await params.variables_of(runtime.identity)
        reader = runtime.reader()

        def heard(size: int) -> None:
            params.on_output(size)
            params.on_metrics(reader.metrics)

        try:
            output = await run_program(
                ProcessCommand(
                    argv=argv,
                    cwd=params.cwd,
                    env={**params.env, **runtime.env, **more},
                    name=f"agent {params.name!r} ({runtime.name})",
                    stdin=file if runtime.prompt == "stdin" else None,
                ),
                launcher=params.launcher,
                spool=params.spool,
                folder=folder,
                on_start=params.on_start,
                on_output=heard,
                beat=params.heartbeat,
                stop=params.stop,
                parse=flow_output.parse_structured if params.schema is not None else flow_output.parse,
                reader=reader,
            )
        except ActionError as error:
            said = _asked(reader.answer, chosen)
            raise _failed(said, _reason(error, said, runtime)) from None
        done = _output(output, _asked(reader.answer, chosen), prompt, params)
        return replace(done, workers=(_worker(file_of_agent, chosen),))


def _worker(file: str, chosen: Chosen) -> Worker:
    runtime = chosen.runtime
    return Worker(agent=file, runtime=runtime.name, model=chosen.model, settings=runtime.fingerprint)


def _asked(answer: Answer, chosen: Chosen) -> Answer:
    """Return the answer with the model that was chosen, if one was."""
    return replace(answer, model=chosen.model or answer.model)


def _file(params: ActionParams) -> str:
    """Return the name of the file of the agent that the step means; raises ``ActionError`` for none."""
    name = recorded.find(params.files, params.workflow, params.name, kind="agents", suffix=".md")
    if name is None:
        raise HopelessError(f"the run has no agent file {params.name!r} for workflow {params.workflow!r}")
    return name


def _agent(params: ActionParams, name: str) -> AgentFile:
    """Return the agent in a file; raises ``ActionError`` when it is broken."""
    parsed = load_agent(params.files.read(name).decode("utf-8", "replace"), name)
    if parsed.agent is None:
        raise HopelessError(errors(parsed.diagnostics)[0].headline())
    return replace(parsed.agent, prompt=params.instead) if params.instead else parsed.agent


def _task(params: ActionParams) -> Task:
    return Task(
        step=params.name,
        workflow=params.workflow,
        attempt=params.attempt,
        max_attempts=params.max_attempts,
        retry_error=params.retry_error,
        dry_run=params.dry_run,
        values=params.inputs,
        snippets=[_snippet(params, reference) for reference in params.snippets],
        schema=params.schema,
    )


def _snippet(params: ActionParams, reference: str) -> str:
    name = recorded.find(params.files, params.workflow, reference, kind="prompts", suffix=".md")
    if name is None:
        raise HopelessError(f"the run has no snippet {reference!r} for workflow {params.workflow!r}")
    return params.files.read(name).decode("utf-8", "replace").removeprefix("\ufeff")


def _slots(agent: AgentFile, chosen: Chosen, params: ActionParams, prompt: str, file: Path) -> Slots:
    return Slots(
        model=chosen.model,
        max_turns=str(params.max_turns or ""),
        plugin_dirs=params.plugin_dirs,
        prompt=prompt,
        prompt_file=str(file),
        cwd=params.cwd,
        tools=",".join(agent.tools),
    )


def _arguments(runtime: Runtime, slots: Slots, params: ActionParams) -> tuple[str, ...]:
    """Return what to start; raises ``ActionError`` where that cannot be, or must not."""
    argv = runtime.argv(slots)
    if any(params.hide(argument) != argument for argument in argv):
        raise HopelessError(
            f"an argument of runtime {runtime.name!r} holds a secret, and others can see arguments: "
            "hand it over as a variable, by an identity"
        )
    _require(argv[0], runtime, params)
    return argv


def _require(program: str, runtime: Runtime, params: ActionParams) -> None:
    """Raise ``ActionError`` that says how to get the program when it is not there."""
    if "/" in program or shutil.which(program, path=params.env.get("PATH", "")) is not None:
        return
    how = runtime.install or f"install it, or set runtimes.{runtime.name}.command in the user's config.toml"
    raise HopelessError(f"agent {params.name!r} needs {program!r}, which is not on PATH: {how}")


def _reason(error: ActionError, answer: Answer, runtime: Runtime) -> str:
    """Return why a program failed; what it said on stderr only, with what to do about it."""
    ended, _, stderr = str(error).partition("\n")
    advice = runtime.advice(stderr) if stderr and not answer.error else ""
    return f"{ended}: {advice}\n{stderr}" if advice else str(error)


def _failed(answer: Answer, reason: str) -> ActionError:
    """Return the failure of an attempt, in the words of the program if it has said anything."""
    said = f"{answer.error}\n{reason}" if answer.error else reason
    return ActionError(said, ActionOutput(metrics=answer.metrics, model=answer.model))


def _output(output: ActionOutput, answer: Answer, prompt: Prompt, params: ActionParams) -> ActionOutput:
    """Return what the agent hands back: its output block, or else its last words."""
    if answer.error:
        raise _failed(answer, "")
    metrics = {**answer.metrics, **output.metrics}
    notes = [output.note] if output.note else []
    if prompt.unknown:
        notes.append(f"without a value in the prompt: {', '.join(prompt.unknown)}")
    known = replace(output, metrics=metrics, note="; ".join(notes), model=answer.model)
    if output.structured:
        return known
    block = flow_output.find_block(answer.text)
    if params.schema is not None and block is None:
        known = replace(known, note="; ".join(("there is no output block in the agent's answer", *notes)))
    if block is not None:
        parse = flow_output.parse_structured if params.schema is not None else flow_output.parse
        parsed = parse(block)
        if not parsed.problem:
            return replace(
                known,
                markers=parsed.markers,
                context=parsed.context,
                structured=parsed.structured,
                result_text=intake.first_line(parsed.context),
            )
    said = answer.text.strip() or output.context.strip()
    if not said:
        raise ActionError(
            "the agent ended without an answer", ActionOutput(metrics=metrics, model=answer.model)
        )
    return replace(
        known, context=said[: limits.SCRIPT_CONTEXT_CHARACTERS], result_text=intake.first_line(said)
    )
