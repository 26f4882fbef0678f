"""What is known before a run of where a ``foreach`` finds its items."""

import pytest

from flow_tui.dsl import ast, item_files
from flow_tui.dsl.walk import all_nodes
from flow_tui.testing import sound


def fan_out(text: str) -> ast.ForEach:
    """Return a ``foreach`` with these options."""
    workflow = sound(f"workflow w {{ foreach f {{ {text} max_parallel = 1 workflow = k }} }}", "w.wf")
    return next(node for node in all_nodes(workflow) if isinstance(node, ast.ForEach))


@pytest.mark.parametrize(
    ("text", "file", "follows"),
    [
        ('over = lines scope = { file = "a.txt" }', "a.txt", False),
        ('over = json scope = { file = "a.json" at = x }', "a.json", False),
        ('over = lines scope = { file = "{{name}}.txt" }', None, False),
        ("over = lines scope = { step = s }", None, True),
        ('over = matrix scope = { os = "a, b" }', None, True),
        ('over = range scope = { to = "{{n}}" }', None, True),
        ("over = files", None, False),
        ("over = repos", None, False),
    ],
)
def test_items_come_from_a_file_from_earlier_steps_or_from_anywhere(
    text: str, file: str | None, follows: bool
) -> None:
    """A name with a variable in it is known only when the step begins."""
    node = fan_out(text)
    assert (item_files.file_of(node), item_files.follow_from_steps(node)) == (file, follows)


@pytest.mark.parametrize(
    ("text", "globs"),
    [
        ("", []),
        ("scope = { folder = docs }", ["docs/**/*"]),
        (
            'scope = { folder = docs } filter = { match = "*.md, a/" }',
            ["docs/**/*.md", "docs/**/*.md/**", "docs/**/a/**"],
        ),
        ('filter = { match = "*.py, !b.py, /src/x" }', ["**/*.py", "**/*.py/**", "src/x", "src/x/**"]),
        ('filter = { match = "*" }', []),
        ('filter = { match = "{{what}}" }', []),
    ],
)
def test_files_that_are_items_fit_patterns(text: str, globs: list[str]) -> None:
    """Where any file of the project may be one, there is none."""
    assert list(item_files.globs(fan_out(f"over = files {text}"))) == globs
