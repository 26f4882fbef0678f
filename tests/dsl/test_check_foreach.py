"""What a ``foreach`` may ask of the providers that come with the program."""

import pytest

from flow_tui.dsl.checks import check
from flow_tui.dsl.ground import Ground
from flow_tui.dsl.parser import parse
from flow_tui.dsl.providers import PROVIDERS


def told(options: str) -> list[str]:
    """Return code and message of what is said of a foreach with these options."""
    text = f"workflow w {{ foreach f {{ {options} max_parallel = 1 workflow = c }} }}"
    parsed = parse(text, "w.wf")
    assert parsed.workflow is not None, parsed.diagnostics
    found = (*parsed.diagnostics, *check(parsed.workflow, Ground(providers=PROVIDERS)))
    return [f"{problem.code} {problem.message} ({problem.hint})" for problem in found]


@pytest.mark.parametrize(
    "options",
    [
        'over = matrix scope = { os = "linux, mac" py = 3 } inputs = { a = "{{item.os}} {{item.py}}" }',
        'over = matrix scope = { os = "linux, mac" } filter = { skip = "os=mac" }',
        'over = matrix scope = { letters = "[a-z], [0-9]" }',
        "over = tickets scope = { label = bug source = github } ordered = true",
        'over = tickets scope = { unlabeled = true folder = "todo" source = files }',
        "over = worktrees scope = { base_branch = main has_open_pr = false } ordered = true",
        "over = repos",
        'over = workflow_runs filter = { status = "failed, cancelled" workflow_name = build }',
    ],
)
def test_what_providers_can_do_is_not_questioned(options) -> None:
    """Not even with a warning."""
    assert told(options) == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("over = matrix", "S-FE-SCOPE foreach 'f': 'matrix' needs a scope (add scope = { NAME ="),
        ("over = matrix scope = { ref = x }", "S-FE-SCOPE foreach 'f': a list cannot be called 'ref'"),
        ('over = matrix scope = { os = " , " }', "S-FE-SCOPE foreach 'f': the list 'os' is empty"),
        (
            "over = matrix scope = { os = \"[linux, 'mac']\" }",
            "the list 'os' holds '[linux' and \"'mac']\", brackets and all (write os = \"linux, mac\")",
        ),
        ("over = matrix scope = { os = a } ordered = true", "S-FE-ORDERED"),
        (
            'over = matrix scope = { os = a } inputs = { b = "{{item.oss}}" }',
            "did you mean 'item.os'?",
        ),
        (
            "over = tickets scope = { source = github }",
            "S-FE-SCOPE foreach 'f': the scope of 'tickets' holds",
        ),
        (
            "over = tickets scope = { label = bug source = gitlab }",
            "S-FE-SCOPE foreach 'f': 'source' must be files or github",
        ),
        ("over = tickets scope = { label = bug sorce = github }", "(did you mean 'source'?)"),
        ("over = tickets scope = { label = bug unlabeled = true }", "W-FE-SCOPE"),
    ],
)
def test_what_providers_cannot_do_is_told(options, said) -> None:
    """One finding, with what to do about it."""
    (found,) = told(options)
    assert said in found
