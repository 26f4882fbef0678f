"""What is offered where somebody is typing."""

import pytest

from flow_tui import limits
from flow_tui.authoring.completion import CompletionKind, complete
from flow_tui.authoring.edits import Edit, applied
from flow_tui.dsl.reference import constructs
from flow_tui.dsl.surroundings import Surroundings
from tests.authoring.texts import marked, project

STEPS = ("call", "if", "unless", "while", "do", "parallel", "gate", "always", "script", "foreach")


@pytest.fixture(scope="module")
def around(tmp_path_factory: pytest.TempPathFactory) -> Surroundings:
    """Return a project with one thing of each kind."""
    return project(
        tmp_path_factory.mktemp("project"),
        {
            "agents/reviewer.md": "Review it.\n",
            "schemas/verdict.yaml": "fields:\n  approved: boolean\n",
            "prompts/style.md": "Be brief.\n",
            "scripts/build.sh": "#!/bin/sh\n",
            "workflows/child.wf": 'workflow child {\n  meta { description = "Does it" }\n'
            '  inputs { version  fast boolean description = "no tests" }\n'
            '  call echo { inputs { text = "x" } }\n}\n',
            "actions.py": "@action\ndef deploy(params):\n    return None\n",
        },
    )


def offered(text: str, around: Surroundings | None = None) -> list[str]:
    """Return what is offered at the mark."""
    return [each.label for each in complete(*marked(text, around=around))]


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("|", ["workflow"]),
        ("wor|", ["workflow"]),
        ("workflow |", ["w"]),
        ("workflow w { | }", [*STEPS, "inputs", "meta"]),
        ("workflow w { call a\n  | }", [*STEPS, "inputs", "meta"]),
        ("workflow w { do { call a } | }", [*STEPS, "inputs", "meta"]),
        ("workflow w { always { s| } }", ["script", "unless", "always"]),
        ("workflow w { scr|ipt x { } }", ["script"]),
        ("workflow w { parallel { call a | } }", ["call"]),
        ("workflow w { script |x { } }", []),
        ("workflow w { script x { run| } }", ["run"]),
        ("workflow w { script x { retry_b| } }", ["retry_backoff"]),
        ("workflow w { call a { retries = 2 retr| } }", ["retry_delay", "retry_backoff", "retry_max_delay"]),
        ("workflow w { call a { on_crash = | } }", ["rerun", "ask", "fail"]),
        ("workflow w { call a { cache = t| } }", ["true"]),
        ('workflow w { call a { timeout = "|" } }', ["30s", "5m", "1h"]),
        ("workflow w { meta { trig| } }", ["trigger"]),
        ("workflow w { meta { trigger = | } }", ["manual", "pr", "scheduled"]),
        ("workflow w { meta { targets = [ticket, w|] } }", ["worktree", "workflow_run"]),
        ("workflow w { inputs { x | } }", ["required", "boolean", "default", "description"]),
        (
            "workflow w { gate |",
            [
                *(
                    "human_approval",
                    "human_review",
                    "quality_gate",
                    "pr_approval",
                    "pr_checks",
                    "command",
                    "file",
                ),
            ],
        ),
        ("workflow w { gate command { ru| } }", ["run"]),
        ("workflow w { gate human_approval { ru| } }", []),
        ("workflow w { gate quality_gate { | } }", ["source", "threshold", "on_fail", "as"]),
        ("workflow w { call plan script x { } if | }", ["plan", "x"]),
        ("workflow w { call plan if | { call later } }", ["plan"]),
        ("workflow w { inputs { fast boolean  who } if | { } }", ["fast"]),
        ("workflow w { call a { on_fail = mend } while | { } }", ["a", "mend"]),
        ('workflow w { call "agents/plan.md" do { } while pl|', ["plan"]),
        ("workflow w { call a if a.bad { } if a.| { } }", ["bad"]),
        ("workflow w { call a if a.bad { } parallel { call b { if = a.| } } }", ["bad"]),
        ("workflow w { call a gate quality_gate { source = | } }", ["a"]),
        ("workflow w { call a gate human_review { options = | } }", ["a"]),
        ("workflow w { call a foreach f { over = lines scope = { step = | } } }", ["a"]),
        ("workflow w { call a foreach f { over = range scope = { step = | } } }", []),
        ("workflow w { foreach f { over = ran|", ["range"]),
        ("workflow w { foreach f { over = lines scope = { | } } }", ["file", "step"]),
        ("workflow w { foreach f { over = tickets scope = { source = | } } }", ["files", "github"]),
        ("workflow w { foreach f { on_child_fail = skip| } }", ["skip_dependents"]),
        ('workflow w { inputs { who } script x { run = "echo {{ w|', ["who", "workflow_run_id"]),
        ('workflow w { inputs { who } script x { run = "echo {{w|}} now" } }', ["who", "workflow_run_id"]),
        ('workflow w { always { script x { run = "{{workflow_s|" } } }', ["workflow_status"]),
        ('workflow w { script x { run = "{{workflow_s|" } }', []),
        ('workflow w { foreach f { over = lines inputs = { x = "{{item.t|" } } }', ["item.text"]),
        ("workflow w { call echo { inputs { | } } }", ["text"]),
        ("workflow w { // call |", []),
        ('workflow w { call a { output = "x" } } |', []),
        ("workflow w { call a { retries = 3| } }", []),
    ],
)
def test_what_fits_is_offered(text: str, labels: list[str]) -> None:
    """By what stands before it, and by what was typed of it."""
    assert offered(text) == labels


@pytest.mark.parametrize(
    ("text", "some"),
    [
        ("workflow w { call | }", ["deploy", "reviewer", "echo", "workflow"]),
        ("workflow w { call dep|", ["deploy"]),
        ("workflow w { call a { on_fail = | } }", ["continue", "deploy", "reviewer"]),
        ("workflow w { call workflow |", ["child"]),
        ("workflow w { foreach f { workflow = | } }", ["child"]),
        ("workflow w { call workflow child { inputs { | } } }", ["version", "fast"]),
        ("workflow w { call workflow child { inputs { version = 1 | } } }", ["fast"]),
        ("workflow w { foreach f { workflow = child inputs = { v| } } }", ["version"]),
        ("workflow w { call a { output = | } }", ["verdict"]),
        ('workflow w { do { with = [x, "s|"] } }', ["style"]),
        ('workflow w { script x { run = "b|" } }', ["build.sh"]),
        ("workflow w { call reviewer { output = verdict } if reviewer.| { } }", ["not_approved"]),
        ("workflow w { do { output = verdict call a } while a.n|", ["not_approved"]),
        ("workflow w { call workflow child if e| { } }", ["echo"]),
    ],
)
def test_what_the_project_holds_is_offered(around: Surroundings, text: str, some: list[str]) -> None:
    """Its agents, actions, workflows and their inputs, schemas and their markers, snippets and scripts."""
    assert set(some) <= set(offered(text, around))


@pytest.mark.parametrize(
    ("text", "label", "after"),
    [
        ("workflow w { call a { retr| } }", "retries", "workflow w { call a { retries =  } }"),
        ("workflow w { call a { re|try = 3 } }", "retries", "workflow w { call a { retries = 3 } }"),
        ("workflow w { call a { timeout = | } }", "5m", 'workflow w { call a { timeout = "5m" } }'),
        ('workflow w { call a { timeout = "|" } }', "5m", 'workflow w { call a { timeout = "5m" } }'),
        ("workflow w { call wr| }", "write-file", "workflow w { call write-file }"),
        (
            'workflow w { inputs { who } script x { run = "{{|" } }',
            "who",
            'workflow w { inputs { who } script x { run = "{{who}}" } }',
        ),
        (
            'workflow w { inputs { who } script x { run = "{{w|xy}}" } }',
            "who",
            'workflow w { inputs { who } script x { run = "{{who}}" } }',
        ),
    ],
)
def test_what_is_chosen_takes_the_place_of_what_was_typed(text: str, label: str, after: str) -> None:
    """With what has to follow it, unless that is there, and in quotes where it needs them."""
    document, offset = marked(text)
    (chosen,) = (each for each in complete(document, offset) if each.label == label)
    edit = Edit(file="", start=chosen.start, end=chosen.end, text=chosen.text)
    assert applied(document.source, [edit]) == after


def test_options_are_explained_as_in_the_reference() -> None:
    """In the words of the page about the language."""
    found = {each.label: each for each in complete(*marked("workflow w { script x { | } }"))}
    for option in constructs()["script"].options:
        assert option.means in found[option.name].about
        assert found[option.name].kind is CompletionKind.OPTION


def test_what_begins_with_the_word_comes_first() -> None:
    """Then what holds it, then what has its letters in that order."""
    assert offered("workflow w { call a { ti| } }")[0] == "timeout"
    assert offered("workflow w { call a { mxt| } }") == ["max_turns"]


def test_of_very_many_workflows_only_the_first_are_read_for_what_they_do(
    around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name is offered at once, also where there are thousands."""
    text = "workflow w { call workflow ch| }"
    about = [each.about for each in complete(*marked(text, around=around))]
    monkeypatch.setattr(limits, "WORKFLOWS_DESCRIBED", 0)
    without = [each.about for each in complete(*marked(text, around=around))]
    assert (about, without) == (["Does it"], ["a workflow of the project"])
