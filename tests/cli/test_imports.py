"""What a verb loads: nobody waits for what is not used."""

import subprocess
import sys

import pytest

from tests.cli.program import Project

pytestmark = [pytest.mark.real_time, pytest.mark.usefixtures("unmeasured")]

_LOADED = """
import sys
from flow_tui.cli.main import main
code = main(sys.argv[1:])
print(code, *sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""
SOUND = 'workflow w { script hello { run = "echo hello" } }'


def loaded(project: Project, *arguments: str) -> set[str]:
    """Return the exit status and the top-level modules that were loaded at the end."""
    done = subprocess.run(
        [sys.executable, "-c", _LOADED, *arguments],
        cwd=project.folder,
        env=project.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    code, *modules = done.stderr.splitlines()[-1].split()
    assert code == "0", done.stderr
    return set(modules)


@pytest.mark.parametrize(
    "arguments", [["--version"], ["--help"], ["run", "--help"], ["show", "--help"], ["help", "P-NAME"]]
)
def test_help_and_version_load_next_to_nothing(project: Project, arguments: list[str]) -> None:
    """No parser, no models, no loop, no database, no screen, no look into installed packages."""
    heavy = {"pydantic", "lark", "textual", "rich", "asyncio", "sqlite3", "watchfiles", "yaml", "logging"}
    assert loaded(project, *arguments) & heavy == set()


@pytest.mark.parametrize(
    "arguments",
    [["check", "w.wf"], ["fmt", "w.wf"], ["list"], ["runs"], ["run", "w.wf", "--ui", "quiet"], ["gates"]],
    ids=" ".join,
)
def test_without_a_screen_there_is_no_textual(project: Project, arguments: list[str]) -> None:
    """Only the dashboard pays for the dashboard."""
    project.write("w.wf", SOUND)
    assert loaded(project, *arguments) & {"textual", "rich"} == set()


def test_a_check_starts_no_loop_and_opens_no_database(project: Project) -> None:
    """Checking reads files and nothing else."""
    project.write("w.wf", SOUND)
    heavy = {"asyncio", "sqlite3", "watchfiles", "yaml", "ulid", "platformdirs"}
    assert loaded(project, "check", "w.wf") & heavy == set()
    assert not project.state.exists()
