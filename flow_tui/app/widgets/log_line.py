"""One line of recorded output as styled text."""

import re
from collections.abc import Iterator
from functools import lru_cache
from io import StringIO

from rich.color import Color
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from flow_tui.sanitize import sgr_runs

_SEARCHED = 4_096
"""Up to where matches are marked in a line, so that no pattern can hold up the screen for long."""
_CONSOLE = Console(file=StringIO(), color_system="truecolor")
"""Only knows how styles add up; nothing is written to it."""
_EMPHASES = {
    1: Style(bold=True),
    2: Style(dim=True),
    3: Style(italic=True),
    4: Style(underline=True),
    7: Style(reverse=True),
    9: Style(strike=True),
}


def text(data: bytes) -> Text:
    """Return raw output as text: its colours kept, everything else that acts on a terminal made visible."""
    shown = Text(no_wrap=True, end="")
    for run in sgr_runs(data):
        shown.append(run.text, style(run.codes))
    return shown


def mark(line: Text, pattern: re.Pattern[str] | None, style: Style) -> None:
    """Give what ``pattern`` finds in ``line`` another style."""
    if pattern is None:
        return
    for found in pattern.finditer(line.plain, 0, _SEARCHED):
        if found.end() > found.start():
            line.stylize(style, found.start(), found.end())


def segments(line: Text) -> list[Segment]:
    """Return ``line`` in pieces that can be painted."""
    return list(line.render(_CONSOLE))


@lru_cache(maxsize=512)
def style(codes: tuple[int, ...]) -> Style:
    """Return the style that these SGR parameters ask for."""
    whole = Style.null()
    rest = iter(codes)
    for code in rest:
        if code in _EMPHASES:
            whole += _EMPHASES[code]
        elif code in (38, 48):
            whole += _coloured(_colour(rest), is_ground=code == 48)
        else:
            whole += _coloured(_named(code), is_ground=code // 10 in (4, 10))
    return whole


def _coloured(colour: Color | None, *, is_ground: bool) -> Style:
    return Style(bgcolor=colour) if is_ground else Style(color=colour)


def _named(code: int) -> Color | None:
    tens, ones = divmod(code, 10)
    if ones > 7:
        return None
    if tens in (3, 4):
        return Color.from_ansi(ones)
    return Color.from_ansi(ones + 8) if tens in (9, 10) else None


def _colour(codes: Iterator[int]) -> Color | None:
    """Return the colour that follows a 38 or 48."""
    space = next(codes, None)
    if space == 5:
        number = next(codes, None)
        return None if number is None or not 0 <= number <= 255 else Color.from_ansi(number)
    if space == 2:
        parts = [next(codes, -1) for _ in range(3)]
        return Color.from_rgb(*parts) if all(0 <= part <= 255 for part in parts) else None
    return None
