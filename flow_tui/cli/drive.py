"""``flow-tui drive``: the dashboard without a terminal, for tests, pictures and other programs."""

import os
import sys
from argparse import REMAINDER, ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from flow_tui.cli.options import EVERYWHERE, nearest, number
from flow_tui.cli.ui import DRIVEN
from flow_tui.errors import UsageError

if TYPE_CHECKING:
    from flow_tui.app.driven import Instruction

DESCRIPTION = """Opens the dashboard without a terminal and does what a script says, an instruction a line:

  press KEY ...   keys by their names, such as: press j j enter ctrl+s question_mark
  type TEXT       the characters of a text
  wait TEXT       go on once it is on screen; gone TEXT: once it is not
  size 80x24      another size
  print           what is on screen, as text, to stdout
  picture FILE    what is on screen, as SVG

Empty lines and lines that begin with # are left out. At the end of the script the dashboard is left, and
what still runs is cancelled. Whatever is waited for and does not come ends the program with status 1."""
EXAMPLE = "flow-tui drive --script keys.txt --size 120x40 run hello"
_WORDS = ("press", "type", "wait", "gone", "size", "print", "picture")


def arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument("--script", metavar="FILE", default="-", help="where it is (default: stdin)")
    parser.add_argument("--size", metavar="CxL", default="100x30", help="columns x lines (default: 100x30)")
    parser.add_argument(
        "--patience",
        metavar="S",
        type=number(1, 3600),
        default=10,
        help="seconds to wait at most (default: 10)",
    )
    parser.add_argument(
        "rest", metavar="VERB …", nargs=REMAINDER, help="what opens the dashboard; nothing for home"
    )


def execute(options: Namespace) -> int:
    """Open it and follow the script; return the exit status of what was opened, or 1."""
    script = instructions(_read(options.script))
    rest = list(options.rest)
    from flow_tui.cli import main

    inner = Namespace(**{name: getattr(options, name) for name in EVERYWHERE})
    inner.drive = Namespace(script=script, size=_size(options.size), patience=options.patience, opened=False)
    os.environ[DRIVEN] = "1"
    try:
        status = main.do(rest, inner)
    finally:
        os.environ.pop(DRIVEN, None)
    if not inner.drive.opened:
        raise UsageError(f"'{' '.join(rest)}' opens no dashboard", "such as: flow-tui drive run hello")
    return status


def instructions(text: str) -> "tuple[Instruction, ...]":
    """Return what a script says; raises ``UsageError`` with the line that cannot be understood."""
    lines = enumerate(text.splitlines(), 1)
    told = (
        (number, line.strip()) for number, line in lines if line.strip() and not line.lstrip().startswith("#")
    )
    return tuple(_instruction(number, line) for number, line in told)


def _instruction(number: int, line: str) -> "Instruction":
    from flow_tui.app.driven import Instruction

    word, _, rest = line.partition(" ")
    rest = rest.strip()
    match word:
        case "press" if rest:
            return Instruction("press", keys=tuple(rest.split()))
        case "type" | "wait" | "gone" | "picture" if rest:
            return Instruction(word, text=rest)
        case "size" if rest:
            return Instruction("size", size=_size(rest, f"line {number}: "))
        case "print" if not rest:
            return Instruction("print")
        case _ if word in _WORDS:
            wrong = "takes nothing" if word == "print" else "needs something after it"
            raise UsageError(
                f"line {number}: '{word}' {wrong}", "'flow-tui drive --help' lists what there is"
            )
        case _:
            hint = nearest(word, list(_WORDS)) or f"there are {', '.join(_WORDS)}"
            raise UsageError(f"line {number}: there is no instruction {word!r}", hint)


def _size(text: str, where: str = "") -> tuple[int, int]:
    columns, _, lines = text.partition("x")
    if not (
        columns.isdecimal() and lines.isdecimal() and 0 < int(columns) <= 1000 and 0 < int(lines) <= 1000
    ):
        raise UsageError(f"{where}{text!r} is no size of a terminal", "such as 80x24; at most 1000x1000")
    return int(columns), int(lines)


def _read(name: str) -> str:
    if name == "-":
        return sys.stdin.read()
    from flow_tui.dsl.files import UnreadableError, read

    try:
        return read(Path(name)).decode("utf-8-sig", "replace")
    except UnreadableError as error:
        raise UsageError(f"cannot read {name}: {error}") from None
