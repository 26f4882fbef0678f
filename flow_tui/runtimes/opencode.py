"""The events of OpenCode: ``opencode run --format=json``."""

from flow_tui.runtimes.faults import Program, explained
from flow_tui.runtimes.fields import Fields, fields_at, number_at, text_at
from flow_tui.runtimes.record import Record

PROGRAM = Program(
    name="opencode",
    login="run `opencode auth login`",
    settings="the settings of opencode (permission in ~/.config/opencode/opencode.json)",
)


class Opencode:
    """Knows the parts of messages, each told about when it is complete, and what each step cost."""

    ignored: tuple[bytes, ...] = (b'{"type":"reasoning"',)

    def __init__(self, record: Record) -> None:
        self._record = record
        self._totals: dict[str, float] = {}
        self._message = ""
        self._refused = ""
        """Why the last call was not made, if it was not."""
        self._reason = ""
        """Why the last step ended: for calls, after which more is to come, or because it was over."""

    def event(self, event: Fields) -> None:
        part = fields_at(event, "part")
        match event.get("type"):
            case "text":
                self._say(part)
            case "tool_use":
                self._call(part)
            case "step_start":
                self._reason = ""
            case "step_finish":
                self._reason = text_at(part, "reason")
                self._measure(part)
            case "error":
                self._fail(fields_at(event, "error"))
            case _:
                pass

    def end(self) -> None:
        if self._record.error or self._reason not in {"", "tool-calls"}:
            return
        if self._refused:
            self._record.error = explained(PROGRAM, f"it stopped at a call that failed: {self._refused}")
        else:
            self._record.error = "opencode: its output ended in the middle of its work"

    def _say(self, part: Fields) -> None:
        message = text_at(part, "messageID")
        if message != self._message:
            self._record.end_message()
            self._message = message
        self._record.end_paragraph()
        self._record.say(text_at(part, "text"))
        self._record.end_line()

    def _call(self, part: Fields) -> None:
        state = fields_at(part, "state")
        self._record.call(text_at(part, "tool"), fields_at(state, "input"))
        self._refused = ""
        if text_at(state, "status") == "error":
            self._refused = text_at(state, "error") or "an error"
            self._record.trouble(self._refused)

    def _fail(self, error: Fields) -> None:
        said = text_at(error, "data", "message") or text_at(error, "message")
        status = number_at(error, "data", "statusCode")
        kind = f"{text_at(error, 'name')} {status:.0f}" if status else text_at(error, "name")
        self._record.trouble(said or kind)
        self._record.error = explained(PROGRAM, said, kind)

    def _measure(self, part: Fields) -> None:
        """Add what a step cost; reasoning is output."""
        spent = {
            "num_turns": 1.0,
            "cost_usd": number_at(part, "cost"),
            "input_tokens": number_at(part, "tokens", "input"),
            "cache_read_input_tokens": number_at(part, "tokens", "cache", "read"),
            "cache_creation_input_tokens": number_at(part, "tokens", "cache", "write"),
        }
        output = number_at(part, "tokens", "output")
        if output is not None:
            spent["output_tokens"] = output + (number_at(part, "tokens", "reasoning") or 0)
        for name, value in spent.items():
            if value is not None:
                self._totals[name] = self._totals.get(name, 0) + value
                self._record.measure(name, self._totals[name])
