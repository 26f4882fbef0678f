"""What an agent is told about its output: the block to end with, as text and as JSON Schema."""

import json
from collections.abc import Iterator
from typing import assert_never

from flow_tui.dsl.schema import (
    Array,
    Boolean,
    Enum,
    Field,
    FieldType,
    Number,
    Object,
    Scalar,
    Schema,
    String,
)

START = "<<<FLOW_OUTPUT>>>"
END = "<<<END_FLOW_OUTPUT>>>"

_PLACE = (
    "When the work is done, end your answer with the block below. It must be the very last thing you write. "
    "Write it once, there and nowhere else: not even as an example."
)
_FREE = f"""\
{_PLACE}

{START}
{{"markers": [], "context": ""}}
{END}

markers: words that tell the workflow how it went; leave the list empty when there is nothing to tell.
context: one or two sentences on what was done, for whoever does the next step."""


def instructions(schema: Schema | None) -> str:
    """Return what an agent is told, at the end of its prompt, about the output that is expected of it."""
    if schema is None:
        return _FREE
    shape = json.dumps(_skeleton(schema.fields), indent=2, ensure_ascii=False)
    hints = "\n".join(_hints(schema.fields, ""))
    return f"{_PLACE}\n\n{START}\n{shape}\n{END}" + (f"\n\n{hints}" if hints else "")


def json_schema(schema: Schema) -> dict[str, object]:
    """Return a schema as JSON Schema, for agents that are given it as a tool."""
    return _object(schema.fields)


# The shape of the block


def _skeleton(fields: tuple[Field, ...]) -> dict[str, object]:
    return {field.name: _sample(field.type, field.desc) for field in fields}


def _sample(wanted: FieldType, desc: str) -> object:
    match wanted:
        case String():
            return desc or "..."
        case Number():
            return 0
        case Boolean():
            return True
        case Enum(values=values):
            return "|".join(values)
        case Object(fields=fields):
            return _skeleton(fields)
        case Array(items=items):
            return _samples(items)
        case _:
            assert_never(wanted)


def _samples(items: Scalar | Object | None) -> list[object]:
    match items:
        case None:
            return []
        case Boolean():
            return [True, False]
        case String() | Number():
            return [_sample(items, "")] * 2
        case Enum() | Object():
            return [_sample(items, "")]
        case _:
            assert_never(items)


# Hints


def _hints(fields: tuple[Field, ...], path: str) -> Iterator[str]:
    """Yield a line for every field about which the shape does not say all, and one for its examples."""
    for field in fields:
        name = f"{path}{field.name}"
        yield from _hint(field, name)
        match field.type:
            case Object(fields=inner):
                yield from _hints(inner, f"{name}.")
            case Array(items=Object(fields=inner)):
                yield from _hints(inner, f"{name}[].")
            case _:
                if field.examples:
                    yield f"  for example: {', '.join(_line(example) for example in field.examples)}"


def _hint(field: Field, name: str) -> Iterator[str]:
    tag = "" if field.required else " (optional)"
    said = _line(field.desc)
    match field.type:
        case Array(items=String() | Number() | Boolean() | Enum() as items):
            said = f"array of {_name(items)}" + (f": {said}" if said else "")
        case Object(fields=(_, *_)) | Array(items=Object(fields=(_, *_))):
            pass
        case _ if not said and not field.required:
            said = "may be left out"
        case _ if not said and field.examples:
            said = _name(field.type)
        case _:
            pass
    if said:
        yield f"{name}{tag}: {said}"


def _line(text: str) -> str:
    """Return a text on one line."""
    return " ".join(text.split())


def _name(wanted: FieldType) -> str:
    match wanted:
        case String():
            return "string"
        case Number():
            return "number"
        case Boolean():
            return "boolean"
        case Enum(values=values):
            return f"one of {', '.join(values)}"
        case Array():
            return "array"
        case Object():
            return "object"
        case _:
            assert_never(wanted)


# JSON Schema


def _object(fields: tuple[Field, ...]) -> dict[str, object]:
    if not fields:
        return {"type": "object"}
    return {
        "type": "object",
        "properties": {field.name: _property(field) for field in fields},
        "required": [field.name for field in fields if field.required],
    }


def _property(field: Field) -> dict[str, object]:
    more: dict[str, object] = {"description": field.desc} if field.desc else {}
    return {**_type(field.type), **more}


def _type(wanted: FieldType) -> dict[str, object]:
    match wanted:
        case String() | Number() | Boolean():
            return {"type": _name(wanted)}
        case Enum(values=values):
            return {"type": "string", "enum": list(values)}
        case Object(fields=fields):
            return _object(fields)
        case Array(items=items):
            return {"type": "array", **({} if items is None else {"items": _type(items)})}
        case _:
            assert_never(wanted)
