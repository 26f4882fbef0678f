"""Which brace is missing: what the indentation of a text says about blocks that were left open."""

from collections.abc import Sequence

from flow_tui.dataclass import dataclass
from flow_tui.diagnostics import Diagnostic
from flow_tui.dsl.tokens import Lines, Token

_MOST = 1_000
"""With more braces amiss than these, the text is hardly a definition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclosed:
    """A block that has no end, though what comes after it stands outside."""

    opener: Token
    before: int
    """The index of the token before which its closing brace is missing."""


def balance(tokens: Sequence[Token]) -> int:
    """Return how many more braces are opened than closed."""
    return sum((token.type == "LBRACE") - (token.type == "RBRACE") for token in tokens)


def unclosed(tokens: Sequence[Token], lines: Lines) -> tuple[Unclosed, ...]:
    """Return the blocks that were left open, in the order of their missing braces.

    Only where braces are missing, and only as far as the indentation tells which.
    """
    if not 0 < balance(tokens) <= _MOST:
        return ()
    found: list[Unclosed] = []
    waiting: list[tuple[int, int]] = []
    for at, token in enumerate(tokens):
        if token.type == "LBRACE" and at and tokens[at - 1].type == "LBRACE":
            continue  # one too many: two never stand side by side
        if token.type == "LBRACE":
            waiting.append((at, lines.indentation(token.start)))
        elif token.type == "RBRACE":
            own = lines.indentation(token.start)
            if lines.begins_line(token.start):
                while waiting and waiting[-1][1] > own:
                    opener, indentation = waiting.pop()
                    before = _outside(tokens, lines, opener, at, indentation)
                    found.append(Unclosed(opener=tokens[opener], before=before))
            if not waiting:
                return ()
            waiting.pop()
    return tuple(sorted(found, key=lambda each: each.before))


def surplus(tokens: Sequence[Token], lines: Lines) -> tuple[int, ...]:
    """Return the closing braces that are too many, where the indentation tells which they are."""
    excess = -balance(tokens)
    if not 0 < excess <= _MOST:
        return ()
    found: list[int] = []
    opened = False
    waiting: list[tuple[int, int]] = []
    for at, token in enumerate(tokens):
        if token.type not in {"LBRACE", "RBRACE"}:
            continue
        here = lines.span(token.start, token.start).line, lines.indentation(token.start)
        if token.type == "LBRACE":
            waiting.append(here)
            opened = True
        elif waiting and (
            waiting[-1][0] == here[0] or (waiting[-1][1] == here[1] and lines.begins_line(token.start))
        ):
            waiting.pop()
        elif opened and _is_stray(tokens, lines, at):
            found.append(at)
        else:
            return ()
    return tuple(found) if len(found) == excess else ()


def _is_stray(tokens: Sequence[Token], lines: Lines, brace: int) -> bool:
    """Say whether a closing brace follows upon another; else rather an opening brace is missing."""
    if not lines.begins_line(tokens[brace].start):
        return tokens[brace - 1].type == "RBRACE"
    own = lines.indentation(tokens[brace].start)
    for at in range(brace - 1, max(-1, brace - _MOST), -1):
        start = tokens[at].start
        if lines.begins_line(start) and lines.indentation(start) <= own:
            return tokens[at].type == "RBRACE" or at == brace - 1 or lines.indentation(start) < own
    return True


def _outside(tokens: Sequence[Token], lines: Lines, opener: int, stop: int, indentation: int) -> int:
    """Return the first token after an opening brace that stands at the start of a line, no deeper."""
    first = lines.span(tokens[opener].start, tokens[opener].start).line
    for at in range(opener + 1, stop):
        start = tokens[at].start
        if (
            lines.begins_line(start)
            and lines.indentation(start) <= indentation
            and lines.span(start, start).line > first
        ):
            return at
    return stop


def never_closed(opener: Token, before: Token, lines: Lines, file: str) -> Diagnostic:
    """Return what is wrong with a block that has no end before a token that stands outside it."""
    line = lines.span(before.start, before.start).line
    return Diagnostic(
        code="P-EXPECTED",
        message="this '{' is never closed",
        hint=f"the indentation says that its '}}' is missing before line {line}",
        span=lines.span(opener.start, opener.end),
        file=file,
    )


def closes_nothing(brace: Token, lines: Lines, file: str) -> Diagnostic:
    """Return what is wrong with a closing brace that is one too many."""
    return Diagnostic(
        code="P-TRAILING",
        message="this '}' closes nothing",
        hint="the indentation says that it is one too many",
        span=lines.span(brace.start, brace.end),
        file=file,
    )
