"""The fields of a schema, in both ways of writing them, and their types."""

import re
from collections.abc import Iterable

from flow_tui.diagnostics import Diagnostic, Severity, Span
from flow_tui.dsl import yaml_tree
from flow_tui.dsl.schema import (
    Array,
    Boolean,
    Enum,
    Field,
    FieldType,
    Number,
    Object,
    Scalar,
    String,
)
from flow_tui.dsl.words import meant, nearest, shown
from flow_tui.dsl.yaml_tree import Entry, Mapping, Node, Sequence, kind

TYPES = ("string", "number", "boolean", "enum(a, b)", "array", "object")
"""How types are written."""
_PLAIN: dict[str, FieldType] = {
    "string": String(),
    "number": Number(),
    "boolean": Boolean(),
    "array": Array(),
    "object": Object(),
}
_HABITS = {
    "str": "string",
    "text": "string",
    "int": "number",
    "integer": "number",
    "float": "number",
    "bool": "boolean",
    "list": "array",
    "dict": "object",
    "map": "object",
    "mapping": "object",
}
"""What people call a type elsewhere."""
_KEY_HABITS = {"description": "desc", "example": "examples", "properties": "fields", "values": "type"}
"""What people call a key elsewhere."""
_ENUM = re.compile(r"enum\s*\((.*)\)", re.DOTALL)
_KEYS = ("type", "desc", "examples", "items", "fields")


class Problems:
    """Collects what is wrong with a schema, and what is doubtful."""

    def __init__(self, found: Iterable[Diagnostic]) -> None:
        self.found = list(found)

    def unknown(self, node: Mapping, known: tuple[str, ...], what: str) -> None:
        """Warn of keys that nothing reads."""
        for entry in node.entries:
            if entry.key.text not in known:
                habit = _KEY_HABITS.get(entry.key.text)
                guess = f"did you mean {habit!r}?" if habit in known else ""
                hint = guess or meant(entry.key.text, known) or f"there are {', '.join(known)}"
                message = f"{shown(entry.key.text)} has no meaning in {what}"
                self._add("W-UNKNOWN-KEY", message, entry.key.span, hint, Severity.WARNING)

    def wrong(self, code: str, message: str, span: Span, hint: str = "") -> None:
        """Add an error."""
        self._add(code, message, span, hint, Severity.ERROR)

    def doubt(self, message: str, span: Span, hint: str = "") -> None:
        """Add a warning about what has no effect, or another one than it seems."""
        self._add("W-SCHEMA", message, span, hint, Severity.WARNING)

    def _add(self, code: str, message: str, span: Span, hint: str, severity: Severity) -> None:
        self.found.append(Diagnostic(code=code, message=message, span=span, hint=hint, severity=severity))


class FieldReader:
    """Reads the fields of a schema."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems

    def fields(self, node: Node, what: str) -> tuple[Field, ...]:
        """Return the fields of a mapping, in the order of the text; ``what`` names it in messages."""
        if not isinstance(node, Mapping):
            self._problems.wrong(
                "O-FIELDS", f"{what} must be a mapping of names to types, not {kind(node)}", node.span
            )
            return ()
        fields: dict[str, Field] = {}
        for entry in node.entries:
            field = self._field(entry)
            if field.name in fields:
                message = f"the field {shown(field.name)} is there twice: with '?' and without"
                self._problems.wrong("Y-DUP-KEY", message, entry.key.span)
            fields.setdefault(field.name, field)
        return tuple(fields.values())

    def _field(self, entry: Entry) -> Field:
        written = entry.key.text
        name = written.rstrip("?")
        if not name.strip():
            self._problems.wrong("O-NAME", "a field needs a name", entry.key.span)
        required, value = name == written, entry.value
        match value:
            case yaml_tree.Scalar():
                return Field(name=name, type=self._short(name, value), required=required)
            case Mapping():
                return self._long(name, value, required=required)
            case Sequence():
                message = f"field {shown(name)} has a list for a type"
                self._problems.wrong("O-TYPE", message, value.span, f"write {name}: array")
                return Field(name=name, type=Object(), required=required)

    def _short(self, name: str, node: yaml_tree.Scalar) -> FieldType:
        if node.is_nothing:
            span = node.span
            self._problems.wrong(
                "O-TYPE", f"field {shown(name)} has no type", span, f"write one of {', '.join(TYPES)}"
            )
            return Object()
        return self._type(name, node)

    def _long(self, name: str, node: Mapping, *, required: bool) -> Field:
        self._problems.unknown(node, _KEYS, f"field {shown(name)}")
        desc = node.get("desc")
        if desc is not None and not isinstance(desc, yaml_tree.Scalar):
            self._problems.wrong(
                "O-DESC", f"'desc' of field {shown(name)} must be a text, not {kind(desc)}", desc.span
            )
        return Field(
            name=name,
            type=self._whole_type(name, node),
            required=required,
            desc=desc.text.strip() if isinstance(desc, yaml_tree.Scalar) else "",
            examples=self._examples(name, node.get("examples")),
        )

    def _examples(self, name: str, node: Node | None) -> tuple[str, ...]:
        if node is None:
            return ()
        items = node.items if isinstance(node, Sequence) else (node,)
        texts = tuple(item.text for item in items if isinstance(item, yaml_tree.Scalar))
        if len(texts) < len(items) or not isinstance(node, Sequence):
            message = f"'examples' of field {shown(name)} must be a list of texts"
            self._problems.wrong("O-EXAMPLES", message, node.span, "write examples: [one, another]")
        return texts

    # Types

    def _whole_type(self, name: str, node: Mapping) -> FieldType:
        """Return the type of a field in the long form; one without a ``type`` is an object."""
        written = node.get("type")
        if written is None:
            found: FieldType = Object()
        elif isinstance(written, yaml_tree.Scalar):
            found = self._type(name, written)
        else:
            hint = f"a field's own fields stand in 'fields': {name}: {{fields: {{…}}}}"
            self._problems.wrong(
                "O-TYPE",
                f"'type' of field {shown(name)} must be a word, not {kind(written)}",
                written.span,
                hint,
            )
            return Object()
        items, fields = node.get("items"), node.get("fields")
        if isinstance(found, Array) and items is not None:
            found = Array(items=self._items(name, items))
        elif isinstance(found, Object) and fields is not None:
            found = Object(fields=self.fields(fields, f"'fields' of field {shown(name)}"))
        self._idle(name, node, found)
        return found

    def _idle(self, name: str, node: Mapping, found: FieldType) -> None:
        """Warn of what says something about a type that the field does not have."""
        for key, belongs, word in (("items", Array, "array"), ("fields", Object, "object")):
            if node.get(key) is not None and not isinstance(found, belongs):
                span = _key(node, key)
                self._problems.doubt(
                    f"'{key}' of field {shown(name)} has no effect: its type is not {word}", span
                )

    def _type(self, name: str, node: yaml_tree.Scalar) -> FieldType:
        text = node.text.strip()
        if (plain := _PLAIN.get(text)) is not None:
            return plain
        if found := _ENUM.fullmatch(text):
            return self._enum(name, found[1], node.span)
        if text == "enum" or text.startswith("enum("):
            hint = 'write enum(a, b); inside { } in quotes: "enum(a, b)"'
            self._problems.wrong(
                "O-TYPE", f"the values of enum in field {shown(name)} end nowhere", node.span, hint
            )
            return String()
        guess = _HABITS.get(text.lower()) or nearest(text, _PLAIN)
        hint = f"did you mean {guess!r}?" if guess else ""
        listed = ", ".join(TYPES)
        message = f"{shown(text)} is no type of field {shown(name)}: there are {listed}"
        self._problems.wrong("O-TYPE", message, node.span, hint)
        return String()

    def _enum(self, name: str, inside: str, span: Span) -> Enum:
        values = tuple(value.strip() for value in inside.split(","))
        if not all(values):
            self._problems.wrong(
                "O-ENUM", f"a value of enum in field {shown(name)} is empty", span, "write enum(a, b)"
            )
        elif any(value[0] == value[-1] and value[0] in "\"'" and len(value) > 1 for value in values):
            self._problems.doubt(f"the quotes in enum of field {shown(name)} are part of its values", span)
        return Enum(values=tuple(dict.fromkeys(values)))

    def _items(self, name: str, node: Node) -> Scalar | Object | None:
        match node:
            case yaml_tree.Scalar():
                found = self._type(name, node)
                if isinstance(found, Array | Object):
                    hint = "for objects name their fields: items: {FIELD: TYPE}; for anything leave items out"
                    message = f"the items of {shown(name)} must be of a single value, not {node.text.strip()}"
                    self._problems.wrong("O-ITEMS", message, node.span, hint)
                    return None
                return found
            case Mapping():
                return self._objects(name, node)
            case Sequence():
                self._problems.wrong(
                    "O-ITEMS", f"'items' of {shown(name)} must be a type or fields, not a list", node.span
                )
                return None

    def _objects(self, name: str, node: Mapping) -> Object:
        """Return the type of items that are objects; a type alone, as JSON Schema has it, is a slip."""
        only = node.entries[0] if len(node.entries) == 1 else None
        if only is not None and only.key.text == "type" and isinstance(only.value, yaml_tree.Scalar):
            text = only.value.text.strip()
            if text in _PLAIN or _ENUM.fullmatch(text):
                objects = f"items: {{type: {{type: {text}}}}}"
                hint = f"write items: {text}; for objects with a field 'type' write {objects}"
                message = f"'items' of {shown(name)} holds the fields of objects, and here looks like a type"
                self._problems.wrong("O-ITEMS", message, node.span, hint)
        return Object(fields=self.fields(node, f"'items' of {shown(name)}"))


def _key(node: Mapping, key: str) -> Span:
    return next(entry.key.span for entry in node.entries if entry.key.text == key)
