"""Options as written, checked against the model that says which there are."""

from dataclasses import field
from typing import Any, TypeAlias

from flow_tui import limits
from flow_tui.dataclass import dataclass
from flow_tui.diagnostics import Diagnostic, Severity, Span
from flow_tui.dsl.fields import Accepts, Field, RefusedError, Value, ValueT, fields_of, of_values
from flow_tui.dsl.parts import AgentRef, agent_key
from flow_tui.dsl.tokens import Lines, Places, Token
from flow_tui.dsl.values import WHOLE
from flow_tui.dsl.words import meant, shown

Raw: TypeAlias = str | list[str] | dict[str, str]
Place: TypeAlias = tuple[int, int]

_SCALAR = frozenset({"single value"})
_KINDS = {str: "single value", list: "array", dict: "map"}
_ARTICLES = {"single value": "a single value", "array": "an array", "map": "a map"}


@dataclass(slots=True)
class Pair:
    """One option as written."""

    key: Token
    value: Raw
    place: Place
    """Where the value stands."""

    @property
    def key_place(self) -> Place:
        """Return where the name stands."""
        return self.key.start, self.key.end


@dataclass(frozen=True, slots=True)
class _Option:
    field: str
    kinds: frozenset[str]


_KNOWN: dict[type[Value], dict[str, _Option]] = {}


def options_of(kind: type[Value]) -> dict[str, _Option]:
    """Return the options of a construct by the name they are written under."""
    if kind not in _KNOWN:
        _KNOWN[kind] = {each.written: _option(each) for each in fields_of(kind).values() if each.is_option}
    return _KNOWN[kind]


def _option(declared: Field) -> _Option:
    kinds = next((mark.kinds for mark in declared.marks if isinstance(mark, Accepts)), _SCALAR)
    return _Option(declared.name, kinds)


def range_of(kind: type[Value], name: str) -> str:
    """Return in words which numbers an option takes; nothing where it takes no number."""
    option = options_of(kind).get(name)
    if option is None:
        return ""
    declared = fields_of(kind)[option.field]
    if declared.least is None or declared.most is None:
        return ""
    return f"from {declared.least} to {declared.most}"


class Report:
    """Collects the diagnostics of one text."""

    def __init__(self, lines: Lines, file: str) -> None:
        self.lines = lines
        self._file = file
        self.diagnostics: list[Diagnostic] = []

    def span(self, place: Place) -> Span:
        """Return the lines and columns of a place."""
        return self.lines.span(*place)

    def error(self, code: str, message: str, place: Place, hint: str = "") -> None:
        """Add what keeps the definition from running."""
        self._add(code, message, place, hint, Severity.ERROR)

    def warn(self, code: str, message: str, place: Place, hint: str = "") -> None:
        """Add what is worth knowing."""
        self._add(code, message, place, hint, Severity.WARNING)

    def _add(self, code: str, message: str, place: Place, hint: str, severity: Severity) -> None:
        self.diagnostics.append(
            Diagnostic(
                code=code,
                message=message,
                hint=hint,
                severity=severity,
                span=self.span(place),
                file=self._file,
            )
        )

    def unknown(self, pair: Pair, label: str, known: list[str]) -> None:
        """Warn of an option that the construct does not have."""
        name = pair.key.value
        message = f"{label} has no option {shown(name)}"
        few = len(self.diagnostics) < limits.DIAGNOSTICS_SHOWN
        hint = meant(name, known) if few else ""
        if few and not hint and "inputs" in known:
            hint = f"what {label} is given goes into inputs {{ … }}"
        self.warn("W-UNKNOWN-KEY", message, pair.key_place, hint)


def kind_of(value: Raw) -> str:
    """Return what people call this kind of value."""
    return _KINDS[type(value)]


@dataclass(frozen=True, slots=True)
class Made:
    """What a model is made from."""

    label: str
    """What messages call it, such as ``script 'build'``."""
    head: Place
    """Where the construct is named."""
    pairs: dict[str, Pair]
    parts: dict[str, Any]
    inner: dict[str, Pair] = field(default_factory=dict[str, Pair])
    """Options of a part, whose places are kept with the whole."""
    is_damaged: bool = False
    """Whether something in the construct was misread, so that what is missing may be there."""


def make(kind: type[ValueT], made: Made, report: Report) -> ValueT:
    """Return the construct; what is refused or missing is reported, and something else stands for it."""
    options = options_of(kind)
    given = made.parts
    if "span" in given:
        places = {name: pair.place for name, pair in (made.inner | made.pairs).items()}
        places["head"] = made.head
        given["places"] = Places(report.lines, places)
    for name, pair in made.pairs.items():
        option = options.get(name)
        if option is None:
            report.unknown(pair, made.label, list(options))
        elif kind_of(pair.value) in option.kinds:
            given[option.field] = pair.value
        else:
            wanted = " or ".join(_ARTICLES[each] for each in _ARTICLES if each in option.kinds)
            message = f"{name} of {made.label} must be {wanted}, not {_ARTICLES[kind_of(pair.value)]}"
            report.error("P-VALUE-KIND", message, pair.place)
    return of_values(kind, _read(kind, made, report))


def _read(kind: type[Value], made: Made, report: Report) -> dict[str, object]:
    """Return the value of every field."""
    values: dict[str, object] = {}
    for name, declared in fields_of(kind).items():
        if name in made.parts:
            try:
                values[name] = declared.read(made.parts[name])
            except RefusedError as refusal:
                _refused(refusal, kind, declared, made, report)
                values[name] = _instead(declared, made.parts[name])
        elif declared.default is not None:
            values[name] = declared.default()
        else:
            if (key := declared.written) not in made.pairs and not made.is_damaged:
                report.error("P-MISSING", f"{made.label} needs the option '{key}'", made.head)
            values[name] = _instead(declared)
    return values


def _instead(declared: Field, refused: object = None) -> object:
    """Return what stands for a value that is refused or missing: the default, or what says nothing."""
    if declared.default is not None:
        return declared.default()
    if declared.name == "agent":  # conditions ask for its result, and that is there
        return AgentRef(kind="name", value=agent_key(str(refused)))
    return "" if declared.least is None else 1


def _refused(refusal: RefusedError, kind: type[Value], declared: Field, made: Made, report: Report) -> None:
    """Report one thing that a construct does not accept."""
    name, reason = declared.written, refusal.reason
    pair = made.pairs.get(name)
    if refusal.code == "P-NUMBER" and (allowed := range_of(kind, name)):
        reason = reason.replace(WHOLE, f"a whole number {allowed}")
    said = reason if declared.name == "agent" else f"{name} of {made.label} {reason}"
    report.error(refusal.code, said, pair.place if pair else made.head)
