"""``flow-tui reject``: says no to a gate."""

from argparse import ArgumentParser, Namespace

from flow_tui.cli import answering

DESCRIPTION = "Says no to the gate that a run waits at, in whatever process it runs."
EXAMPLE = 'flow-tui reject last --feedback "the tests are missing"'


def arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    answering.arguments(parser)


def execute(options: Namespace) -> int:
    """Reject it."""
    return answering.answer(options, approved=False)
