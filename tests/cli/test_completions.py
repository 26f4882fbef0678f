"""Completion of the command line, in the shells themselves."""

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from flow_tui.cli.completing import answer
from flow_tui.cli.main import VERBS, main
from tests.cli.program import PATIENCE, Project

HELLO = """
workflow hello {
  inputs {
    who     required  description = "whom to greet"
    polite  boolean
  }
  script greet { run = "echo hello" }
}
"""
START = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
}


@pytest.fixture
def at_home(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Return a project with a workflow, with its folder as the current one."""
    project.write(".flow/workflows/hello.wf", HELLO)
    project.write("notes.txt", "")
    monkeypatch.chdir(project.folder)
    monkeypatch.setenv("FLOW_TUI_STATE", str(project.state))
    return project


def offered(*words: str, shell: str = "fish") -> tuple[str, list[str]]:
    """Return of what kind the answer is, and its words."""
    kind, *said = answer(shell, words)
    return kind, [each.partition("\t")[0] for each in said]


@pytest.mark.usefixtures("at_home")
@pytest.mark.parametrize(
    ("words", "kind", "expected"),
    [
        (("ch",), "words", ["check"]),
        (("-C", ".", "doc"), "words", ["doctor"]),
        (("check", "--for"), "words", ["--format"]),
        (("check", "--format", ""), "words", ["text", "json", "sarif", "github"]),
        (("check", "--format=s"), "words", ["--format=sarif"]),
        (("check", "h"), "files", ["hello"]),
        (("run", ""), "files", ["hello"]),
        (("run", "hello", "-i", ""), "words", ["who=", "polite="]),
        (("run", "--ui", "plain", "hello", "-i", "who=me", "-i", "po"), "words", ["polite="]),
        (("run", "hello", "-i", "polite="), "words", ["polite=true", "polite=false"]),
        (("run", "hello", "--inputs", ""), "files", []),
        (("run", "nothing", "-i", ""), "words", []),
        (("-C", ""), "folders", []),
        (("init", ""), "folders", []),
        (("completions", "f"), "words", ["fish"]),
        (("help", "syntax", "whi"), "words", ["while"]),
        (("help", "S-BOO"), "words", ["S-BOOL"]),
        (("runs", "status:wai"), "words", ["status:waiting"]),
        (("show", ""), "words", []),
        (("approve", "last", "x", "y"), "words", []),
        (("nonsense", ""), "words", []),
        (("check", "--", "--for"), "files", []),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, tuple) else None,
)
def test_what_can_come_next_is_known(words: tuple[str, ...], kind: str, expected: list[str]) -> None:
    """From the parsers, the project and the history; what does not make sense has no answer."""
    assert offered(*words) == (kind, expected)


def test_every_verb_and_every_option_is_offered() -> None:
    """None is forgotten."""
    assert offered("") == ("words", list(VERBS))
    for verb in VERBS:
        assert {"--help", "--state", "-C"} <= set(offered(verb, "-")[1])


def test_runs_and_their_steps_are_offered(at_home: Project) -> None:
    """The newest ones of the project, by the names that other verbs take."""
    assert at_home.run("run", "hello", "-i", "who=me", "--ui", "quiet").code == 0
    _, runs = offered("show", "")
    assert runs[0] == "last"
    assert len(runs) == 2
    assert at_home.run("show", runs[1]).code == 0
    assert offered("logs", "last", "") == ("words", ["greet"])
    assert offered("resume", "last", "--from", "gr") == ("words", ["greet"])


def test_a_name_that_means_something_to_a_shell_is_harmless(at_home: Project) -> None:
    """Whatever files are called: bash is given it in quotes, and no shell an escape code or a line end."""
    for name in ("$(reboot)", "a b", "bell\x07", "line\nend"):
        at_home.write(f".flow/workflows/{name}.wf", HELLO)
    assert offered("run", "", shell="bash")[1] == ["'$(reboot)'", "'a b'", "hello"]
    assert offered("run", "")[1] == ["$(reboot)", "a b", "hello"]


def test_bash_is_told_what_follows_its_last_break() -> None:
    """It takes words apart at ``=`` and ``:``, and completes the last piece."""
    assert offered("check", "--format", "=", "sa", shell="bash") == ("words", ["sarif"])
    assert offered("runs", "status", ":", "wai", shell="bash") == ("words", ["waiting"])


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_script_is_valid(shell: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The shell itself says so."""
    assert main(["completions", shell]) == 0
    file = tmp_path / "script"
    file.write_text(capsys.readouterr().out, "utf-8")
    if (program := shutil.which(shell)) is None:
        pytest.skip(f"there is no {shell} here")
    done = subprocess.run([program, "-n", str(file)], capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.real_time
@pytest.mark.parametrize("shell", list(START))
def test_a_shell_completes_what_is_typed(shell: str, at_home: Project, tmp_path: Path) -> None:
    """Verbs, options, their values, workflows, inputs and files, at the tab key."""
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here")
    lines = {
        "flow-tui chec\t--form\tsar\t": "flow-tui check --format sarif",
        "flow-tui check --format=sa\t": "flow-tui check --format=sarif",
        "flow-tui run hel\t-i wh\tme -i poli\ttr\t": "flow-tui run hello -i who=me -i polite=true",
        "flow-tui fmt not\t": "flow-tui fmt notes.txt",
        "flow-tui -C .fl\twork\t": "flow-tui -C .flow/workflows",
    }
    before = "autoload -Uz compinit; compinit -u -D; " if shell == "zsh" else ""
    typed = f'{before}eval "$(flow-tui completions {shell})"; say() {{ printf "<%s>\\n" "$*"; }}\r'
    typed += "".join(f"{line}\x01say \x05\r" for line in lines)
    seen = at_a_terminal(START[shell], typed, environment(at_home, tmp_path), f"<{[*lines.values()][-1]}>")
    said = [part.partition(">")[0].strip(" /") for part in seen.split("<flow-tui")[1:]]
    assert [f"flow-tui {each}" for each in said] == list(lines.values())


@pytest.mark.real_time
@pytest.mark.skipif(shutil.which("fish") is None, reason="there is no fish here")
def test_fish_completes_what_is_typed(at_home: Project, tmp_path: Path) -> None:
    """With a description beside each word."""
    line = "flow-tui completions fish | source; complete -C 'flow-tui {}'"
    env = environment(at_home, tmp_path)
    for typed, expected in {
        "chec": "check\tsay what is wrong with definitions",
        "run hel": "hello\tworkflow",
        "run hello -i w": "who=\twhom to greet",
        "run hello --inputs no": "notes.txt",
    }.items():
        done = subprocess.run(
            ["fish", "--no-config", "-c", line.format(typed)],
            env=env,
            cwd=at_home.folder,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=True,
        )
        assert expected in done.stdout.splitlines()


def environment(project: Project, folder: Path) -> dict[str, str]:
    """Return what a shell sees that has the program on its path."""
    program = folder / "bin" / "flow-tui"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m flow_tui "$@"\n', "utf-8")
    program.chmod(0o755)
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    root = str(Path(__file__).parents[2])
    return project.environment(PATH=path, HOME=str(folder), TERM="dumb", PYTHONPATH=root, PS1="> ")


def at_a_terminal(argv: list[str], typed: str, env: dict[str, str], last: str) -> str:
    """Return what a program shows at a terminal where somebody types, up to ``last``."""
    master, slave = pty.openpty()
    child = subprocess.Popen(argv, stdin=slave, stdout=slave, stderr=slave, env=env, start_new_session=True)
    os.close(slave)
    seen = bytearray()
    ends = time.monotonic() + PATIENCE
    try:
        os.write(master, typed.encode())
        while last.encode() not in seen.replace(b" >", b">").replace(b"/>", b">"):
            assert time.monotonic() < ends, seen.decode("utf-8", "replace")
            if select.select([master], [], [], 0.2)[0]:
                seen += os.read(master, 65_536)
    finally:
        child.kill()
        child.wait()
        os.close(master)
    return seen.decode("utf-8", "replace")
