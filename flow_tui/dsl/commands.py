"""The beginning of a script's command: which word is the program, as far as the text alone can tell."""

import re

from flow_tui.dataclass import dataclass

_PLAIN = r"[A-Za-z0-9_./+@%,:-]+"
_ASSIGNMENT = rf"[A-Za-z_][A-Za-z0-9_]*=(?:{_PLAIN}|'[^']*'|\"[^\"$`\\]*\")?"
_FIRST = re.compile(
    rf"\s*(?:{_ASSIGNMENT}\s+)*(?:({_PLAIN})|'([^'{{]+)'|\"([^\"$`\\{{]+)\")(?=[\s;&|<>()]|\Z)", re.ASCII
)
_ONE = re.compile(_PLAIN, re.ASCII)
BUILTINS = frozenset(
    {
        ".",
        ":",
        "[",
        "alias",
        "bg",
        "break",
        "case",
        "cd",
        "command",
        "continue",
        "echo",
        "eval",
        "exec",
        "exit",
    }
    | {"export", "false", "fg", "for", "function", "getopts", "hash", "if", "jobs", "kill", "let", "local"}
    | {"printf", "pwd", "read", "readonly", "return", "select", "set", "shift", "source", "test", "time"}
    | {"times", "trap", "true", "type", "ulimit", "umask", "unalias", "unset", "until", "wait", "while"}
)


INTERPRETERS = frozenset({"sh", "bash", "dash", "zsh", "ksh", "python", "python3", "node", "ruby", "perl"})
"""Programs whose first argument, unless it is an option, is the file that they run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word of a command and its offsets in the text, quotes included."""

    text: str
    start: int
    end: int


def first_word(run: str) -> Word | None:
    """Return the word that names the program, or nothing when it depends on more than the text."""
    match = _FIRST.match(run)
    if match is None or match.lastindex is None:
        return None
    quoted = match.lastindex > 1
    return Word(
        text=match[match.lastindex],
        start=match.start(match.lastindex) - quoted,
        end=match.end(match.lastindex) + quoted,
    )


def programs(run: str) -> tuple[Word, ...]:
    """Return the words that name what a command runs: the program, and the file given to an interpreter."""
    first = first_word(run)
    if first is None:
        return ()
    if first.text.rpartition("/")[2] not in INTERPRETERS:
        return (first,)
    second = first_word(run[first.end :])
    if second is None or second.text.startswith("-"):
        return (first,)
    at = first.end
    return first, Word(text=second.text, start=at + second.start, end=at + second.end)


def single_word(run: str) -> str | None:
    """Return the only word of a command without any shell syntax, or nothing."""
    word = run.strip()
    return word if _ONE.fullmatch(word) else None
