"""Can a command run as it is written: its values, the placing of them, its file?"""

import shlex
from collections.abc import Iterator
from functools import lru_cache

from flow_tui import limits
from flow_tui.diagnostics import Diagnostic, Severity
from flow_tui.dsl.commands import BUILTINS, first_word
from flow_tui.dsl.ground import ScriptFile, Subject
from flow_tui.dsl.shell import Unsafe, expand
from flow_tui.dsl.walk import AnyNode, command_of
from flow_tui.dsl.words import listed, shown

_REMEMBERED = 2_000
"""A longer command is not kept in mind for the next time that it is checked."""


@lru_cache(1_000)
def _dangers(command: str) -> tuple[Unsafe, ...]:
    return expand(command).unsafe


def script_quoting(subject: Subject) -> Iterator[Diagnostic]:
    """Yield places in which a value would become a program."""
    for node in subject.nodes:
        if (command := command_of(node)) is not None:
            yield from _unsafe(node, command)


def _called(node: AnyNode) -> str:
    """Return what messages call a step that runs a command."""
    return f"{node.type} {getattr(node, 'name', '')!r}"


def _unsafe(script: AnyNode, command: str) -> Iterator[Diagnostic]:
    if len(command.encode()) > limits.SHELL_PROGRAM_BYTES:
        yield Diagnostic(
            code="S-SHELL",
            message=f"the command of {_called(script)} is longer than a shell takes at once",
            hint="put it into a file of the project and run that",
            span=script.place("run"),
        )
        return
    if "{{" not in command:
        return
    for unsafe in _dangers(command) if len(command) <= _REMEMBERED else expand(command).unsafe:
        hole = unsafe.placeholder
        written = command[hole.start : hole.end]
        number = command[: hole.start].count(written)
        yield Diagnostic(
            code="S-SHELL",
            message=f"{{{{{hole.name}}}}} cannot stand here in {_called(script)}: {unsafe.reason}",
            hint="give it to the command as an argument: sh -c '… \"$1\"' _ {{name}}, or use env",
            span=script.places.within("run", written, number) or script.place("run"),
        )


def script_files(subject: Subject) -> Iterator[Diagnostic]:
    """Yield scripts whose program is not there or cannot be run."""
    ground = subject.ground
    if ground.find_script is None:
        return
    for node in subject.nodes:
        command = command_of(node)
        word = first_word(command) if command is not None else None
        if word is None:
            continue
        file = ground.find_script(word.text)
        if file.path is not None:
            yield from _file(node, word.text, file)
        elif "/" in word.text:
            yield _missing(subject, node, word.text, file)
        elif word.text not in BUILTINS and ground.is_program is not None and not ground.is_program(word.text):
            yield Diagnostic(
                code="W-COMMAND",
                message=f"{_called(node)} runs {shown(word.text)}, which is no program on this machine",
                hint="install it, or write the path of a script of the project",
                severity=Severity.WARNING,
                span=node.places.within("run", word.text) or node.place("run"),
            )


def _missing(subject: Subject, node: AnyNode, word: str, file: ScriptFile) -> Diagnostic:
    reason = file.refused or "is not there"
    hints = [subject.meant_for("script", word), "looked for " + listed(file.places)]
    hint = "name a file of the project" if file.refused else "; ".join(filter(None, hints))
    return Diagnostic(
        code="S-SCRIPT-MISSING",
        message=f"{_called(node)}: {shown(word)} {reason}",
        hint=hint,
        span=node.places.within("run", word) or node.place("run"),
    )


def _file(node: AnyNode, word: str, file: ScriptFile) -> Iterator[Diagnostic]:
    span = node.places.within("run", word) or node.place("run")
    if file.unreadable:
        message = f"{_called(node)}: the permissions of {shown(word)} cannot be read: {file.unreadable}"
        yield Diagnostic(code="S-SCRIPT-META", message=message, span=span)
    elif not file.executable:
        yield Diagnostic(
            code="S-SCRIPT-EXEC",
            message=f"{_called(node)}: {shown(word)} is not executable (mode {file.mode:04o})",
            hint=f"chmod +x {shlex.quote(file.place or word)}",
            span=span,
        )
