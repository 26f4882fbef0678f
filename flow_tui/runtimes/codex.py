"""The events of Codex: ``codex exec --json``."""

from flow_tui.runtimes.faults import Program, explained
from flow_tui.runtimes.fields import Fields, fields_at, number_at, text_at
from flow_tui.runtimes.record import Record

PROGRAM = Program(
    name="codex",
    login="run `codex login`, or set the key of its provider",
    settings="the settings of codex (~/.codex/config.toml)",
)
_NAME_CHARACTERS = 200
_ITEMS = 256
"""So many items are remembered, in case they are told about again."""


class Codex:
    """Knows items that begin, change and end, or are told about once."""

    ignored: tuple[bytes, ...] = ()

    def __init__(self, record: Record) -> None:
        self._record = record
        self._said: dict[str, int] = {}
        """How much of each message was shown; of a call, whether it was."""
        self._trouble = ""
        self._is_over = False

    def event(self, event: Fields) -> None:
        match event.get("type"):
            case "item.started" | "item.updated" | "item.completed":
                self._item(fields_at(event, "item"))
                if event["type"] == "item.completed":
                    self._record.end_line()
            case "turn.completed":
                self._is_over = True
                self._trouble = self._record.error = ""
                self._measure(fields_at(event, "usage"))
            case "turn.failed":
                self._is_over = True
                self._fail(text_at(event, "error", "message") or self._trouble)
            case "error":
                self._trouble = text_at(event, "message")
                self._record.trouble(self._trouble)
            case _:
                pass

    def end(self) -> None:
        if self._is_over:
            return
        if self._trouble:
            self._fail(self._trouble)
        else:
            self._record.error = "codex: its output ended before it said how its work ended"

    def _fail(self, said: str) -> None:
        self._record.error = explained(PROGRAM, said)

    def _item(self, item: Fields) -> None:
        kind = text_at(item, "type")
        name = text_at(item, "id")[:_NAME_CHARACTERS]
        known = self._said.get(name, 0)
        if kind == "agent_message":
            text = text_at(item, "text")
            if not known:
                self._record.end_message()
            self._record.say(text[known:])
            self._remember(name, max(known, len(text)))
        elif not known and kind in _CALLS:
            said, *arguments = _CALLS[kind]
            called = text_at(item, said) or said
            self._record.call(called, {each: item[each] for each in arguments if each in item})
            self._remember(name, 1)
        elif kind == "error" and not known:
            self._record.trouble(text_at(item, "message"))
            self._remember(name, 1)

    def _remember(self, name: str, shown: int) -> None:
        self._said[name] = shown
        if len(self._said) > _ITEMS:
            del self._said[next(iter(self._said))]

    def _measure(self, usage: Fields) -> None:
        """Take in what the work cost; what was read from a cache is among its input."""
        cached = number_at(usage, "cached_input_tokens")
        taken = number_at(usage, "input_tokens")
        written = number_at(usage, "cache_write_input_tokens")
        if taken is not None:
            taken = max(0, taken - (cached or 0) - (written or 0))
        self._record.measure("input_tokens", taken)
        self._record.measure("output_tokens", number_at(usage, "output_tokens"))
        self._record.measure("cache_read_input_tokens", cached)
        self._record.measure("cache_creation_input_tokens", written)


_CALLS = {
    "command_execution": ("run", "command"),
    "file_change": ("change", "changes"),
    "mcp_tool_call": ("tool", "arguments"),
    "web_search": ("search", "query"),
    "collab_tool_call": ("tool", "prompt"),
}
"""Items that are tool calls: which field names the tool, or else its name, and which say what it does."""
