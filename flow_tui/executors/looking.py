"""Gates that something looks at: what it is given to know, and how often it looks."""

import asyncio
import logging
from collections.abc import Mapping

from flow_tui.dataclass import dataclass
from flow_tui.dsl import ast, templates
from flow_tui.engine import intake
from flow_tui.engine.ports import GateParams, GateResolver, ProcessCommand
from flow_tui.engine.run import Run, Scope
from flow_tui.engine.stop import Stop
from flow_tui.errors import ActionError, GateFailedError, TemplateError
from flow_tui.executors.environment import added, around
from flow_tui.executors.script import command
from flow_tui.executors.values import substitute
from flow_tui.model import events as ev
from flow_tui.model.ids import StepPath
from flow_tui.model.values import Decision
from flow_tui.sanitize import line

logger = logging.getLogger(__name__)
_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a gate asks, with every value in its place."""

    resolver: GateResolver | None = None
    argv: tuple[str, ...] = ()
    values: Mapping[str, str]
    """What the command reads from its environment."""
    path: str = ""
    pr: str = ""
    about: str = ""
    """What is looked at, in words; nothing when only people decide."""


def question(run: Run, node: ast.Gate, path: StepPath, scope: Scope) -> Question:
    """Return what the gate asks; raises ``GateFailedError`` when a value of it is missing."""
    resolver = run.around.registry.resolver(node.gate_type)
    if resolver is None:
        return Question(values={})
    variables, place = run.variables(path, scope), f"gate {node.name!r}"
    try:
        argv, values = command(run, node.run, variables, place) if node.run is not None else ((), {})
        where, pr = (
            substitute(text or "", variables, f"{option} of {place}")
            for option, text in (("path", node.path), ("pr", node.pr))
        )
    except (ActionError, TemplateError) as error:
        raise GateFailedError(node.name, str(error)) from None
    about = _about(node, templates.substitute(node.run or "", variables).text, where, pr)
    return Question(resolver=resolver, argv=argv, values=values, path=where, pr=pr, about=about)


def _about(node: ast.Gate, command: str, path: str, pr: str) -> str:
    if command:
        return f"the command {line(command, _SHOWN)}"
    if path:
        return f"the file {line(path, _SHOWN)}"
    if node.gate_type.startswith("pr_"):
        what = "checks" if node.gate_type == "pr_checks" else "reviews"
        return f"the {what} of pull request {line(pr, _SHOWN)}" if pr else f"the {what} of the pull request"
    return f"what {line(node.gate_type, _SHOWN)} says"


async def answer(
    run: Run, node: ast.Gate, scope: Scope, asked: Question, opened: ev.GateOpened, stop: Stop
) -> Decision:
    """Return what whoever decides gates of this type says; without such a one, never."""
    if asked.resolver is None:
        never: asyncio.Future[Decision] = asyncio.get_running_loop().create_future()
        return await never
    told = ""
    while True:
        try:
            params = await _params(run, node, scope, asked, opened, stop)
            if (decision := await asked.resolver.poll(params)) is not None:
                return decision
        except Exception as error:  # noqa: BLE001 - whoever cannot decide now may be able to later
            logger.warning("gate %s of run %s could not be looked at: %s", node.name, run.id, error)
            if (said := intake.error(error)) != told:
                told = said
                run.record_soon(ev.StepNoted(path=opened.path, text=f"could not be looked at: {said}"))
        await run.clock.sleep(node.every)


async def _params(
    run: Run, node: ast.Gate, scope: Scope, asked: Question, opened: ev.GateOpened, stop: Stop
) -> GateParams:
    env = around(run, node.name, await added(run, node, opened.path, 1, scope))
    return GateParams(
        name=node.name,
        gate_type=node.gate_type,
        run_id=run.id,
        path=opened.path,
        prompt=opened.prompt,
        options=opened.options,
        min_approvals=node.min_approvals,
        approval_mode=node.approval_mode,
        deadline=opened.deadline,
        as_identity=node.as_identity or run.state.options.as_identity,
        inputs=run.variables(opened.path, scope),
        cwd=run.folder,
        files=run.files,
        launcher=run.around.launcher,
        environ=lambda: env,
        stop=stop,
        command=_command(run, node, asked, env),
        file=asked.path,
        pr=asked.pr,
    )


def _command(run: Run, node: ast.Gate, asked: Question, env: Mapping[str, str]) -> ProcessCommand | None:
    if not asked.argv:
        return None
    name = f"the command of gate {node.name!r}"
    return ProcessCommand(argv=asked.argv, cwd=run.folder, env={**env, **asked.values}, name=name)
