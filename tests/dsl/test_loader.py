"""Definitions and what they refer to are found where they should be, and nowhere else."""

import os
import stat
from pathlib import Path

import pytest

from flow_tui import limits
from flow_tui.dsl import files, resources
from flow_tui.dsl.agents import load_agent
from flow_tui.dsl.ast import AgentRef
from flow_tui.dsl.checks import check
from flow_tui.dsl.loader import find, library, load, load_file, project_at, project_of
from flow_tui.dsl.surroundings import Surroundings

case = pytest.mark.case


def write(path: Path, text: str = "workflow {} {{}}", *, mode: int = 0o644) -> Path:
    """Write a file, by default a workflow called like the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.format(path.stem) if text.startswith("workflow {}") else text)
    path.chmod(mode)
    return path


def codes(problems) -> list[str]:
    """Return the codes of diagnostics."""
    return [problem.code for problem in problems]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return the folder of a project with a configuration folder of ours."""
    (tmp_path / "p" / ".flow" / "workflows").mkdir(parents=True)
    return tmp_path / "p"


def test_a_project_begins_at_the_nearest_marked_folder(root):
    """Ours comes before the older one where both are there."""
    (root / ".conductor").mkdir()
    (root / "a" / "b").mkdir(parents=True)
    project = project_at(root / "a" / "b")
    assert (project.root, project.folders) == (root, (root / ".flow", root / ".conductor"))
    assert project.workflow_folders == (root / ".flow" / "workflows", root / ".conductor" / "workflows")
    assert project_of(root / "a" / "x.wf") == project


def test_without_a_marked_folder_a_project_begins_at_the_repository(tmp_path):
    """Things are looked up beside the file, steps run at the top."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "a").mkdir()
    project = project_of(tmp_path / "a" / "x.wf")
    assert (project.root, project.folders, project.marked) == (tmp_path, (tmp_path / "a",), False)


def test_a_lone_file_is_a_project_of_its_own(tmp_path):
    """Its folder is the root, and where everything is looked for."""
    write(tmp_path / "x.wf")
    project, loaded = find("x.wf", tmp_path)
    assert project.root == tmp_path
    assert loaded.workflow.name == "x"
    assert [each.path.name for each in library(project).definitions] == ["x.wf"]


@case(12)
@pytest.mark.parametrize("name", ["", "../x", "a b", "a.b", "foo/bar", "é", "x\n"])
def test_a_name_that_could_be_a_path_is_refused(root, name):
    """Only letters, digits, - and _ make a name."""
    assert codes(load(project_at(root), name).diagnostics) == ["F-NAME"]


@case(12)
def test_a_workflow_is_loaded_by_name_from_the_folder_that_wins(root):
    """A broken file there is final."""
    write(root / ".conductor" / "workflows" / "my-flow_v2.wf")
    project = project_at(root)
    assert load(project, "my-flow_v2").path.parent.parent.name == ".conductor"
    write(root / ".flow" / "workflows" / "my-flow_v2.wf", "broken")
    loaded = load(project, "my-flow_v2")
    assert (loaded.workflow, codes(loaded.diagnostics)) == (None, ["P-EXPECTED"])
    assert loaded.source == "broken"


def test_a_name_that_is_not_there_gets_a_hint(root):
    """The nearest name, and the folders that were searched."""
    write(root / ".flow" / "workflows" / "deploy.wf")
    (problem,) = find("depoly", root)[1].diagnostics
    assert (problem.code, problem.hint) == ("F-NOT-FOUND", "did you mean 'deploy'?")
    assert str(root / ".flow" / "workflows") in problem.message


def test_a_file_is_named_by_its_path(root):
    """A slash or the ending says so."""
    path = write(root / "sub" / "x.wf")
    assert find("sub/x.wf", root)[1].workflow.name == "x"
    assert find(str(path), Path("/"))[0].root == root
    assert codes(find("./gone.wf", root)[1].diagnostics) == ["F-NOT-FOUND"]


def test_the_list_is_by_declared_name_and_the_winning_folder_replaces(root):
    """A file called differently from its workflow is worth a warning."""
    write(root / ".conductor" / "workflows" / "x.wf")
    write(root / ".flow" / "workflows" / "y.wf", "workflow x {}")
    listed = library(project_at(root))
    assert [each.path.name for each in listed.definitions] == ["y.wf"]
    assert codes(listed.diagnostics) == ["W-NAME-MISMATCH"]


def test_broken_files_are_told_by_stem_and_hide_nothing(root):
    """Only entries with the exact ending count, and a folder is no file."""
    for folder in (".conductor", ".flow"):
        write(root / folder / "workflows" / "b.wf", "broken")
    for name in ("u.WF", ".wf", "n.wf.bak"):
        write(root / ".flow" / "workflows" / name, "broken")
    write(root / ".flow" / "workflows" / "good.wf")
    (root / ".flow" / "workflows" / "sub.wf").mkdir()
    listed = library(project_at(root))
    assert [each.workflow.name for each in listed.definitions] == ["good"]
    assert [(each.path.parent.parent.name, each.path.name) for each in listed.broken] == [
        (".flow", "b.wf"),
        (".flow", "sub.wf"),
    ]
    assert codes(listed.diagnostics) == ["P-EXPECTED", "F-UNREADABLE"]


def test_two_files_of_one_folder_with_one_name_are_an_error(root):
    """The later counts, the error names the earlier."""
    write(root / ".flow" / "workflows" / "a.wf", "workflow b {}")
    write(root / ".flow" / "workflows" / "b.wf")
    listed = library(project_at(root))
    assert [each.path.name for each in listed.definitions] == ["b.wf"]
    (problem,) = listed.diagnostics
    assert (problem.code, "a.wf" in problem.message) == ("E-DUP-WORKFLOW", True)


def test_a_folder_without_workflows_has_none(tmp_path):
    """Missing folders are not an error."""
    (tmp_path / ".flow").mkdir()
    assert library(project_at(tmp_path)).definitions == ()
    (tmp_path / ".flow" / "workflows").write_text("a file")
    assert library(project_at(tmp_path)).diagnostics == ()


def test_a_folder_that_cannot_be_listed_is_said_to_be(root, monkeypatch):
    """The others are still listed."""
    write(root / ".conductor" / "workflows" / "x.wf")
    listing = Path.iterdir

    def refuse(path: Path):
        if path.parent.name == ".flow":
            raise PermissionError(13, "Permission denied")
        return listing(path)

    monkeypatch.setattr(Path, "iterdir", refuse)
    listed = library(project_at(root))
    assert [each.workflow.name for each in listed.definitions] == ["x"]
    assert [(p.code, p.message) for p in listed.diagnostics] == [("F-UNREADABLE", "permission denied")]


def test_pipes_devices_and_loops_are_no_definitions(root):
    """Reading never waits and never follows a circle."""
    folder = root / ".flow" / "workflows"
    os.mkfifo(folder / "pipe.wf")
    (folder / "null.wf").symlink_to("/dev/null")
    (folder / "loop.wf").symlink_to(folder / "loop.wf")
    (folder / "dangling.wf").symlink_to(folder / "nowhere")
    listed = library(project_at(root))
    assert {each.path.stem: each.diagnostics[0].message for each in listed.broken} == {
        "pipe": "not a regular file",
        "null": "a link leads out of the project",
        "loop": "the links lead in a circle",
        "dangling": "no such file or directory",
    }
    assert set(codes(listed.diagnostics)) == {"F-UNREADABLE"}


def test_a_link_out_of_the_project_is_followed_only_when_a_person_names_it(root, tmp_path):
    """Listing and loading by name stay inside; a configuration folder may itself be a link."""
    outside = write(tmp_path / "outside" / "x.wf")
    link = root / ".flow" / "workflows" / "x.wf"
    link.symlink_to(outside)
    assert codes(load(project_at(root), "x").diagnostics) == ["F-UNREADABLE"]
    assert load_file(link).workflow is not None
    (root / ".conductor").symlink_to(tmp_path / "shared")
    write(tmp_path / "shared" / "workflows" / "y.wf")
    assert load(project_at(root), "y").workflow is not None


def test_a_file_over_the_limit_is_not_read(root, monkeypatch):
    """Its size is said."""
    monkeypatch.setattr(limits, "FILE_BYTES", 4)
    path = write(root / ".flow" / "workflows" / "x.wf")
    with pytest.raises(files.UnreadableError, match="larger than"):
        files.read(path, most=4)


def test_errors_of_the_system_are_told_in_one_line(root, monkeypatch):
    """Opening and reading can fail."""
    path = write(root / "x.wf")

    def fail(*_args: object) -> int:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "read", fail)
        assert load_file(path).diagnostics[0].message == "input/output error"
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", fail)
        assert load_file(path).diagnostics[0].message == "input/output error"


def test_a_path_that_is_no_text_can_be_shown(root):
    """Bytes that are not UTF-8 become a mark."""
    name = os.fsdecode(b"\xff.wf")
    write(root / ".flow" / "workflows" / name, "broken")
    (problem,) = library(project_at(root)).diagnostics
    assert problem.file.endswith("\ufffd.wf")


def test_a_byte_order_mark_is_no_part_of_the_source(root):
    """Places and source agree."""
    path = root / "x.wf"
    path.write_bytes(b"\xef\xbb\xbfworkflow x {}")
    loaded = load_file(path)
    assert (loaded.source, loaded.workflow.span.column) == ("workflow x {}", 1)


# What definitions refer to


def test_scripts_are_looked_for_in_the_roots_in_order(root, tmp_path):
    """The project first, then its script folders, then the skills of the user."""
    project = project_at(root)
    places = (
        root / "x.sh",
        root / ".flow" / "scripts" / "x.sh",
        tmp_path / "home" / ".claude" / "skills" / "x.sh",
    )
    for place in reversed(places):
        write(place, "#!/bin/sh\n", mode=0o755)
        found = resources.resolve_script(project, "x.sh", tmp_path / "home")
        assert (found.path, found.executable, found.mode) == (place, True, 0o755)
    missing = resources.resolve_script(project, "sub/y.sh")
    assert (missing.path, missing.places) == (
        None,
        (str(root / "sub/y.sh"), str(root / ".flow" / "scripts" / "sub/y.sh")),
    )


@pytest.mark.parametrize(
    ("word", "why"), [("/bin/sh", "absolute"), ("../foo.sh", "'..'"), ("a..b.sh", "'..'")]
)
def test_a_script_outside_the_project_is_refused(root, word, why):
    """Whatever is there."""
    assert why in resources.resolve_script(project_at(root), word).refused


def test_a_script_that_links_out_of_its_root_is_not_found(root, tmp_path):
    """Nor is a folder."""
    (root / "x.sh").symlink_to(write(tmp_path / "x.sh", "", mode=0o755))
    (root / "y.sh").mkdir()
    project = project_at(root)
    assert resources.resolve_script(project, "x.sh").path is None
    assert resources.resolve_script(project, "y.sh").path is None
    assert resources.resolve_script(project, "x" * 5_000).path is None


def test_the_permissions_of_a_script_are_told(root, monkeypatch):
    """Also when they cannot be read."""
    path = write(root / "x.sh", "")
    project = project_at(root)
    found = resources.resolve_script(project, "x.sh")
    assert (found.executable, stat.filemode(found.mode)) == (False, "?rw-r--r--")
    monkeypatch.setattr(
        resources, "_mode", lambda _path: (_ for _ in ()).throw(PermissionError(13, "Denied"))
    )
    assert resources.resolve_script(project, "x.sh").unreadable == "denied"
    assert path.exists()


def test_agents_are_found_by_name_nearest_first(root):
    """The workflow's own, the project's, then those of other tools and plug-ins."""
    project = project_at(root)
    agent = AgentRef(kind="name", value="plan")
    places = [
        root / ".flow" / "workflows" / "w" / "agents" / "plan.md",
        root / ".flow" / "agents" / "plan.md",
        root / ".claude" / "agents" / "plan.md",
        root / "plug" / "agents" / "plan.md",
    ]
    assert resources.agent_candidates(project, agent, "w", ["plug"]) == places
    for place in reversed(places):
        write(place, "prompt")
        assert resources.find_agent(project, agent, "w", ["plug"]) == place


def test_agents_are_found_by_path_inside_the_project(root, tmp_path):
    """As written, and never through a link that leads out."""
    project = project_at(root)
    write(root / "a" / "plan.md", "prompt")
    (root / "a" / "out.md").symlink_to(write(tmp_path / "out.md", "prompt"))
    found = [
        resources.find_agent(project, AgentRef(kind="path", value=value), "w")
        for value in ("a/plan.md", "a/out.md", "a/plan")
    ]
    assert found == [root / "a" / "plan.md", None, None]
    assert resources.agent_candidates(project, AgentRef(kind="name", value="..\\x"), "w") == []


def test_an_action_is_an_executable_file(root):
    """One without the permission is none."""
    project = project_at(root)
    write(root / ".flow" / "actions" / "a", "#!/bin/sh\n", mode=0o755)
    write(root / ".flow" / "actions" / "b", "#!/bin/sh\n")
    found = [resources.find_action(project, name) for name in ("a", "b", "c", "../a")]
    assert found == [root / ".flow" / "actions" / "a", None, None, None]


def test_snippets_and_schemas_are_found_by_name_or_by_path(root):
    """A name gets its ending, a path is used as it is."""
    project = project_at(root)
    own = write(root / ".flow" / "workflows" / "w" / "prompts" / "s.md", "x")
    shared = write(root / ".flow" / "prompts" / "t.md", "x")
    schema = write(root / ".flow" / "schemas" / "o.yaml", "x")
    assert resources.find_snippet(project, "s", "w") == own
    assert resources.find_snippet(project, "t", "w") == shared
    assert resources.find_snippet(project, ".flow/prompts/t.md", "w") == shared
    assert resources.find_schema(project, "o", "w") == schema
    refused = ("../x", "/etc/passwd", "..", "", "a\\b", "x/\0")
    assert [resources.find_snippet(project, name, "w") for name in refused] == [None] * len(refused)
    assert resources.find_snippet(project, "t", "../w") is None


def test_python_actions_are_found_by_reading_never_by_running(root, tmp_path):
    """Functions under the decorator, by their name or the one it is given."""
    ran = tmp_path / "ran"
    text = f"""
import flow_tui
from flow_tui import action
open({str(ran)!r}, "w")

@flow_tui.action
def build(params): ...

@action
async def test(params): ...

@flow_tui.action("deploy-it")
def deploy(params): ...

@flow_tui.action(name="named")
def other(params): ...

@unrelated
@unrelated.call(1)
def not_one(params): ...
"""
    write(root / ".flow" / "actions.py", text)
    project = project_at(root)
    assert resources.python_actions(project) == ("build", "test", "deploy-it", "named")
    write(root / ".flow" / "actions.py", "not python (")
    assert resources.python_actions(project) == ()
    (root / ".flow" / "actions.py").unlink()
    (root / ".flow" / "actions.py").symlink_to(write(tmp_path / "outside.py", text))
    assert resources.python_actions(project) == ()
    assert not ran.exists()


def test_a_definition_is_checked_against_its_project(root):
    """Actions, agents, scripts and child workflows are looked up where a run would."""
    write(root / ".flow" / "actions" / "act", "#!/bin/sh\n", mode=0o755)
    write(root / ".flow" / "agents" / "agent.md", "prompt")
    write(root / ".flow" / "workflows" / "child.wf", "workflow child { inputs { need } }")
    source = """workflow w {
      call act call agent call known call gone
      script a { run = "./gone.sh" }
      script b { run = "no-such-program-here x" }
      call workflow child
      call workflow lost
      call workflow w
    }"""
    write(root / ".flow" / "workflows" / "w.wf", source)
    project = project_at(root)
    workflow = load(project, "w").workflow
    found = check(workflow, Surroundings(project, actions=["known"]).ground(workflow))
    assert codes(found) == [
        "S-AGENT",
        "S-SCRIPT-MISSING",
        "W-COMMAND",
        "S-SUB-INPUT",
        "S-SUB-LOAD",
        "S-CYCLE",
    ]
    assert ".flow/actions/gone" in found[0].hint
    assert ".flow/agents/gone.md" in found[0].hint


def test_an_action_that_only_lacks_the_permission_to_run_is_said_to_be_there(root):
    """The hint is the command that gives it."""
    write(root / ".flow" / "actions" / "archive", "#!/bin/sh\n")
    write(root / ".flow" / "workflows" / "w.wf", "workflow w { call archive }")
    project = project_at(root)
    workflow = load(project, "w").workflow
    (problem,) = check(workflow, Surroundings(project).ground(workflow))
    assert problem.code == "S-ACTION"
    assert ".flow/actions/archive is there but not executable" in problem.message
    assert problem.hint == "chmod +x .flow/actions/archive"


def test_what_lies_outside_the_root_is_shown_whole(root):
    """A plug-in folder may be anywhere."""
    write(root / ".flow" / "workflows" / "w.wf", 'workflow w { call a { plugin_dirs = "/elsewhere" } }')
    project = project_at(root)
    workflow = load(project, "w").workflow
    (problem,) = check(workflow, Surroundings(project).ground(workflow))
    assert problem.code == "S-AGENT"
    assert "/elsewhere/agents/a.md" in problem.hint


def test_a_key_of_an_agent_that_nobody_reads_is_doubted_once(root):
    """A slip of the pen is told with what was meant; what other programs read in such files is not."""
    front = "---\nname: a\nmodle: small\ntools: [Read, Grep]\ndescription: does it\ncolor: red\n---\nDo it."
    write(root / ".flow" / "agents" / "a.md", front)
    write(root / ".flow" / "workflows" / "w.wf", "workflow w { call a call b { on_fail = a } }")
    write(root / ".flow" / "agents" / "b.md", "Then this.")
    project = project_at(root)
    workflow = load(project, "w").workflow
    found = check(workflow, Surroundings(project).ground(workflow))
    assert [(one.code, one.severity, one.message, one.hint) for one in found] == [
        (
            "W-AGENT",
            "warning",
            "the agent 'a': .flow/agents/a.md:3: the key 'modle' is not known",
            "did you mean 'model'?",
        )
    ]
    agent = load_agent(front).agent
    assert (agent.tools, agent.description, agent.model) == (("Read", "Grep"), "does it", "")
    assert load_agent("---\ntools: Read, Grep\n---\nDo it.").agent.tools == ("Read", "Grep")
