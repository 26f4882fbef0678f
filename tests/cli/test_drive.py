"""The dashboard without a terminal, driven by a script."""

import json

import pytest

from flow_tui.cli import drive
from flow_tui.errors import UsageError
from tests.cli.program import Project


def test_a_script_is_read_as_a_whole_before_anything_is_done() -> None:
    """Comments and empty lines are left out; spaces around what is waited for do not count."""
    script = drive.instructions("# begin\n\n press j  enter \ntype a b\nwait ✓ done  \nsize 80x24\nprint\n")
    assert [each.act for each in script] == ["press", "type", "wait", "size", "print"]
    assert [script[0].keys, script[1].text, script[2].text, script[3].size] == [
        ("j", "enter"),
        "a b",
        "✓ done",
        (80, 24),
    ]


@pytest.mark.parametrize(
    ("line", "why", "help_"),
    [
        ("pres x", "no instruction 'pres'", "did you mean 'press'?"),
        ("jump", "no instruction 'jump'", "press, type"),
        ("press", "'press' needs something after it", "--help"),
        ("print now", "'print' takes nothing", "--help"),
        ("size 80", "'80' is no size", "80x24"),
        ("size 0x9999", "'0x9999' is no size", "80x24"),
    ],
)
def test_what_cannot_be_understood_is_named_with_its_line(line, why, help_):
    """Before the dashboard is opened."""
    with pytest.raises(UsageError) as raised:
        drive.instructions(f"print\n{line}")
    assert str(raised.value).startswith("line 2: ")
    assert why in str(raised.value)
    assert help_ in raised.value.hint


@pytest.mark.real_time
def test_the_screen_is_worked_by_a_script_without_any_terminal(tmp_path):
    """What is on screen is printed and drawn; at the end what still runs is cancelled, as by leaving."""
    project = Project(tmp_path / "project", tmp_path / "state")
    project.write(
        "ask.wf", 'workflow ask { gate human_approval { prompt = "Sure?" } script s { run = "true" } }'
    )
    keys = "wait a Answer\npress a\nwait Approve\npicture gate.svg\npress escape\ngone Approve\nprint\n"
    project.write("keys.txt", keys)
    said = project.run("drive", "--script", "keys.txt", "--size", "90x20", "run", "ask.wf")
    assert said.is_clean()
    assert said.code == 130
    assert "Sure?" in said.out
    assert (project.folder / "gate.svg").read_text().startswith("<svg")
    assert json.loads(project.run("runs", "--json").out)[0]["status"] == "cancelled"
    project.write("late.txt", "wait Workflows\nwait what never comes\n")
    late = project.run("drive", "--script", "late.txt", "--patience", "1")
    assert late.code == 1
    assert "'what never comes' did not come in 1 seconds" in late.err
    assert "Workflows" in late.err


@pytest.mark.real_time
def test_what_opens_no_dashboard_cannot_be_driven(tmp_path):
    """And says so."""
    said = Project(tmp_path, tmp_path / "state").run("drive", "list")
    assert said.code == 2
    assert "'list' opens no dashboard" in said.err
