"""The block that a step prints about itself, and what is read from it."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import field
from typing import Any, cast

from flow_tui import limits
from flow_tui.dataclass import dataclass
from flow_tui.dsl.output_prompt import END, START
from flow_tui.engine import intake

_BEGINS = re.compile(r"\s*[{\[`]")
_FENCE = re.compile(r"\A```[^\n`]*\n(.*?)\n?```\Z", re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")
_BAD_ESCAPE = re.compile(r'\\(?:(["\\/bfnrt]|u[0-9a-fA-F]{4})|)')


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowOutput:
    """What a block says."""

    markers: tuple[str, ...] = ()
    context: str = ""
    structured: str = ""
    """The whole object as JSON text."""
    problem: str = ""
    """Why there is nothing in it; empty when there is."""


def find_block(text: str) -> str | None:
    """Return what stands in the last block of ``text``, without its delimiters.

    A start counts only when what follows it begins like JSON or a fenced block: prose may mention it, too.
    """
    at = text.rfind(START)
    while at >= 0:
        begin = at + len(START)
        if _BEGINS.match(text, begin):
            end = text.find(END, begin)
            return None if end < 0 else text[begin:end]
        at = text.rfind(START, 0, at)
    return None


def parse(block: str) -> FlowOutput:
    """Return what a block says; one that cannot be read says why in ``problem``, and nothing else."""
    try:
        return _read(load(block))
    except ValueError as problem:
        return FlowOutput(problem=str(problem))


def parse_structured(block: str) -> FlowOutput:
    """Return the object in a block and nothing else, whatever members it has; see :func:`parse`."""
    try:
        return FlowOutput(structured=_dumps(load(block)))
    except ValueError as problem:
        return FlowOutput(problem=str(problem))


def load(block: str) -> dict[str, Any]:
    """Return the object in a block; raises ``ValueError`` that says why there is none."""
    if len(block) > limits.FLOW_OUTPUT_BYTES:
        message = f"the output block is longer than {limits.FLOW_OUTPUT_BYTES} characters"
        raise ValueError(message)
    text = block.strip()
    if fenced := _FENCE.match(text):
        text = fenced[1].strip()
    try:
        data = _load(text)
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        message = f"the output block is not JSON: {reason}"
        raise ValueError(message) from None
    if not isinstance(data, dict):
        message = "the output block is not a JSON object"
        raise ValueError(message)  # noqa: TRY004 - it is the value of a text
    return cast("dict[str, Any]", data)


def _read(data: Mapping[str, Any]) -> FlowOutput:
    if (problem := _oddness(data)) is not None:
        return FlowOutput(problem=f"in the output block, {problem}")
    return FlowOutput(
        markers=tuple(data.get("markers", ())),
        context=intake.cut(data.get("context", "")),
        structured=_dumps(data),
    )


def _oddness(data: Mapping[str, Any]) -> str | None:
    """Return which of the members that have a meaning of their own is not what it should be, if one is."""
    markers = data.get("markers", [])
    if not isinstance(markers, list) or not all(isinstance(m, str) for m in cast("list[object]", markers)):
        return "'markers' is not a list of strings"
    if not isinstance(data.get("context", ""), str):
        return "'context' is not a string"
    return None


def _dumps(data: Mapping[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _load(text: str) -> object:
    try:
        return _strict(text)
    except ValueError:
        return _strict(_clean(text))


def _strict(text: str) -> object:
    return json.loads(text, parse_constant=_number, parse_float=_number)


def _number(text: str) -> float:
    """Return the number that ``text`` names; JSON has neither infinite ones nor those that are none."""
    number = float(text)
    if not math.isfinite(number):
        message = f"{text} is not a JSON number"
        raise ValueError(message)
    return number


def _clean(text: str) -> str:
    """Drop trailing commas outside of strings and double stray backslashes inside of them."""
    parts: list[str] = []
    at = 0
    for found in _STRING.finditer(text):
        parts += [_TRAILING_COMMA.sub("", text[at : found.start()]), _escape(found[0])]
        at = found.end()
    parts.append(_TRAILING_COMMA.sub("", text[at:]))
    return "".join(parts)


def _escape(string: str) -> str:
    return _BAD_ESCAPE.sub(lambda found: found[0] if found[1] else "\\\\", string)


_OWN = frozenset({"markers", "context"})


def exported(structured: str) -> dict[str, str]:
    """Return what a step's object exports: its string members, but for those with a meaning of their own.

    An object in which those are something else than usual exports nothing.
    """
    try:
        data = json.loads(structured)
    except ValueError:
        return {}
    if not isinstance(data, dict) or _oddness(cast("dict[str, Any]", data)) is not None:
        return {}
    pairs = cast("dict[str, object]", data).items()
    return {name: value for name, value in pairs if isinstance(value, str) and name not in _OWN}


@dataclass(slots=True, kw_only=True)
class Exports:
    """What steps have exported as variables: every string member of their objects, the latest winning."""

    values: dict[str, str] = field(default_factory=dict[str, str])

    def add(self, structured: str) -> None:
        """Take over what a step exports."""
        if structured:
            self.values.update(exported(structured))
