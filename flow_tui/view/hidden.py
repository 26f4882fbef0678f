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
    return {name: HIDDEN if value and sounds_secret(name) else value for name, value in given.items()}
