"""The language in which runs are looked for: ``deploy -status:completed since:7d input:env=prod``; pure."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from flow_tui.dataclass import dataclass
from flow_tui.dsl.words import meant, nearest
from flow_tui.engine.keeping import RunQuery
from flow_tui.engine.traits import RESUMED, Traits
from flow_tui.errors import UsageError
from flow_tui.model.ids import RunId
from flow_tui.model.status import INTERRUPTED, RunStatus

ACTIVE = frozenset({RunStatus.RUNNING, RunStatus.WAITING, RunStatus.CANCELLING})
STANDINGS: Mapping[str, frozenset[str]] = {
    **{status.value: frozenset({status.value}) for status in RunStatus},
    INTERRUPTED: frozenset({INTERRUPTED}),
    "needs_resume": frozenset({INTERRUPTED}),
    "active": frozenset({*ACTIVE, INTERRUPTED}),
}
"""Where runs can be said to stand, by the word that a search has for it."""
TRIGGERS = ("cli", "dashboard", "manual", "rerun", RESUMED, "watch")
"""What may have made a run run; others may have words of their own."""
KEYS = ("status", "workflow", "since", "until", "input", "trigger")
_WORD = re.compile(r'(?:[^\s"]|"[^"]*"?)+')
_AGO = re.compile(r"(\d{1,6})([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DAY = timedelta(days=1)


class QueryError(UsageError):
    """A word of a search means nothing; it is from ``start`` to ``end`` in the text."""

    def __init__(self, message: str, hint: str, start: int = 0, end: int = 0) -> None:
        super().__init__(message, hint)
        self.start, self.end = start, end


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What runs are looked for."""

    has: Traits = Traits()
    lacks: Traits = Traits()
    since: datetime | None = None
    until: datetime | None = None

    def query(self, root: str, left: frozenset[RunId]) -> RunQuery:
        """Return the question to a storage; ``left`` are the runs that nobody works on any more."""
        return RunQuery(
            root=root, left=left, has=self.has, lacks=self.lacks, since=self.since, until=self.until
        )


def parsed(text: str, now: datetime) -> Asked:
    """Return what ``text`` looks for.

    It is made of free words, ``status:``, ``workflow:``, ``since:``, ``until:``, ``input:NAME=VALUE`` and
    ``trigger:``; with ``-`` in front, of what runs are not. What has blanks in it stands in double quotes.
    Raises :class:`QueryError` for a word that means nothing.
    """
    asked = Asked()
    for found in _WORD.finditer(text):
        try:
            asked = _with(asked, found[0], now)
        except QueryError as error:
            error.start, error.end = found.span()
            raise
    return asked


def quoted(word: str) -> str:
    """Return one word of a command line as it stands in a search."""
    is_many = re.search(r"\s", word) is not None and '"' not in word
    key, colon, value = word.partition(":")
    if not is_many or key.removeprefix("-") not in KEYS:
        return word  # several words at once
    return f'{key}{colon}"{value}"'


def _with(asked: Asked, word: str, now: datetime) -> Asked:
    """Return what is looked for if ``word`` is said as well."""
    is_not, plain = word.startswith("-") and len(word) > 1, word.replace('"', "")
    plain = plain.removeprefix("-") if is_not else plain
    key, colon, value = plain.partition(":")
    if not colon or word.removeprefix("-").startswith('"'):
        key, value = "", plain
    if key in {"since", "until"}:
        if is_not:
            other = "until" if key == "since" else "since"
            raise QueryError(f"{key}: cannot be turned round", f"{other}:{value} says it")
        return _dated(asked, key, value, now)
    if is_not:
        return replace(asked, lacks=_trait(asked.lacks, key, value))
    return replace(asked, has=_trait(asked.has, key, value))


def _trait(traits: Traits, key: str, value: str) -> Traits:
    match key:
        case "":
            text = value.removeprefix("#").lower()
            return replace(traits, texts=(*traits.texts, text)) if text else traits
        case "status":
            return replace(traits, standings=traits.standings | _standings(value))
        case "workflow":
            return replace(traits, workflows=traits.workflows | {value})
        case "trigger":
            return replace(traits, triggers=traits.triggers | {_trigger(value)})
        case "input":
            name, is_given, wanted = value.partition("=")
            if not (name and is_given):
                raise QueryError("input: takes a name and a value", "such as input:env=prod")
            return replace(traits, inputs=(*traits.inputs, (name, wanted)))
        case _:
            known = ", ".join(f"{name}:" for name in KEYS)
            close = nearest(key, KEYS)
            hint = f"did you mean '{close}:'?" if close else f"besides free words it knows {known}"
            raise QueryError(f"a search knows no {key + ':'!r}", hint)


def _standings(value: str) -> frozenset[str]:
    if value not in STANDINGS:
        raise QueryError(
            f"a run cannot be {value!r}", meant(value, STANDINGS) or f"there are {', '.join(STANDINGS)}"
        )
    return STANDINGS[value]


def _trigger(value: str) -> str:
    """Return what began runs; a word that is almost a known one is a slip."""
    if value not in TRIGGERS and (hint := meant(value, TRIGGERS)):
        raise QueryError(f"nothing is known of the trigger {value!r}", hint)
    if not value:
        raise QueryError("trigger: takes a word", f"there are {', '.join(TRIGGERS)}")
    return value


def _dated(asked: Asked, key: str, value: str, now: datetime) -> Asked:
    begin, end = _span(value, now)
    if key == "since":
        return replace(asked, since=max(filter(None, (asked.since, begin))))
    return replace(asked, until=min(filter(None, (asked.until, end))))


def _span(value: str, now: datetime) -> tuple[datetime, datetime]:
    """Return from when until when it is what ``7d``, ``today`` or ``2026-01-31`` means."""
    if ago := _AGO.fullmatch(value):
        try:
            at = now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        except OverflowError:
            at = datetime.min.replace(tzinfo=UTC)
        return at, at
    midnight = now.astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    if value in {"today", "yesterday"}:
        begin = midnight if value == "today" else midnight - _DAY
        return begin, begin + _DAY
    try:
        said = datetime.fromisoformat(value)
        at = (said if said.tzinfo is not None else said.astimezone()).astimezone(UTC)
        return at, at + _DAY if len(value) <= len("2026-01-31") else at
    except (ValueError, OverflowError):
        hint = "such as 7d, 12h, today, yesterday or 2026-01-31"
        raise QueryError(f"{value!r} is no time", hint) from None
