"""What is said about a word."""

import pytest

from flow_tui.authoring.hovering import hover
from flow_tui.dsl.reference import constructs
from flow_tui.dsl.surroundings import Surroundings
from flow_tui.dsl.variables import ENGINE_NAMES, MEANS
from tests.authoring.texts import marked, project


@pytest.fixture(scope="module")
def around(tmp_path_factory: pytest.TempPathFactory) -> Surroundings:
    """Return a project with one thing of each kind."""
    return project(
        tmp_path_factory.mktemp("project"),
        {
            "agents/reviewer.md": "Review it.\n",
            "schemas/verdict.yaml": "fields:\n  approved: boolean\n",
            "workflows/child.wf": 'workflow child {\n  meta { description = "Does it" }\n'
            '  inputs { version description = "which one" }\n  call echo { inputs { text = "x" } }\n}\n',
            "workflows/broken.wf": "workflow broken {",
        },
    )


def said(text: str, around: Surroundings | None = None) -> str:
    """Return what is said about the marked word."""
    found = hover(*marked(text, around=around))
    return "" if found is None else found.text


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("|workflow w { }", constructs()["workflow"].does),
        ("workflow w { scr|ipt s { } }", constructs()["script"].does),
        ("workflow w { script |s { } }", constructs()["script"].does),
        ("workflow w { parallel { c|all a } }", constructs()["parallel call"].does),
        ("workflow w { |do { call a } while a.b }", constructs()["do while"].does),
        ("workflow w { gate |quality_gate { } }", constructs()["quality_gate"].does),
        ("workflow w { m|eta { } }", "what a workflow is about"),
        ("workflow w { call a { |retries = 3 } }", "Further attempts after the first"),
        (
            "workflow w { call a { retries = |3 } }",
            "Takes a whole number from 0 to 1000. When left out: `0`.",
        ),
        ("workflow w { call a { on_crash = |ask } }", "One of `rerun`, `ask`, `fail`."),
        ("workflow w { script s { |run = x } }", "It is needed."),
        ("workflow w { call a { inp|uts { x = 1 } } }", "What it is given"),
        ("workflow w { inputs { x |boolean } }", "never required"),
        ("workflow w { inputs { x |default = 1 } }", "What it is when it is not given"),
        ('workflow w { inputs { |x description = "why" } }', "why"),
        ('workflow w { inputs { x } script s { run = "{{|x}}" } }', "Declared as `x`."),
        ('workflow w { script s { run = "{{|dry_run}}" } }', MEANS["dry_run"]),
        ('workflow w { script s { run = "{{|x}}" } }', "may have handed over"),
        ("workflow w { script s { env = { |A = 1 } } }", "a variable of the command's environment"),
        ("workflow w { call a if |a.b { } }", "The step `a`: `call a`\n\nIts markers: `b`."),
        ("workflow w { if |a.b { } }", "No step is called `a`."),
        ("workflow w { call a if a.|b { } }", "The marker `b` of the step `a`"),
        ("workflow w { foreach f { over = |lines } }", "Its scope (required): `file`, `step`."),
        ("workflow w { foreach f { over = |nothing } }", "No provider of items is called `nothing`."),
        ("workflow w { call |echo }", constructs()["call echo"].does),
    ],
)
def test_words_are_explained_as_in_the_reference(text: str, part: str) -> None:
    """Constructs, options with what they take, values, and what is declared in the text."""
    assert part in said(text)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("workflow w { call |reviewer }", "in `.flow/agents/reviewer.md`"),
        ("workflow w { call |nobody }", "Nothing in the project runs it."),
        ("workflow w { call reviewer { output = |verdict } }", "in `.flow/schemas/verdict.yaml`"),
        ("workflow w { call reviewer { output = |gone } }", "It is not there."),
        ("workflow w { call workflow |child }", "Does it\n\nIts inputs: `version` (needed)."),
        ("workflow w { call workflow |broken }", "It cannot be loaded:"),
        ("workflow w { call workflow child { inputs { |version = 1 } } }", "which one; needed"),
        ("workflow w { call workflow child { inputs { |versoin = 1 } } }", "it declares no such input"),
    ],
)
def test_what_the_project_holds_is_explained(around: Surroundings, text: str, part: str) -> None:
    """What it is and where."""
    assert part in said(text, around)


@pytest.mark.parametrize(
    "text", ["|", "workflow w { | }", "workflow w { // cal|l\n }", "workflow w { nonsen|se }"]
)
def test_where_nothing_is_there_is_nothing_to_say(text: str) -> None:
    """Between words, in comments, and about what means nothing."""
    assert said(text) == ""


def test_every_value_of_the_engine_is_explained() -> None:
    """In a sentence."""
    assert MEANS.keys() == ENGINE_NAMES
