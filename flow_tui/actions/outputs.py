"""What functions hand back, as outputs; light, because every Python action's process imports it."""

import json
from typing import Any, cast

from flow_tui.errors import ActionError
from flow_tui.model.values import ActionOutput
from flow_tui.sanitize import settled

_FIRST_LINE = 200


def as_output(result: object, name: str) -> ActionOutput:
    """Return what a function handed back as an output; raises ``ActionError`` for what is none."""
    match result:
        case None:
            return ActionOutput()
        case ActionOutput():
            return result
        case str():
            return ActionOutput(context=result, result_text=_first_line(result))
        case dict():
            return _from_dict(cast("dict[str, Any]", result), name)
        case _:
            message = (
                f"action {name!r} returned {type(result).__name__}, not an ActionOutput, dict, str or None"
            )
            raise ActionError(message)


def as_structured(result: object, name: str) -> ActionOutput:
    """Return the same, but leave what the members of an object mean to the schema that it is to follow."""
    if not isinstance(result, dict):
        return as_output(result, name)
    return ActionOutput(structured=_json(cast("dict[str, Any]", result), name))


def _from_dict(result: dict[str, Any], name: str) -> ActionOutput:
    markers, context = result.get("markers", ()), result.get("context", "")
    if not isinstance(markers, list | tuple) or not all(
        isinstance(marker, str) for marker in cast("list[object]", markers)
    ):
        raise ActionError(f"action {name!r} returned 'markers' that are not a list of strings")
    if not isinstance(context, str):
        raise ActionError(f"action {name!r} returned a 'context' that is not a string")
    return ActionOutput(
        markers=tuple(cast("list[str]", markers)),
        context=context,
        structured=_json(result, name),
        result_text=_first_line(context),
    )


def _json(value: object, name: str) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ActionError(f"action {name!r} returned something that is not JSON: {error}") from error


def _first_line(text: str) -> str:
    return settled(text.strip().split("\n", 1)[0])[:_FIRST_LINE]


def to_json(output: ActionOutput, name: str) -> str:
    """Return an output as JSON; raises ``ActionError`` for one that holds something else."""
    fields = {
        "markers": list(output.markers),
        "context": output.context,
        "result_text": output.result_text,
        "structured": output.structured,
        "metrics": dict(output.metrics),
        "note": output.note,
    }
    return json.dumps({"output": json.loads(_json(fields, name))})


def from_json(text: str) -> ActionOutput:
    """Return the output that :func:`to_json` wrote; raises ``ActionError`` with what went wrong instead."""
    data: dict[str, Any] = json.loads(text)
    if "error" in data:
        raise ActionError(str(data["error"]))
    fields: dict[str, Any] = data["output"]
    return ActionOutput(
        markers=tuple(fields["markers"]),
        context=fields["context"],
        result_text=fields["result_text"],
        structured=fields["structured"],
        metrics=fields["metrics"],
        note=fields["note"],
    )
