"""Which way a run is shown: as asked for, as set, and otherwise as whoever is there can use it."""

from pathlib import Path

import pytest

from flow_tui.cli import ui
from flow_tui.cli.doctor import _of_keys
from flow_tui.errors import UsageError
from flow_tui.runtime.settings import LOCATION


@pytest.fixture
def environ(tmp_path, monkeypatch):
    """Return the environment of somebody at a terminal."""
    monkeypatch.setattr(ui.out, "is_terminal", lambda _: True)
    return {"TERM": "xterm", LOCATION: str(tmp_path / "config.toml")}


@pytest.mark.parametrize("name", ["CI", *ui.AGENTS])
def test_where_no_person_sits_lines_are_printed_and_the_reason_is_told(name, environ, capsys):
    """A program that drives another one cannot use a screen; whoever asks for it gets it."""
    assert ui.chosen("auto", environ) == "tui"
    assert ui.chosen("auto", environ | {name: "1"}) == "plain"
    assert f"plain output, because {name} is set" in capsys.readouterr().err
    assert ui.chosen("tui", environ | {name: "1"}) == "tui"


def test_what_is_set_counts_where_the_command_line_leaves_it_open(environ, tmp_path, monkeypatch):
    """One setting is enough for those to whom a screen is read aloud."""
    file = tmp_path / "config.toml"
    file.write_text('[ui]\nmode = "quiet"\n')
    assert ui.chosen("auto", environ) == "quiet"
    assert ui.chosen("tui", environ) == "tui"
    file.write_text('[ui]\nmode = "tui"\n')
    assert ui.chosen("auto", environ | {"CI": "1"}) == "tui"
    file.write_text("[ui]\nscreen_reader = true\n")
    assert ui.chosen("auto", environ) == "plain"
    with pytest.raises(UsageError, match=r"ui\.screen_reader is set"):
        ui.dashboard_only(environ)
    file.write_text('[ui.keys]\n"run.cance" = "D"\n')
    monkeypatch.setenv(LOCATION, str(file))
    assert ["did you mean 'run.cancel'?" in each.said for each in _of_keys()] == [True]


def test_the_page_names_every_variable_that_an_agent_is_known_by():
    """So that nobody has to wonder why lines are printed."""
    page = (Path(__file__).parents[2] / "docs" / "settings.md").read_text()
    assert [name for name in ui.AGENTS if f"`{name}`" not in page] == []
