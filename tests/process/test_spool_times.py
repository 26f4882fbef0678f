"""When the output of an attempt came."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flow_tui import limits
from flow_tui.process import spool_times
from flow_tui.process.spool import FileSpool
from flow_tui.process.spool_times import SpoolTimes
from flow_tui.runtime.log_times import LogTimes


class Watch:
    """Says what time it is, as a test wants it."""

    def __init__(self, now: int = 1_000_000) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


def known(log: Path) -> LogTimes:
    """Return what was noted."""
    times = LogTimes(log)
    times.look()
    return times


@settings(max_examples=60)
@given(
    chunks=st.lists(st.tuples(st.binary(min_size=1, max_size=9), st.integers(0, 250)), max_size=20),
    cap=st.integers(0, 80),
    tail=st.integers(0, 40),
    before=st.integers(0, 5),
)
def test_every_byte_has_the_time_at_which_it_came(chunks, cap, tail, before):
    """At most a tenth of a second early and never late, wherever it stands, also where the middle was cut."""
    watch, came = Watch(), bytearray()
    with TemporaryDirectory() as folder:
        file = Path(folder, "1.log")
        file.write_bytes(b"#" * before)
        spool = FileSpool(file, cap=cap, tail=tail, now=watch)
        instants: list[int] = []
        for chunk, pause in chunks:
            watch.now += pause
            spool.write(chunk)
            came += chunk
            instants += [watch.now] * len(chunk)
        spool.close()
        size, times = file.stat().st_size, known(file)
    lost = max(0, len(came) - cap)
    kept_end = min(cap, tail) if lost else 0
    head = len(came) - lost - kept_end
    real = {before + at: instants[at] for at in range(head)}
    real |= {size - kept_end + at: instants[len(came) - kept_end + at] for at in range(kept_end)}
    for place, instant in real.items():
        assert 0 <= instant - times.at(place) < limits.SPOOL_TIMES_GAP
    for place in [*range(before), *range(before + head + 1, size - kept_end)]:
        assert times.at(place) == 0


def test_an_output_that_goes_on_has_both_times(tmp_path: Path):
    """What an earlier process has noted stays, without the half entry that it left."""
    watch, file = Watch(), tmp_path / "1.log"
    for words in (b"one\n", b"two\n"):
        spool = FileSpool(file, now=watch)
        spool.write(words)
        spool.close()
        with file.with_suffix(".times").open("ab") as cut:
            cut.write(b"half")
        watch.now += 5_000
    assert known(file).of((0, 3, 4, 7)) == (1_000_000, 1_000_000, 1_005_000, 1_005_000)


def test_times_of_an_output_that_was_cut_short_are_forgotten(tmp_path: Path):
    """Of what is written in its place, the newer ones count."""
    watch, file = Watch(), tmp_path / "1.log"
    times = SpoolTimes(file.with_suffix(".times"), watch)
    for place in (0, 50, 99, 20):
        times.note(place)
        watch.now += 1_000
    times.close()
    assert known(file).of((19, 20, 99)) == (1_000_000, 1_003_000, 1_003_000)


def test_times_that_cannot_be_kept_harm_nobody(tmp_path: Path):
    """The output itself is kept all the same, and nothing is written through a link."""
    (tmp_path / "1.times").symlink_to(tmp_path / "elsewhere")
    spool = FileSpool(tmp_path / "1.log")
    spool.write(b"words\n")
    spool.close()
    assert (tmp_path / "1.log").read_bytes() == b"words\n"
    assert not (tmp_path / "elsewhere").exists()
    assert not known(tmp_path / "1.log")
    assert spool.note == ""


def test_the_more_times_there_are_the_farther_apart_they_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """So that output without end does not fill the disk with them; the clock may go back meanwhile."""
    monkeypatch.setattr(limits, "SPOOL_TIMES", 3)
    watch = Watch()
    times = SpoolTimes(tmp_path / "1.times", watch)
    for place in range(200):
        times.note(place)
        watch.now += 50
    assert (tmp_path / "1.times").stat().st_size // spool_times.ENTRY.size == 15
    watch.now -= 60_000
    times.note(500)
    times.close()
    assert known(tmp_path / "1.log").at(500) == watch.now
