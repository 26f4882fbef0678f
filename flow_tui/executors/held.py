"""A step that is held at a breakpoint: what it is going to see, and what somebody may say to it."""

import json
import logging
from collections.abc import Mapping
from typing import TypeAlias

from flow_tui import limits
from flow_tui.dataclass import dataclass
from flow_tui.dsl import ast, conform, shell, templates
from flow_tui.dsl.schema import Schema
from flow_tui.engine import flow_output, intake, schemas
from flow_tui.engine.attempts import Attempt
from flow_tui.engine.breakpoints import Released
from flow_tui.engine.commands import ReleaseStep
from flow_tui.engine.pausing import Pausable
from flow_tui.engine.run import Run, Scope
from flow_tui.engine.signs import Signs
from flow_tui.engine.stop import Stop
from flow_tui.engine.telling import Telling
from flow_tui.errors import ActionError, FlowError, NotPossibleError
from flow_tui.executors.environment import environment
from flow_tui.model.breakpoints import Release
from flow_tui.model.ids import StepPath
from flow_tui.model.values import ActionOutput
from flow_tui.process.workspace import HELD_FILE, write_private

logger = logging.getLogger(__name__)

Node: TypeAlias = ast.Call | ast.ParallelCall | ast.Script | ast.CallWorkflow | ast.ForEach | ast.Gate

FIXED = frozenset({"workflow_run_id", "dry_run", "idempotency_key", "prior_contexts", "workflow_status"})
"""Variables that say what is so, and are no one's to change."""


def pausable(
    run: Run, node: Node, path: StepPath, scope: Scope, *, name: str, kind: str, told: Telling | None
) -> Pausable:
    """Return a step as a breakpoint sees it."""
    step = _Step(run=run, node=node, path=path, scope=scope, name=name, told=told)
    return Pausable(name=name, kind=kind, show=step.show, judge=step.judge)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    run: Run
    node: Node
    path: StepPath
    scope: Scope
    name: str
    told: Telling | None

    # What it is going to see

    def show(self) -> None:
        """Write it down where the files of its first attempt are going to be, if that can be."""
        try:
            self._write()
        except Exception as error:  # noqa: BLE001 - what is only for people to see must not harm the run
            logger.warning("cannot write down what step %s is made of: %s", self.path, error)

    def _write(self) -> None:
        run, path = self.run, self.path
        known = run.state.steps.get(path)
        number = (known.attempt if known is not None else 0) + 1
        signs = Signs(run, path, number)
        signs.close()
        attempt = Attempt(
            number=number,
            max_attempts=number,
            retries_remaining=0,
            retry_error=None,
            stop=Stop(),
            signs=signs,
        )
        folder = run.around.workspace.folder(run.id, path, number)
        try:
            shown = self._shown(attempt)
        except FlowError as error:  # what is wrong will be so when it begins, too
            shown = {"trouble": intake.error(error)}
        values = run.variables(path, self.scope)
        environment(run, path, attempt, name=self.name, variables=values, folder=folder)
        data = {**shown, **self._wanted(), "fixed": sorted(FIXED)}
        write_private(folder / HELD_FILE, run.around.secrets.text(json.dumps(data)))

    def _shown(self, attempt: Attempt) -> Mapping[str, str]:
        node, values = self.node, self.run.variables(self.path, self.scope)
        match node:
            case ast.Call() | ast.ParallelCall():
                told = None if self.told is None else self.told(attempt)
                return {} if told is None else {"kind": "prompt", "text": told.text, "whole": told.whole}
            case ast.Script():
                return {
                    "kind": "command",
                    "text": node.run,
                    "whole": templates.substitute(node.run, values).text,
                }
            case ast.CallWorkflow() | ast.ForEach():
                given = {name: templates.substitute(text, values).text for name, text in node.inputs.items()}
                return {"kind": "inputs", "whole": "\n".join(f"{n} = {text}" for n, text in given.items())}
            case ast.Gate():
                return {"kind": "question", "whole": templates.substitute(node.prompt or "", values).text}

    def _schema(self) -> Schema | None:
        node, run = self.node, self.run
        if not isinstance(node, ast.Call | ast.ParallelCall):
            return None
        return schemas.load(run.files, run.workflow.name, self._reference())

    def _wanted(self) -> Mapping[str, str]:
        """Return the schema of what it is to hand over, and an output that follows it."""
        schema = self._schema()
        name = schemas.find(self.run.files, self.run.workflow.name, self._reference())
        if schema is None or name is None:
            return {}
        text = self.run.files.read(name).decode("utf-8", "replace")
        return {"schema": text, "output": json.dumps(conform.blank(schema), ensure_ascii=False, indent=2)}

    def _reference(self) -> str:
        node = self.node
        own = node.output if isinstance(node, ast.Call | ast.ParallelCall) else None
        return own or self.scope.schema

    # What may be said to it

    def judge(self, command: ReleaseStep) -> Released:
        """Return how it goes on; raises ``NotPossibleError`` for what cannot be."""
        if command.how is Release.SKIP:
            return Released(how=command.how, output=self._given(command))
        if command.output:
            raise NotPossibleError("give an output", "the step is to run")
        for name, value in command.values.items():
            self._require_value(name, value)
        if command.text:
            self._require_text(command.text)
        return Released(how=command.how)

    def _given(self, command: ReleaseStep) -> ActionOutput:
        """Return what the step hands over although it does not run."""
        what = f"give the output of {self.name!r}"
        if isinstance(self.node, ast.Gate):
            raise NotPossibleError("leave the gate out", "let it go on and answer it")
        if command.values or command.text:
            raise NotPossibleError("change the step", "it is not to run")
        schema = self._schema()
        parsed = flow_output.FlowOutput()
        if command.output.strip():
            block = flow_output.find_block(command.output) or command.output
            parse = flow_output.parse if schema is None else flow_output.parse_structured
            parsed = parse(block)
        if parsed.problem:
            raise NotPossibleError(what, parsed.problem)
        output = ActionOutput(
            markers=parsed.markers,
            context=parsed.context,
            structured=parsed.structured,
            result_text=intake.first_line(parsed.context),
        )
        try:
            output = intake.output(output)
            return output if schema is None else schemas.conformed(output, schema)
        except ActionError as error:
            raise NotPossibleError(what, str(error)) from None

    def _require_value(self, name: str, value: str) -> None:
        what = f"change {name!r}"
        if name in FIXED:
            raise NotPossibleError(what, "it says what is so")
        if name not in self.run.variables(self.path, self.scope):
            raise NotPossibleError(what, "the step has no variable of this name")
        self._require_fit(what, value)

    def _require_text(self, text: str) -> None:
        node = self.node
        self._require_fit("change what is run", text)
        if isinstance(node, ast.Script):
            self._require_command(text)
        elif self.told is None:
            raise NotPossibleError("change what is run", "the step has neither a prompt nor a command")

    def _require_command(self, text: str) -> None:
        """Hold a command that somebody types to what is asked of one in a definition."""
        expanded = shell.expand(text)
        if expanded.unsafe:
            raise NotPossibleError("change the command", expanded.unsafe[0].reason)
        values = self.run.variables(self.path, self.scope)
        unknown = [name for name in expanded.names if name not in values]
        if unknown:
            raise NotPossibleError("change the command", f"{{{{{unknown[0]}}}}} has no value here")

    def _require_fit(self, what: str, text: str) -> None:
        if len(text.encode(errors="replace")) > limits.CONTEXT_BYTES:
            raise NotPossibleError(what, f"it is longer than {limits.CONTEXT_BYTES // limits.KIB} KiB")
        if "\0" in text or text != text.encode(errors="replace").decode():
            raise NotPossibleError(what, "it holds characters that cannot be stored")
        if self.run.around.secrets.hides(text):
            raise NotPossibleError(what, "it holds a secret, and what is changed is recorded")
