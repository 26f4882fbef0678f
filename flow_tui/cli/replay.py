"""``flow-tui replay``: shows a recorded run happening again."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace

DESCRIPTION = """Shows a recorded run on the dashboard as it happened, at any speed.

Nothing is run and nothing is changed. p plays and pauses, < and > change the speed, { and } jump in time,
( and ) go from event to event, I passes quickly over idle time."""
EXAMPLE = "flow-tui replay last --speed 10"
SLOWEST, FASTEST = 0.25, 1000


def arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument(
        "run", metavar="RUN", nargs="?", default="last", help="the end of its id, or 'last' (the default)"
    )
    parser.add_argument(
        "--speed",
        metavar="TIMES",
        type=_speed,
        default=1.0,
        help=f"from {SLOWEST} to {FASTEST} times as fast as it was (default: 1)",
    )


def execute(options: Namespace) -> int:
    """Show it."""
    from flow_tui.cli.attach import looked_at

    options.exit = False
    return looked_at(options, options.speed)


def _speed(text: str) -> float:
    """Return how much faster; with an ``x`` behind it or not."""
    try:
        speed = float(text.lower().removesuffix("x"))
    except ValueError:
        speed = 0
    if not SLOWEST <= speed <= FASTEST:
        message = f"{text!r} is no speed from {SLOWEST} to {FASTEST}"
        raise ArgumentTypeError(message)
    return speed
