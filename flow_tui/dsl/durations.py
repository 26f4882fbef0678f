"""Lengths of time as people write them: ``"5m"`` and back."""

import re
from datetime import timedelta

from flow_tui import limits
from flow_tui.dsl.words import shown

FORMS = "digits with an optional unit ms, s, m, h or d, such as 90, 30s, 5m or 2h"
_TEXT = re.compile(r"\s*\+?([0-9]+)(ms|s|m|h|d)?\s*", re.ASCII)
_MILLISECONDS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_LONGEST = limits.LONGEST // timedelta(milliseconds=1)
_MOST_DIGITS = 20


def parse(text: str) -> timedelta:
    """Return the length that ``text`` names; raise ``ValueError`` with the reason when it names none."""
    match = _TEXT.fullmatch(text)
    if match is None:
        message = f"{shown(text)} is not a duration"
        raise ValueError(message)
    digits = match[1].lstrip("0") or "0"
    unit = _MILLISECONDS[match[2] or "s"]
    if len(digits) > _MOST_DIGITS or (milliseconds := int(digits) * unit) > _LONGEST:
        message = f"{shown(text)} is longer than {show(limits.LONGEST)}"
        raise ValueError(message)
    return timedelta(milliseconds=milliseconds)


def show(length: timedelta) -> str:
    """Return the shortest text that ``parse`` reads as ``length``."""
    milliseconds = length // timedelta(milliseconds=1)
    for unit in ("d", "h", "m", "s"):
        if milliseconds and milliseconds % _MILLISECONDS[unit] == 0:
            return f"{milliseconds // _MILLISECONDS[unit]}{unit}"
    return f"{milliseconds}ms" if milliseconds else "0s"
