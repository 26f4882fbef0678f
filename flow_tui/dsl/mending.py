"""What to do about a token that does not fit: one small rule for each kind of mistake.

A rule looks at where the reading stands and either leaves it alone, or puts in what is missing, takes one
word for another, or skips some; then the reading goes on. The first rule that does something wins.
"""

from collections.abc import Callable

from flow_tui.dsl import mending_steps as steps
from flow_tui.dsl import mending_values as values
from flow_tui.dsl.stretch import PARTS, Stretch
from flow_tui.dsl.tokens import WORDS
from flow_tui.dsl.words import nearest


def mend(stretch: Stretch) -> None:
    """Find a way to go on at a token that does not fit."""
    for rule in _RULES:
        if rule(stretch):
            return
    stretch.skip()
    stretch.skip_to(PARTS | {"KEY", "LBRACE", "RBRACE", "LSQB"})


def _header(stretch: Stretch) -> bool:
    """The text does not begin with 'workflow NAME {'."""
    at = stretch.at
    if stretch.machine.values or not stretch.machine.fits("WORKFLOW"):
        return False
    word = stretch.tokens[at].value.lower() if stretch.kind(at) == "IDENT" else ""
    shaped = stretch.kind(at + 1) in WORDS and stretch.kind(at + 2) == "LBRACE"
    if word and (shaped or nearest(word, ["workflow"])):
        stretch.at += stretch.put_as("WORKFLOW")
    elif stretch.kind(at) in PARTS:
        stretch.is_whole = False
        stretch.put("WORKFLOW", "IDENT", "LBRACE")
    else:
        stretch.at = _next_workflow(stretch)
        stretch.is_whole = stretch.at < stretch.end
    return True


def _next_workflow(stretch: Stretch) -> int:
    for at in range(stretch.at, stretch.end):
        if stretch.kind(at) == "WORKFLOW" and stretch.kind(at - 1) != "CALL":
            return at
    return stretch.end


def _after_the_end(stretch: Stretch) -> bool:
    """Something stands after the brace that closes the workflow: often that brace is one too many."""
    if not stretch.machine.fits("$END"):
        return False
    stretch.trailing = True
    kind = stretch.kind(stretch.at)
    if kind == "WORKFLOW":
        stretch.keep()
    elif kind in PARTS:
        stretch.keep()
        stretch.is_whole = False
        stretch.put("WORKFLOW", "IDENT", "LBRACE")
    else:
        stretch.skip_to(PARTS | {"WORKFLOW"}, anywhere=True)
    return True


_RULES: tuple[Callable[[Stretch], bool], ...] = (
    _header,
    _after_the_end,
    values.equals,
    values.name,
    values.agent,
    values.value,
    values.array,
    steps.old_do,
    steps.condition,
    steps.opening_brace,
    steps.closing_brace,
    steps.step_among_options,
    steps.block_of_nothing,
    steps.unknown_step,
    steps.late_option,
    values.rest_of_value,
)
