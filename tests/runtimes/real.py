"""Runs the real programs against a model on the loopback: ``python -m tests.runtimes.real NAME …`` captures.

A program is looked for on ``PATH``; it gets a home of its own, a key that is none, and the stub's address.
Captured streams go to ``tests/cases/runtimes``, without ids, times and paths that differ each time.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flow_tui.runtimes.program import Runtime, Slots
from flow_tui.runtimes.programs import RUNTIMES
from tests.runtimes.stub_server import READ, Plan, Stub

CASES = Path(__file__).parents[1] / "cases" / "runtimes"
PROMPT = f"What does {READ} say?\n"
MODELS = {
    "claude": "",
    "codex": "stub-model",
    "gemini": "gemini-2.5-pro",
    "opencode": "stub/stub-model",
    "llm": "stub",
}
"""What each is told to take; the settings below know them."""
DENIED = {
    "Write": {"file_path": "{cwd}/new.txt", "content": "milk"},
    "write": {"filePath": "/etc/new.txt", "content": "milk"},
}
PLANS = {
    "text": Plan(),
    "tool": Plan(calls=1),
    "turns": Plan(calls=50),
    "denied": Plan(calls=1, tools=DENIED),
    "401": Plan(status=401),
    "429": Plan(status=429),
    "500": Plan(status=500),
}
CAPTURED = {
    "claude": ("text", "tool", "turns", "denied", "401", "429", "500"),
    "codex": ("text", "tool", "401", "429", "500"),
    "gemini": ("text", "tool", "turns", "401", "429", "500"),
    "opencode": ("text", "tool", "denied", "401"),  # it tries again without end after the others
    "llm": ("text",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a program did."""

    code: int
    output: bytes
    errors: str
    asked: list[dict[str, Any]]
    """The body of each request to the model."""


def run(runtime: Runtime, plan: Plan, home: Path, *, max_turns: str = "", timeout: float = 60) -> Said:
    """Return what a program does when the model does as planned."""
    work = home / "work"
    work.mkdir(parents=True)
    (work / READ).write_text("buy milk\n", "utf-8")
    subprocess.run(("git", "init", "--quiet", str(work)), check=True)  # codex works in repositories only
    with Stub(replace(plan, cwd=str(work))) as stub:
        done = subprocess.run(
            runtime.argv(Slots(model=MODELS[runtime.name], max_turns=max_turns, cwd=str(work))),
            input=PROMPT.encode(),
            capture_output=True,
            check=False,
            cwd=work,
            env={**environment(runtime.name, stub.url, home), **runtime.env},
            timeout=timeout,
        )
        asked = [body for _, body in stub.requests]
    errors = done.stderr.decode("utf-8", "replace")
    return Said(code=done.returncode, output=done.stdout, errors=errors, asked=asked)


def path() -> str:
    """Return where programs are looked for: beside Python first."""
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def environment(name: str, url: str, home: Path) -> dict[str, str]:
    """Return the environment in which a program talks to the stub, and write its settings into ``home``."""
    base = {"PATH": path(), "HOME": str(home), "LANG": "C.UTF-8", "TERM": "dumb"}
    match name:
        case "claude":
            own = {
                "ANTHROPIC_BASE_URL": url,
                "ANTHROPIC_API_KEY": "none",
                "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
                "CLAUDE_CODE_MAX_RETRIES": "1",
            }
        case "codex":
            _write(home / ".codex/config.toml", _CODEX.format(url=url))
            own = {"STUB_KEY": "none"}
        case "gemini":
            _write(home / ".gemini/settings.json", json.dumps(_GEMINI))
            own = {
                "GOOGLE_GEMINI_BASE_URL": url,
                "GEMINI_API_KEY": "none",
                "GEMINI_CLI_TRUST_WORKSPACE": "true",
            }
        case "opencode":
            _write(home / ".config/opencode/opencode.json", json.dumps(_opencode(url)))
            own = {"OPENCODE_DISABLE_MODELS_FETCH": "1", "OPENCODE_DISABLE_AUTOUPDATE": "1"}
        case _:
            model = {
                "model_id": "stub",
                "model_name": "stub-model",
                "api_base": f"{url}/v1",
                "api_key_name": "stub",
            }
            _write(home / "llm/extra-openai-models.yaml", json.dumps([model]))
            _write(home / "llm/keys.json", '{"stub": "none"}')
            own = {"LLM_USER_PATH": str(home / "llm")}
    return {**base, **own}


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")


_CODEX = """\
model_provider = "stub"
[model_providers.stub]
name = "stub"
base_url = "{url}/v1"
wire_api = "responses"
env_key = "STUB_KEY"
request_max_retries = 1
stream_max_retries = 1
"""
_GEMINI = {
    "general": {"maxAttempts": 1, "disableAutoUpdate": True, "enableAutoUpdate": False},
    "privacy": {"usageStatisticsEnabled": False},
    "security": {"auth": {"selectedType": "gemini-api-key"}},
    "model": {"maxSessionTurns": 2},
}


def _opencode(url: str) -> dict[str, object]:
    model = {
        "name": "Stub",
        "cost": {"input": 1, "output": 2},
        "limit": {"context": 100_000, "output": 8_000},
    }
    stub = {
        "npm": "@ai-sdk/openai-compatible",
        "name": "Stub",
        "options": {"baseURL": f"{url}/v1", "apiKey": "none"},
        "models": {"stub-model": model},
    }
    return {
        "autoupdate": False,
        "share": "disabled",
        "small_model": "stub/stub-model",
        "provider": {"stub": stub},
    }


_DIFFERS = (
    (rb"127\.0\.0\.1:\d+", b"127.0.0.1:1"),
    (rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*Z", b"2026-01-01T00:00:00.000Z"),
    (rb"\b[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT", b"Thu, 01 Jan 2026 00:00:00 GMT"),
    (rb"\b1[6-9]\d{11}\b", b"1767225600000"),
    (rb'("retry_delay_ms":\d+)\.\d+', rb"\1"),
)
_IDS = re.compile(rb"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b(?:ses|prt|msg)_[0-9A-Za-z]{20,}\b")


def scrubbed(output: bytes, home: Path) -> bytes:
    """Return what a program printed without what differs each time; ids stay as different as they were."""
    output = output.replace(str(home / "work").encode(), b"/project").replace(str(home).encode(), b"/user")
    for pattern, same in _DIFFERS:
        output = re.sub(pattern, same, output)
    seen: dict[bytes, bytes] = {}

    def numbered(found: re.Match[bytes]) -> bytes:
        kind = found[0][:4] if found[0][3:4] == b"_" else b""
        return seen.setdefault(found[0], kind + b"id%d" % len(seen))

    return _IDS.sub(numbered, output)


def main() -> None:
    """Capture what the programs do that were named."""
    for runtime in (each for each in RUNTIMES if each.name in sys.argv[1:]):
        for case in CAPTURED[runtime.name]:
            with tempfile.TemporaryDirectory(dir=Path.home()) as folder:
                said = run(runtime, PLANS[case], Path(folder), max_turns="2" if case == "turns" else "")
                sys.stdout.write(f"{runtime.name} {case}: exit {said.code} {said.errors[-200:]!r}\n")
                target = CASES / runtime.name / f"{case}.jsonl"
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(scrubbed(said.output, Path(folder)))


if __name__ == "__main__":
    main()
