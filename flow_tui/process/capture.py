"""What is kept in memory of a child's output: a beginning, an end and the last FLOW_OUTPUT block."""

import codecs
import re
from collections.abc import Callable, Iterable

from flow_tui import limits
from flow_tui.dsl import output_prompt
from flow_tui.engine.ports import Exit, OutputReader, Spool
from flow_tui.masking import Secrets
from flow_tui.sanitize import LINE_CHARACTERS

START = output_prompt.START.encode()
END = output_prompt.END.encode()

_WIDEST = 4
"""The most bytes a character takes, and the most characters a broken byte becomes."""
# White space in UTF-8, beyond ASCII too; what may still become such when more bytes arrive.
_SPACE = re.compile(
    rb"(?:[\t-\r\x1c-\x20]|\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80)*+"
)
_SPACE_BEGUN = {b"", b"\xc2", b"\xe1", b"\xe1\x9a", b"\xe2", b"\xe2\x80", b"\xe2\x81", b"\xe3", b"\xe3\x80"}


def decoded(data: bytes) -> str:
    r"""Return UTF-8 as text, with every byte that is none shown as ``\xNN``."""
    return data.decode("utf-8", "backslashreplace")


class Head:
    """The first characters of a stream."""

    def __init__(self, characters: int) -> None:
        self._characters = characters
        self._most = (characters + 1) * _WIDEST
        self._kept = bytearray()
        self._whole = True

    def feed(self, data: bytes) -> None:
        """Take in the next bytes."""
        room = self._most - len(self._kept)
        self._kept += data[:room]
        self._whole = self._whole and len(data) <= room

    def text(self) -> str:
        """Return what was kept; a character cut in two counts as broken only at the end of the stream."""
        decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        return decoder.decode(bytes(self._kept), final=self._whole)[: self._characters]


class FirstLine:
    """The first line of a stream that says something, as it was last: a progress display begins it anew."""

    def __init__(self, characters: int) -> None:
        self._most = (characters + 1) * _WIDEST
        self._kept = b""
        self._is_over = False

    def feed(self, data: bytes) -> None:
        """Take in the next bytes."""
        while data and not self._is_over:
            line, ended, data = data.partition(b"\n")
            self._add(line)
            if ended:
                self._is_over = bool(self._kept.strip())
                self._kept = self._kept if self._is_over else b""

    def text(self) -> str:
        """Return what was kept."""
        return decoded(self._kept.rstrip(b"\r"))

    def _add(self, part: bytes) -> None:
        whole = self._kept + part
        shown = whole.rstrip(b"\r")
        returned = b"\r" if len(shown) < len(whole) else b""
        self._kept = shown.rpartition(b"\r")[2][: self._most] + returned


class Tail:
    """The last characters of a stream."""

    def __init__(self, characters: int) -> None:
        self._characters = characters
        self._most = (characters + 1) * _WIDEST
        self._kept = bytearray()

    def feed(self, data: bytes) -> None:
        """Take in the next bytes."""
        self._kept += data[-self._most :]
        excess = len(self._kept) - self._most
        if excess > 0:
            del self._kept[:excess]

    def text(self) -> str:
        """Return what was kept."""
        return decoded(bytes(self._kept))[-self._characters :]


class FlowOutput:
    """Finds the block that a program prints about itself, in a stream that comes in pieces.

    The last start delimiter counts whose text begins with ``{``, ``[`` or a backtick, so that mentioning the
    delimiter is harmless; the block ends at the first end delimiter after it, and without one there is none.
    """

    def __init__(self, limit: int = limits.FLOW_OUTPUT_BYTES) -> None:
        self._limit = limit
        self._rest = b""
        """Not judged yet: what may be a delimiter cut in two."""
        self._inside = False
        self._kept: list[bytes] = []
        self._size = 0
        self._found: str | None = None
        self.too_long = False
        """Whether the block that counts was dropped for its size."""

    def feed(self, data: bytes) -> None:
        """Take in the next bytes."""
        text = self._rest + data
        position = 0
        start, end = text.find(START), text.find(END)
        while True:
            if 0 <= start < position:
                start = text.find(START, position)
            if 0 <= end < position:
                end = text.find(END, position)
            if start >= 0 and not 0 <= end < start:
                self._keep(text[position:start])
                position, decided = self._start(text, start)
                if not decided:
                    self._rest = text[position:]
                    return
            elif end >= 0:
                self._keep(text[position:end])
                self._end()
                position = end + len(END)
            else:
                break
        cut = max(position, len(text) - len(END) + 1)
        self._keep(text[position:cut])
        self._rest = text[cut:]

    def text(self) -> str | None:
        """Return the block, without white space around it."""
        return None if self._inside else self._found

    def _start(self, text: bytes, at: int) -> tuple[int, bool]:
        """Judge the start delimiter at ``at``: where to go on, and whether enough is known to judge."""
        after = at + len(START)
        space = _SPACE.match(text, after)
        first = space.end() if space else after
        if first - after > self._limit:
            return self._mentioned(after)
        if text[first : first + 2] in _SPACE_BEGUN and first + 2 >= len(text):
            return at, False
        if text[first : first + 1] not in {b"{", b"[", b"`"}:
            return self._mentioned(after)
        self._inside, self._kept, self._size, self._found, self.too_long = True, [], 0, None, False
        return first, True

    def _mentioned(self, after: int) -> tuple[int, bool]:
        """Take a start delimiter as ordinary text."""
        self._keep(START)
        return after, True

    def _keep(self, data: bytes) -> None:
        """Add text to the block, if there is one and it is not too long."""
        if not self._inside or not data:
            return
        self._size += len(data)
        if self._size > self._limit:
            self._kept = []
        else:
            self._kept.append(data)

    def _end(self) -> None:
        """Close the block."""
        if not self._inside:
            return
        self._inside = False
        self.too_long = self._size > self._limit
        self._found = None if self.too_long else decoded(b"".join(self._kept)).strip()
        self._kept = []


class Output:
    """All output of one program: every byte but secrets goes to the spool, and little stays in memory."""

    def __init__(
        self,
        spool: Spool,
        on_output: Callable[[int], None],
        reader: OutputReader | None = None,
        secrets: Secrets | None = None,
    ) -> None:
        hidden = secrets if secrets is not None else Secrets()
        self._stdout, self._stderr = hidden.stream(), hidden.stream()
        self._spool = spool
        self._on_output = on_output
        self._reader = reader
        self._size = 0
        self._head = Head(limits.HEAD_CHARACTERS)
        self._first = FirstLine(LINE_CHARACTERS)
        self._tail = Tail(limits.ERROR_TAIL_CHARACTERS)
        self._block = FlowOutput()

    def stdout(self, data: bytes) -> None:
        """Take in what came on stdout."""
        self._take(self._stdout.feed(data if self._reader is None else self._reader.feed(data)))

    def stderr(self, data: bytes) -> None:
        """Take in what came on stderr."""
        self._say(self._stderr.feed(data))

    def end(self) -> None:
        """Take in what was held back because it might have been the beginning of a secret."""
        if rest := self._stdout.end():
            self._take(rest)
        if rest := self._stderr.end():
            self._say(rest)

    def exit(self, *, code: int | None, signal: int | None, notes: Iterable[str]) -> Exit:
        """Return how the program ended, with what it said."""
        if self._reader is not None:
            self._take(self._stdout.feed(self._reader.end()))
        self.end()
        notes = list(notes)
        if self._block.too_long:
            notes.append(
                f"its FLOW_OUTPUT block is longer than {limits.FLOW_OUTPUT_BYTES:,} bytes and was dropped"
            )
        if self._spool.note:
            notes.append(self._spool.note)
        return Exit(
            code=code,
            signal=signal,
            flow_output=self._block.text(),
            stdout_head=self._head.text(),
            first_line=self._first.text(),
            stderr_tail=self._tail.text(),
            size=self._size,
            note="; ".join(notes),
        )

    def _take(self, data: bytes) -> None:
        self._head.feed(data)
        self._first.feed(data)
        self._block.feed(data)
        self._keep(data)

    def _say(self, data: bytes) -> None:
        self._tail.feed(data)
        self._keep(data)

    def _keep(self, data: bytes) -> None:
        self._size += len(data)
        self._spool.write(data)
        self._on_output(len(data))
