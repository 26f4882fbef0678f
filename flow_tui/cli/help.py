"""``flow-tui help``: what a verb, the code of a diagnostic, or a construct of the language means."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from flow_tui.cli import out

if TYPE_CHECKING:
    from flow_tui.dsl.codes import Code
    from flow_tui.errors import UsageError

DESCRIPTION = (
    "Explains a verb, or the code of a diagnostic; 'codes' lists all of those. Without a topic: the program."
)
EXAMPLE = "flow-tui help P-DURATION"
_CODES = "codes"


def arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument("topic", metavar="TOPIC", nargs="*", help="a verb, a code such as P-NAME, or 'codes'")


def execute(options: Namespace) -> int:
    """Explain it; raises ``UsageError`` for what there is nothing to say about."""
    from flow_tui.cli.main import VERBS, main

    topic, *rest = options.topic or [""]
    if rest:
        raise _unknown(" ".join(options.topic))
    if not topic or topic in VERBS:
        return main([*options.topic, "--help"])
    from flow_tui.dsl.codes import codes

    if topic == _CODES:
        for code in codes().values():
            out.data(f"{code.code:<18} {code.means}")
        return 0
    found = codes().get(topic.upper())
    if found is None:
        raise _unknown(topic)
    out.data(_explained(found))
    return 0


def _explained(code: "Code") -> str:
    from textwrap import indent

    wrong, right = indent(code.wrong, "    "), indent(code.right, "    ")
    example = f"\n\nInstead of\n\n{wrong}\n\nwrite\n\n{right}" if code.wrong else ""
    return f"{code.code} ({code.severity})\n\n{code.means}\n\n{code.fix}{example}"


def _unknown(topic: str) -> "UsageError":
    from flow_tui.cli.main import VERBS
    from flow_tui.cli.options import nearest
    from flow_tui.dsl.codes import codes
    from flow_tui.errors import UsageError

    near = nearest(topic, [*VERBS, _CODES]) or nearest(topic.upper(), list(codes()))
    hint = near or f"'flow-tui help' lists the verbs, 'flow-tui help {_CODES}' the codes"
    return UsageError(f"there is no help on {topic!r}", hint)
