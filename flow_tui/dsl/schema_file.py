"""From the text of a schema file to a schema, with everything that is wrong with it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePath

from flow_tui import limits
from flow_tui.dataclass import dataclass
from flow_tui.diagnostics import START, Diagnostic, Span, errors
from flow_tui.dsl import marker_rules, yaml_tree
from flow_tui.dsl.schema import Array, Enum, Field, Object, Rule, Schema, ValueTest, find
from flow_tui.dsl.schema_fields import FieldReader, Problems
from flow_tui.dsl.words import meant, shown
from flow_tui.dsl.yaml_tree import Mapping, Node, kind

_TOP = ("fields", "markers")
_WRITABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
"""What a condition of a workflow can ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedSchema:
    """A schema, unless there are errors, and what there is to say about its file."""

    schema: Schema | None
    diagnostics: tuple[Diagnostic, ...]


def load_schema(text: str, file: str = "") -> ParsedSchema:
    """Return the schema that a text describes; total: any text gives diagnostics, never an exception.

    The schema is named after its file.
    """
    tree = yaml_tree.read(text)
    problems = Problems(tree.diagnostics)
    reader = _Reader(problems)
    fields, rules = reader.schema(tree.root)
    found = sorted(problems.found, key=lambda problem: problem.span)[: limits.DIAGNOSTICS_SHOWN]
    placed = tuple(replace(problem, file=file) for problem in found)
    if errors(problems.found):
        return ParsedSchema(schema=None, diagnostics=placed)
    return ParsedSchema(
        schema=Schema(name=PurePath(file).stem, fields=fields, rules=rules), diagnostics=placed
    )


def load_schema_bytes(data: bytes, file: str = "") -> ParsedSchema:
    """Return the schema in the content of a file; see :func:`load_schema`."""
    try:
        return load_schema(data.decode("utf-8"), file)
    except UnicodeDecodeError as problem:
        at = data[: problem.start].count(b"\n") + 1
        span = replace(START, line=at, end_line=at)
        message = f"not UTF-8: byte 0x{data[problem.start]:02x}"
        wrong = Diagnostic(code="F-UNREADABLE", message=message, span=span, file=file)
        return ParsedSchema(schema=None, diagnostics=(wrong,))


class _Reader:
    def __init__(self, problems: Problems) -> None:
        self._problems = problems

    def schema(self, root: Node | None) -> tuple[tuple[Field, ...], tuple[Rule, ...] | None]:
        """Return the fields and the rules of a schema."""
        if root is None or not isinstance(root, Mapping):
            if not errors(self._problems.found):
                found = "nothing" if root is None else kind(root)
                self._problems.wrong(
                    "O-FIELDS", f"a schema is a mapping with 'fields', not {found}", _at(root), _EXAMPLE
                )
            return (), None
        self._problems.unknown(root, _TOP, "a schema")
        fields = root.get("fields")
        if fields is None:
            if not errors(self._problems.found):
                self._problems.wrong("O-FIELDS", "'fields' is missing", _head(root), _EXAMPLE)
            return (), None
        known = FieldReader(self._problems).fields(fields, "'fields'")
        markers = root.get("markers")
        return known, None if markers is None else tuple(self._rules(markers, known))

    # Markers

    def _rules(self, node: Node, fields: tuple[Field, ...]) -> Iterator[Rule]:
        if not isinstance(node, Mapping):
            message = f"'markers' must be a mapping of names to conditions, not {kind(node)}"
            self._problems.wrong("O-MARKER", message, node.span, "write NAME: findings.length > 0")
            return
        broken = bool(errors(self._problems.found))
        for entry in node.entries:
            marker, value = entry.key.text, entry.value
            if not _WRITABLE.fullmatch(marker):
                self._problems.doubt(
                    f"no condition of a workflow can ask for the marker {shown(marker)}", entry.key.span
                )
            if not isinstance(value, yaml_tree.Scalar):
                message = f"the condition of marker {shown(marker)} must be a text, not {kind(value)}"
                self._problems.wrong("O-MARKER", message, value.span)
                continue
            try:
                rule = Rule(marker=marker, text=value.text, test=marker_rules.parse(value.text, fields))
            except marker_rules.RuleError as problem:
                if not (broken and "there is no field" in str(problem)):  # it may be one that cannot be read
                    message = f"marker {shown(marker)}: {problem}"
                    self._problems.wrong("O-MARKER", message, value.span, problem.hint)
                continue
            self._look_closer(rule, fields, value.span)
            yield rule

    def _look_closer(self, rule: Rule, fields: tuple[Field, ...], span: Span) -> None:
        """Warn of a comparison with a text that the field never is."""
        test: ValueTest | None
        field = find(fields, rule.test.field)
        if isinstance(rule.test, ValueTest):
            test = rule.test
        else:
            items = field.type.items if field is not None and isinstance(field.type, Array) else None
            test = rule.test.only
            field = find(items.fields, test.field) if test is not None and isinstance(items, Object) else None
        value = test.value if test is not None else None
        if not isinstance(value, str):
            return
        if field is not None and isinstance(field.type, Enum) and value not in field.type.values:
            known = ", ".join(field.type.values)
            message = (
                f"marker {shown(rule.marker)}: {shown(field.name)} is never {shown(value)}, only {known}"
            )
            bare = value.strip("\"'")
            is_quoted = bare in field.type.values
            hint = f"write {bare} without quotes" if is_quoted else meant(value, field.type.values)
            self._problems.doubt(message, span, hint)
        elif value[0] == value[-1] and value[0] in "\"'" and len(value) > 1:
            message = f"marker {shown(rule.marker)}: the quotes are part of the text that is compared"
            self._problems.doubt(message, span, f"write {value[1:-1]} without them")


_EXAMPLE = "write fields: and below it, indented, summary: string"


def _at(node: Node | None) -> Span:
    return START if node is None else _head(node)


def _head(node: Node) -> Span:
    """Return where a node begins: the whole of it would be the whole file."""
    span = node.span
    return replace(span, end_line=span.line, end_column=span.column + 1)
