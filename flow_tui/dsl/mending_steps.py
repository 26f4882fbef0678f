"""What to do about steps, blocks and braces that do not fit; see ``mending``."""

from flow_tui.dsl.stretch import PARTS, STEPS, Stretch, token_of
from flow_tui.dsl.tokens import NODES, WORDS
from flow_tui.dsl.words import nearest

_HEADS = frozenset({"CALL", "GATE", "SCRIPT", "FOREACH", "IF", "UNLESS", "WHILE", "DO", "PARALLEL", "ALWAYS"})
_ASKING = frozenset({"IF", "UNLESS", "WHILE"})
_OTHER_WORDS = {"elif": "if", "elsif": "if", "elseif": "if", "when": "if"}
_BARE = frozenset({"DO", "PARALLEL", "ALWAYS", "META", "INPUTS"})
"""They have no name: their braces follow at once."""
_OPENERS = frozenset({"LBRACE"})


def condition(stretch: Stretch) -> bool:
    """A condition holds more than STEP.MARKER or NAME."""
    head = stretch.innermost(_HEADS | _OPENERS)
    if head < 0 or stretch.machine.values[head].type not in _ASKING:
        return False
    if stretch.machine.expected() == frozenset({"DOT"}):
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


def old_do(stretch: Stretch) -> bool:
    """``do STEP.MARKER {`` is how loops were written once."""
    kind = stretch.kind(stretch.at)
    if stretch.kind(stretch.at - 1) != "DO" or kind not in WORDS - {"KEY"} or stretch.begins_line(stretch.at):
        return False
    while stretch.kind(stretch.at) in WORDS | {"DOT"} and not stretch.begins_line(stretch.at):
        stretch.at += 1
    if stretch.kind(stretch.at) != "LBRACE":
        stretch.put("LBRACE")
    return True


def opening_brace(stretch: Stretch) -> bool:
    """The braces of a construct are not opened."""
    machine, kind = stretch.machine, stretch.kind(stretch.at)
    if not machine.fits("LBRACE") or stretch.in_array():
        return False
    if _skip_to_brace(stretch):
        return True
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


def _skip_to_brace(stretch: Stretch) -> bool:
    """Leave out words too many between a head and its brace on the same line."""
    at = stretch.at
    while stretch.kind(at) in {"IDENT", "STRING", "INT", "DOT"} and not stretch.begins_line(at):
        at += 1
    if at == stretch.at or stretch.kind(at) != "LBRACE" or stretch.begins_line(at):
        return False
    stretch.at = at
    return True


def _unbraced_pairs(stretch: Stretch) -> bool:
    """Read options as if braces stood around them."""
    end = stretch.pairs_end()
    if not stretch.put("LBRACE"):
        return False
    while stretch.at < end and stretch.machine.feed(stretch.tokens[stretch.at]):
        stretch.at += 1
    stretch.close()
    return True


def closing_brace(stretch: Stretch) -> bool:
    """A block ends before something in it is complete."""
    if stretch.kind(stretch.at) != "RBRACE":
        return False
    opener = stretch.innermost(_OPENERS)
    if opener < 0 or not stretch.drop_until("RBRACE", opener):
        stretch.at += 1
    return True


def step_among_options(stretch: Stretch) -> bool:
    """A step stands where only options may: its block should be closed, or the step be elsewhere."""
    machine, kind = stretch.machine, stretch.kind(stretch.at)
    if kind not in PARTS or machine.fits("IF") or stretch.in_array():
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


def block_of_nothing(stretch: Stretch) -> bool:
    """Braces open that belong to nothing: what is in them is read by itself."""
    if stretch.kind(stretch.at) != "LBRACE":
        return False
    if stretch.kind(stretch.at - 1) == "LBRACE" and stretch.shared.missing > 0:
        stretch.shared.missing -= 1
        stretch.at += 1
        return True
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


def meant_step(stretch: Stretch) -> str:
    """Return the type of the step that a word was meant to begin, or nothing."""
    token = stretch.tokens[stretch.at]
    if token.type != "IDENT":
        return ""
    word = token.value.lower()
    meant = (_OTHER_WORDS.get(word) or nearest(word, [*NODES, "meta", "inputs"])).upper()
    after = stretch.kind(stretch.at + 1)
    if meant in _BARE:
        fits = after == "LBRACE"
    else:
        fits = (after in WORDS and after != "KEY") or (meant == "CALL" and after == "STRING")
    return meant if meant and fits and stretch.machine.fits(meant) else ""


def unknown_step(stretch: Stretch) -> bool:
    """A word begins a step that there is not."""
    if not stretch.machine.fits("IF") or stretch.in_array():
        return False
    if stretch.kind(stretch.at) == "WORKFLOW":
        return stretch.put("CALL")
    if stretch.kind(stretch.at) != "IDENT":
        return False
    if meant := meant_step(stretch):
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
    return stretch.kind(stretch.at) != "LBRACE" or block_of_nothing(stretch)


def late_option(stretch: Stretch) -> bool:
    """Options stand after the first step, or where there are none at all."""
    if stretch.kind(stretch.at) != "KEY":
        return False
    opener = stretch.innermost(_OPENERS)
    if opener >= 0:
        stretch.shared.damage.append(stretch.machine.values[opener].start)
    stretch.at = stretch.pairs_end()
    return True
