"""The one JSON document that a program prints at its end, whoever wrote it."""

from collections.abc import Mapping, Sequence

from flow_tui.runtimes import claude
from flow_tui.runtimes.faults import Program, explained
from flow_tui.runtimes.fields import Fields, fields_at, number_at, text_at
from flow_tui.runtimes.record import Record

_PROGRAM = Program(name="the agent", login="log in", settings="the settings of its program")
_ANSWERS = (("result",), ("response",), ("text",), ("output",), ("content",), ("message", "content"))
_ERRORS = (("error", "message"), ("error",))
_MEASURES: Mapping[str, Sequence[tuple[str, ...]]] = {
    "cost_usd": (("cost_usd",), ("total_cost_usd",), ("cost",)),
    "num_turns": (("num_turns",),),
    "duration_ms": (("duration_ms",),),
    "input_tokens": (("input_tokens",), ("usage", "input_tokens"), ("usage", "prompt_tokens")),
    "output_tokens": (("output_tokens",), ("usage", "output_tokens"), ("usage", "completion_tokens")),
    "cache_read_input_tokens": (("usage", "cache_read_input_tokens"),),
    "cache_creation_input_tokens": (("usage", "cache_creation_input_tokens"),),
}
"""Where a measurement may stand; the first place where there is one counts."""
_TOKENS = {
    "input_tokens": ("input",),
    "output_tokens": ("candidates", "thoughts"),
    "cache_read_input_tokens": ("cached",),
}
"""What Gemini calls them, for each model that it used."""


def read_document(document: Fields, record: Record) -> None:
    """Take in the answer, the error and the measurements of a document; what it shows is the answer."""
    if document.get("type") == "result" and "subtype" in document:
        claude.read_result(document, record)
        record.say(record.text or "")
        return
    record.say(next((said for path in _ANSWERS if (said := text_at(document, *path))), ""))
    said = next((said for path in _ERRORS if (said := text_at(document, *path))), "")
    if said or document.get("is_error") is True:
        record.error = explained(_PROGRAM, said, text_at(document, "error", "type"))
    record.model = text_at(document, "model")
    for name, places in _MEASURES.items():
        found = (number_at(document, *path) for path in places)
        record.measure(name, next((number for number in found if number is not None), None))
    _measure_models(fields_at(document, "stats", "models"), record)


def _measure_models(models: Fields, record: Record) -> None:
    for model in models:
        record.model = record.model or model
    for name, parts in _TOKENS.items() if models else ():
        spent = [number_at(model, "tokens", part) or 0 for model in models.values() for part in parts]
        record.measure(name, sum(spent))
