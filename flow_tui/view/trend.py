"""How lengths went up and down, in one cell each."""

from collections.abc import Sequence
from datetime import timedelta

_BARS = "▁▂▃▄▅▆▇█"
_ASCII = "._-=+*%#"


def trend(lengths: Sequence[timedelta], *, is_ascii: bool = False) -> str:
    """Return a bar for each length, the longest highest; the shortest of very different ones is still one."""
    bars = _ASCII if is_ascii else _BARS
    longest = max(lengths, default=timedelta())
    if longest <= timedelta():
        return bars[0] * len(lengths)
    last = len(bars) - 1
    return "".join(bars[min(last, max(0, round(last * (length / longest))))] for length in lengths)
