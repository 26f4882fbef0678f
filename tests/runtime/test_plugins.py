"""What installed packages bring along: found by their lists, loaded when it is used."""

from pathlib import Path

import pytest

from tests.cli.program import Project

pytestmark = pytest.mark.real_time

THINGS = """
from pathlib import Path

Path("imported").touch()


def greet(params):
    return f"hello {params.name}"


class Customers:
    async def items(self, params):
        return ["ann"]


def quits():
    pass


number = 7


def asks():
    from flow_tui.runtimes.program import Runtime
    from flow_tui.runtimes.readers import TextReader

    return Runtime(name="asks", command=("./ask",), prompt="stdin", reader=TextReader)


class Counts:
    def __init__(self, target, options):
        self.file = Path(target)

    def __call__(self, recorded):
        self.file.open("a").write(recorded.event.type + "\\n")
"""
LISTED = """
[flow_tui.actions]
greet = things:greet
number = things:number
gone = things:gone
leaves = leaves:anything
missing = no_such_module:anything

[flow_tui.providers]
customers = things:Customers

[flow_tui.runtimes]
asks = things:asks
greets = things:greet

[flow_tui.sinks]
counts = things:Counts
"""


def install(folder: Path, name: str, listed: str) -> None:
    """Put the record of a package into a folder of packages."""
    record = folder / f"{name.replace('-', '_')}-1.2.dist-info"
    record.mkdir(parents=True)
    record.joinpath("METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
    record.joinpath("entry_points.txt").write_text(listed)


@pytest.fixture
def packages(project: Project, tmp_path: Path) -> Path:
    """Return a folder of packages that the program knows."""
    folder = tmp_path / "packages"
    install(folder, "tiny-things", LISTED)
    folder.joinpath("things.py").write_text(THINGS)
    folder.joinpath("leaves.py").write_text("raise SystemExit('bye')")
    root = Path(__file__).parents[2]
    project.env |= {"PYTHONPATH": f"{root}:{folder}", "FLOW_TUI_CONFIG": str(tmp_path / "config.toml")}
    return folder


def test_an_extension_is_loaded_when_it_is_used(packages: Path, project: Project) -> None:
    """Checking, and running what does not name it, imports nothing; broken neighbours harm nobody."""
    assert packages.exists()
    project.write("plain.wf", 'workflow plain { script s { run = "echo x" } }')
    project.write("greets.wf", "workflow greets { call greet }")
    install(packages, "with-providers", "")
    imported = project.folder / "imported"
    assert project.run("check", "greets.wf", "--strict").code == 0
    assert not imported.exists()
    ran = project.run("run", "greets.wf")
    assert ran.code == 0, ran
    assert "hello greet" in ran.out
    assert imported.exists()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("missing", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("gone", "AttributeError: module 'things' has no attribute 'gone'"),
        ("number", "UsageError: int cannot be used: an action needs a method 'execute', or to be a function"),
        ("leaves", "SystemExit: bye"),
    ],
)
def test_who_names_a_broken_extension_is_told_why(
    packages: Path, project: Project, name: str, why: str
) -> None:
    """With the package that brings it, before anything runs."""
    assert packages.exists()
    project.write("w.wf", f"workflow w {{ call {name} }}")
    ran = project.run("run", "w.wf", "--ui", "plain")
    assert ran.code == 2
    assert why in ran.err
    assert "tiny-things 1.2 provides it" in ran.err


def test_the_doctor_lists_what_is_there_and_why_something_is_not_used(
    packages: Path, project: Project
) -> None:
    """Whatever state a package is in; it says from which package each comes."""
    install(packages, "another", "[flow_tui.actions]\ngreet = elsewhere:greet\n")
    install(packages, "zzz", "[flow_tui.actions]\nthis is no list\n")
    said = project.run("doctor")
    assert said.code == 5
    assert "was not loaded" not in said.err  # told once, on stdout
    assert said.is_clean()
    assert "provider   customers, of tiny-things 1.2 (things:Customers)" in said.out
    assert "runtime    asks, of tiny-things 1.2 (things:asks)" in said.out
    assert "sink       counts, of tiny-things 1.2 (things:Counts)" in said.out
    for problem in (
        "action 'greet' of tiny-things 1.2 is not used: another 1.2 has an extension of the same name",
        "action 'greet' of another 1.2 is not used: ModuleNotFoundError: No module named 'elsewhere'",
        "action 'leaves' of tiny-things 1.2 is not used: SystemExit: bye",
        "runtime 'greets' of tiny-things 1.2 is not used: TypeError",
        "zzz is not used: its list of extensions is broken: ",
    ):
        assert f"✗ {problem}" in said.out
    assert "install another version of zzz, or remove it" in said.out


def test_a_package_that_is_broken_breaks_nothing_else(packages: Path, project: Project) -> None:
    """What looks through everything that is installed is kept from it, and no step inherits that."""
    install(packages, "zzz", "[flow_tui.actions]\nthis is no list\n")
    project.write("w.wf", 'workflow w { script s { run = "echo +${PYDANTIC_DISABLE_PLUGINS-unset}" } }')
    ran = project.run("run", "w.wf", "--ui", "plain")
    assert ran.code == 0, ran.err
    assert "+unset" in ran.out


def test_a_runtime_of_a_package_works_on_agents(packages: Path, project: Project) -> None:
    """By its name, as one that flow-tui brings; one that is broken is told of."""
    assert packages.exists()
    project.write("ask", "#!/bin/sh\ncat > /dev/null\necho asked\n", mode=0o755)
    project.write(".flow/workflows/w.wf", "workflow w { call plan }")
    project.write(".flow/agents/plan.md", "---\nruntime: asks\n---\nPlan.\n")
    ran = project.run("run", "w")
    assert ran.code == 0, ran
    assert "plan  │ asked" in ran.out
    project.write(".flow/agents/plan.md", "---\nruntime: greets\n---\nPlan.\n")
    assert "the runtime 'greets' cannot be used: tiny-things 1.2 provides it" in project.run("run", "w").out


def test_a_sink_of_a_package_is_told_of_events(packages: Path, project: Project, tmp_path: Path) -> None:
    """When the settings name it."""
    assert packages.exists()
    project.write("w.wf", 'workflow w { script s { run = "echo x" } }')
    target = tmp_path / "counted"
    ran = project.run("run", "w.wf", env={"FLOW_TUI_SINKS": f"counts={target} nothing"})
    assert ran.code == 0
    assert target.read_text().split()[-1] == "run_finished"
    assert "sink 'nothing' is not used: there is no sink 'nothing'" in ran.err
