"""Reads what other programs write as JSON, of which nothing can be taken for granted."""

import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias, cast

Fields: TypeAlias = Mapping[str, object]

_NOTHING: Fields = {}
_NO_ITEMS: Sequence[object] = ()


def at(value: object, *path: str) -> object:
    """Return what is found along the keys, or nothing."""
    for key in path:
        if not isinstance(value, dict):
            return None
        value = cast("Fields", value).get(key)
    return value


def text_at(value: object, *path: str) -> str:
    """Return the text there, or an empty one."""
    found = at(value, *path)
    return found if isinstance(found, str) else ""


def number_at(value: object, *path: str) -> float | None:
    """Return the number there if it can be one of a measurement: finite and not negative."""
    found = at(value, *path)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return found if 0 <= found < 1e15 and math.isfinite(found) else None


def fields_at(value: object, *path: str) -> Fields:
    """Return the object there, or an empty one."""
    found = at(value, *path)
    return cast("Fields", found) if isinstance(found, dict) else _NOTHING


def items_at(value: object, *path: str) -> Sequence[object]:
    """Return the array there, or an empty one."""
    found = at(value, *path)
    return cast("list[object]", found) if isinstance(found, list) else _NO_ITEMS
