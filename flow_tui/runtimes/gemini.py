"""The events of Gemini: ``gemini --output-format=stream-json``."""

import json
import re

from flow_tui.runtimes.faults import Program, explained
from flow_tui.runtimes.fields import Fields, fields_at, number_at, text_at
from flow_tui.runtimes.record import Record

PROGRAM = Program(
    name="gemini",
    login="run `gemini` and log in, or set GEMINI_API_KEY",
    settings="the settings of gemini (~/.gemini/settings.json)",
    turns="raise model.maxSessionTurns in ~/.gemini/settings.json, or give it less to do",
)
_WRAPPED = re.compile(r"\[API Error: (\{.*\})\]", re.DOTALL)


class Gemini:
    """Knows messages in parts or whole, calls and how they ended, and a result."""

    ignored: tuple[bytes, ...] = (b'{"type":"tool_result"',)

    def __init__(self, record: Record) -> None:
        self._record = record
        self._trouble = ""
        self._is_over = False

    def event(self, event: Fields) -> None:
        match event.get("type"):
            case "message" if event.get("role") == "assistant":
                if event.get("delta") is not True:
                    self._record.end_message()
                self._record.say(text_at(event, "content"))
            case "tool_use":
                self._record.call(text_at(event, "tool_name"), fields_at(event, "parameters"))
            case "init":
                self._record.model = text_at(event, "model")
            case "error":
                said = text_at(event, "message")
                self._record.trouble(said)
                if text_at(event, "severity") != "warning":
                    self._trouble = said
            case "result":
                self._is_over = True
                self._measure(fields_at(event, "stats"))
                if text_at(event, "status") == "error":
                    said = _unwrapped(text_at(event, "error", "message") or self._trouble)
                    self._record.trouble(said)
                    self._record.error = explained(PROGRAM, said, text_at(event, "error", "type"))
            case _:
                pass

    def end(self) -> None:
        if self._is_over:
            return
        if self._trouble:
            self._record.error = explained(PROGRAM, _unwrapped(self._trouble))
        else:
            self._record.error = "gemini: its output ended before it said how its work ended"

    def _measure(self, stats: Fields) -> None:
        """Take in what the work cost; what was read from a cache is among its input."""
        cached = number_at(stats, "cached")
        taken = number_at(stats, "input_tokens")
        if taken is not None:
            taken = max(0, taken - (cached or 0))
        self._record.measure("input_tokens", taken)
        self._record.measure("output_tokens", number_at(stats, "output_tokens"))
        self._record.measure("cache_read_input_tokens", cached)
        self._record.measure("duration_ms", number_at(stats, "duration_ms"))


def _unwrapped(said: str) -> str:
    """Return an error of the service without the JSON around it, when there is only that."""
    found = _WRAPPED.fullmatch(said)
    try:
        document: object = json.loads(found[1]) if found else None
    except (ValueError, RecursionError):
        document = None
    error = fields_at(document, "error")
    message = text_at(error, "message")
    return f"{message} ({number_at(error, 'code') or 0:.0f} {text_at(error, 'status')})" if message else said
