"""What is made up for a schema follows it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_tui.dsl.conform import validate
from flow_tui.dsl.marker_rules import derived
from flow_tui.dsl.schema_file import load_schema
from flow_tui.mock.schema_values import invented
from tests.conftest import tried
from tests.dsl.schemas import schemas


@given(schemas(), st.data())
@tried(100)
def test_whatever_is_made_up_follows_its_schema(schema, data):
    """Whichever markers are wanted or unwanted, nothing else is wrong with it; and it is JSON."""
    markers = schema.markers()
    present, absent = (data.draw(st.sets(st.sampled_from(markers or ("none",)))) for _ in range(2))
    output = invented(schema, "seed", present=present, absent=absent)
    assert validate(schema, output) == ()
    assert json.loads(json.dumps(output, allow_nan=False)) == output
    assert set(derived(schema, output)) <= set(markers)
    assert output == invented(schema, "seed", present=present, absent=absent)


@given(schemas(), st.data())
@tried(100)
def test_one_marker_can_be_had_or_be_left_out(schema, data):
    """Unless its rule asks for what its field can never be."""
    if not schema.markers():
        return
    marker = data.draw(st.sampled_from(schema.markers()))
    without = derived(schema, invented(schema, "seed", absent=[marker]))
    with_it = derived(schema, invented(schema, "seed", present=[marker]))
    always = marker in without
    never = marker not in with_it
    assert not (always and never)


REVIEW = """
fields:
  approved: boolean
  findings: {type: array, items: {severity: "enum(critical, high, low)", note?: string}}
"""


@pytest.mark.parametrize("present", [(), ("has_findings",), ("has_critical_findings", "has_high_findings")])
@pytest.mark.parametrize("absent", [("not_approved",), ("has_critical_findings",), ("has_findings",)])
def test_what_is_wanted_is_there_and_what_is_not_wanted_is_not(present, absent):
    """Where both contradict each other, the unwanted is left out, so that loops end."""
    schema = load_schema(REVIEW).schema
    assert schema is not None
    markers = derived(schema, invented(schema, "seed", present=present, absent=absent))
    assert not set(absent) & set(markers)
    if not (set(absent) & set(present)) and absent != ("has_findings",):
        assert set(present) <= set(markers)


def test_examples_are_used_and_the_seed_decides():
    """The same place gives the same value, another place another."""
    schema = load_schema("fields: {a: {type: string, examples: [x, y]}, n: number}").schema
    assert schema is not None
    outputs = [invented(schema, str(seed)) for seed in range(20)]
    assert {output["a"] for output in outputs} == {"x", "y"}
    assert len({output["n"] for output in outputs}) > 5
