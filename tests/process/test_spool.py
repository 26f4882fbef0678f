"""The file that takes the output of an attempt."""

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_tui.errors import StoreDamagedError, StoreFullError
from flow_tui.process import spool as spool_module
from flow_tui.process.spool import FileSpool


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o777])
def umask(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[int]:
    """Set a umask for the time of a test."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.mark.usefixtures("umask")
def test_a_spool_is_private_whatever_the_umask(tmp_path: Path):
    """Files 0600 in folders 0700."""
    FileSpool(tmp_path / "a" / "b" / "spool").close()
    modes = [stat.S_IMODE((tmp_path / place).stat().st_mode) for place in ("a", "a/b", "a/b/spool")]
    assert modes == [0o700, 0o700, 0o600]


def test_a_spool_goes_on_where_an_earlier_one_ended(tmp_path: Path):
    """Nothing that was written is overwritten."""
    for words in (b"one", b"two"):
        spool = FileSpool(tmp_path / "spool")
        spool.write(words)
        spool.close()
    assert (tmp_path / "spool").read_bytes() == b"onetwo"


def test_a_spool_is_never_written_through_a_link(tmp_path: Path):
    """Whoever plants a link cannot have output written elsewhere."""
    (tmp_path / "spool").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreDamagedError, match="link"):
        FileSpool(tmp_path / "spool")
    assert not (tmp_path / "elsewhere").exists()


def test_a_spool_is_a_regular_file(tmp_path: Path):
    """Opening does not wait for the reader of a pipe."""
    os.mkfifo(tmp_path / "spool")
    with pytest.raises(StoreDamagedError):
        FileSpool(tmp_path / "spool")
    reader = os.open(tmp_path / "spool", os.O_RDONLY | os.O_NONBLOCK)
    with pytest.raises(StoreDamagedError, match="not a file of our own"):
        FileSpool(tmp_path / "spool")
    os.close(reader)


def test_a_folder_that_cannot_be_made_is_an_error_of_the_storage(tmp_path: Path):
    """A file in the way is said to be."""
    (tmp_path / "a").touch()
    with pytest.raises(StoreDamagedError):
        FileSpool(tmp_path / "a" / "spool")


@given(
    chunks=st.lists(st.binary(max_size=20), max_size=20),
    cap=st.integers(0, 60),
    tail=st.integers(0, 30),
)
def test_a_spool_keeps_beginning_and_end(chunks, cap, tail):
    """In whatever pieces it comes: up to the cap all is kept, beyond it the middle is cut, and counted."""
    whole = b"".join(chunks)
    with TemporaryDirectory() as folder:
        spool = FileSpool(Path(folder, "spool"), cap=cap, tail=tail)
        for chunk in chunks:
            spool.write(chunk)
        spool.close()
        kept = spool.file.read_bytes()
    lost = len(whole) - cap
    assert spool.size == len(whole)
    if lost <= 0:
        assert (kept, spool.note) == (whole, "")
    else:
        end = min(cap, tail)
        line = f"\n… {lost:,} bytes of output were cut here …\n".encode()
        assert kept == whole[: cap - end] + line + whole[len(whole) - end :]
        assert spool.note == "the middle of the output was cut"


def test_a_full_disk_is_noted_and_not_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A step does not fail because its output could not be kept."""

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    spool = FileSpool(tmp_path / "spool")
    spool.write(b"first")
    with monkeypatch.context() as disk:
        disk.setattr(spool_module.os, "write", full)
        spool.write(b"second")
    spool.write(b"third")
    spool.close()
    assert spool.note == "the output could not be kept: No space left on device"
    assert (spool.size, spool.file.read_bytes()) == (16, b"first")


def test_a_full_disk_is_named_when_a_spool_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """It is worth another try later."""

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(spool_module.os, "open", full)
    with pytest.raises(StoreFullError, match="No space left"):
        FileSpool(tmp_path / "spool")


def test_a_closed_spool_stays_closed(tmp_path: Path):
    """Closing twice is harmless, and so is what comes too late."""
    spool = FileSpool(tmp_path / "spool")
    spool.write(b"in time")
    spool.close()
    spool.write(b"too late")
    spool.close()
    assert (spool.size, spool.file.read_bytes()) == (7, b"in time")
