"""Output for CI systems: in one piece for each step, folded the way that each of them knows."""

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flow_tui.cli.groups import GitHub, GitLab, Groups, Headings, style
from flow_tui.cli.printers import PlainPrinter
from flow_tui.cli.tails import Key
from flow_tui.model import events as ev
from flow_tui.model.events import Recorded
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.status import RunStatus, StepStatus
from flow_tui.process.workspace import FolderWorkspace
from tests.cli.program import Project

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
NO_CI = {"CI": "", "GITHUB_ACTIONS": "", "GITLAB_CI": ""}
TWO = """
workflow two {
  script a { run = "echo a1; echo a2" }
  script breaks { run = "echo '::add-mask::x'; echo '##[add-mask]x'; echo no end; exit 3" }
}
"""
A, B = (RunId("R"), StepPath("0"), 1), (RunId("R"), StepPath("1"), 1)


@pytest.fixture
def two(project: Project) -> Project:
    """Return a project in which the second of two steps fails."""
    project.write(".flow/workflows/two.wf", TWO)
    return project


def without_times(text: str) -> list[str]:
    """Return lines without the time of day and how long things took."""
    text = re.sub(r"^\d\d:\d\d:\d\d ", "", text, flags=re.MULTILINE)
    return re.sub(r" after [0-9.]+m?s", " after a while", text).splitlines()


def blocks(lines: list[str], begin: str, end: str) -> list[list[str]]:
    """Return the groups, the line above first; none begins within another."""
    found: list[list[str]] = []
    is_open = False
    for text in lines:
        if text.startswith(begin):
            assert not (is_open and end)
            found.append([text])
            is_open = True
        elif end and text.startswith(end):
            assert is_open
            is_open = False
        elif is_open and "│" in text:
            found[-1].append(text)
        else:
            is_open = is_open and bool(end)
    return found


@pytest.mark.real_time
def test_github_folds_each_step_and_shows_what_failed(two: Project) -> None:
    """How each ended is outside of the groups; no step can give a command."""
    ran = two.run("run", "two", env={**NO_CI, "CI": "true", "GITHUB_ACTIONS": "true"})
    assert ran.code == 1
    assert ran.is_clean()
    lines = without_times(ran.out)
    assert blocks(lines, "::group::", "::endgroup::") == [
        ["::group::a", "a  │ a1", "a  │ a2"],
        ["::group::breaks", "breaks  │ ::add-mask::x", "breaks  │ ## [add-mask]x", "breaks  │ no end"],
    ]
    assert lines.index("a  ✓ completed after a while: a1") == lines.index("a  │ a2") + 2
    assert [text for text in lines if text.lstrip().startswith("::") and "group" not in text] == [
        "::error title=breaks::script 'breaks' exited with code 3"
    ]
    assert "    : :add-mask::x" in lines


@pytest.mark.real_time
def test_gitlab_has_a_section_for_each_step(two: Project) -> None:
    """With names of their own, and the only escape codes are those that mark them."""
    # A carriage return is read as the end of a line.
    ran = two.run("run", "two", env={**NO_CI, "CI": "true", "GITLAB_CI": "true"})
    begun = re.findall(r"^\x1b\[0Ksection_start:\d+:(\S+)\n\x1b\[0K(.*)$", ran.out, re.MULTILINE)
    ended = re.findall(r"^\x1b\[0Ksection_end:\d+:(\S+)\n\x1b\[0K$", ran.out, re.MULTILINE)
    assert begun == [("step_1_a", "a"), ("step_2_breaks", "breaks")]
    assert ended == [name for name, _ in begun]
    assert ran.out.count("\x1b") == 4 * len(begun)


@pytest.mark.real_time
def test_other_ci_systems_get_headings_and_pipes_nothing(two: Project) -> None:
    """In a pipe every line has the name of its step, and comes when it is printed."""
    ran = two.run("run", "two", env={**NO_CI, "CI": "1"})
    assert [each[0] for each in blocks(without_times(ran.out), "── ", "")] == ["── a", "── breaks"]
    assert ran.is_clean()
    piped = two.run("run", "two", env=NO_CI)
    assert not any(text.startswith("──") for text in without_times(piped.out))
    quiet = two.run("run", "two", "--ui", "quiet", env={**NO_CI, "GITHUB_ACTIONS": "true"})
    assert "    : :add-mask::x" in quiet.err.splitlines()


def test_steps_side_by_side_are_told_one_after_the_other(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The first that prints is told as it goes; another when it ends, or when nobody else is being told."""

    async def tell() -> None:
        printer = PlainPrinter(tmp_path, is_kept=True, style=Headings())
        seq = 0

        def take(event: ev.Event) -> None:
            nonlocal seq
            seq += 1
            printer.take(Recorded(seq=seq, at=AT, run_id=RunId("R"), event=event))

        async def prints(key: Key, text: str) -> None:
            append(tmp_path, key, text)
            take(ev.OutputGrew(path=key[1], attempt=1, size=len(text)))
            await asyncio.sleep(0)

        take(ev.RunStarted(workflow="w"))
        for (_, path, _), name in ((A, "a"), (B, "b")):
            take(ev.StepStarted(path=path, name=name, kind="script"))
            take(ev.AttemptStarted(path=path, attempt=1))
        await prints(A, "a1\n")
        await prints(B, "b1\n")
        await prints(A, "a2\n")
        take(ev.StepFinished(path=A[1], outcome=StepStatus.COMPLETED))
        await prints(B, "b2\n")
        take(ev.StepFinished(path=B[1], outcome=StepStatus.COMPLETED))
        take(ev.RunFinished(outcome=RunStatus.COMPLETED))
        await printer.finish(None, None)

    asyncio.run(tell())
    told = [text for text in without_times(capfd.readouterr().out) if "│" in text or text.startswith("──")]
    assert told == ["── a", "a  │ a1", "a  │ a2", "── b", "b  │ b1", "b  │ b2"]


def append(folder: Path, key: Key, text: str) -> None:
    """Add to the recorded output of an attempt."""
    file = FolderWorkspace(folder).log_file(*key)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as opened:
        opened.write(text)


@pytest.mark.parametrize(
    ("environ", "kind"),
    [
        ({}, None),
        ({"CI": "false"}, None),
        ({"CI": "true"}, Headings),
        ({"CI": "true", "GITHUB_ACTIONS": "true"}, GitHub),
        ({"CI": "true", "GITLAB_CI": "true", "GITHUB_ACTIONS": "0"}, GitLab),
    ],
)
def test_the_ci_system_is_known_by_its_environment(environ: dict[str, str], kind: type | None) -> None:
    """By the variables that they all set."""
    found = style(environ)
    assert (None if found is None else type(found)) == kind


def test_a_group_ends_where_another_begins_and_before_what_belongs_to_none() -> None:
    """Attempts and steps have groups of their own, whose names cannot give a command either."""
    groups = Groups(GitHub())
    said = [
        text
        for group, each in (("a", "1"), ("a", "2"), ("##[b]", "3"), ("", "4"), ("", "  ::error::5"))
        for text in groups.lines(group, each, AT)
    ]
    assert said == [
        "::group::a",
        "1",
        "2",
        "::endgroup::",
        "::group::## [b]",
        "3",
        "::endgroup::",
        "4",
        "  : :error::5",
    ]
