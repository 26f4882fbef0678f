"""Definitions with all they can reach."""

from pathlib import Path

import pytest

from flow_tui.errors import DefinitionError
from flow_tui.model.values import RunOptions
from flow_tui.runtime import library
from flow_tui.runtime.consent import Consent

case = pytest.mark.case

SOURCE = 'workflow w { script a { run = "tool.sh now" } call act { output = s } call fun }'


@pytest.fixture(params=[".flow", ".conductor"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a project of either kind."""
    base = tmp_path / request.param
    for folder in ("workflows", "scripts", "actions", "schemas"):
        (base / folder).mkdir(parents=True)
    (base / "workflows" / "w.wf").write_text(SOURCE)
    for file in (base / "scripts" / "tool.sh", base / "actions" / "act"):
        file.write_text("#!/bin/sh\n")
        file.chmod(0o755)
    (base / "schemas" / "s.yaml").write_text("fields: {a: string}\n")
    (base / "schemas" / "unused.yaml").write_text("fields: {}\n")
    (base / "actions.py").write_text("import flow_tui\n\n\n@flow_tui.action\ndef fun(params): ...\n")
    return tmp_path


def test_a_definition_comes_with_every_file_a_run_can_reach(project):
    """Scripts, programs, functions and schemas are taken along; nothing else is."""
    definition = library.load("w", str(project))
    base = next(folder.name for folder in project.iterdir())
    used = {"scripts/tool.sh", "actions/act", "actions.py", "schemas/s.yaml"}
    assert set(definition.files) == {f"{base}/{name}" for name in used}
    assert definition.file == f"{base}/workflows/w.wf"
    assert definition.root == str(project)


def test_inputs_get_the_names_that_the_kind_of_project_expects(project):
    """Projects made for the upstream engine read their inputs under its prefix, too."""
    command = library.start(library.load("w", str(project)), {"a": "1"}, RunOptions(dry_run=True))
    upstream = (project / ".conductor").is_dir()
    assert command.options.env_prefixes == (("FLOW_", "CONDUCTOR_") if upstream else ("FLOW_",))
    assert command.options.dry_run


def test_a_definition_is_read_again_as_its_file_is_now(project):
    """A change is seen, a break is told with its place, and a missing file is nothing."""
    first = library.load("w", str(project))
    file = project / first.file
    file.write_text(SOURCE.replace("now", "later"))
    again = library.reload(first.root, first.file)
    assert again is not None
    assert "later" in again.source
    file.write_text("workflow w {")
    with pytest.raises(DefinitionError, match="P-EXPECTED"):
        library.reload(first.root, first.file)
    file.write_text("workflow w { call nobody { on_timeout = stop } }")
    with pytest.raises(DefinitionError) as caught:
        library.reload(first.root, first.file)
    assert [problem.code for problem in caught.value.diagnostics] == ["S-AGENT", "P-ENUM"]
    file.unlink()
    assert library.reload(first.root, first.file) is None


def test_a_definition_that_does_not_hold_says_everything_that_is_wrong(project):
    """Missing actions are errors before anything runs."""
    (project / "bad.wf").write_text("workflow bad { call nobody call noone }")
    with pytest.raises(DefinitionError) as caught:
        library.load("bad.wf", str(project))
    assert [problem.code for problem in caught.value.diagnostics] == ["S-AGENT", "S-AGENT"]


@case(10)
def test_what_is_wrong_with_called_workflows_is_known_before_the_run_begins(project):
    """It is said at the call that leads there, with its own file and place, each once."""
    base = next(folder for folder in project.iterdir() if (folder / "workflows").is_dir())
    for name, body in {
        "top": "call workflow middle call workflow bottom",
        "middle": "call workflow bottom",
        "bottom": "call nobody\nif ghost.done {}",
    }.items():
        (base / "workflows" / f"{name}.wf").write_text(f"workflow {name} {{ {body} }}")
    assert library.find("top", str(project)).diagnostics == ()
    with pytest.raises(DefinitionError) as caught:
        library.load("top", str(project))
    file = f"{base.name}/workflows/bottom.wf"
    assert [
        (each.code, each.message.split(": ")[0], each.span.column) for each in caught.value.diagnostics
    ] == [
        ("S-AGENT", f"{file}:1:24", 30),
        ("S-STEP", f"{file}:2:4", 30),
    ]


def test_files_with_items_are_taken_along_and_need_no_consent(tmp_path: Path) -> None:
    """Only those of the project that the text names; of patterns it is known where to look."""
    fan_out = "foreach {} {{ over = {} max_parallel = 1 workflow = k }} "
    found = "".join(
        fan_out.format(f"f{number}", text)
        for number, text in enumerate(
            (
                'lines scope = { file = "words.txt" }',
                'json scope = { file = "../far.json" }',
                'lines scope = { file = "{{x}}.txt" }',
                'files scope = { folder = docs } filter = { match = "*.md" }',
            )
        )
    )
    (tmp_path / ".flow" / "workflows").mkdir(parents=True)
    (tmp_path / ".flow" / "workflows" / "w.wf").write_text(
        f"workflow w {{ inputs {{ x required }} {found} }}"
    )
    (tmp_path / ".flow" / "workflows" / "k.wf").write_text('workflow k { script s { run = "true" } }')
    (tmp_path / "words.txt").write_text("a\n")
    (tmp_path.parent / "far.json").write_text("[]")
    definition = library.load("w", str(tmp_path))
    assert definition.data == {"words.txt"}
    assert definition.files["words.txt"] == b"a\n"
    assert definition.globs == ("docs/**/*.md", "docs/**/*.md/**")
    consent = Consent(None)
    consent.give(definition)
    (tmp_path / "words.txt").write_text("b\n")
    assert consent.unknown(library.load("w", str(tmp_path))) is None
