"""What was recorded of a step, as a page: one event a line, as it is kept."""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any, cast

from flow_tui.model.events import Recorded
from flow_tui.view import format as fmt
from flow_tui.view.ink import CYAN, FAINT, GREEN, RED, YELLOW, ink

_LEFT_OUT = frozenset({"type", "path"})
_MANY = 8
_LONG = 2_000
_COLOURS = {"attempt_failed": RED, "engine_failed": RED, "gate_opened": YELLOW, "step_noted": YELLOW}


def line(recorded: Recorded, zone: tzinfo | None = None) -> str:
    """Return one event: its number, when it happened, what it was and what it says."""
    event = recorded.event
    at = recorded.at.astimezone(zone)
    said = "  ".join(f"{ink(name, FAINT)} {ink(value)}" for name, value in _facts(event))
    colour = _COLOURS.get(event.type, CYAN)
    if event.type == "step_finished":
        colour = GREEN if event.outcome.value in {"completed", "skipped"} else RED
    stamp = f"{at:%H:%M:%S}.{at.microsecond // 1000:03}"
    return f"{ink(f'{recorded.seq:>5}  {stamp}', FAINT)}  {ink(event.type, colour)}  {said}".rstrip()


def _facts(value: Any) -> list[tuple[str, str]]:
    """Return what differs from what goes without saying."""
    found: list[tuple[str, str]] = []
    for each in fields(value):
        given = getattr(value, each.name)
        if each.name in _LEFT_OUT or (each.default is not MISSING and given == each.default):
            continue
        shown = _shown(given)
        if shown:
            found.append((each.name, shown))
    return found


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%S%z}"
    if isinstance(value, timedelta):
        return fmt.limit(value)
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, object]", value)
        told = [f"{name}={_shown(each)}" for name, each in [*pairs.items()][:_MANY]]
        return _many(told, len(pairs))
    if isinstance(value, tuple):
        several = cast("tuple[object, ...]", value)
        return _many([_shown(each) for each in several[:_MANY]], len(several))
    if is_dataclass(value) and not isinstance(value, type):
        return "(" + " ".join(f"{name}={text}" for name, text in _facts(value)) + ")"
    text = str(value)
    return text if len(text) <= _LONG else f"{text[:_LONG]}… ({fmt.number(len(text))} characters)"


def _many(told: list[str], count: int) -> str:
    more = f", … {count - len(told)} more" if count > len(told) else ""
    return f"[{', '.join(told)}{more}]" if told else ""
