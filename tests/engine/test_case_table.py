"""Which of the cases that the engine is held to are proven by which tests."""

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parents[1]
CASES = range(1, 141)
NOT_APPLICABLE: dict[int, str] = {}
"""Cases that ask for nothing here, with the reason."""


def marked(file: Path) -> Iterator[tuple[int, str]]:
    """Yield the number of every case that a file proves, with the test that does."""
    for node in ast.walk(ast.parse(file.read_text())):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or not node.name.startswith("test_"):
            continue
        for decorator in node.decorator_list:
            match decorator:
                case ast.Call(func=ast.Name(id="case") | ast.Attribute(attr="case"), args=numbers):
                    for number in numbers:
                        yield ast.literal_eval(number), f"{file.relative_to(TESTS)}::{node.name}"
                case _:
                    continue


def table() -> dict[int, list[str]]:
    """Return the tests of every case that has any."""
    found: dict[int, list[str]] = {}
    for file in sorted(TESTS.rglob("test_*.py")):
        for number, name in marked(file):
            found.setdefault(number, []).append(name)
    return found


def test_every_case_has_a_test_or_a_reason() -> None:
    """Not one is forgotten, and none has both."""
    proven = table()
    assert [number for number in CASES if number not in proven and number not in NOT_APPLICABLE] == []
    assert [number for number in NOT_APPLICABLE if number in proven] == []
    assert all(NOT_APPLICABLE.values())


def test_no_test_proves_a_case_that_there_is_not() -> None:
    """A number that was mistyped would hide that a case is not proven."""
    assert [number for number in table() if number not in CASES] == []
