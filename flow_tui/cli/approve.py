"""``flow-tui approve``: says yes to a gate."""

from argparse import ArgumentParser, Namespace

from flow_tui.cli import answering

DESCRIPTION = "Says yes to the gate that a run waits at, in whatever process it runs."
EXAMPLE = 'flow-tui approve last --feedback "ship it"'


def arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    answering.arguments(parser)
    parser.add_argument(
        "--select", metavar="OPTION", action="append", default=[], help="choose an option; repeatable"
    )


def execute(options: Namespace) -> int:
    """Approve it."""
    return answering.answer(options, approved=True, selections=tuple(options.select))
