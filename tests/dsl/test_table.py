"""Every row of the language's table."""

import pytest

from flow_tui.dsl.checks import check
from flow_tui.dsl.parser import parse
from tests.dsl.table import CASES, Case

IN_CHECKS = {"E-DUP-INPUT"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_text_means_what_its_row_says(case: Case):
    """The codes, the place of the first one, and the tree are as the table has them."""
    parsed = parse(case.source, "x.wf")
    found = list(parsed.diagnostics)
    if parsed.workflow is not None:
        found += [problem for problem in check(parsed.workflow) if problem.code in IN_CHECKS]
    assert tuple(problem.code for problem in found) == case.codes, [d.headline() for d in found]
    if case.at is not None:
        assert (found[0].span.line, found[0].span.column) == case.at
    if case.says is not None:
        assert parsed.workflow is not None
        assert case.says(parsed.workflow)
