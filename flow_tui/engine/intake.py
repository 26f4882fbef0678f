"""What actions hand back, made fit to be kept: of the right kind and of bounded size, as storable text."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

from flow_tui import limits
from flow_tui.errors import ActionError
from flow_tui.model.values import ActionOutput, Worker
from flow_tui.sanitize import settled, visible, visible_lines

_FIRST_LINE = 200
_ERROR_CHARACTERS = limits.CONTEXT_BYTES // 4
NOTHING = ActionOutput()


def output(result: object) -> ActionOutput:
    """Return what an action handed back; raises ``ActionError`` when it is not an output at all."""
    if result == NOTHING:
        return NOTHING
    if not isinstance(result, ActionOutput):
        raise ActionError(f"the action returned {_kind(result)}, not an ActionOutput")
    given = cast("Any", result)  # whoever wrote the action may not have had a type checker
    structured = text(given.structured, "structured")
    if len(structured) > limits.FLOW_OUTPUT_BYTES:
        raise ActionError(f"the structured output is longer than {limits.FLOW_OUTPUT_BYTES} characters")
    return ActionOutput(
        markers=_markers(given.markers),
        context=cut(text(given.context, "context")),
        result_text=visible_lines(settled(cut(text(given.result_text, "result_text")))),
        structured=structured,
        metrics=_metrics(given.metrics),
        note=visible_lines(settled(cut(text(given.note, "note")))),
        model=visible(text(given.model, "model")[:_FIRST_LINE]),
        workers=_workers(given.workers),
        items=text(given.items, "items")[:_FIRST_LINE],
    )


def text(value: object, name: str = "value") -> str:
    """Return ``value`` as text that can be stored; raises ``ActionError`` when it is no text."""
    if not isinstance(value, str):
        raise ActionError(f"the action returned a {name!r} that is {_kind(value)}, not text")
    return value if value.isascii() else value.encode(errors="replace").decode()


def cut(value: str) -> str:
    """Return ``value`` cut to what a context may hold."""
    if len(value) * 4 <= limits.CONTEXT_BYTES:
        return value
    data = value.encode(errors="replace")
    return data[: limits.CONTEXT_BYTES].decode(errors="ignore") if len(data) > limits.CONTEXT_BYTES else value


def first_line(value: str) -> str:
    """Return the first line of a text as it was last, short enough for a list of steps."""
    return settled(value.strip().split("\n", 1)[0])[:_FIRST_LINE]


def error(failure: BaseException) -> str:
    """Return what an exception says, or what kind it is when it says nothing."""
    try:
        said = settled(str(failure)).strip()
    except Exception:  # noqa: BLE001 - even its own text may be beyond it
        said = ""
    if len(said) > _ERROR_CHARACTERS:
        said = f"{said[: _ERROR_CHARACTERS // 2]}\n…\n{said[-_ERROR_CHARACTERS // 2 :]}"
    return visible_lines(said) or type(failure).__name__


def _markers(value: object) -> tuple[str, ...]:
    if not isinstance(value, tuple | list):
        raise ActionError(f"the action returned 'markers' that are {_kind(value)}, not a tuple of words")
    markers = tuple(text(marker, "marker") for marker in cast("Sequence[object]", value))
    if sum(map(len, markers)) > limits.CONTEXT_BYTES:
        raise ActionError(f"the markers are longer than {limits.CONTEXT_BYTES} characters")
    return markers


def _metrics(value: object) -> dict[str, float]:
    """Return the numbers among metrics; whatever else is there counts for nothing."""
    if not isinstance(value, Mapping):
        return {}
    pairs = cast("Mapping[object, object]", value).items()
    return {
        text(name): float(number)
        for name, number in pairs
        if isinstance(name, str) and isinstance(number, int | float) and math.isfinite(number)
    }


def _workers(value: object) -> tuple[Worker, ...] | None:
    """Return what agents were carried out with; of what an action of others says there, nothing."""
    if not isinstance(value, tuple):
        return None
    given = cast("tuple[object, ...]", value)
    return tuple(each for each in given if isinstance(each, Worker))


def _kind(value: object) -> str:
    return "nothing" if value is None else f"of type {type(value).__name__}"
