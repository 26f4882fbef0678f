"""How a step stands in the definition the run was started with, as a page, and how the file differs now."""

from collections.abc import Iterator, Sequence

from flow_tui.dsl.highlight import Kind, Part, parts
from flow_tui.view.ink import CYAN, FAINT, GREEN, RED, STRONG, YELLOW, head, ink

_CODES = {
    Kind.COMMENT: (FAINT,),
    Kind.KEYWORD: (STRONG, CYAN),
    Kind.AGENT: (STRONG,),
    Kind.NAME: (STRONG,),
    Kind.STRING: (GREEN,),
    Kind.ESCAPE: (YELLOW,),
    Kind.PLACEHOLDER: (YELLOW,),
    Kind.NUMBER: (CYAN,),
    Kind.CONSTANT: (CYAN,),
}
_MOST_LINES = 2_000
_MOST_CHARACTERS = 1 << 16
"""So much of a block is shown."""


def page(
    source: str, file: str, line: int, *, now: str = "", differs: bool = False, changes: Sequence[str] = ()
) -> Iterator[str]:
    """Yield the lines of a step in ``source``, from ``line`` on, numbered and in colours.

    ``now`` says how the file is today, and ``changes`` what has changed in it, in the way of ``diff -u``.
    """
    if not (source and line):
        yield ink("it does not stand in the definition", FAINT)
        return
    yield f"{ink(f'{file}:{line}', STRONG)}  {ink('as the run was started with it', FAINT)}"
    if now:
        yield ink(now, YELLOW if differs else FAINT)
    yield ""
    shown = [*_coloured(block(source, line))]
    wide = len(str(line + len(shown)))
    for number, text in enumerate(shown, line):
        yield f"{ink(f'{number:>{wide}} │ ', FAINT)}{text}"
    if changes:
        yield ""
        yield head("what has changed in the file since")
        yield from (ink(each, *_diff_codes(each)) for each in changes)


def _diff_codes(line: str) -> tuple[int, ...]:
    return {"+": (GREEN,), "-": (RED,), "@": (CYAN,)}.get(line[:1], (FAINT,))


def block(source: str, line: int) -> str:
    """Return the text of the construct that begins on ``line``, counted from 1."""
    begin = 0
    for _ in range(line - 1):
        begin = source.find("\n", begin) + 1
        if not begin:
            return ""
    text = source[begin : begin + _MOST_CHARACTERS]
    return text[: _end([*parts(text)], text)].rstrip()


def _end(found: Sequence[Part], text: str) -> int:
    """Return where the construct at the beginning of ``text`` ends: behind its braces, or with its line."""
    depth, line_end = 0, 0
    for part in found:
        if part.kind is Kind.SPACE or part.kind is Kind.COMMENT:
            at = text.find("\n", part.start, part.end)
            if at >= 0 and not line_end and part.start:
                line_end = at
            continue
        mark = text[part.start] if part.kind is Kind.MARK else ""
        if not depth and line_end and mark != "{":
            return line_end
        if mark == "{":
            depth += 1
        elif mark == "}":
            depth -= 1
            if depth <= 0:
                return part.end if not depth else part.start
    return len(text)


def _coloured(text: str) -> Iterator[str]:
    """Yield the lines of a definition in colours."""
    line: list[str] = []
    count = 0
    for part in parts(text):
        first, *others = text[part.start : part.end].split("\n")
        codes = _CODES.get(part.kind, ())
        line.append(ink(first.rstrip("\r").expandtabs(4), *codes))
        for other in others:
            yield "".join(line)
            count += 1
            if count >= _MOST_LINES:
                return
            line = [ink(other.rstrip("\r").expandtabs(4), *codes)]
    yield "".join(line)
