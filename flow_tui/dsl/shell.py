"""Values in shell text: every ``{{name}}`` becomes a parameter expansion, so that no value is program text.

A small reader of the shell's grammar follows quotes, substitutions, here-documents and comments, because what
has to be written differs between them. Should it misread a text, a value is split or left out, but never run:
all that is ever written is an expansion.
"""

import re

from flow_tui.dataclass import dataclass
from flow_tui.dsl.shell_context import Context, Kind, command_of
from flow_tui.dsl.shell_programs import PROGRAM_OPTION, SHELLS
from flow_tui.dsl.templates import Placeholder, placeholders

VARIABLE = "FLOW_V_"
_HEREDOC = re.compile(r"<<(-?)[ \t]*((?:\\.|'[^'\n]*'|\"[^\"\n]*\"|[^\s\\'\"<>|&;()`])+)")
_PIPED_TO_SHELL = re.compile(r"\|\s*(?:\S*/)?(?:sh|bash|dash|ksh|zsh)\b(?!\s+-\w*c)")
_HOLE = "\0"
"""Stands in a word for a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsafe:
    """A placeholder whose value would be read as a program."""

    placeholder: Placeholder
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShellProgram:
    """A text for ``sh -c``; the value of ``names[n]`` belongs into the variable ``FLOW_V_<n + 1>``."""

    text: str
    names: tuple[str, ...]
    unsafe: tuple[Unsafe, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heredoc:
    delimiter: str
    quoted: bool
    tabs: bool
    to_shell: bool


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._holes = {hole.start: hole for hole in placeholders(text)}
        self._stack = [Context("command")]
        self._out: list[str] = []
        self._names: dict[str, int] = {}
        self._unsafe: list[Unsafe] = []
        self._heredocs: list[_Heredoc] = []
        self._at = 0

    def read(self) -> ShellProgram:
        """Return the whole text, rewritten."""
        while self._at < len(self._text):
            self._leave_bodies()
            if self._at in self._holes:
                self._fill(self._holes[self._at])
            else:
                self._character(self._stack[-1])
        return ShellProgram(text="".join(self._out), names=tuple(self._names), unsafe=tuple(self._unsafe))

    # Reading

    def _leave_bodies(self) -> None:
        """Leave the here-documents that end here, and whatever is still open inside them."""
        if self._text[self._at - 1 : self._at] != "\n":
            return
        while ended := [i for i, context in enumerate(self._stack) if 0 <= context.until <= self._at]:
            del self._stack[ended[0] :]

    def _character(self, context: Context) -> None:
        match context.kind:
            case "command" | "backtick":
                self._in_command(context)
            case "double" | "heredoc":
                self._in_double(context)
            case "single" | "ansi":
                if self._text[self._at] == "'":
                    self._stack.pop()
                    self._copy(1)
                else:
                    self._spell()
            case "brace":
                self._in_brace(context)
            case "arithmetic":
                self._in_arithmetic(context)
            case _:
                self._copy(1)

    def _in_command(self, context: Context) -> None:
        character = self._text[self._at]
        if character in " \t<>" or character in "\n;&|()":
            self._separator(context, character)
            return
        if character == "#" and not context.in_word:
            self._comment()
            return
        if character == "`" and context.kind == "backtick":
            self._stack.pop()
            self._copy(1)
            return
        if character == "\\" and self._text[self._at + 1 : self._at + 2] == "\n":
            self._copy(2)
            return
        context.in_word = True
        if character == "\\":
            self._escape(context)
        elif character == "'":
            self._push("single", 1)
        elif not self._substitution():
            if character == '"':
                self._push("double", 1)
            else:
                self._spell()

    def _separator(self, context: Context, character: str) -> None:
        """Read what ends a word, and most often a command."""
        if character == "<" and self._heredoc(context):
            return
        if character in " \t<>":
            context.end_word()
        else:
            context.end_command()
        if character == "(":
            context.parentheses += 1
        elif character == ")":
            self._close(context)
        self._copy(1)
        if character == "\n" and self._heredocs:
            self._bodies()

    def _close(self, context: Context) -> None:
        if context.parentheses:
            context.parentheses -= 1
        elif not context.cases and len(self._stack) > 1 and context.kind == "command":
            self._stack.pop()

    def _escape(self, context: Context) -> None:
        """Read a backslash outside quotes; before a value it has nothing to protect and goes."""
        if self._at + 1 in self._holes:
            self._at += 1
            return
        context.word += self._text[self._at + 1 : self._at + 2]
        self._copy(2)

    def _substitution(self) -> bool:
        """Read the beginning of a substitution, if this is one."""
        text, at = self._text, self._at
        if text[at] == "`":
            self._push("backtick", 1)
        elif text.startswith("$((", at):
            self._push("arithmetic", 3)
        elif text.startswith("$(", at):
            self._push("command", 2)
        elif text.startswith("${", at) and at + 1 not in self._holes:
            self._push("brace", 2)
        elif text.startswith("$'", at) and self._stack[-1].kind in ("command", "backtick"):
            self._push("ansi", 2)
        else:
            return False
        return True

    def _in_double(self, context: Context) -> None:
        character = self._text[self._at]
        if character == "\\":
            if self._at + 1 in self._holes:
                self._out.append("\\\\")
                self._at += 1
            else:
                self._copy(2)
        elif character == '"' and context.kind == "double":
            self._stack.pop()
            self._copy(1)
        elif not self._substitution():
            self._spell()

    def _in_brace(self, context: Context) -> None:
        character = self._text[self._at]
        context.in_word = context.in_word or not character.isspace()
        if character == "}":
            self._stack.pop()
            self._copy(1)
        elif character == "\\":
            self._copy(1 if self._at + 1 in self._holes else 2)
        elif character == "'" and self._quoting() == "command":
            self._push("single", 1)
        elif character == '"':
            self._push("double", 1)
        elif not self._substitution():
            self._copy(1)

    def _in_arithmetic(self, context: Context) -> None:
        character = self._text[self._at]
        if character == "(":
            context.parentheses += 1
        elif character == ")" and context.parentheses:
            context.parentheses -= 1
        elif self._text.startswith("))", self._at):
            self._stack.pop()
            self._copy(2)
            return
        elif character == ")":
            context.kind = "command"  # it was a subshell inside $( … )
        elif self._substitution():
            return
        self._copy(1)

    def _comment(self) -> None:
        """Read to the end of the line; nothing is replaced in a comment."""
        end = self._text.find("\n", self._at)
        end = len(self._text) if end < 0 else end
        self._copy(end - self._at)

    def _heredoc(self, context: Context) -> bool:
        match = _HEREDOC.match(self._text, self._at)
        if self._text.startswith("<<<", self._at):
            context.end_word()
            self._copy(3)
            return True
        if match is None:
            return False
        context.end_word()
        for hole in (self._holes[at] for at in range(match.start(), match.end()) if at in self._holes):
            reason = "a value cannot end a here-document"
            self._unsafe.append(Unsafe(placeholder=hole, reason=reason))
        word = match[2]
        line_end = self._text.find("\n", match.end())
        rest = self._text[match.end() : line_end if line_end >= 0 else len(self._text)]
        command = command_of(context.words)
        shell = bool(command) and command[0].rsplit("/", 1)[-1] in SHELLS
        takes_program = any(map(PROGRAM_OPTION.fullmatch, command[1:]))
        self._heredocs.append(
            _Heredoc(
                delimiter=re.sub(r"\\(.)|['\"]", lambda found: found[1] or "", word),
                quoted=any(mark in word for mark in "\\'\""),
                tabs=bool(match[1]),
                to_shell=(shell and not takes_program) or bool(_PIPED_TO_SHELL.search(rest)),
            )
        )
        self._copy(match.end() - self._at)
        return True

    def _bodies(self) -> None:
        """Enter the here-documents that begin on this line."""
        start = self._at
        entered: list[Context] = []
        for heredoc in self._heredocs:
            end = start
            while end < len(self._text):
                stop = self._text.find("\n", end)
                stop = len(self._text) if stop < 0 else stop
                line = self._text[end:stop]
                if (line.lstrip("\t") if heredoc.tabs else line) == heredoc.delimiter:
                    break
                end = stop + 1
            end = min(end, len(self._text))
            kind: Kind = "verbatim" if heredoc.quoted else "heredoc"
            entered.append(Context(kind, until=end, feeds_shell=heredoc.to_shell))
            start = min(end + len(self._text[end:].split("\n", 1)[0]) + 1, len(self._text))
            entered.append(Context("verbatim", until=start))
        self._heredocs.clear()
        self._stack.extend(reversed(entered))

    # Writing

    def _push(self, kind: Kind, length: int) -> None:
        self._copy(length)
        self._stack.append(Context(kind))

    def _copy(self, length: int) -> None:
        self._out.append(self._text[self._at : self._at + length])
        self._at += length

    def _spell(self) -> None:
        """Copy a character that is part of a word of the command, in quotes or not."""
        if self._stack[-1].kind != "heredoc":
            command = next(each for each in reversed(self._stack) if each.kind in ("command", "backtick"))
            command.word += self._text[self._at]
        self._copy(1)

    def _quoting(self) -> Kind:
        """Return the kind of what decides how an expansion is quoted here."""
        return next(context.kind for context in reversed(self._stack) if context.kind != "brace")

    def _fill(self, hole: Placeholder) -> None:
        number = self._names.setdefault(hole.name, len(self._names) + 1)
        expansion = f"${{{VARIABLE}{number}}}"
        reason = self._reason()
        if reason:
            self._unsafe.append(Unsafe(placeholder=hole, reason=reason))
        match self._quoting():
            case "command" | "backtick":
                self._out.append(f'"{expansion}"')
            case "single" | "ansi":
                self._out.append(f"'\"{expansion}\"'")
            case _:
                self._out.append(expansion)
        context = self._stack[-1]
        context.in_word = True
        context.word += _HOLE
        self._at = hole.end

    def _reason(self) -> str:
        """Say why a value may not stand here, or nothing."""
        context = self._stack[-1]
        kinds = [each.kind for each in self._stack]
        if context.kind == "verbatim":
            return "nothing is replaced in a here-document whose delimiter is quoted"
        if context.kind == "brace" and not context.in_word:
            return "a value cannot be the name of a variable"
        if context.kind == "ansi":
            return "$'…' reads its text in its own way"
        if "arithmetic" in kinds:
            return "$((…)) reads its text as an expression"
        if "backtick" in kinds and kinds[kinds.index("backtick") - 1] in ("double", "heredoc"):
            return "backticks inside double quotes read their text twice; write $(…)"
        for each in self._stack:
            if each.kind in ("command", "backtick") and (why := each.runs_next_word()):
                return why
            if each.feeds_shell:
                return "this here-document is read by a shell"
        return ""


def expand(run: str) -> ShellProgram:
    """Return ``run`` with every ``{{name}}`` turned into an expansion that suits the quotes around it."""
    return _Reader(run).read()
