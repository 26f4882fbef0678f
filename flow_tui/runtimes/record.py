"""What a program has said so far, whatever the form in which it says it."""

import json
import re

from flow_tui import limits
from flow_tui.dsl import output_prompt
from flow_tui.runtimes.fields import Fields, text_at
from flow_tui.runtimes.program import Answer
from flow_tui.sanitize import line

CALL, TROUBLE = "→", "!"
"""What stands before the line of a tool call, and of something that went wrong."""
_TELLING = (
    "command",
    "cmd",
    "pattern",
    "query",
    "file_path",
    "filePath",
    "absolute_path",
    "path",
    "url",
    "description",
    "prompt",
)
"""Of the arguments of a call, the one that says most."""
_SURROGATE = re.compile("[\ud800-\udfff]")


class Record:
    """Keeps what is to be shown until it is taken, and what is to be answered until it is asked for."""

    def __init__(self) -> None:
        self.text: str | None = None
        """The answer, if the program has said what it is; else the last message is."""
        self.error = ""
        self.metrics: dict[str, float] = {}
        self.model = ""
        self._shown = bytearray()
        self._is_in_line = False
        self._half = ""
        """The first half of a character, when the second comes with the next piece."""
        self._message: list[str] = []
        self._characters = 0
        self._is_over = False
        """Whether what is said next is another message."""

    def take(self) -> bytes:
        """Return what is to be shown since the last time."""
        shown = bytes(self._shown)
        self._shown.clear()
        return shown

    def answer(self) -> Answer:
        """Return the answer as it is known now."""
        text = "".join(self._message) if self.text is None else self.text
        return Answer(
            text=_whole(text)[-limits.ANSWER_CHARACTERS :],
            error=_whole(self.error),
            metrics=dict(self.metrics),
            model=_whole(self.model),
        )

    @property
    def is_silent(self) -> bool:
        """Whether the agent has not said anything."""
        return not self._message

    def say(self, text: str) -> None:
        """Show the next piece of what the agent says."""
        if not text:
            return
        if self._is_over:
            self._message.clear()
            self._characters, self._is_over = 0, False
            self.end_line()
        text = self._half + text
        self._half = text[-1] if "\ud800" <= text[-1] <= "\udbff" else ""
        text = text.removesuffix(self._half)
        if text:
            self._keep(text)
            self._show(_whole(text).encode())

    def end_message(self) -> None:
        """Let what is said next be another message."""
        self._is_over = self._is_over or bool(self._message)

    def end_paragraph(self) -> None:
        """Let what is said next begin on a line of its own, in the same message."""
        if self._message and not self._is_over and not self._message[-1].endswith("\n"):
            self._keep("\n")
        self.end_line()

    def end_line(self) -> None:
        """End the line that is being shown: what was said is whole."""
        if self._is_in_line:
            self._show(b"\n")

    def call(self, name: str, arguments: Fields, *, depth: int = 0) -> None:
        """Show a tool call in one line; what is said after it is another message."""
        self.end_message()
        self._line(f"{'  ' * depth}{CALL} ", f"{name} {_gist(arguments)}".rstrip())

    def trouble(self, text: str) -> None:
        """Show in one line what went wrong."""
        self._line(f"{TROUBLE} ", text)

    def note(self, text: str) -> None:
        """Show in one line what is not shown."""
        self._line("… ", f"{text} …")

    def plain(self, data: bytes) -> None:
        """Show output that is none of the agent's words, as it is."""
        self.end_line()
        self._shown += data

    def end(self) -> None:
        """Let the last line be a whole one."""
        self._half = ""
        self.end_line()

    def measure(self, name: str, value: float | None) -> None:
        """Take in a measurement, if it is one."""
        if value is not None:
            self.metrics[name] = value

    def _line(self, mark: str, text: str) -> None:
        """Show one line, in which no output block can begin or end: it is none of the agent's words."""
        for delimiter in (output_prompt.START, output_prompt.END):
            text = text.replace(delimiter, "…")
        self.end_line()
        shown = mark + line(text, limits.CALL_CHARACTERS)
        self._show(_whole(shown).encode() + b"\n")

    def _show(self, data: bytes) -> None:
        self._shown += data
        self._is_in_line = not data.endswith(b"\n")

    def _keep(self, text: str) -> None:
        """Keep the end of a message: that is where its output block is."""
        self._message.append(text)
        self._characters += len(text)
        if self._characters > 2 * limits.ANSWER_CHARACTERS or len(self._message) > limits.ANSWER_PIECES:
            kept = "".join(self._message)[-limits.ANSWER_CHARACTERS :]
            self._message[:] = [kept]
            self._characters = len(kept)


def _gist(arguments: Fields) -> str:
    """Return what tells most of the arguments of a call."""
    for name in _TELLING:
        said = text_at(arguments, name)
        if said:
            return said
    few = {name: value for name, value in arguments.items() if value not in (None, "")}
    try:
        return json.dumps(few, ensure_ascii=False, default=str) if few else ""
    except (ValueError, RecursionError):
        return ""


def _whole(text: str) -> str:
    """Return text that can be written: halves of characters are joined, or replaced when one is missing."""
    if text.isascii() or not _SURROGATE.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
