"""What to do about names, agents, options and values that do not fit; see ``mending``."""

from typing import Any

from flow_tui.dsl.mending_steps import meant_step
from flow_tui.dsl.stretch import Stretch, token_of
from flow_tui.dsl.tokens import UNKNOWN, WORDS, Token

_BEFORE_A_NAME = frozenset({"WORKFLOW", "GATE", "SCRIPT", "FOREACH", "IF", "UNLESS", "WHILE", "DOT"})
_NOT_A_NAME = frozenset({"STRING", "INT", "META", "DO", "KEY"})


def equals(stretch: Stretch) -> bool:
    """The '=' of an option is missing."""
    machine, at = stretch.machine, stretch.at
    kind, after = stretch.kind(at), stretch.kind(at + 1)
    if kind in {"STRING", "INT"} and stretch.kind(at - 1) in {"DEFAULT", "DESCRIPTION"}:
        word: Token = stretch.tokens[at - 1]
        if machine.values and machine.values[-1] is word:
            machine.drop(len(machine.values) - 1)
            return machine.feed(Token("KEY", word.value, word.start, word.end)) and stretch.put("EQUAL")
        return False
    if kind not in WORDS or stretch.touches(at) or stretch.begins_line(at + 1):
        return False
    valued = after in {"STRING", "INT", "LSQB"} or (
        after == "LBRACE" and kind == "IDENT" and not machine.fits("IF")
    )
    if not valued or not machine.fits("KEY") or (machine.fits("IF") and meant_step(stretch)):
        return False
    stretch.put_as("KEY")
    stretch.at += 1
    return stretch.put("EQUAL")


def name(stretch: Stretch) -> bool:
    """A name is missing, or is something that cannot be one."""
    machine, at = stretch.machine, stretch.at
    previous, kind = stretch.kind(at - 1), stretch.kind(at)
    if not machine.fits("IDENT") or machine.fits("STRING"):
        return False
    if previous not in _BEFORE_A_NAME and (not _in_inputs(stretch) or kind in {"KEY", "DO", "META"}):
        return False
    if kind in _NOT_A_NAME and not (previous in _BEFORE_A_NAME and stretch.begins_line(at)):
        stretch.put_as("IDENT")
        stretch.skip()
        return True
    return previous in _BEFORE_A_NAME and stretch.put("IDENT")


def _in_inputs(stretch: Stretch) -> bool:
    values, opener = stretch.machine.values, stretch.innermost()
    return opener > 0 and token_of(values[opener - 1], frozenset({"INPUTS"})) is not None


def agent(stretch: Stretch) -> bool:
    """The agent of a call is missing, or cannot be one."""
    at = stretch.at
    if stretch.kind(at - 1) != "CALL" or not stretch.machine.fits("STRING"):
        return False
    if stretch.begins_line(at) or stretch.kind(at) not in {"WORKFLOW", "INT", "KEY", "DOT"}:
        return stretch.put("IDENT")
    stretch.put_as("IDENT", "_")
    is_workflow = stretch.kind(at) == "WORKFLOW"
    stretch.skip()
    if is_workflow and stretch.kind(stretch.at) in WORDS and not stretch.begins_line(stretch.at):
        stretch.at += 1
    return True


def value(stretch: Stretch) -> bool:
    """A value is missing, or is something that cannot be one."""
    at = stretch.at
    previous, kind = stretch.kind(at - 1), stretch.kind(at)
    if previous != "EQUAL" and not (stretch.in_array() and previous in {"LSQB", "COMMA"}):
        return False
    if kind in {"EQUAL", "COMMA"}:
        stretch.at += 1
        return True
    later = stretch.begins_line(at)
    if not later and kind == "KEY":
        if stretch.shared.missing < 0:
            stretch.shared.missing += 1
            return stretch.put("LBRACE")
        return _assigned_twice(stretch)
    left_out = not later and kind in {"META", "DO", "DOT"}
    if left_out:
        stretch.skip()
    elif stretch.in_array():
        return False
    return stretch.put("STRING") or left_out


def _assigned_twice(stretch: Stretch) -> bool:
    """Take ``a = b = c`` as one option."""
    stretch.put("STRING")
    stretch.at = stretch.pairs_end()
    return True


def array(stretch: Stretch) -> bool:
    """An array is not closed where it should be, or holds what cannot be in one."""
    if not stretch.in_array():
        return False
    if stretch.kind(stretch.at) in {"KEY", "RBRACE"}:
        return stretch.put("RSQB") or _drop_array(stretch)
    stretch.skip()
    return True


def _drop_array(stretch: Stretch) -> bool:
    opener = stretch.innermost()
    return stretch.drop_until("RSQB", opener) and stretch.put("RSQB")


def rest_of_value(stretch: Stretch) -> bool:
    """A value goes on without quotes up to the end of its line."""
    at = stretch.at
    if not stretch.machine.fits("KEY") or stretch.machine.fits("IF") or stretch.begins_line(at):
        return False
    while at < stretch.end and stretch.kind(at) not in {"KEY", "LBRACE", "RBRACE", "RSQB"}:
        at += 1
        if at < stretch.end and stretch.begins_line(at):
            break
    if at == stretch.at:
        return False
    _forget_value(stretch)
    if stretch.kind(at) == "RSQB":
        at += 1
    stretch.at = at
    return True


def _forget_value(stretch: Stretch) -> None:
    """Take the value that was just read for the beginning of something else."""
    values = stretch.machine.values
    if token_of(values[-1], frozenset({"COMMA"})):
        stretch.machine.drop(len(values) - 1)
    last = values[-1]
    holder: list[Any] = values if isinstance(last, Token) else getattr(last, "children", [])
    token = holder[-1] if holder else None
    if isinstance(token, Token) and token.type in {"INT", "STRING", *WORDS}:
        holder[-1] = Token(token.type, UNKNOWN, token.start, token.end)
