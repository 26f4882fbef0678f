"""Values that are nobody's business, as far as their names say so."""

import re
from collections.abc import Mapping

HIDDEN = "•••"
_WORDS = "token|secret|password|passwd|passphrase|credentials?|api_?key"


def sounds_secret(name: str) -> bool:
    """Say whether what an input is called means that nobody should read over one's shoulder."""
    return re.search(rf"(?:^|[_-])(?:{_WORDS})s?(?:[_-]|$)", name, re.IGNORECASE) is not None


def masked(given: Mapping[str, str]) -> dict[str, str]:
    """Return values without those whose names say that they are nobody's business."""
    return {name: shown(name, value) for name, value in given.items()}


def shown(name: str, value: str) -> str:
    """Return a value as people may read it: whatever is nobody's business only says that it is there."""
    return HIDDEN if value and sounds_secret(name) else value


def in_words(given: Mapping[str, str]) -> str:
    """Return values with their names, one beside the other, without those that nobody should read."""
    return " ".join(f"{name}={value}" for name, value in masked(given).items())


def change(name: str, before: str, after: str) -> str:
    """Return how two values of an input differ; of those that nobody should read, only that they do."""
    if sounds_secret(name):
        return f"{name}: {'changed' if before and after else 'given' if after else 'not given any more'}"
    return f"{name}: {before or 'nothing'} → {after or 'nothing'}"
