"""Output on its way to the spool: without secrets, with some, and with what is hard on the search."""

import base64
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from flow_tui.limits import MIB, READ_BYTES
from flow_tui.masking import Secrets
from flow_tui.process.capture import Output
from flow_tui.process.spool import FileSpool

LINE = (
    b"2026-01-02T03:04:05Z INFO build: compiling module parser.c into obj/parser.o, 12 ms, /usr/lib/python3\n"
)
KEY = "\n".join(
    base64.b64encode(bytes((row * 7 + at * 13) % 256 for at in range(48))).decode() for row in range(27)
)


def token(number: int) -> str:
    """Return a secret that looks like one."""
    return "ghp_" + base64.b64encode(bytes((number * 31 + at * 17) % 256 for at in range(27))).decode()


def _mb_a_second(secrets: Secrets | None, chunk: bytes, size: int) -> float:
    """Return how fast output of about so many bytes is taken in."""
    with tempfile.TemporaryDirectory() as folder:
        spool = FileSpool(Path(folder) / "log")
        output = Output(spool, _nothing, secrets=secrets)
        count = max(1, size // len(chunk))
        began = time.process_time()
        for _ in range(count):
            output.stdout(chunk)
        taken = time.process_time() - began
        spool.close()
    return round(count * len(chunk) / taken / 1e6, 1)


def _nothing(_size: int) -> None:
    pass


def _best(secrets: Secrets | None, chunk: bytes, size: int, times: int) -> float:
    return max(_mb_a_second(secrets, chunk, size) for _ in range(times))


def measure(quick: bool = False) -> dict[str, object]:
    """Return MB/s of everything that is done with output, and how much of that without secrets is left."""
    times, size = (3, 4 * MIB) if quick else (5, 32 * MIB)
    block = (LINE * (READ_BYTES // len(LINE) + 1))[:READ_BYTES]
    cases: dict[str, tuple[Sequence[str], bytes]] = {
        "one token, blocks of 64 KiB": ([token(0)], block),
        "ten tokens, blocks of 64 KiB": ([token(number) for number in range(10)], block),
        "a key of 27 lines, blocks of 64 KiB": ([KEY], block),
        "one token, line by line": ([token(0)], LINE),
        "ten tokens, line by line": ([token(number) for number in range(10)], LINE),
        "a token in every line, blocks of 64 KiB": (
            [token(0)],
            ((token(0).encode() + b" " + LINE) * READ_BYTES)[:READ_BYTES],
        ),
        "nothing but beginnings of the secret": (["a" * 39 + "b"], b"a" * READ_BYTES),
    }
    figures: dict[str, object] = {}
    for title, (values, chunk) in cases.items():
        floor = _best(None, chunk, size, times)
        hidden = _best(Secrets(values), chunk, size, times)
        figures[title] = {
            "patterns": len(Secrets(values).patterns),
            "without_mb_a_second": floor,
            "mb_a_second": hidden,
            "of_that": round(hidden / floor, 2),
        }
    return figures
