"""Warm runs of blocks inside of blocks, with a change in the innermost, the outermost or one between."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_tui.engine import checks
from flow_tui.engine.plan import plan
from flow_tui.engine.reuse import Side
from flow_tui.engine.warm_outlook import Explained, Fate, explained
from flow_tui.fakes import FakeFiles
from flow_tui.model.ids import without_passes
from flow_tui.model.state import RunState
from flow_tui.model.values import RunOptions
from flow_tui.testing import Bench, FakeAction, sound
from tests.conftest import tried
from tests.engine.test_warm import Reader, facts
from tests.flows import OBJECT, THINGS, Written, edits, play

_BLOCKS = {
    "do": "do {{ {inside} }}",
    "if": "if a{level}.m {{ {inside} }}",
    "unless": "unless a{level}.m {{ {inside} }}",
    "while": "while a{level}.m {{ max_iterations = 2 on_max_iter = continue {inside} }}",
    "do while": "do {{ max_iterations = 3 on_max_iter = continue {inside} }} while z{inner}.m",
    "foreach": "foreach f{level} {{ over = things max_parallel = 2 workflow = part{level} }}",
    "call": "call workflow part{level}",
}
_CORES = ("call core", "parallel { call core call other }", "call core call other")


def nested(kinds: Sequence[str], core: str, changed: tuple[int, str, str] | None = None) -> Written:
    """Return blocks inside of each other, the outermost first, with a call before and after each of them.

    ``changed`` says at which level, before or after what stands there, and by what it is changed.
    """
    others: dict[str, str] = {}
    inside = _level(len(kinds), core, changed)
    for level, kind in reversed(list(enumerate(kinds))):
        if kind in ("foreach", "call"):
            others[f"part{level}"] = f"workflow part{level} {{ {inside} }}"
        block = _BLOCKS[kind].format(inside=inside, level=level, inner=level + 1)
        inside = _level(level, block, changed)
    return Written(source=f"workflow w {{ {inside} }}", others=others)


def _level(level: int, middle: str, changed: tuple[int, str, str] | None) -> str:
    first, last = f"call a{level}", f"call z{level}"
    if changed is not None and changed[0] == level:
        _, where, how = changed
        touched = {"first": first, "last": last, "core": middle}[where]
        instead = {
            "options": f"{touched} {{ cache = false }}",
            "before": f"call new {touched}",
            "after": f"{touched} call new",
        }[how if where != "core" or how != "options" else "after"]
        return " ".join(instead if text == touched else text for text in (first, middle, last))
    return f"{first} {middle} {last}"


async def foretold(b: Bench, first: RunState, new: Written) -> tuple[Explained, ...]:
    """Return what a run of ``new`` would do that is warm from ``first``."""
    workflow = sound(new.source, "test.wf")
    files = FakeFiles("/", {f"{name}.wf": text.encode() for name, text in new.others.items()})
    after = Side(workflow, files, checks.settled_inputs(workflow, {}), RunOptions())
    return explained(b.engine._warmed(first.run_id, after), plan(workflow))


def check(old: Written, new: Written, seed: int) -> None:
    """Hold a warm run against a cold one, and against what was said before of what it would do."""
    cold_action, warm_action = Reader(seed), Reader(seed)

    async def cold(b: Bench) -> RunState:
        return await b.finish(new.source, others=new.others)

    async def warm(b: Bench) -> tuple[RunState, tuple[Explained, ...]]:
        first = await b.finish(old.source, others=old.others)
        said = await foretold(b, first, new)
        warm_action.calls.clear()
        return await b.finish(new.source, others=new.others, warm_from=first.run_id), said

    whole = play(cold, cold_action, providers=THINGS)
    some, said = play(warm, warm_action, providers=THINGS)
    assert facts(some) == facts(whole)
    assert len(warm_action.calls) <= len(cold_action.calls)
    _check_said(some, said)


def _check_said(state: RunState, said: tuple[Explained, ...]) -> None:
    """What is certain before comes true; of loops that change, it is said of the first pass only."""
    for each in said:
        steps = [step for path, step in state.steps.items() if without_passes(path) == each.path]
        if each.fate is Fate.OFF:
            assert not any(step.attempts for step in steps), each
        if each.fate is Fate.KEPT and steps and steps[0].attempts:
            assert steps[0].reused_from is not None, each
        if each.fate is Fate.RUNS and all(step.path == each.path for step in steps):
            assert not any(step.reused_from for step in steps), each


kinds = st.lists(st.sampled_from(sorted(_BLOCKS)), min_size=2, max_size=4).filter(
    lambda found: sum(kind in ("foreach", "call") for kind in found) <= 2
)


@st.composite
def nested_edits(draw: st.DrawFn) -> tuple[Written, Written]:
    """Return blocks inside of each other, and the same with a change at one level."""
    around, core = draw(kinds), draw(st.sampled_from(_CORES))
    if draw(st.booleans()):
        old, loops = nested(around, core), ("= 1", "= 2", "= 3", "= 4")
        source = old.source.replace(draw(st.sampled_from(loops)), draw(st.sampled_from(loops)))
        return old, Written(source=source, others=old.others)
    level = draw(st.integers(0, len(around)))
    how = draw(st.sampled_from(["options", "before", "after"]))
    where = draw(st.sampled_from(["first", "last", "core"]))
    return nested(around, core), nested(around, core, (level, where, how))


@tried(30, by_night=3_000)
@given(nested_edits(), st.integers(0, 1_000))
def test_blocks_inside_of_blocks_end_as_in_a_cold_run(written: tuple[Written, Written], seed: int) -> None:
    """Wherever the change is; and what was said before about each step comes true."""
    check(*written, seed)


@tried(20, by_night=2_000)
@given(edits(), st.integers(0, 1_000))
def test_what_is_said_before_a_warm_run_comes_true(written: tuple[Written, Written], seed: int) -> None:
    """For any workflow and any edit of it."""
    check(*written, seed)


INSIDE = ["a2", "core", "other", "z2"]


@pytest.mark.parametrize(
    ("around", "changed", "ran"),
    [
        (("do", "foreach"), (2, "last", "options"), [*INSIDE * 3, "z1", "z0"]),
        (("do", "foreach"), (2, "core", "before"), [*[*INSIDE, "new"] * 3, "z1", "z0"]),
        (("do", "foreach"), (1, "first", "options"), ["a1", *INSIDE * 3, "z1", "z0"]),
        (("do", "foreach"), (1, "last", "before"), ["new", "z1", "z0"]),
        (("do", "foreach"), (0, "last", "options"), ["z0"]),
        (("do", "if"), (2, "core", "after"), ["new", "z2", "z1", "z0"]),
        (("do while", "unless"), (2, "last", "options"), []),
        (("do while", "unless"), (1, "last", "options"), ["z1", "z0"]),
        (("if", "call"), (2, "first", "options"), [*INSIDE, "z1", "z0"]),
        (("unless", "foreach"), (2, "first", "options"), []),
        (("unless", "foreach"), (1, "last", "after"), []),
    ],
)
def test_only_what_follows_a_change_runs_however_deep_it_is(
    around: tuple[str, ...], changed: tuple[int, str, str], ran: list[str]
) -> None:
    """A part that is a workflow of its own runs whole; a branch that is not taken, not at all."""
    core = "call core call other" if "unless" in around else "parallel { call core call other }"
    old, new = nested(around, core), nested(around, core, changed)
    doing = FakeAction({f"a{level}": replace(OBJECT, markers=("m",)) for level in range(3)})

    async def go(b: Bench) -> list[str]:
        first = await b.finish(old.source, others=old.others)
        done = len(doing.names)
        await b.finish(new.source, others=new.others, warm_from=first.run_id)
        return doing.names[done:]

    assert sorted(play(go, doing, providers=THINGS)) == sorted(ran)


LOOPED = "max_iterations = 3"


@pytest.mark.parametrize(
    ("new", "fates"),
    [
        ("call a if a.n { call b { cache = false } } call c", "kept off kept"),
        ("call a { cache = false } if a.n { call b } call c", "runs open runs"),
        ("call a while a.n { max_iterations = 2 call b call d } call c", "kept off off kept"),
        ("call a parallel { call b { if = a.n } call d } call c", "kept off kept kept"),
        ("call a if a.m { call b } call c { cache = false }", "kept kept runs"),
        (
            "do { max_iterations = 3 call a if a.n { call b } call c { cache = false } } while a.n",
            "kept open runs",
        ),
    ],
)
def test_of_a_branch_that_was_not_taken_it_is_said_whether_it_can_be_now(new: str, fates: str) -> None:
    """It is not as long as what decides about it stands; else only the run can tell."""
    old = Written(source=f"workflow w {{ {new.replace(' { cache = false }', '')} }}", others={})

    async def go(b: Bench) -> tuple[Explained, ...]:
        first = await b.finish(old.source)
        return await foretold(b, first, Written(source=f"workflow w {{ {new} }}", others={}))

    said = play(go, FakeAction(a=replace(OBJECT, markers=("m",))))
    assert " ".join(each.fate for each in said) == fates
