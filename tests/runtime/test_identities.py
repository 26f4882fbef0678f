"""As whom steps act, and what their programs inherit."""

import asyncio
import os
from datetime import timedelta

import pytest

from flow_tui import limits
from flow_tui.engine.ports import EnvironmentParams
from flow_tui.errors import ActionError, SpawnError, UsageError
from flow_tui.masking import Secrets
from flow_tui.model.ids import RunId, StepPath
from flow_tui.process.child import ChildLauncher
from flow_tui.runtime import config, library
from flow_tui.runtime.identities import Identities
from flow_tui.runtime.inherited import inherited, secret_values
from flow_tui.runtime.settings import LOCATION
from tests.cli.program import Project

pytestmark = pytest.mark.real_time
TOKEN = "tok_0123456789abcdef"
SHOWS = 'script s { run = "echo as $WHO with $KEY, ${MY_KEY:-nothing} of mine" as = bot }'


@pytest.fixture
def project(tmp_path):
    """Return a project whose user has a file of settings."""
    env = {LOCATION: str(tmp_path / "own" / "config.toml"), "MY_KEY": TOKEN}
    return Project(tmp_path / "project", tmp_path / "state", env)


def setting(project, text):
    """Write the user's file."""
    file = project.state.parent / "own" / "config.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    return file.parent


def ran(project, bot, flow=SHOWS):
    """Run a step as an identity; return what was said."""
    setting(project, f'[env]\nsecrets = ["MY_*"]\n[identities.bot]\n{bot}\n')
    project.write(".flow/workflows/w.wf", f"workflow w {{ {flow} }}")
    return project.run("run", "w")


def identities(folder, secrets=None, **sources):
    """Return the variables of an identity, as a step gets them that starts now."""
    bot = {name: config.Source.model_validate(source) for name, source in sources.items()}
    params = EnvironmentParams(
        name="s", run_id=RunId("R"), path=StepPath("0"), attempt=1, as_identity="bot", inputs={}
    )

    async def asked():
        made = Identities(
            {"bot": bot},
            folder=folder,
            environ={"PATH": os.environ["PATH"], "MY_KEY": TOKEN},
            launcher=ChildLauncher(),
            secrets=secrets if secrets is not None else Secrets(),
        )
        return await made.environment(params)

    return asyncio.run(asked())


@pytest.mark.parametrize(
    "source", [TOKEN, {"env": "MY_KEY"}, {"file": "key"}, {"command": ["cat", "key"]}], ids=str
)
def test_a_value_comes_from_where_its_user_says(tmp_path, source):
    """A value itself, another variable, a file beside the settings, a program that is started there."""
    (tmp_path / "key").write_text(f"{TOKEN}\n")
    assert identities(tmp_path, KEY=source) == {"KEY": TOKEN}


def test_a_step_acts_as_its_identity_and_nobody_sees_how(project):
    """It is asked for when the step starts; the variable that it comes from stays away."""
    flow = f"""
        script make {{ run = "printf 0123456789 > $PLACE" }}
        {SHOWS}
    """
    folder = setting(project, "")
    project.env["PLACE"] = str(folder / "key")
    said = ran(project, 'WHO = { value = "bot", secret = false }\nKEY = { file = "key" }', flow)
    assert said.code == 0, said
    assert "as bot with ***, nothing of mine" in said.out
    assert "0123456789" not in said.out + said.err


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ({"env": "NOT_THERE"}, "KEY of identity 'bot' comes from the variable NOT_THERE, which is not set"),
        ({"file": "none"}, "comes from the file none, which cannot be read: no such file"),
        ({"file": "."}, "cannot be read: not a regular file"),
        ({"file": "short"}, "is shorter than 6 characters, and cannot be hidden"),
        ({"file": "empty"}, "KEY of identity 'bot' is empty"),
        ({"file": "long"}, "is longer than 64 KiB"),
        ({"file": "bytes"}, "is not UTF-8"),
        (
            {"command": ["sh", "-c", "echo no luck >&2; exit 3"]},
            "exited with code 3; what it said is not kept",
        ),
        ({"command": ["true"]}, "KEY of identity 'bot' is empty"),
        ({"command": ["yes"]}, "printed more than"),
        ({"command": ["cat", "long"]}, "is longer than 64 KiB"),
        ({"command": ["./not-there"]}, "not-there"),
        ({"command": ["printf", "1234567\\000"]}, "holds a NUL character"),
    ],
)
def test_what_cannot_be_had_is_an_error_that_says_why(tmp_path, source, reason):
    """And is bounded: a program that never stops printing is ended."""
    for name, text in {"short": "12345\n", "empty": "\n", "long": "x" * 70_000}.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "bytes").write_bytes(b"\xff" * 8)
    with pytest.raises((ActionError, SpawnError)) as caught:
        identities(tmp_path, KEY=source)
    assert reason in str(caught.value)


def test_a_program_that_takes_too_long_is_ended(tmp_path, monkeypatch):
    """With all that it has started."""
    monkeypatch.setattr(limits, "SECRET_COMMAND", timedelta(milliseconds=200))
    with pytest.raises(ActionError, match="gave no answer within"):
        identities(tmp_path, KEY={"command": ["sh", "-c", "sleep 60 & sleep 60"]})


def test_what_a_program_prints_is_the_value_also_the_second_time(tmp_path):
    """Although it is a secret by then; of lines at its end nothing is left."""
    secrets = Secrets()
    for _ in range(2):
        found = identities(tmp_path, secrets, KEY={"command": ["printf", f"{TOKEN}\\n"]}, N="1234567")
        assert found == {"KEY": TOKEN, "N": "1234567"}
    assert secrets.hides(TOKEN)


def test_a_step_whose_identity_cannot_be_had_has_failed(project):
    """Nothing of it is executed."""
    said = ran(project, 'KEY = { env = "NOT_THERE" }')
    assert said.code == 1
    assert "KEY of identity 'bot' comes from the variable NOT_THERE, which is not set" in said.out
    assert "as bot" not in said.out


def test_nobody_acts_as_somebody_who_is_not_there(project):
    """The run is refused before anything is written; a mock needs nobody."""
    said = ran(project, 'KEY = "0123456789"', 'script s { run = "true" as = bott }')
    assert said.code == 2
    assert "error[S-IDENTITY]: there is no identity 'bott'" in said.err
    assert "did you mean 'bot'?" in said.err
    assert project.run("run", "w", "--mock").code == 0


def test_checking_warns_of_somebody_who_is_not_there_once_anybody_is_set_up(project, monkeypatch):
    """Before that nobody can know; and a file of settings that is wrong is for others to tell."""
    file = project.write(".flow/workflows/w.wf", 'workflow w { script s { run = "true" as = bott } }')
    monkeypatch.setenv(LOCATION, project.env[LOCATION])

    def told():
        return [problem.code for problem in library.find(str(file)).diagnostics]

    assert told() == []
    setting(project, '[identities.bot]\nKEY = "0123456789"')
    assert told() == ["W-IDENTITY"]
    setting(project, "[identitys]")
    assert told() == []


def test_an_identity_of_the_project_is_refused():
    """Neither who acts nor what is inherited is for a project to say."""
    for text in ('[identities.bot]\nKEY = "0123456789"\n', '[env]\nmode = "clean"\n'):
        with pytest.raises(UsageError) as caught:
            config.read_project(text.encode(), "config.toml")
        assert "the rest belongs into the user's config.toml" in caught.value.hint


def test_inputs_are_recorded_and_cannot_be_secrets(project):
    """The run is refused before anything is written."""
    flow = 'inputs { key } script s { run = "true" }'
    setting(project, '[env]\nsecrets = ["MY_*"]')
    project.write(".flow/workflows/w.wf", f"workflow w {{ {flow} }}")
    said = project.run("run", "w", "-i", f"key=x{TOKEN}")
    assert said.code == 2
    assert "input 'key' holds a secret, and inputs are recorded" in said.err
    assert TOKEN not in said.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[identities.x]\nK = {}",
            ":2: identities.x.K: say where it comes from: one of value, env, file and",
        ),
        ('[identities.x]\nK = { env = "A", file = "b" }', "say where it comes from"),
        ('[identities.x]\nK = "12345"', "shorter than 6 characters, and cannot be hidden"),
        ('[identities.x]\nFLOW_RUN_ID = "1234567"', "not the name of a variable that can be set"),
        ('[identities.x]\n"A=B" = "1234567"', "not the name of a variable that can be set"),
        ('[identities.x]\nK = { evn = "A" }', "there is no 'evn' in identities.x.K; did you mean 'env'?"),
        ("[identities.x]\nK = { command = [] }", "identities.x.K.command"),
        ('[env]\nmode = "none"', ":2: env.mode: input should be 'inherit' or 'clean'"),
    ],
)
def test_what_is_wrong_with_an_identity_is_told_at_its_line(tmp_path, text, said):
    """With what to write instead."""
    file = tmp_path / "config.toml"
    file.write_text(text)
    with pytest.raises(UsageError) as caught:
        config.read_user({LOCATION: str(file)})
    assert said in str(caught.value)


def test_what_programs_inherit_is_what_their_user_says():
    """Secrets and denied names stay away; a clean environment has what few programs can do without."""
    environ = {"PATH": "/bin", "LC_ALL": "C", "AWS_KEY": "a", "AWS_REGION": "b", "MY_KEY": TOKEN, "X": "1"}
    rules = config.EnvSettings(deny=("AWS_*",), secrets=("*_KEY",))
    assert inherited(rules, environ) == {"PATH": "/bin", "LC_ALL": "C", "X": "1"}
    clean = config.EnvSettings(mode="clean", allow=("AWS_*", "X"), secrets=("*_KEY",))
    kept = {"PATH": "/bin", "LC_ALL": "C", "AWS_REGION": "b", "X": "1", "TERM": "dumb"}
    assert inherited(clean, environ) == kept
    assert inherited(config.EnvSettings(), environ) == environ


def test_what_is_secret_from_the_beginning_is_known():
    """By the names of variables, the user's own and those of programs, and of identities."""
    user = config.UserConfig.model_validate(
        {
            "env": {"secrets": ["*_KEY"]},
            "runtimes": {"mine": {"command": ["x"], "env": {"API_KEY": "key of mine", "MODE": "fast mode"}}},
            "identities": {
                "bot": {
                    "A": "a value",
                    "B": {"env": "TOKEN"},
                    "C": {"value": "no secret", "secret": False},
                    "D": {"env": "GONE"},
                }
            },
        }
    )
    environ = {"TOKEN": "a token", "MY_KEY": "my own key"}
    assert set(secret_values(user, environ)) == {"my own key", "key of mine", "a value", "a token"}
