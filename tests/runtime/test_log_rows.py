"""Which lines of a file pass a filter, and where they stand."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flow_tui.runtime import log_file, log_rows, log_search
from flow_tui.runtime.log_file import LogFile
from flow_tui.runtime.log_rows import Rows, Sieve, read
from flow_tui.runtime.log_search import finder
from flow_tui.runtime.messages import Sight

TEXTS = st.lists(st.sampled_from(["aX", "xax", "needle", "", "x" * 40, "ß needle ä"]), max_size=30)


@settings(max_examples=100)
@given(
    parts=st.lists(TEXTS, min_size=1, max_size=3),
    pattern=st.sampled_from(["needle", "!needle", "x", "!x", "/^x/", "!/^$/", "", "nowhere"]),
    since=st.integers(0, 40),
)
def test_a_filter_of_a_file_that_grows_lets_through_what_it_should(tmp_path_factory, parts, pattern, since):
    """However the file is cut into blocks and whenever it is looked at; places and lines fit each other."""
    file: Path = tmp_path_factory.mktemp("log") / "1.log"
    file.touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log_search, "BLOCK", 16)
        patch.setattr(log_file, "CHUNK", 64)
        patch.setattr(log_file, "STEP", 128)
        log = LogFile(file)
        sieve = Sieve(log, pattern) if pattern else None
        for part in parts:
            with file.open("ab") as more:
                more.write("\n".join(part).encode())
            while log.index():
                pass
            while sieve is not None and sieve.advance():
                pass
        rows = Rows(Sight(pattern=pattern, since=since), log.total(), sieve)
        numbers, lines = read(log, rows, 0, 1_000)
        log.close()
    every = file.read_bytes().decode().split("\n")
    every = every if every[-1] else every[:-1]
    expression, others = finder(pattern.removeprefix("!")), pattern.startswith("!")
    expected = [
        number
        for number, line in enumerate(every)
        if number >= since and (expression is None or bool(expression.search(line)) != others)
    ]
    assert list(numbers) == expected
    assert [line.decode() for line in lines] == [every[number] for number in expected]
    assert (rows.total, [rows.row(number) for number in numbers]) == (len(expected), [*range(len(expected))])
    assert [number for number in range(len(every)) if rows.has(number)] == expected


def test_a_filter_ends_where_it_would_take_too_much_memory(tmp_path, monkeypatch):
    """Then it says so, and lines beyond are neither shown nor counted."""
    monkeypatch.setattr(log_rows, "MOST_KEPT", 5)
    file = tmp_path / "1.log"
    file.write_bytes(b"a\nb\n" * 3 + os.linesep.encode() + b"a\n" * 10)
    for pattern, total, is_cut in (("a", 5, True), ("!a", 4, True), ("b", 3, False)):
        log = LogFile(file)
        sieve = Sieve(log, pattern)
        assert not sieve.advance()
        rows = Rows(Sight(pattern=pattern), log.total(), sieve)
        assert (rows.is_cut, rows.total) == (is_cut, total)
        log.close()
