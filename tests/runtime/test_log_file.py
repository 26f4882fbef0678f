"""Recorded output by line number."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flow_tui.runtime import log_file
from flow_tui.runtime.log_file import LogFile

CHUNK = 8
"""Small, so that few bytes make many chunks."""


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    """Read a few bytes at a time."""
    monkeypatch.setattr(log_file, "CHUNK", CHUNK)
    monkeypatch.setattr(log_file, "STEP", 4 * CHUNK)


def everything(log: LogFile) -> None:
    """Count all lines there are."""
    while log.index():
        pass


contents = st.lists(st.sampled_from([b"\n", b"a", b"bc", b"0123456", b"x" * 40, b"\r\n"]), max_size=30).map(
    b"".join
)


@settings(max_examples=200)
@given(content=contents, cuts=st.lists(st.integers(0, 200), max_size=3), count=st.integers(1, 9))
def test_pages_of_a_growing_file_join_to_what_was_written(tmp_path_factory, content, cuts, count):
    """However it grew while it was read, no byte is lost, and every line number leads to its own line."""
    file = tmp_path_factory.mktemp("log") / "1.log"
    file.touch()
    log = LogFile(file)
    at = 0
    try:
        with file.open("ab", buffering=0) as written:
            for cut in [*sorted(cuts), len(content)]:
                written.write(content[at : max(at, cut)])
                at = max(at, cut)
                everything(log)
                log.total()
        total = log.total()
        lines = log.page(0, 10_000)
        assert len(lines) == total
        assert b"".join(lines) == content.replace(b"\n", b"")
        assert all(log.page(first, count) == lines[first : first + count] for first in range(total))
        assert log.tail(total or 1) == lines[-total:]
        begins = log.begins(0, lines)
        assert all(content[at : at + len(line)] == line for at, line in zip(begins, lines, strict=True))
        assert begins == sorted({*begins})
        for first in range(total):
            assert log.begins(first, lines[first : first + count]) == begins[first : first + count]
    finally:
        log.close()


@settings(max_examples=200)
@given(st.lists(st.sampled_from([b"", b"a", b"0123456"]), max_size=30))
def test_short_lines_are_never_cut(tmp_path_factory, lines):
    """What is shorter than a chunk stands on a line of its own."""
    file = tmp_path_factory.mktemp("log") / "1.log"
    file.write_bytes(b"".join(line + b"\n" for line in lines))
    log = LogFile(file)
    try:
        everything(log)
        assert log.page(0, 100) == tuple(lines)
        assert log.total() == len(lines)
    finally:
        log.close()


def test_a_line_without_end_comes_in_pieces(tmp_path):
    """Nothing that is painted is longer than two chunks, whatever a program writes."""
    file = tmp_path / "1.log"
    file.write_bytes(b"ab\n" + b"x" * 1_000 + b"\nend\n")
    log = LogFile(file)
    everything(log)
    pieces = log.page(0, 1_000)
    log.close()
    assert pieces[0] == b"ab"
    assert pieces[-1] == b"end"
    assert max(map(len, pieces)) <= 2 * CHUNK
    assert b"".join(pieces[1:-1]) == b"x" * 1_000


def test_the_place_of_a_byte_is_the_line_it_stands_on(tmp_path):
    """A match found by its byte is shown on its line."""
    content = b"one\ntwo\n\nfour is longer than a chunk\nfive\n"
    file = tmp_path / "1.log"
    file.write_bytes(content)
    log = LogFile(file)
    everything(log)
    lines = log.page(0, 100)
    found = {word: lines[log.line_of(content.index(word))] for word in (b"one", b"two", b"five")}
    log.close()
    assert found == {b"one": b"one", b"two": b"two", b"five": b"five"}


def test_only_files_are_read(tmp_path: Path):
    """A folder or a pipe under the name of a log is an error, not a wait."""
    with pytest.raises(OSError, match="regular"):
        LogFile(tmp_path)
