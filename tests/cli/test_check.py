"""``flow-tui check``: which files it looks at, and how it says what it found."""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, unquote_to_bytes

import pytest

from flow_tui import __version__, limits
from flow_tui.cli import check
from flow_tui.cli.main import main
from flow_tui.cli.progress import AFTER, EVERY, Progress
from flow_tui.diagnostics import Diagnostic, Severity, Span
from flow_tui.dsl.parser import parse
from flow_tui.view.problems import COLOURED, PLAIN, Checked, as_annotation, as_text, tally
from flow_tui.view.sarif import sarif
from tests.cli.program import Project

CASES = Path(__file__).parents[1] / "cases" / "check"
SOUND = 'workflow sound { script hello { run = "true" } }\n'
HOSTILE_NAMES = (
    'quote"bracket].wf',
    "percent%0A::error::x,y:z.wf",
    "line\nbreak\r.wf",
    "right\u202eto left.wf",
    "[bold]mark[x](b) {0}.wf",
    "escape\x1b[31m.wf",
)
HOSTILE = (
    'workflow w {{\n  call "x\\n::error::y %0A [bold]z[/] {{0}} [a](http:b) \u202e \x1b[2J"\n'
    '  script {name} {{ run = "true" colour = "a,b:c" }}\n}}\n'
)
BROKEN = "workflow broken {\n  call\n}\n"
ODD = 'workflow odd {\n  script s {\n    run = "true"\n    colour = red\n  }\n}\n'


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Return the exit status, stdout and stderr of ``flow-tui check``."""
    code = main(["check", *arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.fixture
def flows(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Return a project with a sound, an odd and a broken workflow, and be in it."""
    project.write(".flow/workflows/broken.wf", BROKEN)
    project.write(".flow/workflows/odd.wf", ODD)
    project.write(".flow/workflows/sound.wf", SOUND)
    monkeypatch.chdir(project.folder)
    return project


@pytest.fixture
def hostile(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Return a project whose names and texts try to become something else, and be in it."""
    for name in HOSTILE_NAMES:
        project.write(f"flows/{name}", HOSTILE.format(name="hello"))
    monkeypatch.chdir(project.folder)
    return project


# Which files


def names(capsys: pytest.CaptureFixture[str], *paths: str) -> list[str]:
    """Return what is checked, in order; every file of these tests has a problem."""
    _, text, _ = said(capsys, "--format", "sarif", *paths)
    (run,) = json.loads(text)["runs"]
    return [unquote(artifact["location"]["uri"]) for artifact in run["artifacts"]]


def test_files_and_folders_are_checked_in_order_and_once(
    flows: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """As they are named; in folders by name, theirs before those of folders inside; the same file once."""
    flows.write("more/z.wf", SOUND)
    flows.write("more/a.txt", "nothing")
    flows.write("more/b.wf", SOUND)
    flows.write("more/inner/a.wf", SOUND)
    flows.write("more/.hidden/x.wf", SOUND)
    flows.write("more/node_modules/x.wf", SOUND)
    listed = names(capsys, "more/z.wf", "more", "./more/../more/b.wf", ".flow")
    assert listed == [
        *("more/z.wf", "more/b.wf", "more/inner/a.wf"),
        *(f".flow/workflows/{name}.wf" for name in ("broken", "odd", "sound")),
    ]


def test_without_a_path_the_project_is_checked_from_anywhere_in_it(
    flows: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both kinds of folders, and files that another one wins over, too; named as seen from here."""
    flows.write(".conductor/workflows/sound.wf", SOUND)
    flows.write("deep/down/loose.wf", SOUND)
    assert names(capsys) == [
        *(f".flow/workflows/{name}.wf" for name in ("broken", "odd", "sound")),
        ".conductor/workflows/sound.wf",
    ]
    monkeypatch.chdir(flows.folder / "deep" / "down")
    assert names(capsys)[0] == f"file://{flows.folder}/.flow/workflows/broken.wf"


def test_two_workflows_of_one_name_in_a_folder_are_an_error_wherever_it_is_checked_from(
    flows: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """The second file is told, with the first; loose files may declare what they like."""
    flows.write(".flow/workflows/twin.wf", SOUND)
    flows.write("loose/a.wf", SOUND)
    flows.write("loose/b.wf", SOUND)
    for paths in ((), (".flow",)):
        _, text, _ = said(capsys, *paths)
        assert ".flow/workflows/twin.wf:1:10: error[E-DUP-WORKFLOW]: sound.wf declares" in text
    assert "E-DUP-WORKFLOW" not in said(capsys, "loose")[1]


def test_what_cannot_be_read_is_an_error_and_the_rest_is_checked(
    flows: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Missing files, folders called like files, pipes, links out of the project, closed folders."""
    (flows.folder / "more" / "folder.wf").mkdir(parents=True)
    os.mkfifo(flows.folder / "more" / "pipe.wf")
    outside = flows.folder.parent / "outside.wf"
    outside.write_text(SOUND, "utf-8")
    (flows.folder / "more" / "link.wf").symlink_to(outside)
    flows.write("more/closed/x.wf", SOUND)
    scandir = os.scandir

    def refuse(path: Any) -> Any:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    code, text, _ = said(capsys, "--format", "json", "missing.wf", "more")
    checked = json.loads(text)
    assert (code, checked["files"]) == (2, 4)
    assert [(problem["file"], problem["code"], problem["message"]) for problem in checked["diagnostics"]] == [
        ("missing.wf", "F-NOT-FOUND", "no such file or directory"),
        ("more/folder.wf", "F-UNREADABLE", "not a regular file"),
        ("more/link.wf", "F-UNREADABLE", "a link leads out of the project"),
        ("more/pipe.wf", "F-UNREADABLE", "not a regular file"),
        ("more/closed", "F-UNREADABLE", "permission denied"),
    ]
    assert said(capsys, "more/link.wf", "--strict")[0] == 0


def test_a_workflow_is_checked_by_its_name(tmp_path, capsys, monkeypatch):
    """As it is run; a file of that name comes first."""
    folder = tmp_path / ".flow" / "workflows"
    folder.mkdir(parents=True)
    folder.joinpath("broken.wf").write_text(BROKEN)
    monkeypatch.chdir(tmp_path)
    code, text, _ = said(capsys, "broken")
    assert (code, text.splitlines()[0].startswith(".flow/workflows/broken.wf:")) == (2, True), text
    assert said(capsys, "brokn")[0] == 2
    tmp_path.joinpath("broken").write_text(SOUND)
    assert said(capsys, "broken")[0] == 0


# Exit status


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
@pytest.mark.parametrize(
    ("name", "plain", "strict"),
    [("sound", 0, 0), ("odd", 0, 2), ("broken", 2, 2)],
    ids=str,
)
def test_errors_fail_and_warnings_only_when_that_is_wanted(
    flows: Project, capsys: pytest.CaptureFixture[str], form: str, name: str, plain: int, strict: int
) -> None:
    """Whatever the format, the exit status says it."""
    arguments = ("--format", form, f".flow/workflows/{name}.wf")
    assert said(capsys, *arguments)[0] == plain
    assert said(capsys, *arguments, "--strict")[0] == strict


# Formats


def same_as(case: str, shown: str, update_cases: bool) -> bool:
    """Say whether a text is that of the case; with ``--update-cases`` it becomes it."""
    file = CASES / f"{case}.txt"
    if update_cases:
        file.write_text(shown, "utf-8")
    return shown == file.read_text("utf-8")


def hostile_findings() -> list[Checked]:
    """Return what could be found in files with hostile names, in hostile words."""
    hostile = "'x\n::error::y' %0A [bold]z[/] {0} {{name}} [a](http:b) \u202e \x1b[2J"
    span = Span(line=2, column=8, end_line=2, end_column=12)
    one = Diagnostic(code="P-NAME", message=hostile, hint=hostile, span=span)
    other = Diagnostic(code="W-EMPTY", message="m", severity=Severity.WARNING)
    return [
        Checked(
            name=name,
            uri=quote(name),
            source=f"workflow w {{\n  call {hostile}\n}}",
            diagnostics=(replace(one, file=name), replace(other, file=name)),
        )
        for name in HOSTILE_NAMES
    ]


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_a_format_looks_as_it_did(
    flows: Project, capsys: pytest.CaptureFixture[str], update_cases: bool, form: str
) -> None:
    """Every byte is as in the file of the case."""
    _, text, words = said(capsys, "--format", form, ".")
    assert same_as(f"flows.{form}", text.replace(__version__, "VERSION") + words, update_cases)


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_hostile_words_look_as_they_did(
    capsys: pytest.CaptureFixture[str], update_cases: bool, form: str
) -> None:
    """Quotes, brackets, line breaks, percent signs, colons, escape codes, markup, a change of direction."""
    check.tell(hostile_findings(), form)
    captured = capsys.readouterr()
    shown = captured.out.replace(__version__, "VERSION") + captured.err
    assert same_as(f"hostile.{form}", shown, update_cases)


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_nothing_hostile_reaches_the_terminal(
    hostile: Project, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    """No escape code, no change of direction, no other break of lines."""
    _, text, words = said(capsys, "--format", form, "flows")
    assert [mark for mark in ("\x1b", "\u202e", "\r", "\x07") if mark in text + words] == []


def test_one_annotation_is_one_line_and_names_its_file_exactly(
    hostile: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name or a message becomes neither a second command nor a second property."""
    _, text, _ = said(capsys, "--format", "github", "flows")
    lines = text.splitlines()
    files = set()
    for line in lines:
        assert line.startswith(("::error file=", "::warning file="))
        properties, _, message = line.partition(" ")[2].partition("::")
        assert "::" not in properties
        pairs = dict(part.split("=", 1) for part in properties.split(","))
        assert list(pairs)[:3] == ["file", "line", "endLine"]
        assert "\n" not in message
        files.add(_unescaped(pairs["file"]))
    assert {name for name in HOSTILE_NAMES if name.isprintable()} <= {Path(file).name for file in files}


def _unescaped(text: str) -> str:
    for code, mark in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(code, mark)
    return text


def test_an_annotation_of_several_lines_has_no_columns() -> None:
    """There, columns are refused."""
    span = Span(line=2, column=5, end_line=3, end_column=1)
    problem = Diagnostic(code="L-STRING", message="100% wrong", span=span, file="w.wf", hint="a\nb")
    assert as_annotation(problem) == "::error file=w.wf,line=2,endLine=3,title=L-STRING::100%25 wrong%0Aa␊b"


def test_sarif_has_the_structure_that_its_standard_asks_for(
    hostile: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every result names its rule and its file by number and by name; every reference is a URI."""
    hostile.write("flows/odd.wf", ODD)
    _, text, _ = said(capsys, "--format", "sarif", ".")
    log = json.loads(text)
    assert (log["version"], sorted(log)) == ("2.1.0", ["$schema", "runs", "version"])
    (run,) = log["runs"]
    driver, results, artifacts = run["tool"]["driver"], run["results"], run["artifacts"]
    assert driver["name"] == "flow-tui"
    assert run["columnKind"] == "unicodeCodePoints"
    assert results
    assert {"error", "warning"} == {result["level"] for result in results}
    for result in results:
        rule = driver["rules"][result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]
        assert rule["defaultConfiguration"]["level"] == result["level"]
        (place,) = result["locations"]
        physical = place["physicalLocation"]
        location = dict(physical["artifactLocation"])
        assert artifacts[location.pop("index")]["location"] == location
        assert min(physical["region"].values()) >= 1
    for artifact in artifacts:
        uri = artifact["location"]["uri"]
        assert artifact["location"]["uriBaseId"] == "%SRCROOT%"
        assert uri.isascii()
        assert not any(mark in uri for mark in ' "<>\\^`{|}[]:\n\r\x1b')
    found = {Path(unquote(artifact["location"]["uri"])).name for artifact in artifacts}
    assert found == {*HOSTILE_NAMES, "odd.wf"}


def test_sarif_takes_no_text_for_a_placeholder_or_a_link() -> None:
    """Braces are doubled, what looks like a link is no longer one."""
    problem = Diagnostic(
        code="X-NEW", message="{0} [a](http://b)", hint="{{name}}", severity=Severity.WARNING
    )
    one = Checked(name="w", uri="w", source="", diagnostics=(problem,))
    run: Any = sarif([one], {}, "1")["runs"]
    (result,) = run[0]["results"]
    assert result["message"]["text"] == "{{0}} [a] (http://b)\n{{{{name}}}}"
    assert run[0]["tool"]["driver"]["rules"] == [{"id": "X-NEW"}]
    assert "region" not in result["locations"][0]["physicalLocation"]


@pytest.mark.parametrize("name", [b"caf\xc3\xa9.wf", b"\xff\xfe.wf", b"a:b.wf", b"per%20cent #?.wf"])
def test_a_reference_leads_to_the_file_whatever_its_bytes(
    project: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: bytes
) -> None:
    """Reading it backwards gives the bytes of the name; JSON for others has only characters."""
    monkeypatch.chdir(project.folder)
    Path(os.fsdecode(name)).write_text(BROKEN, "utf-8")
    _, text, _ = said(capsys, "--format", "sarif", ".")
    (artifact,) = json.loads(text)["runs"][0]["artifacts"]
    assert unquote_to_bytes(artifact["location"]["uri"]) == name
    _, text, _ = said(capsys, "--format", "json", ".")
    (problem,) = json.loads(text)["diagnostics"]
    assert problem["file"].encode("utf-8") == name.decode("utf-8", "replace").encode("utf-8")


# Text


def test_a_caret_stands_under_what_it_means() -> None:
    """Wide characters, tabs and what is made visible take the cells that they take on the screen."""
    source = '\t日本 "\x1b" x'
    span = Span(line=1, column=9, end_line=1, end_column=10)
    problem = Diagnostic(code="P-NAME", message="m", span=span, file="w.wf")
    one = Checked(name="w.wf", uri="w.wf", source=source, diagnostics=(problem,))
    (text,) = as_text(one)
    _, line, caret = text.split("\n")
    assert line == '   1 |  日本 "␛" x'
    assert caret == " " * (7 + 1 + 4 + 1 + 3 + 1) + "^"


def test_a_file_with_countless_problems_is_told_in_part() -> None:
    """The first of them, and how many more there are."""
    problem = Diagnostic(code="P-NAME", message="m", file="w.wf")
    many = (problem,) * (limits.DIAGNOSTICS_SHOWN + 1_234)
    one = Checked(name="w.wf", uri="w.wf", source="", diagnostics=many)
    texts = list(as_text(one))
    assert len(texts) == limits.DIAGNOSTICS_SHOWN + 1
    assert texts[-1] == "… and 1,234 more in w.wf"
    assert tally([one]) == "1 file, 1,334 errors, 0 warnings"


def test_problems_that_are_not_listed_are_counted() -> None:
    """The one that stands for the others is none of its own."""
    parsed = parse("workflow w {" + "\n cal a" * 300 + " }")
    one = Checked(name="w.wf", uri="w.wf", source="", diagnostics=parsed.diagnostics)
    assert tally([one]) == "1 file, 300 errors, 0 warnings"


def test_colours_change_nothing_but_colours() -> None:
    """Without their codes the text is the same."""
    import re

    problem = Diagnostic(code="W-EMPTY", message="m", hint="h", severity=Severity.WARNING, file="w.wf")
    one = Checked(name="w.wf", uri="w.wf", source="workflow w {}", diagnostics=(problem,))
    coloured, plain = next(as_text(one, COLOURED)), next(as_text(one, PLAIN))
    assert "\x1b[1;33mwarning[W-EMPTY]\x1b[0m" in coloured
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == plain
    assert "\x1b[34mworkflow\x1b[0m w {}" in coloured
    assert "\x1b[1;33m1 warning\x1b[0m" in tally([one], COLOURED)
    assert "0 errors" in tally([one], COLOURED)


@pytest.mark.parametrize(
    ("is_terminal", "env", "coloured"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"NO_COLOR": ""}, True),
        (True, {"TERM": "dumb"}, False),
        (True, {"CI": "true"}, False),
    ],
)
def test_colours_are_for_terminals_that_want_them(
    flows: Project,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    is_terminal: bool,
    env: dict[str, str],
    coloured: bool,
) -> None:
    """A pipe, a file, ``NO_COLOR`` and a dumb terminal get none; the other formats never do."""
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: is_terminal)
    assert ("\x1b" in said(capsys)[1]) is coloured
    for form in ("json", "sarif", "github"):
        assert "\x1b" not in said(capsys, "--format", form)[1]


def test_somebody_at_a_terminal_is_told_where_more_is_said(
    flows: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """About the first error, or the first warning; never where there is nothing, or nobody."""
    assert "flow-tui help" not in said(capsys)[2]
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert said(capsys)[2].endswith("'flow-tui help P-AGENT' says more about the first one\n")
    odd, sound = (f".flow/workflows/{name}.wf" for name in ("odd", "sound"))
    assert "'flow-tui help W-UNKNOWN-KEY'" in said(capsys, odd)[2]
    assert "flow-tui help" not in said(capsys, sound)[2]


# Progress


class _Watch:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.at = 100.0

    def monotonic(self) -> float:
        """Return the time."""
        return self.at

    def pass_by(self, length: timedelta) -> None:
        """Let time pass."""
        self.at += length.total_seconds()


class _Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def shown_while(stream: StringIO, env: dict[str, str], each: Callable[[_Watch], None]) -> list[str]:
    """Return what is written for each of five things, and at the end."""
    watch = _Watch()
    told = []
    progress = Progress(watch, stream, {"TERM": "xterm", **env})  # type: ignore[arg-type]
    for _ in progress.through(range(5), 5, "checked"):
        each(watch)
        told.append(stream.getvalue())
    return [*told, stream.getvalue()]


def test_long_work_says_how_far_it_is_and_leaves_nothing_behind() -> None:
    """From half a second on, one line that is written over, and at the end is gone."""
    told = shown_while(_Terminal(), {}, lambda watch: watch.pass_by(AFTER / 2))
    assert told[:2] == ["", ""]
    assert told[2] == "\r\x1b[Kchecked 2 of 5"
    assert told[-1].endswith("checked 5 of 5\r\x1b[K")


def test_short_work_and_pipes_see_no_progress() -> None:
    """Nor do dumb terminals and robots."""
    assert set(shown_while(_Terminal(), {}, lambda watch: watch.pass_by(EVERY / 2))) == {""}
    slow = lambda watch: watch.pass_by(AFTER)  # noqa: E731 - as above
    assert set(shown_while(StringIO(), {}, slow)) == {""}
    assert set(shown_while(_Terminal(), {"TERM": "dumb"}, slow)) == {""}
    assert set(shown_while(_Terminal(), {"CI": "1"}, slow)) == {""}
