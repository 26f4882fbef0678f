"""Can a script run as it is written: its values, the placing of them, its file?"""

from collections.abc import Iterator, Sequence

from flow_tui import limits
from flow_tui.diagnostics import Diagnostic, Severity, Span
from flow_tui.dsl import ast
from flow_tui.dsl.commands import BUILTINS, first_word
from flow_tui.dsl.ground import ScriptFile, Subject
from flow_tui.dsl.shell import expand
from flow_tui.dsl.templates import names, unclosed
from flow_tui.dsl.walk import AnyNode, children
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


def script_texts(subject: Subject) -> Iterator[Diagnostic]:
    """Yield values that nothing provides, and places in which a value would become a program."""
    values = _Values(subject)
    for script, exported in _may_export(subject.workflow):
        texts = {"run": [script.run], "env": list(script.env.values())}
        for option, written in texts.items():
            for name in dict.fromkeys(name for text in written for name in names(text)):
                yield from values.problem(script, option, name, exported=exported)
            for text in written:
                if (at := unclosed(text)) is not None:
                    yield _open(script, option, text, at)
        yield from _unsafe(script)


class _Values:
    """Knows the names of values that can be there."""

    def __init__(self, subject: Subject) -> None:
        inputs = {declared.name for declared in subject.workflow.inputs}
        inputs |= {f"inputs.{name}" for name in inputs}
        self._known = VARIABLES | subject.ground.variables | inputs
        self._gives_more = subject.ground.gives_more
        self._meant: dict[str, str] = {}

    def problem(self, script: ast.Script, option: str, name: str, *, exported: bool) -> Iterator[Diagnostic]:
        """Yield what is wrong with the use of a name; ``exported`` if a step before may provide it."""
        if name in self._known or name.startswith("FLOW_"):
            return
        close = self._advice(name)
        of_item = name.startswith("item.")
        if exported and not of_item and not close:
            return  # a step before may export it; only what looks like a slip is worth a word
        message = f"nothing provides {{{{{name}}}}} in {option} of script {script.name!r}"
        code, severity = "S-TEMPLATE", Severity.ERROR
        if exported or of_item or self._gives_more:
            giver = "a step exports it" if exported else "the host provides it"
            message = f"{{{{{name}}}}} in {option} of script {script.name!r} exists only if {giver}"
            code, severity = "W-TEMPLATE", Severity.WARNING
        yield Diagnostic(
            code=code,
            message=message,
            hint=close or f"declare it: inputs {{ {name} }}",
            severity=severity,
            span=_place(script, option, name),
        )

    def _advice(self, name: str) -> str:
        """Return what a name was probably meant to be, as long as there are not too many to ask about."""
        if name not in self._meant and len(self._meant) < limits.DIAGNOSTICS_SHOWN:
            self._meant[name] = meant(name, self._known)
        return self._meant.get(name, "")


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


def script_files(subject: Subject) -> Iterator[Diagnostic]:
    """Yield scripts whose program is not there or cannot be run."""
    ground = subject.ground
    if ground.find_script is None:
        return
    for node in subject.nodes:
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
