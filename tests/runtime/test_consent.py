"""Consent: what a person has let run, as it was then."""

import stat
from dataclasses import replace

import pytest

from flow_tui.runtime import consent, library
from flow_tui.runtime.consent import Consent, Unknown
from tests.cli.program import Project

FLOW = """
workflow w {
  script build { run = "make all" }
  script test { run = "./check --all" }
  call pack
  call plan
  call weigh
}
"""


@pytest.fixture
def project(tmp_path):
    """Return a project that executes something of every kind."""
    project = Project(tmp_path / "project", tmp_path / "state")
    project.write("check", "#!/bin/sh\n", mode=0o755)
    project.write(".flow/actions/pack", "#!/bin/sh\n", mode=0o755)
    project.write(".flow/actions.py", "import flow_tui\n\n\n@flow_tui.action\ndef weigh(params): ...\n")
    project.write(".flow/agents/plan.md", "Plan.\n")
    project.write(".flow/workflows/w.wf", FLOW)
    return project


def definition(project):
    """Return the workflow as it is now."""
    return library.load(str(project.folder / ".flow/workflows/w.wf"))


@pytest.mark.parametrize("is_kept", [True, False])
def test_what_was_let_run_is_known_until_it_changes(project, is_kept):
    """Every file that a run can reach counts, by its content; where nothing is kept, in this process."""
    given = Consent(project.state if is_kept else None)
    first = given.unknown(definition(project))
    assert first is not None
    assert (first.is_first, first.changed) == (True, ())
    given.give(definition(project))
    assert given.unknown(definition(project)) is None
    again = Consent(project.state) if is_kept else given
    assert again.unknown(definition(project)) is None
    for name in ("check", ".flow/actions/pack", ".flow/actions.py", ".flow/agents/plan.md"):
        before = (project.folder / name).read_text()
        project.write(name, before + "# more\n", mode=0o755)
        assert again.unknown(definition(project)) == Unknown(changed=(name,))
        project.write(name, before, mode=0o755)
    project.write(".flow/workflows/w.wf", FLOW.replace("make all", "make none"))
    assert again.unknown(definition(project)) == Unknown(changed=(".flow/workflows/w.wf",))
    project.write(".flow/actions/new", "#!/bin/sh\n", mode=0o755)
    project.write(".flow/workflows/w.wf", FLOW.replace("call plan", "call plan call new"))
    unknown = again.unknown(definition(project))
    assert unknown is not None
    assert (unknown.new, unknown.programs) == ((".flow/actions/new",), (".flow/actions/new",))


def test_it_is_bound_to_the_folder_whatever_leads_there(project, tmp_path):
    """Neither a copy of the folder nor the one around it is meant; a link is the folder itself."""
    given = Consent(project.state)
    known = definition(project)
    given.give(known)
    (tmp_path / "link").symlink_to(project.folder)
    assert given.unknown(replace(known, root=str(tmp_path / "link"))) is None
    for other in (tmp_path, tmp_path / "copy", project.folder / ".flow"):
        unknown = given.unknown(replace(known, root=str(other)))
        assert unknown is not None
        assert unknown.is_first


def test_it_is_kept_with_the_runs_for_nobody_else_to_see(project):
    """Nothing is written into the project; what cannot be read there is worth nothing."""
    before = sorted(project.folder.rglob("*"))
    given = Consent(project.state)
    given.give(definition(project))
    assert sorted(project.folder.rglob("*")) == before
    (file,) = (project.state / "consent").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for text in ("", "[]", '{"files": 3}', '{"files": {"a": 1}}', "[" * 100_000):
        file.write_text(text)
        unknown = given.unknown(definition(project))
        assert unknown is not None
        assert unknown.is_first
    file.unlink()
    file.mkdir()
    given.give(definition(project))
    assert given.unknown(definition(project)) is not None


def test_all_that_is_executed_is_told(project):
    """Also by the workflows that it calls, each thing once."""
    project.write(
        ".flow/workflows/inner.wf", 'workflow inner { script deep { run = "deep down" } call pack }'
    )
    project.write(".flow/workflows/w.wf", FLOW.replace("call weigh", "call weigh call workflow inner"))
    assert list(consent.executed(definition(project))) == [
        "script build: make all",
        "script test: ./check --all",
        "program .flow/actions/pack",
        "agent .flow/agents/plan.md",
        "function weigh",
        "script deep: deep down",
    ]


def test_what_gates_and_our_own_actions_do_is_told(project):
    """The command of a gate is one like any other; of ours it is told what they reach."""
    project.write(
        ".flow/workflows/w.wf",
        """
workflow w {
  gate command { run = "curl -sf https://example.org" }
  gate file { path = ok }
  call http { inputs { url = "https://example.org/x" } }
  call write-file { inputs { path = "build/x" text = y } }
  call echo { inputs { text = hello } }
  call weigh { inputs { path = z } }
}
""",
    )
    assert list(consent.executed(definition(project))) == [
        "gate command: curl -sf https://example.org",
        "action http: https://example.org/x",
        "action write-file: build/x",
        "action echo",
        "function weigh",
    ]
    project.write(".flow/actions.py", "import flow_tui\n\n\n@flow_tui.action\ndef echo(params): ...\n")
    project.write(".flow/workflows/w.wf", "workflow w { call echo { inputs { url = z } } }")
    assert list(consent.executed(definition(project))) == ["function echo"]


def test_a_folder_that_others_can_change_is_warned_of(tmp_path):
    """Before anything of it runs."""
    assert list(consent.warnings(str(tmp_path))) == []
    tmp_path.chmod(0o777)
    assert list(consent.warnings(str(tmp_path))) == ["Everybody on this machine can change this folder."]
    assert list(consent.warnings(str(tmp_path / "gone"))) == []
