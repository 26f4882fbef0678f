"""Helpers for tests of the engine: stores that fail, runs that are cut short, generated workflows."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import strategies as st

from flow_tui.engine.commands import ResumeRun
from flow_tui.engine.keeping import Owner, Store
from flow_tui.engine.ports import ActionParams
from flow_tui.errors import ActionError
from flow_tui.model.events import Recorded
from flow_tui.model.fold import replay
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.state import RunState
from flow_tui.model.status import StepStatus
from flow_tui.model.values import ActionOutput, ProcessIdentity, RunOptions
from flow_tui.store.memory import MemoryStore
from flow_tui.testing import Bench, FakeAction, bench, run_virtually

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


def memory() -> MemoryStore:
    """Return a store whose first owner is dead by the time anybody else asks."""
    return MemoryStore(is_alive=lambda process: process.pid != FIRST.pid)


# Workflows whose steps do what chance, and nothing else, decided


@dataclass
class Chance:
    """Does at each step what follows from the seed, the place and how many tries are left."""

    seed: int
    calls: list[StepPath] = field(default_factory=list)
    seen: dict[StepPath, dict[str, str]] = field(default_factory=dict)
    """What each step could read the last time it ran."""

    async def execute(self, params: ActionParams) -> ActionOutput:
        """Fail, take some time, leave markers, context and values."""
        self.calls.append(params.path)
        self.seen[params.path] = dict(params.inputs)
        key = f"{self.seed} {params.path} {params.retries_remaining}"
        dice = hashlib.sha256(key.encode()).digest()
        await asyncio.sleep(dice[0] % 4 * 0.9)  # never exactly as long as a limit
        if dice[1] % 3 == 0:
            raise ActionError(f"{params.path} had no luck with {params.retries_remaining} left")
        return ActionOutput(
            markers=tuple(marker for number, marker in enumerate("mn") if dice[2] >> number & 1),
            context=f"from {params.path}",
            structured=f'{{"v{dice[3] % 3}":"{params.path}"}}' if dice[4] % 2 else "",
            metrics={"cost_usd": dice[5] / 4},
        )


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
workflows = st.builds(
    lambda body, always: f"workflow w {{ {' '.join(body)} {always} }}",
    st.lists(_nodes, min_size=1, max_size=4),
    st.just("") | _body(_calls).map("always {{ {} }}".format),
)


@dataclass
class Ending:
    """How a run ended, and everything that anybody could have noticed of it."""

    state: RunState
    seen: dict[StepPath, dict[str, str]]

    def facts(self) -> dict[str, Any]:
        """Return what must not depend on whether the run was cut short."""
        state = self.state
        return {
            "run": (state.status, state.reason, state.error, dict(state.totals)),
            "steps": {
                path: (step.status, step.reason, step.output, step.error, step.passes, step.holds)
                for path, step in state.steps.items()
            },
            "seen": self.seen,
        }


def run_whole(source: str, seed: int, store: FaultyStore, options: RunOptions) -> Ending:
    """Return how a run ends that nothing interrupts."""
    action = Chance(seed)
    state = play(lambda b: b.finish(source, options=options), action, store)
    return Ending(state, action.seen)


def run_cut(source: str, seed: int, store: Store, options: RunOptions, after: int) -> Ending:
    """Return how a run ends that is cut short when so many appends are stored, and resumed."""
    cut = CutStore(store, after)
    first = Chance(seed)

    async def until_dark(b: Bench) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # nobody is left to listen
        await b.finish(source, options=options)

    with pytest.raises(PowerCutError):
        play(until_dark, first, cut)
    run_id = RunId(f"RUN{1:023}")
    before = replay(run_id, store.history(run_id))
    done = {path for path, step in before.steps.items() if step.status is StepStatus.COMPLETED}
    second = Chance(seed)

    async def go_on(b: Bench) -> RunState:
        await b.engine.resume(ResumeRun(run_id=run_id))
        await b.engine.wait(run_id)
        return b.state(run_id)

    state = play(go_on, second, cut.mend(), owner=SECOND_LIFE)
    assert not done & set(second.calls), "a completed step ran again"
    return Ending(state, {**first.seen, **second.seen})
