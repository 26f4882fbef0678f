"""The sample workflows: each runs to its stated end, on real input."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from flow_tui.dsl.parser import parse
from flow_tui.exit_codes import ExitCode
from flow_tui.model import events as ev
from flow_tui.model.status import RunStatus, StepStatus
from tests.cli_program import ROOT, Program

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(90)]

SAMPLES = ROOT / "sample_workflows"
NAMES = sorted(file.name for file in SAMPLES.glob("*.wf"))


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Return the program with a state of its own, in the checkout."""
    return Program(tmp_path / "state")


def git(folder: Path, *arguments: str) -> str:
    """Return what git prints, whoever runs the tests and however they have set it up."""
    somebody = {f"GIT_{who}_{what}": "nina" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return subprocess.run(
        ["git", "-c", "init.defaultBranch=main", *arguments],
        cwd=folder,
        env={**os.environ, **somebody, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


SUBJECTS = (
    "Add a parser for dates",
    "Fix the crash on an empty file",
    "fix(cli)!: refuse unknown options",
    "feat: colours",
    "docs: explain colours",
    "Rename the main module",
    "Drop support for old files",
)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a copy of the samples in a repository with a tag and some commits after it."""
    folder = tmp_path / "repository"
    shutil.copytree(SAMPLES, folder / "samples", ignore=shutil.ignore_patterns("build"))
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "Begin")
    git(folder, "tag", "v1.0")
    for subject in SUBJECTS:
        git(folder, "commit", "-q", "--allow-empty", "-m", subject)
    return folder


def test_every_sample_is_found() -> None:
    """All samples are there; the tests below would pass for none."""
    assert NAMES == ["changelog.wf", "checks.wf", "hello.wf", "release.wf", "survey.wf", "triage.wf"]


def test_samples_are_checked_without_a_finding(program: Program) -> None:
    """The checker has not even a warning for them."""
    checked = program("check", "--strict", "--format", "json", "sample_workflows")
    called = list((SAMPLES / ".flow" / "workflows").glob("*.wf"))
    assert json.loads(checked.out) == {"files": len(NAMES) + len(called), "diagnostics": []}
    assert checked.code == ExitCode.COMPLETED


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_plays_through_without_a_process(program: Program, name: str) -> None:
    """With ``--mock`` every sample completes, and nothing is started."""
    ran = program("run", f"sample_workflows/{name}", "--ui", "json", "--mock")
    assert (ran.code, ran.state.status) == (ExitCode.COMPLETED, RunStatus.COMPLETED)
    assert not any(isinstance(recorded.event, ev.ProcessStarted) for recorded in ran.events)


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_says_what_it_does(name: str) -> None:
    """A stranger finds at the top what it is, how to run it and what to look at."""
    head = (SAMPLES / name).read_text(encoding="utf-8").partition("\nworkflow ")[0]
    assert f"flow-tui run sample_workflows/{name}" in head
    assert "hat to look at" in head


# hello.wf


def test_hello_ends_by_itself(program: Program, tmp_path: Path) -> None:
    """It counts what is there, retries what failed, asks, and goes on without an answer."""
    for name in ("a.py", "b.py", "c.txt", "sub/d.py", "sub/e.md", ".hidden/f.py"):
        (tmp_path / "look" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "look" / name).write_text("x" * 100)
    ran = program("run", "sample_workflows/hello.wf", "--ui", "json", "-i", f"folder={tmp_path / 'look'}")
    assert (ran.code, ran.state.status) == (ExitCode.COMPLETED, RunStatus.COMPLETED)
    assert ran.step("count-files").output.context == "5 files, 500 B, 3 kinds"
    assert (ran.step("disk-space").attempt, ran.step("disk-space").status) == (2, StepStatus.COMPLETED)
    told = [step.output.context for step in ran.state.steps.values() if step.name == "next-kind"]
    assert told == [".py: 3 files, 300 B", ".txt: 1 file, 100 B", ".md: 1 file, 100 B"]
    assert ran.step("human_approval").status is StepStatus.TIMED_OUT
    assert "5 files, 500 B" in ran.step("human_approval").gate.prompt
    assert "goodbye        the run has completed" in ran.step("goodbye").output.context
    assert "last-commit" not in {step.name for step in ran.state.steps.values()}


def test_hello_is_quick_when_asked(program: Program) -> None:
    """``quick=true`` leaves out the question; the checkout has a history to show."""
    ran = program("run", "sample_workflows/hello.wf", "--ui", "json", "-i", "quick=true")
    assert ran.code == ExitCode.COMPLETED
    names = {step.name for step in ran.state.steps.values()}
    assert "last-commit" in names
    assert "human_approval" not in names


# checks.wf


def small(**changed: str) -> list[str]:
    """Return a selection that is checked in a moment."""
    chosen = {
        "lint": "flow_tui/clock.py",
        "types": "flow_tui/diagnostics.py",
        "tests": "tests/test_samples.py::test_every_sample_is_found",
        **changed,
    }
    return [part for name, value in chosen.items() for part in ("-i", f"{name}={value}")]


def test_checks_pass_and_are_summed_up(program: Program) -> None:
    """Ruff, mypy and pytest look at this repository; the flaky check takes two attempts."""
    ran = program("run", "sample_workflows/checks.wf", "--ui", "json", *small())
    assert ran.code == ExitCode.COMPLETED, ran.out
    assert [ran.step(name).attempt for name in ("lint", "types", "tests", "links")] == [1, 1, 1, 2]
    assert "1 passed" in ran.step("tests").output.context
    summary = ran.step("summary").output
    assert summary.context.endswith("4 of 4 checks passed")
    assert set(summary.markers) == {"lint-passed", "types-passed", "tests-passed", "links-passed"}


def test_a_finding_fails_the_run_but_no_other_check(program: Program) -> None:
    """The other checks end their work, and the summary says which one has not passed."""
    chosen = small(lint="no_such_file.py", flake="false")
    ran = program("run", "sample_workflows/checks.wf", "--ui", "json", *chosen)
    assert ran.code == ExitCode.FAILED
    assert ran.step("lint").status is StepStatus.FAILED
    assert "✗ lint     did not pass" in ran.step("summary").output.context
    assert "3 of 4 checks passed" in ran.step("summary").output.context
    assert ran.step("links").attempt == 1


WAITING = """
import pathlib, time

def test_that_waits():
    while not pathlib.Path(__file__).with_name("go").exists():
        time.sleep(0.05)
"""


def test_checks_that_have_passed_do_not_run_again_after_a_crash(program: Program, tmp_path: Path) -> None:
    """Killed in the middle and resumed, the run completes with what was left of it."""
    waiting = tmp_path / "test_waiting.py"
    waiting.write_text(WAITING)
    chosen = small(tests=str(waiting))
    with program.start("run", "sample_workflows/checks.wf", "--ui", "json", *chosen) as running:
        done = running.until(ev.StepFinished).event
        running.kill()
    (tmp_path / "go").touch()
    resumed = program("resume", "last", "--ui", "json")
    assert resumed.code == ExitCode.COMPLETED, resumed.out
    begun = {recorded.event.name for recorded in resumed.events if isinstance(recorded.event, ev.StepStarted)}
    again = {recorded.event.path for recorded in resumed.events if isinstance(recorded.event, ev.StepStarted)}
    assert done.outcome is StepStatus.COMPLETED
    assert done.path not in again
    assert {"tests", "summary"} <= begun


def test_what_checks_run_unless_told_otherwise_is_there() -> None:
    """Moving a test breaks the sample, so it is noticed here."""
    parsed = parse((SAMPLES / "checks.wf").read_text(encoding="utf-8"), "checks.wf")
    chosen = {each.name: each.default for each in parsed.workflow.inputs}
    named = [name for inputs in ("lint", "types", "tests") for name in chosen[inputs].split()]
    assert len(named) > 3
    assert [name for name in named if not (ROOT / name).exists()] == []


# changelog.wf

DRAFT = """\
# Release notes

*7 commits, since v1.0*

## Breaking

- cli: refuse unknown options

## Added

- colours
- Add a parser for dates

## Fixed

- Fix the crash on an empty file

## Removed

- Drop support for old files

## Documentation

- explain colours

## Changed

- Rename the main module
"""

REVISED = """\
# Spring

> Thanks to everybody.

*7 commits, since v1.0*

## Breaking

- cli: refuse unknown options

## Added

- Add a parser for dates

## Fixed

- Fix the crash on an empty file

## Removed

- Drop support for old files

## Changed

- Rename the main module
"""


def test_feedback_from_another_terminal_changes_the_release_notes(repository: Path, tmp_path: Path) -> None:
    """The draft groups the commits since the tag; the answer renames it, drops lines and adds a note."""
    program = Program(tmp_path / "state", repository)
    notes = repository / "samples" / "build" / "changelog.md"
    with program.start("run", "samples/changelog.wf", "--ui", "json") as running:
        opened = running.until(ev.GateOpened)
        assert "7 commits in 6 groups, since v1.0" in opened.event.prompt
        assert notes.read_text(encoding="utf-8") == DRAFT
        approved = program(
            "approve", opened.run_id, "--feedback", "title: Spring; drop: COLOURS\nThanks to everybody."
        )
        assert approved.code == ExitCode.COMPLETED, approved.err
        ran = running.end()
    assert ran.code == ExitCode.COMPLETED
    assert notes.read_text(encoding="utf-8") == REVISED
    assert "+# Spring" in ran.step("compare").output.context


def test_rejected_release_notes_fail_the_run(repository: Path, tmp_path: Path) -> None:
    """A no at the gate ends the run with the gate's exit status; the draft stays."""
    program = Program(tmp_path / "state", repository)
    out = tmp_path / "notes.md"
    with program.start("run", "samples/changelog.wf", "--ui", "json", "-i", f"out={out}") as running:
        run_id = running.until(ev.GateOpened).run_id
        assert program("reject", run_id, "--feedback", "not on a Friday").code == ExitCode.COMPLETED
        ran = running.end()
    assert ran.code == ExitCode.GATE
    assert out.read_text(encoding="utf-8") == DRAFT


def test_a_shallow_clone_has_release_notes_too(repository: Path, tmp_path: Path) -> None:
    """One commit without a tag is enough; without a review nobody is asked."""
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth", "1", "--no-tags", repository.as_uri(), str(clone))
    ran = Program(tmp_path / "state", clone)(
        "run", "samples/changelog.wf", "--ui", "json", "-i", "review=false", "-i", "out=build/notes.md"
    )
    assert ran.code == ExitCode.COMPLETED, ran.out
    notes = (clone / "samples" / "build" / "notes.md").read_text(encoding="utf-8")
    tip = git(clone, "rev-parse", "--short", "HEAD").strip()
    assert f"*1 commit, up to {tip}*" in notes
    assert "- Drop support for old files" in notes
    assert "compare" not in {step.name for step in ran.state.steps.values()}


def script(name: str, *arguments: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Return how a script of the samples ended that was run by hand."""
    return subprocess.run(
        [SAMPLES / ".flow" / "scripts" / name, *arguments],
        cwd=cwd,
        env={
            **os.environ,
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CEILING_DIRECTORIES": str(cwd.parent),
            **env,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def a_tag_at_the_tip(folder: Path) -> str:
    """Tag the newest commit."""
    git(folder, "tag", "v2.0")
    return "v1.0..HEAD"


def no_tag(folder: Path) -> str:
    """Take the tag away."""
    git(folder, "tag", "-d", "v1.0")
    return "HEAD"


def only_a_tag(folder: Path) -> str:
    """Go back to where the only tag is."""
    git(folder, "reset", "-q", "--hard", "v1.0")
    return "HEAD"


@pytest.mark.parametrize("prepare", [a_tag_at_the_tip, no_tag, only_a_tag])
def test_release_notes_begin_at_the_last_tag_that_has_commits_after_it(
    repository: Path, prepare: Callable[[Path], str]
) -> None:
    """There is always something to write about."""
    wanted = prepare(repository)
    found = script("history-range.sh", cwd=repository)
    assert json.loads(found.stdout.splitlines()[-1])["range"] == wanted


@pytest.mark.parametrize(
    ("since", "message"),
    [
        ("v9", "there is no tag or commit 'v9' in this repository"),
        ("--all", "there is no tag or commit '--all'"),
    ],
)
def test_release_notes_need_a_beginning_that_exists(repository: Path, since: str, message: str) -> None:
    """What is no revision is refused with a word, whatever it looks like."""
    found = script("history-range.sh", since, cwd=repository)
    assert (found.returncode, message in found.stderr) == (1, True)


def test_release_notes_need_a_history(tmp_path: Path) -> None:
    """Outside of a checkout, and without a commit, the script says so."""
    outside = script("history-range.sh", cwd=tmp_path)
    assert "is not in a git checkout" in outside.stderr
    git(tmp_path, "init", "-q")
    empty = script("history-range.sh", cwd=tmp_path)
    assert "has no commits yet" in empty.stderr
    assert (outside.returncode, empty.returncode) == (1, 1)


# release.wf


def test_a_release_is_checked_before_its_notes_are_drafted(program: Program, tmp_path: Path) -> None:
    """Both called workflows are runs of their own, and a step of the second one is known afterwards."""
    out = tmp_path / "notes.md"
    ran = program("run", "sample_workflows/release.wf", "--ui", "json", *small(), "-i", f"out={out}")
    assert ran.code == ExitCode.COMPLETED, ran.out
    assert [(step.name, step.status) for step in ran.state.steps.values() if step.name] == [
        (name, StepStatus.COMPLETED) for name in ("checks", "changelog", "ready")
    ]
    begun = [one.event for one in ran.events if isinstance(one.event, ev.RunStarted)]
    assert [event.workflow for event in begun] == ["release", "checks", "changelog"]
    entries = sum(line.startswith("- ") for line in out.read_text(encoding="utf-8").splitlines())
    assert f"{entries} entries in {out}" in ran.step("ready").output.context


# survey.wf


def test_a_survey_counts_every_kind_in_every_part(repository: Path, tmp_path: Path) -> None:
    """It looks into every other worktree, waits for the file, and writes the report."""
    tree = tmp_path / "fix"
    git(repository, "worktree", "add", "-q", "-b", "fix", str(tree))
    git(tree, "commit", "-q", "--allow-empty", "-m", "Fix it")
    (tree / "new.txt").touch()
    for name, text in {"a/x.py": "1\n2\n", "a/y.md": "1\n", "b/z.py": "3\n"}.items():
        (repository / "parts" / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / "parts" / name).write_text(text)
    samples = repository / "samples"
    (samples / "build").mkdir(exist_ok=True)
    (samples / "build" / "survey-ok").write_text("Well done.")
    given = ("-i", "parts=../parts/a, ../parts/b", "-i", "kinds=py, md", "-i", "ask=true")
    ran = Program(tmp_path / "state", samples)("run", "survey.wf", "--ui", "json", *given)
    assert (ran.code, ran.state.status) == (ExitCode.COMPLETED, RunStatus.COMPLETED), ran.err
    assert (samples / "build" / "survey.md").read_text(encoding="utf-8") == SURVEY
    assert ran.step("file").gate.by == "file"


SURVEY = """\
# Survey

| Part | Kind | Files | Lines |
|---|---|--:|--:|
| ../parts/a | .md | 1 | 1 |
| ../parts/a | .py | 1 | 2 |
| ../parts/b | .md | 0 | 0 |
| ../parts/b | .py | 1 | 1 |

## Worktrees

- fix: Fix it, 1 files changed

> Well done.
"""


# triage.wf

ERROR_LINE = re.compile(r"^\S+Z (FATAL|CRITICAL|ERROR) ")


def test_triage_reports_every_error_of_the_log(program: Program, tmp_path: Path) -> None:
    """One pass a class, until nothing is left; the report adds up to what is counted here."""
    log = (SAMPLES / "data" / "server.log").read_text(encoding="utf-8").splitlines()
    errors = [line for line in log if ERROR_LINE.match(line)]
    out = tmp_path / "report.md"
    ran = program("run", "sample_workflows/triage.wf", "--ui", "json", "-i", f"out={out}")
    assert ran.code == ExitCode.COMPLETED, ran.out
    report = out.read_text(encoding="utf-8")
    counts = [int(count) for count in re.findall(r"^## (\d+) x ", report, re.MULTILINE)]
    assert sum(counts) == len(errors)
    assert f"{len(errors)} errors in {len(log)} lines" in report
    passes = [step for step in ran.state.steps.values() if step.name == "file-it"]
    assert len(passes) == len(counts)
    assert counts[1:] == sorted(counts[1:], reverse=True)
    worst, rest = report.split("## ")[1], report.split("## ")[2:]
    assert "FATAL" in worst
    assert all("ERROR" in section.splitlines()[0] for section in rest)
    gateway = [line for line in errors if "card gateway timed out" in line]
    assert f"- first: {gateway[0].split()[0]}\n- last: {gateway[-1].split()[0]}" in report
    assert f"- example: `{gateway[0]}`" in report
    assert sorted(file.name for file in tmp_path.glob("report*")) == ["report.md"]


def test_triage_of_a_log_without_errors_has_nothing_to_do(program: Program, tmp_path: Path) -> None:
    """The loop is not entered, and the empty report adds up."""
    (tmp_path / "calm.log").write_text("2026-03-02T05:58:07Z INFO  [web] all is well\n")
    given = ("-i", f"log={tmp_path / 'calm.log'}", "-i", f"out={tmp_path / 'report.md'}")
    ran = program("run", "sample_workflows/triage.wf", "--ui", "json", *given)
    assert (ran.code, ran.step("add-up").status) == (ExitCode.COMPLETED, StepStatus.COMPLETED)
    assert "next-class" not in {step.name for step in ran.state.steps.values()}


def test_a_report_that_does_not_add_up_is_refused(tmp_path: Path) -> None:
    """The check at the end is a real one."""
    (tmp_path / "log").write_text("1 ERROR [a] one\n2 ERROR [a] two\n3 INFO [a] fine\n")
    (tmp_path / "report").write_text("## 1 x ERROR [a] one\n")
    checked = script("add-up.sh", "log", "report", cwd=tmp_path)
    assert checked.returncode == 1
    assert "the log has 2 errors, but the report has 1 errors in 1 classes" in checked.stderr


def test_filing_a_class_twice_writes_it_once(tmp_path: Path) -> None:
    """A step that was cut short and runs again leaves the same report."""
    (tmp_path / "report").write_text("# Errors\n")
    name = r"ERROR [a] 100 x \n %s"
    for _ in range(2):
        left = f"{name}\t1 ERROR [a] one\nERROR other\t2 ERROR other\n{name}\t3 ERROR [a] three\n"
        (tmp_path / "report.left").write_text(left)
        assert script("file-class.sh", "report", cwd=tmp_path, FOUND=f"2 x {name}").returncode == 0
    wanted = f"# Errors\n\n## 2 x {name}\n\n- first: 1\n- last: 3\n- example: `1 ERROR [a] one`\n"
    assert (tmp_path / "report").read_text() == wanted
    assert (tmp_path / "report.left").read_text() == "ERROR other\t2 ERROR other\n"
