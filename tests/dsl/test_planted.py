"""A project for the upstream engine is clean; every mistake in it is found at its place, with advice."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from flow_tui.dsl import checks, loader
from flow_tui.dsl.checks import check
from flow_tui.dsl.codes import codes
from flow_tui.dsl.ground import Ground, ScriptFile
from flow_tui.dsl.parser import parse
from flow_tui.runtime import library
from tests.dsl import upstream

SHIP, REVIEW, GROOM, LABEL = (f"workflows/{name}.wf" for name in ("ship", "review", "groom", "label"))
IMPLEMENT = "workflows/ship/agents/implement.md"


CODE = re.compile(r'"([SWEF]-[A-Z]+(?:-[A-Z]+)*)"')


@dataclass(frozen=True, kw_only=True)
class Planted:
    code: str
    file: str
    """What is looked at."""
    at: str
    """Line and column."""
    hint: str
    changes: dict[str, bytes | None]


PLANTED: list[Planted] = []


def plant(code: str, at: str, hint: str, file: str, old: str, new: str) -> None:
    """Add a mistake in the text of a workflow."""
    assert upstream.FILES[file].count(old) == 1, (code, old)
    text = upstream.FILES[file].replace(old, new).encode()
    PLANTED.append(Planted(code=code, file=file, at=at, hint=hint, changes={file: text}))


def spoil(code: str, at: str, hint: str, file: str, changes: dict[str, bytes | None]) -> None:
    """Add a mistake in another file than the one that is looked at."""
    PLANTED.append(Planted(code=code, file=file, at=at, hint=hint, changes=changes))


def found(root: Path, file: str):
    """Return everything that is said about a file of the project."""
    path = root / ".conductor" / file
    return library.inspect(loader.load_file(path), loader.project_of(path)).diagnostics


@pytest.mark.parametrize("file", [file for file in upstream.FILES if file.endswith(".wf")])
def test_a_sound_project_for_the_upstream_engine_is_clean(tmp_path, file):
    """No error and no warning: neither what calls others, nor what this version cannot run yet."""
    assert [problem.headline() for problem in found(upstream.make(tmp_path), file)] == []


# Steps and names
plant("S-STEP", "19:6", "did you mean 'plan'?", SHIP, "if plan.needs_talk", "if plna.needs_talk")
plant("S-STEP", "6:35", "did you mean 'label'?", LABEL, "label.words", "lable.words")
plant("S-STEP", "16:33", "at once", REVIEW, "survey.ran_tests", "review-speed.ran_tests")
plant("S-BOOL", "51:6", "did you mean 'auto_merge'?", SHIP, "  if auto_merge {", "  if auto_merg {")
plant("W-MARKER", "19:6", "did you mean 'needs_talk'?", SHIP, "if plan.needs_talk", "if plan.need_talk")
plant("E-DUP-INPUT", "14:5", "the first declaration is on line 12", SHIP, "    style ", "    ticket_id ")
plant(
    "S-TARGET",
    "7:32",
    "the targets are worktree, ticket,",
    SHIP,
    '"worktree", "ticket"',
    '"worktree", "moon"',
)
plant("S-GATE", "48:8", "did you mean 'pr_checks'?", SHIP, "gate pr_checks", "gate pr_check")
plant("S-QG-SOURCE", "47:32", "did you mean 'judge'?", SHIP, "source = judge", "source = jugde")
plant("W-STEP", "47:32", "put it where 'address' runs, too", SHIP, "source = judge", "source = address")
plant(
    "W-DUP-STEP",
    "28:10",
    "the first is on line 17",
    SHIP,
    "  call implement {",
    '  script plan { run = "date" }\n  call implement {',
)

# What steps name
plant("S-AGENT", "28:8", "did you mean 'implement'?; looked for ", SHIP, "call implement", "call implemnt")
plant("S-AGENT", "28:42", "write on_fail = continue", SHIP, "on_fail = diagnose", "on_fail = skip")
plant("S-AGENT", "37:12", "did you mean '.conductor/agents/address.md'?", SHIP, "address.md", "adress.md")
plant("S-SNIPPET", "17:39", "did you mean 'house-rules'?", SHIP, '["house-rules", ', '["huose-rules", ')
plant("S-SNIPPET", "17:54", "looked for .conductor/prompts/extra/tune.md", SHIP, "tone.md", "tune.md")
plant("S-SCHEMA", "25:26", "did you mean 'plan'?", SHIP, '{ output = "plan" }', '{ output = "pln" }')
plant("S-SCRIPT-MISSING", "40:18", "did you mean '.conductor/scripts/push.sh'?", SHIP, "push.sh", "psh.sh")
plant("S-SCRIPT-MISSING", "52:27", "name a file of the project", SHIP, '"merge.sh', '"/bin/merge.sh')
plant("W-COMMAND", "52:27", "write the path of a script of the project", SHIP, '"merge.sh', '"mergee.sh')
plant("S-SHELL", "52:32", "or use env", SHIP, "merge.sh {{ticket_id}}", "eval {{ticket_id}}")
plant("W-TEMPLATE", "41:53", "did you mean 'style'?", SHIP, "{{style}}", "{{stlye}}")

# Workflows that call others
plant("W-SUB-EXTRA", "35:37", "did you mean 'scope'?", SHIP, "scope =", "scpe =")
plant("W-SUB-BOOL", "35:68", "write true or false", SHIP, "strict = true", "strict = yes")
plant("S-FE-LOAD", "9:21", "did you mean 'label'?", GROOM, '"label"', '"lable"')
plant(
    "S-CYCLE",
    "5:17",
    "take one of these calls out",
    LABEL,
    "  call label\n",
    "  call label\n  call workflow groom\n",
)
plant("W-NAME-MISMATCH", "1:10", "call the file lable.wf", LABEL, "workflow label {", "workflow lable {")

# Workflows for every item
learn = 'inputs       = { run = "{{item.id}}" }'
plant("S-FE-INPUT", "21:11", 'add inputs = { run = "{{item.id}}" }', GROOM, learn, "")
plant("S-FE-PROVIDER", "5:21", "did you mean 'tickets'? there are files, ", GROOM, "= tickets", "= ticket")
plant("S-FE-SCOPE", "6:21", "did you mean 'unlabeled'?", GROOM, "unlabeled =", "unlabelled =")
plant("S-FE-SCOPE", "6:35", "write unlabeled = true", GROOM, "unlabeled = true", "unlabeled = yes")
plant("S-FE-SCOPE", "16:68", "write has_open_pr = true", GROOM, "has_open_pr = false", "has_open_pr = no")
plant("S-FE-SCOPE", "29:45", "leave it out", GROOM, "over = repos", "over = repos scope = { a = b }")
plant("W-FE-SCOPE", "6:23", "leave one of them out", GROOM, "unlabeled = true", "unlabeled = true label = x")
plant("W-UNKNOWN-KEY", "16:54", "it knows base_branch, has_open_pr", GROOM, "has_open_pr", "has_pr")
plant("W-UNKNOWN-KEY", "23:50", "did you mean 'workflow_name'?", GROOM, "workflow_name", "workflow_nam")
plant("S-FE-FILTER", "23:31", "choose runs that have ended", GROOM, "failed,cancelled", "failed, running")
plant("S-FE-FILTER", "29:46", "leave it out", GROOM, "over = repos", "over = repos filter = { a = b }")
plant("S-FE-ORDERED", "29:47", "tickets and worktrees", GROOM, "over = repos", "over = repos ordered = true")
plant("S-FE-SKIP", "11:21", "add ordered = true", GROOM, "ordered       = true", "ordered       = false")
plant(
    "S-FE-FILTER-REQ",
    "22:20",
    'add filter = { status = "completed" }',
    GROOM,
    'filter       = { status = "failed,cancelled" workflow_name = "ship" }',
    "",
)
plant(
    "W-FE-SCOPE",
    "15:20",
    'add scope = { base_branch = "…" }',
    GROOM,
    'scope        = { base_branch = "{{base_branch}}" has_open_pr = false }',
    "",
)
plant(
    "S-FE-SCOPE",
    "5:21",
    'add scope = { ticket_id = "…" }',
    GROOM,
    "scope         = { unlabeled = true }",
    "",
)
plant("W-EMPTY", "1:10", "write 'call NAME'", "workflows/sync.wf", "call sync { plugin_dirs = [tools] }", "")

# Files that are missing or broken
BROKEN = b"fields:\n  steps: {type: array, items: strng}\nmarkers:\n  needs_talk: steps.length > 0\n"
NEEDS = upstream.REVIEW.replace("  inputs {", "  inputs {\n    tone").encode()
spoil("S-SCHEMA-BAD", "17:24", "did you mean 'string'?", SHIP, {"schemas/plan.yaml": BROKEN})
spoil("S-AGENT", "28:8", "add role: actor", SHIP, {IMPLEMENT: b"---\ncan_commit: true\n---\n"})
spoil("S-AGENT", "28:8", "did you mean 'actor'?", SHIP, {IMPLEMENT: b"---\nrole: acter\n---\n"})
spoil("S-AGENT", "28:8", "put the value in quotes", SHIP, {IMPLEMENT: b"---\nrole: a: b\n---\n"})
spoil("S-AGENT", "28:8", "save the file as UTF-8", SHIP, {IMPLEMENT: b"\xff"})
spoil("S-SUB-LOAD", "35:19", "says more", SHIP, {REVIEW: b"workflow {"})
spoil("S-SUB-LOAD", "35:19", "lists what there is", SHIP, {REVIEW: None})
spoil("S-SUB-INPUT", "35:35", 'add inputs { tone = "…" }', SHIP, {REVIEW: NEEDS})

CONSEQUENCES = {"S-SUB-LOAD": {"S-STEP", "S-QG-SOURCE"}, "S-SCHEMA-BAD": {"S-SCHEMA-BAD"}}
"""What else is said where a workflow, or a schema that is named twice, is of no use."""


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: f"{planted.code} {planted.at}")
def test_a_mistake_is_found_once_at_its_place_with_what_to_do(tmp_path, planted):
    """The line and the column are exact, the advice fits, and nothing else is wrong."""
    changes = {f".conductor/{name}": text for name, text in planted.changes.items()}
    said = found(upstream.make(tmp_path, changes), planted.file)
    (problem, *others) = [each for each in said if each.code == planted.code]
    assert f"{problem.span.line}:{problem.span.column}" == planted.at, problem.headline()
    assert planted.hint in problem.hint
    assert problem.severity is codes()[planted.code].severity
    beyond = [each for each in said if each not in (problem, *others)] + others
    assert {each.code for each in beyond} <= CONSEQUENCES.get(planted.code, set())


def test_a_script_that_may_not_be_executed_is_found(tmp_path):
    """The advice is the command that makes it so."""
    upstream.make(tmp_path)
    (tmp_path / ".conductor" / "scripts" / "push.sh").chmod(0o644)
    (problem,) = found(tmp_path, SHIP)
    assert (problem.code, problem.span.line, problem.span.column) == ("S-SCRIPT-EXEC", 40, 18)
    assert problem.hint == "chmod +x .conductor/scripts/push.sh"


def test_a_program_that_may_not_be_executed_is_found(tmp_path):
    """It is there, so that no other name is advised."""
    upstream.make(tmp_path, {".conductor/actions/analyse": b"", ".conductor/agents/analyse.md": None})
    (problem,) = found(tmp_path, "workflows/post-mortem.wf")
    assert (problem.code, problem.span.line, problem.span.column) == ("S-ACTION", 1, 53)
    assert problem.hint == "chmod +x .conductor/actions/analyse"


def test_a_chain_of_six_workflows_is_too_deep(tmp_path):
    """Five are not."""
    chain = {f".conductor/workflows/c{n}.wf": f"workflow c{n} {{ call workflow c{n + 1} }}" for n in range(4)}
    last = {".conductor/workflows/c4.wf": "workflow c4 { call label }"}
    more = {
        ".conductor/workflows/c4.wf": "workflow c4 { call workflow c5 }",
        ".conductor/workflows/c5.wf": "workflow c5 { call label }",
    }
    as_bytes = {name: text.encode() for name, text in (chain | last).items()}
    assert found(upstream.make(tmp_path / "five", as_bytes), "workflows/c0.wf") == ()
    as_bytes |= {name: text.encode() for name, text in more.items()}
    (problem,) = found(upstream.make(tmp_path / "six", as_bytes), "workflows/c0.wf")
    assert (problem.code, problem.span.column) == ("S-DEPTH", 29)
    assert "c0 → c1 → c2 → c3 → c4 → c5" in problem.message
    assert problem.hint == "5 levels are the most, this workflow among them"


def test_an_identity_that_the_host_does_not_know_is_told_where_the_host_knows_any():
    """At the value of 'as', with the name that was probably meant; a host that knows none says nothing."""
    text = "workflow w {\n  call a { as = develper }\n  gate human_approval { as = reviewer }\n}"
    workflow = parse(text, "w.wf").workflow
    (problem,) = check(workflow, Ground(identities=("developer", "reviewer")))
    assert (problem.code, problem.span.line, problem.span.column) == ("W-IDENTITY", 2, 17)
    assert (problem.hint, problem.is_error) == ("did you mean 'developer'?", False)
    assert check(workflow, Ground()) == ()


def test_permissions_that_cannot_be_read_are_told_at_the_word():
    """The file is there, and nobody can say whether it may be executed."""
    workflow = parse('workflow w {\n  script s { run = "A=1 x.sh --now" }\n}', "w.wf").workflow
    locked = ScriptFile(path=Path("/p/x.sh"), unreadable="permission denied")
    (problem,) = check(workflow, Ground(find_script=lambda _word: locked))
    assert (problem.code, problem.span.line, problem.span.column) == ("S-SCRIPT-META", 2, 25)
    assert "permission denied" in problem.message


def test_a_value_that_nothing_provides_is_an_error_outside_the_upstream_engine(tmp_path):
    """There a host may provide it; here nobody does."""
    file = tmp_path / ".flow" / "workflows" / "w.wf"
    file.parent.mkdir(parents=True)
    file.write_text('workflow w {\n  inputs { version }\n  script s { run = "echo {{versoin}}" }\n}')
    (problem,) = library.inspect(loader.load_file(file), loader.project_of(file)).diagnostics
    assert (problem.code, problem.span.line, problem.span.column) == ("S-TEMPLATE", 3, 26)
    assert problem.hint == "did you mean 'version'?"


def test_every_code_of_the_checks_is_planted_somewhere():
    """One that is new is planted, too; what only files can be wrong about is in the tests of loading."""
    here = {planted.code for planted in PLANTED} | {
        *("S-SCRIPT-EXEC", "S-ACTION", "S-DEPTH", "W-IDENTITY", "S-SCRIPT-META", "S-TEMPLATE"),
    }
    elsewhere = {
        "S-ACTION-INPUT",
        "S-QG-CONFIG",
        "S-UNSUPPORTED",
        "W-AGENT",
        "E-DUP-WORKFLOW",
        "F-NOT-FOUND",
        "F-NAME",
        "F-UNREADABLE",
    }
    of_checks = {
        code
        for module in Path(checks.__file__).parent.glob("check_*.py")
        for code in CODE.findall(module.read_text("utf-8"))
    }
    assert sorted(of_checks - here - elsewhere - {"W-RESERVED"}) == []
