"""The events of Claude Code: ``claude --print --output-format=stream-json --verbose``."""

from collections.abc import Sequence

from flow_tui import limits
from flow_tui.dsl import output_prompt
from flow_tui.runtimes.faults import Program, explained
from flow_tui.runtimes.fields import Fields, fields_at, items_at, number_at, text_at
from flow_tui.runtimes.record import Record

PROGRAM = Program(
    name="claude",
    login="run `claude` and log in with /login, or set ANTHROPIC_API_KEY",
    settings="the settings of claude (permissions.allow in ~/.claude/settings.json)",
)
TOKENS = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
_MESSAGES = 64
"""Of so many messages it is remembered what they cost, in case they are told about again."""
_NAME_CHARACTERS = 200


class _Streamed:
    """What was shown of parts that may come again whole."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._characters = 0

    def clear(self) -> None:
        """Begin anew."""
        self._parts.clear()
        self._characters = 0

    def add(self, text: str) -> None:
        """Take in the next part; of too many none is kept."""
        self._characters += len(text)
        self._parts.append(text)
        if self._characters > limits.ANSWER_CHARACTERS or len(self._parts) > limits.ANSWER_CHARACTERS:
            self._characters = limits.ANSWER_CHARACTERS + 1
            self._parts.clear()

    def rest_of(self, text: str) -> tuple[str, bool]:
        """Return what was not shown yet of a block that comes whole, and whether none of it was."""
        if self._characters > limits.ANSWER_CHARACTERS:
            return "", False
        streamed = "".join(self._parts)
        self.clear()
        if streamed.startswith(text):
            self.add(streamed[len(text) :])
            return "", False
        if streamed and text.startswith(streamed):
            return text[len(streamed) :], False
        return text, True


class Claude:
    """Knows messages that come in parts, whole, or in parts and then whole."""

    ignored: tuple[bytes, ...] = (
        b'{"type":"user"',
        b'{"type":"stream_event","event":{"type":"content_block_stop"',
    )

    def __init__(self, record: Record) -> None:
        self._record = record
        self._message = ""
        """The id of the message that is being said."""
        self._streamed = _Streamed()
        self._last_call = ""
        self._is_over = False
        self._spent: dict[str, dict[str, float]] = {}
        self._spent_before = dict.fromkeys(TOKENS, 0.0)

    def event(self, event: Fields) -> None:
        match event.get("type"):
            case "stream_event":
                self._part(event)
            case "assistant":
                self._whole(event)
            case "result":
                self._result(event)
            case "system":
                self._system(event)
            case _:
                pass

    def end(self) -> None:
        if not self._is_over and not self._record.error:
            self._record.error = "claude: its output ended before it said how its work ended"

    def _part(self, event: Fields) -> None:
        if event.get("parent_tool_use_id"):
            return
        inner = fields_at(event, "event")
        match inner.get("type"):
            case "content_block_delta":
                text = text_at(inner, "delta", "text")
                self._record.say(text)
                self._streamed.add(text)
            case "content_block_start" if text_at(inner, "content_block", "type") == "text":
                self._record.end_paragraph()
            case "message_start":
                self._begin(fields_at(inner, "message"))
                self._streamed.clear()
            case "message_delta":
                self._spend(self._message, fields_at(inner, "usage"))
            case _:
                pass

    def _begin(self, message: Fields) -> None:
        """Take in which message the next parts are of."""
        name = text_at(message, "id")[:_NAME_CHARACTERS]
        if name != self._message:
            self._record.end_message()
            self._message = name
        self._spend(name, fields_at(message, "usage"))

    def _whole(self, event: Fields) -> None:
        message = fields_at(event, "message")
        is_helper = bool(event.get("parent_tool_use_id"))
        if is_helper:
            self._spend(text_at(message, "id")[:_NAME_CHARACTERS], fields_at(message, "usage"))
        else:
            self._begin(message)
        for block in items_at(message, "content"):
            kind = text_at(block, "type")
            if kind == "tool_use":
                self._last_call = text_at(block, "id")
                self._record.call(text_at(block, "name"), fields_at(block, "input"), depth=int(is_helper))
            elif kind == "text" and not is_helper:
                self._say_rest(text_at(block, "text"))
        if not is_helper:
            self._record.end_line()

    def _say_rest(self, text: str) -> None:
        """Show what was not shown yet of a block that comes whole."""
        rest, is_new = self._streamed.rest_of(text)
        if is_new:
            self._record.end_paragraph()
        self._record.say(rest)

    def _spend(self, message: str, usage: Fields) -> None:
        """Take in what a message cost so far."""
        if not usage:
            return
        spent = self._spent.setdefault(message, dict.fromkeys(TOKENS, 0.0))
        for name in TOKENS:
            spent[name] = max(spent[name], number_at(usage, name) or 0)
        if len(self._spent) > _MESSAGES:
            first = self._spent.pop(next(iter(self._spent)))
            self._spent_before = {name: self._spent_before[name] + first[name] for name in TOKENS}
        for name in TOKENS:
            self._record.measure(
                name, self._spent_before[name] + sum(each[name] for each in self._spent.values())
            )

    def _system(self, event: Fields) -> None:
        match event.get("subtype"):
            case "init":
                self._record.model = text_at(event, "model")
            case "api_retry":
                why = text_at(event, "error") or "an error"
                attempt, most = number_at(event, "attempt") or 0, number_at(event, "max_retries") or 0
                self._record.trouble(f"tries again ({attempt:.0f} of {most:.0f}): {why.replace('_', ' ')}")
            case _:
                pass

    def _result(self, event: Fields) -> None:
        self._is_over = True
        read_result(event, self._record)
        if self._record.is_silent:
            self._record.say(self._record.text or "")
        refused = items_at(event, "permission_denials")
        if self._record.error or not refused or text_at(refused[-1], "tool_use_id") != self._last_call:
            return
        if output_prompt.START not in self._record.answer().text:
            self._record.error = _refusal(refused)


def read_result(event: Fields, record: Record) -> None:
    """Take in how the work ended, what it cost and the answer; the last event, or the only document."""
    kind = text_at(event, "subtype")
    said = text_at(event, "result")
    for name in TOKENS:
        record.measure(name, number_at(event, "usage", name))
    for name in ("num_turns", "duration_ms"):
        record.measure(name, number_at(event, name))
    record.measure("cost_usd", number_at(event, "total_cost_usd"))
    if event.get("is_error") is True or kind.startswith("error"):
        said = said or "; ".join(each for each in items_at(event, "errors") if isinstance(each, str))
        status = number_at(event, "api_error_status")
        signs = [kind if kind != "success" else "", f"{status:.0f}" if status else ""]
        record.error = explained(PROGRAM, said, " ".join(filter(None, signs)))
    elif said:
        record.text = said


def _refusal(refused: Sequence[object]) -> str:
    names = ", ".join(dict.fromkeys(text_at(each, "tool_name") for each in refused))
    return explained(PROGRAM, f"it ended after it was not allowed to use {names}", "permission")
