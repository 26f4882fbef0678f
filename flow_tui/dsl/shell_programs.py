"""Programs that read an argument as a program: where a value would be code, however it is quoted."""

import re
from collections.abc import Callable, Mapping, Sequence

SHELLS = frozenset({"sh", "bash", "dash", "ash", "ksh", "mksh", "zsh", "busybox"})
PROGRAM_OPTION = re.compile(r"-[A-Za-z]*c[A-Za-z]*")
_EVALUATES = frozenset({"eval", "trap", "alias", "let"})
_VERSION = re.compile(r"[0-9.]+\Z")
_INLINE: Mapping[str, re.Pattern[str]] = {
    "python": re.compile(r"-[A-Za-z]*c"),
    "pypy": re.compile(r"-[A-Za-z]*c"),
    "perl": re.compile(r"-[A-Za-z0-9]*[eE]"),
    "ruby": re.compile(r"-[A-Za-z]*e"),
    "lua": re.compile(r"-e"),
    "php": re.compile(r"-r|--run"),
    "node": re.compile(r"-[A-Za-z]*[ep]|--eval|--print"),
    "bun": re.compile(r"-[A-Za-z]*[ep]|--eval|--print"),
    "Rscript": re.compile(r"-e"),
    "osascript": re.compile(r"-e"),
}
"""Which option has a program after it, at once or as the next word."""
_AWKS = frozenset({"awk", "gawk", "mawk", "nawk"})
_AWK_VALUES = frozenset({"-F", "-v", "--assign", "--field-separator"})
_AWK_FILE = re.compile(r"-f|--file|-E|--exec")
_SEDS = frozenset({"sed", "gsed"})
_SED_PROGRAM = re.compile(r"-[A-Za-z]*e|--expression=?")
_SED_ELSEWHERE = re.compile(r"-[A-Za-z]*[ef]|--expression|--file")
_SUS = frozenset({"su", "runuser"})
_SU_PROGRAM = re.compile(r"-[A-Za-z]*c|--command|--session-command")
_SSH_VALUES = re.compile(r"-[A-Za-z0-9]*[BbcDEeFIiJLlmOopQRSWw]")


def reads_as_program(words: Sequence[str], word: str, command: Sequence[str]) -> str:
    """Say why the word that follows ``words``, of which ``word`` is read so far, is a program; or nothing.

    ``command`` are the words without what only introduces a command.
    """
    if command and command[0] in _EVALUATES:
        return f"'{command[0]}' runs its arguments as a program"
    for index, each in enumerate(words):
        name = each.rsplit("/", 1)[-1]
        after = words[index + 1 :]
        if name in SHELLS and _expects_program(after):
            return f"'{each} -c' runs its argument as a program"
        option = _INLINE.get(_VERSION.sub("", name))
        if option is not None and (found := _inline(option, after, word)):
            return f"'{each} {found}' runs its argument as a program"
        if (reads := _OTHERS.get(name)) is not None and reads(after, word):
            return _REASONS[name].format(each)
    return ""


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


def _inline(option: re.Pattern[str], after: Sequence[str], word: str) -> str:
    """Return the option whose program the word is: the one before it, or the one that it begins with."""
    if any(not each.startswith("-") for each in after):
        return ""
    if after and option.fullmatch(after[-1]):
        return after[-1]
    begun = option.match(word)
    return begun[0] if begun is not None else ""


def _is_awk_program(after: Sequence[str], word: str) -> bool:
    """Say whether a word is the text of an awk program: the first that is no option, or none."""
    takes = False
    for each in after:
        if takes:
            takes = False
        elif _AWK_FILE.match(each) or not each.startswith("-"):
            return False
        else:
            takes = each in _AWK_VALUES
    return not takes and not word.startswith("-")


def _is_remote(after: Sequence[str], _word: str) -> bool:
    """Say whether a word comes after the name of the machine, on which a shell will read it."""
    takes = False
    for each in after:
        if takes:
            takes = False
        elif each.startswith("-"):
            takes = _SSH_VALUES.fullmatch(each) is not None
        else:
            return True
    return False


def _is_sed_program(after: Sequence[str], word: str) -> bool:
    """Say whether a word is what ``sed`` does: what follows ``-e``, or else the first that is no option."""
    if after and _SED_PROGRAM.fullmatch(after[-1]):
        return True
    if any(not each.startswith("-") or _SED_ELSEWHERE.match(each) for each in after):
        return False
    return not word.startswith("-") or _SED_PROGRAM.match(word) is not None


def _is_of_another_user(after: Sequence[str], _word: str) -> bool:
    """Say whether a word is what ``su`` runs."""
    return bool(after) and _SU_PROGRAM.fullmatch(after[-1]) is not None


_OTHERS: Mapping[str, Callable[[Sequence[str], str], bool]] = {
    **dict.fromkeys(_AWKS, _is_awk_program),
    **dict.fromkeys(_SEDS, _is_sed_program),
    **dict.fromkeys(_SUS, _is_of_another_user),
    "ssh": _is_remote,
}
_REASONS = {
    **dict.fromkeys(_AWKS, "'{}' runs its first argument as a program; give a value with -v instead"),
    **dict.fromkeys(_SEDS, "'{}' runs its argument as a program, which can start others"),
    **dict.fromkeys(_SUS, "'{} -c' runs its argument as a program"),
    "ssh": "'{}' has a shell on the other machine read its arguments",
}
