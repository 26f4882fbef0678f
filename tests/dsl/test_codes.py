"""The table of diagnostic codes: complete, and true."""

import ast
import re
from itertools import pairwise
from pathlib import Path

import pytest

import flow_tui
from flow_tui.diagnostics import Severity, errors
from flow_tui.dsl import loader
from flow_tui.dsl.codes import Code, as_definition, codes
from flow_tui.dsl.schema_file import load_schema
from flow_tui.runtime import library

PACKAGE = Path(flow_tui.__file__).parent
CODE = re.compile(r"[A-Z]-[A-Z]+(-[A-Z]+)*")
NEEDS_MORE_THAN_A_TEXT = {
    *("P-LIMIT", "P-NESTING", "Y-NESTING", "Y-SIZE"),  # thousands of words
    *(
        "E-DUP-WORKFLOW",
        "W-NAME-MISMATCH",
        "W-OVERRIDE",
        "F-NOT-FOUND",
        "F-NAME",
        "F-UNREADABLE",
    ),  # names of files
    "F-FORMAT",  # a fault of the program
    "W-AGENT",  # what stands in another file
    "S-SCRIPT-META",  # a folder that changes while one looks
    "S-QG-CONFIG",  # a tree that no text gives
    *("S-UNSUPPORTED", "S-IDENTITY"),  # are said by running only
    "W-IDENTITY",  # a host that knows who there is
}
ACTIONS = ("build", "deploy", "fix", "lint", "plan", "review")
PUBLISH = """
workflow publish { inputs { version loud boolean } script publish { run = "echo {{version}}" } }
"""


def raised() -> set[str]:
    """Return every code that stands in the program."""
    return {
        node.value
        for module in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(module.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value)
    }


def test_the_table_has_every_code_of_the_program_and_no_other() -> None:
    """A new code is explained in ``flow_tui/dsl/codes.toml``, one that is gone is not."""
    assert sorted(raised() - set(codes())) == [], "explain these in flow_tui/dsl/codes.toml"
    assert sorted(set(codes()) - raised()) == [], "take these out of flow_tui/dsl/codes.toml"


@pytest.mark.parametrize("code", codes().values(), ids=lambda code: code.code)
def test_a_code_is_explained_in_sentences(code: Code) -> None:
    """One says what it means, one what to do; both are for people."""
    assert CODE.fullmatch(code.code)
    for text in (code.means, code.fix):
        assert text[0].isupper() or text[0] == "'"
        assert text.endswith(".")
        assert "\n" not in text
    assert code.means.count(". ") == 0
    assert bool(code.wrong) == bool(code.right) == (code.code not in NEEDS_MORE_THAN_A_TEXT)
    assert bool(code.wrong) <= (code.wrong.strip() != code.right.strip())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project that holds what the examples refer to."""
    root = tmp_path_factory.mktemp("project")
    workflows = root / ".flow" / "workflows"
    workflows.mkdir(parents=True)
    (workflows / "publish.wf").write_text(PUBLISH)
    actions = "".join(f"@action\ndef {name}(params):\n    pass\n\n\n" for name in ACTIONS)
    (root / ".flow" / "actions.py").write_text(f"from flow_tui import action\n\n\n{actions}")
    chain = ("deep", "deeper", "deepest", "bottom", "ground")
    for name, below in pairwise(chain):
        (workflows / f"{name}.wf").write_text(f"workflow {name} {{ call workflow {below} }}")
    (workflows / "ground.wf").write_text("workflow ground { call build }")
    for kind, name, text in (
        ("prompts", "style.md", "Be brief.\n"),
        ("schemas", "verdict.yaml", "fields:\n  approved: boolean\n"),
        ("schemas", "broken.yaml", "fields:\n  approved: bool\n"),
        ("actions", "idle", "#!/bin/sh\n"),
    ):
        (root / ".flow" / kind).mkdir(exist_ok=True)
        (root / ".flow" / kind / name).write_text(text)
    (root / "agents").mkdir()
    (root / "agents" / "review.md").write_text("Review the change.\n")
    (root / "scripts").mkdir()
    for name, mode in (("pack.sh", 0o755), ("plain.sh", 0o644)):
        (root / "scripts" / name).write_text("#!/bin/sh\n")
        (root / "scripts" / name).chmod(mode)
    return workflows


EXPLAINED = [code for code in codes().values() if code.wrong]


@pytest.mark.parametrize("code", EXPLAINED, ids=lambda code: code.code)
def test_the_example_of_a_code_gives_it_and_its_correction_does_not(code: Code, folder: Path) -> None:
    """The text before has the problem, the text after has none that would keep it from running."""
    file = folder / "w.wf"

    def found(text: str):
        if text.startswith("fields:"):
            return load_schema(text).diagnostics
        file.write_text(as_definition(text))
        return library.inspect(loader.load_file(file), loader.project_of(file)).diagnostics

    wrong = [problem for problem in found(code.wrong) if problem.code == code.code]
    assert wrong, [problem.headline() for problem in found(code.wrong)]
    assert {problem.severity for problem in wrong} == {code.severity}
    after = found(code.right)
    assert [problem.headline() for problem in errors(after)] == []
    assert [problem.headline() for problem in after if problem.code == code.code] == []


def test_a_code_says_how_bad_it_is() -> None:
    """The letter in front tells warnings from errors."""
    assert codes()["W-DUP-KEY"].severity is Severity.WARNING
    assert codes()["S-STEP"].severity is Severity.ERROR
