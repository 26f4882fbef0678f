"""Secrets: in no file that is kept and in nothing that is shown, whatever steps do with them."""

import base64
import json
import signal
import sys

import pytest

from flow_tui.runtime.settings import LOCATION
from tests.cli.program import Project, ended, until

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(120)]

TOKEN = "ghp_c0mmand+PRINTED/this0ne"
OWN = 's3cr"et from my\\environment'
KEY = "-----BEGIN-----\n" + "\n".join("ab01CD23" * 8 for _ in range(3)) + "\n-----END-----\n"
SETTINGS = f"""
[env]
secrets = ["MY_*"]

[identities.bot]
TOKEN = {{ command = ["cat", "token"] }}
OWN = {{ env = "MY_OWN" }}
KEY = {{ file = "key" }}

[runtimes.stub]
command  = ["{sys.executable}", "agent.py"]
output   = "claude"
identity = "bot"

[agents]
runtime = "stub"
"""
TALK = """#!/bin/sh
printf 'token %s' "$(printf %s "$TOKEN" | cut -c1-9)"; sleep 0.1
printf '%s\\n' "$(printf %s "$TOKEN" | cut -c10-)"
printf '%s' "$TOKEN" | base64; printf '%s' "$TOKEN" | od -An -tx1 | tr -d ' \\n'; echo
echo "own: $OWN mine: ${MY_OWN:-gone}" >&2
echo "$KEY"; echo "$KEY" | base64
printf '%s' "{\\"markers\\": [\\"$TOKEN\\"], \\"context\\": \\"it is $TOKEN\\"}" > "$FLOW_OUTPUT_FILE"
"""
TELL = """
import os, sys
from flow_tui import action

@action
def tell(params):
    params.log("logging " + params.env["TOKEN"])
    print(repr(params.env["KEY"]), file=sys.stderr)
    return {"context": params.env["OWN"], "found": params.env["TOKEN"]}

@action
def fall(params):
    raise RuntimeError("no luck with " + params.env["TOKEN"])
"""
AGENT = """
import json, os, sys
sys.stdin.read()
token = os.environ["TOKEN"]
def say(**event): print(json.dumps(event), flush=True)
for piece in (token[:5], token[5:]):
    delta = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}}
    say(type="stream_event", event=delta)
say(type="result", subtype="success", is_error=False, result="I was given " + token, num_turns=1)
"""
WORKFLOW = """
workflow secrets {
  script talk { run = "./talk" as = bot }
  script again { run = "echo {{prior_context}}" }
  call talks { as = bot }
  call tell { as = bot }
  call think
  gate human_approval { prompt = "{{prior_context}}" }
  script fail { run = "./talk >&2; exit 3" as = bot retries = 1 on_fail = continue }
  call fall { as = bot }
}
"""
CUT = """
workflow cut {
  script endless {
    run = "./talk; printf %s \\"$TOKEN\\" | cut -c1-20 | tr -d '\\n'; echo > begun; sleep 600"
    as  = bot
  }
}
"""


@pytest.fixture
def project(tmp_path):
    """Return a project whose steps print, hand over and fail with what nobody may know."""
    own = tmp_path / "own"
    own.mkdir()
    (own / "config.toml").write_text(SETTINGS)
    (own / "token").write_text(f"{TOKEN}\n")
    (own / "key").write_text(KEY)
    project = Project(
        tmp_path / "project", tmp_path / "state", {LOCATION: str(own / "config.toml"), "MY_OWN": OWN}
    )
    project.write("talk", TALK, mode=0o755)
    project.write(".flow/actions/talks", TALK, mode=0o755)
    project.write(".flow/actions.py", TELL)
    project.write(".flow/agents/think.md", "Think of {{prior_context}}.\n")
    project.write("agent.py", AGENT)
    project.write(".flow/workflows/secrets.wf", WORKFLOW)
    project.write(".flow/workflows/cut.wf", CUT)
    return project


def forms():
    """Return what may stand nowhere, by name."""
    found = {"token": TOKEN, "own": OWN, "own, as JSON has it": json.dumps(OWN)[1:-1]}
    found |= {f"line {number} of key": line for number, line in enumerate(KEY.split())}
    for name, value in {"token": TOKEN, "key": KEY}.items():
        found[f"{name} in base64"] = base64.b64encode(value.encode()).decode()[:32]
        found[f"{name} in hexadecimal"] = value.encode().hex()[:40]
    return {name: text.encode() for name, text in found.items()}


def found_in(data):
    """Return the names of the secrets in some bytes."""
    return [name for name, form in forms().items() if form in data]


def kept(project):
    """Return where in the state folder there is a secret, and how many files there are."""
    files = [file for file in project.state.rglob("*") if file.is_file()]
    return [(str(file), found) for file in files if (found := found_in(file.read_bytes()))], len(files)


def test_no_secret_is_kept_or_shown_whatever_steps_do_with_it(project):
    """Scripts, programs, functions and agents that print, hand over, log, fail and are asked about it."""
    process = project.start("run", "secrets", "--ui", "json", "-v")
    until(lambda: "human_approval" in project.run("gates").out)
    waits = project.run("gates").out
    assert project.run("approve", "last").code == 0
    said = ended(process)
    assert said.code == 1, said
    shown = [
        said.out,
        said.err,
        waits,
        project.run("show", "last", "--json").out,
        project.run("export", "last").out,
    ]
    shown += [project.run("logs", "last", step).out for step in ("talk", "think", "tell")]
    assert [found_in(text.encode()) for text in shown] == [[]] * len(shown)
    assert [text.count("***") > 0 for text in shown] == [True, False, *[True] * (len(shown) - 2)]
    left, count = kept(project)
    assert left == []
    assert count > 15
    state = project.shown()
    steps = {step["name"]: step for step in state["steps"]}
    assert (steps["talk"]["markers"], steps["talk"]["context"]) == (["***"], "it is ***")
    assert (steps["think"]["status"], steps["think"]["context"]) == ("completed", "I was given ***")
    assert steps["fall"]["error"].endswith("no luck with ***")
    assert "gone" in project.run("logs", "last", "talk").out


@pytest.mark.parametrize("end", [pytest.param(signal.SIGTERM, marks=pytest.mark.slow), signal.SIGKILL])
def test_no_secret_is_kept_of_a_run_that_is_cut_off(project, end):
    """Ended in the middle of printing one, by a signal that nobody can catch, too; then gone on with."""
    process = project.start("run", "cut", "--ui", "json")
    until((project.folder / "begun").exists)
    said = ended(process, end)
    assert found_in(said.out.encode() + said.err.encode()) == []
    (log,) = project.state.glob("runs/*/0/1.log")
    text = log.read_text()
    assert text.startswith("token ***\n***\n")
    assert TOKEN[:9] not in text
    # What a program has put into a file for us is not ours to hide before it has ended.
    handed_over = [str(file) for file in project.state.glob("runs/*/*.1.d/output")] * (end == signal.SIGKILL)
    assert [place for place, _ in kept(project)[0]] == handed_over
    project.write(".flow/workflows/cut.wf", CUT)
    process = project.start("resume", "last", "--ui", "json")
    until(lambda: "2.log" in [file.name for file in project.state.glob("runs/*/0/*")])
    ended(process, signal.SIGTERM)
    assert kept(project)[0] == []
