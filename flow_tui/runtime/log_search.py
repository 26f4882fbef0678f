"""Where a text occurs in a recorded output, a block at a time."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from flow_tui.dataclass import dataclass
from flow_tui.runtime.log_file import LogFile

BLOCK = 256 * 1024
"""Small enough for the processor's cache, and for nobody to notice the wait."""
MOST = 10_000
"""How many matching lines are told."""
_OVERLAP = 4 * 1024
_LONGEST = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a person typed to search for."""

    text: str
    is_regex: bool
    any_case: bool
    """There is no capital letter in it."""

    @property
    def source(self) -> str:
        """Return it as a regular expression."""
        return self.text if self.is_regex else re.escape(self.text)


def parsed(pattern: str) -> Parsed:
    """Return what a person means by ``pattern``."""
    is_regex = len(pattern) > 2 and pattern.startswith("/") and pattern.endswith("/")
    text = pattern[1:-1] if is_regex else pattern
    has_capital = any(character.isupper() for character in re.sub(r"\\.", "", text))
    return Parsed(text=text, is_regex=is_regex, any_case=not has_capital)


def finder(pattern: str) -> re.Pattern[str] | None:
    """Return what finds ``pattern`` in text; nothing if it finds nothing or cannot be understood."""
    meant = parsed(pattern)
    try:
        return re.compile(meant.source, re.IGNORECASE if meant.any_case else 0) if pattern else None
    except re.error:
        return None


def why_not(pattern: str) -> str:
    """Return why ``pattern`` cannot be searched for, or nothing."""
    try:
        Search(pattern)
    except ValueError as reason:
        return str(reason)
    return ""


class Found(NamedTuple):
    """What one block has."""

    offsets: list[int]
    """Where each line that matches does so first."""
    next: int
    """Where to go on; in the last block that is its last line if that has no end yet."""
    is_last: bool


class Search:
    """Finds the lines that match a pattern.

    The pattern is plain text, or a regular expression between two slashes. Case matters only if it contains a
    capital letter. Raises ``ValueError``, fit for people, if it is not a regular expression.
    """

    def __init__(self, pattern: str) -> None:
        meant = parsed(pattern)
        self._lower = meant.any_case
        is_literal = meant.text.isascii() and not meant.is_regex
        self._literal = meant.text.encode() if is_literal else b""
        try:
            self._pattern = re.compile(_encoded(meant.source, both_cases=meant.any_case), re.MULTILINE)
        except re.error as reason:
            message = f"not a regular expression: {reason}"
            raise ValueError(message) from reason

    def offsets(self, log: Callable[[], LogFile]) -> Iterator[int]:
        """Yield where each matching line matches first; ``-1`` between blocks, so that others get their turn.

        Asks for the file anew for every block.
        """
        begin = 0
        while True:
            found = self.step(log(), begin)
            yield from found.offsets
            if found.is_last:
                return
            yield -1
            begin = found.next

    def step(self, log: LogFile, begin: int) -> Found:
        """Look through one block that begins at byte ``begin``."""
        size = BLOCK
        data = log.read(begin, size)
        while len(data) == size and size < _LONGEST and b"\n" not in data:
            size *= 2
            data = log.read(begin, size)
        ended = data.rfind(b"\n") + 1
        is_last = len(data) < size
        end = len(data) if is_last or not ended else ended
        ahead = ended if is_last or ended else end - min(end, _OVERLAP)
        return Found(list(self.in_block(data[:end], begin)), begin + ahead, is_last)

    def in_block(self, block: bytes, begin: int) -> Iterator[int]:
        """Yield where each line of ``block``, which stands at byte ``begin``, matches first."""
        searched = block.lower() if self._lower else block
        at = 0
        while at < len(searched):
            found = self._first(searched, at)
            if found < 0:
                return
            yield begin + found
            at = searched.find(b"\n", found) + 1
            if not at:
                return

    def _first(self, searched: bytes, at: int) -> int:
        if self._literal:  # several times as fast as any expression
            return searched.find(self._literal, at)
        found = self._pattern.search(searched, at)
        return -1 if found is None else found.start()


def _encoded(source: str, *, both_cases: bool) -> bytes:
    """Return a pattern for bytes; letters beyond ASCII stand in it as a whole, in both cases if wanted."""
    parts: list[bytes] = []
    for character in source:
        if character.isascii():
            parts.append(character.encode())
            continue
        forms = {character, character.lower(), character.upper()} if both_cases else {character}
        options = b"|".join(re.escape(form.encode("utf-8", "surrogatepass")) for form in sorted(forms))
        parts.append(b"(?:" + options + b")")
    return b"".join(parts)
