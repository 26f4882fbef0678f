"""What to tell people about a token that does not fit: code, message, place and hint."""

from collections.abc import Collection, Sequence

from flow_tui.dataclass import dataclass
from flow_tui.diagnostics import Diagnostic
from flow_tui.dsl import ast
from flow_tui.dsl.behind_do import behind_do
from flow_tui.dsl.options import options_of, range_of
from flow_tui.dsl.slips import INNER_QUOTES
from flow_tui.dsl.tokens import NODES, PUNCTUATION, WORDS, Lines, Token
from flow_tui.dsl.words import meant, shown

_MARKS = {name: mark for mark, name in PUNCTUATION.items()}
_HEADS = frozenset({"WORKFLOW", "CALL", "GATE", "SCRIPT", "FOREACH", "IF", "UNLESS", "WHILE"})
_NAMED = (_HEADS - {"CALL"}) | {"DOT"}
_DIFFERENT_WORDS = {
    "else": "there is no 'else': use 'unless' with the same condition",
    "elif": "there is no 'elif': use 'unless' and 'if'",
    "and": "conditions have no operators: put one 'if' inside the other",
    "or": "conditions have no operators: let one step set a marker for both cases",
    "not": "conditions have no operators: 'unless' is the opposite of 'if'",
    "for": "to run a workflow for every item write 'foreach NAME { … }'",
    "run": "to run a command write 'script NAME { run = \"…\" }'",
    "step": "to run an agent write 'call NAME', to run a command 'script NAME { … }'",
    "until": "write 'do { … } while STEP.MARKER'",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfit:
    """A token that cannot stand where it does."""

    tokens: Sequence[Token]
    at: int
    """Its index; one past the last for the end of the text."""
    expected: Collection[str]
    """The types of the tokens that could."""
    stack: Sequence[object]
    """What has been read and is not complete, outermost first."""
    is_later: bool
    """Whether it stands on a later line than the token before it."""

    @property
    def found(self) -> Token | None:
        """Return the token, or nothing at the end of the text."""
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    @property
    def previous(self) -> Token | None:
        """Return the token before it."""
        return self.tokens[self.at - 1] if self.at else None

    @property
    def place(self) -> Token | None:
        """Return where something is missing: the end of a line, where the next begins with something else."""
        found, previous = self.found, self.previous
        if not self.is_later or found is None or previous is None:
            return found
        if found.type in ("STRING", "INT") or found.value in _DIFFERENT_WORDS:
            return found
        return Token("LINE_END", "", previous.end, previous.end)

    def kinds(self, count: int) -> list[str]:
        """Return the types of the ``count`` tokens before it."""
        return [token.type for token in self.tokens[max(0, self.at - count) : self.at]]

    def opener(self) -> tuple[Token | None, str]:
        """Return the innermost open bracket and whose it is: ``KEY`` for a map, ``LSQB`` for an array."""
        closed = 0  # what was read last may stand there with both its brackets
        for index in range(len(self.stack) - 1, -1, -1):
            bracket = self.stack[index]
            if not isinstance(bracket, Token):
                continue
            if bracket.type in ("RBRACE", "RSQB"):
                closed += 1
            elif bracket.type in ("LBRACE", "LSQB"):
                if not closed:
                    return bracket, self._owner(index)
                closed -= 1
        return None, ""

    def _owner(self, index: int) -> str:
        if _kind(self.stack[index]) == "LSQB":
            return "LSQB"
        head = _kind(self.stack[index - 2]) if index > 1 else ""
        if head == "WORKFLOW" and index > 2 and _kind(self.stack[index - 3]) == "CALL":
            return "CALL"
        return head if head in _HEADS else _kind(self.stack[index - 1])


def _kind(thing: object) -> str:
    return thing.type if isinstance(thing, Token) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finding:
    code: str
    message: str
    hint: str = ""
    token: Token | None = None


_ASKED = frozenset({"IF", "UNLESS", "WHILE"})
_NO_OPERATORS = "write 'if STEP.MARKER': the step leaves the marker when the case holds"


def explain(unfit: Unfit, lines: Lines, file: str = "") -> Diagnostic:
    """Return what is wrong at a token that does not fit."""
    found = unfit.found
    finding = _structural(unfit) or _missing(unfit)
    if finding is None:
        finding = _ended(unfit, lines) if found is None else _misplaced(unfit, found)
    token = finding.token or found
    if token is not None:
        start, end = token.start, token.end
    else:
        start = end = unfit.previous.end if unfit.previous else 0
    return Diagnostic(
        code=finding.code,
        message=finding.message,
        hint=finding.hint,
        span=lines.span(start, end),
        file=file,
    )


_NUMBERED = (
    *(ast.Call, ast.ParallelCall, ast.Script, ast.CallWorkflow, ast.While, ast.DoWhile),
    *(ast.Parallel, ast.Gate, ast.QualityGate, ast.ForEach, ast.Workflow),
)


def number_hint(option: str) -> str:
    """Return what to write instead of a number that is too large for anything."""
    allowed = next((found for model in _NUMBERED if (found := range_of(model, option))), "")
    return f"{option} takes a number {allowed}" if allowed else "put it in quotes"


def _structural(unfit: Unfit) -> _Finding | None:
    """Return the finding for a shape that is known to be mistaken for another."""
    found, previous = unfit.found, unfit.previous
    if unfit.expected == {"WORKFLOW"}:
        word = found.value if found and found.type in WORDS else ""
        hint = meant(word.lower(), ["workflow"]) or "a file holds one 'workflow NAME { … }'"
        return _Finding(code="P-EXPECTED", message=f"expected 'workflow', found {named(found)}", hint=hint)
    if "$END" in unfit.expected:
        one = "a file holds one workflow: put this one into a file of its own"
        brace = "a '}' before this closes the workflow already"
        hint = one if found and found.type == "WORKFLOW" else brace
        return _Finding(
            code="P-TRAILING", message=f"{named(found)} stands after the workflow's end", hint=hint
        )
    old = found is not None and found.type in WORDS - {"KEY"} and not unfit.is_later
    if previous and previous.type == "DO" and found and old:
        return _Finding(
            code="P-OLD-DO",
            message=f"'do {found.value} …' is no longer the way to write a loop",
            hint="write 'do { … } while STEP.MARKER', with the options inside the braces",
        )
    if (operator := _operator(unfit)) is not None:
        return operator
    if unfit.expected == {"DOT"}:
        return _Finding(
            code="P-LOOP-COND",
            message=f"a loop needs STEP.MARKER, not {named(previous)}",
            hint="a loop goes on while a step leaves a marker; inputs do not change during a run",
            token=previous,
        )
    if found and unfit.kinds(5)[:2] == ["RBRACE", "WHILE"] and (said := behind_do(unfit.tokens, unfit.at)):
        message, hint = said
        return _Finding(code="P-NODE", message=message, hint=hint)
    return None


def _operator(unfit: Unfit) -> _Finding | None:
    """Return the finding for a condition that compares, or that begins with 'not'."""
    found, previous, kinds = unfit.found, unfit.previous, unfit.kinds(3)
    if found is None or previous is None or "KEY" in unfit.expected:
        return None
    if found.type == "KEY" and (kinds[-1] in _ASKED or (kinds[0] in _ASKED and kinds[-1] == "DOT")):
        marks = [token for token in unfit.tokens[unfit.at + 1 : unfit.at + 3] if token.type == "EQUAL"]
        said = "".join(token.value for token in marks)
        operator = Token("EQUAL", said, marks[0].start, marks[-1].end)
        message = f"a condition has no operators, found {said!r}"
        return _Finding(code="P-EXPECTED", message=message, hint=_NO_OPERATORS, token=operator)
    if previous.value == "not" and kinds[-2:-1] and kinds[-2] in _ASKED and found.type in WORDS:
        after = unfit.tokens[unfit.at + 1 : unfit.at + 3]
        dotted = len(after) > 1 and after[0].type == "DOT"
        asked = "".join(token.value for token in (found, *(after if dotted else ())))
        hint = "a loop goes on while a step leaves a marker"
        if kinds[-2] != "WHILE":
            hint = f"use '{'unless' if kinds[-2] == 'IF' else 'if'} {asked}'"
        message = "a condition has no operators, found 'not'"
        return _Finding(code="P-EXPECTED", message=message, hint=hint, token=previous)
    return None


def _missing(unfit: Unfit) -> _Finding | None:
    """Return the finding where a name, an agent or a value should stand, or the text ends too early."""
    found, place = unfit.found, unfit.place
    before = unfit.previous.type if unfit.previous else ""
    _, block = unfit.opener()
    if before == "CALL" and "STRING" in unfit.expected:
        hint = "'parallel' holds calls of agents only" if _kind(found) == "WORKFLOW" else ""
        return _Finding(
            code="P-AGENT",
            message=f"expected the name of an agent, found {named(place)}",
            hint=hint,
            token=place,
        )
    if before in _NAMED and "IDENT" in unfit.expected and "STRING" not in unfit.expected:
        return _Finding(
            code="P-NAME",
            message=f"expected a name, found {named(place)}",
            hint=_name_hint(place) or _condition_hint(unfit),
            token=place,
        )
    if before == "EQUAL" or (block == "LSQB" and before in ("LSQB", "COMMA")):
        place = place if before == "EQUAL" else found
        hint = "put it in quotes" if place and place.type in WORDS else ""
        message = f"expected a value, found {named(place)}"
        return _Finding(code="P-VALUE", message=message, hint=hint, token=place)
    if before in ("DEFAULT", "DESCRIPTION") and found and found.type in ("STRING", "INT") and unfit.previous:
        word = unfit.previous.value
        return _Finding(
            code="P-EXPECTED", message=f"'=' is missing after {word!r}", hint=f"write {word} = VALUE"
        )
    if found and block == "INPUTS" and "IDENT" in unfit.expected:
        hint = "nothing separates inputs" if found.type == "COMMA" else _name_hint(found)
        if found.type == "KEY":
            hint = f"write {found.value} default = VALUE"
        return _Finding(
            code="P-NAME", message=f"expected the name of an input, found {named(found)}", hint=hint
        )
    return None


def _ended(unfit: Unfit, lines: Lines) -> _Finding:
    """Return the finding for a text that ends too early."""
    bracket, _ = unfit.opener()
    hint = ""
    if bracket is not None:
        line = lines.span(bracket.start, bracket.end).line
        hint = f"the {bracket.value!r} on line {line} is still open"
    return _Finding(code="P-EXPECTED", message=f"expected {_wanted(unfit)}, found {named(None)}", hint=hint)


def _misplaced(unfit: Unfit, found: Token) -> _Finding:
    """Return the finding for a token where a step or a mark should stand."""
    _, block = unfit.opener()
    if "IF" in unfit.expected and block != "LSQB":
        message = f"expected a step ({', '.join(NODES)}) or '}}', found {named(found)}"
        return _Finding(code="P-NODE", message=message, hint=_node_hint(unfit, found, block))
    after = unfit.tokens[unfit.at + 1] if unfit.at + 1 < len(unfit.tokens) else None
    touches = _touches_text(unfit, found)
    values = {"STRING", "INT", "LSQB", "LBRACE"}
    valued = after is not None and after.type in values and not touches
    if valued and "KEY" in unfit.expected and found.type == "IDENT":
        message = f"'=' is missing after {named(found)}"
        return _Finding(code="P-EXPECTED", message=message, hint=f"write {found.value} = VALUE")
    place = unfit.place if set(unfit.expected) <= {"LBRACE", "DOT"} else found
    message = f"expected {_wanted(unfit)}, found {named(place)}"
    hint = INNER_QUOTES if touches else _mark_hint(unfit, found, block)
    return _Finding(code="P-EXPECTED", message=message, hint=hint, token=place)


def _touches_text(unfit: Unfit, found: Token) -> bool:
    """Say whether a text ends, or begins, right at a word: it was probably meant to go on."""
    previous = unfit.previous
    if previous is None or previous.end != found.start:
        return False
    words = WORDS | {"INT"}
    return (previous.type == "STRING" and found.type in words) or (
        found.type == "STRING" and previous.type in words
    )


def _name_hint(found: Token | None) -> str:
    if found is None:
        return ""
    if found.type == "STRING":
        return "write the name without quotes"
    if found.type in ("META", "DO"):
        return f"{found.value!r} cannot be a name"
    if found.type == "INT":
        return "a name starts with a letter or _"
    return ""


def _condition_hint(unfit: Unfit) -> str:
    previous = unfit.previous
    if previous is None or previous.type not in _ASKED | {"DOT"}:
        return ""
    if previous.type == "DOT":
        return "after the dot stands the marker that the step leaves"
    if unfit.kinds(2)[0] == "RBRACE" and previous.type == "WHILE":
        return "write '} while STEP.MARKER'"
    named_too = "" if previous.type == "WHILE" else ", or with a boolean input: NAME"
    return f"write '{previous.value} STEP.MARKER {{ … }}'{named_too}"


def _node_hint(unfit: Unfit, found: Token, block: str) -> str:
    if found.value in _DIFFERENT_WORDS:
        return _DIFFERENT_WORDS[found.value]
    if found.type == "KEY":
        if "LBRACE" in unfit.expected and found.value in options_of(ast.Call):
            return "options stand in braces after what they belong to: { NAME = VALUE }"
        if block == "WORKFLOW":
            return "the texts of a workflow stand in 'meta { … }'"
        return (
            "'always' takes no options"
            if block == "ALWAYS"
            else "options stand before the first step of a block"
        )
    if found.type in ("META", "INPUTS"):
        return f"{found.value!r} stands directly in the workflow only"
    if found.type == "DOT":
        return "put a name that contains a dot in quotes"
    if found.type == "COMMA":
        return "nothing separates steps"
    if found.type != "IDENT":
        return ""
    after = unfit.tokens[unfit.at + 1] if unfit.at + 1 < len(unfit.tokens) else None
    commands = after is not None and after.type == "STRING"
    return meant(found.value, NODES) or (_DIFFERENT_WORDS["run"] if commands else "")


def _mark_hint(unfit: Unfit, found: Token, block: str) -> str:
    previous = unfit.previous
    if previous and previous.type == "INT" and found.start == previous.end and found.type in ("IDENT", "DOT"):
        after = unfit.tokens[unfit.at + 1] if unfit.at + 1 < len(unfit.tokens) else None
        rest = after.value if found.type == "DOT" and after and after.type in {"IDENT", "INT"} else ""
        return f'put it in quotes: "{previous.value}{found.value}{rest}"'
    if previous and previous.type == "COMMA":
        return "a comma stands between two options, not after the last"
    if found.type == "DOT":
        return "one dot at most; put anything longer in quotes"
    if found.value in _DIFFERENT_WORDS and found.type == "IDENT":
        return _DIFFERENT_WORDS[found.value]
    if block == "PARALLEL":
        return "'parallel' holds calls of agents only, its options before the first of them"
    if found.type == "KEY" and "LBRACE" in unfit.expected:
        return "options stand in braces: { NAME = VALUE }"
    if found.type == "INPUTS" and block == "SCRIPT":
        return "a command reads values as {{NAME}}; inputs are given to calls and workflows"
    if found.value in NODES and "KEY" in unfit.expected:
        return "options only stand here; close the braces before the next step"
    if found.type == "STRING":
        return "write the option's name without quotes"
    spoken = previous is not None and {previous.type, found.type} <= {"IDENT", "INT"}
    if previous and spoken and not unfit.is_later and unfit.kinds(2)[0] == "EQUAL":
        return f'put it in quotes if it belongs to the value: "{previous.value} {found.value} …"'
    if found.type == "IDENT" and "KEY" in unfit.expected:
        return "an option is written NAME = VALUE"
    return ""


_WANTED = {"KEY": "an option", "STRING": "a value", "CALL": "'call'", "IDENT": "a name"}


def _wanted(unfit: Unfit) -> str:
    """Return in words what could stand here."""
    values = "STRING" in unfit.expected
    steps = "IF" in unfit.expected and not values
    words = [text for name, text in _WANTED.items() if name in unfit.expected and not steps]
    if values:
        words = ["a value"]
    opening = {"LSQB", "LBRACE"} if values else {"LSQB"}
    marks = [repr(mark) for name, mark in _MARKS.items() if name in unfit.expected and name not in opening]
    wanted = words + marks
    return " or ".join(wanted) if wanted else "something else"


def named(token: Token | None) -> str:
    """Return what people call a token."""
    if token is None:
        return "the end of the text"
    match token.type:
        case "LINE_END":
            return "the end of the line"
        case "STRING":
            return f"the text {shown(token.value)}"
        case "INT":
            return f"the number {token.value}"
        case "KEY":
            return f"the option {shown(token.value)}"
        case _:
            return shown(token.value)
