"""Outputs made up as a schema has them, with the markers that the rest of a workflow looks for."""

import hashlib
from collections.abc import Collection
from typing import assert_never, cast

from flow_tui.dataclass import dataclass
from flow_tui.dsl import marker_rules
from flow_tui.dsl.schema import (
    Array,
    Boolean,
    Comparison,
    Enum,
    Field,
    FieldType,
    LengthTest,
    Number,
    Object,
    Rule,
    Schema,
    String,
    ValueTest,
    find,
)

LONGEST = 1_000
"""A rule that asks for more items, or for a longer text, is not met."""
_OTHER = "something else"


def invented(
    schema: Schema,
    seed: str,
    *,
    present: Collection[str] = (),
    absent: Collection[str] = (),
) -> dict[str, object]:
    """Return an output that follows the schema, the same for the same seed.

    As far as one output can, it leaves the markers that are to be ``present`` and none of those that are
    to be ``absent``; where they contradict each other, the latter win, so that loops end.
    """
    maker = _Maker(seed)
    output = maker.members(schema.fields, "")
    for holds, names in ((True, present), (False, absent)):
        for rule in sorted(
            (rule for rule in schema.effective_rules if rule.marker in names), key=_looks_inside
        ):
            if marker_rules.holds(rule.test, output) is not holds:
                maker.settle(schema, rule, output, holds=holds)
    return output


def _looks_inside(rule: Rule) -> bool:
    """Say whether a rule counts some items only; such a rule is settled after those that count all."""
    return isinstance(rule.test, LengthTest) and rule.test.only is not None


@dataclass(frozen=True, slots=True)
class _Maker:
    seed: str

    def _pick(self, path: str, among: int) -> int:
        """Return a number below ``among``, the same each time for the same place."""
        return hashlib.sha256(f"{self.seed}\n{path}".encode(errors="replace")).digest()[0] % among

    def members(self, fields: tuple[Field, ...], path: str) -> dict[str, object]:
        """Return an object with every field."""
        return {field.name: self._field(field, f"{path}.{field.name}") for field in fields}

    def _field(self, field: Field, path: str) -> object:
        match field.type:
            case String() if field.examples:
                return field.examples[self._pick(path, len(field.examples))]
            case String():
                return f"invented {field.name}"
            case _:
                return self.value(field.type, path)

    def value(self, wanted: FieldType, path: str) -> object:
        """Return a value of this type."""
        match wanted:
            case String():
                return f"invented {path.strip('.')}"
            case Number():
                return self._pick(path, 100)
            case Boolean():
                return True
            case Enum(values=values):
                return values[self._pick(path, len(values))]
            case Array(items=items):
                return [] if items is None else [self.value(items, f"{path}[0]")]
            case Object(fields=fields):
                return self.members(fields, path)
            case _:
                assert_never(wanted)

    # Markers

    def settle(self, schema: Schema, rule: Rule, output: dict[str, object], *, holds: bool) -> None:
        """Change one field so that a rule holds, or does not; one that cannot be changed so stays."""
        test, field = rule.test, schema.field(rule.test.field)
        if field is None:
            return
        now = output.get(field.name)
        if isinstance(test, ValueTest):
            output[field.name] = _fitting(field.type, test, now, holds=holds)
        elif isinstance(now, str):
            length = _count(test.comparison, test.length, holds=holds)
            output[field.name] = now if length is None else _as_long(field.type, now, length)
        elif isinstance(now, list) and isinstance(field.type, Array):
            items = cast("list[object]", now)
            length = _count(test.comparison, test.length, holds=holds)
            if length is None:
                return
            if test.only is None:
                output[field.name] = self._padded(field.type, items, length, field.name)
            else:
                output[field.name] = self._counted(field.type, items, test.only, length, field.name)

    def _padded(self, wanted: Array, items: list[object], length: int, path: str) -> list[object]:
        more = range(len(items), length)
        return [*items[:length], *(self._item(wanted, f"{path}[{index}]") for index in more)]

    def _item(self, wanted: Array, path: str) -> object:
        return {} if wanted.items is None else self.value(wanted.items, path)

    def _counted(
        self, wanted: Array, items: list[object], only: ValueTest, length: int, path: str
    ) -> list[object]:
        """Return a list in which so many items have a member like that."""
        members = wanted.items.fields if isinstance(wanted.items, Object) else ()
        member = find(members, only.field)
        kind: FieldType = member.type if member is not None else String()
        counting = LengthTest(field="items", comparison=">", only=only)
        others = [item for item in items if not marker_rules.holds(counting, {"items": [item]})]
        made: list[object] = []
        for index in range(length):
            item = self._item(wanted, f"{path}[{index}]")
            if isinstance(item, dict):
                values = cast("dict[str, object]", item)
                values[only.field] = _fitting(kind, only, values.get(only.field), holds=True)
                made.append(values)
        return [*made, *others]


def _fitting(wanted: FieldType, test: ValueTest, now: object, *, holds: bool) -> object:
    """Return a value of this type for which a comparison holds, or does not; else what is there."""
    candidates: tuple[object, ...]
    value = test.value
    match wanted:
        case Enum(values=values):
            candidates = values
        case Boolean():
            candidates = (True, False)
        case Number() if isinstance(value, float):
            whole = int(value) if value.is_integer() else value
            candidates = (whole, whole + 1, whole - 1)
        case _:
            candidates = (value, _OTHER, f"{_OTHER} again")
    fitting = (each for each in candidates if marker_rules.holds(test, {test.field: each}) is holds)
    return next(fitting, now)


def _count(comparison: Comparison, length: int, *, holds: bool) -> int | None:
    """Return the smallest sensible length for which a comparison holds, or does not."""
    test = ValueTest(field="length", comparison=comparison, value=float(length))
    counts = (count for count in (length, length + 1, length - 1, 0) if 0 <= count <= LONGEST)
    return next((count for count in counts if marker_rules.holds(test, {"length": count}) is holds), None)


def _as_long(wanted: FieldType, now: str, length: int) -> str:
    """Return a text so long, if the type allows any."""
    if not isinstance(wanted, Enum):
        return now[:length].ljust(length, "…")
    return next((value for value in wanted.values if len(value) == length), now)
