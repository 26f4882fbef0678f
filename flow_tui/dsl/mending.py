"""What to do about a token that does not fit: one small rule for each kind of mistake.

A rule looks at where the reading stands and either leaves it alone, or puts in what is missing, takes one word
for another, or skips some; then the reading goes on. The first rule that does something wins.
"""

from collections.abc import Callable
from typing import Any

from flow_tui.dsl.stretch import PARTS, STEPS, Stretch, token_of
from flow_tui.dsl.tokens import NODES, UNKNOWN, WORDS, Token
from flow_tui.dsl.words import nearest

_HEADS = frozenset({"CALL", "GATE", "SCRIPT", "FOREACH", "IF", "UNLESS", "WHILE", "DO", "PARALLEL", "ALWAYS"})
_ASKING = frozenset({"IF", "UNLESS", "WHILE"})
_BEFORE_A_NAME = frozenset({"WORKFLOW", "GATE", "SCRIPT", "FOREACH", "IF", "UNLESS", "WHILE", "DOT"})
_NOT_A_NAME = frozenset({"STRING", "INT", "META", "DO", "KEY"})
_OTHER_WORDS = {"elif": "if", "elsif": "if", "elseif": "if", "when": "if"}
_OPENERS = frozenset({"LBRACE"})


def mend(stretch: Stretch) -> None:
    """Find a way to go on at a token that does not fit."""
    for rule in _RULES:
        if rule(stretch):
            return
    _skip(stretch)


def _skip(stretch: Stretch) -> None:
    """Leave out a token, and what touches it; what stands in brackets as a whole."""
    if stretch.kind(stretch.at) in {"LBRACE", "LSQB"}:
        stretch.at = stretch.group_end(stretch.at)
        return
    stretch.at += 1
    while stretch.kind(stretch.at) in {"INT", "DOT", *WORDS} and stretch.touches(stretch.at):
        stretch.at += 1


# Before and after the workflow


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
        _skip(stretch)
    return True


# Names, agents and values


def _name(stretch: Stretch) -> bool:
    """A name is missing, or is something that cannot be one."""
    machine, at = stretch.machine, stretch.at
    previous, kind = stretch.kind(at - 1), stretch.kind(at)
    if not machine.fits("IDENT") or machine.fits("STRING"):
        return False
    if previous not in _BEFORE_A_NAME and (not _in_inputs(stretch) or kind in {"KEY", "DO", "META"}):
        return False
    if kind in _NOT_A_NAME and not (previous in _BEFORE_A_NAME and stretch.begins_line(at)):
        stretch.put_as("IDENT")
        _skip(stretch)
        return True
    return previous in _BEFORE_A_NAME and stretch.put("IDENT")


def _in_inputs(stretch: Stretch) -> bool:
    values, opener = stretch.machine.values, stretch.innermost()
    return opener > 0 and token_of(values[opener - 1], frozenset({"INPUTS"})) is not None


def _agent(stretch: Stretch) -> bool:
    """The agent of a call is missing, or cannot be one."""
    at = stretch.at
    if stretch.kind(at - 1) != "CALL" or not stretch.machine.fits("STRING"):
        return False
    if stretch.begins_line(at) or stretch.kind(at) not in {"WORKFLOW", "INT", "KEY", "DOT"}:
        return stretch.put("IDENT")
    stretch.put_as("IDENT", "_")
    is_workflow = stretch.kind(at) == "WORKFLOW"
    _skip(stretch)
    if is_workflow and stretch.kind(stretch.at) in WORDS and not stretch.begins_line(stretch.at):
        stretch.at += 1
    return True


def _value(stretch: Stretch) -> bool:
    """A value is missing, or is something that cannot be one."""
    at = stretch.at
    previous, kind = stretch.kind(at - 1), stretch.kind(at)
    if previous != "EQUAL" and not (_in_array(stretch) and previous in {"LSQB", "COMMA"}):
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
    if not later and kind in {"META", "DO", "DOT"}:
        _skip(stretch)
    elif _in_array(stretch):
        return False
    return stretch.put("STRING")


def _assigned_twice(stretch: Stretch) -> bool:
    """Take ``a = b = c`` as one option."""
    stretch.put("STRING")
    stretch.at = _pairs_end(stretch)
    return True


def _in_array(stretch: Stretch) -> bool:
    opener = stretch.innermost()
    return opener >= 0 and stretch.machine.values[opener].type == "LSQB"


def _array(stretch: Stretch) -> bool:
    """An array is not closed where it should be, or holds what cannot be in one."""
    if not _in_array(stretch):
        return False
    if stretch.kind(stretch.at) in {"KEY", "RBRACE"}:
        return stretch.put("RSQB") or _drop_array(stretch)
    _skip(stretch)
    return True


def _drop_array(stretch: Stretch) -> bool:
    opener = stretch.innermost()
    return stretch.drop_until("RSQB", opener) and stretch.put("RSQB")


def _equals(stretch: Stretch) -> bool:
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
    if not valued or not machine.fits("KEY") or (machine.fits("IF") and _meant_step(stretch)):
        return False
    stretch.put_as("KEY")
    stretch.at += 1
    return stretch.put("EQUAL")


# Heads and braces


def _condition(stretch: Stretch) -> bool:
    """A condition holds more than STEP.MARKER or NAME."""
    head = stretch.innermost(_HEADS | _OPENERS)
    if head < 0 or stretch.machine.values[head].type not in _ASKING:
        return False
    if stretch.machine.expected() == {"DOT"}:
        return stretch.put("DOT", "IDENT")
    if not stretch.machine.fits("LBRACE"):
        return False
    at = stretch.at
    while at < stretch.end and stretch.kind(at) not in {"LBRACE", "RBRACE"} and not stretch.begins_line(at):
        at += 1
    if at == stretch.at:
        return False
    stretch.at = at
    return True


def _old_do(stretch: Stretch) -> bool:
    """``do STEP.MARKER {`` is how loops were written once."""
    if stretch.kind(stretch.at - 1) != "DO" or stretch.kind(stretch.at) not in WORDS:
        return False
    while stretch.kind(stretch.at) in WORDS | {"DOT"} and not stretch.begins_line(stretch.at):
        stretch.at += 1
    return stretch.kind(stretch.at) == "LBRACE" or stretch.put("LBRACE")


def _opening_brace(stretch: Stretch) -> bool:
    """The braces of a construct are not opened."""
    machine, kind = stretch.machine, stretch.kind(stretch.at)
    if not machine.fits("LBRACE") or _in_array(stretch):
        return False
    if stretch.shared.missing < 0:
        stretch.shared.missing += 1
        return stretch.put("LBRACE")
    if machine.fits("RBRACE"):
        return False
    if kind == "KEY":
        return _unbraced_pairs(stretch)
    if machine.values and token_of(machine.values[0], frozenset({"WORKFLOW"})) and len(machine.values) == 2:
        return stretch.put("LBRACE")
    head = stretch.innermost(_HEADS | {"META", "INPUTS", "WORKFLOW"})
    if head > 0 and token_of(machine.values[head - 1], frozenset({"CALL"})):
        head -= 1
    if head <= stretch.innermost(_OPENERS):
        return False
    machine.drop(head)
    return True


def _unbraced_pairs(stretch: Stretch) -> bool:
    """Read options as if braces stood around them."""
    end = _pairs_end(stretch)
    if not stretch.put("LBRACE"):
        return False
    while stretch.at < end and stretch.machine.feed(stretch.tokens[stretch.at]):
        stretch.at += 1
    return stretch.close()


def _pairs_end(stretch: Stretch) -> int:
    """Return the index behind the options that begin here."""
    at = stretch.at
    while stretch.kind(at) == "KEY" and stretch.kind(at + 1) == "EQUAL":
        value = stretch.kind(at + 2)
        if value in {"LBRACE", "LSQB"}:
            at = stretch.group_end(at + 2)
        elif value in {"STRING", "INT"} or (value in WORDS and value != "KEY"):
            at += 3
            while stretch.kind(at) == "DOT":
                at += 2
        else:
            return min(at + 2, stretch.end)
        at += stretch.kind(at) == "COMMA"
    return min(max(at, stretch.at + 1), stretch.end)


def _closing_brace(stretch: Stretch) -> bool:
    """A block ends before something in it is complete."""
    if stretch.kind(stretch.at) != "RBRACE":
        return False
    opener = stretch.innermost(_OPENERS)
    if opener < 0 or not stretch.drop_until("RBRACE", opener):
        stretch.at += 1
    return True


# Steps


def _step_among_options(stretch: Stretch) -> bool:
    """A step stands where only options may: its block should be closed, or the step be elsewhere."""
    machine, kind = stretch.machine, stretch.kind(stretch.at)
    if kind not in PARTS or machine.fits("IF") or _in_array(stretch):
        return False
    opener = stretch.innermost(_OPENERS)
    if opener < 0 or not stretch.drop_until("RBRACE", opener):
        return False
    if stretch.shared.missing > 0:
        stretch.shared.missing -= 1
        return stretch.put("RBRACE")
    if kind == "INPUTS" and stretch.kind(stretch.at + 1) == "LBRACE":
        stretch.at = stretch.group_end(stretch.at + 1)
        return True
    _read_aside(stretch, _construct_end(stretch))
    return True


def _construct_end(stretch: Stretch) -> int:
    """Return the index behind the construct that begins here."""
    at = stretch.at + 1
    while stretch.kind(at) in WORDS | {"STRING", "INT", "DOT"} and not stretch.begins_line(at):
        at += 1
    if stretch.kind(at) == "LBRACE":
        at = stretch.group_end(at)
    if stretch.kind(stretch.at) == "DO" and stretch.kind(at) == "WHILE":
        at = min(at + 4, stretch.end)
    return at


def _read_aside(stretch: Stretch, end: int) -> None:
    stretch.shared.aside(stretch.at, end)
    stretch.at = end


def _block_of_nothing(stretch: Stretch) -> bool:
    """Braces open that belong to nothing: what is in them is read by itself."""
    if stretch.kind(stretch.at) != "LBRACE":
        return False
    end = stretch.group_end(stretch.at)
    stretch.shared.damage.append(stretch.tokens[stretch.at - 1].start)
    if stretch.kind(stretch.at + 1) in STEPS:
        closed = stretch.kind(end - 1) == "RBRACE"
        stretch.shared.aside(stretch.at + 1, end - closed)
    stretch.at = end
    while (
        stretch.kind(end) in WORDS | {"DOT"}
        and stretch.kind(stretch.at) == "WHILE"
        and not stretch.begins_line(end)
    ):
        end += 1
    stretch.at = end
    return True


def _meant_step(stretch: Stretch) -> str:
    """Return the type of the step that a word was meant to begin, or nothing."""
    token = stretch.tokens[stretch.at]
    if token.type != "IDENT" or stretch.kind(stretch.at + 1) not in {"STRING", "LBRACE", *WORDS - {"KEY"}}:
        return ""
    word = token.value.lower()
    meant = _OTHER_WORDS.get(word) or nearest(word, [*NODES, "meta", "inputs"])
    return meant.upper() if meant and stretch.machine.fits(meant.upper()) else ""


def _unknown_step(stretch: Stretch) -> bool:
    """A word begins a step that there is not."""
    if not stretch.machine.fits("IF") or _in_array(stretch):
        return False
    if stretch.kind(stretch.at) == "WORKFLOW":
        return stretch.put("CALL")
    if stretch.kind(stretch.at) != "IDENT":
        return False
    if meant := _meant_step(stretch):
        stretch.put_as(meant)
        stretch.at += 1
        return True
    if stretch.tokens[stretch.at].value == "else" and stretch.kind(stretch.at + 1) == "IF":
        stretch.at += 1
        return True
    stretch.at += 1
    stops = PARTS | {"LBRACE", "RBRACE"}
    while stretch.at < stretch.end and stretch.kind(stretch.at) not in stops:
        if stretch.begins_line(stretch.at):
            return True
        stretch.at += 1
    return stretch.kind(stretch.at) != "LBRACE" or _block_of_nothing(stretch)


def _late_option(stretch: Stretch) -> bool:
    """Options stand after the first step, or where there are none at all."""
    if stretch.kind(stretch.at) != "KEY":
        return False
    opener = stretch.innermost(_OPENERS)
    if opener >= 0:
        stretch.shared.damage.append(stretch.machine.values[opener].start)
    stretch.at = _pairs_end(stretch)
    return True


def _rest_of_value(stretch: Stretch) -> bool:
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


_RULES: tuple[Callable[[Stretch], bool], ...] = (
    _header,
    _after_the_end,
    _equals,
    _name,
    _agent,
    _value,
    _array,
    _old_do,
    _condition,
    _opening_brace,
    _closing_brace,
    _step_among_options,
    _block_of_nothing,
    _unknown_step,
    _late_option,
    _rest_of_value,
)
