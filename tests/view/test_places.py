"""Places in files that errors name."""

import re

import pytest

from flow_tui.runtime.log_search import finder
from flow_tui.view.places import ERRORS, Place, at, first


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("exit 1\ntests/test_auth.py:88: assert 401", Place("tests/test_auth.py", 88)),
        ("./src/a-b.ts:12:5 - error TS2304", Place("./src/a-b.ts", 12)),
        ("at /srv/app/x.go:7", Place("/srv/app/x.go", 7)),
        ('File "/a b/c.py", line 3, in f\nFile "d.py", line 9, in g\nValueError', Place("d.py", 9)),
        ("exited with code 3 at 12:30:41", None),
        ("see https://example.org:443/x", None),
        ("a" * 100_000, None),
        ("/" * 50_000 + ":1", None),
        ("", None),
    ],
)
def test_the_place_that_an_error_names_is_found(text: str, place: Place | None) -> None:
    """Of compilers, tests and tracebacks; times and addresses are none."""
    assert first(text) == place


def test_lines_that_speak_of_errors_are_found_in_any_output() -> None:
    """Whole words only, in any case."""
    found = finder(ERRORS)
    assert isinstance(found, re.Pattern)
    assert all(
        found.search(line) for line in ("ERROR: no", "ValueError: x", "1 failed, 2 passed", "Traceback")
    )
    assert not any(found.search(line) for line in ("terrors", "unfailing", "all is well"))


@pytest.mark.parametrize(
    ("text", "index", "expected"),
    [
        ("src/a.py:7: odd", 0, Place("src/a.py", 7)),
        ("src/a.py:7: odd", 9, Place("src/a.py", 7)),
        ("src/a.py:7: odd", 11, None),
        ('File "a b.py", line 3', 6, Place("a b.py", 3)),
        ("(https://example.org/x?y=1).", 4, "https://example.org/x?y=1"),
        ("(https://example.org/x?y=1).", 26, None),
        ("http://example.org:80/a.py:7", 20, "http://example.org:80/a.py:7"),
        ("javascript:alert(1) file:///etc/passwd", 3, None),
        ("https://\x1b]8;;x", 2, None),
        ("nothing", 40, None),
    ],
)
def test_what_a_text_points_at_is_what_stands_there(text, index, expected):
    """Addresses of pages as far as they are plain; nothing else that a browser would follow."""
    assert at(text, index) == expected
