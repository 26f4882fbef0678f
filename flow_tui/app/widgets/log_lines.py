"""The lines of a recorded output behind a view of them: what is asked for, known, and looked at."""

import itertools
from dataclasses import replace
from pathlib import Path

from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView

from flow_tui.app.session import LineReader
from flow_tui.app.widgets.log_pages import LogPages
from flow_tui.app.widgets.log_paint import LogPaint
from flow_tui.app.widgets.log_wrap import Fold, folded
from flow_tui.runtime.log_news import LogMatches
from flow_tui.runtime.messages import ALL, CouldNotRead, LogPage, Recording, Sight
from flow_tui.view import format as fmt

_MARGIN = 100
"""How many lines beyond the visible ones are asked for."""
_TOKENS = itertools.count(1_000_000)  # told apart from the tokens of others who ask the same reader


class LogLines(ScrollView, inherit_bindings=False):
    """Asks for the lines that are visible, and stays at the end only while it follows."""

    class Moved(Message, namespace="log_view"):
        """What the view says about itself changed: position, length, following, matches."""

    class EndRead(Message, namespace="log_view"):
        """The last of the lines in sight, as raw as they were recorded, for who asked for them."""

        def __init__(self, page: LogPage) -> None:
            super().__init__()
            self.page = page

    def __init__(self, *, fold: Fold = folded) -> None:
        super().__init__()
        self._reader: LineReader | None = None
        self._recording: Recording | None = None
        self._pages = LogPages()
        self._paint = LogPaint(fold)
        self._token = self._search_token = 0
        self._is_asking = self._asks_again = False
        self._follows = True
        self._seen = 0
        self._widest = 0
        self._note = ""
        self._pattern = ""
        self._matches: tuple[int, ...] = ()
        self._at = -1
        self._goes_to_match = True
        self._sight = ALL
        self._near: tuple[int, int] | None = None
        """Which line of the file is to be shown next, and how far below the top."""
        self._last_mark = -1
        self.marks: set[int] = set()
        """Lines of the file that somebody wants to come back to."""
        self._is_sifting = False
        self._of = 0
        self._is_cut = False
        self._wants_end = self._end_token = 0

    # What the screen calls

    def open(self, reader: LineReader, recording: Recording) -> None:
        """Show the output of an attempt, from its end, or its prompt; the same one again changes nothing."""
        if self._recording == recording and self._reader is reader:
            return
        self.close()
        self._reader, self._recording = reader, recording
        self._follows = recording.what in {"output", "together"}
        self._ask()
        if self._pattern:
            self._search()

    def close(self, note: str = "") -> None:
        """Show nothing but ``note``."""
        self._recording = None
        self._token = self._search_token = 0
        self._is_asking = self._asks_again = False
        self._wants_end = self._end_token = 0
        self._pages.clear()
        self._paint.clear()
        self._follows, self._seen, self._widest, self._note = True, 0, 0, note
        self._matches, self._at = (), -1
        self._sight, self._near, self._is_sifting = Sight(pattern=self._sight.pattern), None, False
        self._of, self._is_cut = 0, False
        self.marks.clear()
        self._resized()
        self.scroll_to(x=0, y=0, animate=False, force=True)
        self.refresh()
        self.post_message(self.Moved())

    def grew(self) -> None:
        """Look for more: the output may have become longer."""
        self._ask()

    def answer(self, item: LogPage | LogMatches | CouldNotRead) -> None:
        """Take what the reader found; answers to older questions are dropped."""
        if isinstance(item, LogMatches):
            if item.token == self._search_token:
                self._found(item)
        elif isinstance(item, LogPage):
            if item.token == self._end_token:
                self._wants_end = self._end_token = 0
                self._is_asking = False
                self.post_message(self.EndRead(item))
                self._ask()
            elif item.token == self._token:
                self._take(item)
        elif item.token in (self._token, self._search_token):
            self._note = item.why
            self._is_asking = False
            self.refresh()
            self.post_message(self.Moved())

    def search(self, pattern: str) -> None:
        """Find ``pattern`` in all of the output, and go to the first match from here on; empty ends it."""
        self._pattern = pattern
        from flow_tui.runtime.log_search import finder  # noqa: PLC0415 - only when somebody searches

        self._paint.finder = finder(pattern)
        self._matches, self._at = (), -1
        self._goes_to_match = True
        self._paint.clear()
        self._search()
        self.refresh()
        self.post_message(self.Moved())

    def next_match(self, by: int = 1) -> None:
        """Go to the next match, or with a negative ``by`` to the one before."""
        if not self._matches:
            return
        self._at = (self._at + by) % len(self._matches)
        self._go_to_match()

    @property
    def follow(self) -> bool:
        """Say whether the view stays at the end."""
        return self._follows

    @follow.setter
    def follow(self, follows: bool) -> None:
        if self._follows is follows:
            return
        self._follows = follows
        if follows:
            self._seen = 0
            self._to_end()
            self._ask()
        self.post_message(self.Moved())

    @property
    def total(self) -> int:
        """Return how many lines are known."""
        return self._pages.total

    @property
    def file(self) -> Path | None:
        """Return where what is shown was recorded."""
        if self._reader is None or self._recording is None:
            return None
        return self._reader.file(self._recording)

    @property
    def of(self) -> int:
        """Return how many lines there are, if only some are looked at."""
        return self._of

    @property
    def sight(self) -> Sight:
        """Return which lines are looked at."""
        return self._sight

    @property
    def is_sifting(self) -> bool:
        """Say whether it is being found out which lines those are."""
        return self._is_sifting

    @property
    def is_cut(self) -> bool:
        """Say whether so many lines match that the filter has ended before the output does."""
        return self._is_cut

    @property
    def new(self) -> int:
        """Return how many lines came that nobody has seen."""
        return 0 if self._follows else max(0, self._pages.total - self._seen)

    @property
    def hint(self) -> str:
        """Return what is below: ``▼ 214 new``; nothing while following."""
        return f"▼ {fmt.number(self.new)} new" if self.new else ""

    @property
    def pattern(self) -> str:
        """Return what was searched for."""
        return self._pattern

    @property
    def place_in_matches(self) -> str:
        """Return which match of how many one is at: ``3/17``."""
        if not self._pattern:
            return ""
        return f"{fmt.number(self._at + 1)}/{fmt.number(len(self._matches))}"

    @property
    def has_matches(self) -> bool:
        """Say whether what was searched for is there."""
        return bool(self._matches)

    @property
    def note(self) -> str:
        """Return why there is nothing to see, or nothing."""
        return self._note

    def save(self, file: Path) -> None:
        """Have the lines that are looked at written to a new file."""
        if self._reader is not None and self._recording is not None:
            self._reader.save(next(_TOKENS), replace(self._recording, sight=self._sight), file)

    def read_end(self, count: int) -> None:
        """Ask for the last ``count`` lines of those that are looked at; :class:`EndRead` has them."""
        self._wants_end = count
        self._ask()

    # Asking

    def _ask(self) -> None:
        """Ask for what is visible, or for the end while following; one question at a time."""
        if self._reader is None or self._recording is None or not self.is_mounted:
            return
        if self._is_asking:
            self._asks_again = True
            return
        self._is_asking, self._asks_again = True, False
        self._token = next(_TOKENS)
        count = self.size.height + 2 * _MARGIN
        first = -1 if self._follows else max(0, self.scroll_offset.y - _MARGIN)
        near = -1 if self._near is None else self._near[0]
        if self._wants_end:
            self._end_token, first, count, near = self._token, -1, self._wants_end, -1
        wanted = replace(self._recording, sight=self._sight)
        self._reader.lines(self._token, wanted, first, count, near)

    def _search(self) -> None:
        if self._reader is not None and self._recording is not None:
            self._search_token = next(_TOKENS)
            wanted = replace(self._recording, sight=self._sight)
            self._reader.search(self._search_token, wanted, self._pattern)

    def _take(self, page: LogPage) -> None:
        is_another = self._is_sifting
        if is_another:
            self._begin_anew()
        before, top = self._pages.total, self.scroll_offset.y
        shift, changed = self._pages.take(page)
        self._note = "" if page.total or self._sight == ALL else self._why_nothing()
        self._of, self._is_cut = page.of, page.is_cut
        for index in changed:
            self._paint.forget(index)
        if shift:
            self._paint.clear()
            self._seen += shift
        self._resized()
        if is_another:
            self._seen = self.total  # what one looks at now is no news
        if page.at >= 0 and self._near is not None:
            self._go_near(page.at)
        elif self._follows:
            self._to_end()
        elif shift:
            self.scroll_to(y=top + shift, animate=False, force=True)
        if changed or shift or before != self._pages.total:
            self.refresh()
            self.post_message(self.Moved())
        if page.first >= 0:
            self._is_asking = False
            if self._asks_again or (changed and self._misses()):
                self._ask()

    def _misses(self) -> bool:
        """Say whether a visible line is not there."""
        top = self.scroll_offset.y
        return any(y not in self._pages for y in range(top, min(top + self.size.height, self.total)))

    # What is looked at

    def look_at(self, sight: Sight) -> None:
        """Show only some lines; the one that is being read stays where it is, if it is among them."""
        if sight == self._sight or not self._pages.is_counted:
            return
        if not self._follows and self.total:
            self._near = self._reading()
        self._sight = sight
        self._matches, self._at = (), -1
        self._is_sifting, self._is_asking = True, False
        self._ask()
        if self._pattern:
            self._goes_to_match = False
            self._search()
        self.post_message(self.Moved())

    def action_clear(self) -> None:
        """Show only what comes from now on, or everything again; the file stays as it is."""
        since = 0 if self._sight.since else self._of or self.total
        self.look_at(replace(self._sight, since=since))

    def action_mark(self) -> None:
        """Mark the line that is being read, or the last one while following; or take its mark away."""
        if not self.total or not self._pages.is_counted:
            return
        line = self._pages.number(self.total - 1) if self._follows else self._reading()[0]
        self.marks ^= {line}
        self._last_mark = line
        self._paint.clear()
        self.refresh()
        self.post_message(self.Moved())

    def action_next_mark(self) -> None:
        """Go to the next line that is marked, and from the last to the first."""
        if not self.marks:
            return
        after = [line for line in self.marks if line > self._last_mark]
        self._last_mark = min(after or self.marks)
        self._stop_following()
        self._near = (self._last_mark, self.size.height // 2)
        self._is_asking = False
        self._ask()

    def _reading(self) -> tuple[int, int]:
        """Return the line of the file that is being read, and how far below the top it is."""
        top = self.scroll_offset.y
        row = self._matches[self._at] if self._at >= 0 else top
        row = row if top <= row < top + self.size.height else top
        return self._pages.number(row), row - top

    def _begin_anew(self) -> None:
        """Forget the lines that were looked at before."""
        self._is_sifting = False
        self._pages.clear()
        self._paint.clear()
        self._seen = 0

    def _go_near(self, row: int) -> None:
        below = self._near[1] if self._near is not None else 0
        self._near = None
        self.scroll_to(y=max(0, row - below), animate=False, force=True)
        self._seen = max(self._seen, self._end_of_sight())

    def _why_nothing(self) -> str:
        return "no line so far passes the filter" if self._sight.pattern else "cleared; C shows it again"

    # Matches

    def _found(self, item: LogMatches) -> None:
        self._matches = item.lines
        here = self.scroll_offset.y
        after = (i for i, line in enumerate(self._matches) if line >= here)
        self._at = next(after, 0) if self._matches else -1
        if self._matches and self._goes_to_match:
            self._go_to_match()
        self.post_message(self.Moved())

    def _go_to_match(self) -> None:
        self._stop_following()
        line = self._matches[self._at]
        if not self.scroll_offset.y <= line < self._end_of_sight():
            self._centre(line)
        self._paint.clear()
        self.refresh()
        self.post_message(self.Moved())

    # Moving

    def _stop_following(self) -> None:
        if self._follows:
            self._seen = self.total
            self.follow = False

    def _end_of_sight(self) -> int:
        """Return the first line below what is visible."""
        return self.scroll_offset.y + self.size.height

    def _centre(self, line: int) -> None:
        """Show a line in the middle."""
        self.scroll_to(y=max(0, line - self.size.height // 2), animate=False, force=True)

    def _to_end(self) -> None:
        self.scroll_to(y=max(0, self.total - self.size.height), animate=False, force=True)

    def _resized(self) -> None:
        size = Size(self._widest, self.total)
        if size != self.virtual_size:
            self.virtual_size = size
