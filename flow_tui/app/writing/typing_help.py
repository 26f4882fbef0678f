"""What a key does besides adding its letter: lines stand as far to the right as they belong; pure."""

from collections.abc import Sequence

from textual.document._document import Location, Selection

from flow_tui.dataclass import dataclass

STEP = 2
"""Blanks for each block around a line."""
_SPACES = " " * STEP


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A stretch of the text that becomes another."""

    start: Location
    end: Location
    text: str
    cursor: Location | None = None
    """Where the cursor is then; nothing for behind the new text."""


def of_key(key: str, character: str | None, lines: Sequence[str], selection: Selection) -> Typed | None:
    """Return what a key does; nothing where that is what it does anywhere."""
    start, end = sorted(selection)
    before = lines[start[0]][: start[1]]
    if key == "enter":
        return _new_line(lines, start, end)
    if key == "tab":
        if start[0] != end[0]:
            return indented(lines, selection, 1)
        return Typed(start=start, end=end, text=" " * (STEP - start[1] % STEP))
    if key == "backspace" and start == end and before and not before.strip() and len(before) >= STEP:
        back = STEP if before.endswith(_SPACES) else 1
        return Typed(start=(start[0], start[1] - back), end=end, text="")
    if character in ("}", "]") and before and not before.strip() and len(before) % STEP == 0:
        return Typed(start=(start[0], start[1] - STEP), end=end, text=str(character))
    return None


def _new_line(lines: Sequence[str], start: Location, end: Location) -> Typed:
    """Return a new line, as far to the right as the one before, or further inside a block that it opens."""
    before, after = lines[start[0]][: start[1]], lines[end[0]][end[1] :]
    indent = before[: len(before) - len(before.lstrip(" \t"))]
    opens = before.rstrip().endswith(("{", "["))
    if not opens:
        return Typed(start=start, end=end, text=f"\n{indent}")
    inner = f"\n{indent}{_SPACES}"
    if after.lstrip().startswith(("}", "]")):
        return Typed(
            start=start, end=end, text=f"{inner}\n{indent}", cursor=(start[0] + 1, len(indent) + STEP)
        )
    return Typed(start=start, end=end, text=inner)


def indented(lines: Sequence[str], selection: Selection, by: int) -> Typed:
    """Return the lines of a selection moved to the right, or to the left as far as there are blanks."""
    (top, _), (bottom, last) = sorted(selection)
    bottom -= bottom > top and not last
    moved = [_moved(line, by) for line in lines[top : bottom + 1]]
    row, column = selection.end
    at = min(row, bottom) - top
    column = max(0, column + len(moved[at]) - len(lines[top + at])) if row <= bottom else column
    return Typed(
        start=(top, 0), end=(bottom, len(lines[bottom])), text="\n".join(moved), cursor=(row, column)
    )


def _moved(line: str, by: int) -> str:
    if by > 0:
        return _SPACES + line if line.strip() else line
    blanks = min(STEP, len(line) - len(line.lstrip(" ")))
    return line[1:] if line.startswith("\t") else line[blanks:]
