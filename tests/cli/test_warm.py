"""Runs that keep what still holds of an earlier one, as people ask for them."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from flow_tui.cli import explaining
from flow_tui.cli.main import main
from flow_tui.engine.warm_outlook import Explained, Fate
from flow_tui.model.ids import ROOT
from flow_tui.runtime import history, running_again
from flow_tui.runtime.questions import Again
from flow_tui.runtime.settings import settings
from flow_tui.runtime.ways import Way
from tests.cli.program import Project

pytestmark = pytest.mark.real_time

SOURCE = """workflow build {
  inputs { who default = "you" }
  script one { run = "echo one >> ran" }
  script two { run = "sh two.sh" }
  script three { run = "echo three >> ran" }
}
"""


@pytest.fixture
def built(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Return a project whose workflow has run once, and be in it."""
    project.write(".flow/workflows/build.wf", SOURCE)
    project.write("two.sh", "echo two >> ran\n")
    monkeypatch.chdir(project.folder)
    monkeypatch.setenv("FLOW_TUI_STATE", str(project.state))
    assert main(["run", "build", "--ui", "quiet"]) == 0
    return project


def ran(project: Project) -> list[str]:
    """Return what has run since the last time, and forget it."""
    file = project.folder / "ran"
    words = file.read_text().split() if file.exists() else []
    file.unlink(missing_ok=True)
    return words


def test_what_is_kept_and_what_runs_is_explained_before_and_after(
    built: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    """Before without running anything; afterwards in every form that tells of a run."""
    assert ran(built) == ["one", "two", "three"]
    Path("two.sh").write_text("echo 2 >> ran\n")
    capfd.readouterr()
    assert main(["run", "build", "--explain", "--cold"]) == 0
    told = capfd.readouterr()
    assert (told.out, "--cold takes nothing over: every step would run" in told.err) == ("", True)
    assert main(["run", "build", "--explain"]) == 0
    told = capfd.readouterr()
    assert told.out.splitlines() == [
        "= kept  one    as it was",
        "▶ runs  two    the file two.sh has changed",
        "▶ runs  three  it follows 'two', which runs",
    ]
    assert "1 of 3 steps would be taken over from run #" in told.err
    assert ran(built) == []
    assert main(["run", "build", "--warm", "--ui", "plain"]) == 0
    plain = capfd.readouterr().out
    assert ran(built) == ["2", "three"]
    assert "✓ kept from run #" in plain
    assert "two  ▶ started: the file two.sh has changed" in plain
    assert main(["show", "last", "--json"]) == 0
    steps = json.loads(capfd.readouterr().out)["steps"]
    assert [bool(step["reused_from"]) for step in steps] == [True, False, False]
    assert [step["status"] for step in steps] == ["completed"] * 3


def test_of_each_step_it_is_said_what_becomes_of_it() -> None:
    """In words that stand under each other."""
    found = [Explained(path=ROOT, name=fate.value, fate=fate, why="") for fate in Fate]
    marks = [text.split()[:3] for text in explaining._told(found)]
    assert marks == [
        ["=", "kept", "kept"],
        ["▶", "runs", "runs"],
        ["–", "off", "off"],
        ["?", "open", "open"],
    ]


def test_nothing_is_kept_unless_somebody_asks_for_it(
    built: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    """Of a run with other inputs neither, unless that run is named; one that is not there is refused."""
    ran(built)
    assert main(["run", "build", "--ui", "quiet"]) == 0
    assert ran(built) == ["one", "two", "three"]
    assert main(["run", "build", "-i", "who=me", "--warm", "--ui", "plain"]) == 0
    assert "there is no earlier run of it with the same inputs" in capfd.readouterr().out
    assert ran(built) == ["one", "two", "three"]
    assert main(["run", "build", "--warm-from", "last", "--ui", "quiet"]) == 0
    assert ran(built) == ["one", "two", "three"]
    assert main(["run", "build", "-i", "who=me", "--warm-from", "zzzz", "--ui", "quiet"]) != 0
    assert "'zzzz'" in capfd.readouterr().err
    assert ran(built) == []
    built.write(".flow/workflows/other.wf", SOURCE.replace("workflow build", "workflow other"))
    assert main(["run", "other", "--warm-from", "last", "--ui", "quiet"]) == 2
    assert "is of another workflow: build" in capfd.readouterr().err


def test_the_menu_says_what_a_warm_re_run_would_keep_and_what_changed(built: Project) -> None:
    """Of the definition as its file is now; where every step would run, why."""
    kept = history.histories(settings(str(built.state), {}))
    run = history.find(kept, "last", str(built.folder))
    file = built.folder / ".flow/workflows/build.wf"
    file.write_text(SOURCE.replace("echo three", "echo 3"))
    told = running_again.told(Again(token=1, run_id=run.run_id, path=ROOT), kept)
    (warm,) = (each for each in told.ways if each.way is Way.WARM)
    assert (warm.again, warm.kept, warm.why) == (("three",), ("one", "two"), "three: its run has changed")
    assert told.changes is not None
    assert [step.mark for step in told.changes.body] == ["=", "=", "~"]
    for seconds, is_after in ((-1, False), (1, True)):
        beyond = ("src/a.txt", run.started_at + timedelta(seconds=seconds))
        told = running_again.told(Again(token=1, run_id=run.run_id, path=ROOT, beyond=beyond), kept)
        (warm,) = (each for each in told.ways if each.way is Way.WARM)
        assert ("src/a.txt has changed, and nobody knows which step reads it" in warm.why_not) is is_after
    file.write_text(SOURCE.replace("echo one", "echo 1"))
    told = running_again.told(Again(token=2, run_id=run.run_id, path=ROOT), kept)
    (warm,) = (each for each in told.ways if each.way is Way.WARM)
    assert warm.why_not == "every step would run: one: its run has changed"
    kept.close()


def test_another_model_or_command_for_agents_is_noticed(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Wherever it is chosen: in the environment, or in the user's own settings; and said in words."""
    project.write(".flow/workflows/build.wf", "workflow build { call plan }")
    project.write(".flow/agents/plan.md", "Plan it.")
    config = project.write(
        "own.toml",
        '[agents]\nruntime = "mine"\nmodel = "small"\n[runtimes.mine]\ncommand = ["echo", "yes"]\n',
    )
    monkeypatch.chdir(project.folder)
    monkeypatch.setenv("FLOW_TUI_STATE", str(project.state))
    monkeypatch.setenv("FLOW_TUI_CONFIG", str(config))

    def explained() -> str:
        capfd.readouterr()
        assert main(["run", "build", "--warm", "--explain"]) == 0
        return capfd.readouterr().out.split("plan", 1)[1].strip()

    assert main(["run", "build", "--ui", "quiet"]) == 0
    assert explained() == "as it was"
    monkeypatch.setenv("FLOW_TUI_MODEL", "big")
    assert explained() == "the model is another one: big instead of small"
    assert main(["run", "build", "--warm", "--ui", "plain"]) == 0
    assert "plan  ▶ started: the model is another one: big instead of small" in capfd.readouterr().out
    assert explained() == "as it was"
    config.write_text(config.read_text().replace('"yes"', '"no"'))
    assert explained() == "the settings of the runtime mine have changed"


def test_items_that_are_found_in_a_file_or_in_what_was_printed_are_noticed(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A file that the text names counts as the step's own; what a kept step printed then can be read."""
    fan_out = (
        "foreach {0} {{ over = lines scope = {{ {1} }} max_parallel = 1 "
        'workflow = one inputs = {{ t = "{0}" }} }}'
    )
    source = (
        'workflow build { script list { run = "echo p; echo q" } '
        + fan_out.format("printed", "step = list")
        + fan_out.format("read", 'file = "words.txt"')
        + " }"
    )
    one = 'workflow one { inputs { t required } script say { run = "echo {{t}}-{{item.text}} >> ran" } }'
    project.write(".flow/workflows/build.wf", source)
    project.write(".flow/workflows/one.wf", one)
    project.write("words.txt", "a\n")
    monkeypatch.chdir(project.folder)
    monkeypatch.setenv("FLOW_TUI_STATE", str(project.state))
    assert main(["run", "build", "--ui", "quiet"]) == 0
    assert ran(project) == ["printed-p", "printed-q", "read-a"]
    project.write("words.txt", "a\nb\n")
    capfd.readouterr()
    assert main(["run", "build", "--warm", "--explain"]) == 0
    assert [text.split(None, 3) for text in capfd.readouterr().out.splitlines()] == [
        ["=", "kept", "list", "as it was"],
        ["=", "kept", "printed", "as it was"],
        ["▶", "runs", "read", "the file words.txt has changed"],
    ]
    assert main(["run", "build", "--warm", "--ui", "quiet"]) == 0
    assert ran(project) == ["read-a", "read-b"]
    capfd.readouterr()
    assert main(["logs", "last", "list"]) == 0
    assert capfd.readouterr().out == "p\nq\n"
    project.write(".flow/workflows/one.wf", one.replace("echo {{t}}", "echo  {{t}}"))
    assert main(["run", "build", "--warm", "--ui", "quiet"]) == 0
    assert ran(project) == ["printed-p", "printed-q", "read-a", "read-b"]
