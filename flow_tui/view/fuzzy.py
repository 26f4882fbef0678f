"""Finding things by a few letters of what they are called."""

_WHOLE = 1_000
"""What a word is worth that stands there as it was typed; letters apart are always worth less."""
_BEGINS = 200
"""How much more where a word of the text begins with it."""
_GAP = 10
"""How much less for each hole between letters."""
_CHARACTERS = 300
"""How much of a text is looked through."""


def score(query: str, *texts: str) -> int | None:
    """Return how well ``texts`` fit what was typed, the first of them best; nothing when they do not.

    Each word of ``query`` has to be found in one of them, as it is or by its letters in their order.
    """
    total = 0
    for word in query.casefold().split():
        found = [
            worth - place
            for place, text in enumerate(texts)
            if (worth := _worth(word, text[:_CHARACTERS].casefold())) is not None
        ]
        if not found:
            return None
        total += max(found)
    return total


def _worth(word: str, text: str) -> int | None:
    at = text.find(word)
    if at >= 0:
        begins = at == 0 or any(not text[place - 1].isalnum() for place in _places(word, text) if place)
        return _WHOLE + _BEGINS * begins - min(len(text), _CHARACTERS) // 10
    holes, at = 0, -1
    for letter in word:
        found = text.find(letter, at + 1)
        if found < 0:
            return None
        holes += at >= 0 and found > at + 1
        at = found
    return max(1, _WHOLE // 2 - _GAP * holes - min(len(text), _CHARACTERS) // 10)


def _places(word: str, text: str) -> list[int]:
    """Return where ``word`` stands in ``text``."""
    found: list[int] = []
    at = text.find(word)
    while at >= 0:
        found.append(at)
        at = text.find(word, at + 1)
    return found
