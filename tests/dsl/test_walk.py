"""Ways through a tree find what the text holds."""

import pytest

from flow_tui.dsl import ast, walk
from flow_tui.dsl.parser import parse


def tree(body: str) -> ast.Workflow:
    """Return a workflow that parses."""
    workflow = parse(f"workflow w {{ {body} }}").workflow
    assert workflow is not None
    return workflow


@pytest.mark.parametrize(
    ("body", "total", "top"),
    [
        ("call a if x.y { call b call c } always { call d }", 5, 3),
        ("parallel { call a call b }", 3, 1),
        ("", 0, 0),
    ],
)
def test_nodes_are_counted_with_those_inside(body, total, top):
    """A block counts, and so does everything in it."""
    assert (walk.total_nodes(tree(body)), walk.top_level_steps(tree(body))) == (total, top)


def test_the_limit_of_a_loop_is_found_by_the_step_that_controls_it():
    """Not by the steps inside the loop."""
    workflow = tree("while outer.x { max_iterations = 10 do { max_iterations = 2 call a } while inner.x }")
    assert [walk.max_iterations(workflow, step) for step in ("outer", "inner", "a")] == [10, 2, None]


def test_references_are_collected_once_and_sorted():
    """Agents by name come before agents by path; fallbacks are agents too."""
    workflow = tree(
        """
        call z { with = shared output = s2 as = me plugin_dirs = p2 }
        call a { with = [shared, unique] on_fail = f plugin_dirs = [p1, p2] }
        call "x/y.md"
        do { output = s1 with = d call z }
        parallel { output = s3 with = b call q { with = c output = s1 as = you } }
        script s { run = x on_fail = g as = me }
        call workflow c2 { on_fail = h as = them }
        foreach f { over = x max_parallel = 1 workflow = c1 }
        gate human_review { as = them }
        always { call workflow c2 }
        """
    )
    assert [agent.value for agent in walk.agent_refs(workflow)] == ["a", "f", "g", "h", "q", "z", "x/y.md"]
    assert walk.snippet_refs(workflow) == ("b", "c", "d", "shared", "unique")
    assert walk.schema_refs(workflow) == ("s1", "s2", "s3")
    assert walk.identities(workflow) == ("me", "them", "you")
    assert walk.plugin_dirs(workflow) == ("p1", "p2")
    assert walk.workflow_refs(workflow) == ("c1", "c2")


def test_the_steps_under_a_node_have_names():
    """What conditions ask for and what is kept differ for child workflows and gates."""
    (node,) = tree(
        """if x.y { call a gate g {} script s { run = x } call workflow c
        foreach f { over = x max_parallel = 1 workflow = d } }"""
    ).body
    assert walk.leaf_keys(node) == ("a", "g", "s", "workflow:c", "foreach:f")
    assert [walk.step_key(inner) for inner in walk.walk([node])] == [None, "a", None, "s", "c", "foreach:f"]


def test_gates_of_one_type_are_told_apart_by_number():
    """Each type counts for itself, in the order of the text."""
    workflow = tree("gate a {} if x.y { gate b {} gate a {} } always { gate a {} }")
    assert [name for _, name in walk.gate_keys(workflow)] == ["a#1", "b#1", "a#2", "a#3"]


def test_children_stand_in_the_order_of_the_text():
    """Only blocks have any."""
    unless, always, parallel = tree(
        "unless x.y { call a } do { always { call b } } parallel { call c call d }"
    ).body
    assert [child.key for child in walk.children(unless)] == ["a"]
    assert [child.type for child in walk.children(always)] == ["always"]
    assert [child.key for child in walk.children(parallel)] == ["c", "d"]
    assert walk.children(parallel.calls[0]) == ()
