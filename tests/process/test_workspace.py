"""The private files of runs."""

import os
import stat
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_tui.errors import StoreDamagedError
from flow_tui.model.ids import RunId, StepPath
from flow_tui.process.workspace import FolderWorkspace
from tests.strategies import paths

RUN = RunId("01JGMEZN00000000000000RUN1")
PATH = StepPath("4#2/1")


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o777])
def umask(request: pytest.FixtureRequest):
    """Whatever the caller's umask is."""
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.fixture
def workspace(tmp_path: Path) -> FolderWorkspace:
    """A workspace in a folder that is not there yet."""
    return FolderWorkspace(tmp_path / "state")


def mode(file: Path) -> int:
    """Return who may do what with a file."""
    return stat.S_IMODE(file.lstat().st_mode)


def everything(folder: Path) -> list[Path]:
    """Return a folder and all that is in it."""
    return [folder, *folder.rglob("*")]


def test_nobody_else_can_look_into_what_is_kept(tmp_path, umask):
    """Folders are 0700, files 0600, programs 0700, whatever the umask."""
    workspace = FolderWorkspace(tmp_path / "state")
    spool = workspace.spool(RUN, PATH, 1)
    spool.write(b"hello\n")
    spool.close()
    workspace.folder(RUN, PATH, 1)
    workspace.copy("abc", b"#!/bin/sh\n", "build.sh")
    modes = {mode(one) for one in everything(tmp_path / "state") if one.suffix not in {".log", ".times"}}
    assert modes == {0o700}
    log = workspace.log_file(RUN, PATH, 1)
    assert [mode(log), mode(log.with_suffix(".times"))] == [0o600, 0o600]


def test_folders_that_were_opened_up_are_closed_again(tmp_path, workspace):
    """Modes are asserted every time, not only when something is made."""
    folder = workspace.folder(RUN, PATH, 1)
    for one in (tmp_path / "state", folder.parent, folder):
        one.chmod(0o755)
    assert {
        mode(one) for one in everything(tmp_path / "state") if one in workspace.folder(RUN, PATH, 1).parents
    } == {0o700}
    assert mode(folder) == 0o700


def test_output_is_where_the_log_reader_looks(workspace):
    """What a spool takes is found under the same name, attempt by attempt."""
    for attempt in (1, 2):
        spool = workspace.spool(RUN, PATH, attempt)
        spool.write(b"attempt %d\n" % attempt)
        spool.close()
    assert workspace.log_file(RUN, PATH, 1).read_bytes() == b"attempt 1\n"
    assert workspace.log_file(RUN, PATH, 2).read_bytes() == b"attempt 2\n"
    assert workspace.log_file(RUN, PATH, 1).parts[-4:] == ("runs", RUN, "4_2.1", "1.log")


@given(st.lists(paths(few=9), min_size=2, max_size=2, unique=True))
def test_no_two_steps_share_a_file(both):
    """Different paths, different files."""
    workspace = FolderWorkspace(Path("/nowhere"))
    first, second = both
    assert workspace.log_file(RUN, first, 1) != workspace.log_file(RUN, second, 1)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_no_name_leads_out_of_the_folder(name):
    """Whatever a run or a path is called, its files stay inside."""
    file = FolderWorkspace(Path("/state")).log_file(RunId(name), StepPath(name), 1)
    assert file.parts[:3] == ("/", "state", "runs")
    assert len(file.parts) == 6
    assert not {"..", "."} & set(file.parts)


@pytest.mark.real_time
def test_a_copy_can_be_executed(workspace):
    """It holds what it was given, under the name that it had."""
    program = workspace.copy("abc", b"#!/bin/sh\necho works\n", "scripts/deep/build.sh")
    assert program.name == "build.sh"
    assert subprocess.run([program], capture_output=True, check=True).stdout == b"works\n"


def test_a_copy_that_was_tampered_with_is_made_again(tmp_path, workspace):
    """Neither changed content nor a link in its place is executed."""
    program = workspace.copy("abc", b"good", "build.sh")
    inode = program.stat().st_ino
    assert workspace.copy("abc", b"good", "build.sh").stat().st_ino == inode
    program.write_bytes(b"evil")
    assert workspace.copy("abc", b"good", "build.sh").read_bytes() == b"good"
    target = tmp_path / "target"
    target.write_bytes(b"good")
    program.unlink()
    program.symlink_to(target)
    assert not workspace.copy("abc", b"good", "build.sh").is_symlink()
    assert target.read_bytes() == b"good"
    assert mode(program) == 0o700


def test_a_link_in_place_of_a_folder_is_refused(tmp_path, workspace):
    """Nothing is written where somebody else leads us."""
    workspace.folder(RUN, PATH, 1)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "state" / "programs").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreDamagedError, match="programs"):
        workspace.copy("abc", b"", "build.sh")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_file_in_place_of_a_folder_is_refused(tmp_path, workspace):
    """One clear error, no traceback of the system's."""
    (tmp_path / "state").write_text("")
    with pytest.raises(StoreDamagedError, match="not a folder"):
        workspace.folder(RUN, PATH, 1)


def test_a_forgotten_run_leaves_no_files(tmp_path, workspace):
    """Links inside are removed, not followed; other runs stay."""
    other = RunId("01JGMEZN00000000000000RUN2")
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_text("keep")
    folder = workspace.folder(RUN, PATH, 1)
    (folder / "deep").mkdir()
    (folder / "deep" / "file").write_text("x")
    (folder / "link").symlink_to(tmp_path / "precious")
    kept = workspace.folder(other, PATH, 1)
    workspace.forget(RUN)
    workspace.forget(RUN)
    assert not (tmp_path / "state" / "runs" / RUN).exists()
    assert (tmp_path / "precious" / "file").read_text() == "keep"
    assert kept.is_dir()
