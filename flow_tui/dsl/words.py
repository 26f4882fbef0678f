"""Words that were meant to be other words."""

import difflib
from collections.abc import Collection


def nearest(word: str, known: Collection[str]) -> str:
    """Return the known word that ``word`` was meant to be, or nothing."""
    close = difflib.get_close_matches(word[:100], sorted(known), n=1, cutoff=0.6)
    return close[0] if close else ""


def meant(word: str, known: Collection[str]) -> str:
    """Return the hint that names the known word nearest to ``word``, or nothing."""
    close = nearest(word, known)
    return f"did you mean {close!r}?" if close else ""
