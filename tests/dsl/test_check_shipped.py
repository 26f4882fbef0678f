"""Inputs of the actions that come with the program."""

import pytest

from flow_tui.dsl.checks import check
from flow_tui.dsl.loader import project_at
from flow_tui.dsl.parser import parse
from flow_tui.dsl.surroundings import Surroundings


def told(folder, body):
    """Return what is said of the actions of a workflow: column, message and hint."""
    parsed = parse(f"workflow w {{ {body} }}", "w.wf")
    assert parsed.workflow is not None, parsed.diagnostics
    ground = Surroundings(project_at(folder)).ground(parsed.workflow)
    found = check(parsed.workflow, ground)
    return [
        f"{one.span.column} {one.message} ({one.hint})"
        for one in found
        if one.code in {"S-ACTION-INPUT", "S-AGENT", "S-TEMPLATE"}
    ]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('call echo { inputs { text = "x" } }', None),
        ('call echo { inputs = { text = "x" } }', None),
        ('inputs { t } call sleep { inputs { duration = "{{t}}" } }', None),
        ('parallel { call sleep { inputs { duration = "1s" } } }', None),
        ("call echo", "19 call 'echo': the input 'text' is needed ('flow-tui help syntax call echo' says"),
        (
            "call echo { inputs { txt = x } }",
            "35 call 'echo': the input 'txt' is not known (did you mean 'text'?)",
        ),
        (
            'call sleep { inputs { duration = "soon" } }',
            "47 call 'sleep': the input 'duration' must be a duration",
        ),
        (
            'call http { inputs { url = "http://x" method = PUT } }',
            "61 call 'http': the input 'method' must be 'GET' or 'POST'",
        ),
        ('script s { run = "true" on_fail = notify }', "48 call 'notify': the input 'text' is needed"),
        (
            "call echo { text = x }",
            (
                "19 call 'echo': the input 'text' is needed "
                "('flow-tui help syntax call echo' says what it takes; write inputs { text = … })"
            ),
        ),
        ("call ecoh", "19 nothing runs 'ecoh' (did you mean 'echo'?; looked for "),
        (
            'call echo { inputs { text = "{{who}}" } }',
            "43 nothing provides {{who}} in the inputs of call 'echo' (declare it: inputs { who })",
        ),
    ],
)
def test_inputs_are_checked(tmp_path, body, said) -> None:
    """One finding, where the mistake is."""
    found = told(tmp_path, body)
    assert len(found) == (said is not None), found
    assert said is None or found[0].startswith(said)


def test_what_a_project_calls_the_same_takes_what_it_likes(tmp_path) -> None:
    """Only what would be run is looked at."""
    folder = tmp_path / ".flow" / "actions"
    folder.mkdir(parents=True)
    (folder / "echo").write_text("#!/bin/sh\n")
    body = "call echo { inputs { txt = x } }"
    assert "is not known" not in "".join(told(tmp_path, body))  # it is there, and not executable
    (folder / "echo").chmod(0o755)
    assert told(tmp_path, body) == []
    (folder / "echo").unlink()
    agents = tmp_path / ".flow" / "agents"
    agents.mkdir()
    (agents / "echo.md").write_text("Say it.")
    assert told(tmp_path, body) == []


def test_what_belongs_into_inputs_is_told_where_it_goes() -> None:
    """An option that a call does not have is most often something that it is to be given."""
    (told_of,) = parse("workflow w { call build { target = x } }", "w.wf").diagnostics
    assert told_of.hint == "what call 'build' is given goes into inputs { … }"


def test_a_folder_with_the_name_of_an_agent_is_called_one(tmp_path) -> None:
    """Nobody is asked whether they meant the very same name."""
    (tmp_path / ".flow" / "agents" / "plan.md").mkdir(parents=True)
    reason = "the agent 'plan' cannot be used: .flow/agents/plan.md: a folder, not a file"
    assert told(tmp_path, "call plan") == [f"19 {reason} (put the prompt into a file of this name)"]


def test_a_list_where_one_text_belongs_is_told_how_it_is_written() -> None:
    """Such as those of a matrix."""
    scope = 'scope = { os = ["a", "b"] }'
    text = f"workflow w {{ foreach f {{ over = matrix {scope} workflow = x max_parallel = 1 }} }}"
    (found,) = (one for one in parse(text, "w.wf").diagnostics if one.code == "P-VALUE-KIND")
    assert found.hint == "write several values as one text, with commas between them"
