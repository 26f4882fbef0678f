"""Streams of agent programs through their readers, against ``json.loads`` of each line in the same run."""

import gc
import json
import statistics
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from flow_tui.limits import MIB, READ_BYTES
from flow_tui.runtimes.programs import READERS

CASES = Path(__file__).parents[1] / "cases" / "runtimes"
STREAMS = {"claude": "tool", "codex": "tool", "gemini": "tool", "opencode": "tool"}
_RESULT = (
    b'{"type":"user","message":{"role":"user","content":'
    b'[{"tool_use_id":"id1","type":"tool_result","content":"%s"}]}}\n'
)


def _seconds(subject: Callable[[], object], times: int) -> float:
    """Return the median processor time of a call: others use this machine, too."""
    taken: list[float] = []
    for _ in range(times):
        gc.collect()
        began = time.process_time()
        subject()
        taken.append(time.process_time() - began)
    return statistics.median(taken)


def _floor(data: bytes) -> int:
    """Parse every line: what any reader of events has to do that knows none of them beforehand."""
    return sum(len(json.loads(line)) for line in data.splitlines())


def _read(name: str, data: bytes) -> int:
    reader = READERS[name]()
    shown = sum(len(reader.feed(data[at : at + READ_BYTES])) for at in range(0, len(data), READ_BYTES))
    return shown + len(reader.end())


def _peak_mib(subject: Callable[[], object]) -> float:
    tracemalloc.start()
    subject()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return round(peak / MIB, 1)


def streams(size: int) -> dict[str, tuple[str, bytes]]:
    """Return by name a reader and a stream of about so many bytes for it."""
    made: dict[str, tuple[str, bytes]] = {}
    for name, case in STREAMS.items():
        captured = (CASES / name / f"{case}.jsonl").read_bytes()
        made[name] = (name, captured * (size // len(captured)))
    pieces = [line for line in made["claude"][1].splitlines(keepends=True) if b"text_delta" in line]
    made["claude, text in pieces"] = ("claude", b"".join(pieces))
    result = _RESULT % (b"some output of a tool \\n" * 4_000)
    made["claude, long results of tools"] = ("claude", result * (size // len(result)))
    return made


def _one_line(name: str, size: int) -> None:
    """Read a line without end."""
    reader = READERS[name]()
    reader.feed(b'{"type":"user","message":"')
    for _ in range(size // READ_BYTES):
        reader.feed(b"x" * READ_BYTES)
    reader.end()


def measure(quick: bool = False) -> dict[str, object]:
    """Return MB/s of each stream, how much of the floor that is, and what memory a line of 100 MB takes."""
    times = 3 if quick else 7
    figures: dict[str, object] = {}
    for title, (name, data) in streams((2 if quick else 16) * MIB).items():
        lowest = _seconds(lambda data=data: _floor(data), times)
        taken = _seconds(lambda name=name, data=data: _read(name, data), times)
        figures[title] = {
            "floor_mb_a_second": round(len(data) / lowest / 1e6, 1),
            "mb_a_second": round(len(data) / taken / 1e6, 1),
            "of_the_floor": round(lowest / taken, 2),
        }
    figures["a line of 100 MB"] = {"peak_mib": _peak_mib(lambda: _one_line("claude", 100 * MIB))}
    return figures
