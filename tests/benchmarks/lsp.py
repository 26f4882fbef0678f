"""The language server: from a keystroke in a file of 2,000 lines to what is wrong with it, for an editor.

The floor is reading and checking the same text in a process of its own, without any server, in the same run.
"""

import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Any, cast

from flow_tui.authoring.document import Document
from flow_tui.cli.main import YOUNG_AND_OLD
from flow_tui.dsl.loader import project_of
from flow_tui.runtime import library

LINES = 2_000
_PART = """\
  // part {n}
  script build-{n} {{
    run     = "./build.sh {{{{target}}}} --part {n}"
    retries = 2
    timeout = "5m"
    env     = {{ LEVEL = "1"  NAME = part }}
  }}
  if build-{n}.failed {{
    call fix {{ on_fail = continue }}
  }}
"""
_TYPED = "  call fix { retries = 3 }\n"


def definition() -> str:
    """Return a definition of so many lines."""
    parts = LINES // _PART.count("\n")
    return "workflow big {\n  inputs { target }\n" + "".join(_PART.format(n=n) for n in range(parts)) + "}\n"


def project(root: Path, text: str) -> Path:
    """Return the file of a definition in a new project that has all it names."""
    for name, content in {
        "workflows/big.wf": text,
        "agents/fix.md": "Mend {{target}}.\n",
        "scripts/build.sh": "#!/bin/sh\n",
    }.items():
        path = root / ".flow" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
        path.chmod(0o755)
    return root / ".flow/workflows/big.wf"


class _Server:
    """The real program, and messages as they are on the wire."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "flow_tui", "lsp"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder, env={**os.environ}
        )
        self.notify("initialize", {"processId": None, "rootUri": None, "capabilities": {}}, id=1)
        self.told(lambda message: message.get("id") == 1)
        self.notify("initialized", {})

    def notify(self, method: str, params: Any, **more: Any) -> None:
        """Send a message."""
        body = json.dumps({"jsonrpc": "2.0", "method": method, "params": params, **more}).encode()
        stdin = cast("IO[bytes]", self._process.stdin)
        stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        stdin.flush()

    def told(self, fits: Any) -> Any:
        """Return the next message that fits."""
        stdout = cast("IO[bytes]", self._process.stdout)
        while True:
            size = 0
            while line := stdout.readline().strip():
                if line.lower().startswith(b"content-length:"):
                    size = int(line.split(b":")[1])
            message = json.loads(stdout.read(size))
            if fits(message):
                return message

    def wrong(self, version: int) -> None:
        """Wait for what is wrong with a version."""
        self.told(lambda message: message.get("params", {}).get("version") == version)

    def end(self) -> None:
        """Close its input and wait for it."""
        cast("IO[bytes]", self._process.stdin).close()
        self._process.wait()


def _keystrokes(file: Path, text: str, times: int) -> tuple[list[float], list[float]]:
    """Return how long each keystroke in the middle of the file took, and the same text without a server.

    One after the other, so that whatever else this machine does slows both.
    """
    server, around = _Server(file.parent), library.surroundings(project_of(file))
    uri = file.as_uri()
    opened = {"uri": uri, "languageId": "wf", "version": 1, "text": text}
    server.notify("textDocument/didOpen", {"textDocument": opened})
    server.wrong(1)
    line = text.count("\n") // 20 * 10 + 2
    rows = text.splitlines(keepends=True)
    before, after = "".join(rows[:line]), "".join(rows[line:])
    typed, bare = list[float](), list[float]()
    for number in range(times):
        at = {"line": line + number // len(_TYPED), "character": number % len(_TYPED)}
        change = {"range": {"start": at, "end": at}, "text": _TYPED[number % len(_TYPED)]}
        document = {"uri": uri, "version": number + 2}
        began = time.perf_counter()
        server.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})
        server.wrong(number + 2)
        typed.append(time.perf_counter() - began)
        whole = before + (_TYPED * (number // len(_TYPED) + 1))[: number + 1] + after
        began = time.perf_counter()
        _ = Document(str(file), whole, around).diagnostics
        bare.append(time.perf_counter() - began)
    server.end()
    return typed, bare


def _figures(taken: list[float]) -> dict[str, float]:
    ranked = sorted(taken)
    return {
        "p50_ms": round(1_000 * statistics.median(ranked), 1),
        "p95_ms": round(1_000 * ranked[int(len(ranked) * 0.95) - 1], 1),
    }


def measure(quick: bool = False) -> dict[str, Any]:
    """Return the figures; ``quick`` types 30 characters instead of 150."""
    times = 30 if quick else 150
    text = definition()
    gc.set_threshold(*YOUNG_AND_OLD)
    with tempfile.TemporaryDirectory() as folder:
        file = project(Path(folder), text)
        typed, bare = map(_figures, _keystrokes(file, text, times))
    return {
        "lines": text.count("\n"),
        "keystroke_to_problems": typed,
        "bare_parse_and_check": bare,
        "of_the_floor": {name: round(typed[name] / bare[name], 2) for name in typed},
    }
