"""How a person wants the screen: read, explained, and changed in the file as a person would."""

import dataclasses
import json
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_tui.errors import UsageError
from flow_tui.runtime import config, settings_told, toml_edit, ui_settings
from flow_tui.runtime.settings import LOCATION
from flow_tui.runtime.ui_settings import Change, UiSettings

MINE = """# how I like it
[agents]
model = "small"  # cheap

[ui]
theme = "nord"   # quiet
mouse = false

[ui.keys]
"run.cancel" = "x,delete"
"""


def test_what_is_set_is_read_and_what_is_wrong_counts_as_not_set():
    """The dashboard opens whatever stands in the file: all that is wrong with it is told elsewhere."""
    found = ui_settings.from_text(MINE + '"run.kill" = 7\n')
    assert (found.theme, found.mouse, found.motion) == ("nord", False, True)
    assert found.keys == {"run.cancel": "x,delete"}
    rubbish = 'mode = "loud"\nglyphs = 3\nmouse = "no"\nkeys = "x"\nnew = 1\n'
    for text in ("", "ui = 3", "[ui", f"[ui]\n{rubbish}"):
        assert ui_settings.from_text(text) == UiSettings()


def test_a_file_that_is_wrong_is_refused_with_its_line_and_what_was_meant(tmp_path):
    """The model of the whole file knows the same settings, and nothing else."""
    file = tmp_path / "mine.toml"
    file.write_text('[ui]\nthem = "nord"\nmouse = 1\n')
    with pytest.raises(UsageError) as told:
        config.read_user({LOCATION: str(file)})
    assert f"{file}:2: there is no 'them' in ui; did you mean 'theme'?" in str(told.value)
    assert f"{file}:3: ui.mouse" in str(told.value)
    table = config.json_schema()["$defs"]["UiTable"]["properties"]
    assert list(table) == [field.name for field in dataclasses.fields(UiSettings)]
    assert all(each["description"] for each in table.values())


def test_a_change_leaves_everything_else_as_it_is():
    """Comments, order and spelling are the person's; a new table comes last."""
    changed = toml_edit.changed(MINE, "ui", "theme", "dusk")
    assert changed == MINE.replace('"nord"', '"dusk"')
    changed = toml_edit.changed(MINE, "ui", "motion", value=False)
    assert changed == MINE.replace("mouse = false\n", "mouse = false\nmotion = false\n")
    assert toml_edit.changed(MINE, "ui", "mouse", None) == MINE.replace("mouse = false\n", "")
    changed = toml_edit.changed(MINE, "ui.keys", "run.cancel", 'q"\\')
    assert tomllib.loads(changed)["ui"]["keys"] == {"run.cancel": 'q"\\'}
    assert toml_edit.changed("# mine", "ui", "theme", "a#b") == '# mine\n\n[ui]\ntheme = "a#b"\n'
    assert toml_edit.changed("", "ui", "theme", None) == ""


@pytest.mark.parametrize(
    "text", ['ui = { theme = "x" }\n', "ui.mouse = false\n", '[ui]\ntheme = """\nx"""\n']
)
def test_what_only_a_person_can_change_is_not_touched(text):
    """A layout that is not understood is refused, never guessed at."""
    with pytest.raises(ValueError, match="only a person"):
        toml_edit.changed(text, "ui", "theme", "dusk")
    with pytest.raises(ValueError, match="not TOML"):
        toml_edit.changed("[ui", "ui", "theme", "dusk")
    with pytest.raises(ValueError, match="printable"):
        toml_edit.changed("", "ui", "theme", "a\nb")


names = st.sampled_from(["theme", "mouse", "motion", "a.b"])
values = st.one_of(
    st.booleans(), st.text(st.characters(codec="utf-8", categories=("L", "P", "N")), max_size=9)
)


@given(
    tables=st.dictionaries(st.sampled_from(["ui", "ui.keys", "env"]), st.dictionaries(names, values)),
    data=st.data(),
)
def test_any_change_of_any_file_is_that_change_alone(tables, data):
    """Whatever stands in the tables, and in whatever order."""
    text = "".join(
        f"[{table}]\n"
        + "".join(
            f"{json.dumps(key)} = {json.dumps(value, ensure_ascii=False)} # {key}\n"
            for key, value in inside.items()
        )
        for table, inside in tables.items()
    )
    name, value = data.draw(names), data.draw(values)
    after = toml_edit.changed(text, "ui", name, value)
    assert tomllib.loads(after)["ui"][name] == value
    back = tomllib.loads(toml_edit.changed(after, "ui", name, None))
    before = tomllib.loads(text)
    before.setdefault("ui", {}).pop(name, None)
    assert back == before


def test_the_file_is_written_at_once_and_keeps_its_rights_and_its_link(tmp_path):
    """Dotfiles are links into a folder that people keep elsewhere."""
    real = tmp_path / "dotfiles" / "flow.toml"
    real.parent.mkdir()
    real.write_text(MINE)
    real.chmod(0o640)
    link = tmp_path / "config.toml"
    link.symlink_to(real)
    settings_told.write(link, [Change(name="theme", value="dusk"), Change(name="keys.run.kill", value="K")])
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert tomllib.loads(real.read_text())["ui"] == {
        "theme": "dusk",
        "mouse": False,
        "keys": {"run.cancel": "x,delete", "run.kill": "K"},
    }
    assert list(real.parent.iterdir()) == [real]
    fresh = tmp_path / "new" / "config.toml"
    settings_told.write(fresh, [Change(name="mouse", value=False)])
    assert fresh.read_text() == "[ui]\nmouse = false\n"


def test_every_setting_is_told_with_its_source_and_its_meaning(tmp_path, monkeypatch):
    """And when the file cannot be changed, that is told, with what is still in force."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "mine.toml"
    file.write_text(MINE)
    environ = {LOCATION: str(file), "FLOW_TUI_STATE": str(tmp_path / "state")}
    told = settings_told.told(7, [Change(name="motion", value=False)], environ, "")
    assert (told.token, told.file, told.why, told.ui.motion) == (7, str(file), "", False)
    found = {each.name: each for each in told.settings}
    assert (found["ui.theme"].value, found["ui.theme"].source) == ("nord", f"{file}:6")
    assert (found["ui.keys.run.cancel"].value, found["ui.glyphs"].source) == ("x,delete", "default")
    assert all(each.about for each in told.settings)
    assert found["env.deny"].about == "Never reach them."
    file.write_text("ui = { mouse = false }\n")
    told = settings_told.told(8, [Change(name="motion", value=False)], environ, "")
    assert "was not changed: the table [ui] is written in a way that only a person can change" in told.why
    assert Path(told.file).read_text() == "ui = { mouse = false }\n"
    file.write_text("[ui")
    told = settings_told.told(9, [], environ, "")
    assert told.settings == ()
    assert "not TOML" in told.why


def test_every_setting_is_documented():
    """With what it means, in the same words as everywhere."""
    page = (Path(__file__).parents[2] / "docs" / "settings.md").read_text()
    rows = [row for row in page.splitlines() if row.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == [each.name for each in ui_settings.about()]
    assert [row.split(" | ")[2].removesuffix(" |") for row in rows] == [
        each.said for each in ui_settings.about()
    ]
