"""Where a text occurs in a recorded output, a block at a time."""

import re
from collections.abc import Callable, Iterator

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
        carry, begin = b"", 0
        while True:
            data = log().read(begin + len(carry), BLOCK)
            block = carry + data
            end = len(block) if len(data) < BLOCK else block.rfind(b"\n") + 1
            if not end and len(block) > _LONGEST:
                end = len(block)
            yield from self._in_block(block[:end], begin)
            if len(data) < BLOCK:
                return
            yield -1
            keep = min(end, _OVERLAP) if end == len(block) and not block.endswith(b"\n") else 0
            carry, begin = block[end - keep :], begin + end - keep

    def _in_block(self, block: bytes, begin: int) -> Iterator[int]:
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
