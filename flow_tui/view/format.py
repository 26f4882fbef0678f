"""Times, sizes and counts as people read them, and text cut to a number of cells."""

import unicodedata
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_ZERO = timedelta()
_SECOND = timedelta(seconds=1)
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")
_ZERO_WIDTH = frozenset({"Mn", "Me", "Cf"})


def from_home(path: str, home: str) -> str:
    """Return ``path`` as people write it: what is in their own folder begins with ``~``."""
    home = home.rstrip("/")
    return f"~{path.removeprefix(home)}" if home and path.startswith(f"{home}/") else path


def clock(length: timedelta) -> str:
    """Return ``length`` as a stopwatch shows it: ``00:41``, ``1:02:03``, ``2d 03:00:00``."""
    minutes, seconds = divmod(max(0, int(length.total_seconds())), 60)
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return f"{minutes:02}:{seconds:02}"
    days, hours = divmod(hours, 24)
    if not days:
        return f"{hours}:{minutes:02}:{seconds:02}"
    return f"{days}d {hours:02}:{minutes:02}:{seconds:02}"


def at_least(length: timedelta) -> str:
    """Return what is known of a length that may be greater: ``00:41+``; below a second, nothing is."""
    return f"{clock(length)}+" if length >= _SECOND else "?"


def short(length: timedelta) -> str:
    """Return ``length`` in its two largest units: ``3s``, ``1m22s``, ``2h05m``, ``3d04h``."""
    minutes, seconds = divmod(max(0, int(length.total_seconds())), 60)
    if not minutes:
        return f"{seconds}s"
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return f"{minutes}m{seconds:02}s"
    days, hours = divmod(hours, 24)
    return f"{hours}h{minutes:02}m" if not days else f"{days}d{hours:02}h"


def rough(length: timedelta) -> str:
    """Return about how long ``length`` is, in one unit or two: ``8s``, ``40s``, ``3m``, ``1h20m``, ``2d``."""
    seconds = max(0, round(length.total_seconds()))
    if seconds < 60:
        return f"{seconds if seconds < 10 else 5 * round(seconds / 5)}s" if seconds < 58 else "1m"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes}m"
    hours, minutes = divmod(10 * round(minutes / 10), 60)
    if hours < 24:
        return f"{hours}h{minutes:02}m" if minutes else f"{hours}h"
    return f"{round(length / timedelta(days=1))}d"


def limit(length: timedelta) -> str:
    """Return ``length`` as people write a limit down: ``30s``, ``5m``, ``1m30s``, ``0.5s``."""
    if timedelta() < length < timedelta(seconds=1):
        return f"{length.total_seconds():g}s"
    text = short(length)
    for unit, nothing in (("m", "00s"), ("h", "00m"), ("d", "00h")):
        text = text.removesuffix(nothing) if text.endswith(f"{unit}{nothing}") else text
    return text


def time_of_day(instant: int) -> str:
    """Return milliseconds since 1970 as ``12:04:31.2``, here; as many blanks for 0, which is not known."""
    if not instant:
        return " " * 10
    at = datetime.fromtimestamp(instant / 1000, UTC).astimezone()
    return f"{at:%H:%M:%S}.{at.microsecond // 100_000}"


def day(instant: int) -> str:
    """Return which day it is here so many milliseconds after 1970; nothing for 0, which is not known."""
    return f"{datetime.fromtimestamp(instant / 1000, UTC).astimezone():%Y-%m-%d}" if instant else ""


def age(since: datetime, now: datetime) -> timedelta:
    """Return how long ago ``since`` was; never negative."""
    return max(_ZERO, now - since)


def left(until: datetime, now: datetime) -> timedelta:
    """Return how long it takes until ``until``; never negative."""
    return max(_ZERO, until - now)


def size(count: int) -> str:
    """Return a number of bytes: ``812 B``, ``1.2 MiB``."""
    value, unit = float(count), _UNITS[0]
    for unit in _UNITS:
        if value < 1024 or unit == _UNITS[-1]:
            break
        value /= 1024
    return f"{count} B" if unit == "B" else f"{value:.1f} {unit}"


def number(count: int) -> str:
    """Return ``count`` with its thousands apart: ``1,204``."""
    return f"{count:,}"


def share(done: int, total: int) -> str:
    """Return how much of ``total`` is done: ``4/11``, ``1,204/10,000``."""
    return f"{done:,}/{total:,}"


def counted(count: int, thing: str, things: str = "") -> str:
    """Return ``count`` with its noun: ``1 line``, ``1,204 lines``; ``things`` where an s does not do."""
    return f"{count:,} {thing if count == 1 else things or thing + 's'}"


@lru_cache(maxsize=4096)
def cell_width(character: str) -> int:
    """Return how many cells a terminal gives one character: 0, 1 or 2."""
    if unicodedata.category(character) in _ZERO_WIDTH:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def width(text: str) -> int:
    """Return how many cells ``text`` takes."""
    return len(text) if text.isascii() else sum(map(cell_width, text))


def cut(text: str, cells: int, ellipsis: str = "…") -> str:
    """Return ``text`` in at most ``cells`` cells; where something is missing, ``ellipsis`` says so."""
    if width(text) <= cells:
        return text
    room = cells - width(ellipsis)
    if room < 0:
        return ""
    taken = 0
    for index, character in enumerate(text):
        taken += cell_width(character)
        if taken > room:
            return text[:index] + ellipsis
    return text


def fit(text: str, cells: int, ellipsis: str = "…") -> str:
    """Return ``text`` in exactly ``cells`` cells, cut or filled up on the right."""
    shown = cut(text, cells, ellipsis)
    return shown + " " * (cells - width(shown))


def fit_right(text: str, cells: int, ellipsis: str = "…") -> str:
    """Return ``text`` in exactly ``cells`` cells, cut or filled up on the left."""
    shown = cut(text, cells, ellipsis)
    return " " * (cells - width(shown)) + shown
