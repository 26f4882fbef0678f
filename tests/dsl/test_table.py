"""Every row of the language's table."""

import pytest

from tests.dsl.table import CASES, Case, rewrite


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_text_means_what_its_row_says(case: Case, update_cases: bool):
    """The problems, their places in the order of the text, and the tree are as the file has them."""
    if update_cases:
        rewrite(case)
        return
    assert case.answer() == case.says
    assert case.says


def test_every_row_of_the_language_has_a_file():
    """None is forgotten, and none is empty."""
    rows = {int(case.file.stem) for case in CASES}
    assert rows == set(range(1, 97))
    assert all(file.read_text("utf-8").split("\n")[0].endswith(".") for file in {case.file for case in CASES})
