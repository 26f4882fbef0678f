"""What to say where a loop is over, and something stands behind its condition."""

from collections.abc import Sequence

from flow_tui.dsl.tokens import Token

_OVER = "'do { … } while STEP.MARKER' ends here"


def behind_do(tokens: Sequence[Token], at: int) -> tuple[str, str] | None:
    """Return the message and the hint for the token behind the condition, if they are special."""
    is_block = tokens[at].type == "LBRACE"
    options, end = _options(tokens, at + is_block)
    if options and (not is_block or [token.type for token in tokens[end : end + 1]] == ["RBRACE"]):
        return _OVER, f"its options stand in the braces of the 'do': do {{ {' '.join(options)} … }}"
    if is_block:
        hint = "put another step between the two, or the 'while' loop into an 'if'"
        return f"{_OVER}: a 'while' right after a 'do' belongs to it", hint
    return None


def _options(tokens: Sequence[Token], at: int) -> tuple[list[str], int]:
    """Return the options from a place on, each as it is written, and where they end."""
    found: list[str] = []
    while [token.type for token in tokens[at : at + 2]] == ["KEY", "EQUAL"]:
        found.append(" ".join(token.value for token in tokens[at : at + 3]))
        at += 3
    return found, at
