"""Where things are kept, and who we are."""

import getpass
from pathlib import Path

import pytest

from flow_tui.errors import StoreFullError, UsageError
from flow_tui.runtime.settings import make_private, settings


def test_the_command_line_wins_over_the_environment_and_both_over_the_usual_place(tmp_path: Path) -> None:
    """The database lies in that folder; ``:memory:`` keeps nothing."""
    env = {"FLOW_TUI_STATE": str(tmp_path / "env"), "LOGNAME": "ada"}
    assert settings("", env).state == tmp_path / "env"
    chosen = settings(str(tmp_path / "given"), env)
    assert (chosen.state, chosen.database) == (tmp_path / "given", tmp_path / "given" / "runs.db")
    nothing = settings(":memory:", env)
    assert (nothing.state, nothing.database) == (None, None)
    usual = settings("", {"LOGNAME": "ada"}).state
    assert usual is not None
    assert usual.name == "flow-tui"


def test_a_folder_may_be_written_as_people_write_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From their home, or from where they are."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert settings("~/state", {}).state == settings("state", {}).state == tmp_path / "state"


def test_whoever_sits_here_has_a_name_even_where_the_system_knows_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Containers run as users that nobody has entered anywhere."""

    def unknown() -> str:
        raise KeyError("uid not found")

    assert settings(":memory:", {"USER": "bob"}).user == "bob"
    monkeypatch.setattr(getpass, "getuser", lambda: "carol")
    assert settings(":memory:", {}).user == "carol"
    monkeypatch.setattr(getpass, "getuser", unknown)
    assert settings(":memory:", {}).user.startswith("user ")


def test_the_state_folder_is_for_nobody_else(tmp_path: Path) -> None:
    """Also when it was there already, open to all."""
    folder = tmp_path / "deep" / "state"
    assert make_private(folder) == folder
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o755)
    make_private(folder)
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_state_folder_that_cannot_be_is_told_with_what_to_do(tmp_path: Path) -> None:
    """A file in its place, a file above it, and a folder that may not be written."""
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(UsageError, match="is not a folder") as told:
        make_private(file)
    assert told.value.hint == "point FLOW_TUI_STATE at one"
    with pytest.raises(StoreFullError, match="Not a directory") as full:
        make_private(file / "state")
    assert "--state :memory:" in full.value.hint


def test_a_state_folder_that_may_not_be_written_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is lost in it."""
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(StoreFullError, match="permission denied"):
        make_private(tmp_path)
