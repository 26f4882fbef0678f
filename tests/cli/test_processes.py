"""Several processes on one database, and processes that are told to end."""

import json
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli.program import Project, ended, is_alive, line_with, until

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(60)]

GATED = """
workflow gated {
  gate human_review { prompt = "Ship it?" timeout = "1h" options = { now = "1" later = "2" } }
  script after { run = "echo $FLOW_GATE_FEEDBACK; touch shipped" }
}
"""
SLEEPING = """
workflow sleeping {
  script one { run = "touch one-$FLOW_ATTEMPT; date +%N >> ones" }
  script sleeps { run = "sleep 300 & echo $! > child; echo $$ > shell; sleep 300" }
  script two { run = "touch two" }
}
"""


def sleeping(project: Project, *arguments: str) -> "tuple[subprocess.Popen[str], list[int]]":
    """Return the program while its script sleeps, and the processes of that script."""
    project.write("sleeping.wf", SLEEPING)
    files = [project.folder / name for name in ("child", "shell")]
    process = project.start("run", "sleeping.wf", *arguments)
    until(lambda: all(file.exists() and file.read_text().strip() for file in files))
    until(lambda: project.run("show", "--events").out.count("process_started") == 2)
    return process, [int(file.read_text()) for file in files]


def test_a_gate_is_answered_from_another_process(project: Project) -> None:
    """What waits is listed, a wrong option refused, the answer reaches the run, a second one is too late."""
    project.write("gated.wf", GATED)
    process = project.start("run", "gated.wf")
    told = line_with(process, "answer with:")
    name = told.split("flow-tui approve ")[1].split()[0]
    (gate,) = json.loads(project.run("gates", "--json").out)
    assert (gate["prompt"], gate["options"], gate["workflow"]) == ("Ship it?", ["now", "later"], "gated")
    assert "did you mean 'now'?" in project.run("approve", name, "--select", "nwo").err
    answer = project.run("approve", f"#{name}", "human_review", "--select", "now", "--feedback", "with care")
    assert (answer.code, answer.out) == (0, "")
    said = ended(process)
    assert said.code == 0
    assert (project.folder / "shipped").exists()
    shown = project.shown(name)["steps"][0]["gate"]
    assert (shown["approved"], shown["selections"], shown["feedback"]) == (True, ["now"], "with care")
    late = project.run("reject", name)
    assert late.code == 2
    assert "does not wait for an answer" in late.err


def test_a_rejection_ends_the_run_with_a_code_of_its_own(project: Project) -> None:
    """No means 4, for whoever started it and for nobody else."""
    project.write("gated.wf", GATED)
    process = project.start("run", "gated.wf", "--ui", "quiet")
    until(lambda: json.loads(project.run("gates", "--json").out) != [])
    assert project.run("reject", "--feedback", "not today").code == 0
    said = ended(process)
    assert said.code == 4
    assert "not today" in said.err
    assert not (project.folder / "shipped").exists()


def test_a_run_is_cancelled_from_another_process(project: Project) -> None:
    """Its owner ends the steps with all they have started and exits with 130; a resume skips what is done."""
    process, children = sleeping(project)
    refused = project.run("resume", "--ui", "plain")
    assert refused.code == 6
    cancelled = project.run("cancel")
    assert cancelled.code == 0
    assert "is cancelled" in cancelled.err
    assert ended(process).code == 130
    assert [pid for pid in children if is_alive(pid)] == []
    assert project.shown()["run"]["status"] == "cancelled"
    again = project.run("cancel")
    assert again.code == 2
    project.write(".flow/unused", "")
    assert project.run("show", "--events").out.count('"run_started"') == 1
    process = project.start("resume", "last")
    line_with(process, "sleeps  ▶ started")
    assert project.run("cancel", "last", "sleeps", "--skip").code == 0
    said = ended(process)
    assert said.code == 0
    assert (project.folder / "ones").read_text().count("\n") == 1
    assert (project.folder / "two").exists()


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130), (signal.SIGQUIT, 131)],
)
def test_a_signal_ends_everything_in_order(project: Project, number: signal.Signals, code: int) -> None:
    """Nothing of the steps is left, the run says why it ended, and so does the exit status."""
    process, children = sleeping(project, "--ui", "json")
    said = ended(process, number)
    assert said.code == code, said
    assert [pid for pid in children if is_alive(pid)] == []
    run = project.shown()["run"]
    assert (run["status"], run["reason"]) == ("cancelled", "shutdown")
    assert '"run_finished"' in said.out.splitlines()[-1]


@pytest.mark.parametrize("ui", ["plain", "json"])
def test_a_run_whose_state_is_taken_away_does_not_go_on(project: Project, ui: str) -> None:
    """Nothing would be kept of it: its steps are ended, and the exit status says that storage failed."""
    process, children = sleeping(project, "--ui", ui)
    shutil.rmtree(project.state)
    said = ended(process)
    assert said.code == 5, said
    assert "replaced or deleted" in said.out + said.err
    assert "Traceback" not in said.err
    assert [pid for pid in children if is_alive(pid)] == []


def test_a_run_whose_state_is_taken_away_at_its_end_has_not_completed(project: Project) -> None:
    """The last word counts when it is stored, and only then."""
    project.write("w.wf", 'workflow w { script s { run = "rm -rf \\"$FLOW_TUI_STATE\\"" } }')
    said = project.run("run", "w.wf")
    assert said.code == 5, said
    assert "replaced or deleted" in said.out + said.err


def test_a_second_signal_kills(project: Project) -> None:
    """Steps that do not want to end are not asked again."""
    project.write(
        "stubborn.wf",
        """workflow stubborn { script s { run = "trap '' TERM; echo $$ > pid; sleep 300; sleep 300" } }""",
    )
    process = project.start("run", "stubborn.wf")
    file = project.folder / "pid"
    until(lambda: file.exists() and bool(file.read_text().strip()))
    process.send_signal(signal.SIGTERM)
    line_with(process, "is being cancelled")
    assert ended(process, signal.SIGTERM).code == 143
    assert not is_alive(int(file.read_text()))


def test_a_run_whose_program_is_gone_is_cancelled_by_whoever_asks(project: Project) -> None:
    """What its steps have left is ended before it is recorded that the run was cancelled."""
    process, children = sleeping(project)
    process.kill()
    ended(process)
    assert [pid for pid in children if is_alive(pid)] == children
    late = project.run("approve")
    assert late.code == 2
    said = project.run("cancel")
    assert said.code == 0, said
    assert "nobody was working on it" in said.err
    assert [pid for pid in children if is_alive(pid)] == []
    shown = project.shown()
    assert shown["run"]["status"] == "cancelled"
    assert [step["status"] for step in shown["steps"]] == ["completed", "cancelled", "pending"]


def test_what_a_workflow_inside_has_left_is_ended_and_cancelled_with_it(project: Project) -> None:
    """Whoever cancels the whole does not have to know of what parts it is made."""
    project.write(".flow/workflows/sleeping.wf", SLEEPING)
    project.write("outer.wf", "workflow outer { call workflow sleeping }")
    file = project.folder / "child"
    process = project.start("run", "outer.wf", "--ui", "json")
    for _ in range(2):
        line_with(process, '"type":"process_started"')
    until(lambda: file.exists() and bool(file.read_text().strip()))
    process.kill()
    ended(process)
    assert is_alive(int(file.read_text()))
    assert project.run("cancel").code == 0
    assert not is_alive(int(file.read_text()))
    shown = project.shown()
    assert shown["run"]["status"] == "cancelled"
    assert [step["status"] for step in shown["steps"]] == ["cancelled"]
    (part,) = {json.loads(line)["event"].get("child_run") for line in project.events() if "child_run" in line}
    inside = project.shown(part)
    assert inside["run"]["status"] == "cancelled"
    assert [step["status"] for step in inside["steps"]] == ["completed", "cancelled", "pending"]


def test_steps_print_into_logs_that_can_be_read_later(project: Project, tmp_path: Path) -> None:
    """``logs`` prints what was recorded, harmless unless it is wanted raw, and knows its steps."""
    project.write(
        "w.wf",
        "workflow w { script loud { run = \"printf '\\\\033[31mred\\\\033[0m\\\\n'; echo $FLOW_ATTEMPT\" } }",
    )
    assert project.run("run", "w.wf", "--ui", "quiet").code == 0
    assert project.run("logs").out == "red\n1\n"
    assert project.run("logs", "last", "loud", "--raw").out == "\x1b[31mred\x1b[0m\n1\n"
    timed = r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d  (red|1)\n){2}"
    assert re.fullmatch(timed, project.run("logs", "last", "loud", "--times").out)
    missing = project.run("logs", "last", "lout")
    assert (missing.code, missing.out) == (2, "")
    assert "did you mean 'loud'?" in missing.err
