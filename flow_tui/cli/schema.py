"""``flow-tui schema``: what an agent will be asked for, and what follows from its answer."""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from flow_tui.cli import out

if TYPE_CHECKING:
    from flow_tui.dsl.schema import Field, FieldType, Schema
    from flow_tui.dsl.schema_file import ParsedSchema

DESCRIPTION = (
    "Shows what an agent will be asked for by an output schema, and the markers that follow from its answer."
)
EXAMPLE = "flow-tui schema review"
_SUFFIX = ".yaml"


def arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument("file", metavar="FILE", help="a schema's file, or its name in the project here")
    parser.add_argument("--json", action="store_true", help="for other programs, with the JSON Schema")


def execute(options: Namespace) -> int:
    """Show it; return 0, or 2 when it does not hold."""
    from flow_tui.dsl.files import UnreadableError, read, readable
    from flow_tui.dsl.schema_file import load_schema_bytes
    from flow_tui.errors import UsageError

    path = _file(options.file)
    name = readable(path)
    try:
        data = read(path)
    except UnreadableError as problem:
        raise UsageError(f"cannot read {name}: {problem}") from None
    parsed = load_schema_bytes(data, name)
    if options.json:
        out.data(out.as_json(_report(parsed, name)))
    else:
        _tell(parsed, data.decode("utf-8", "replace"), name)
    return 0 if parsed.schema is not None else 2


def _file(given: str) -> Path:
    """Return the file that is meant: a path, or a name among the schemas of the project here."""
    from flow_tui.dsl import loader
    from flow_tui.dsl.words import meant
    from flow_tui.errors import UsageError

    path = Path(given)
    if "/" in given or path.suffix or path.exists():
        return path
    project = loader.project_at(Path.cwd())
    folders = [folder / "schemas" for folder in project.folders]
    found = {file.stem: file for folder in reversed(folders) for file in sorted(folder.glob(f"*{_SUFFIX}"))}
    if given in found:
        file = found[given]
        return file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file
    looked = ", ".join(str(folder / f"{given}{_SUFFIX}") for folder in folders)
    raise UsageError(f"there is no schema {given!r}", meant(given, found) or f"looked for {looked}")


def _tell(parsed: "ParsedSchema", source: str, name: str) -> None:
    from flow_tui.diagnostics import excerpt
    from flow_tui.sanitize import visible_lines
    from flow_tui.view.problems import COLOURED, PLAIN

    stream, say = (sys.stdout, out.data) if parsed.schema is None else (sys.stderr, out.words)
    look = COLOURED if out.has_colours(stream, os.environ) else PLAIN
    for problem in parsed.diagnostics:
        say(excerpt(problem, source, look))
    if parsed.schema is not None:
        out.data(visible_lines("\n".join(_page(parsed.schema, name))))


def _page(schema: "Schema", name: str) -> Iterator[str]:
    from flow_tui.dsl.conform import context_fields
    from flow_tui.dsl.output_prompt import instructions

    yield f"What an agent is asked for by {schema.name} ({name}), at the end of its prompt:"
    yield ""
    yield instructions(schema)
    yield ""
    rules = schema.effective_rules
    yield "Markers that follow from the answer:" if rules else "No marker follows from the answer."
    widest = max((len(rule.marker) for rule in rules), default=0)
    yield from (f"  {rule.marker:<{widest}}  {' '.join(rule.text.split())}" for rule in rules)
    fields = context_fields(schema)
    yield ""
    yield f"Context for the next step: {', else '.join(fields)}" if fields else "It hands on no context."


def _report(parsed: "ParsedSchema", name: str) -> dict[str, object]:
    from flow_tui.dsl.conform import context_fields
    from flow_tui.dsl.output_prompt import instructions, json_schema
    from flow_tui.view.problems import as_json

    found: dict[str, object] = {"file": name, "diagnostics": [as_json(one) for one in parsed.diagnostics]}
    schema = parsed.schema
    if schema is None:
        return found
    return {
        **found,
        "name": schema.name,
        "fields": [_as_json(field) for field in schema.fields],
        "markers": [{"marker": rule.marker, "rule": rule.text} for rule in schema.effective_rules],
        "context": list(context_fields(schema)),
        "instructions": instructions(schema),
        "json_schema": json_schema(schema),
    }


def _as_json(field: "Field") -> dict[str, object]:
    return {
        "name": field.name,
        "required": field.required,
        **_type(field.type),
        "desc": field.desc,
        "examples": list(field.examples),
    }


def _type(wanted: "FieldType") -> dict[str, object]:
    from flow_tui.dsl.schema import Array, Enum, Object

    match wanted:
        case Enum(values=values):
            return {"type": "enum", "values": list(values)}
        case Object(fields=fields):
            return {"type": "object", "fields": [_as_json(field) for field in fields]}
        case Array(items=items):
            return {"type": "array", "items": None if items is None else _type(items)}
        case _:
            return {"type": type(wanted).__name__.lower()}
