"""Does what an agent has handed back follow its schema? Where it does not, and what comes of it."""

import json
from collections.abc import Mapping
from typing import assert_never, cast

from flow_tui import limits
from flow_tui.dataclass import dataclass
from flow_tui.dsl.schema import Array, Boolean, Enum, Field, FieldType, Number, Object, Schema, String, words
from flow_tui.dsl.words import shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with an output."""

    path: str
    """Such as ``findings[2].severity``; empty for the output itself."""
    message: str

    def __str__(self) -> str:
        return f"{shown(self.path)} {self.message}" if self.path else f"the output {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conformed:
    """An output in the order of its schema, and what is wrong with it."""

    output: dict[str, object]
    problems: tuple[Problem, ...]


def validate(schema: Schema, value: object) -> tuple[Problem, ...]:
    """Return in what a value, as JSON has them, does not follow the schema; no more than one can read."""
    return conform(schema, value).problems


def conform(schema: Schema, value: object) -> Conformed:
    """Return a value as its schema has it: declared fields first, then whatever else there is.

    An optional field that is ``null`` counts as left out; a text of an ``enum`` is taken without the blanks
    around it.
    """
    if not isinstance(value, dict):
        problem = Problem(path="", message=f"must be an object, not {kind(value)}")
        return Conformed(output={}, problems=(problem,))
    problems: list[Problem] = []
    output = _members(schema.fields, cast("dict[str, object]", value), "", problems)
    return Conformed(output=output, problems=tuple(problems))


def blank(schema: Schema) -> dict[str, object]:
    """Return an output that follows a schema and says as little as can be."""
    return _blank(schema.fields)


def _blank(fields: tuple[Field, ...]) -> dict[str, object]:
    return {field.name: _nothing(field.type) for field in fields}


def _nothing(wanted: FieldType) -> object:
    match wanted:
        case String():
            return ""
        case Number():
            return 0
        case Boolean():
            return False
        case Enum(values=values):
            return values[0] if values else ""
        case Array():
            return []
        case Object(fields=fields):
            return _blank(fields)
        case _:
            assert_never(wanted)


def context(schema: Schema, output: Mapping[str, object]) -> str:
    """Return the text that an output hands to the steps after it.

    That is ``context`` or ``summary`` if it is declared as a text, else the first text there is.
    """
    found = (output.get(name) for name in context_fields(schema))
    return next((text for text in found if isinstance(text, str)), "")


def context_fields(schema: Schema) -> tuple[str, ...]:
    """Return the fields that an output's context can come from: the first that is there is it."""
    texts = [field.name for field in schema.fields if isinstance(field.type, String)]
    preferred = [name for name in ("context", "summary") if name in texts]
    return tuple(dict.fromkeys((*preferred, *texts)))


def dumps(output: Mapping[str, object]) -> str:
    """Return an output as JSON text, always written the same way."""
    return json.dumps(output, ensure_ascii=False, separators=(",", ":"))


def kind(value: object) -> str:
    """Return what a value is, in words."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "a list"
        case _:
            return "an object"


def _note(problems: list[Problem], path: str, message: str) -> None:
    if len(problems) < limits.CONFORMITY_SHOWN:
        problems.append(Problem(path=path, message=message))


def _members(
    fields: tuple[Field, ...], value: Mapping[str, object], path: str, problems: list[Problem]
) -> dict[str, object]:
    found: dict[str, object] = {}
    for field in fields:
        where = f"{path}.{field.name}" if path else field.name
        given = value.get(field.name)
        if given is None and (not field.required or field.name not in value):
            if field.required:
                _note(problems, where, "is missing")
            continue
        found[field.name] = _value(field.type, given, where, problems)
    names = {field.name for field in fields}
    return found | {name: more for name, more in value.items() if name not in names}


def _value(wanted: FieldType, given: object, path: str, problems: list[Problem]) -> object:
    match wanted:
        case Object(fields=fields):
            if isinstance(given, dict):
                return _members(fields, cast("dict[str, object]", given), path, problems)
        case Array(items=items):
            if isinstance(given, list):
                return _items(items, cast("list[object]", given), path, problems)
        case Enum(values=values):
            if isinstance(given, str):
                if given.strip() in values:
                    return given.strip()
                message = f"must be one of {', '.join(values)}, not {shown(given)}"
                _note(problems, path, message)
                return given
        case String() | Number() | Boolean():
            if _is(wanted, given):
                return given
        case _:
            assert_never(wanted)
    _note(problems, path, f"must be {words(wanted)}, not {kind(given)}")
    return given


def _items(wanted: FieldType | None, given: list[object], path: str, problems: list[Problem]) -> list[object]:
    if wanted is None:
        return given
    return [_value(wanted, item, f"{path}[{index}]", problems) for index, item in enumerate(given)]


def _is(wanted: String | Number | Boolean, given: object) -> bool:
    match wanted:
        case String():
            return isinstance(given, str)
        case Number():
            return isinstance(given, int | float) and not isinstance(given, bool)
        case Boolean():
            return isinstance(given, bool)
