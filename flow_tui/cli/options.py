"""What every verb's command line shares."""

import argparse
from typing import NoReturn

EVERYWHERE = {"state": "", "folder": "", "verbose": 0, "log": ""}
"""The options that every verb takes, with their defaults."""
WITH_VALUE = frozenset({"--state", "-C", "--log"})


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

    def error(self, message: str) -> NoReturn:
        from flow_tui.errors import UsageError

        raise UsageError(message, f"'{self.prog} --help' shows how it is used")


def exit_codes() -> str:
    """Return the table of exit codes as text."""
    from flow_tui.exit_codes import MEANINGS

    rows = (f"  {code.value:>3}  {meaning}" for code, meaning in MEANINGS.items())
    return "\n".join(["exit codes:", *rows])


def nearest(word: str, known: list[str]) -> str:
    """Return a hint that names what ``word`` was probably meant to be, or nothing."""
    from difflib import get_close_matches

    close = get_close_matches(word, known, n=1)
    return f"did you mean {close[0]!r}?" if close else ""
