"""``script``: a command of the project, run in its folder."""

from collections.abc import Mapping
from functools import partial

from flow_tui import limits
from flow_tui.dsl import ast, shell, templates
from flow_tui.engine.attempts import Attempt, attempts
from flow_tui.engine.ports import ProcessCommand
from flow_tui.engine.run import Run, Scope
from flow_tui.errors import ActionError, TemplateError
from flow_tui.executors import policy
from flow_tui.executors.environment import PROTECTED, environment
from flow_tui.model import events as ev
from flow_tui.model.ids import StepPath
from flow_tui.model.status import StepStatus
from flow_tui.model.values import ActionOutput, ProcessIdentity
from flow_tui.process.program import run_program

DRY_RUN = "not executed: dry run"


async def execute(run: Run, node: ast.Script, path: StepPath, scope: Scope) -> None:
    """Run the command; raises ``EngineError`` when it failed for good."""
    if (known := run.completed(path)) is not None:
        run.remember(path, key=node.name, label=node.name, output=known.output)
        return
    if run.state.options.dry_run and not run.state.options.mock:
        await _only_say_so(run, node, path)
        return
    how = policy.policy(node, kind="script", label=node.name)
    work = partial(_work, run, node, path, scope)
    output = await policy.with_on_fail(run, node, path, scope, partial(attempts, run, path, how, work))
    if output is not None:
        run.remember(path, key=node.name, label=node.name, output=output)


async def _only_say_so(run: Run, node: ast.Script, path: StepPath) -> None:
    output = ActionOutput(result_text=DRY_RUN)
    await run.record(
        ev.StepStarted(path=path, name=node.name, kind="script"),
        ev.StepFinished(path=path, outcome=StepStatus.COMPLETED, output=output),
    )
    run.remember(path, key=node.name, label=node.name, output=output)


async def _work(run: Run, node: ast.Script, path: StepPath, scope: Scope, attempt: Attempt) -> ActionOutput:
    if run.pretend is not None:
        return await run.pretend(run.workflow, node.name, path)
    variables = run.variables(path, scope)
    folder = run.around.workspace.folder(run.id, path, attempt.number)
    env = environment(run, path, attempt, name=node.name, variables=variables, folder=folder)
    argv, values = _command(run, node, variables)
    for name, value in node.env.items():
        if name in PROTECTED or name.startswith("FLOW_"):
            await run.record(ev.StepNoted(path=path, text=f"env {name} cannot be set by a workflow"))
            continue
        env[name] = substitute(value, variables, f"env {name} of script {node.name!r}")
    env |= values
    spool = run.around.workspace.spool(run.id, path, attempt.number)

    async def on_start(identity: ProcessIdentity) -> None:
        await run.record(ev.ProcessStarted(path=path, attempt=attempt.number, identity=identity))

    try:
        return await run_program(
            ProcessCommand(argv=argv, cwd=run.files.root, env=env, name=f"script {node.name!r}"),
            launcher=run.around.launcher,
            spool=spool,
            folder=folder,
            on_start=on_start,
            on_output=attempt.signs.grew,
            beat=attempt.signs.alive,
            stop=attempt.stop,
        )
    finally:
        spool.close()


def _command(
    run: Run, node: ast.Script, variables: Mapping[str, str]
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return what to start, and the values it reads from its environment."""
    place = f"script {node.name!r}"
    expanded = shell.expand(node.run)
    values = {
        shell.variable(number): _value(name, variables, place) for number, name in enumerate(expanded.names)
    }
    word = shell.first_word(node.run)
    if word is not None and (name := run.files.find_script(word)) is not None:
        program = str(run.files.program(name))
        if shell.is_one_word(node.run):
            return (program,), values
        return ("sh", "-c", shell.with_first_word(expanded.text, word, program)), values
    return ("sh", "-c", expanded.text), values


def _value(name: str, variables: Mapping[str, str], place: str) -> str:
    try:
        value = variables[name]
    except KeyError:
        raise TemplateError(name, place) from None
    if len(value.encode(errors="surrogatepass")) > limits.SHELL_VALUE_BYTES:
        size = limits.SHELL_VALUE_BYTES // limits.KIB
        raise ActionError(
            f"{{{{{name}}}}} is longer than {size} KiB, too long for {place}: read it from the file that "
            "FLOW_PARAMS_FILE names"
        )
    if "\0" in value:
        raise ActionError(f"{{{{{name}}}}} holds a NUL character, which no program can be given")
    return value


def substitute(text: str, variables: Mapping[str, str], place: str) -> str:
    """Return ``text`` with every ``{{name}}`` replaced by its value; raises ``TemplateError`` for an unknown one."""
    values = {name: _value(name, variables, place) for name in templates.names(text)}
    return templates.substitute(text, values).text
