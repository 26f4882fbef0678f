"""Can a script run as it is written: its values, the placing of them, its file?"""

from collections.abc import Collection, Iterator, Sequence

from flow_tui import limits
from flow_tui.diagnostics import Diagnostic, Severity, Span
from flow_tui.dsl import ast
from flow_tui.dsl.commands import BUILTINS, first_word
from flow_tui.dsl.ground import Ground, ScriptFile
from flow_tui.dsl.shell import expand
from flow_tui.dsl.templates import names, unclosed
from flow_tui.dsl.walk import AnyNode, all_nodes, children
from flow_tui.dsl.words import meant

VARIABLES = frozenset(
    {
        "workflow_run_id",
        "workflow_status",
        "prior_context",
        "prior_contexts",
        "prior_output",
        "prior_output_file",
    }
    | {"gate_feedback", "dry_run", "failed_step", "failure_reason", "retry_count"}
)
"""Names of values that the engine provides."""
_LOOPS = (ast.While, ast.DoWhile)
_EXPORTS = (ast.Call, ast.ParallelCall, ast.Script, ast.CallWorkflow, ast.ForEach)


def _may_export(workflow: ast.Workflow) -> Iterator[tuple[ast.Script, bool]]:
    """Yield every script, and whether a step that may export values can come before it."""
    exported = False
    top: Sequence[AnyNode] = (*workflow.body, *workflow.always)
    waiting: list[tuple[AnyNode, bool]] = []
    waiting.extend((node, False) for node in reversed(top))
    while waiting:
        node, looped = waiting.pop()
        if isinstance(node, ast.Script):
            yield node, exported or looped
        if isinstance(node, _EXPORTS):
            exported = True
        inside = looped or isinstance(node, _LOOPS)
        waiting.extend((inner, inside) for inner in reversed(children(node)))


def script_texts(workflow: ast.Workflow, ground: Ground) -> Iterator[Diagnostic]:
    """Yield values that nothing provides, and places in which a value would become a program."""
    inputs = {declared.name for declared in workflow.inputs}
    known = VARIABLES | ground.variables | inputs | {f"inputs.{name}" for name in inputs}
    for script, exported in _may_export(workflow):
        texts = {"run": [script.run], "env": list(script.env.values())}
        for option, values in texts.items():
            for name in dict.fromkeys(name for value in values for name in names(value)):
                if name in known or name.startswith("FLOW_"):
                    continue
                if exported and not name.startswith("item.") and not meant(name, known):
                    continue  # a step before may export it; only what looks like a slip is worth a word
                yield _unknown(script, option, name, known, exported=exported)
            for value in values:
                if (at := unclosed(value)) is not None:
                    yield _open(script, option, value, at)
        yield from _unsafe(script)


def _unknown(
    script: ast.Script, option: str, name: str, known: Collection[str], *, exported: bool
) -> Diagnostic:
    hint = meant(name, known) or f"declare it: inputs {{ {name} }}"
    if exported or name.startswith("item."):
        return Diagnostic(
            code="W-TEMPLATE",
            message=f"{{{{{name}}}}} in {option} of script {script.name!r} exists only if a step exports it",
            hint=hint,
            severity=Severity.WARNING,
            span=_place(script, option, name),
        )
    return Diagnostic(
        code="S-TEMPLATE",
        message=f"nothing provides {{{{{name}}}}} in {option} of script {script.name!r}",
        hint=hint,
        span=_place(script, option, name),
    )


def _open(script: ast.Script, option: str, value: str, at: int) -> Diagnostic:
    earlier = sum(value.startswith("{{", before) for before in range(at))
    return Diagnostic(
        code="W-TEMPLATE",
        message=f"'{{{{' in {option} of script {script.name!r} is never closed",
        hint="a value is written {{name}}; what is not closed stays as it is",
        severity=Severity.WARNING,
        span=script.places.within(option, "{{", earlier) or script.place(option),
    )


def _place(script: ast.Script, option: str, name: str) -> Span:
    return script.places.within(option, f"{{{{{name}}}}}") or script.place(option)


def _unsafe(script: ast.Script) -> Iterator[Diagnostic]:
    if len(script.run.encode()) > limits.SHELL_PROGRAM_BYTES:
        yield Diagnostic(
            code="S-SHELL",
            message=f"the command of script {script.name!r} is longer than a shell takes at once",
            hint="put it into a file of the project and run that",
            span=script.place("run"),
        )
        return
    if "{{" not in script.run:
        return
    for unsafe in expand(script.run).unsafe:
        hole = unsafe.placeholder
        written = script.run[hole.start : hole.end]
        number = script.run[: hole.start].count(written)
        yield Diagnostic(
            code="S-SHELL",
            message=f"{{{{{hole.name}}}}} cannot stand here in script {script.name!r}: {unsafe.reason}",
            hint="give it to the command as an argument: sh -c '… \"$1\"' _ {{name}}, or use env",
            span=script.places.within("run", written, number) or script.place("run"),
        )


def script_files(workflow: ast.Workflow, ground: Ground) -> Iterator[Diagnostic]:
    """Yield scripts whose program is not there or cannot be run."""
    if ground.find_script is None:
        return
    for node in all_nodes(workflow):
        if not isinstance(node, ast.Script):
            continue
        word = first_word(node.run)
        if word is None:
            continue
        file = ground.find_script(word.text)
        if file.path is not None:
            yield from _file(node, word.text, file)
        elif "/" in word.text:
            yield _missing(node, word.text, file)
        elif word.text not in BUILTINS and ground.is_program is not None and not ground.is_program(word.text):
            yield Diagnostic(
                code="W-COMMAND",
                message=f"script {node.name!r} runs {word.text!r}, which is no program on this machine",
                hint="install it, or write the path of a script of the project",
                severity=Severity.WARNING,
                span=node.places.within("run", word.text) or node.place("run"),
            )


def _missing(node: ast.Script, word: str, file: ScriptFile) -> Diagnostic:
    reason = file.refused or "is not there"
    hint = "" if file.refused else "looked for " + ", ".join(file.places)
    return Diagnostic(
        code="S-SCRIPT-MISSING",
        message=f"script {node.name!r}: {word!r} {reason}",
        hint=hint,
        span=node.places.within("run", word) or node.place("run"),
    )


def _file(node: ast.Script, word: str, file: ScriptFile) -> Iterator[Diagnostic]:
    span = node.places.within("run", word) or node.place("run")
    if file.unreadable:
        message = f"script {node.name!r}: the permissions of {word!r} cannot be read: {file.unreadable}"
        yield Diagnostic(code="S-SCRIPT-META", message=message, span=span)
    elif not file.executable:
        yield Diagnostic(
            code="S-SCRIPT-EXEC",
            message=f"script {node.name!r}: {word!r} is not executable (mode {file.mode:04o})",
            hint=f"chmod +x {word}",
            span=span,
        )
