"""What a step handed over, as a page: result, error, markers, context, its object, exports, notes."""

import json
from collections.abc import Iterator, Mapping

from flow_tui import limits
from flow_tui.engine.flow_output import exported
from flow_tui.model.state import StepState
from flow_tui.model.values import ActionOutput
from flow_tui.sanitize import settled_start
from flow_tui.view import format as fmt
from flow_tui.view import usage
from flow_tui.view.ink import CYAN, FAINT, GREEN, RED, YELLOW, head, ink

MOST_CHARACTERS = 1 << 20
"""Of one text; what is beyond is left out, and said."""


def page(step: StepState | None) -> Iterator[str]:
    """Yield everything a step handed over, with what there is no other place for."""
    parts = [*_parts(step)] if step is not None else []
    for number, part in enumerate(parts):
        if number:
            yield ""
        yield from part
    if not parts:
        yield ink(_why_nothing(step), FAINT)


def _why_nothing(step: StepState | None) -> str:
    if step is None or not step.attempts:
        return "not started"
    return "nothing was handed over" if step.status.is_over else "nothing yet: a step hands over at its end"


def _parts(step: StepState) -> Iterator[list[str]]:
    output = step.output or ActionOutput()
    if output.result_text:
        yield [head("result"), *_text(output.result_text)]
    if step.error:
        yield [head("error"), *(ink(line, RED) for line in _lines(step.error))]
    if output.markers:
        yield [head("markers"), *(ink(marker, GREEN) for marker in output.markers)]
    if output.context and output.context.strip() != output.result_text.strip():
        yield [head("context"), *_text(settled_start(output.context, limits.SCRIPT_CONTEXT_CHARACTERS))]
    if output.structured:
        yield [head("structured output"), *_pretty(output.structured)]
        if given := exported(output.structured):
            yield [head("exports"), *values(given)]
    if step.gate is not None and step.gate.answered_at is not None:
        yield [head("answer"), *_answer(step)]
    if output.metrics:
        yield [head("used"), *_used(output.metrics)]
    said = [*filter(None, (output.note,)), *step.notes]
    if said:
        yield [head("notes"), *(ink(line, YELLOW) for note in said for line in _lines(note))]


def _answer(step: StepState) -> Iterator[str]:
    gate = step.gate
    if gate is None:
        return
    yield ink("approved" if gate.approved else "rejected", GREEN if gate.approved else RED) + (
        f" by {ink(gate.by)}" if gate.by else ""
    )
    yield from (f"[x] {ink(chosen)}" for chosen in gate.selections)
    yield from _text(gate.feedback)


def _used(metrics: Mapping[str, float]) -> Iterator[str]:
    if told := usage.told(metrics):
        yield told
    for name, value in metrics.items():
        yield f"{ink(name, FAINT)}  {value:g}"


def values(given: Mapping[str, str]) -> Iterator[str]:
    """Yield names with their values, the further lines of a value below its first."""
    widest = min(24, max(map(fmt.width, given), default=0))
    for name, value in given.items():
        first, *more = _lines(value) or [""]
        yield f"{ink(fmt.fit(name, max(widest, min(fmt.width(name), 60))), CYAN)}  {ink(first)}"
        yield from (f"{' ' * widest}  {ink(line)}" for line in more)


def _pretty(structured: str) -> list[str]:
    try:
        shown = json.dumps(json.loads(structured), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        shown = structured
    return [*_text(shown)]


def _text(text: str) -> Iterator[str]:
    yield from map(ink, _lines(text))


def _lines(text: str) -> list[str]:
    """Return the lines of a text, of a very long one only the beginning."""
    shown = text.strip("\n")[:MOST_CHARACTERS]
    cut = [f"… {fmt.counted(len(text) - len(shown), 'character')} more"] if len(text) > len(shown) + 9 else []
    return [*(shown.split("\n") if shown else []), *cut]
