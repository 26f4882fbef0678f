"""``script``: a command of the project, run in its folder."""

from collections.abc import Mapping
from functools import partial

from flow_tui.dsl import ast, commands, shell
from flow_tui.engine.attempts import Attempt, Work, attempts
from flow_tui.engine.policy import Policy
from flow_tui.engine.ports import ProcessCommand
from flow_tui.engine.run import Run, Scope
from flow_tui.errors import HopelessError
from flow_tui.executors import policy
from flow_tui.executors.call import LazySpool, note_process, tidy
from flow_tui.executors.environment import added, environment, instead, may_set
from flow_tui.executors.values import substitute, value
from flow_tui.model import events as ev
from flow_tui.model.ids import StepPath
from flow_tui.model.status import StepStatus
from flow_tui.model.values import ActionOutput
from flow_tui.process.program import run_program

DRY_RUN = "not executed: dry run"
PROGRAM = "FLOW_PROGRAM"
"""The variable that holds the file of the project which a command begins with."""


async def execute(run: Run, node: ast.Script, path: StepPath, scope: Scope) -> None:
    """Run the command; raises ``EngineError`` when it failed for good."""
    options = run.state.options
    do = _only_say_so if options.dry_run and not options.mock else attempts
    output = await policy.carry_out(run, node, path, scope, partial(_work, run, node, path, scope), do=do)
    if output is not None:
        run.remember(path, key=node.name, label=node.name, output=output)


async def _only_say_so(run: Run, path: StepPath, how: Policy, _work: Work) -> ActionOutput:
    output = ActionOutput(result_text=DRY_RUN)
    await run.record(
        ev.StepStarted(path=path, name=how.label, kind=how.kind),
        ev.StepFinished(path=path, outcome=StepStatus.COMPLETED, output=output),
    )
    return output


async def _work(run: Run, node: ast.Script, path: StepPath, scope: Scope, attempt: Attempt) -> ActionOutput:
    if run.pretend is not None:
        return await run.pretend.output(run.pretended(node.name, path, attempt.number, attempt.signs.alive))
    variables = run.variables(path, scope)
    folder = run.around.workspace.folder(run.id, path, attempt.number)
    more = await added(run, node, path, attempt.number, scope)
    env = environment(run, path, attempt, name=node.name, variables=variables, folder=folder, added=more)
    argv, values = command(run, instead(run, path) or node.run, variables, f"script {node.name!r}")
    for name, text in node.env.items():
        if not may_set(name):
            run.record_soon(ev.StepNoted(path=path, text=f"env {name!r} cannot be set by a workflow"))
            continue
        env[name] = substitute(text, variables, f"env {name} of script {node.name!r}")
    env |= values
    spool = LazySpool(run, path, attempt)
    try:
        return await run_program(
            ProcessCommand(argv=argv, cwd=run.folder, env=env, name=f"script {node.name!r}"),
            launcher=run.around.launcher,
            spool=spool,
            folder=folder,
            on_start=partial(note_process, run, path, attempt),
            on_output=attempt.signs.grew,
            beat=attempt.signs.alive,
            stop=attempt.stop,
        )
    finally:
        spool.close()
        tidy(run, path, attempt)


def command(
    run: Run, written: str, variables: Mapping[str, str], place: str
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return what to start, and the values it reads from its environment.

    A file of the project is named by a variable, too, so that nothing in its name is read by the shell.
    """
    word = commands.first_word(written)
    name = run.files.find_script(word.text) if word is not None else None
    if word is None or name is None:
        return _by_shell(written, variables, place)
    program = str(run.files.program(name))
    if commands.single_word(written) is not None:
        return (program,), {}
    text = f'{written[: word.start]}"${{{PROGRAM}}}"{written[word.end :]}'
    argv, values = _by_shell(text, variables, place)
    return argv, {**values, PROGRAM: program}


def _by_shell(text: str, variables: Mapping[str, str], place: str) -> tuple[tuple[str, ...], dict[str, str]]:
    expanded = shell.expand(text)
    if expanded.unsafe:
        raise HopelessError(f"{place}: {expanded.unsafe[0].reason}")
    values = {
        f"{shell.VARIABLE}{number}": value(name, variables, place)
        for number, name in enumerate(expanded.names, 1)
    }
    return ("sh", "-c", expanded.text), values
