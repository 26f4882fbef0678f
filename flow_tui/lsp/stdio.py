"""The two ends of the conversation: what comes in is bounded, what goes out is nobody else's."""

import os
import re
import sys
from typing import BinaryIO, cast

from flow_tui import limits

_LENGTH = re.compile(rb"content-length\s*:\s*([0-9]{1,15})\s*", re.IGNORECASE)
_CHUNK = limits.MIB


class Incoming:
    """Reads messages; one that is too long is read past, as if it were empty."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readline(self) -> bytes:
        """Return the next line of a header as the protocol has it, or nothing at the end."""
        line = self._stream.readline(limits.HEADER_BYTES)
        found = _LENGTH.fullmatch(line)
        if found is not None:
            return b"Content-Length: %d\r\n" % int(found[1])
        if line.strip() or not line:
            return b"-\r\n" if line.lower().startswith(b"content-length") else line
        return b"\r\n"

    def read(self, size: int) -> bytes:
        """Return so many bytes, fewer at the end."""
        if size <= limits.MESSAGE_BYTES:
            return self._stream.read(size)
        while size > 0 and (chunk := self._stream.read(min(size, _CHUNK))):
            size -= len(chunk)
        return b"{}"


def taken() -> tuple[BinaryIO, BinaryIO]:
    """Return what to read from and what to write to, and keep everybody else from writing there."""
    incoming = cast("BinaryIO", Incoming(os.fdopen(os.dup(0), "rb")))
    outgoing = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return incoming, outgoing
