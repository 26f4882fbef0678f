"""Where in a shell text one is: inside which quotes or substitution, and in which command."""

import re
from collections.abc import Sequence
from dataclasses import field
from typing import Literal, TypeAlias

from flow_tui.dataclass import dataclass

SHELLS = frozenset({"sh", "bash", "dash", "ash", "ksh", "mksh", "zsh", "busybox"})
_EVALUATES = frozenset({"eval", "trap", "alias", "let"})
_PREFIXES = frozenset(
    {"command", "builtin", "exec", "env", "sudo", "nohup", "time", "!", "{"}
    | {"then", "do", "else", "elif", "if", "while", "until"}
)
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
PROGRAM_OPTION = re.compile(r"-[A-Za-z]*c[A-Za-z]*")

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
        running = command_of(self.words)
        if running and running[0] in _EVALUATES:
            return f"'{running[0]}' runs its arguments as a program"
        for index, word in enumerate(self.words):
            if word.rsplit("/", 1)[-1] in SHELLS and _expects_program(self.words[index + 1 :]):
                return f"'{word} -c' runs its argument as a program"
        return ""


def command_of(words: Sequence[str]) -> Sequence[str]:
    """Return a command without assignments and words that only introduce it."""
    for index, word in enumerate(words):
        if word not in _PREFIXES and not _ASSIGNMENT.match(word) and not (index and word.startswith("-")):
            return words[index:]
    return ()


def _expects_program(options: Sequence[str]) -> bool:
    """Say whether the word after these options of a shell is a program."""
    expects = argument = False
    for word in options:
        if argument:
            argument = False
        elif word[:1] not in ("-", "+"):
            return False
        else:
            expects = expects or PROGRAM_OPTION.fullmatch(word) is not None
            argument = word.endswith("o")
    return expects
