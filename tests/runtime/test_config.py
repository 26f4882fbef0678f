"""What people set in files."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from flow_tui.cli.main import main
from flow_tui.clock import SystemClock
from flow_tui.errors import UsageError
from flow_tui.fakes import FakeFiles
from flow_tui.runtime import agents, config, health, ui_settings
from flow_tui.runtime.settings import LOCATION, settings
from tests.cli.program import Project


@pytest.fixture
def environ(tmp_path):
    """Return an environment that names a user's file."""
    return {LOCATION: str(tmp_path / "mine.toml"), "FLOW_TUI_STATE": str(tmp_path / "state")}


def write(environ, text):
    """Write the user's file."""
    Path(environ[LOCATION]).write_text(text)


def test_without_files_everything_is_as_it_comes(tmp_path, environ):
    """And the folder of the runs is where the environment says."""
    found = {each.name: (each.value, each.source) for each in config.in_force(tmp_path, environ)}
    assert found == {
        "state": (str(tmp_path / "state"), "FLOW_TUI_STATE"),
        "agents.runtime": ("", "default"),
        "agents.model": ("", "default"),
        "env.mode": ("inherit", "default"),
        "env.allow": ([], "default"),
        "env.deny": ([], "default"),
        "env.secrets": ([], "default"),
        "sinks": ([], "default"),
        **{f"ui.{each.name}": (each.default, "default") for each in ui_settings.about()},
    }


def test_a_project_chooses_before_its_user(tmp_path, environ):
    """Every value is told with the file and the line that it comes from."""
    write(environ, '[agents]\nruntime = "mine"\nmodel = "small"\n\n[runtimes.mine]\ncommand = ["ask"]\n')
    project = tmp_path / ".flow" / "config.toml"
    project.parent.mkdir()
    project.write_text('[agents]\n\nmodel = "big"\n')
    found = {each.name: each for each in config.in_force(tmp_path, environ, ":memory:")}
    user = environ[LOCATION]
    assert (found["state"].value, found["state"].source) == (":memory:", "--state")
    assert (found["agents.model"].value, found["agents.model"].source) == ("big", f"{project}:3")
    assert (found["agents.runtime"].value, found["agents.runtime"].source) == ("mine", f"{user}:2")
    assert (found["runtimes.mine.command"].value, found["runtimes.mine.command"].source) == (
        ["ask"],
        f"{user}:6",
    )


def test_a_variable_chooses_before_both_files(tmp_path, environ):
    """Such as in CI, where nobody wants to write a file; what the agent's own file says counts for more."""
    write(environ, '[agents]\nruntime = "claude"\nmodel = "small"\n')
    environ |= {"FLOW_TUI_RUNTIME": "llm", "FLOW_TUI_MODEL": "big"}
    found = {each.name: (each.value, each.source) for each in config.in_force(tmp_path, environ)}
    assert found["agents.runtime"] == ("llm", "FLOW_TUI_RUNTIME")
    assert found["agents.model"] == ("big", "FLOW_TUI_MODEL")
    files = FakeFiles(str(tmp_path), {})
    assert chosen(files, environ) == ("llm", "big")
    assert chosen(files, environ, "codex", "tiny") == ("codex", "tiny")


def chosen(files, environ, runtime="", model=""):
    """Return the names of the runtime and the model for an agent that asks for these."""
    made = agents.choose(runtime, model, files, {}, environ)
    return made.runtime.name, made.model


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = ", "is not TOML: "),
        ('[agent]\nruntime = "x"', ":1: there is no 'agent' in the file; did you mean 'agents'?"),
        ('[agents]\nruntme = "x"', ":2: there is no 'runtme' in agents; did you mean 'runtime'?"),
        ('[runtimes.x]\ncomand = ["y"]', ":2: there is no 'comand' in runtimes.x; did you mean 'command'?"),
        ("[agents]\nmodel = 3", ":2: agents.model: input should be a valid string"),
        (
            '[runtimes.x]\nprompt = "fax"',
            ":2: runtimes.x.prompt: input should be 'stdin', 'file' or 'argument'",
        ),
        ('[runtimes.x]\ncommand = ["y"]\nprompt = "file"', "needs an argument with {prompt_file}"),
        ('[runtimes.x]\ncommand = ["y"]\nprompt = "argument"', "needs an argument with {prompt},"),
        (
            '[runtimes.x]\ncommand = ["y", ["-m", "{modl}"]]',
            "nothing stands for {modl}; did you mean 'model'?",
        ),
        (
            '[[sinks]]\ntype = "jsonl"\n\n[[sinks]]\ntype = "otel"\nkind = "x"',
            ":6: there is no 'kind' in sinks; there are type, target, options",
        ),
        (
            '[[sinks]]\ntype = "jsonl"\ntarge = "x"',
            ":3: there is no 'targe' in sinks; did you mean 'target'?",
        ),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_line(environ, text, said):
    """And with what was meant."""
    write(environ, text)
    with pytest.raises(UsageError) as caught:
        config.read_user(environ)
    assert said in str(caught.value)


def test_a_file_that_cannot_be_read_is_an_error(tmp_path, environ):
    """A folder, or what is not UTF-8."""
    Path(environ[LOCATION]).write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="cannot be read"):
        config.read_user(environ)
    with pytest.raises(UsageError, match="cannot be read"):
        config.read_user({LOCATION: str(tmp_path)})


def test_the_schema_that_ships_is_that_of_the_settings():
    """``python -m flow_tui config --schema`` writes it."""
    file = Path(config.__file__).with_name("config.schema.json")
    assert json.loads(file.read_text()) == config.json_schema()


@pytest.mark.real_time
def test_the_program_shows_settings_and_no_keys(tmp_path):
    """A variable for a program may be a key."""
    project = Project(tmp_path / "project", tmp_path / "state", {LOCATION: str(tmp_path / "mine.toml")})
    project.write("a.wf", "workflow a { call x }")
    write(project.env, '[runtimes.mine]\ncommand = ["ask"]\nenv = { KEY = "hush" }\n')
    said = project.run("config")
    assert said.code == 0
    assert 'runtimes.mine.command  ["ask"]' in said.out
    assert "hush" not in project.run("config", "--json").out + said.out
    write(project.env, "[agent]\n")
    said = project.run("config")
    assert (said.code, said.out) == (2, "")
    assert "did you mean 'agents'?" in said.err


@pytest.mark.parametrize("page", ["settings.md", "agents.md"])
def test_the_examples_of_the_documentation_hold(page):
    """Every one is a file of settings by itself, or a part of one."""
    text = (Path(__file__).parents[2] / "docs" / page).read_text("utf-8")
    examples = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert examples
    for example in examples:
        config.UserConfig.model_validate(tomllib.loads(example))


@pytest.mark.parametrize(
    ("identity", "shown"),
    [
        ('K = "1234567"', {"identities.bot.K": "…"}),
        ('K = { value = "1234567" }', {"identities.bot.K": "…"}),
        ('K = { value = "a name", secret = false }', {"identities.bot.K": "a name"}),
        ('K = { env = "MINE" }', {"identities.bot.K.env": "MINE"}),
        ('K = { command = ["ask", "me"] }', {"identities.bot.K.command": ["ask", "me"]}),
    ],
)
def test_identities_are_shown_without_what_is_secret(tmp_path, environ, identity, shown):
    """With where each value comes from, and the line that says so."""
    write(environ, f"[env]\nsecrets = ['X_*']\n[identities.bot]\n{identity}\n")
    found = {each.name: each for each in config.in_force(tmp_path, environ)}
    told = {name: each.value for name, each in found.items() if name.startswith("identities")}
    assert told == shown
    assert all(found[name].source == f"{environ[LOCATION]}:4" for name in shown)
    assert found["env.secrets"].value == ["X_*"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ""),
        ('[agents]\nruntime = "claud"', "there is no runtime 'claud': did you mean 'claude'?"),
        ('[runtimes.x]\nprompt = "stdin"', "runtimes.x in the user's config.toml has no command"),
    ],
)
def test_a_runtime_that_cannot_be_had_is_told_before_a_run(
    tmp_path, environ, text, said, monkeypatch, capsys
):
    """By ``flow-tui config``, which shows all settings nevertheless, and by ``flow-tui doctor``."""
    write(environ, text)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    assert main(["config"]) == (2 if said else 0)
    words = capsys.readouterr()
    assert said in words.err
    assert "agents.runtime" in words.out
    found = [each.said for each in health.findings(settings(environ=environ), SystemClock().now())]
    assert found == ([said] if said else [])
