"""``flow-tui schema``: what an agent will be asked for."""

import json

import pytest

from flow_tui.cli.main import main

REVIEW = """
fields:
  summary: {type: string, desc: "In \\e[31mshort"}
  approved: boolean
  findings?:
    type: array
    items: {severity: "enum(critical, high, low)"}
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Return a project, as the folder where the program is started."""
    folder = tmp_path / ".flow" / "schemas"
    folder.mkdir(parents=True)
    (folder / "review.yaml").write_text(REVIEW)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("given", ["review", ".flow/schemas/review.yaml"])
def test_a_schema_is_shown_as_an_agent_will_see_it(here, capsys, given):
    """The block, the markers with their conditions, and where the context comes from; nothing acts."""
    assert main(["schema", given]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert "\x1b" not in said.out
    assert '"severity": "critical|high|low"' in said.out
    assert "  has_high_findings      findings[severity == high].length > 0\n" in said.out
    assert said.out.endswith("Context for the next step: summary\n")
    assert "(.flow/schemas/review.yaml)" in said.out


def test_other_programs_get_all_of_it(here, capsys):
    """The fields in order, the JSON Schema, the text for the prompt."""
    assert main(["schema", "review", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [field["name"] for field in said["fields"]] == ["summary", "approved", "findings"]
    assert said["fields"][2]["items"]["fields"][0]["values"] == ["critical", "high", "low"]
    assert said["fields"][2]["required"] is False
    assert said["markers"][0] == {"marker": "not_approved", "rule": "approved == false"}
    assert said["json_schema"]["required"] == ["summary", "approved"]
    assert said["context"] == ["summary"]
    assert "<<<FLOW_OUTPUT>>>" in said["instructions"]
    assert (said["name"], said["file"], said["diagnostics"]) == ("review", ".flow/schemas/review.yaml", [])


def test_a_broken_schema_is_told_with_its_places(here, capsys):
    """The exit status is that of an invalid definition."""
    (here / "bad.yaml").write_text("fields:\n  a: strin\n  b: int\n")
    assert main(["schema", "bad.yaml"]) == 2
    said = capsys.readouterr().out
    assert "bad.yaml:2:6: error[O-TYPE]" in said
    assert "bad.yaml:3:6: error[O-TYPE]" in said
    assert "     ^^^^^" in said
    assert main(["schema", "bad.yaml", "--json"]) == 2
    report = json.loads(capsys.readouterr().out)
    assert [(one["line"], one["code"]) for one in report["diagnostics"]] == [(2, "O-TYPE"), (3, "O-TYPE")]
    assert "fields" not in report


def test_warnings_come_beside_the_schema(here, capsys):
    """What was asked for is on stdout alone."""
    (here / "odd.yaml").write_text("fields: {a: string}\nmarkers: {}\nmore: x\n")
    assert main(["schema", "odd.yaml"]) == 0
    said = capsys.readouterr()
    assert "W-UNKNOWN-KEY" in said.err
    assert "No marker follows from the answer." in said.out


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("reviev", "did you mean 'review'?"),
        ("nothing-like-it", "looked for"),
        ("nope.yaml", "no such file"),
        (".flow", "not a regular file"),
    ],
)
def test_what_is_no_schema_is_told(here, capsys, given, said):
    """Without a traceback, with what to do."""
    assert main(["schema", given]) == 2
    assert said in capsys.readouterr().err


def test_a_megabyte_of_yaml_and_a_bomb_are_refused_at_once(here, capsys):
    """Each with a single line or a few."""
    (here / "large.yaml").write_text("fields:\n" + "  a: string\n" * 90_000)
    (here / "bomb.yaml").write_text("a: &a [x, x]\nb: &b [*a, *a]\nfields: {a: *b}\n")
    assert (main(["schema", "large.yaml"]), main(["schema", "bomb.yaml"])) == (2, 2)
    said = capsys.readouterr().out
    assert "error[Y-SIZE]: larger than 64 KiB" in said
    assert "error[Y-ALIAS]" in said
