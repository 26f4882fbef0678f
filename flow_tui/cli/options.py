"""What every verb's command line shares."""

import argparse
import re
from collections.abc import Callable
from typing import NoReturn

EVERYWHERE = {"state": "", "folder": "", "verbose": 0, "log": ""}
"""The options that every verb takes, with their defaults."""
WITH_VALUE = frozenset({"--state", "-C", "--log"})
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_SLIPS = 2


class Parser(argparse.ArgumentParser):
    """Understands the command line of one verb; what it does not understand is a ``UsageError``."""

    def __init__(self, prog: str, description: str, *, example: str = "", epilog: str = "") -> None:
        after = f"example:\n  {example}\n\n{epilog}" if example else epilog
        super().__init__(
            prog=prog,
            description=description,
            epilog=after,
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        group = self.add_argument_group("everywhere")
        unset = argparse.SUPPRESS
        group.add_argument(
            "--state",
            metavar="DIR",
            default=unset,
            help="where runs are kept, or ':memory:' to keep nothing (or set FLOW_TUI_STATE)",
        )
        group.add_argument("-C", dest="folder", metavar="DIR", default=unset, help="act as if started in DIR")
        group.add_argument(
            "-v", dest="verbose", action="count", default=unset, help="write more to the program's own log"
        )
        group.add_argument("--log", metavar="FILE", default=unset, help="where that log is")

    def known(self) -> tuple[argparse.Action, ...]:
        """Return everything that it takes."""
        return tuple(self._actions)

    def error(self, message: str) -> NoReturn:
        from flow_tui.errors import UsageError

        raise UsageError(message, f"'{self.prog} --help' shows how it is used")


def exit_codes() -> str:
    """Return the table of exit codes as text."""
    from flow_tui.exit_codes import MEANINGS

    rows = (f"  {code.value:>3}  {meaning}" for code, meaning in MEANINGS.items())
    return "\n".join(["exit codes:", *rows])


def number(least: int, most: int) -> Callable[[str], int]:
    """Return what reads a whole number from ``least`` to ``most``, and refuses everything else."""

    def read(text: str) -> int:
        value = int(text) if _WHOLE.fullmatch(text) else None
        if value is None or not least <= value <= most:
            message = f"{text!r} is no whole number from {least:,} to {most:,}"
            raise argparse.ArgumentTypeError(message)
        return value

    return read


def nearest(word: str, known: list[str]) -> str:
    """Return a hint that names what ``word`` was probably meant to be, or nothing.

    That is what begins with it, or what a slip of the fingers makes of it: one, in long words two.
    """
    begun = [each for each in known if len(word) > 2 and each.startswith(word)]
    slips = {each: _slips(word, each) for each in known if abs(len(each) - len(word)) <= _SLIPS}
    close = sorted(each for each, count in slips.items() if count <= min(_SLIPS, max(1, len(word) // 3)))
    near = min(close, key=slips.__getitem__, default="") or min(begun, default="")
    return f"did you mean {near!r}?" if near else ""


def _slips(word: str, other: str) -> int:
    """Return how many letters are wrong, missing, too many or swapped between two words."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(word, 1):
        now = [row]
        for column, wanted in enumerate(other, 1):
            count = min(last[column] + 1, now[-1] + 1, last[column - 1] + (letter != wanted))
            if row > 1 and column > 1 and (letter, word[row - 2]) == (other[column - 2], wanted):
                count = min(count, before[column - 2] + 1)
            now.append(count)
        before, last = last, now
    return last[-1]
