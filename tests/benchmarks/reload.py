"""From the end of a save to the new plan on the screen, by how many files lie under the project's root.

The floor is the notice alone: the same saves, told by the same library with the same settling, and nothing
done about them. A step is named anew by each save, and looked for in what is painted in a real terminal.
"""

import os
import statistics
import tempfile
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import watchfiles

from flow_tui import limits
from tests.benchmarks import _pty

_STEPS = 12
_PER_FOLDER = 100
_PAUSE = 0.15
"""Seconds between two saves: a person's next one is no part of the one before."""
_IDLE = 5.0
_STEP = int(limits.RELOAD_SETTLE.total_seconds() * 500)


def measure(quick: bool = False) -> dict[str, Any]:
    """Return the figures; ``quick`` saves less often and leaves out the largest project."""
    saves = 20 if quick else 100
    sizes = (20, 1_000) if quick else (20, 1_000, 20_000)
    return {f"{size}_files": _measured(size, saves) for size in sizes}


def _measured(files: int, saves: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as place:
        root = Path(place).resolve() / "project"
        _lay_out(root, files)
        file = root / "w.wf"
        _save(file, "first")
        with _dashboard(file) as seen:
            seen.until(b"completed")
            time.sleep(2)  # until it is watched
            idle = seen.busy(_IDLE)
            painted = [seen.until_painted(file, f"n{number:03}x") for number in range(saves)]
            seen.until_quiet()
        noticed = _noticed(file, saves)
    return {
        "p50_ms": round(statistics.median(painted), 1),
        "p95_ms": round(_p95(painted), 1),
        "slowest_ms": round(max(painted), 1),
        "floor_p50_ms": round(statistics.median(noticed), 1),
        "floor_p95_ms": round(_p95(noticed), 1),
        "idle_cpu_percent": round(idle, 2),
    }


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def _lay_out(root: Path, files: int) -> None:
    """Make a project with so many files, beside what is installed in it, which nobody wants to watch."""
    (root / ".flow").mkdir(parents=True)
    for number in range(files):
        folder = root / "src" / str(number // _PER_FOLDER)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.py").write_text("pass\n")
        if number % 2:
            installed = root / "node_modules" / str(number // _PER_FOLDER)
            installed.mkdir(parents=True, exist_ok=True)
            (installed / f"{number}.js").touch()


def _save(file: Path, name: str) -> None:
    """Save as most editors do: written beside it, then renamed over it."""
    steps = "\n".join(f'  script s{number} {{ run = "true" }}' for number in range(_STEPS))
    draft = file.with_name(f".{file.name}.tmp")
    draft.write_text(f'workflow w {{\n{steps}\n  script {name} {{ run = "true" }}\n}}\n')
    draft.replace(file)


class _Screen:
    """A dashboard in a terminal."""

    def __init__(self, pid: int, master: int) -> None:
        self._pid = pid
        self._master = master
        self._seen = b""
        self._more = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while True:
            try:
                got = os.read(self._master, 65_536)
            except OSError:
                return
            with self._more:
                self._seen += got
                self._more.notify_all()

    def until(self, marker: bytes) -> None:
        """Return when something is painted."""
        with self._more:
            if not self._more.wait_for(lambda: marker in self._seen, 30):
                raise TimeoutError(f"never painted {marker!r}: {self._seen[-500:]!r}")
            self._seen = b""

    def until_painted(self, file: Path, name: str) -> float:
        """Save with a step of this name; return after how many milliseconds it is painted."""
        time.sleep(_PAUSE)
        _save(file, name)
        began = time.perf_counter()
        self.until(name.encode())
        return 1_000 * (time.perf_counter() - began)

    def until_quiet(self) -> None:
        """Let it come to rest."""
        time.sleep(_PAUSE)

    def busy(self, seconds: float) -> float:
        """Return the percentage of a processor that it takes while nothing happens."""
        before = self._worked()
        time.sleep(seconds)
        return 100 * (self._worked() - before) / seconds

    def _worked(self) -> float:
        fields = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _dashboard(file: Path) -> Generator[_Screen]:
    """Run a workflow in a dashboard that watches it and all sources, and starts nothing by itself."""
    argv = [_pty.PYTHON, "-m", "flow_tui", "run", str(file), "--ui", "tui"]
    argv += ["--watch", "--watch-path", "src/**", "--on-busy", "manual"]
    state = {"FLOW_TUI_STATE": str(file.parent.parent / "state")}
    child, master = _pty.in_terminal(argv, state, file.parent)
    try:
        yield _Screen(child.pid, master)
    finally:
        _pty.killed(child, master)


def _noticed(file: Path, saves: int) -> list[float]:
    """Return after how many milliseconds saves are told of by the library alone."""
    stop, told, found = threading.Event(), threading.Event(), list[float]()

    def listen() -> None:
        source = watchfiles.watch(
            file.parent, step=_STEP, debounce=4 * _STEP, recursive=False, stop_event=stop, watch_filter=None
        )
        for batch in source:
            if any(name == str(file) for _, name in batch):
                told.set()

    listening = threading.Thread(target=listen, daemon=True)
    listening.start()
    time.sleep(0.5)
    for number in range(saves):
        time.sleep(_PAUSE)
        told.clear()
        _save(file, f"n{number:03}x")
        began = time.perf_counter()
        told.wait(10)
        found.append(1_000 * (time.perf_counter() - began))
    stop.set()
    listening.join()
    return found
