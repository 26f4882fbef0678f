"""Lines of recorded output as strips that can be put on the screen; the last ones are kept."""

import re

from rich.style import Style
from rich.text import Text
from textual.strip import Strip

from flow_tui.app.widgets import log_line
from flow_tui.app.widgets.log_wrap import Fold, folded

_STRIPS = 256
_ROWS = 4_000
"""How many rows of wrapped lines are kept: more than a screen shows of the longest."""


class LogPaint:
    """Paints lines in the styles that it is given, and marks what is searched for."""

    def __init__(self, fold: Fold = folded) -> None:
        """Divide lines with ``fold`` where they take several rows."""
        self._fold = fold
        self.finder: re.Pattern[str] | None = None
        self._strips: dict[int, Strip] = {}
        self._folded: dict[int, list[tuple[int, Text]]] = {}
        self._rows = 0

    def clear(self) -> None:
        """Forget what was painted."""
        self._strips.clear()
        self._folded.clear()
        self._rows = 0

    def forget(self, index: int) -> None:
        """Forget one line, which is another one now."""
        self._strips.pop(index, None)
        self._rows -= len(self._folded.pop(index, ()))

    def kept(self, index: int) -> Strip | None:
        """Return a line that was painted before."""
        return self._strips.get(index)

    def keep(self, index: int, strip: Strip) -> None:
        """Remember a line, for as long as there are few."""
        if len(self._strips) >= _STRIPS:
            self._strips.clear()
        self._strips[index] = strip

    def strip(self, data: bytes, base: Style, match: Style, selected: tuple[int, int, Style] | None) -> Strip:
        """Return a line, with what is searched for and what is selected in styles of their own."""
        line = self._styled(data, base, match, selected)
        return Strip(log_line.segments(line), line.cell_len)

    def wrapped(self, index: int) -> list[tuple[int, Text]] | None:
        """Return the rows of a line that was wrapped before, each with the place of its first character."""
        return self._folded.get(index)

    def wrap(
        self,
        index: int,
        data: bytes,
        base: Style,
        match: Style,
        selected: tuple[int, int, Style] | None,
        width: int,
    ) -> list[tuple[int, Text]]:
        """Return a line in rows of ``width`` cells; it is kept for as long as there are few."""
        rows = self._fold(self._styled(data, base, match, selected), max(1, width))
        if selected is None:
            if self._rows + len(rows) > _ROWS:
                self._folded.clear()
                self._rows = 0
            self._rows += len(rows)
            self._folded[index] = rows
        return rows

    def _styled(
        self, data: bytes, base: Style, match: Style, selected: tuple[int, int, Style] | None
    ) -> Text:
        line = log_line.text(data)
        log_line.mark(line, self.finder, match)
        if selected is not None:
            begin, end, chosen = selected
            line.stylize(chosen, begin, len(line.plain) if end < 0 else end)
        line.stylize_before(base)
        return line
