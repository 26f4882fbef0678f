"""Looking at a project that nobody trusts executes, imports and writes nothing in it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.program import Project

pytestmark = pytest.mark.real_time

LOOKS = [
    ["list"],
    ["list", "--json"],
    ["check"],
    ["check", "w", "broken"],
    ["plan", "w"],
    ["ast", ".flow/workflows/w.wf"],
    ["fmt", "--check", ".flow/workflows/w.wf"],
    ["schema", ".flow/schemas/s.yaml"],
    ["runs"],
    ["gates"],
    ["config"],
    ["doctor"],
]
AUDITED = """
import json, os, sys
project, looks = sys.argv[1], json.loads(sys.argv[2])
found = []
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

def inside(place):
    return isinstance(place, (str, bytes)) and os.path.abspath(os.fsdecode(place)).startswith(project)

def hook(event, args):
    if event in {"subprocess.Popen", "os.exec", "os.posix_spawn", "os.system", "os.fork", "socket.connect"}:
        found.append([event, repr(args)])
    elif event == "exec" and getattr(args[0], "co_filename", "").startswith(project):
        found.append([event, args[0].co_filename])
    elif event == "open" and inside(args[0]) and (args[2] or 0) & WRITES:
        found.append([event, repr(args)])
    elif event in {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.chmod"}:
        found.extend([event, repr(args)] for _ in [0] if inside(args[0]))

from flow_tui.cli.main import main
sys.addaudithook(hook)
codes = []
for look in looks:
    try:
        codes.append(main(look))
    except SystemExit as left:
        codes.append(left.code)
print("\\n" + json.dumps([codes, found]))
"""


@pytest.fixture
def project(tmp_path):
    """Return a project that does harm with everything in it that could be executed."""
    project = Project(tmp_path / "project", tmp_path / "state")
    harm = "import pathlib\npathlib.Path(__file__).with_name('harm').touch()\n"
    for name in ("lark", "yaml", "textual", "pydantic", "asyncio", "logging", "sitecustomize"):
        project.write(f"{name}.py", harm)
    project.write(".flow/actions.py", f"{harm}import flow_tui\n@flow_tui.action\ndef weigh(params): ...\n")
    project.write(".flow/actions/pack", "#!/bin/sh\ntouch harm\n", mode=0o755)
    project.write(".flow/agents/plan.md", "---\nrole: actor\n---\nDo harm.\n")
    project.write(".flow/schemas/s.yaml", "fields:\n  done:\n    type: boolean\n")
    project.write(".flow/config.toml", '[agents]\nruntime = "harm"\n')
    project.write(
        ".flow/workflows/w.wf",
        'workflow w { script s { run = "touch harm" } call pack call weigh call plan { output = s } }',
    )
    project.write(".flow/workflows/broken.wf", "workflow broken { call }")
    return project


def test_looking_at_a_project_does_nothing_in_it(project):
    """Whatever one looks with: seen by the interpreter itself."""
    before = {file: file.stat().st_mtime_ns for file in project.folder.rglob("*")}
    done = subprocess.run(
        [sys.executable, "-P", "-c", AUDITED, str(project.folder), json.dumps(LOOKS)],
        cwd=project.folder,
        env=project.environment(PYTHONPATH=str(Path(__file__).parents[2])),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    codes, found = json.loads(done.stdout.splitlines()[-1])
    assert found == []
    assert len(codes) == len(LOOKS)
    assert codes[0] == 0
    assert {file: file.stat().st_mtime_ns for file in project.folder.rglob("*")} == before


def test_a_module_that_lies_about_is_not_taken_for_one_of_ours(project):
    """``python -m`` would look into the current folder first."""
    said = project.run("list")
    assert said.code == 0, said
    assert list(project.folder.rglob("harm")) == []


SOUND = 'workflow w { call plan { output = s with = ["p"] } call weigh script x { run = "x.sh" } }'
HARM = "import pathlib\npathlib.Path(__file__).with_name('harm').touch()\n"
SHELL = "#!/bin/sh\ntouch harm\n"
TEXTS = {
    "a function": {".flow/actions.py": f"{HARM}import flow_tui\n@flow_tui.action\ndef weigh(params): ...\n"},
    "an action in a package": {".flow/actions/weigh/__init__.py": HARM},
    "a program": {".flow/actions/weigh": SHELL},
    "a script": {".flow/scripts/x.sh": SHELL},
    "modules of ours": {"lark.py": HARM, "yaml/__init__.py": HARM, "flow_tui/__init__.py": HARM},
    "modules of Python": {"json.py": HARM, "sitecustomize.py": HARM, "usercustomize.py": HARM},
    "a test run": {"conftest.py": HARM, "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '-p harm'"},
    "a package": {
        "evil-1.dist-info/entry_points.txt": "[flow_tui.actions]\nweigh = evil:x\n[pydantic]\nx = evil:x\n",
        "evil-1.dist-info/METADATA": "Name: evil\nVersion: 1\n",
        "evil.py": HARM,
    },
    "a path file": {"evil.pth": "import pathlib; pathlib.Path('harm').touch()"},
    "an environment": {".envrc": "touch harm", ".env": "PYTHONSTARTUP=harm.py", "harm.py": HARM},
    "hooks": {".git/hooks/post-checkout": SHELL, ".git/HEAD": "ref: refs/heads/main\n"},
    "a git that runs things": {
        ".git/config": '[core]\n fsmonitor = "touch harm"\n[alias]\n status = !touch harm\n',
        ".git/HEAD": "ref: refs/heads/main\n",
    },
    "a runtime": {".flow/config.toml": '[runtimes.x]\ncommand = ["touch", "harm"]\n'},
    "an identity": {".flow/config.toml": '[identities.x]\nT = { command = ["touch", "harm"] }\n'},
    "a sink": {".flow/config.toml": '[[sinks]]\ntype = "jsonl"\ntarget = "harm"\n'},
    "a state": {".flow/config.toml": 'state = "."\n'},
    "an object": {".flow/schemas/s.yaml": "fields: !!python/object/apply:os.system ['touch harm']\n"},
    "an object in an agent": {".flow/agents/plan.md": "---\nrole: !!python/name:os.system\n---\nx"},
    "a bomb": {".flow/schemas/s.yaml": "a: &a [x, x]\nb: &b [*a, *a]\nfields: {c: [*b, *b]}\n"},
    "a deep schema": {".flow/schemas/s.yaml": "fields: " + "{a: " * 3000 + "}" * 3000},
    "a deep workflow": {".flow/workflows/w.wf": "workflow w {" + "do {" * 5000},
    "a circle": {".flow/workflows/w.wf": "workflow w { call workflow w }"},
    "a long line": {".flow/workflows/w.wf": f'workflow w {{ script x {{ run = "{"x" * 1_000_000}" }} }}'},
    "escape codes": {".flow/workflows/\x1b]0;harm\x07.wf": "workflow \x1b[2J {"},
    "a name that leads out": {".flow/workflows/w.wf": "workflow w { call ../../../bin/sh call /bin/sh }"},
    "both folders": {".conductor/workflows/w.wf": SOUND, ".conductor/actions/weigh": SHELL},
}
"""Files that would do harm, by what they are."""
LINKS = {
    "a workflow outside": ".flow/workflows/w.wf",
    "an agent outside": ".flow/agents/plan.md",
    "settings outside": ".flow/config.toml",
    "a function outside": ".flow/actions.py",
}
PIPES = {"a workflow that waits": ".flow/workflows/v.wf", "settings that wait": ".flow/config.toml"}
"""Named pipes, at which reading would wait for ever."""


def _hostile(folder: Path, outside: Path) -> list[Path]:
    """Make projects, each with another way to do harm to whoever only looks."""
    made = [*TEXTS, *LINKS, *PIPES]
    for number, name in enumerate(made):
        files = {".flow/workflows/w.wf": SOUND, ".flow/agents/plan.md": "Do harm.", **TEXTS.get(name, {})}
        place = folder / str(number)
        for file, text in files.items():
            (place / file).parent.mkdir(parents=True, exist_ok=True)
            (place / file).write_text(text)
            (place / file).chmod(0o755)
        if name in LINKS:
            (place / LINKS[name]).unlink(missing_ok=True)
            (place / LINKS[name]).symlink_to(outside)
        elif name in PIPES:
            os.mkfifo(place / PIPES[name])
    return [folder / str(number) for number in range(len(made))]


def test_looking_at_folders_made_to_harm_does_nothing_in_them(tmp_path):
    """Modules, hooks, settings, objects, links and pipes: none is executed, written to, or waited for."""
    outside = tmp_path / "outside"
    outside.write_text(HARM)
    folders = _hostile(tmp_path / "hostile", outside)
    assert len(folders) > 30
    before = {file: file.lstat().st_mtime_ns for file in (tmp_path / "hostile").rglob("*")}
    looks = [["-C", str(folder), *look] for folder in folders for look in (["list"], ["check"], ["config"])]
    env = Project(tmp_path / "none", tmp_path / "state").environment(
        PYTHONPATH=str(Path(__file__).parents[2])
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", AUDITED, str(tmp_path / "hostile"), json.dumps(looks)],
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"\x1b" not in done.stdout + done.stderr
    codes, found = json.loads(done.stdout.splitlines()[-1])
    assert found == []
    assert set(codes) <= {0, 2}
    assert len(codes) == len(looks)
    assert {file: file.lstat().st_mtime_ns for file in (tmp_path / "hostile").rglob("*")} == before
