"""Runs without a screen: what is said, where, and in which order."""

import json
import os
import re
import select
import signal
import subprocess
import sys

import pytest

from flow_tui.model import events as ev
from flow_tui.model.codec import read_lines
from tests.ci.compare_fold import differences
from tests.cli.program import Project, ended, line_with, until

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(60)]

MIXED = """
workflow mixed {
  inputs { who default = "you" }
  script greet { run = "printf 'hello %s\\\\n\\\\033[31mred\\\\033[0m\\\\n' {{who}}" }
  script shaky {
    run     = "test $FLOW_ATTEMPT -ge 2"
    retries = 1
  }
  script wide { run = "printf '%0500d' 7" }
  script fails { run = "seq 100; echo broken >&2; exit 3"  on_fail = continue }
  if greet.never { script never { run = "true" } }
  script stops { run = "seq 30; exit 4" }
  script later { run = "true" }
}
"""
LINE = re.compile(r"\d\d:\d\d:\d\d \S+  .+")


def test_folding_what_json_prints_gives_what_show_prints(project: Project) -> None:
    """Stdout holds one event a line and nothing else; folded, they say all that ``show --json`` says."""
    project.write("mixed.wf", MIXED)
    said = project.run("run", "mixed.wf", "-i", "who=nina", "--ui", "json", "--transient")
    recorded = list(read_lines(said.out.splitlines()))
    assert said.code == 1
    assert [one.seq for one in recorded if not one.is_transient] == list(range(1, recorded[-1].seq + 1))
    assert isinstance(recorded[-1].event, ev.RunFinished)
    shown = project.run("show", "--json")
    assert differences(said.out, shown.out) == []
    stored = project.run("show", "last", "--events").out
    assert differences(stored, shown.out) == []
    assert stored.splitlines() == [line for line in said.out.splitlines() if '"transient":true' not in line]
    steps = {step["name"]: step for step in json.loads(shown.out)["steps"]}
    assert [(name, step["status"]) for name, step in steps.items()] == [
        ("greet", "completed"),
        ("shaky", "completed"),
        ("wide", "completed"),
        ("fails", "skipped"),
        ("never", "skipped"),
        ("stops", "failed"),
        ("later", "pending"),
    ]
    assert [attempt["status"] for attempt in steps["shaky"]["attempts"]] == ["failed", "completed"]


def test_a_difference_is_found() -> None:
    """The comparison above can fail."""
    line = (
        '{"seq":1,"at":"2026-01-02T00:00:00Z","run_id":"R","event":{"type":"run_started","workflow":"w"}}\n'
    )
    other = '{"run": {"run_id": "R", "workflow": "x"}, "steps": []}'
    assert ".run.workflow: folded 'w', shown 'x'" in differences(line, other)
    assert differences(line, '{"run": {"run_id": "Q"}}') == ["there is no event of run Q"]


def test_plain_output_has_a_line_for_everything_and_cuts_none(project: Project) -> None:
    """Each line says when and who; output comes after its step's name, harmless; the summary comes last."""
    project.write("mixed.wf", MIXED)
    said = project.run("run", "mixed.wf")
    assert (said.code, said.is_clean()) == (1, True)
    assert "plain output, because stdin and stdout are no terminal" in said.err
    lines = said.out.splitlines()
    end = next(index for index, line in enumerate(lines) if line.startswith("✗ mixed"))
    assert [line for line in lines[:end] if not LINE.fullmatch(line)] == []
    told = [line[9:] for line in lines[:end]]
    assert "greet  │ hello you" in told
    assert "greet  │ red" in told
    assert f"wide  │ {7:0500d}" in told
    assert told.index("shaky  ↻ attempt 2 of 2") > told.index("greet  │ red")
    assert "fails  │ broken" in told
    assert [line for line in told if re.fullmatch(r"fails  │ \d+", line)] == [
        f"fails  │ {number}" for number in range(1, 101)
    ]
    summary = lines[end:]
    assert len(summary) <= 40
    assert [line.strip() for line in summary[2:22]] == [str(number) for number in range(11, 31)]
    assert summary[-2].startswith(f"  output: {project.state}/runs/")
    assert summary[-1].startswith("  go on:  flow-tui resume ")


def test_quiet_speaks_only_of_failures(project: Project) -> None:
    """A run that completes says nothing; one that fails says how, on stderr."""
    project.write("fine.wf", 'workflow fine { script s { run = "echo loud" } }')
    project.write("bad.wf", 'workflow bad { script s { run = "echo why; exit 1" } }')
    fine, bad = (project.run("run", f"{name}.wf", "--ui", "quiet") for name in ("fine", "bad"))
    assert (fine.code, fine.out, fine.err) == (0, "", "")
    assert (bad.code, bad.out) == (1, "")
    assert "why" in bad.err


def test_inputs_come_from_a_file_and_from_the_command_line(project: Project) -> None:
    """What is given by name wins; everything becomes text."""
    project.write(
        "w.wf",
        'workflow w { inputs { a default = "" b default = "" c default = "" } '
        'script s { run = "echo {{a}}-{{b}}-{{c}}" } }',
    )
    project.write("inputs.yaml", "a: true\nb: [1, 2]\nc: file\n")
    said = project.run("run", "w.wf", "--inputs", "inputs.yaml", "-i", "c=line=1")
    assert "true-[1, 2]-line=1" in said.out


def test_a_pretended_run_starts_no_process(project: Project) -> None:
    """``--mock`` and ``--dry-run`` complete without touching anything."""
    project.write("w.wf", 'workflow w { script s { run = "touch made" } gate human_approval { } }')
    for how in ("--mock", "--dry-run"):
        assert project.run("run", "w.wf", how).code == 0
    assert not (project.folder / "made").exists()


def test_nothing_is_kept_in_memory_only(project: Project) -> None:
    """``--state :memory:`` runs, and leaves neither a history nor a folder."""
    project.write("w.wf", 'workflow w { script s { run = "echo hello" } }')
    said = project.run("run", "w.wf", "--state", ":memory:")
    assert said.code == 0
    assert "hello" in said.out
    assert "resume" not in said.out
    assert not project.state.exists()


def test_a_run_goes_on_when_nobody_reads_of_it(project: Project) -> None:
    """Whoever closes the pipe loses the words, not the work."""
    project.write(
        "w.wf", 'workflow w { script one { run = "seq 100000" } script two { run = "touch done" } }'
    )
    with project.start("run", "w.wf") as process:
        line_with(process, "one  │ 1")
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(30) == 0
    assert (project.folder / "done").exists()
    assert project.shown()["run"]["status"] == "completed"


def test_a_reader_who_falls_asleep_stops_nobody(project: Project) -> None:
    """A full pipe holds up neither the steps nor their time limits."""
    project.write(
        "w.wf",
        'workflow w { script loud { run = "seq 60000" } script two { run = "touch done; echo last words" } }',
    )
    process = project.start("run", "w.wf")
    until((project.folder / "done").exists)
    said = ended(process)
    assert said.code == 0
    assert said.out.count("loud  │") == 60_000
    assert "two  │ last words" in said.out


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_watch_that_is_ended_between_runs_says_by_what(
    project: Project, number: signal.Signals, code: int
) -> None:
    """Ctrl-C is how a person ends it: what the last run came to counts. Everything else is a signal."""
    project.write("w.wf", 'workflow w { script s { run = "true" } }')
    process = project.start("run", "w.wf", "--watch", "--settle", "10")
    line_with(process, "watching for changes")
    assert ended(process, number).code == code


def test_a_change_of_a_file_starts_another_run(project: Project) -> None:
    """``--watch`` goes on until it is ended; a broken definition is told of and not run."""
    project.write("w.wf", 'workflow w { script s { run = "echo first" } }')
    process = project.start("run", "w.wf", "--watch", "--settle", "10")
    line_with(process, "watching for changes")
    project.write("w.wf", "workflow w {")
    line_with(process, "error[")
    project.write("w.wf", 'workflow w { script s { run = "echo second" } }')
    line_with(process, "s  │ second")
    line_with(process, "watching for changes")
    said = ended(process, signal.SIGINT)
    assert (said.code, said.out.count("completed after")) == (0, 0)
    assert json.loads(project.run("runs", "--json").out)[1]["workflow"] == "w"


def test_data_of_a_verb_may_be_read_in_part(project: Project) -> None:
    """``flow-tui … | head -1`` ends quietly."""
    with project.start("run", "--help") as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""
        assert process.wait(15) == 0


def test_a_new_project_is_sound_and_runs_at_once(project: Project) -> None:
    """``init`` makes what ``check`` finds nothing wrong with and ``run`` completes; twice it does nothing."""
    new = project.folder.parent / "new"
    made = project.run("init", str(new))
    assert made.code == 0
    assert os.access(new / ".flow" / "actions" / "largest", os.X_OK)
    checked = project.run("-C", str(new), "check", "--strict")
    assert (checked.code, checked.out) == (0, "")
    assert project.run("-C", str(new), "fmt", "--check").code == 0
    ran = project.run("-C", str(new), "run", "hello", "-i", "who=nina", env={"PATH": os.defpath})
    assert ran.code == 0, ran
    assert "greet  │ Hello, nina!" in ran.out
    pretended = project.run("-C", str(new), "run", "hello", "-i", "agent=true", "--mock")
    assert pretended.code == 0, pretended
    assert "todo  ✓" in pretended.out
    asked = project.run("-C", str(new), "run", "hello", "-i", "agent=true", env={"PATH": os.defpath})
    assert asked.code == 1
    assert "no program for agents is on PATH: looked for claude" in asked.out
    (new / ".flow" / "workflows" / "hello.wf").write_text("mine")
    again = project.run("init", str(new))
    assert (again.code, again.out) == (2, "")
    assert "hello.wf and 5 more of its files are there already" in again.err
    assert (new / ".flow" / "workflows" / "hello.wf").read_text() == "mine"


def test_stdin_is_nobodys(project: Project) -> None:
    """Steps cannot wait for words that will not come."""
    project.write("w.wf", 'workflow w { script s { run = "cat; echo done" } }')
    reader, writer = os.pipe()
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "flow_tui", "run", "w.wf"],
            cwd=project.folder,
            env=project.environment(),
            stdin=reader,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert "done" in process.communicate(timeout=30)[0]
        assert select.select([reader], [], [], 0)[0] == []
    finally:
        os.close(reader)
        os.close(writer)


def test_steps_run_in_the_folder_that_was_named(project: Project) -> None:
    """With -C that is where steps run; otherwise it is the project's root."""
    inner = project.folder / "inner"
    inner.mkdir()
    project.write("where.wf", 'workflow where { script s { run = "pwd -P > here" } }')
    assert project.run("run", "where.wf", "--ui", "quiet").code == 0
    assert (project.folder / "here").read_text().strip() == str(project.folder.resolve())
    assert project.run("-C", "inner", "run", "../where.wf", "--ui", "quiet").code == 0
    assert (inner / "here").exists()
