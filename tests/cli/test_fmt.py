"""``flow-tui fmt``: which files it changes, and how carefully."""

import io
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from flow_tui.cli import out
from flow_tui.cli.main import main
from flow_tui.diagnostics import Diagnostic
from flow_tui.dsl.files import UnreadableError
from flow_tui.runtime import checking
from flow_tui.runtime import rewrite as rewriting
from flow_tui.runtime.checking import Target
from flow_tui.runtime.rewrite import rewrite
from tests.cli.program import Project

MESSY = "workflow w{call a{retries=1}}"
NEAT = "workflow w {\n  call a { retries = 1 }\n}\n"
BROKEN = "workflow w { call }"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Go to a folder with a messy and a neat definition."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "messy.wf").write_text(MESSY)
    (tmp_path / "neat.wf").write_text(NEAT)
    return tmp_path


def test_files_are_laid_out_and_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only those that were not are written; a second time there is nothing to do."""
    before = (here / "neat.wf").stat()
    touched = before.st_ino, before.st_mtime_ns
    assert main(["fmt"]) == 0
    said = capsys.readouterr()
    assert said.out == "messy.wf\n"
    assert said.err == "2 files, 1 laid out\n"
    assert (here / "messy.wf").read_text() == NEAT
    after = (here / "neat.wf").stat()
    assert (after.st_ino, after.st_mtime_ns) == touched
    assert main(["fmt"]) == 0
    assert capsys.readouterr().out == ""


def test_a_check_names_what_would_change_and_writes_nothing(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It ends in 1 when there is something, in 0 when there is not."""
    assert main(["fmt", "--check", "messy.wf", "neat.wf"]) == 1
    assert capsys.readouterr() == ("messy.wf\n", "2 files, 1 to be laid out\n")
    assert (here / "messy.wf").read_text() == MESSY
    assert main(["fmt", "--check", "neat.wf"]) == 0
    assert capsys.readouterr().out == ""


def test_a_diff_is_what_a_patch_needs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It shows each line that changes, says where the last line does not end, and writes nothing."""
    assert main(["fmt", "--diff"]) == 0
    lines = ["--- messy.wf", "+++ messy.wf", "@@ -1 +1,3 @@", f"-{MESSY}", "\\ No newline at end of file"]
    assert capsys.readouterr().out.splitlines() == [*lines, *(f"+{line}" for line in NEAT.splitlines())]
    assert (here / "messy.wf").read_text() == MESSY
    assert main(["fmt", "--diff", "--check"]) == 1


def test_lines_end_where_a_patch_thinks_they_end(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A separator that only Python takes for the end of a line is none."""
    (here / "messy.wf").write_bytes("workflow w {\u2028\r\n}".encode())
    assert main(["fmt", "--diff", "messy.wf"]) == 0
    changed = capsys.readouterr().out.split("\n")[3:5]
    assert changed == ["-workflow w {\u2028\r", "-}"]


@pytest.mark.real_time
def test_a_diff_can_be_applied(here: Path, project: Project) -> None:
    """`patch` makes of the file what the formatter would have made of it."""
    text = project.run("fmt", "--diff", "messy.wf", cwd=here).out
    try:
        subprocess.run(["patch", "-s", "messy.wf"], input=text, cwd=here, text=True, check=True)
    except FileNotFoundError:
        pytest.skip("there is no patch here")
    assert (here / "messy.wf").read_text() == NEAT


def test_the_standard_input_is_laid_out_to_the_standard_output(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Nothing but the text is there, in UTF-8, and no file is touched."""
    given = '\ufeffworkflow w { meta { title = "é" } }'.encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
    assert main(["fmt", "-"]) == 0
    assert capfdbinary.readouterr() == ('workflow w {\n  meta { title = "é" }\n}\n'.encode(), b"")


@pytest.mark.real_time
def test_the_standard_input_keeps_its_letters_in_any_locale(project: Project) -> None:
    """What the terminal's language is has nothing to do with what is in a file."""
    done = subprocess.run(
        [sys.executable, "-m", "flow_tui", "fmt", "-"],
        input="workflow w { call a // é ✓\n}".encode(),
        env=project.environment(LC_ALL="C", PYTHONIOENCODING="ascii", PYTHONUTF8="0"),
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode() == "workflow w {\n  call a  // é ✓\n}\n"


def test_the_standard_input_can_be_checked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is named like a file; one that is closed holds nothing."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(MESSY.encode())))
    assert main(["fmt", "--check", "-"]) == 1
    assert capsys.readouterr().out == "<stdin>\n"
    monkeypatch.setattr(sys, "stdin", None)
    assert main(["fmt", "-"]) == 2
    assert "<stdin>:1:1: error[P-EXPECTED]" in capsys.readouterr().err


def test_a_file_with_errors_is_left_alone_and_explained(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The others are laid out all the same; the end is 2."""
    (here / "broken.wf").write_text(BROKEN)
    (here / "bytes.wf").write_bytes(b"\xff")
    assert main(["fmt"]) == 2
    said = capsys.readouterr()
    assert said.out == "messy.wf\n"
    assert "broken.wf:1:19: error[P-AGENT]" in said.err
    assert "bytes.wf:1:1: error[F-UNREADABLE]: not UTF-8" in said.err
    assert "4 files, 1 laid out, 2 left as they are" in said.err
    assert (here / "broken.wf").read_text() == BROKEN
    assert main(["fmt", "--check", "broken.wf"]) == 2
    assert "1 left as it is" in capsys.readouterr().err


def test_what_is_no_file_is_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is missing, a folder with the name of a file, and a pipe: each has its reason."""
    (here / "folder").mkdir()
    (here / "folder" / "x.wf").mkdir()
    os.mkfifo(here / "pipe.wf")
    assert main(["fmt", "missing.wf", "pipe.wf"]) == 2
    said = capsys.readouterr().err
    assert "flow-tui: missing.wf: no such file or directory" in said
    assert "flow-tui: pipe.wf: not a regular file" in said
    assert main(["fmt", "folder"]) == 2
    assert "flow-tui: folder/x.wf: not a regular file" in capsys.readouterr().err


def test_a_folder_that_cannot_be_looked_into_is_told(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What else there is is laid out."""
    closed = Diagnostic(code="F-UNREADABLE", message="permission denied")
    targets = (
        Target(path=here / "closed", is_named=False, problem=closed),
        Target(path=here / "messy.wf", is_named=False),
    )
    monkeypatch.setattr(checking, "targets", lambda *_: targets)
    assert main(["fmt", "."]) == 2
    assert capsys.readouterr() == (
        "messy.wf\n",
        "flow-tui: closed: permission denied\n2 files, 1 laid out, 1 left as it is\n",
    )


def test_folders_are_searched_and_a_project_is_where_its_folder_is(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a path it is the workflows of the project, from anywhere in it."""
    inside = here / ".flow" / "workflows"
    inside.mkdir(parents=True)
    (inside / "x.wf").write_text(MESSY)
    (here / "sub" / "node_modules").mkdir(parents=True)
    (here / "sub" / "y.wf").write_text(MESSY)
    (here / "sub" / "node_modules" / "z.wf").write_text(MESSY)
    assert main(["fmt", "--check", "."]) == 1
    assert capsys.readouterr().out.split() == ["messy.wf", ".flow/workflows/x.wf", "sub/y.wf"]
    monkeypatch.chdir(here / "sub")
    assert main(["fmt", "--check"]) == 1
    assert capsys.readouterr().out.split() == [str(inside / "x.wf")]


def test_a_link_that_leads_out_of_a_folder_is_not_followed(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who names a folder means what is in it; who names the link means what it leads to."""
    (here / "folder").mkdir()
    link = here / "folder" / "link.wf"
    link.symlink_to("../messy.wf")
    assert main(["fmt", "folder"]) == 2
    assert "a link leads out" in capsys.readouterr().err
    assert (here / "messy.wf").read_text() == MESSY
    assert main(["fmt", "folder/link.wf"]) == 0
    assert link.is_symlink()
    assert (here / "messy.wf").read_text() == NEAT


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755])
def test_permissions_stay(here: Path, mode: int) -> None:
    """A file that was private stays private, and one that can be run can still be run."""
    file = here / "messy.wf"
    file.chmod(mode)
    assert main(["fmt", "messy.wf"]) == 0
    assert stat.S_IMODE(file.stat().st_mode) == mode
    assert sorted(each.name for each in here.iterdir()) == ["messy.wf", "neat.wf"]


def test_a_file_is_whole_or_as_it_was(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """When the last step of writing fails, the file is untouched and nothing is left beside it."""

    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(rewriting.os, "replace", fails)
    assert main(["fmt", "messy.wf"]) == 2
    assert "messy.wf: no space left on device" in capsys.readouterr().err
    assert (here / "messy.wf").read_text() == MESSY
    assert sorted(each.name for each in here.iterdir()) == ["messy.wf", "neat.wf"]


def test_a_file_that_may_not_be_written_is_not_replaced(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that can be written to is no permission to write what is in it."""
    monkeypatch.setattr(rewriting.os, "access", lambda *_: False)
    with pytest.raises(UnreadableError, match="may not be written"):
        rewrite(here / "messy.wf", b"")
    assert (here / "messy.wf").read_text() == MESSY


def test_an_odd_name_does_not_steer_the_terminal(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Escape codes in the name of a file are shown, not sent."""
    (here / "\x1b[31m.wf").write_text(MESSY)
    assert main(["fmt", "--check", "."]) == 1
    assert main(["fmt", "--diff", "."]) == 0
    said = capsys.readouterr()
    assert "␛[31m.wf" in said.out
    assert "\x1b" not in said.out + said.err


def test_on_a_terminal_nothing_in_a_file_acts(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Through a pipe a text is exact; a person sees what is in it."""
    (here / "messy.wf").write_text("workflow w{} // \x1b[31m")
    assert main(["fmt", "--diff", "messy.wf"]) == 0
    assert "+workflow w {}  // \x1b[31m\n" in capsys.readouterr().out
    monkeypatch.setattr(out, "is_terminal", lambda _: True)
    monkeypatch.setenv("NO_COLOR", "1")
    assert main(["fmt", "--diff", "messy.wf"]) == 0
    assert "+workflow w {}  // ␛[31m\n" in capsys.readouterr().out
    monkeypatch.delenv("NO_COLOR")
    assert main(["fmt", "--diff", "messy.wf"]) == 0
    assert "\x1b[32m+workflow w {}  // ␛[31m\x1b[0m\n" in capsys.readouterr().out
