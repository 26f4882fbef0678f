"""Readers of what agent programs print: text, one JSON document, or JSON lines as they work."""

import json
from collections.abc import Callable, Mapping
from typing import Protocol, cast

from flow_tui import limits
from flow_tui.process.capture import Tail
from flow_tui.runtimes.document import read_document
from flow_tui.runtimes.fields import Fields
from flow_tui.runtimes.program import Answer
from flow_tui.runtimes.record import Record


class Dialect(Protocol):
    """Knows the events of one program."""

    ignored: tuple[bytes, ...]
    """How lines begin that have nothing to say: they need not be parsed."""

    def event(self, event: Fields) -> None:
        """Take in one event; one of an unknown kind says nothing."""
        ...

    def end(self) -> None:
        """Judge a stream that has said all it will."""
        ...


class TextReader:
    """Shows everything as it is; the end of it is the answer."""

    def __init__(self) -> None:
        self._tail = Tail(limits.ANSWER_CHARACTERS)

    def feed(self, data: bytes) -> bytes:
        self._tail.feed(data)
        return data

    def end(self) -> bytes:
        return b""

    @property
    def metrics(self) -> Mapping[str, float]:
        return {}

    @property
    def answer(self) -> Answer:
        return Answer(text=self._tail.text().strip())


class JsonReader:
    """Reads one JSON document, which comes at the end; what is none is shown and answered as text."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self._text: TextReader | None = None
        self._record = Record()

    def feed(self, data: bytes) -> bytes:
        if self._text is not None:
            return self._text.feed(data)
        self._kept += data
        begun = self._kept[:64].lstrip()
        if len(self._kept) <= limits.JSON_BYTES and (not begun or begun.startswith((b"{", b"["))):
            return b""
        return self._as_text()

    def end(self) -> bytes:
        if self._text is not None or not self._kept:
            return b""
        document = _parsed(bytes(self._kept))
        if document is None:
            return self._as_text()
        self._kept.clear()
        read_document(document, self._record)
        self._record.end()
        return self._record.take()

    @property
    def metrics(self) -> Mapping[str, float]:
        return self._record.metrics

    @property
    def answer(self) -> Answer:
        return self._record.answer() if self._text is None else self._text.answer

    def _as_text(self) -> bytes:
        self._text = TextReader()
        data = bytes(self._kept)
        self._kept.clear()
        return self._text.feed(data)


class StreamReader:
    """Reads JSON lines as they come; what is none is shown as it is, and a line that is too long is not."""

    def __init__(self, dialect: Callable[[Record], Dialect]) -> None:
        self._record = Record()
        self._dialect = dialect(self._record)
        self._ignored = self._dialect.ignored
        self._line = bytearray()
        """The beginning of a line that may be an event."""
        self._passed = False
        """Whether the line that is being read is text, and was shown so far."""
        self._skipped = 0
        """How much of a line that is too long was read."""
        self._is_known = False
        """Whether anything was an event."""
        self._plain = Tail(limits.ANSWER_CHARACTERS)

    def feed(self, data: bytes) -> bytes:
        begin = 0
        while (end := data.find(b"\n", begin)) >= 0:
            self._add(data[begin:end])
            self._end_line()
            begin = end + 1
        if begin < len(data):
            self._add(data[begin:])
        return self._record.take()

    def end(self) -> bytes:
        if self._line and not self._is_event(bytes(self._line)):
            self._record.note(f"the output ends in the middle of a line, after {len(self._line):,} bytes")
        elif self._skipped:
            self._end_line()
        self._line.clear()
        if self._is_known:
            self._dialect.end()
        self._record.end()
        return self._record.take()

    @property
    def metrics(self) -> Mapping[str, float]:
        return self._record.metrics

    @property
    def answer(self) -> Answer:
        return self._record.answer() if self._is_known else Answer(text=self._plain.text().strip())

    def _add(self, part: bytes) -> None:
        """Take in a part of a line."""
        if self._skipped:
            self._skipped += len(part)
        elif self._passed or not (self._line or part.startswith(b"{")):
            self._pass(part)
        else:
            self._line += part
            if len(self._line) > limits.JSON_BYTES:
                self._skipped = len(self._line)
                self._line = bytearray()

    def _end_line(self) -> None:
        """Take in the end of a line that came in parts, or is text."""
        if self._skipped:
            self._record.note(f"a line of {self._skipped:,} bytes is not shown")
        elif self._line:
            self._event(bytes(self._line))
            self._line.clear()
        else:
            self._pass(b"\n")
        self._passed, self._skipped = False, 0

    def _pass(self, part: bytes) -> None:
        """Show a part of a line that is text."""
        if part:
            self._passed = True
            self._record.plain(part)
            if not self._is_known:
                self._plain.feed(part)

    def _event(self, line: bytes) -> None:
        """Take in a whole line, which is shown if it is no event."""
        if not self._is_event(line):
            self._pass(line + b"\n")
            self._passed = False

    def _is_event(self, line: bytes) -> bool:
        if line.startswith(self._ignored):
            self._is_known = True
            return True
        event = _parsed(line)
        if event is None:
            return False
        self._is_known = True
        self._dialect.event(event)
        return True


def _parsed(data: bytes) -> Fields | None:
    """Return the object that some JSON is, or the last one of an array, or nothing if there is none."""
    try:
        value: object = json.loads(data.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    if isinstance(value, list) and value:
        value = cast("list[object]", value)[-1]
    return cast("Fields", value) if isinstance(value, dict) else None
