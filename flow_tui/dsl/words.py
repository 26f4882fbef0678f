"""Words of people in messages: shown safely, and what they were probably meant to be."""

from collections.abc import Collection, Iterable

_MOST = 500
"""Among more words than these the search would take longer than the hint is worth."""
_LONGEST = 100
_STEM = 4
"""As many equal letters at the beginning make two words forms of one."""
_ENDING = 3
"""So many letters are an ending, as in ``retry`` and ``retries``; more are another word."""


def nearest(word: str, known: Collection[str]) -> str:
    """Return the known word that ``word`` was meant to be, or nothing.

    That is one that differs by little: a slip in every third letter at most, the case, quotes and joints,
    or the ending. Of two that are equally near the first in the alphabet is taken.
    """
    if len(known) > _MOST or len(word) > _LONGEST:
        return ""
    ranked = ((rank, other) for other in known if (rank := _rank(word, other)) is not None)
    return min(ranked, default=(0, ""))[1]


def _rank(word: str, other: str) -> int | None:
    """Return how far apart two words are, or nothing if neither can be meant by the other."""
    mine, theirs = _folded(word), _folded(other)
    if mine == theirs:
        return 0 if mine else None
    slips = max(1, min(len(mine), len(theirs)) // 3)
    letters = set(mine).symmetric_difference(theirs)
    if (
        abs(len(mine) - len(theirs)) <= slips
        and len(letters) <= 2 * slips
        and min(len(mine), len(theirs)) > 2
    ):
        apart = _distance(mine, theirs, slips)
        if apart == 1:
            return 1
        if apart <= slips and not theirs.startswith(mine):
            return apart + 1
    return _ending(mine, theirs)


def _folded(word: str) -> str:
    return "".join(filter(str.isalnum, word.casefold()))


def _ending(word: str, other: str) -> int | None:
    """Return how far apart two words are that differ by an ending only, or nothing."""
    shorter = min(len(word), len(other))
    same = next((at for at in range(shorter) if word[at] != other[at]), shorter)
    if same < _STEM or shorter - same > 1:
        return None
    if len(other) - same <= _ENDING:
        return 2
    return 3 if same == len(word) else _LONGEST


def _distance(word: str, other: str, most: int) -> int:
    """Return how many letters were added, left out, changed or swapped, up to one more than ``most``."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(word, 1):
        older, before, row = before, row, [i]
        for j, theirs in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != theirs))
            if older and j > 1 and letter == other[j - 2] and word[i - 2] == theirs:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]


def meant(word: str, known: Collection[str]) -> str:
    """Return the hint that names the known word nearest to ``word``, or nothing."""
    close = nearest(word, known)
    return f"did you mean {close!r}?" if close else ""


def listed(words: Iterable[str], most: int = 8) -> str:
    """Return the words in order, so many at most, as a part of a sentence."""
    found = [*dict.fromkeys(words)]
    more = len(found) - most
    return ", ".join(found[:most]) + (f" and {more} more" if more > 0 else "")


_LONGEST_SHOWN = 60


def shown(text: str) -> str:
    """Return ``text`` quoted, on one line and not too long, for a message."""
    return repr(text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…")
