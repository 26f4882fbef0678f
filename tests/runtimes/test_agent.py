"""Agent files, worked on by real programs."""

import json

import pytest

from tests.cli.program import Project, ended, line_with

pytestmark = pytest.mark.real_time

AGENT = """---
role: actor
model: small
tools: [Read, Grep]
---
Plan {{ticket}}.
"""
WORKFLOW = 'workflow go { inputs { ticket default = "T-1" } call plan }'
SAYS = """#!/bin/sh
cat > "prompt.$FLOW_ATTEMPT"
echo "$@" > arguments
"""


@pytest.fixture
def project(tmp_path):
    """Return a project with one agent, and a user with a program for it."""
    made = Project(tmp_path / "project", tmp_path / "state")
    made.env |= {"FLOW_TUI_CONFIG": str(tmp_path / "config.toml")}
    made.write(".flow/workflows/go.wf", WORKFLOW)
    made.write(".flow/agents/plan.md", AGENT)
    config(made, 'command = ["./ask", ["--model", "{model}"], ["--tools", "{tools}"], "--turns={max_turns}"]')
    return made


def config(project, *lines):
    """Set the user's runtime ``mine``."""
    text = "\n".join(('[agents]\nruntime = "mine"\n[runtimes.mine]', *lines))
    project.folder.parent.joinpath("config.toml").write_text(text)


def step(project):
    """Return what is shown of the only step."""
    return project.shown()["steps"][0]


def test_an_agent_is_worked_on_by_the_program_of_its_runtime(project):
    """It gets the prompt on its input; what it says is kept, its last words are handed on."""
    project.write("ask", f"{SAYS}echo 'The plan: {{}}.'\necho and a half", mode=0o755)
    said = project.run("run", "go", "--ui", "plain")
    assert said.code == 0, said
    assert "plan  │ The plan: {}." in said.out
    assert '"model":"small"' in project.run("show", "last", "--events").out
    assert step(project)["context"] == "The plan: {}.\nand a half\n".strip()
    assert project.folder.joinpath("arguments").read_text() == "--model small --tools Read,Grep\n"
    prompt = project.folder.joinpath("prompt.1").read_text()
    assert "\n\nPlan T-1.\n\n" in prompt
    kept = next(project.state.rglob("prompt.md"))
    assert kept.read_text() == prompt
    assert kept.stat().st_mode & 0o777 == 0o600


def test_what_an_agent_was_told_can_be_read(project):
    """Of each attempt, in a terminal as in the dashboard; of what is no agent there is nothing."""
    project.write("ask", f"{SAYS}[ $FLOW_ATTEMPT = 2 ] && echo done", mode=0o755)
    project.write(
        ".flow/workflows/go.wf", 'workflow go { script s { run = "echo x" } call plan { retries = 1 } }'
    )
    assert project.run("run", "go", "--ui", "quiet").code == 0
    prompts = [project.folder.joinpath(f"prompt.{number}").read_text() for number in (1, 2)]
    assert project.run("logs", "--prompt").out == "".join(prompts)
    assert project.run("logs", "--prompt", "last", "plan", "--attempt", "2").out == prompts[1]
    assert "An earlier attempt at this task failed" in prompts[1]


def test_what_an_agent_uses_up_is_known_while_it_works(project):
    """It is told as it comes, not stored, and stands beside the outcome in the end."""
    config(project, 'command = ["./ask"]', 'output = "claude"')
    begun = {
        "type": "message_start",
        "message": {"id": "m", "usage": {"input_tokens": 1200, "output_tokens": 1}},
    }
    over = {"type": "result", "subtype": "success", "result": "done", "num_turns": 3, "total_cost_usd": 0.25}
    over["usage"] = {"input_tokens": 1200, "output_tokens": 34}
    script = f"""#!/bin/sh
echo '{json.dumps({"type": "stream_event", "event": begun})}'
until [ -e go ]; do sleep 0.05; done
echo '{json.dumps(over)}'
"""
    project.write("ask", script, mode=0o755)
    run = project.start("run", "go", "--ui", "json", "--transient")
    told = json.loads(line_with(run, '"attempt_measured"'))
    assert told["transient"]
    assert told["event"]["metrics"]["input_tokens"] == 1200
    project.write("go", "")
    assert ended(run).code == 0
    assert not any("attempt_measured" in each for each in project.events())
    assert step(project)["metrics"]["cost_usd"] == 0.25
    assert "✓ completed after" in (told := project.run("run", "go").out)
    assert "(3 turns, 1.2k tokens in, 34 out, $0.25): done" in told


def test_the_output_block_of_an_agent_is_what_it_hands_over(project):
    """Markers and context as those of any other step."""
    block = '<<<FLOW_OUTPUT>>>\n{"markers": ["big"], "context": "three parts"}\n<<<END_FLOW_OUTPUT>>>'
    project.write("ask", f"{SAYS}cat <<'EOF'\nThinking.\n{block}\nEOF\n", mode=0o755)
    assert project.run("run", "go", "--ui", "plain").code == 0
    assert (step(project)["markers"], step(project)["context"]) == (["big"], "three parts")


def test_an_agent_that_does_not_follow_its_schema_is_told_and_tried_again(project):
    """The next attempt knows what was wrong."""
    project.write(".flow/workflows/go.wf", 'workflow go { call plan { output = "plan" retries = 1 } }')
    project.write(".flow/schemas/plan.yaml", "fields:\n  parts: number\n")
    script = f"""{SAYS}
if [ $FLOW_ATTEMPT = 1 ]; then echo none; exit; fi
printf '<<<FLOW_OUTPUT>>>{{"parts": 3}}<<<END_FLOW_OUTPUT>>>'"""
    project.write("ask", script, mode=0o755)
    assert project.run("run", "go", "--ui", "plain").code == 0
    assert step(project)["structured_output"] == {"parts": 3}
    assert "there is no output block in the agent's answer" in step(project)["attempts"][0]["error"]
    assert "there is no output block" in project.folder.joinpath("prompt.2").read_text()


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("exit 0", "the agent ended without an answer"),
        ("echo some; echo why >&2; exit 3", "agent 'plan' (mine) exited with code 3\nwhy"),
    ],
)
def test_an_agent_that_fails_says_why(project, script, error):
    """With its exit code and its last words, or that it had none."""
    project.write("ask", f"#!/bin/sh\n{script}\n", mode=0o755)
    assert project.run("run", "go", "--ui", "plain").code == 1
    assert step(project)["error"] == error


@pytest.mark.parametrize(
    ("stderr", "advice"),
    [
        ("Error: No key found - add one using 'llm keys set'", "log in to mine"),
        ("HTTP 429 Too Many Requests", "try again later, or give the step retries with a retry_delay"),
        ("the input device is not a TTY", "it wants to ask somebody, and nobody can answer here"),
        ("Error: Raw mode is not supported on the current process.stdin", "it wants to ask somebody"),
    ],
)
def test_what_a_program_says_on_stderr_only_is_told_with_what_to_do(project, stderr, advice):
    """Whatever form its other output has; what to do comes first, where no shortened line loses it."""
    config(project, 'command = ["./ask"]', 'output = "claude"')
    project.write("ask", f'#!/bin/sh\necho "{stderr}" >&2\nexit 1\n', mode=0o755)
    assert project.run("run", "go", "--ui", "quiet").code == 1
    first, said = step(project)["error"].split("\n")
    assert first.startswith(f"agent 'plan' (mine) exited with code 1: {advice}")
    assert said == stderr


def test_a_program_that_asks_a_question_is_told_that_nobody_is_there(project):
    """It finds the end of its input and no terminal, and so fails at once."""
    script = "cat > /dev/null\nprintf 'Trust this folder? [y/n] ' >&2\nread answer || exit 1\n"
    project.write("ask", f"#!/bin/sh\n{script}(: < /dev/tty) 2> /dev/null && exit 0\nexit 1\n", mode=0o755)
    ran = project.run("run", "go", "--ui", "plain")
    assert ran.code == 1
    assert "say it beforehand in the settings of mine, or with arguments of runtimes.mine" in ran.out


def test_a_program_that_is_not_there_is_named_with_a_way_to_get_it(project):
    """Nobody has to guess what to install."""
    config(project, 'command = ["no-such-program"]', 'install = "ask your neighbour"')
    assert project.run("run", "go", "--ui", "plain").code == 1
    wanted = "agent 'plan' needs 'no-such-program', which is not on PATH: ask your neighbour"
    assert step(project)["error"] == wanted


def test_an_unknown_runtime_is_told_with_the_one_that_was_meant(project):
    """Whoever named it: the agent, the project or the user."""
    project.write(".flow/agents/plan.md", "---\nruntime: mien\n---\nPlan.\n")
    assert project.run("run", "go", "--ui", "plain").code == 1
    assert step(project)["error"] == "there is no runtime 'mien': did you mean 'mine'?"


def test_a_project_chooses_a_runtime_and_brings_none(project):
    """What is executed is the user's to say."""
    project.write("ask", f"{SAYS}echo done", mode=0o755)
    project.write(".flow/config.toml", '[agents]\nruntime = "mine"\nmodel = "big"\n')
    project.write(".flow/agents/plan.md", "Plan.")
    assert project.run("run", "go", "--ui", "plain").code == 0
    assert project.folder.joinpath("arguments").read_text() == "--model big\n"
    project.write(".flow/config.toml", '[runtimes.mine]\ncommand = ["rm"]\n')
    assert project.run("run", "go", "--ui", "plain").code == 1
    assert step(project)["error"].startswith(".flow/config.toml:1: there is no 'runtimes' in the file")


def test_an_agent_works_as_it_was_when_the_run_began(project):
    """Edited meanwhile, it is the old one that a later attempt is told."""
    project.write(".flow/workflows/go.wf", "workflow go { call plan { retries = 1 } }")
    script = f"{SAYS}echo new > .flow/agents/plan.md\n[ $FLOW_ATTEMPT = 2 ] && echo done"
    project.write("ask", script, mode=0o755)
    assert project.run("run", "go", "--ui", "plain").code == 0
    assert "\n\nPlan .\n\n" in project.folder.joinpath("prompt.2").read_text()


def test_the_agent_of_a_workflow_comes_before_that_of_all(project):
    """In a folder of the workflow's name."""
    project.write("ask", f"{SAYS}echo done", mode=0o755)
    project.write(".flow/workflows/go/agents/plan.md", "Plan it here.")
    assert project.run("run", "go", "--ui", "plain").code == 0
    assert "Plan it here." in project.folder.joinpath("prompt.1").read_text()


def test_prompts_of_the_project_are_joined_in_order(project):
    """With their values in place, after the agent's own."""
    project.write(".flow/workflows/go.wf", 'workflow go { call plan { with = ["one", "prompts/two.md"] } }')
    project.write(".flow/prompts/one.md", "First {{workflow_run_id}}")
    project.write("prompts/two.md", "Then")
    project.write("ask", f"{SAYS}echo done", mode=0o755)
    assert project.run("run", "go", "--ui", "json").code == 0
    run_id = json.loads(project.run("show", "--events").out.splitlines()[0])["run_id"]
    assert f"\n\nFirst {run_id}\n\nThen\n\n" in project.folder.joinpath("prompt.1").read_text()


def test_an_input_cannot_say_where_the_settings_of_its_user_are(project):
    """Inputs reach the environment of steps; who works on agents is decided by that of the user."""
    evil = project.write(
        "evil.toml", '[agents]\nruntime = "evil"\n[runtimes.evil]\ncommand = ["touch", "harm"]\n'
    )
    text = f'workflow go {{ inputs {{ tui_config default = "{evil}" }} call plan }}'
    project.write(".flow/workflows/go.wf", text)
    project.write("ask", f"{SAYS}echo $FLOW_TUI_CONFIG", mode=0o755)
    assert project.run("run", "go", "--ui", "quiet").code == 0
    assert step(project)["context"] == str(evil)
    assert not project.folder.joinpath("harm").exists()


def test_a_secret_is_no_argument_of_an_agents_program(project):
    """Other users of the machine can see arguments; an identity hands it over as a variable."""
    project.env["MY_KEY"] = "key_0123456789"
    secret = '[env]\nsecrets = ["MY_*"]\n[identities.models]\nKEY = { env = "MY_KEY" }\n'
    config(project, 'command = ["./ask", "--key=key_0123456789"]', secret)
    project.write("ask", f"{SAYS}echo with $KEY of ${{#KEY}}", mode=0o755)
    assert project.run("run", "go", "--ui", "quiet").code == 1
    assert "an argument of runtime 'mine' holds a secret" in step(project)["error"]
    assert not project.folder.joinpath("arguments").exists()
    config(project, 'command = ["./ask"]', 'identity = "models"', secret)
    assert project.run("run", "go", "--ui", "quiet").code == 0
    assert step(project)["context"] == "with *** of 14"
