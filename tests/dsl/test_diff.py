"""What changed between two definitions."""

from collections import Counter
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from flow_tui.dsl.ast import Workflow
from flow_tui.dsl.diff import Changes, OptionChange, StepChange, diff, walk
from flow_tui.dsl.fields import of_values
from flow_tui.dsl.parser import parse
from flow_tui.dsl.walk import AnyNode, children
from tests.conftest import tried
from tests.flows import Written, workflows

OLD = """
workflow deploy {
  inputs { ref required  dry_run boolean }
  call plan
  script build { run = "./build.sh" timeout = "10m" env = { A = 1 B = 2 } }
  parallel { call lint  call test-api { retries = 1 }  call test-ui }
  while canary.has_errors { max_iterations = 3  call canary }
  script notify { run = "echo hi" }
  always { script cleanup { run = "rm x" } }
}
"""


def read(source: str) -> Workflow:
    """Return the tree of a sound text."""
    workflow = parse(source, "w.wf").workflow
    assert workflow is not None
    return workflow


def changed(*replaced: tuple[str, str]) -> Changes:
    """Return what changes in ``OLD`` when texts in it are replaced."""
    new = OLD
    for before, after in replaced:
        assert before in new
        new = new.replace(before, after)
    return diff(read(OLD), read(new))


def told(changes: Changes) -> list[str]:
    """Return what is not as it was, a line each."""
    return [f"{step.mark} {step.path} {step.kind} {step.name}" for step in walk(changes) if step.mark != "="]


def test_comments_and_layout_change_nothing() -> None:
    """A definition that says the same is the same."""
    assert changed(("call plan", "call   plan // first")).are_none


def test_an_option_is_told_with_both_values() -> None:
    """From what to what, by the name it is written under; in a map, by key."""
    changes = changed(
        ('timeout = "10m"', 'timeout = "5m" cache = true'),
        ("B = 2", "B = 3 C = 4"),
        ("retries = 1", "on_fail = fix"),
    )
    by_path = {step.path: step.options for step in walk(changes)}
    assert set(by_path["1"]) == {
        OptionChange(name="env.B", before="2", after="3"),
        OptionChange(name="env.C", before="", after="4"),
        OptionChange(name="timeout", before="10m", after="5m"),
        OptionChange(name="cache", before="", after="true"),
    }
    assert set(by_path["2/1"]) == {
        OptionChange(name="retries", before="1", after="0"),
        OptionChange(name="on_fail", before="", after="fix"),
    }


def test_steps_find_each_other_by_name_not_by_line() -> None:
    """What is added in front of a step makes no other step of it."""
    assert told(changed(("call plan", "call before call plan"))) == ["+ 0 call before"]
    assert told(changed(("call plan", ""))) == ["- 0 call plan"]


def test_of_two_alike_the_new_one_counts_as_added() -> None:
    """Where the same step stands several times, the others stay what they were."""
    old = read("workflow w { call a call b call a call c }")
    new = read("workflow w { call a call a call b call a call c }")
    assert told(diff(old, new)) in (["+ 0 call a"], ["+ 1 call a"])


def test_a_step_that_only_moved_is_not_removed_and_added() -> None:
    """In another order, or into a block; as few as can be count as moved."""
    swapped = diff(read("workflow w { call a call b call c }"), read("workflow w { call c call a call b }"))
    assert [(step.path, step.before) for step in walk(swapped) if step.is_moved] == [("0", "2")]
    inside = diff(read("workflow w { call a call b }"), read("workflow w { call a if a.x { call b } }"))
    assert told(inside) == ["+ 1 if a.x", "~ 1/0 call b"]


def test_a_block_is_the_same_when_it_holds_the_same() -> None:
    """Whatever it depends on now; a loop with other options too."""
    changes = changed(("canary.has_errors", "canary.bad"), ("max_iterations = 3", "max_iterations = 5"))
    (loop,) = (step for step in walk(changes) if step.mark != "=")
    assert {(each.name, each.before, each.after) for each in loop.options} == {
        ("marker", "has_errors", "bad"),
        ("max_iterations", "3", "5"),
    }


def test_a_script_with_another_name_is_renamed() -> None:
    """What it does says who it is."""
    (step,) = (step for step in walk(changed(("script build", "script compile"))) if step.mark != "=")
    assert (step.mark, step.options) == ("~", (OptionChange(name="name", before="build", after="compile"),))


def test_what_the_workflow_says_of_itself_is_compared() -> None:
    """Its inputs by name."""
    changes = changed(("ref required", 'ref default = "main" env required'), ("deploy", "ship"))
    assert {(each.name, each.before, each.after) for each in changes.options} == {
        ("name", "deploy", "ship"),
        ("inputs.ref.required", "true", "false"),
        ("inputs.ref.default", "", "main"),
        ("inputs.env", "", "string, required"),
    }


def paths(nodes: Iterable[AnyNode], around: str) -> list[str]:
    """Return the paths of all nodes in and under some."""
    found: list[str] = []
    for number, node in enumerate(nodes):
        path = f"{around}/{number}" if around else str(number)
        found += [path, *paths(children(node), path)]
    return found


def all_paths(workflow: Workflow) -> list[str]:
    """Return the paths of all nodes of a definition."""
    return [*paths(workflow.body, ""), *paths(workflow.always, "always")]


def steps_with(changes: Changes, marks: str) -> list[StepChange]:
    """Return the nodes with one of some marks."""
    return [step for step in walk(changes) if step.mark in marks]


@tried(60)
@given(workflows, workflows)
def test_every_step_of_both_is_told_once(one: Written, two: Written) -> None:
    """None is lost, none counted twice; what is the same on both sides is not called changed."""
    old, new = read(one.source), read(two.source)
    changes = diff(old, new)
    assert [step.path for step in steps_with(changes, "+~=")] == all_paths(new)
    assert Counter(step.before for step in steps_with(changes, "-~=")) == Counter(all_paths(old))
    assert changes.are_none == (old == new)
    assert diff(new, new).are_none


@tried(60)
@given(workflows, st.integers(0, 5), st.integers(0, 5))
def test_a_step_that_is_put_in_is_all_that_changed(written: Written, before: int, fresh: int) -> None:
    """Wherever it stands among the others."""
    old = read(written.source)
    at = min(before, len(old.body))
    added = read(f"workflow w {{ call quite-new-{fresh} }}").body
    new = of_values(Workflow, {**vars(old), "body": (*old.body[:at], *added, *old.body[at:])})
    assert told(diff(old, new)) == [f"+ {at} call quite-new-{fresh}"]
    assert told(diff(new, old)) == [f"- {at} call quite-new-{fresh}"]
