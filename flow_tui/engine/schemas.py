"""The schemas of a run, as they were when it started, and outputs that are to follow them."""

from dataclasses import replace
from functools import lru_cache

from flow_tui.diagnostics import errors
from flow_tui.dsl import conform, marker_rules
from flow_tui.dsl.schema import Schema
from flow_tui.engine import flow_output, intake, recorded
from flow_tui.engine.ports import RunFiles
from flow_tui.errors import ActionError, NotPossibleError
from flow_tui.model.values import ActionOutput


def find(files: RunFiles, workflow: str, reference: str) -> str | None:
    """Return the name of the file that a workflow means by a schema's name or path, if the run has it."""
    return recorded.find(files, workflow, reference, kind="schemas", suffix=".yaml")


def load(files: RunFiles, workflow: str, reference: str) -> Schema | None:
    """Return the schema that a workflow refers to; without a reference there is none.

    Raises ``NotPossibleError`` when the run has no such schema, or a broken one.
    """
    if not reference:
        return None
    name = find(files, workflow, reference)
    if name is None:
        raise NotPossibleError(f"use schema {reference!r}", "the run has no such file")
    return _loaded(files.read(name), name)


@lru_cache(maxsize=64)
def _loaded(data: bytes, name: str) -> Schema:
    from flow_tui.dsl.schema_file import load_schema_bytes  # noqa: PLC0415 - brings YAML with it

    parsed = load_schema_bytes(data, name)
    if parsed.schema is None:
        raise NotPossibleError(f"use schema {name}", errors(parsed.diagnostics)[0].headline())
    return parsed.schema


def why_not(schema: str, text: str) -> str:
    """Return why a step whose schema is written like this could not hand over ``text``; nothing if it can."""
    block = flow_output.find_block(text) or text
    if not schema:
        return flow_output.parse(block).problem if text.strip() else ""
    if not text.strip():
        return "an output was asked for that follows the schema of the step"
    parsed = flow_output.parse_structured(block)
    if parsed.problem:
        return parsed.problem
    try:
        given = flow_output.load(parsed.structured)
        problems = conform.validate(_loaded(schema.encode(), "schema.yaml"), given)
    except (ValueError, NotPossibleError) as error:
        return str(error)
    return "; ".join(map(str, problems))


def conformed(output: ActionOutput, schema: Schema) -> ActionOutput:
    """Return an output with the markers and the context that its schema derives from it.

    Raises ``ActionError`` with everything in which it does not follow the schema.
    """
    if not output.structured:
        reason = output.note or "the action handed back no structured output"
        raise ActionError(f"an output as in schema {schema.name!r} was asked for: {reason}")
    try:
        found = conform.conform(schema, flow_output.load(output.structured))
    except ValueError as problem:
        raise ActionError(str(problem)) from None
    if found.problems:
        said = "; ".join(map(str, found.problems))
        raise ActionError(f"the output does not follow schema {schema.name!r}: {said}")
    text = intake.cut(conform.context(schema, found.output))
    return replace(
        output,
        markers=marker_rules.derived(schema, found.output),
        context=text,
        result_text=intake.first_line(text),
        structured=conform.dumps(found.output),
    )
