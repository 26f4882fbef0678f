"""What is typed and not saved outlives the program, whatever ends it."""

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_tui import limits
from flow_tui.model.values import ProcessIdentity
from flow_tui.process.identity import own_identity
from flow_tui.runtime import unsaved
from flow_tui.runtime.drafts import Keep, Kept, Recall, Recalled
from flow_tui.runtime.reader import Reader
from tests.conftest import tried

GONE = ProcessIdentity(pid=2**22 + 1, start_time="1", boot_id="before", host=os.uname().nodename, cookie="")


def keep(
    state: Path, file: Path, text: str | None, *, by: ProcessIdentity = GONE, instead_of: str = ""
) -> Kept:
    """Keep a text as a program does that is gone by now, or as another one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unsaved, "_me", lambda: by)
        return unsaved.keep(state, Keep(token=1, file=file, text=text, instead_of=instead_of))


def recall(state: Path, file: Path, now: str = "") -> Recalled:
    """Return what was left behind."""
    return unsaved.recall(state, Recall(token=1, file=file), now)


def kept(state: Path) -> list[Path]:
    """Return what is kept."""
    return sorted((state / unsaved.FOLDER).glob("*"))


@tried(40, by_night=2_000)
@given(text=st.text(st.characters(exclude_categories=())))
def test_any_text_comes_back_as_it_was_typed(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """With whatever line ends and half characters; only its owner can read it."""
    state, file = tmp_path_factory.getbasetemp() / "any", Path("/p/w.wf")
    assert keep(state, file, text).why == ""
    assert recall(state, file, now=f"{text}.").text == text
    assert {stat.S_IMODE(each.stat().st_mode) for each in kept(state)} == {0o600}
    assert stat.S_IMODE((state / unsaved.FOLDER).stat().st_mode) == 0o700


def test_programs_that_write_the_same_file_take_nothing_from_each_other(tmp_path: Path) -> None:
    """Each keeps its own; only what a program that is gone has left is offered, the newest first."""
    file, me = tmp_path / "w.wf", own_identity()
    earlier = ProcessIdentity(pid=GONE.pid, start_time="0", boot_id="before", host=GONE.host, cookie="")
    for by, text in ((earlier, "old"), (GONE, "new"), (me, "mine")):
        keep(tmp_path, file, text, by=by)
    left = recall(tmp_path, file)
    assert left.text == "new"
    assert recall(tmp_path, tmp_path / "other.wf").name == ""
    keep(tmp_path, file, "new and mine", by=me, instead_of=left.name)
    assert recall(tmp_path, file).text == "old"
    assert recall(tmp_path, file, now="old").name == ""
    keep(tmp_path, file, None, by=me)
    assert kept(tmp_path) == []


def test_what_cannot_be_kept_is_said_and_what_is_kept_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too long, or no place; the oldest go first; rubbish is none; without a folder nothing is kept."""
    monkeypatch.setattr(limits, "UNSAVED_TEXTS", 3)
    for number in range(5):
        keep(tmp_path, tmp_path / f"{number}.wf", "x")
        os.utime(kept(tmp_path)[-1])
    assert len(kept(tmp_path)) == 3
    assert recall(tmp_path, tmp_path / "4.wf").text == "x"
    (damaged,) = (each for each in kept(tmp_path) if each.name == recall(tmp_path, tmp_path / "4.wf").name)
    for rubbish in (b"", b"[]\nx", b'{"file": 1, "by": 2}\n', b"\xff" * 100):
        damaged.write_bytes(rubbish)
        assert recall(tmp_path, tmp_path / "4.wf").name == ""
    monkeypatch.setattr(limits, "FILE_BYTES", 100)
    assert "too long" in keep(tmp_path, tmp_path / "w.wf", "x" * 100).why
    (tmp_path / "file").touch()
    assert keep(tmp_path / "file", tmp_path / "w.wf", "").why != ""
    assert unsaved.keep(None, Keep(token=1, file=tmp_path, text="x")).why == ""


@pytest.mark.real_time
def test_what_is_to_be_kept_is_kept_even_if_the_program_ends_at_once(tmp_path: Path) -> None:
    """Of every file, though of other questions only the newest of a kind is answered."""
    reader = Reader(tmp_path, list, [].append, keeps=tmp_path)
    for name in ("a.wf", "b.wf", "a.wf"):
        reader.draft(Keep(token=1, file=tmp_path / name, text=name))
    reader.start()
    assert reader.stop()
    assert len(kept(tmp_path)) == 2
