"""What a gate of a type may and must say."""

import pytest

from flow_tui.dsl.checks import check
from flow_tui.dsl.ground import Ground, ScriptFile
from flow_tui.dsl.parser import parse
from flow_tui.dsl.providers import GATES

GROUND = Ground(gates=(*GATES, "mail"), find_script=lambda _: ScriptFile(), is_program=lambda _: False)


def told(body: str) -> list[str]:
    """Return what is said of a workflow: place, code, message and hint."""
    parsed = parse(f"workflow w {{ {body} }}", "w.wf")
    assert parsed.workflow is not None, parsed.diagnostics
    found = (*parsed.diagnostics, *check(parsed.workflow, GROUND))
    return [f"{one.span.column} {one.code} {one.message} ({one.hint})" for one in found]


@pytest.mark.parametrize(
    "body",
    [
        'gate command { run = "test -f x" every = "1m" as = bot }',
        'inputs { name } gate file { path = "{{name}}/ok" timeout = "2h" on_timeout = continue }',
        "gate pr_approval { pr = 12 min_approvals = 2 }",
        "gate pr_checks { }",
        'gate mail { run = "true" path = y pr = z every = "1s" }',
    ],
)
def test_gates_that_look_for_themselves_say_where(body) -> None:
    """Nothing is wrong with them, and nothing is known of the types that packages bring along."""
    assert told(body) == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("gate command { }", "19 P-MISSING gate 'command' needs the option 'run' ()"),
        ('gate file { path = "" }', "33 P-MISSING gate 'file' needs the option 'path' ()"),
        (
            "gate human_approval { run = x }",
            "42 W-UNKNOWN-KEY gate 'human_approval' has no option 'run' (that is an option of command)",
        ),
        (
            'gate human_review { every = "1s" }',
            "has no option 'every' (that is an option of pr_approval, pr_checks, command, file)",
        ),
        (
            "gate file { path = x pr = 3 }",
            "has no option 'pr' (that is an option of pr_approval, pr_checks; this one has 'path')",
        ),
        (
            'gate command { run = "eval {{x}}" }',
            "41 S-SHELL {{x}} cannot stand here in gate 'command': ",
        ),
        (
            'gate command { run = "tset -f x" }',
            "36 W-COMMAND gate 'command' runs 'tset', which is no program",
        ),
        ('gate command { run = "./tset" }', "36 S-SCRIPT-MISSING gate 'command': './tset' is not there"),
        ('gate file { path = "{{nmae}}" }', "34 S-TEMPLATE nothing provides {{nmae}} in path of gate 'file'"),
    ],
)
def test_what_a_gate_lacks_or_does_not_have_is_told(body, said) -> None:
    """Each where it is written, with what to do about it."""
    assert any(said in found for found in told(body)), told(body)
