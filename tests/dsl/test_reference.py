"""The reference of the language: complete, and true."""

import re
from pathlib import Path

import pytest

from docs.make_language import PAGE, page
from flow_tui.diagnostics import errors
from flow_tui.dsl import ast, loader, walk
from flow_tui.dsl.checks import check
from flow_tui.dsl.format import format_text
from flow_tui.dsl.ground import Ground, Searched
from flow_tui.dsl.parser import parse
from flow_tui.dsl.reference import Construct, constructs, file_name, find, meant, topics
from flow_tui.dsl.shipped import SHIPPED
from flow_tui.runtime import library

CONSTRUCTS = list(constructs().values())
EXAMPLES = Path(ast.__file__).parent / "examples"
SCHEMA = """
fields:
  confidence: number
  findings: array
markers:
  has_findings: findings.length > 0
"""
HEADS = {
    "workflow": "meta {{ {} }}",
    "inputs": "inputs {{ a {} }}",
    "call": "call a {{ {} }}",
    "script": "script a {{ {} }}",
    "while": "while a.b {{ {} }}",
    "do while": "do {{ {} }} while a.b",
    "parallel": "parallel {{ {} call a }}",
    "parallel call": "parallel {{ call a {{ {} }} }}",
    "gate": "gate human_approval {{ {} }}",
    "quality_gate": "gate quality_gate {{ {} }}",
    "do": "do {{ {} }}",
    "call workflow": "call workflow a {{ {} }}",
    "foreach": "foreach a {{ {} }}",
    **{f"call {name}": f"call {name} {{{{ inputs {{{{ {{}} }}}} }}}}" for name in SHIPPED},
}
"""How an option of a construct is written."""


def test_every_construct_of_the_language_is_described() -> None:
    """Every node of the syntax tree, and what stands in a workflow or in a node."""
    described = {find(name) for name in HEADS}
    assert None not in described
    modelled = {
        *("if", "unless", "always"),
        *HEADS,
    }
    assert modelled == set(constructs())


@pytest.mark.parametrize("construct", CONSTRUCTS, ids=lambda construct: construct.name)
def test_a_construct_is_described_in_sentences(construct: Construct) -> None:
    """What it does begins with how it is written; every option says what it takes and what it means."""
    assert re.fullmatch(r"`[^`]+`[^.].*\.", construct.does)
    for option in construct.options:
        assert option.takes, option
        assert re.fullmatch(r"[A-Z`].*\.", option.means), option
        assert not (option.is_required and option.default)
    assert "``" not in construct.does + "".join(option.means for option in construct.options)


def shipped_alone(agent: ast.AgentRef) -> Searched:
    """Return what runs a call in a project that has no actions of its own."""
    return Searched(found=True, takes=SHIPPED.get(agent.label))


@pytest.mark.parametrize(
    ("construct", "option"),
    [(construct, option.name) for construct in CONSTRUCTS for option in construct.options],
    ids=lambda each: each.name if isinstance(each, Construct) else each,
)
def test_an_option_is_known_where_the_reference_says(construct: Construct, option: str) -> None:
    """The parser may refuse the value, but never the name; a name that is not listed it does not know."""

    def found(name: str) -> set[str]:
        parsed = parse(f"workflow w {{ {HEADS[construct.name].format(f'{name} = 1')} }}")
        shipped = check(parsed.workflow, Ground(find_action=shipped_alone)) if parsed.workflow else ()
        return {problem.code for problem in parsed.diagnostics} | {
            problem.message for problem in shipped if problem.code == "S-ACTION-INPUT"
        }

    unknown = {"W-UNKNOWN-KEY", "P-UNKNOWN-KEY", "P-NAME"}
    action = construct.name.removeprefix("call ")
    of_actions = {f"call {action!r}: the input {name!r} is not known" for name in (option, "nonsense")}
    assert found(option) & (unknown | of_actions) == set()
    assert found("nonsense") & (unknown | of_actions)


def test_what_an_option_takes_is_said_in_words() -> None:
    """Types, bounds, choices and defaults become words and code."""
    options = {
        (construct.name, option.name): option for construct in CONSTRUCTS for option in construct.options
    }
    told = {key: (option.takes, option.default, option.is_required) for key, option in options.items()}
    assert told["call", "retries"] == ("a whole number from 0 to 1000", "0", False)
    assert told["script", "run"] == ("a text", "", True)
    assert told["while", "max_iterations"] == ("a whole number from 1 up", "", True)
    assert told["while", "on_max_iter"] == ("`fail` or `continue`", "fail", False)
    assert told["parallel", "fail_fast"] == ("`true` or `false`", "true", False)
    assert told["gate", "timeout"][1] == '"1d"'
    assert told["workflow", "version"][0] == "`1`"
    assert told["foreach", "on_child_fail"][0] == "`halt`, `continue` or `skip_dependents`"
    assert told["call", "retry_backoff"] == ("a number from 1 to 1000", "1", False)
    assert ("quality_gate", "as") in told
    assert next(iter(constructs()["script"].options)).name == "run"


# Examples


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a folder for workflows in a project that has what the examples refer to."""
    root = tmp_path / "project"
    for folder in ("workflows", "schemas", "prompts"):
        (root / ".flow" / folder).mkdir(parents=True)
    return root / ".flow" / "workflows"


def furnish(folder: Path, workflow: ast.Workflow) -> None:
    """Make whatever a definition refers to."""
    above = folder.parent
    names = sorted({agent.label for agent in walk.agent_refs(workflow)} - SHIPPED.keys())
    functions = "".join(
        f"@action({name!r})\ndef act_{at}(params):\n    pass\n\n\n" for at, name in enumerate(names)
    )
    (above / "actions.py").write_text(f"from flow_tui import action\n\n\n{functions}")
    for name in walk.schema_refs(workflow):
        (above / "schemas" / f"{name}.yaml").write_text(SCHEMA)
    for name in walk.snippet_refs(workflow):
        (above / "prompts" / f"{name}.md").write_text("Be brief.\n")
    for node in walk.all_nodes(workflow):
        if isinstance(node, ast.CallWorkflow | ast.ForEach):
            declared = " ".join(node.inputs)
            (folder / f"{node.workflow}.wf").write_text(
                f'workflow {node.workflow} {{ inputs {{ {declared} }} script s {{ run = "true" }} }}'
            )


@pytest.mark.parametrize("construct", CONSTRUCTS, ids=lambda construct: construct.name)
def test_an_example_holds(construct: Construct, project: Path) -> None:
    """The checker finds nothing in it, it shows its construct, and it is laid out in the one style."""
    workflow = parse(construct.example).workflow
    assert workflow is not None
    furnish(project, workflow)
    file = project / f"{workflow.name}.wf"
    file.write_text(construct.example)
    found = library.inspect(loader.load_file(file), loader.project_of(file)).diagnostics
    here = {"W-COMMAND"}  # whether make is on this machine says nothing about the example
    assert [problem.headline() for problem in found if problem.code not in here] == []
    assert format_text(construct.example).text == construct.example
    word = {"parallel call": "if =", "do while": "} while"}.get(construct.name, construct.name)
    assert word in construct.example


def test_no_example_is_left_over() -> None:
    """Every file of the folder belongs to a construct, or holds the topics."""
    files = {file.name for file in EXAMPLES.iterdir()}
    assert files == {f"{file_name(name)}.wf" for name in constructs()} | {"topics.md"}


def test_indented_examples_of_topics_parse() -> None:
    """What stands there can be copied."""
    shown = [
        part.strip()
        for topic in topics().values()
        for part in topic.text.split("\n\n")
        if part.startswith("    ")
    ]
    assert shown
    for text in shown:
        assert errors(parse(f"workflow w {{ {text} }}").diagnostics) == ()


def test_the_variables_that_the_reference_names_are_those_of_the_program() -> None:
    """None is missing but those for other engines' files, none is invented."""
    from flow_tui.engine.variables import ENGINE_NAMES

    text = topics()["variables"].text.rpartition("The program provides")[2]
    named = set(re.findall(r"`([a-z_]+)`", text)) - {"always"}
    assert ENGINE_NAMES - named == {"prior_contexts", "prior_output_file"}
    assert named - ENGINE_NAMES == set()


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("PARALLEL", "parallel"),
        ("call  workflow", "call workflow"),
        ("do-while", "do while"),
        ("meta", "workflow"),
        ("time", "time"),
    ],
)
def test_a_construct_is_found_by_what_people_call_it(words: str, name: str) -> None:
    """In either case, and by its other names."""
    found = find(words)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    ("words", "name"), [("else", "unless"), ("paralell", "parallel"), ("Foreech", "foreach"), ("xyzzy", "")]
)
def test_what_was_probably_meant_is_named(words: str, name: str) -> None:
    """Slips, and the words of other languages."""
    assert find(words) is None
    assert meant(words) == name


def test_what_is_no_construct_is_not_found() -> None:
    """Nor is a part of a name."""
    assert find("else") is None
    assert find("") is None


# The page


def test_the_page_is_what_the_program_says(update_cases: bool) -> None:
    """`make cases` would change nothing."""
    if update_cases:
        PAGE.write_text(page(), encoding="utf-8")
    assert page() == PAGE.read_text(encoding="utf-8"), "python -m docs.make_language writes it anew"


def test_every_link_of_the_page_leads_to_a_heading() -> None:
    """Of the same page."""
    text = page()
    headings = {line.removeprefix("## ").replace(" ", "-") for line in text.splitlines() if line[:3] == "## "}
    links = set(re.findall(r"\]\(#([^)]+)\)", text))
    assert links
    assert links <= headings
