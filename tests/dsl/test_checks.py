"""What is wrong with a definition that parses is found before it runs."""

from pathlib import Path

import pytest

from flow_tui import limits
from flow_tui.diagnostics import Diagnostic, Severity
from flow_tui.dsl import ast
from flow_tui.dsl.check_running import unsupported
from flow_tui.dsl.checks import check
from flow_tui.dsl.ground import Child, Ground, ScriptFile, Searched
from flow_tui.dsl.parser import parse


def tree(body: str, name: str = "w") -> ast.Workflow:
    """Return a workflow that parses."""
    parsed = parse(f"workflow {name} {{ {body} }}", f"{name}.wf")
    assert parsed.workflow is not None, parsed.diagnostics
    return parsed.workflow


ABOUT_RUNNING = {"W-EMPTY"}


def findings(workflow: ast.Workflow, ground: Ground | None = None) -> list[Diagnostic]:
    """Return what is wrong with what is written, whether or not a run of it would do anything."""
    found = check(workflow, ground or Ground())
    return [problem for problem in found if problem.code not in ABOUT_RUNNING]


def codes(body: str, ground: Ground | None = None) -> list[str]:
    """Return the codes of those findings."""
    return [problem.code for problem in findings(tree(body), ground)]


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        ("gate human_aproval {}", "did you mean 'human_approval'?"),
        ("gate slack {}", "human_approval, human_review, quality_gate"),
        ("gate pr_checks {}", "human_approval, human_review, quality_gate"),
        ("gate pr_approval {}", "human_approval, human_review, quality_gate"),
        ("do { foreach f { over = x max_parallel = 1 workflow = c } }", "things"),
        ("foreach f { over = thing max_parallel = 1 workflow = c }", "did you mean 'things'?"),
    ],
)
def test_what_this_version_cannot_run_is_an_error_of_running_it_only(body, hint):
    """The language has it: checking finds nothing wrong, who would run it says what is missing and where."""
    assert check(tree(body)) == ()
    (problem,) = unsupported(tree(body), ["things"])
    assert (problem.code, problem.severity, problem.file) == ("S-UNSUPPORTED", Severity.ERROR, "w.wf")
    assert hint in problem.hint


@pytest.mark.parametrize("gate", ["human_approval", "human_review"])
def test_gates_for_people_can_be_run(gate):
    """They are what this version has."""
    assert check(tree(f"gate {gate} {{}}")) == ()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", ["W-EMPTY"]),
        ("inputs { a boolean } if a { do {} } always {}", ["W-EMPTY"]),
        ("always { call a }", []),
        ("parallel { call a }", []),
    ],
)
def test_a_workflow_in_which_nothing_runs_is_worth_a_warning(body, expected):
    """The warning stands at the workflow's name."""
    found = check(tree(body))
    assert [problem.code for problem in found] == expected
    assert all((problem.span.column, problem.is_error) == (10, False) for problem in found)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("if ghost.done { call a }", ["S-STEP"], id="97"),
        pytest.param("call s if s.done { call t } if t.x {}", [], id="98"),
        pytest.param("if flag {}", ["S-BOOL"], id="99 undeclared"),
        pytest.param("inputs { flag } if flag {}", ["S-BOOL"], id="99 string"),
        pytest.param("inputs { flag boolean } if flag {}", [], id="99 boolean"),
        pytest.param("while zz.y { max_iterations = 1 call zz }", ["S-STEP"], id="100 while"),
        pytest.param("do { max_iterations = 1 call dd } while dd.m", [], id="100 do"),
        pytest.param('parallel { call p { if = "p.x" } }', ["S-STEP"], id="101"),
        pytest.param("parallel { call p } if p.x {}", [], id="101 after"),
        pytest.param("call a { on_fail = fixer } if fixer.x {}", [], id="102"),
        pytest.param("gate human_approval {} if human_approval.ok {}", ["S-STEP"], id="103"),
        pytest.param("call s gate quality_gate { source = s threshold = 1 }", [], id="104 after"),
        pytest.param(
            "gate quality_gate { source = s threshold = 1 } call s", ["S-QG-SOURCE"], id="104 before"
        ),
        pytest.param("", [], id="113 empty"),
        pytest.param(
            "inputs { f boolean } if f { call in_if } always { if in_if.x {} }", [], id="113 always"
        ),
        pytest.param(
            "call o if o.done { while o.done { max_iterations = 1 call i } if i.ready { call l } }",
            [],
            id="114",
        ),
        pytest.param(
            "foreach f { over = x max_parallel = 1 workflow = c } if f.x {}", ["S-STEP"], id="foreach"
        ),
        pytest.param("do { script s { run = x } } unless s.x { always { call t } }", [], id="nested"),
        pytest.param("inputs { a a boolean a }", ["E-DUP-INPUT", "E-DUP-INPUT"], id="inputs"),
    ],
)
def test_a_step_is_there_before_it_is_asked_for(body, expected):
    """Results, inputs and gates are used where they exist."""
    assert codes(body) == expected


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        ("call build if biuld.x {}", "did you mean 'build'?"),
        ("if build.x {} call build", "that step comes later"),
        ("if flag {}", "inputs { flag boolean }"),
        ("inputs { flag } if flag {}", "flag boolean"),
        ("call a if a {}", "a.MARKER"),
        ("inputs { a a }", "on line 1"),
    ],
)
def test_a_finding_says_what_to_write_instead(body, hint):
    """The hint fits what was probably meant."""
    (problem,) = findings(tree(body))
    assert hint in problem.hint


def test_a_finding_points_at_the_condition_and_names_the_file():
    """Not at the whole block."""
    (problem,) = findings(tree("if ghost.done { call a }"))
    assert (problem.file, problem.span.column, problem.span.end_column) == ("w.wf", 17, 27)


def test_findings_come_in_the_order_of_the_text():
    """Whichever check makes them."""
    assert codes('script s { run = "{{x}}" } if g.x {} inputs { a a }') == [
        "S-TEMPLATE",
        "S-STEP",
        "E-DUP-INPUT",
    ]


def test_a_quality_gate_without_its_settings_is_an_error():
    """Only a tree made by hand can be like that."""
    gate = ast.Gate(name="quality_gate", gate_type="quality_gate")
    (problem,) = findings(ast.Workflow(name="w", body=(gate,)))
    assert problem.code == "S-QG-CONFIG"


CHILDREN = {
    "needs": tree("inputs { need } call x", "needs"),
    "easy": tree('inputs { a boolean b default = "x" } call x', "easy"),
    "rich": tree(
        "call top script sc { run = x } parallel { call p } call workflow g "
        "do { call nested } always { call last }",
        "rich",
    ),
}
LOADING = Ground(load=lambda name: Child(workflow=CHILDREN.get(name), problem="there is none"))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("call workflow needs", ["S-SUB-INPUT"], id="105 required"),
        pytest.param("call workflow easy", [], id="105 optional"),
        pytest.param("call workflow easy { inputs { zz = 1 b = x } }", ["W-SUB-EXTRA"], id="105 extra"),
        pytest.param(
            "call workflow rich if top.x {} if sc.x {} if p.x {} if rich.x {} if g.x {}", [], id="106 there"
        ),
        pytest.param(
            "call workflow rich if nested.x {} if last.x {} if x.y {}", ["S-STEP"] * 3, id="106 not there"
        ),
        pytest.param("call workflow nope if nope.x {}", ["S-SUB-LOAD"], id="107"),
    ],
)
def test_a_child_is_known_by_its_inputs_and_its_top_level_steps(body, expected):
    """A workflow that cannot be loaded is one error, not many."""
    assert codes(body, LOADING) == expected


def test_without_a_loader_a_child_may_have_produced_anything():
    """Nothing is reported that cannot be known."""
    assert codes("call workflow c if anything.x {} gate quality_gate { source = q threshold = 1 }") == []


def test_agents_that_nothing_runs_are_named_with_the_places_searched():
    """Calls, branches and fallbacks alike; each agent is searched for once."""
    asked: list[str] = []

    def search(agent: ast.AgentRef) -> Searched:
        asked.append(agent.label)
        return Searched(
            found=agent.label == "there", places=("a/x.md", "b/x.md") if agent.label == "gone" else ()
        )

    body = (
        "call there call gone { on_fail = lost } parallel { call gone } script s { run = x on_fail = there }"
    )
    found = findings(tree(body), Ground(find_action=search))
    assert [(problem.code, problem.message) for problem in found] == [
        ("S-AGENT", "nothing runs 'gone'"),
        ("S-AGENT", "nothing runs 'lost'"),
        ("S-AGENT", "nothing runs 'gone'"),
    ]
    assert [problem.hint for problem in found] == [
        "looked for a/x.md, b/x.md",
        "looked for nowhere",
        "looked for a/x.md, b/x.md",
    ]
    assert asked == ["there", "gone", "lost"]


@pytest.mark.parametrize(
    ("body", "advised"),
    [
        ("script s { run = x on_fail = ignore }", True),
        ("script s { run = x on_fail = skip }", True),
        ("script s { run = x on_fail = none }", True),
        ("script s { run = x on_fail = contineu }", True),
        ("script s { run = x on_fail = helper }", False),
        ("call skip", False),
    ],
)
def test_who_wants_to_go_on_after_a_failure_is_told_the_word_for_it(body, advised):
    """Any other name is that of an agent."""
    (problem,) = check(tree(body), Ground(find_action=lambda _agent: Searched(found=False)))
    assert problem.code == "S-AGENT"
    assert ("on_fail = continue" in problem.hint) is advised


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('script s { run = "{{a}}" }', ["S-TEMPLATE"]),
        ('script s { run = "x" env = { A = "{{a}}" B = "{{a}}" } }', ["S-TEMPLATE"]),
        ('inputs { a } script s { run = "{{a}} {{inputs.a}} {{ a }}" }', []),
        ('script s { run = "{{dry_run}} {{workflow_run_id}} {{idempotency_key}} {{host}}" }', []),
        ('script s { run = "{{FLOW_STEP}}" }', ["S-TEMPLATE"]),
        ('call c script s { run = "{{a}}" }', []),
        ('call c script s { run = "{{prior_contxt}}" }', ["W-TEMPLATE"]),
        ('script s { run = "{{a}}" } call c', ["S-TEMPLATE"]),
        ('script s { run = "{{item.id}}" }', ["W-TEMPLATE"]),
        ('call c while c.x { max_iterations = 2 script s { run = "{{a}}" } }', []),
        ('do { max_iterations = 2 script s { run = "{{a}}" } } while s.x', ["S-TEMPLATE"]),
        ('do { max_iterations = 2 call c script s { run = "{{a}}" } } while s.x', []),
        ('call c always { script s { run = "{{a}}" } }', []),
    ],
)
def test_a_value_that_nothing_can_provide_is_an_error(body, expected):
    """One that an earlier step may export is only worth a warning."""
    assert codes(body, Ground(variables=frozenset({"host"}))) == expected


@pytest.mark.parametrize(
    ("options", "columns"),
    [
        ('run = "echo {{name"', [37]),
        ('run = "echo {{dry_run}} {{name }"', [49]),
        ('run = "x" env = { A = "{{b" }', [48]),
        ('run = "echo {name }} {{dry_run}}"', []),
    ],
)
def test_a_value_whose_braces_are_never_closed_is_worth_a_warning(options, columns):
    """It points at the braces."""
    found = check(tree(f"script s {{ {options} }}"))
    assert [problem.span.column for problem in found] == columns
    assert all((problem.code, problem.severity) == ("W-TEMPLATE", Severity.WARNING) for problem in found)
    assert all("'{{' in " in each.message and "is never closed" in each.message for each in found)


def test_a_misspelt_value_points_at_itself_and_has_a_hint():
    """The place is that of the braces inside the command."""
    (problem,) = findings(tree('inputs { branch } script s { run = "git switch {{barnch}}" }'))
    assert problem.hint == "did you mean 'branch'?"
    assert problem.span.end_column - problem.span.column == len("{{barnch}}")


@pytest.mark.parametrize(
    "run",
    ["eval {{a}}", "sh -c 'echo {{a}}'", "cat <<'E'\n{{a}}\nE\n", "echo $(({{a}}))", 'bash -lc \\"{{a}}\\"'],
)
def test_a_value_that_would_be_read_as_a_program_is_an_error(run):
    """There is no quoting that would make it safe."""
    (problem,) = findings(tree(f'inputs {{ a }} script s {{ run = "echo {{{{a}}}}\n{run}" }}'))
    assert (problem.code, problem.severity) == ("S-SHELL", Severity.ERROR)
    assert problem.span.line >= 2


def test_a_command_that_no_shell_takes_is_an_error():
    """The system bounds one argument of a program."""
    assert codes('script s { run = "' + "x" * (limits.SHELL_PROGRAM_BYTES + 1) + '" }') == ["S-SHELL"]
    assert codes('script s { run = "' + "x" * limits.SHELL_PROGRAM_BYTES + '" }') == []


def find(word: str) -> ScriptFile:
    """Know four files."""
    return {
        "ok.sh": ScriptFile(path=Path("/p/ok.sh"), executable=True, mode=0o755),
        "a/ok.sh": ScriptFile(path=Path("/p/a/ok.sh"), executable=True, mode=0o755),
        "plain.sh": ScriptFile(path=Path("/p/plain.sh"), executable=False, mode=0o644),
        "locked.sh": ScriptFile(path=Path("/p/locked.sh"), unreadable="permission denied"),
        "/bin/sh": ScriptFile(refused="is an absolute path"),
    }.get(word, ScriptFile(places=("x/" + word, "y/" + word)))


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("{{d}}/x.sh", []),
        ("ok.sh --flag {{d}}", []),
        ("a/ok.sh", []),
        ("A=1 plain.sh", ["S-SCRIPT-EXEC"]),
        ("locked.sh", ["S-SCRIPT-META"]),
        ("./gone.sh", ["S-SCRIPT-MISSING"]),
        ("/bin/sh x", ["S-SCRIPT-MISSING"]),
        ("echo a/b", []),
        ("cd a/b && ./x", []),
        ("git push", []),
        ("gti push", ["W-COMMAND"]),
        ("$TOOL x", []),
        ("'my tool' x", ["W-COMMAND"]),
    ],
)
def test_the_program_of_a_script_is_there_and_can_be_run(run, expected):
    """A word is a path if it looks like one or names a file; else it is a command."""
    ground = Ground(find_script=find, is_program=lambda word: word == "git")
    body = f'inputs {{ d }} script s {{ run = "{run}" }} call a'
    assert codes(body, ground) == expected


@pytest.mark.parametrize("word", ["x" * 1_000_000, "a/" + "x" * 1_000_000])
def test_a_command_that_is_one_endless_word_is_not_repeated_whole(word):
    """A message stays one that can be read."""
    ground = Ground(find_script=find, is_program=lambda _: False)
    found = check(tree(f'script s {{ run = "{word}" }}'), ground)
    assert {"W-COMMAND", "S-SCRIPT-MISSING"} & {problem.code for problem in found}
    assert all(len(problem.message) < 200 for problem in found)


def test_a_missing_script_says_where_it_was_looked_for():
    """And one that may not be named, why."""
    gone, refused, plain = (
        check(tree(f'script s {{ run = "{run}" }}'), Ground(find_script=find))[0]
        for run in ("./gone.sh", "/bin/sh", "plain.sh")
    )
    assert gone.hint == "looked for x/./gone.sh, y/./gone.sh"
    assert "is an absolute path" in refused.message
    assert ("mode 0644" in plain.message, plain.hint) == (True, "chmod +x plain.sh")
    assert codes('script s { run = "whatever" }', Ground(find_script=find)) == []
