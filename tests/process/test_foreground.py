"""Programs of somebody's own that get the terminal."""

import sys
from pathlib import Path

import pytest

from flow_tui.process import foreground


def test_the_first_variable_that_is_set_names_the_program_and_its_options():
    """Quotes are understood, and nothing is handed to a shell."""
    environ = {"VISUAL": " ", "EDITOR": f"'{sys.executable}' -c '$(x)'"}
    found = foreground.chosen(environ, ("VISUAL", "EDITOR"), "vi")
    assert found == (sys.executable, "-c", "$(x)")
    assert foreground.chosen({}, ("PAGER",), f"{sys.executable} -R") == (sys.executable, "-R")


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("no-such-pager -x", "$PAGER is 'no-such-pager -x', which is not installed; set $PAGER"),
        ("less '", "$PAGER cannot be understood"),
    ],
)
def test_a_program_that_is_not_there_is_one_clear_message(told, expected):
    """It says which variable to set."""
    with pytest.raises(ValueError, match="PAGER") as raised:
        foreground.chosen({"PAGER": told, "PATH": "/usr/bin:/bin"}, ("PAGER",), "less")
    assert str(raised.value).startswith(expected)


@pytest.mark.real_time
def test_the_program_is_given_the_file_and_waited_for(tmp_path):
    """A name full of blanks and signs is one argument."""
    file = tmp_path / "a $(b) 'c'.log"
    file.write_text("x")
    script = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text('seen'); sys.exit(3)"
    assert foreground.run((sys.executable, "-c", script), file) == 3
    assert file.read_text() == "seen"


def test_an_editor_is_told_where_to_begin_in_its_own_way() -> None:
    """Most take ``+LINE``; some want it behind the name."""
    file = Path("/a/b.py")
    assert foreground.at_line(("/usr/bin/vim", "-n"), file, 7) == (("/usr/bin/vim", "-n", "+7"), file)
    assert foreground.at_line(("/usr/bin/code", "-w"), file, 7) == (
        ("/usr/bin/code", "-w", "--goto"),
        Path("/a/b.py:7"),
    )
    assert foreground.at_line(("hx",), file, 7) == (("hx",), Path("/a/b.py:7"))
