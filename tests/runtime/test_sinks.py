"""Sinks that settings name: behind everything else."""

import asyncio
import json
import logging
import re
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flow_tui import limits
from flow_tui.errors import UsageError
from flow_tui.model import events as ev
from flow_tui.model.ids import RunId, StepPath
from flow_tui.runtime import config
from flow_tui.runtime.sinks import Behind, JsonLines
from tests.cli.program import Project


def recorded(seq: int, event: ev.Event | None = None) -> ev.Recorded:
    """Return an event of a run."""
    noted = event or ev.StepNoted(path=StepPath("0"), text=str(seq))
    return ev.Recorded(seq=seq, at=datetime(2026, 1, 2, tzinfo=UTC), run_id=RunId("R"), event=noted)


class Slow:
    """A sink that takes nothing until it may."""

    def __init__(self) -> None:
        self.may = threading.Event()
        self.taken: list[int] = []
        self.closed = False

    def __call__(self, one: ev.Recorded) -> None:
        """Take one."""
        self.may.wait(20)
        self.taken.append(one.seq)

    def close(self) -> None:
        """Remember that it is over."""
        self.closed = True


@pytest.mark.real_time
def test_events_arrive_in_order_and_nobody_waits_for_them(caplog: pytest.LogCaptureFixture) -> None:
    """However slow the sink; what is too much is dropped and told, what is not stored is not told."""
    caplog.set_level(logging.WARNING)
    slow = Slow()

    async def tell(most: pytest.MonkeyPatch) -> None:
        most.setattr(limits, "SINK_EVENTS", 10)
        behind = Behind("slow", slow)
        behind.take(recorded(1))
        while behind._waiting:
            await asyncio.sleep(0)
        for seq in range(2, 15):
            behind.take(recorded(seq))
        behind.take(recorded(99, ev.Heartbeat(path=StepPath("0"), attempt=1)))
        slow.may.set()
        await behind.close()

    with pytest.MonkeyPatch.context() as most:
        asyncio.run(tell(most))
    assert slow.taken == list(range(1, 12))
    assert slow.closed
    assert "sink slow was too slow: 3 events were dropped" in caplog.text


@pytest.mark.real_time
def test_a_sink_that_hangs_holds_the_end_up_only_for_a_while(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then it is left behind."""
    monkeypatch.setattr(limits, "SINK_PATIENCE", timedelta(milliseconds=50))
    slow = Slow()

    async def tell() -> None:
        behind = Behind("slow", slow)
        behind.take(recorded(1))
        await behind.close()
        slow.may.set()

    asyncio.run(tell())
    assert "sink slow failed: it did not take everything in 0.05 s" in caplog.text


@pytest.mark.real_time
def test_a_sink_that_fails_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    """And harms nobody."""

    def fails(one: ev.Recorded) -> None:
        message = f"no {one.seq}"
        raise ValueError(message)

    async def tell() -> None:
        behind = Behind("broken", fails)
        for seq in (1, 2):
            behind.take(recorded(seq))
        await behind.close()

    asyncio.run(tell())
    assert caplog.text.count("sink broken failed") == 1
    assert "ValueError: no 1" in caplog.text


@pytest.mark.parametrize(
    ("target", "options", "why"),
    [
        ("", {}, "it takes the name of a file as its target, and no options"),
        ("x", {"a": "b"}, "it takes the name of a file as its target, and no options"),
        ("missing/x", {}, "it cannot write missing/x: No such file or directory"),
        (".", {}, "it cannot write .: Is a directory"),
    ],
)
def test_a_file_that_cannot_be_written_is_refused(
    target: str, options: dict[str, str], why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything begins."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=f"^{re.escape(why)}$"):
        JsonLines(target, options)


@pytest.mark.real_time
def test_the_file_holds_what_json_prints(project: Project, tmp_path: Path) -> None:
    """Set in the user's file or by a variable, which wins; of several runs one after the other."""
    file, other = tmp_path / "events.jsonl", tmp_path / "other.jsonl"
    settings = tmp_path / "config.toml"
    settings.write_text(f'[[sinks]]\ntype = "jsonl"\ntarget = "{file}"\n')
    project.env["FLOW_TUI_CONFIG"] = str(settings)
    project.write("w.wf", 'workflow w { script s { run = "echo x" } }')
    first = project.run("run", "w.wf", "--ui", "json")
    assert file.read_text() == first.out
    assert file.stat().st_mode & 0o777 == 0o600
    second = project.run("run", "w.wf", "--ui", "json")
    assert file.read_text() == first.out + second.out
    project.run("run", "w.wf", "--ui", "quiet", env={"FLOW_TUI_SINKS": f"jsonl={other}"})
    assert file.read_text() == first.out + second.out
    assert json.loads(other.read_text().splitlines()[0])["event"]["type"] == "run_started"
    refused = project.run("run", "w.wf", env={"FLOW_TUI_SINKS": "jsonl=/nowhere/at/all"})
    assert refused.code == 0
    assert "flow-tui: sink 'jsonl' is not used: it cannot write /nowhere/at/all" in refused.err
    told = json.loads(project.run("config", "--json").out)["sinks"]
    assert told["value"][0]["target"] == str(file)
    assert told["source"] == f"{settings}:1"
    said = project.run("config", "--json", env={"FLOW_TUI_SINKS": "otel"})
    named = json.loads(said.out)["sinks"]
    assert (named["value"][0]["type"], named["source"]) == ("otel", "FLOW_TUI_SINKS")


def test_sinks_are_named_by_a_variable_or_in_the_file(tmp_path: Path) -> None:
    """The variable wins, also when it names none."""
    file = tmp_path / "config.toml"
    file.write_text('[[sinks]]\ntype = "otel"\n[[sinks]]\ntype = "mine"\noptions = { level = "1" }\n')
    env = {"FLOW_TUI_CONFIG": str(file)}
    assert [(each.type, each.target, each.options) for each in config.sinks(env)] == [
        ("otel", "", {}),
        ("mine", "", {"level": "1"}),
    ]
    named = config.sinks(env | {"FLOW_TUI_SINKS": "otel=http://localhost:4318/v1/traces?a=b jsonl=/x"})
    assert [(each.type, each.target) for each in named] == [
        ("otel", "http://localhost:4318/v1/traces?a=b"),
        ("jsonl", "/x"),
    ]
    assert config.sinks(env | {"FLOW_TUI_SINKS": ""}) == ()
