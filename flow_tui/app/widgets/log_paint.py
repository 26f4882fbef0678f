"""Lines of recorded output as strips that can be put on the screen; the last ones are kept."""

import re

from rich.style import Style
from textual.strip import Strip

from flow_tui.app.widgets import log_line

_STRIPS = 256


class LogPaint:
    """Paints lines in the styles that it is given, and marks what is searched for."""

    def __init__(self) -> None:
        self.finder: re.Pattern[str] | None = None
        self._strips: dict[int, Strip] = {}

    def clear(self) -> None:
        """Forget what was painted."""
        self._strips.clear()

    def forget(self, index: int) -> None:
        """Forget one line, which is another one now."""
        self._strips.pop(index, None)

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
        line = log_line.text(data)
        log_line.mark(line, self.finder, match)
        if selected is not None:
            begin, end, chosen = selected
            line.stylize(chosen, begin, len(line.plain) if end < 0 else end)
        line.stylize_before(base)
        return Strip(log_line.segments(line), line.cell_len)
