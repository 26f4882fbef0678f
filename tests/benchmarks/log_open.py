"""How fast a large output is opened, jumped in and searched, beside what the machine can do at all."""

import json
import queue
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from flow_tui.model.ids import RunId, StepPath
from flow_tui.process.workspace import FolderWorkspace
from flow_tui.runtime.log_news import LogMatches
from flow_tui.runtime.messages import LogPage, News, Recording
from flow_tui.runtime.reader import Reader

RUN, STEP = RunId("RUN"), StepPath("0")
KEPT = Recording(run_id=RUN, path=STEP, attempt=1)
_LINE = b"12:04:31 PASSED tests/test_auth.py::test_number_%08d and some more text to fill the line up [ok]\n"
_BLOCK = 10_000


class _Asked:
    """A reader and the answers it gave."""

    def __init__(self, folder: Path) -> None:
        self.answers: queue.SimpleQueue[News] = queue.SimpleQueue()
        self.reader = Reader(folder, _no_histories, self.answers.put)
        self.reader.start()

    def page(self, first: int, count: int = 100) -> tuple[float, LogPage]:
        """Return how long a page took in ms, and the page."""
        began = time.perf_counter()
        self.reader.lines(1, KEPT, first, count)
        page = self.answers.get(timeout=120)
        assert isinstance(page, LogPage), page
        return 1_000 * (time.perf_counter() - began), page

    def search(self, pattern: str) -> float:
        """Return how many seconds of a processor a search took: others may be using this machine too."""
        began = time.process_time()
        self.reader.search(2, KEPT, pattern)
        matches = self.answers.get(timeout=120)
        assert isinstance(matches, LogMatches), matches
        return time.process_time() - began


def measure(quick: bool = False) -> dict[str, Any]:
    """Return the figures; ``quick`` uses a tenth of the lines."""
    lines = 1_000_000 if quick else 10_000_000
    with tempfile.TemporaryDirectory() as folder:
        file = FolderWorkspace(Path(folder)).log_file(RUN, STEP, 1)
        size = _write(file, lines)
        floor = _read_through(file)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        asked = _Asked(Path(folder))
        last_page, page = asked.page(-1)
        began = time.perf_counter()
        final = page if page.first >= 0 else asked.answers.get(timeout=120)
        counted = time.perf_counter() - began
        assert isinstance(final, LogPage), final
        assert final.total == lines, final.total
        jumps = [asked.page(lines * part // 7)[0] for part in range(7)]
        searches = {pattern: size / 1e6 / asked.search(pattern) for pattern in _PATTERNS}
        memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        asked.reader.stop()
    return {
        "lines": lines,
        "mb": round(size / 1e6),
        "last_page_ms": round(last_page, 1),
        "all_counted_s": round(counted, 2),
        "slowest_jump_ms": round(max(jumps), 2),
        "search_mb_per_s": {pattern: round(rate) for pattern, rate in searches.items()},
        "floor_read_mb_per_s": round(size / 1e6 / floor),
        "memory_mib": round(memory, 1),
    }


_PATTERNS = ("no such words", "Traceback", "/number_0\\d+77777 /")


def _write(file: Path, lines: int) -> int:
    file.parent.mkdir(parents=True)
    with file.open("wb") as out:
        for begin in range(0, lines, _BLOCK):
            out.write(b"".join(_LINE % number for number in range(begin, begin + _BLOCK)))
    return file.stat().st_size


def _read_through(file: Path) -> float:
    """Return how long it takes only to read the file, in s."""
    began = time.perf_counter()
    with file.open("rb", buffering=0) as source:
        while source.read(256 * 1024):
            pass
    return time.perf_counter() - began


def _no_histories() -> Any:
    raise NotImplementedError


def main() -> dict[str, Any]:
    """Return the figures for the command line's size."""
    return measure(quick="--quick" in sys.argv)


if __name__ == "__main__":
    print(json.dumps(main(), indent=2))
