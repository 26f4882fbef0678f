"""When an output leaves a marker: conditions, read when the schema is loaded so that none fails later."""

import operator
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from flow_tui import limits
from flow_tui.dsl.schema import (
    GRAVE,
    HAS_FINDINGS,
    NOT_APPROVED,
    Array,
    Boolean,
    Comparison,
    Enum,
    Field,
    LengthTest,
    Number,
    Object,
    Schema,
    String,
    ValueTest,
    find,
    words,
)
from flow_tui.dsl.words import meant, shown

_COMPARE: dict[Comparison, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_OPERATOR = r"(?P<op>==|!=|<=|>=|<|>)"
_FILTERED = re.compile(
    rf"(?P<field>[^\[\]=<>!]+)\[(?P<member>[^\[\]=<>!]+)(?P<eq>==|!=)(?P<text>[^\[\]]*)\]\s*\.length\s*{_OPERATOR}(?P<right>.*)",
    re.DOTALL,
)
_LENGTH = re.compile(rf"(?P<field>[^\[\]=<>!]+)\.length\s*{_OPERATOR}(?P<right>.*)", re.DOTALL)
_VALUE = re.compile(rf"(?P<field>[^\[\]=<>!]+){_OPERATOR}(?P<right>.*)", re.DOTALL)
_COUNT = re.compile(r"[0-9]{1,9}")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_JOINED = re.compile(r"&&|\|\||\s(?:and|or|AND|OR)\s")
_FORMS = "write FIELD.length > 0, FIELD[MEMBER == TEXT].length > 0 or FIELD == VALUE; == != < <= > >= compare"


class RuleError(Exception):
    """A condition cannot be read; ``str()`` says why, ``hint`` what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def parse(text: str, fields: tuple[Field, ...]) -> ValueTest | LengthTest:
    """Return the test that a condition stands for; raises ``RuleError`` for one that could never be met."""
    rule = text.strip()
    if not rule:
        raise RuleError("the condition is empty", _FORMS)
    if len(rule) > limits.RULE_CHARACTERS:
        raise RuleError(f"the condition is longer than {limits.RULE_CHARACTERS} characters")
    if found := _FILTERED.fullmatch(rule):
        return _filtered(found, fields)
    if found := _LENGTH.fullmatch(rule):
        field = _field(found["field"], fields)
        if not isinstance(field.type, Array | String | Enum):
            raise RuleError(f"{shown(field.name)} has no length: it is {words(field.type)}")
        return LengthTest(
            field=field.name, comparison=_comparison(found["op"]), length=_count(found["right"])
        )
    if _JOINED.search(rule):
        raise RuleError(f"{shown(rule)} joins two conditions", "give each of them a marker of its own")
    if found := _VALUE.fullmatch(rule):
        return _value(_field(found["field"], fields), _comparison(found["op"]), found["right"].strip())
    raise RuleError(f"{shown(rule)} is no condition", _FORMS)


def _comparison(text: str) -> Comparison:
    return cast("Comparison", text)


def _field(written: str, fields: tuple[Field, ...]) -> Field:
    name = written.strip()
    if (field := find(fields, name)) is not None:
        return field
    hint = meant(name, [field.name for field in fields])
    if not hint and "." in name:
        hint = "a condition looks at the fields of the output itself, not at what is inside of them"
    raise RuleError(f"there is no field {shown(name)}", hint)


def _count(written: str) -> int:
    text = written.strip()
    if not _COUNT.fullmatch(text):
        raise RuleError(f"a length is compared with a whole number, not {shown(text)}")
    return int(text)


def _filtered(found: re.Match[str], fields: tuple[Field, ...]) -> LengthTest:
    field = _field(found["field"], fields)
    if not isinstance(field.type, Array):
        raise RuleError(f"{shown(field.name)} is no list: it is {words(field.type)}")
    member, items = found["member"].strip(), field.type.items
    if isinstance(items, Object) and items.fields:
        inner = _field(member, items.fields)
        if not isinstance(inner.type, String | Enum):
            raise RuleError(
                f"only texts are compared inside of a list, and {shown(member)} is {words(inner.type)}"
            )
        only = _value(inner, _comparison(found["eq"]), found["text"].strip())
    elif not found["text"].strip():
        raise RuleError(f"nothing is compared with {shown(member)}", _FORMS)
    elif items is None or isinstance(items, Object):
        only = ValueTest(field=member, comparison=_comparison(found["eq"]), value=found["text"].strip())
    else:
        raise RuleError(f"the items of {shown(field.name)} have no members", _FORMS)
    return LengthTest(
        field=field.name, comparison=_comparison(found["op"]), length=_count(found["right"]), only=only
    )


def _value(field: Field, comparison: Comparison, text: str) -> ValueTest:
    if not text:
        raise RuleError(f"nothing is compared with {shown(field.name)}", _FORMS)
    value: str | bool | float
    match field.type:
        case Boolean():
            if text not in {"true", "false"}:
                raise RuleError(f"{shown(field.name)} is true or false, and never {shown(text)}")
            value = text == "true"
        case Number():
            if not _NUMBER.fullmatch(text):
                raise RuleError(f"{shown(field.name)} is a number, and never {shown(text)}")
            value = float(text)
        case String() | Enum():
            value = text
        case _:
            raise RuleError(
                f"{shown(field.name)} is {words(field.type)}: only its length can be compared", _FORMS
            )
    if comparison not in {"==", "!="} and not isinstance(field.type, Number):
        raise RuleError(
            f"{shown(field.name)} is {words(field.type)}: {comparison} compares numbers", "use == or !="
        )
    return ValueTest(field=field.name, comparison=comparison, value=value)


def derived(schema: Schema, output: Mapping[str, object]) -> tuple[str, ...]:
    """Return the markers that an output leaves, sorted: those of the schema's rules, else the usual ones."""
    if schema.rules is not None:
        return tuple(sorted(rule.marker for rule in schema.rules if holds(rule.test, output)))
    return tuple(sorted(_usual(output)))


def holds(test: ValueTest | LengthTest, output: Mapping[str, object]) -> bool:
    """Say whether a condition is met; one about a field that is not there never is."""
    value = output.get(test.field)
    if isinstance(test, ValueTest):
        return _compares(test, value)
    compare, only = _COMPARE[test.comparison], test.only
    if only is not None:
        if not isinstance(value, list):
            return False
        return compare(sum(_is_meant(only, item) for item in cast("list[object]", value)), test.length)
    return isinstance(value, str | list) and compare(len(cast("Sequence[object]", value)), test.length)


def _is_meant(only: ValueTest, item: object) -> bool:
    if not isinstance(item, dict):
        return False
    return _compares(only, cast("dict[str, object]", item).get(only.field))


def _compares(test: ValueTest, value: object) -> bool:
    wanted, compare = test.value, _COMPARE[test.comparison]
    if isinstance(wanted, bool) or isinstance(value, bool):
        return isinstance(wanted, bool) and isinstance(value, bool) and compare(value, wanted)
    if isinstance(wanted, str):
        return isinstance(value, str) and compare(value, wanted)
    if not isinstance(value, int | float):
        return False
    if test.comparison in {"==", "!="}:
        return _is_close(value, wanted) is (test.comparison == "==")
    return compare(value, wanted)


def _is_close(value: float, wanted: float) -> bool:
    """Say whether two numbers are the same but for the last digit of a fraction."""
    if value == wanted:
        return True
    try:
        return abs(value - wanted) < sys.float_info.epsilon
    except OverflowError:  # a whole number beyond all fractions
        return False


def _usual(output: Mapping[str, object]) -> list[str]:
    markers = [NOT_APPROVED] if output.get("approved") is False else []
    findings = output.get("findings")
    if isinstance(findings, list) and findings:
        items = cast("list[object]", findings)
        grave = {cast("dict[str, object]", item).get("severity") for item in items if _is_tagged(item)}
        markers += [HAS_FINDINGS, *(marker for word, marker in GRAVE.items() if word in grave)]
    return markers


def _is_tagged(item: object) -> bool:
    """Say whether a finding is an object with a severity that is a text."""
    return isinstance(item, dict) and isinstance(cast("dict[str, object]", item).get("severity"), str)
