"""Helpers for tests of the engine: stores that fail, runs that are cut short, generated workflows."""

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import strategies as st

from flow_tui.engine.commands import ResumeRun
from flow_tui.engine.keeping import Owner, Store
from flow_tui.engine.ports import ActionParams
from flow_tui.errors import ActionError
from flow_tui.model import events as ev
from flow_tui.model.events import Recorded
from flow_tui.model.fold import replay
from flow_tui.model.ids import RunId
from flow_tui.model.state import RunState
from flow_tui.model.status import StepStatus
from flow_tui.model.values import ActionOutput, ProcessIdentity, RunOptions
from flow_tui.store.memory import MemoryStore
from flow_tui.testing import Bench, FakeAction, FakeProvider, bench, run_virtually

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def play(
    script: Callable[[Bench], Awaitable[Any]], action: Any = None, store: Any = None, **given: Any
) -> Any:
    """Return what ``script`` returns, given an engine on virtual time."""

    async def main() -> Any:
        return await script(bench(action or FakeAction(), store, **given))

    return run_virtually(main())


OBJECT = ActionOutput(structured="{}")
"""Follows the schemas that ask for nothing."""


def schemas(**texts: str) -> dict[str, bytes]:
    """Return schema files of a project by their names."""
    return {f".flow/schemas/{name}.yaml": text.encode() for name, text in texts.items()}


def said(events: list[Recorded], *, transient: bool = False) -> list[str]:
    """Return the types of events, in order."""
    return [one.event.type for one in events if transient or not one.is_transient]


def of(events: list[Recorded], kind: type) -> list[Any]:
    """Return the events of one kind, in order."""
    return [one.event for one in events if isinstance(one.event, kind)]


def instants(events: list[Recorded], kind: type) -> list[float]:
    """Return when events of one kind happened, in seconds since the first event."""
    first = events[0].at
    return [(one.at - first).total_seconds() for one in events if isinstance(one.event, kind)]


class FaultyStore:
    """Passes everything on to another store, but raises in chosen methods."""

    def __init__(self, inner: Store) -> None:
        self.inner = inner
        self.appends = 0
        self.faults: dict[str, Callable[[], None]] = {}
        """What to call before a method is passed on."""

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.inner, name)
        if not callable(method):
            return method

        def passed_on(*args: Any, **words: Any) -> Any:
            if name == "append":
                self.appends += 1
            if (fault := self.faults.get(name)) is not None:
                fault()
            return method(*args, **words)

        return passed_on


class PowerCutError(BaseException):
    """The machine went dark: not even what handles every exception sees the light again."""


class CutStore(FaultyStore):
    """Goes dark when so many appends are stored; until it is mended, nothing comes through."""

    def __init__(self, inner: Store, after: int) -> None:
        super().__init__(inner)
        self.left = after
        self.is_dark = False

    def __getattr__(self, name: str) -> Any:
        if name == "append" and not self.left:
            self.is_dark = True
        if self.is_dark and name != "close":
            raise PowerCutError
        if name == "append":
            self.left -= 1
        return super().__getattr__(name)

    def mend(self) -> Store:
        """Return the store as it was when it went dark."""
        return self.inner


FIRST = ProcessIdentity(pid=1, start_time="1", boot_id="boot", host="here", cookie="first")
SECOND_LIFE = Owner(
    token="second",
    process=ProcessIdentity(pid=2, start_time="2", boot_id="boot", host="here", cookie="second"),
    label="second",
)
ELSEWHERE = Owner(
    token="elsewhere",
    process=ProcessIdentity(pid=1, start_time="1", boot_id="theirs", host="there", cookie="elsewhere"),
    label="elsewhere",
)
"""On another machine."""


def memory() -> MemoryStore:
    """Return a store whose first owner is dead by the time anybody else asks."""
    return MemoryStore(is_alive=lambda process: process.pid != FIRST.pid)


# Workflows whose steps do what chance, and nothing else, decided


@dataclass
class Chance:
    """Does at each step what follows from the seed, the place and how many tries are left."""

    seed: int
    calls: list[str] = field(default_factory=list)
    seen: dict[str, dict[str, str]] = field(default_factory=dict)
    """What each step could read the last time it ran."""
    places: dict[RunId, str] = field(default_factory=dict)
    """Where in the whole each run has its place."""

    def note(self, recorded: Recorded) -> None:
        """Give the parts of a run their places, by the order in which a step began them."""
        if isinstance(recorded.event, ev.ChildRunStarted) and recorded.event.child_run not in self.places:
            step = f"{self.places.get(recorded.run_id, '')}{recorded.event.path}@"
            number = sum(place.rpartition("@")[0] + "@" == step for place in self.places.values())
            self.places[recorded.event.child_run] = f"{step}{number}:"

    async def execute(self, params: ActionParams) -> ActionOutput:
        """Fail, take some time, leave markers, context and values."""
        place = f"{self.places.get(params.run_id, '')}{params.path}"
        self.calls.append(place)
        hidden = _OF_THE_RUN if params.run_id in self.places else ()
        self.seen[place] = {name: value for name, value in params.inputs.items() if name not in hidden}
        key = f"{self.seed} {place} {params.retries_remaining}"
        dice = hashlib.sha256(key.encode()).digest()
        await asyncio.sleep(dice[0] % 4 * 0.9)  # never exactly as long as a limit
        if dice[1] % 3 == 0:
            raise ActionError(f"{params.path} had no luck with {params.retries_remaining} left")
        return ActionOutput(
            markers=tuple(marker for number, marker in enumerate("mn") if dice[2] >> number & 1),
            context=f"from {place}",
            structured=f'{{"v{dice[3] % 3}":"{place}"}}' if dice[4] % 2 else "",
            metrics={"cost_usd": dice[5] / 4},
        )


_OF_THE_RUN = frozenset({"workflow_run_id", "idempotency_key"})
"""What is different for every part of a run, and means nothing."""

_names = st.sampled_from("abc")
_markers = st.builds("{}.{}".format, _names, st.sampled_from("mn"))
_call_options = st.lists(
    st.sampled_from(
        [
            "retries = 1",
            "retries = 2",
            "on_fail = continue",
            "on_fail = helper",
            'timeout = "2s"',
            "on_timeout = fail",
            'retry_delay = "1s"',
            'heartbeat_timeout = "2s"',
        ]
    ),
    max_size=3,
    unique_by=lambda option: option.split()[0],
)
_calls = st.builds(lambda name, options: f"call {name} {{ {' '.join(options)} }}", _names, _call_options)
_branches = st.builds(
    lambda name, condition, options: f"call {name} {{ {condition} {' '.join(options)} }}",
    _names,
    st.just("") | _markers.map("if = {}".format),
    _call_options,
)


def _body(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(inner, min_size=1, max_size=3).map(" ".join)


_loop_options = st.builds(
    "max_iterations = {} on_max_iter = {} {}".format,
    st.integers(1, 3),
    st.sampled_from(["fail", "continue"]),
    st.sampled_from(["", "stuck_after = 2"]),
)
_parallels = st.builds(
    lambda least, calls: f"parallel {{ fail_fast = false {least} {' '.join(calls)} }}",
    st.sampled_from(["", "min_success = 1"]),
    st.lists(_branches, min_size=1, max_size=3),
)
_nodes = st.recursive(
    _calls | _parallels,
    lambda inner: st.one_of(
        st.builds("if {} {{ {} }}".format, _markers, _body(inner)),
        st.builds("unless {} {{ {} }}".format, _markers, _body(inner)),
        st.builds("while {} {{ {} {} }}".format, _markers, _loop_options, _body(inner)),
        st.builds("do {{ {} {} }} while {}".format, _loop_options, _body(inner), _markers),
        st.builds("do {{ with = [x] {} }} call c".format, _body(inner)),
        st.builds("always {{ {} }}".format, _body(inner)),
    ),
    max_leaves=6,
)
_PARTS = ("one", "two")
_part_calls = st.builds(
    "call workflow {} {{ {} }}".format,
    st.sampled_from(_PARTS),
    st.sampled_from(
        ["", "retries = 1", "on_fail = continue", 'retries = 1 on_fail = helper retry_delay = "1s"']
    ),
)
_fan_outs = st.builds(
    "foreach f {{ over = things workflow = {} ordered = {} {} }}".format,
    st.sampled_from(_PARTS),
    st.sampled_from(["true", "false"]),
    # What is in progress when a halt comes depends on how long everything takes, and so on where it was cut.
    st.sampled_from(
        [
            "max_parallel = 1 on_child_fail = halt",
            "max_parallel = 2",
            "max_parallel = 9 on_child_fail = skip_dependents",
        ]
    ),
)
_always = st.just("") | _body(_calls).map("always {{ {} }}".format)


def _workflow(name: str, nodes: st.SearchStrategy[str], most: int) -> st.SearchStrategy[str]:
    return st.builds(
        lambda body, always: f"workflow {name} {{ {' '.join(body)} {always} }}",
        st.lists(nodes, min_size=1, max_size=most),
        _always,
    )


@dataclass(frozen=True)
class Written:
    """A workflow, and those that it calls."""

    source: str
    others: dict[str, str]


workflows = st.builds(
    Written,
    _workflow("w", st.one_of(_nodes, _nodes, _part_calls, _fan_outs), 4),
    st.fixed_dictionaries(
        {
            "one": _workflow("one", _calls | _parallels, 2),
            "two": _workflow("two", _calls | st.just("call workflow one"), 2),
        }
    ),
)


@st.composite
def edits(draw: st.DrawFn) -> tuple[Written, Written]:
    """Return two workflows, the second made of the first by a few edits."""
    written, other = draw(workflows), draw(workflows)
    source = written.source
    for _ in range(draw(st.integers(0, 2))):
        places = list(_EDITABLE.finditer(source))
        if not places:
            break
        place = places[draw(st.integers(0, len(places) - 1))]
        source = (
            source[: place.start()] + draw(st.sampled_from(_INSTEAD[place[0][:4]])) + source[place.end() :]
        )
    return written, Written(
        source=source, others=draw(st.sampled_from([written.others, written.others, other.others]))
    )


_EDITABLE = re.compile(
    r"call [abc] \{[^}]*\}|call [abc] |max_iterations = \d|retries = \d|if [abc]\.[mn]|\{ call"
)
_INSTEAD = {
    "call": ["call a ", "call c ", "call b call c "],
    "max_": ["max_iterations = 1", "max_iterations = 3"],
    "retr": ["retries = 0", "retries = 3"],
    "if a": ["if b.m", "unless a.n"],
    "if b": ["if a.m", "unless b.n"],
    "if c": ["if c.n"],
    "{ ca": ["{ call b call", "{ call a if a.m { call c } call"],
}
THINGS = {"things": FakeProvider("x", "y", "z", edges=[("z", "x")])}


@dataclass
class Ending:
    """How a run ended, and everything that anybody could have noticed of it."""

    state: RunState
    seen: dict[str, dict[str, str]]
    parts: dict[str, RunState]
    """By their places."""

    def facts(self) -> dict[str, Any]:
        """Return what must not depend on whether the run was cut short."""
        parts = {place: facts(part) for place, part in self.parts.items()}
        return {**facts(self.state), "parts": parts, "seen": self.seen}


def facts(state: RunState) -> dict[str, Any]:
    """Return what of one run must not depend on that."""
    return {
        "run": (state.status, state.reason, state.error, dict(state.totals)),
        "steps": {
            path: (step.status, step.reason, step.output, step.error, step.passes, step.holds, step.fan_out)
            for path, step in state.steps.items()
        },
    }


def _ending(b: Bench, state: RunState, *lives: Chance) -> Ending:
    seen = {place: values for life in lives for place, values in life.seen.items()}
    return Ending(state, seen, {place: b.state(run_id) for run_id, place in lives[-1].places.items()})


def run_whole(written: Written, seed: int, store: FaultyStore, options: RunOptions) -> Ending:
    """Return how a run ends that nothing interrupts."""
    action = Chance(seed)

    async def go(b: Bench) -> Ending:
        state = await b.finish(written.source, options=options, others=written.others)
        return _ending(b, state, action)

    return play(go, action, store, sinks=[action.note], providers=THINGS)


def run_cut(written: Written, seed: int, store: Store, options: RunOptions, after: int) -> Ending:
    """Return how a run ends that is cut short when so many appends are stored, and resumed."""
    cut = CutStore(store, after)
    first = Chance(seed)

    async def until_dark(b: Bench) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # nobody is left to listen
        await b.finish(written.source, options=options, others=written.others)

    with pytest.raises(PowerCutError):
        play(until_dark, first, cut, sinks=[first.note], providers=THINGS)
    run_id = RunId(f"RUN{1:023}")
    second = Chance(seed)
    done = set(_done(store, run_id, second))

    async def go_on(b: Bench) -> Ending:
        await b.engine.resume(ResumeRun(run_id=run_id))
        await b.engine.wait(run_id)
        return _ending(b, b.state(run_id), first, second)

    ending = play(go_on, second, cut.mend(), owner=SECOND_LIFE, sinks=[second.note], providers=THINGS)
    assert not done & set(second.calls), "a completed step ran again"
    return ending


def _done(store: Store, run_id: RunId, chance: Chance) -> Iterator[str]:
    """Yield the places of what is stored as completed, after telling ``chance`` of the parts."""
    history = list(store.history(run_id))
    for recorded in history:
        chance.note(recorded)
    for path, step in replay(run_id, history).steps.items():
        if step.status is StepStatus.COMPLETED:
            yield f"{chance.places.get(run_id, '')}{path}"
    for child in dict.fromkeys(
        each.event.child_run for each in history if isinstance(each.event, ev.ChildRunStarted)
    ):
        yield from _done(store, child, chance)
