"""Options as written, checked against the model that says which there are."""

from dataclasses import field
from functools import cache
from typing import Any, TypeAlias, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from flow_tui import limits
from flow_tui.dataclass import dataclass
from flow_tui.diagnostics import Diagnostic, Severity, Span
from flow_tui.dsl.tokens import Lines, Places, Token
from flow_tui.dsl.values import PART, WHOLE, Accepts, Key
from flow_tui.dsl.words import meant, shown

Raw: TypeAlias = str | list[str] | dict[str, str]
Place: TypeAlias = tuple[int, int]
ModelT = TypeVar("ModelT", bound=BaseModel)

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


def marks_of(declared: FieldInfo) -> list[Any]:
    """Return what says more about a field than its type, whether or not the option may be left out."""
    inner = (getattr(choice, "__metadata__", ()) for choice in get_args(declared.annotation))
    return [*declared.metadata, *(mark for each in inner for mark in each)]


@cache
def options_of(model: type[BaseModel]) -> dict[str, _Option]:
    """Return the options of a construct by the name they are written under."""
    found: dict[str, _Option] = {}
    for name, declared in model.model_fields.items():
        if PART in declared.metadata:
            continue
        marks = marks_of(declared)
        key = next((mark.name for mark in marks if isinstance(mark, Key)), name)
        kinds = next((mark.kinds for mark in marks if isinstance(mark, Accepts)), _SCALAR)
        found[key] = _Option(name, kinds)
    return found


@cache
def range_of(model: type[BaseModel], name: str) -> str:
    """Return in words which numbers an option takes; nothing where it takes no number."""
    option = options_of(model).get(name)
    if option is None:
        return ""
    marks = marks_of(model.model_fields[option.field])
    bounds: list[Any] = [bound for mark in marks for bound in getattr(mark, "metadata", [mark])]
    least = [bound.ge for bound in bounds if hasattr(bound, "ge")]
    most = [bound.le for bound in bounds if hasattr(bound, "le")]
    return f"from {max(least)} to {min(most)}" if least and most else ""


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


def make(model: type[ModelT], made: Made, report: Report) -> ModelT | None:
    """Return the model, or nothing when one of its options is refused; every reason is reported."""
    options = options_of(model)
    values = made.parts
    sound = True
    if "span" in values:
        places = {name: pair.place for name, pair in (made.inner | made.pairs).items()}
        places["head"] = made.head
        values["places"] = Places(report.lines, places)
    for name, pair in made.pairs.items():
        option = options.get(name)
        if option is None:
            report.unknown(pair, made.label, list(options))
        elif kind_of(pair.value) in option.kinds:
            values[option.field] = pair.value
        else:
            sound = False
            wanted = " or ".join(_ARTICLES[kind] for kind in _ARTICLES if kind in option.kinds)
            message = f"{name} of {made.label} must be {wanted}, not {_ARTICLES[kind_of(pair.value)]}"
            report.error("P-VALUE-KIND", message, pair.place)
    try:
        result = model.__pydantic_validator__.validate_python(values)
    except ValidationError as refusal:
        for problem in refusal.errors(include_url=False):
            _refused(problem, model, made, report)
        return None
    return result if sound else None


def _refused(problem: ErrorDetails, model: type[BaseModel], made: Made, report: Report) -> None:
    """Report one thing that a model does not accept."""
    field = str(problem["loc"][0]) if problem["loc"] else ""
    name = next((key for key, option in options_of(model).items() if option.field == field), field)
    pair = made.pairs.get(name)
    if problem["type"] == "missing":
        if pair is None and not made.is_damaged:
            report.error("P-MISSING", f"{made.label} needs the option '{name}'", made.head)
        return
    place = pair.place if pair else made.head
    code, reason = _reason(problem)
    if code == "P-NUMBER" and (allowed := range_of(model, name)):
        reason = reason.replace(WHOLE, f"a whole number {allowed}")
    said = reason if field == "agent" else f"{name} of {made.label} {reason}"
    report.error(code, said, place)


def _reason(problem: ErrorDetails) -> tuple[str, str]:
    """Return the code and the words for what pydantic, or a validator of ours, says."""
    given = shown(str(problem["input"]))
    context = problem.get("ctx", {})
    match problem["type"]:
        case "literal_error":
            return "P-ENUM", f"must be {context['expected']}, not {given}"
        case "greater_than_equal":
            return "P-RANGE", f"must be at least {context['ge']}, not {given}"
        case "less_than_equal":
            return "P-RANGE", f"must be at most {context['le']}, not {given}"
        case code:
            return code, problem["msg"]
