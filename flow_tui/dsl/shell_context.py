"""Where in a shell text one is: inside which quotes or substitution, and in which command."""

import re
from collections.abc import Sequence
from dataclasses import field
from typing import Literal, TypeAlias

from flow_tui.dataclass import dataclass
from flow_tui.dsl.shell_programs import reads_as_program

_PREFIXES = frozenset(
    {"command", "builtin", "exec", "env", "sudo", "nohup", "time", "!", "{"}
    | {"then", "do", "else", "elif", "if", "while", "until"}
)
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")

Kind: TypeAlias = Literal[
    "command", "backtick", "single", "ansi", "double", "brace", "arithmetic", "heredoc", "verbatim"
]


@dataclass(slots=True)
class Context:
    """What the reader is inside of."""

    kind: Kind
    until: int = -1
    parentheses: int = 0
    cases: int = 0
    word: str = ""
    in_word: bool = False
    words: list[str] = field(default_factory=list[str])
    feeds_shell: bool = False

    def end_word(self) -> None:
        """Note a word of the command, and where a ``case`` begins and ends."""
        if not self.in_word:
            return
        if self.word == "case" and not command_of(self.words):
            self.cases += 1
        elif self.word == "esac" and self.cases and not command_of(self.words):
            self.cases -= 1
        self.words.append(self.word)
        self.word, self.in_word = "", False

    def end_command(self) -> None:
        """Begin the next command."""
        self.end_word()
        self.words.clear()

    def runs_next_word(self) -> str:
        """Say why the word that is being read is a program, or nothing."""
        return reads_as_program(self.words, self.word, command_of(self.words))


def command_of(words: Sequence[str]) -> Sequence[str]:
    """Return a command without assignments and words that only introduce it."""
    for index, word in enumerate(words):
        if word not in _PREFIXES and not _ASSIGNMENT.match(word) and not (index and word.startswith("-")):
            return words[index:]
    return ()
