"""What texts point at: places in files such as ``tests/test_auth.py:88``, and pages of the web."""

import re
from typing import NamedTuple

_PLACE = re.compile(
    r"""File\ "(?P<quoted>[^"\n]{1,400})",\ line\ (?P<of_quoted>\d{1,9})
    |(?<![\w./:-])(?P<file>(?:~|\.{1,2}|/)?[\w.@+-]*(?:/[\w.@+-]+){0,40}\.[A-Za-z]\w{0,9}):(?P<line>\d{1,9})\b""",
    re.VERBOSE,
)
ERRORS = r"/\b(?:error|errors|failed|failure|fatal|panic|exception|traceback|[a-z]+error)\b/"
"""Finds the lines of an output that speak of something wrong."""
_SEARCHED = 20_000


class Place(NamedTuple):
    """A line of a file."""

    file: str
    line: int


_PAGE = re.compile(r"https?://[!#-;=?-\[\]_a-z~]{1,2000}")
_NOT_LAST = ".,;:!?)]'"
"""What ends a sentence rather than the address of a page."""


def at(text: str, index: int) -> Place | str | None:
    """Return what a text points at, at ``index``: a place in a file, the address of a page, or nothing."""
    for match in _PAGE.finditer(text[:_SEARCHED]):
        address = match[0].rstrip(_NOT_LAST)
        if match.start() <= index < match.start() + len(address):
            return address
    for match in _PLACE.finditer(text[:_SEARCHED]):
        if match.start() <= index < match.end():
            name = "quoted" if match["quoted"] is not None else "file"
            return Place(match[name], int(match["of_quoted" if name == "quoted" else "line"]))
    return None


def first(text: str) -> Place | None:
    """Return the first place that a text names; of a traceback of Python the innermost."""
    found = None
    for match in _PLACE.finditer(text[:_SEARCHED]):
        if match["quoted"] is None:
            return found or Place(match["file"], int(match["line"]))
        found = Place(match["quoted"], int(match["of_quoted"]))
    return found
