"""Looking at a project that nobody trusts executes, imports and writes nothing in it."""

import json
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
