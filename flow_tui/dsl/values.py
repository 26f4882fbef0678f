"""What options accept: the types of the syntax tree's fields, and how text becomes one of them.

A validator that refuses a text raises ``PydanticCustomError`` with the code of the diagnostic.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, LiteralString, TypeAlias, cast

from pydantic import BeforeValidator, Field, PlainSerializer
from pydantic_core import PydanticCustomError

from flow_tui import limits
from flow_tui.dataclass import dataclass
from flow_tui.dsl import durations
from flow_tui.dsl.words import shown

_U32 = 0xFFFF_FFFF
WHOLE = f"a whole number from 0 to {_U32}"
"""What a count is in words, where its option says no more."""
_NUMBER = re.compile(r"\+?0*([0-9]{1,10})", re.ASCII)
_RATIO = re.compile(r"\+?[0-9]{1,6}(\.[0-9]{1,6})?", re.ASCII)
_DOTTED = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\.[^\s.]\S*", re.ASCII)
_DIGITS = re.compile(r"\+?[0-9]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Part:
    """Marks a field that comes from the shape of the text, not from an option."""


@dataclass(frozen=True, slots=True)
class Key:
    """Gives the name under which an option is written, where the field is called something else."""

    name: str


@dataclass(frozen=True, slots=True)
class Accepts:
    """Says which kinds of value an option takes; without it, one scalar."""

    kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class Takes:
    """Says in words what can be written, for the reference of the language."""

    words: str


PART = Part()
FALLBACK = Takes("`continue`, or an agent that is started instead")
MARKER = Takes("STEP.MARKER")
_TIME = Takes('a length of time such as `"30s"`, `"5m"` or `"2h"`')


def _refuse(code: LiteralString, message: str) -> PydanticCustomError:
    """Return the error that becomes a diagnostic with ``code``."""
    return PydanticCustomError(code, "{reason}", {"reason": message})


def _count(value: object) -> object:
    if not isinstance(value, str):
        return value
    match = _NUMBER.fullmatch(value)
    if match is None or (number := int(match[1])) > _U32:
        raise _refuse("P-NUMBER", f"must be {WHOLE}, not {shown(value)}")
    return number


def _ratio(value: object) -> object:
    if not isinstance(value, str):
        return value
    if _RATIO.fullmatch(value) is None:
        raise _refuse("P-NUMBER", f'must be a number such as 2 or "1.5", not {shown(value)}')
    return float(value)


def _flag(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value not in ("true", "false"):
        raise _refuse("P-ENUM", f"must be 'true' or 'false', not {shown(value)}")
    return value == "true"


def _duration(value: object) -> object:
    if isinstance(value, (int, float)):
        return timedelta(seconds=value)
    if not isinstance(value, str):
        return value
    try:
        return durations.parse(value)
    except ValueError as problem:
        raise _refuse("P-DURATION", f"must be a duration ({durations.FORMS}): {problem}") from None


def _positive(value: object) -> object:
    length = _duration(value)
    if isinstance(length, timedelta) and length <= timedelta():
        raise _refuse("P-DURATION", f"must be longer than nothing, not {shown(str(value))}")
    return length


def _limit(value: object) -> object:
    _positive(value)
    return value


def _script_limit(value: object) -> object:
    """Accept any count of seconds: other engines use huge ones to say that there is no limit."""
    if isinstance(value, (int, float)):
        return durations.show(timedelta(seconds=value))
    if isinstance(value, str) and _DIGITS.fullmatch(value) and value.strip("+0"):
        return value
    return _limit(value)


def _words(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _options(value: object) -> object:
    if isinstance(value, (list, tuple)):
        return {str(item): str(item) for item in cast("Sequence[object]", value)}
    if isinstance(value, str) and _DOTTED.fullmatch(value) is None:
        raise _refuse("P-OPTIONS", f"must be an array, a map or step.field, not {shown(value)}")
    return value


def _agent(value: object) -> object:
    """Return the shape of an agent reference: quoted or not, a text with a slash is a path."""
    if not isinstance(value, str):
        return value
    if not value.strip():
        raise _refuse("P-AGENT", "the name of the agent is empty")
    if "/" not in value:
        return {"kind": "name", "value": value}
    if value.startswith("/"):
        raise _refuse("P-AGENT-ABS", f"path {shown(value)} is absolute: write it relative to the project")
    if ".." in value.split("/"):
        raise _refuse("P-TRAVERSAL", f"path {shown(value)} leaves the project with '..'")
    return {"kind": "path", "value": value}


def _on_fail(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value == "continue":
        return {"kind": "continue"}
    return {"kind": "agent", "value": _agent(value)}


def _call_if(value: object) -> object:
    if not isinstance(value, str):
        return value
    step, dot, marker = value.partition(".")
    if not (dot and step and marker):
        raise _refuse("P-CALL-IF", f"must be step.marker, not {shown(value)}")
    return {"kind": "step_marker", "step": step, "marker": marker}


def _as_text(length: timedelta) -> str:
    return durations.show(length)


def _as_seconds(length: timedelta) -> int | float:
    """Return whole seconds as a whole number."""
    seconds = length.total_seconds()
    return int(seconds) if seconds.is_integer() else seconds


def longest(text: str) -> timedelta:
    """Return the length that a script's time limit names, at most the longest there is."""
    try:
        return durations.parse(text)
    except ValueError:
        return limits.LONGEST


def _limit_as_seconds(text: str) -> int | float:
    return _as_seconds(longest(text))


Text: TypeAlias = str
Words: TypeAlias = Annotated[
    tuple[str, ...],
    BeforeValidator(_words),
    Accepts(frozenset({"single value", "array"})),
    Takes("a text, or several: `[a, b]`"),
]
Table: TypeAlias = Annotated[
    dict[str, str], Accepts(frozenset({"map"})), Takes("texts by name: `{ NAME = VALUE }`")
]
Options: TypeAlias = Annotated[
    dict[str, str] | str,
    BeforeValidator(_options),
    Accepts(frozenset({"single value", "array", "map"})),
    Takes("`[a, b]`, `{ KEY = VALUE }`, or STEP.FIELD"),
]
Count: TypeAlias = Annotated[int, BeforeValidator(_count), Field(ge=0, le=_U32)]
Retries: TypeAlias = Annotated[int, BeforeValidator(_count), Field(ge=0, le=limits.RETRIES)]
Percent: TypeAlias = Annotated[int, BeforeValidator(_count), Field(ge=0, le=100)]
Ratio: TypeAlias = Annotated[
    float, BeforeValidator(_ratio), Field(ge=1, le=1_000), Takes("a number from 1 to 1000")
]
Flag: TypeAlias = Annotated[bool, BeforeValidator(_flag), Takes("`true` or `false`")]
Duration: TypeAlias = Annotated[
    timedelta,
    BeforeValidator(_duration),
    PlainSerializer(_as_text, return_type=str, when_used="json"),
    _TIME,
]
Positive: TypeAlias = Annotated[
    timedelta,
    BeforeValidator(_positive),
    PlainSerializer(_as_text, return_type=str, when_used="json"),
    _TIME,
]
LimitText: TypeAlias = Annotated[str, BeforeValidator(_limit), _TIME]
ScriptLimitText: TypeAlias = Annotated[
    str,
    BeforeValidator(_script_limit),
    PlainSerializer(_limit_as_seconds, return_type=int | float, when_used="json"),
    _TIME,
]

Seconds = PlainSerializer(_as_seconds, return_type=int | float, when_used="json")
"""Makes a length a number of seconds in JSON."""
Agent = BeforeValidator(_agent)
"""Makes a reference as written an ``AgentRef``."""
Reference = BeforeValidator(_on_fail)
"""Makes the text of ``on_fail`` what it means."""
CallIf = BeforeValidator(_call_if)
"""Makes ``step.marker`` a condition."""
