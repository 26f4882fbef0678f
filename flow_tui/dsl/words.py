"""Words of people in messages: shown safely, and what they were probably meant to be."""

import difflib
from collections.abc import Collection

_MOST = 1_000
"""Among more words than these the search would take longer than the hint is worth."""


def nearest(word: str, known: Collection[str]) -> str:
    """Return the known word that ``word`` was meant to be, or nothing."""
    if len(known) > _MOST:
        return ""
    close = difflib.get_close_matches(word[:100], sorted(known), n=1, cutoff=0.6)
    return close[0] if close else ""


def meant(word: str, known: Collection[str]) -> str:
    """Return the hint that names the known word nearest to ``word``, or nothing."""
    close = nearest(word, known)
    return f"did you mean {close!r}?" if close else ""


_LONGEST_SHOWN = 60


def shown(text: str) -> str:
    """Return ``text`` quoted, on one line and not too long, for a message."""
    return repr(text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…")
