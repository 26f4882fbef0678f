"""The parts of the command line, each for itself."""

import asyncio
import json
import logging
import os
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flow_tui import limits
from flow_tui.cli import inputs, out, program_log, ui
from flow_tui.cli.listing import last_result
from flow_tui.cli.main import VERBS, main
from flow_tui.cli.printers import PlainPrinter, escaped
from flow_tui.cli.stream import Stream
from flow_tui.cli.tails import Tail, last_lines
from flow_tui.clock import SystemClock
from flow_tui.errors import UsageError
from flow_tui.exit_codes import MEANINGS
from flow_tui.limits import KIB
from flow_tui.model import events as ev
from flow_tui.model.events import Recorded
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.status import RunStatus
from flow_tui.model.values import RunSummary
from flow_tui.process.workspace import FolderWorkspace
from tests.cli.program import Project


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Return the exit status and stdout of a verb that runs here."""
    code = main(arguments)
    return code, capsys.readouterr().out


# Help


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(capsys: pytest.CaptureFixture[str], verb: str) -> None:
    """Each has a sentence, an example and the options that all of them take."""
    code, text = said(capsys, verb, "--help")
    assert code == 0
    assert f"usage: flow-tui {verb}" in text
    assert f"example:\n  flow-tui {verb}" in text
    assert "--state DIR" in text


def test_the_help_of_the_program_lists_verbs_and_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    """What a script needs to know stands there."""
    code, text = said(capsys, "--help")
    assert code == 0
    assert [verb for verb in VERBS if f"\n  {verb} " not in text] == []
    assert [code for code, meaning in MEANINGS.items() if f"{code.value:>3}  {meaning}" not in text] == []


def test_options_of_all_verbs_may_stand_before_the_verb_and_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """``flow-tui --state X runs`` is ``flow-tui runs --state X``."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    for arguments in (
        ["--state", "file/deeper", "runs"],
        ["runs", "--state", "file/deeper"],
        ["-C", ".", "runs"],
    ):
        assert said(capsys, *arguments)[0] == 0


# Which way a run is shown


@pytest.mark.parametrize(
    ("stdin", "stdout", "env", "mode", "why"),
    [
        (True, True, {"TERM": "xterm"}, "tui", ""),
        (False, True, {"TERM": "xterm"}, "plain", "stdin is not a terminal"),
        (True, False, {"TERM": "xterm"}, "plain", "stdout is not a terminal"),
        (False, False, {"TERM": "xterm"}, "plain", "stdin and stdout are no terminal"),
        (True, True, {"TERM": "dumb"}, "plain", "TERM is dumb"),
        (True, True, {}, "plain", "TERM is not set"),
        (True, True, {"TERM": "xterm", "CI": "true"}, "plain", "CI is set"),
    ],
)
def test_the_dashboard_is_shown_where_it_can_be(
    stdin: bool,
    stdout: bool,
    env: dict[str, str],
    mode: str,
    why: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Where it is not, one line says why; who asks for it all the same is told that it cannot be."""
    monkeypatch.setattr(sys.stdin, "isatty", lambda: stdin)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: stdout)
    assert ui.chosen("auto", env) == mode
    assert capsys.readouterr().err == (f"flow-tui: plain output, because {why}\n" if why else "")
    assert ui.chosen("json", env) == "json"
    if why and "CI" not in env:
        with pytest.raises(UsageError, match=why):
            ui.chosen("tui", env)
        with pytest.raises(UsageError, match=why):
            ui.dashboard_only(env)
    else:
        assert ui.chosen("tui", env) == "tui"
        ui.dashboard_only(env)


def test_a_stream_that_is_closed_is_no_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """``<&-`` and ``>&-`` are no reason to fall over."""
    monkeypatch.setattr(sys, "stdin", None)
    monkeypatch.setattr(sys, "stdout", None)
    assert ui.chosen("auto", {"TERM": "xterm"}) == "plain"
    assert main(["runs", "--state", ":memory:"]) == 0
    assert "no runs" in capsys.readouterr().err


# Inputs


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("i.json", '{"a": 1, "b": true, "c": null, "d": "x", "e": {"f": [1.5]}}'),
        ("i.yaml", "a: 1\nb: true\nc:\nd: x\ne: {f: [1.5]}\n"),
        ("i.YML", "{a: 1, b: yes, c: ~, d: x, e: {f: [1.5]}}"),
    ],
)
def test_a_file_of_inputs_is_read_as_text(tmp_path: Path, name: str, text: str) -> None:
    """Whatever the format, the same values become the same texts."""
    (tmp_path / name).write_text(text)
    wanted = {"a": "1", "b": "true", "c": "", "d": "x", "e": '{"f": [1.5]}'}
    assert inputs.gathered([], str(tmp_path / name)) == wanted
    assert inputs.gathered(["a=2", "g="], str(tmp_path / name)) == {**wanted, "a": "2", "g": ""}


def test_toml_has_dates(tmp_path: Path) -> None:
    """What JSON has no word for becomes its usual text."""
    (tmp_path / "i.toml").write_text("a = 2026-01-02\nb = [2026-01-02]\n")
    assert inputs.gathered([], str(tmp_path / "i.toml")) == {"a": '"2026-01-02"', "b": '["2026-01-02"]'}


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("i.json", b"[1]", "does not hold names with values"),
        ("i.json", b"{", "is not JSON"),
        ("i.json", b"[" * 100_000, "is not JSON"),
        ("i.toml", b"a = ", "is not TOML"),
        ("i.yaml", b"a: [", "is not YAML"),
        ("i.yaml", b"\xff\xfe\xff", "not"),
        ("i.txt", b"", "cannot tell what"),
        ("i.json", b'{"a": "\\ud800"}', "half a character"),
        ("i.json", b'{"a": {"\\udfff": 1}}', "half a character"),
    ],
)
def test_a_file_that_holds_no_inputs_is_refused(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    """One sentence says what is wrong with it."""
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UsageError, match=words) as refused:
        inputs.gathered([], str(tmp_path / name))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("pair", ["v=\udcff", "\udcff=v", "v=a\ud800b"])
def test_bytes_that_are_no_text_are_no_input(pair: str) -> None:
    """They are refused, and never replaced in silence."""
    with pytest.raises(UsageError, match="not UTF-8"):
        inputs.gathered([pair], "")


# The log


def test_a_log_that_cannot_be_written_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """A full disk does not fill the terminal."""
    with suppress(OSError), Path("/dev/full").open("w", buffering=1) as full:
        program_log._Log(full).handle(logging.makeLogRecord({"msg": "lost"}))
    assert capfd.readouterr() == ("", "")


# Output while it is recorded


def test_a_tail_yields_whole_lines_as_they_come(tmp_path: Path) -> None:
    """Half a line waits for its other half; what is left at the end is told, too."""
    file = tmp_path / "1.log"
    tail = Tail(file)
    assert list(tail.lines()) == []
    file.write_bytes(b"one\ntwo \x1b[31mred\x1b[0m\x1b[2J\nthr")
    assert list(tail.lines()) == ["one", "two red␛[2J"]
    assert list(tail.lines()) == []
    with file.open("ab") as more:
        more.write(b"ee\nlast")
    assert list(tail.lines()) == ["three"]
    assert list(tail.rest()) == ["last"]
    assert list(tail.rest()) == []


def test_a_tail_never_holds_more_than_a_piece_of_a_line(tmp_path: Path) -> None:
    """A line without an end comes in pieces, and nothing of it is lost."""
    file = tmp_path / "1.log"
    file.write_bytes(b"x" * 300 * KIB)
    tail = Tail(file)
    pieces = [*tail.lines(), *tail.rest()]
    assert "".join(pieces) == "x" * 300 * KIB
    assert max(map(len, pieces)) == 64 * KIB


def test_the_last_lines_are_read_from_the_end(tmp_path: Path) -> None:
    """However long the output is; without any there are none."""
    key = (RunId("R"), StepPath("0"), 1)
    assert last_lines(tmp_path, key, 3) == ()
    file = FolderWorkspace(tmp_path).log_file(*key)
    file.parent.mkdir(parents=True)
    file.write_bytes(b"".join(b"line %d\n" % n for n in range(50_000)) + b"\n\n")
    assert last_lines(tmp_path, key, 2) == ("line 49998", "line 49999")
    assert last_lines(tmp_path, key, 0) == ()


def test_a_stream_waits_for_its_reader_without_holding_up_the_loop() -> None:
    """Far more than a pipe holds is written in order, and only as fast as it is read."""

    async def write_and_read() -> tuple[bool, bytes]:
        reader, writer = os.pipe()
        with os.fdopen(writer, "w") as opened:
            stream = Stream(opened)
            for number in range(100_000):
                stream.write(f"line {number} ␛\ud800")
            was_full = stream.is_full
            await stream.written(0.01)
            received = bytearray()
            while not received.endswith(b"line 99999 \xe2\x90\x9b\\ud800\n"):
                received += os.read(reader, 65_536)
                await asyncio.sleep(0)
            await stream.written()
            stream.close()
        os.close(reader)
        return was_full, bytes(received)

    was_full, received = asyncio.run(write_and_read())
    assert was_full
    assert received.splitlines() == [f"line {n} ␛\\ud800".encode() for n in range(100_000)]


def test_a_stream_that_nobody_reads_goes_nowhere(tmp_path: Path) -> None:
    """A closed pipe, a closed descriptor and none at all are the same: what is written is forgotten."""

    async def write() -> None:
        reader, writer = os.pipe()
        os.close(reader)
        with os.fdopen(writer, "w") as opened:
            for stream in (Stream(opened), Stream(None)):
                stream.write("lost")
                await stream.written()
                assert stream.is_deaf
                stream.write("lost, too")
                await stream.written()
        with (tmp_path / "file").open("w") as file:
            stream = Stream(file)
            stream.write("kept")
            await stream.written()

    asyncio.run(write())
    assert (tmp_path / "file").read_text() == "kept\n"


# Checking and listing


BROKEN = "workflow broken {\n  call\n}\n"
ODD = 'workflow odd { script s { run = "true" colour = red } }'


@pytest.fixture
def flows(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Return a project with a sound, an odd and a broken workflow, and be in it."""
    project.write(".flow/workflows/broken.wf", BROKEN)
    project.write(".flow/workflows/odd.wf", ODD)
    project.write(
        "loose.wf",
        'workflow loose { meta { title = "Loose" } inputs { who required } script s { run = "true" } }',
    )
    monkeypatch.chdir(project.folder)
    return project


def test_check_says_where_and_what(flows: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """Text for people, with the place and a caret; errors end in 2, warnings only when that is wanted."""
    code, text = said(capsys, "check")
    assert code == 2
    assert ".flow/workflows/broken.wf:2:7: error[P-AGENT]" in text
    assert "\n             ^\n" in text
    assert "W-UNKNOWN-KEY" in text
    assert said(capsys, "check", ".flow/workflows/odd.wf")[0] == 0
    assert said(capsys, "check", ".flow/workflows/odd.wf", "--strict")[0] == 2
    assert said(capsys, "check", "loose.wf", "--strict") == (0, "")


def test_check_as_json_has_its_stable_shape(flows: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """A count, and one object for each problem with exactly these names, lines and columns from 1."""
    code, text = said(capsys, "check", ".", "--format", "json")
    checked = json.loads(text)
    assert (code, checked["files"], len(checked["diagnostics"])) == (2, 3, 2)
    error, warning = sorted(checked["diagnostics"], key=lambda problem: problem["severity"])
    assert list(error) == [
        *("file", "line", "column", "end_line", "end_column"),
        *("severity", "code", "message", "hint"),
    ]
    assert (error["file"], error["line"], error["column"]) == (".flow/workflows/broken.wf", 2, 7)
    assert (error["severity"], error["code"]) == ("error", "P-AGENT")
    assert (warning["severity"], warning["code"]) == ("warning", "W-UNKNOWN-KEY")


def test_check_annotates_for_github(flows: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """One command a problem, and nothing in a message can become another command."""
    flows.write("a%,:\n.wf", 'workflow w { call "x\n::error::y" }')
    code, text = said(capsys, "check", "--format", "github", ".flow", "a%,:\n.wf")
    lines = text.splitlines()
    assert code == 2
    assert lines[0].startswith(
        "::error file=.flow/workflows/broken.wf,line=2,endLine=2,col=7,endColumn=7,title=P-AGENT::"
    )
    assert [line for line in lines if not line.startswith(("::error file=", "::warning file="))] == []
    assert "a%25%2C%3A%0A.wf" in lines[-1]


def test_a_path_that_is_not_there_is_an_error(flows: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt path does not pass for a sound file."""
    assert said(capsys, "check", "missing.wf")[0] == 2


def test_the_list_has_what_one_can_run(flows: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """Names of the project and files that lie here, broken ones marked; the JSON holds the inputs."""
    code, text = said(capsys, "list")
    assert code == 0
    assert [line.split()[0] for line in text.splitlines() if not line.startswith(" ")] == [
        "broken",
        "loose.wf",
        "odd",
    ]
    assert "1 error" in text
    assert "who (required)" in text
    listed = {entry["name"]: entry for entry in json.loads(said(capsys, "list", "--json")[1])}
    assert listed["loose.wf"]["title"] == "Loose"
    assert listed["loose.wf"]["inputs"] == [
        {"name": "who", "type": "string", "required": True, "default": None, "description": ""}
    ]
    assert (listed["broken"]["errors"], listed["odd"]["warnings"], listed["odd"]["last_run"]) == (1, 1, None)


def test_the_list_says_what_inputs_are_for_in_a_column(
    flows: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """However long their names are."""
    inputs = 'inputs { a required description = "x"\n longer default = "" description = "y" }'
    flows.write("two.wf", f'workflow two {{ {inputs} script s {{ run = "true" }} }}')
    lines = said(capsys, "list")[1].splitlines()
    assert "    a (required)  x" in lines
    assert "    longer        y" in lines


def test_the_list_says_why_a_workflow_is_broken_and_what_it_belongs_to(
    flows: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first error with its place, the group in brackets; nothing in a title can act."""
    flows.write(
        "a[b]\x1b.wf",
        'workflow a { meta { title = "[bold]\x1b[2Jx\u202e%::" group = "the \x1bgroup" } '
        'script s { run = "true" } }',
    )
    text = said(capsys, "list")[1]
    assert "\n    .flow/workflows/broken.wf:2:7: error[P-AGENT]: expected the name" in text
    assert "[bold]␛[2Jx\\u202e%::  [the ␛group]" in text
    assert [mark for mark in ("\x1b", "\u202e") if mark in text] == []
    listed = {entry["name"]: entry for entry in json.loads(said(capsys, "list", "--json")[1])}
    problem = listed["broken"]["first_error"]
    assert (problem["file"], problem["line"], problem["code"]) == (".flow/workflows/broken.wf", 2, "P-AGENT")
    assert (listed["odd"]["first_error"], listed["odd"]["group"]) == (None, "")
    assert listed["a[b]\x1b.wf"]["group"] == "the \x1bgroup"


def test_a_quiet_run_gives_signs_of_life(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """When nothing was said for a while, one line says what is at work; nothing of it after the end."""
    monkeypatch.setattr(limits, "QUIET", timedelta(seconds=0.05))

    async def tell() -> None:
        printer = PlainPrinter(tmp_path, is_kept=True)
        now = SystemClock().now()
        begun = [
            ev.RunStarted(workflow="w"),
            ev.StepStarted(path=StepPath("0"), name="build", kind="script"),
            ev.AttemptStarted(path=StepPath("0"), attempt=1),
        ]
        for number, event in enumerate(begun, start=1):
            printer.take(Recorded(seq=number, at=now, run_id=RunId("R"), event=event))
        while "build running" not in capfd_text():
            await asyncio.sleep(0.01)
        over = ev.RunFinished(outcome=RunStatus.COMPLETED)
        printer.take(Recorded(seq=4, at=now, run_id=RunId("R"), event=over))
        await printer.finish(None, None)

    seen: list[str] = []

    def capfd_text() -> str:
        seen.append(capfd.readouterr().out)
        return "".join(seen)

    asyncio.run(tell())
    capfd_text()
    assert "build  ▶ started" in "".join(seen)


def test_what_is_shown_as_json_cannot_steer_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither controls of one byte nor of two, nor text that runs the other way."""
    hostile = "\x1b[2J\x9b2J\u202e\x7fé"
    shown = out.as_json({"a": hostile})
    assert shown.isascii()
    assert shown.replace("\n", "").isprintable()
    assert json.loads(escaped(json.dumps({"a": hostile}, ensure_ascii=False))) == {"a": hostile}
    assert escaped(json.dumps({"a": hostile}, ensure_ascii=False)).isprintable()


def test_the_list_does_without_a_history_that_cannot_be_read(
    flows: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """What can be run is listed all the same, and why the last runs are missing is said."""
    flows.state.mkdir(mode=0o700)
    (flows.state / "runs.db").write_text("a diary, and a long one at that " * 100)
    code = main(["list", "--state", str(flows.state)])
    printed = capsys.readouterr()
    assert code == 0
    assert "odd" in printed.out
    assert "without the last runs" in printed.err


def test_a_database_that_is_just_being_made_holds_no_runs(
    flows: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever looks before the first run is recorded sees none, and no error."""
    flows.state.mkdir(mode=0o700)
    (flows.state / "runs.db").touch(0o600)
    assert main(["runs", "--state", str(flows.state)]) == 0
    assert capsys.readouterr() == ("", "no runs here yet\n")


_NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"status": RunStatus.COMPLETED, "ended_at": _NOON - timedelta(minutes=1)}, "completed 1m00s ago"),
        ({"status": RunStatus.RUNNING, "owner": "us", "last_heartbeat_at": _NOON}, "running for 1h00m"),
        (
            {"status": RunStatus.RUNNING, "last_heartbeat_at": _NOON - timedelta(minutes=5)},
            "interrupted 5m00s ago",
        ),
    ],
)
def test_a_workflow_says_how_long_ago_its_last_run_ended(facts: dict[str, object], said: str) -> None:
    """Not when it began; one that goes on says for how long, one whose program is gone since when."""
    run = RunSummary(
        run_id=RunId("R"),
        workflow="w",
        title="",
        root="/p",
        file="w.wf",
        started_at=_NOON - timedelta(hours=1),
        **facts,  # type: ignore[arg-type]  # some of its fields
    )
    assert last_result(run, _NOON) == said


def test_what_a_step_has_for_people_rings_where_they_watch(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Other notes are lines like all others; nobody hears a bell in a file."""

    async def tell() -> None:
        printer = PlainPrinter(tmp_path, is_kept=True)
        now = SystemClock().now()
        begun = [
            ev.RunStarted(workflow="w"),
            ev.StepStarted(path=StepPath("0"), name="tell", kind="call"),
            ev.StepNoted(path=StepPath("0"), text="by the way"),
            ev.StepNoted(path=StepPath("0"), text="it is done", rings=True),
        ]
        for number, event in enumerate(begun, start=1):
            printer.take(Recorded(seq=number, at=now, run_id=RunId("R"), event=event))
        await printer.finish(None, None)

    asyncio.run(tell())
    said = capfd.readouterr()
    assert ("it is done" in said.out, said.err) == (True, "")
    monkeypatch.setattr(out, "is_terminal", lambda _: True)
    asyncio.run(tell())
    assert capfd.readouterr().err == "\a"
