"""What options accept: the types of the syntax tree's fields, and how text becomes one of them.

What is refused raises ``RefusedError`` with the code of the diagnostic.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, TypeAlias, cast

from flow_tui import limits
from flow_tui.dsl import durations
from flow_tui.dsl.fields import Accepts, Between, Reads, RefusedError, Takes, Writes
from flow_tui.dsl.parts import AgentRef, OnFailAgent, OnFailContinue, StepMarker
from flow_tui.dsl.words import shown

_U32 = 0xFFFF_FFFF
WHOLE = f"a whole number from 0 to {_U32}"
"""What a count is in words, where its option says no more."""
_NUMBER = re.compile(r"\+?0*([0-9]{1,10})", re.ASCII)
_RATIO = re.compile(r"\+?[0-9]{1,6}(\.[0-9]{1,6})?", re.ASCII)
_DOTTED = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\.[^\s.]\S*", re.ASCII)
_DIGITS = re.compile(r"\+?[0-9]+", re.ASCII)


FALLBACK = Takes("`continue`, or an agent that is started instead")
MARKER = Takes("STEP.MARKER")
_TIME = Takes('a length of time such as `"30s"`, `"5m"` or `"2h"`')


def _count(value: object) -> object:
    if not isinstance(value, str):
        return value
    match = _NUMBER.fullmatch(value)
    if match is None or (number := int(match[1])) > _U32:
        raise RefusedError("P-NUMBER", f"must be {WHOLE}, not {shown(value)}")
    return number


def _ratio(value: object) -> object:
    if not isinstance(value, str):
        return value
    if _RATIO.fullmatch(value) is None:
        raise RefusedError("P-NUMBER", f'must be a number such as 2 or "1.5", not {shown(value)}')
    return float(value)


def _flag(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value not in ("true", "false"):
        raise RefusedError("P-ENUM", f"must be 'true' or 'false', not {shown(value)}")
    return value == "true"


def _duration(value: object) -> object:
    if isinstance(value, (int, float)):
        return timedelta(seconds=value)
    if not isinstance(value, str):
        return value
    try:
        return durations.parse(value)
    except ValueError as problem:
        raise RefusedError("P-DURATION", f"must be a duration ({durations.FORMS}): {problem}") from None


def _positive(value: object) -> object:
    length = _duration(value)
    if isinstance(length, timedelta) and length <= timedelta():
        raise RefusedError("P-DURATION", f"must be longer than nothing, not {shown(str(value))}")
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
    return (value,) if isinstance(value, str) else tuple(cast("Sequence[object]", value))


def _options(value: object) -> object:
    if isinstance(value, (list, tuple)):
        return {str(item): str(item) for item in cast("Sequence[object]", value)}
    if isinstance(value, str) and _DOTTED.fullmatch(value) is None:
        raise RefusedError("P-OPTIONS", f"must be an array, a map or step.field, not {shown(value)}")
    return value


def _agent(value: object) -> object:
    return _referred(value) if isinstance(value, str) else value


def _referred(value: str) -> AgentRef:
    """Return which agent a text means: quoted or not, a text with a slash is a path."""
    if not value.strip():
        raise RefusedError("P-AGENT", "the name of the agent is empty")
    if "/" not in value and value != "..":
        return AgentRef(kind="name", value=value)
    if value.startswith("/"):
        reason = f"path {shown(value)} is absolute: write it relative to the project"
        raise RefusedError("P-AGENT-ABS", reason)
    if ".." in value.split("/"):
        raise RefusedError("P-TRAVERSAL", f"path {shown(value)} leaves the project with '..'")
    return AgentRef(kind="path", value=value)


def _on_fail(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value == "continue":
        return OnFailContinue()
    return OnFailAgent(value=_referred(value))


def _call_if(value: object) -> object:
    if not isinstance(value, str):
        return value
    step, dot, marker = value.partition(".")
    if not (dot and step and marker):
        raise RefusedError("P-CALL-IF", f"must be step.marker, not {shown(value)}")
    return StepMarker(step=step, marker=marker)


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
    Reads(_words),
    Accepts(frozenset({"single value", "array"})),
    Takes("a text, or several: `[a, b]`"),
]
Table: TypeAlias = Annotated[
    dict[str, str], Accepts(frozenset({"map"})), Takes("texts by name: `{ NAME = VALUE }`")
]
Options: TypeAlias = Annotated[
    dict[str, str] | str,
    Reads(_options),
    Accepts(frozenset({"single value", "array", "map"})),
    Takes("`[a, b]`, `{ KEY = VALUE }`, or STEP.FIELD"),
]
Count: TypeAlias = Annotated[int, Reads(_count), Between(least=0, most=_U32)]
Retries: TypeAlias = Annotated[int, Reads(_count), Between(least=0, most=limits.RETRIES)]
Percent: TypeAlias = Annotated[int, Reads(_count), Between(least=0, most=100)]
Ratio: TypeAlias = Annotated[
    float, Reads(_ratio), Between(least=1, most=1_000), Takes("a number from 1 to 1000")
]
Flag: TypeAlias = Annotated[bool, Reads(_flag), Takes("`true` or `false`")]
Duration: TypeAlias = Annotated[
    timedelta,
    Reads(_duration),
    Writes(durations.show),
    _TIME,
]
Positive: TypeAlias = Annotated[
    timedelta,
    Reads(_positive),
    Writes(durations.show),
    _TIME,
]
LimitText: TypeAlias = Annotated[str, Reads(_limit), _TIME]
ScriptLimitText: TypeAlias = Annotated[
    str,
    Reads(_script_limit),
    Writes(_limit_as_seconds),
    _TIME,
]

Wait: TypeAlias = Annotated[timedelta, Reads(_duration), Writes(_as_seconds), _TIME]
"""A length that is a number of seconds in JSON."""

Agent = Reads(_agent)
"""Makes a reference as written an ``AgentRef``."""
Reference = Reads(_on_fail)
"""Makes the text of ``on_fail`` what it means."""
CallIf = Reads(_call_if)
"""Makes ``step.marker`` a condition."""
