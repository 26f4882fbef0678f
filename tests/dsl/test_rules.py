"""What is checked and what is found, row by row: ``pytest --collect-only`` lists each with its number."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from flow_tui.dsl import ast
from flow_tui.dsl.checks import check
from flow_tui.dsl.ground import Child, Ground
from flow_tui.dsl.loader import library, load, project_at
from flow_tui.dsl.parser import parse
from flow_tui.dsl.providers import PROVIDERS
from flow_tui.dsl.surroundings import Surroundings

case = pytest.mark.case

CALLED = {
    "self": "call a always { call workflow self }",
    "needs": "inputs { need } call x",
    "easy": 'inputs { a boolean b default = "x" } call x',
    "rich": "call top if top.x { call nested } call workflow grand always { call last }",
    "grand": "call below",
    "circle-b": "inputs { f boolean } if f { call workflow circle-c }",
    "circle-c": "foreach f { over = repos max_parallel = 1 workflow = circle-a }",
    **{f"five-{n}": f"call workflow five-{n + 1}" for n in range(2, 5)},
    "five-5": "call x",
    **{f"six-{n}": f"call workflow six-{n + 1}" for n in range(2, 6)},
    "six-6": "call x",
}


def tree(body: str, name: str = "w") -> ast.Workflow:
    """Return a workflow that parses."""
    parsed = parse(f"workflow {name} {{ {body} }}", f"{name}.wf")
    assert parsed.workflow is not None, parsed.diagnostics
    return parsed.workflow


def called(name: str) -> Child:
    """Return another workflow, if there is one."""
    return Child(workflow=tree(CALLED[name], name)) if name in CALLED else Child(problem="there is none")


GROUND = Ground(load=called, providers=PROVIDERS)
NO_TARGETS, SOME_TARGETS = GROUND, Ground(load=called, providers=PROVIDERS, targets=("worktree",))
NO_PROVIDERS = Ground(load=called, providers={"lines": PROVIDERS["repos"]})

_numbers: dict[int, Iterator[int]] = {}


def row(number: int, body: str, expected: str = "", ground: Ground = GROUND, name: str = "w"):
    """Return one case of a row: a definition, and what is found in it."""
    index = next(_numbers.setdefault(number, count(1)))
    return pytest.param(body, expected, ground, name, id=f"row {number}-{index}")


EACH = "foreach f { over = %s max_parallel = 1 workflow = easy %s }"
CALL = "call workflow %s"


@case(11)
@pytest.mark.parametrize(
    ("body", "expected", "ground", "name"),
    [
        row(97, "if ghost.done { call a }", "S-STEP 'ghost'"),
        row(98, "call s if s.done { call t } if t.x {}"),
        row(99, "if flag {}", "S-BOOL 'flag'"),
        row(99, "inputs { flag } if flag {}", "S-BOOL 'flag'"),
        row(99, "inputs { flag boolean } if flag {}"),
        row(100, "while zz.y { max_iterations = 1 call zz }", "S-STEP 'zz'"),
        row(100, "do { max_iterations = 1 call dd } while dd.m"),
        row(101, 'parallel { call p { if = "p.x" } }', "S-STEP 'p'"),
        row(102, "call a { on_fail = fixer } if fixer.x {}"),
        row(103, "gate human_approval {} if human_approval.ok {}", "S-STEP 'human_approval'"),
        row(104, "call s gate quality_gate { source = s threshold = 80 }"),
        row(104, "gate quality_gate { source = s threshold = 80 } call s", "S-QG-SOURCE 's'"),
        row(105, CALL % "needs", "S-SUB-INPUT 'need'"),
        row(105, CALL % "easy"),
        row(106, CALL % "rich if top.x {}"),
        row(106, CALL % "rich if nested.x {}", "S-STEP 'nested'"),
        row(106, CALL % "rich if last.x {}", "S-STEP 'last'"),
        row(106, CALL % "rich if below.x {}", "S-STEP 'below'"),
        row(107, CALL % "nope if nope.x {}", "S-SUB-LOAD 'nope'"),
        row(108, "meta { targets = [worktree, moon] } call a", "S-TARGET 'moon'", SOME_TARGETS),
        row(108, "meta { targets = [worktree, moon] } call a", "", NO_TARGETS),
        row(
            109,
            EACH % ("tickets", "ordered = true on_child_fail = skip_dependents"),
            "S-FE-PROVIDER 'tickets'",
            NO_PROVIDERS,
        ),
        row(109, EACH % ("repos", "ordered = true"), "S-FE-ORDERED 'repos'"),
        row(111, CALL % "circle-b", "S-CYCLE circle-a → circle-b → circle-c → circle-a", GROUND, "circle-a"),
        row(111, CALLED["self"], "S-CYCLE self → self", GROUND, "self"),
        row(112, CALL % "five-2"),
        row(112, CALL % "six-2", "S-DEPTH w → six-2 → six-3 → six-4 → six-5 → six-6"),
        row(113, ""),
        row(113, "inputs { f boolean } if f { call in_if } always { if in_if.x { call b } }"),
        row(114, "call o if o.done { while o.done { max_iterations = 2 call i } if i.ready { call l } }"),
    ],
)
def test_a_definition_is_checked(body, expected, ground, name):
    """Exactly what is wrong is found, by its code and by what it is about."""
    found = [problem for problem in check(tree(body, name), ground) if problem.code != "W-EMPTY"]
    code, _, about = expected.partition(" ")
    assert [problem.code for problem in found] == [code][: bool(expected)], [p.headline() for p in found]
    assert all(about in problem.message for problem in found)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return the folder of a project of either kind."""
    for folder in (".flow", ".conductor"):
        (tmp_path / "p" / folder / "workflows").mkdir(parents=True)
    return tmp_path / "p"


def write(path: Path, text: str, mode: int = 0o644) -> Path:
    """Write a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param('inputs { d } script s { run = "{{d}}/x.sh" }', [], id="row 110-1"),
        pytest.param('script s { run = "./gone.sh" }', ["S-SCRIPT-MISSING"], id="row 110-2"),
        pytest.param(
            'script s { run = "./gone.sh" } script t { run = "sub/gone.sh --flag" }',
            ["S-SCRIPT-MISSING"] * 2,
            id="row 110-3",
        ),
        pytest.param('script s { run = "plain.sh" }', ["S-SCRIPT-EXEC"], id="row 110-4"),
        pytest.param('script s { run = "/bin/sh" }', ["S-SCRIPT-MISSING"], id="row 118-1"),
        pytest.param('script s { run = "../foo.sh" }', ["S-SCRIPT-MISSING"], id="row 118-2"),
        pytest.param('script s { run = "./link.sh" }', ["S-SCRIPT-MISSING"], id="row 118-3"),
    ],
)
def test_the_file_of_a_script_is_looked_at(root, tmp_path, body, expected):
    """It is there, inside its root, and may be executed."""
    write(root / ".conductor" / "scripts" / "plain.sh", "#!/bin/sh\n")
    write(tmp_path / "foo.sh", "#!/bin/sh\n", 0o755)
    (root / "link.sh").symlink_to(tmp_path / "foo.sh")
    found = check(tree(body), Surroundings(project_at(root)).ground(tree(body)))
    assert [problem.code for problem in found] == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param(name, expected, id=f"row 115-{number}")
        for number, (name, expected) in enumerate(
            {
                "": ["F-NAME"],
                "../x": ["F-NAME"],
                "a b": ["F-NAME"],
                "a.b": ["F-NAME"],
                "foo/bar": ["F-NAME"],
                "my-flow_v2": [],
                "x" * 5_000: ["F-NOT-FOUND"],
            }.items(),
            1,
        )
    ],
)
def test_a_workflow_is_loaded_by_a_name_that_is_one(root, name, expected):
    """Nothing that could lead elsewhere is looked for."""
    write(root / ".conductor" / "workflows" / "my-flow_v2.wf", "workflow my-flow_v2 { call a }")
    assert [problem.code for problem in load(project_at(root), name).diagnostics] == expected


@pytest.mark.parametrize("name", [pytest.param("x", id="row 116-1")])
def test_of_two_workflows_of_one_name_the_folder_that_wins_decides(root, name):
    """The file that is called differently is listed, with a warning."""
    write(root / ".conductor" / "workflows" / f"{name}.wf", f"workflow {name} {{ call a }}")
    write(root / ".flow" / "workflows" / "y.wf", f"workflow {name} {{ call a }}")
    listed = library(project_at(root))
    assert [each.path.name for each in listed.definitions] == ["y.wf"]
    assert [problem.code for problem in listed.diagnostics] == ["W-NAME-MISMATCH"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        pytest.param("b.wf", True, id="row 117-1"),
        pytest.param("u.WF", False, id="row 117-2"),
        pytest.param(".wf", False, id="row 117-3"),
        pytest.param("n.wf.bak", False, id="row 117-4"),
        pytest.param("sub.wf/", True, id="row 117-5"),
    ],
)
def test_what_is_no_workflow_is_told_once_or_is_none_of_ours(root, name, told):
    """Of two broken files of one name the one in the folder that wins is told."""
    for folder in (".flow", ".conductor"):
        path = root / folder / "workflows" / name
        path.mkdir() if name.endswith("/") else path.write_text("broken")
    listed = library(project_at(root))
    assert listed.definitions == ()
    assert [each.path.parent.parent.name for each in listed.broken] == [".flow"][:told]
    assert len(listed.diagnostics) == told
