"""What an agent is to hand back: its fields, and the markers that follow from them."""

from typing import Literal, TypeAlias, assert_never

from flow_tui.dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class String:
    """Any text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number, whole or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Boolean:
    """True or false."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enum:
    """One of a few texts."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Object:
    """Named members; without fields, any object."""

    fields: tuple["Field", ...] = ()


Scalar: TypeAlias = String | Number | Boolean | Enum


@dataclass(frozen=True, slots=True, kw_only=True)
class Array:
    """A list; without a type of its items, of anything."""

    items: Scalar | Object | None = None


FieldType: TypeAlias = Scalar | Array | Object


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One member of an object."""

    name: str
    type: FieldType
    required: bool = True
    desc: str = ""
    examples: tuple[str, ...] = ()


Comparison: TypeAlias = Literal["==", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueTest:
    """``field == value`` and the like."""

    field: str
    comparison: Comparison
    value: str | bool | float


@dataclass(frozen=True, slots=True, kw_only=True)
class LengthTest:
    """``field.length > 0`` and the like: how long a list or a text is."""

    field: str
    comparison: Comparison
    length: int = 0
    only: ValueTest | None = None
    """Which items of the list count; all when left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A marker, and when it is left."""

    marker: str
    text: str
    """The condition as written."""
    test: ValueTest | LengthTest


NOT_APPROVED = "not_approved"
HAS_FINDINGS = "has_findings"
GRAVE = {"critical": "has_critical_findings", "high": "has_high_findings"}
"""Which severity of a finding leaves which marker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """An output schema: fields in the order of its file, and rules for markers if it has its own."""

    name: str
    fields: tuple[Field, ...]
    rules: tuple[Rule, ...] | None = None
    """``None`` when the usual markers are derived."""

    def field(self, name: str) -> Field | None:
        """Return the field of this name."""
        return find(self.fields, name)

    @property
    def effective_rules(self) -> tuple[Rule, ...]:
        """Return the rules by which an output leaves markers: its own, or those that hold everywhere."""
        return usual(self.fields) if self.rules is None else self.rules

    def markers(self) -> tuple[str, ...]:
        """Return every marker that an output can leave, sorted."""
        return tuple(sorted(rule.marker for rule in self.effective_rules))


def find(fields: tuple[Field, ...], name: str) -> Field | None:
    """Return the field of this name."""
    return next((field for field in fields if field.name == name), None)


def usual(fields: tuple[Field, ...]) -> tuple[Rule, ...]:
    """Return the rules that hold where a schema has none of its own, as far as these fields can meet them."""
    approved, findings = find(fields, "approved"), find(fields, "findings")
    rules: list[Rule] = []
    if approved is not None and isinstance(approved.type, Boolean):
        test: ValueTest | LengthTest = ValueTest(field="approved", comparison="==", value=False)
        rules.append(Rule(marker=NOT_APPROVED, text="approved == false", test=test))
    if findings is not None and isinstance(findings.type, Array):
        some = "findings.length > 0"
        rules.append(Rule(marker=HAS_FINDINGS, text=some, test=LengthTest(field="findings", comparison=">")))
        for severity in _severities(findings.type.items):
            only = ValueTest(field="severity", comparison="==", value=severity)
            test = LengthTest(field="findings", comparison=">", only=only)
            text = f"findings[severity == {severity}].length > 0"
            rules.append(Rule(marker=GRAVE[severity], text=text, test=test))
    return tuple(rules)


def _severities(items: Scalar | Object | None) -> tuple[str, ...]:
    """Return the grave severities that a finding of this type can have."""
    if items is None or items == Object():
        return tuple(GRAVE)
    severity = find(items.fields, "severity") if isinstance(items, Object) else None
    match severity.type if severity is not None else None:
        case String():
            return tuple(GRAVE)
        case Enum(values=values):
            return tuple(word for word in GRAVE if word in values)
        case _:
            return ()


def words(wanted: FieldType) -> str:
    """Return what a field of this type holds, in words."""
    match wanted:
        case String():
            return "a text"
        case Number():
            return "a number"
        case Boolean():
            return "true or false"
        case Enum():
            return "one of a few texts"
        case Array():
            return "a list"
        case Object():
            return "an object"
        case _:
            assert_never(wanted)
