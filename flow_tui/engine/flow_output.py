"""The block that a step prints about itself, and what is read from it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from flow_tui import limits

START = "<<<FLOW_OUTPUT>>>"
END = "<<<END_FLOW_OUTPUT>>>"

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

    A start counts only when what follows it begins like JSON or a fenced block, so that mentions in prose do not.
    """
    at = text.rfind(START)
    while at >= 0:
        rest = text[at + len(START) :]
        if rest.lstrip()[:1] in {"{", "[", "`"}:
            end = rest.find(END)
            return None if end < 0 else rest[:end]
        at = text.rfind(START, 0, at)
    return None


def parse(block: str) -> FlowOutput:
    """Return what a block says; one that cannot be read says why in ``problem``, and nothing else."""
    if len(block) > limits.FLOW_OUTPUT_BYTES:
        return FlowOutput(problem=f"the output block is longer than {limits.FLOW_OUTPUT_BYTES} characters")
    text = block.strip()
    if fenced := _FENCE.match(text):
        text = fenced[1].strip()
    try:
        data = _load(text)
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        return FlowOutput(problem=f"the output block is not JSON: {reason}")
    if not isinstance(data, dict):
        return FlowOutput(problem="the output block is not a JSON object")
    return _read(cast("dict[str, Any]", data))


def _read(data: Mapping[str, Any]) -> FlowOutput:
    markers, context = data.get("markers", []), data.get("context", "")
    if not isinstance(markers, list) or not all(isinstance(m, str) for m in cast("list[object]", markers)):
        return FlowOutput(problem="'markers' in the output block is not a list of strings")
    if not isinstance(context, str):
        return FlowOutput(problem="'context' in the output block is not a string")
    return FlowOutput(
        markers=tuple(cast("list[str]", markers)),
        context=cut_context(context),
        structured=json.dumps(data, ensure_ascii=False, separators=(",", ":")),
    )


def _load(text: str) -> object:
    try:
        return _strict(text)
    except ValueError:
        return _strict(_clean(text))


def _strict(text: str) -> object:
    def refuse(word: str) -> object:
        message = f"{word} is not a JSON number"
        raise ValueError(message)

    return json.loads(text, parse_constant=refuse)


def _clean(text: str) -> str:
    """Drop trailing commas outside of strings and double stray backslashes inside of them."""
    parts: list[str] = []
    at = 0
    for found in _STRING.finditer(text):
        parts += [_drop_commas(text[at : found.start()], text[found.start() :]), _escape(found[0])]
        at = found.end()
    parts.append(_TRAILING_COMMA.sub("", text[at:]))
    return "".join(parts)


def _drop_commas(text: str, following: str) -> str:
    return _TRAILING_COMMA.sub("", text + following[:1])[: -1 if following else None]


def _escape(string: str) -> str:
    return _BAD_ESCAPE.sub(lambda found: found[0] if found[1] else "\\\\", string)


def cut_context(text: str) -> str:
    """Return ``text`` cut to what a context may hold."""
    data = text.encode(errors="surrogatepass")
    if len(data) <= limits.CONTEXT_BYTES:
        return text
    return data[: limits.CONTEXT_BYTES].decode(errors="ignore")


_OWN = frozenset({"markers", "context"})


@dataclass(slots=True, kw_only=True)
class Exports:
    """What steps have exported as variables: every string member of their objects, the latest winning."""

    values: dict[str, str] = field(default_factory=dict[str, str])

    def add(self, structured: str) -> None:
        """Take over the string members of a step's object; anything else exports nothing."""
        if not structured:
            return
        try:
            data = json.loads(structured)
        except ValueError:
            return
        if isinstance(data, dict):
            pairs = cast("dict[str, object]", data).items()
            self.values.update({k: v for k, v in pairs if isinstance(v, str) and k not in _OWN})
