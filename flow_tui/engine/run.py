"""One run in progress, and what blocks hand down to the steps inside."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from dataclasses import field, replace
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

from flow_tui import limits
from flow_tui.clock import Clock
from flow_tui.dataclass import dataclass
from flow_tui.dsl import ast
from flow_tui.dsl.schema import Schema
from flow_tui.engine.breakpoints import Breakpoints
from flow_tui.engine.flow_output import Exports
from flow_tui.engine.journal import Journal
from flow_tui.engine.ports import EnvironmentProvider, Found, Launcher, RunFiles, Workers, Workspace
from flow_tui.engine.registry import Registry
from flow_tui.engine.stop import Stop
from flow_tui.engine.variables import ContextEntry, Contexts, Variables
from flow_tui.engine.warm import Warm
from flow_tui.errors import EngineError, StoreError
from flow_tui.masking import Secrets
from flow_tui.model.events import Event, Transient
from flow_tui.model.ids import RunId, StepPath, pass_of
from flow_tui.model.state import RunState, StepState
from flow_tui.model.status import Reason, StepStatus
from flow_tui.model.values import ActionOutput, Decision, FanOutItem


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a block hands down."""

    schema: str = ""
    """Of every call inside that names none."""
    snippets: tuple[str, ...] = ()
    overlay: Mapping[str, str] = field(default_factory=dict[str, str])
    """Values that hold in here only."""
    inputs: Mapping[str, str] = field(default_factory=dict[str, str])
    """What a call gives besides the inputs of the run, and instead of those of the same name."""
    goes_on: bool = False
    """Whether what follows a failed step runs nevertheless, as in ``always``."""
    beside: bool = False
    """Whether other calls run at the same time: what they leave is handed over when the last is over."""

    def inside(self, node: ast.Do | ast.Parallel) -> "Scope":
        """Return what ``node`` hands down: its own schema before ours, its own snippets before ours."""
        return replace(
            self,
            schema=node.output or self.schema,
            snippets=(*node.with_, *self.snippets),
            beside=isinstance(node, ast.Parallel),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """What conditions and later steps can see of a step."""

    status: StepStatus
    markers: tuple[str, ...] = ()
    structured: str = ""


@dataclass(slots=True, kw_only=True)
class Live:
    """A step in progress, from before its first attempt until after its last."""

    stop: Stop
    """Of the attempt in progress, or of the one before."""
    cancelled: "asyncio.Future[bool]"
    """Resolved when somebody cancels this step: whether the run goes on without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pretended:
    """An attempt whose output is to be made up."""

    workflow: ast.Workflow
    key: str
    path: StepPath
    attempt: int
    schema: Schema | None
    plan: str
    """What steps are told to do, as TOML."""
    is_part: bool
    """Whether the run is part of another one."""
    alive: Callable[[], None]
    """Called for every sign of life."""


class Pretend(Protocol):
    """Makes up what nothing was run for."""

    async def output(self, step: Pretended) -> ActionOutput:
        """Return what the step hands back; raises ``ActionError`` when it is to fail."""
        ...

    def items(self, over: str, scope: Mapping[str, str]) -> tuple[FanOutItem, ...]:
        """Return what a provider would have found."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A workflow that carries out one attempt at a step of a run."""

    path: StepPath
    attempt: int
    workflow: ast.Workflow
    inputs: Mapping[str, str]
    as_identity: str = ""
    """As whom its steps act that name nobody; as those of the run when left out."""
    before: RunId | None = None
    """A run that was begun for the step, and is to be gone on with."""
    alive: Callable[[], None]
    """Called for every sign of life."""
    stop: Stop
    """Says why, when it is to end."""


class Parts(Protocol):
    """Runs workflows as parts of other runs."""

    async def carry_out(self, parent: "Run", part: Part) -> RunState:
        """Return how the part ended; cancelling cancels it, and waits until it has ended."""
        ...

    def recall(self, run_id: RunId) -> RunState:
        """Return what is stored of a part that is over."""
        ...


class Driving(Protocol):
    """Drives a run, and ends it early."""

    run: "Run"

    def cancel(self, reason: Reason) -> None:
        """Stop its body; asked again, what follows it, too."""
        ...

    def kill(self) -> None:
        """Stop everything, and wait for nobody."""
        ...

    def lose(self, why: StoreError | None = None) -> None:
        """Stop without storing another word."""
        ...


Executor: TypeAlias = Callable[["Run", ast.Node, StepPath, Scope], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What every run of an engine shares."""

    clock: Clock
    registry: Registry
    launcher: Launcher
    workspace: Workspace
    environ: Callable[[], Mapping[str, str]]
    """The environment that steps inherit."""
    execute: Executor
    """Runs one node; the dispatch over all constructs."""
    parse: "Callable[[str, str], ast.Workflow]"
    """Source and file name to a sound definition; raises ``DefinitionError``."""
    beat: Callable[[RunId], None]
    """Ask for a heartbeat soon: an attempt has started."""
    pretend: "Pretend | None" = None
    """Invents outputs, for runs that are to be mocked."""
    environment: "EnvironmentProvider | None" = None
    """Adds to what steps inherit."""
    injected: Mapping[str, str] = field(default_factory=dict[str, str])
    """Variables of every step, which win over inputs of the same name."""
    secrets: Secrets = field(default_factory=Secrets)
    """What is never recorded."""
    identities: Collection[str] | None = None
    """As whom steps can act, when that is known."""
    workers: Workers = lambda _agent, _model, _files: "there are no runtimes"


class Run:
    """One run in progress: what it came past, what it waits for, what may be cancelled. Lives on the loop."""

    warm: Warm | None = None
    """An earlier run, whose results stand for what has not changed since."""
    confirmed = False
    stood: EngineError | None = None
    """A failure of before that the walk has gone past, to what alone is to run again."""

    def __init__(
        self,
        *,
        workflow: ast.Workflow,
        journal: Journal,
        files: RunFiles,
        around: Surroundings,
        parts: Parts,
        parent: "Run | None" = None,
    ) -> None:
        self.workflow = workflow
        self.journal = journal
        self.state: RunState = journal.state
        self.files = files
        self.around = around
        self.parts = parts
        self.parent = parent
        """The run that this one is a part of."""
        self.depth: int = parent.depth + 1 if parent is not None else 1
        """How many runs this one lies inside of, itself included."""
        self.begun: dict[RunId, Driving] = {}
        """Runs in progress that are part of this one."""
        self.breakpoints: Breakpoints = parent.breakpoints if parent is not None else Breakpoints()
        self.definitions: dict[str, ast.Workflow] = parent.definitions if parent is not None else {}
        """Workflows that were called, by name."""
        self.found: dict[str, Found] = {}
        """Who runs calls of which name."""
        self.clock = around.clock
        self.walked = 0
        """How many nodes the walk has come to."""
        self.results: dict[str, StepResult] = {}
        self.contexts = Contexts()
        self.prior_output = ""
        """The latest structured output that the walk has come past."""
        self.exports = Exports()
        self.gate_feedback: str | None = None
        """What was said at the gates that the walk has come past, if it has come past any."""
        self.workflow_status = ""
        self.failure: EngineError | None = None
        """The first failure that the run went on after."""
        self.cancel_reason = Reason.NONE
        self.killed = False
        self.live: dict[StepPath, Live] = {}
        self.looking: dict[StepPath, Stop] = {}
        self.grace = limits.GRACE
        """How long attempts may take to end."""
        self.gates: dict[StepPath, asyncio.Future[Decision]] = {}
        self.answered: set[StepPath] = set()
        """Gates that were answered before the walk came to them again."""
        self.signs: dict[StepPath, datetime] = {}

    @property
    def id(self) -> RunId:
        """Return the run's id."""
        return self.state.run_id

    @property
    def folder(self) -> str:
        """Return the folder in which steps run."""
        return self.state.options.folder or self.files.root

    async def record(self, *events: Event) -> None:
        """Make events facts; see :meth:`Journal.record`."""
        await self.journal.record(*events)

    def record_soon(self, *events: Event) -> None:
        """Make events facts without waiting; see :meth:`Journal.record_soon`."""
        self.journal.record_soon(*events)

    def show(self, event: Transient) -> None:
        """Publish something that is not stored."""
        self.journal.show(event)

    async def execute(self, node: ast.Node, path: StepPath, scope: Scope) -> None:
        """Run one node to its end."""
        await self.around.execute(self, node, path, scope)

    # What the walk has come past

    def concluded(self, path: StepPath) -> StepState | None:
        """Return the step at ``path`` if it has an outcome that stands, from an earlier part of this run."""
        step = self.state.steps.get(path)
        return step if step is not None and step.status.is_over else None

    def remember(self, path: StepPath, *, key: str, label: str, output: ActionOutput | None) -> None:
        """Come past a completed step, whether it ran just now or long ago."""
        given = output or ActionOutput()
        self.results[key] = StepResult(
            status=StepStatus.COMPLETED, markers=given.markers, structured=given.structured
        )
        self.contexts.add(
            ContextEntry(
                step=label,
                iteration=max(0, pass_of(path) - 1),
                context=given.context,
                markers=given.markers,
                structured=given.structured,
            )
        )
        if given.structured:
            self.prior_output = given.structured
            self.exports.add(given.structured)

    def remember_failure(self, *, key: str, status: StepStatus) -> None:
        """Come past a step that has nothing to hand over."""
        self.results[key] = StepResult(status=status)

    def holds(self, condition: ast.Condition) -> bool:
        """Say whether a condition is met by what the walk has come past, or by an input."""
        match condition:
            case ast.StepMarker(step=step, marker=marker):
                result = self.results.get(step)
                return result is not None and marker in result.markers
            case ast.BoolInput(input=name):
                return self.state.inputs.get(name, "").lower() == "true"

    def totals(self) -> dict[str, float]:
        """Return what all steps have used up, attempts that failed included."""
        totals: dict[str, float] = {}
        for step in self.state.steps.values():
            used = [attempt.metrics for attempt in step.attempts if attempt.metrics]
            if step.output is not None and step.output.metrics:
                used.append(step.output.metrics)
            for metrics in used:
                for name, value in metrics.items():
                    totals[name] = totals.get(name, 0) + value
        return totals

    # What a step is given

    def variables(self, path: StepPath, scope: Scope) -> Variables:
        """Return what the step at ``path`` may substitute."""
        engine: dict[str, str | Callable[[], str]] = {
            **self.around.injected,
            "workflow_run_id": self.id,
            "prior_context": self.contexts.latest,
            "prior_contexts": self.contexts.as_json,
            "dry_run": "true" if self.state.options.dry_run else "false",
            "idempotency_key": lambda: idempotency_key(self.id, path),
        }
        if self.gate_feedback is not None:
            engine["gate_feedback"] = self.gate_feedback
        if self.prior_output:
            engine["prior_output"] = self.prior_output
        if self.workflow_status:
            engine["workflow_status"] = self.workflow_status
        engine.update(scope.overlay)
        if (step := self.state.steps.get(path)) is not None and step.edit is not None:
            engine.update(step.edit.values)
        inputs = {**self.state.inputs, **scope.inputs} if scope.inputs else self.state.inputs
        return Variables(engine=engine, inputs=inputs, exports=self.exports)

    # Ending it

    @property
    def pretend(self) -> Pretend | None:
        """Return what invents outputs, if this run is one that only pretends."""
        return self.around.pretend if self.state.options.mock else None

    def pretended(
        self, key: str, path: StepPath, attempt: int, alive: Callable[[], None], schema: Schema | None = None
    ) -> Pretended:
        """Return what is to be known of an attempt whose output is made up."""
        return Pretended(
            workflow=self.workflow,
            key=key,
            path=path,
            attempt=attempt,
            schema=schema,
            plan=self.state.options.mock_plan,
            is_part=self.parent is not None,
            alive=alive,
        )

    def _stops(self) -> Iterator[Stop]:
        """Yield those of the attempts in progress, and of the gates that something looks at."""
        yield from (live.stop for live in self.live.values())
        yield from self.looking.values()

    def force(self) -> None:
        """Wait for nobody any more."""
        self.killed = True
        for stop in self._stops():
            stop.force()
        for part in tuple(self.begun.values()):
            part.kill()

    def hurry(self, grace: timedelta) -> None:
        """Give every attempt, now and later, at most that long to end."""
        self.grace = min(self.grace, grace)
        for stop in self._stops():
            stop.grace = min(stop.grace, grace)
        for part in tuple(self.begun.values()):
            part.run.hurry(grace)


def idempotency_key(run_id: RunId, path: StepPath) -> str:
    """Return a key that is the same for every attempt at this step of this run, and for no other."""
    return hashlib.sha256(f"{run_id}\n{path}".encode()).hexdigest()[:32]


def cookie(run_id: RunId, path: StepPath, attempt: int) -> str:
    """Return the word that every process of one attempt carries; it is known before there is any process."""
    return hashlib.sha256(f"{run_id}\n{path}\n{attempt}".encode()).hexdigest()[:32]
