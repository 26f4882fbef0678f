"""The syntax tree: one frozen model per construct, one field per option.

The type of a field is what the option accepts, its default what leaving the option out means. Fields marked
``PART`` come from the shape of the text; every other field is an option that may stand in the construct's
braces, under the name in ``Key`` where that differs from the field's.
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from pydantic import Field, GetCoreSchemaHandler, InstanceOf
from pydantic_core import CoreSchema, core_schema

from flow_tui import limits
from flow_tui.diagnostics import START, Span
from flow_tui.dsl import durations
from flow_tui.dsl.parts import (
    AgentRef,
    BoolInput,
    Condition,
    OnFail,
    OnFailAgent,
    OnFailContinue,
    StepMarker,
    Value,
)
from flow_tui.dsl.tokens import NOWHERE, Places
from flow_tui.dsl.values import (
    PART,
    Agent,
    CallIf,
    Count,
    Duration,
    Flag,
    Key,
    LimitText,
    Options,
    Percent,
    Positive,
    Ratio,
    Reference,
    Retries,
    ScriptLimitText,
    Seconds,
    Table,
    Text,
    Words,
    longest,
)

__all__ = [
    "AgentRef",
    "Always",
    "BoolInput",
    "Call",
    "CallWorkflow",
    "Condition",
    "Do",
    "DoWhile",
    "ForEach",
    "Gate",
    "If",
    "InputDecl",
    "Node",
    "OnCrash",
    "OnFail",
    "OnFailAgent",
    "OnFailContinue",
    "OnTimeout",
    "Parallel",
    "ParallelCall",
    "QualityGate",
    "Script",
    "StepMarker",
    "Unless",
    "While",
    "Workflow",
]

OnTimeout: TypeAlias = Literal["cancel", "fail"]
OnCrash: TypeAlias = Literal["rerun", "ask", "fail"]
FailOrContinue: TypeAlias = Literal["fail", "continue"]


class _Node(Value):
    span: Annotated[Span, PART] = START
    places: Annotated[InstanceOf[Places], PART] = Field(default=NOWHERE, exclude=True, repr=False)
    """Where the values of its options stand, by the names they are written under; ``head`` names the node."""

    def place(self, option: str) -> Span:
        """Return where an option's value stands, or what names the node when it is left out."""
        return self.places.get(option) or self.places.get("head") or self.span


class _AsBuilt:
    """Lets a block take nodes as they are, so that no construct has to know the schema of all others."""

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.tuple_variable_schema(core_schema.is_instance_schema(_Node))


if TYPE_CHECKING:
    Body: TypeAlias = tuple["Node", ...]
    Calls: TypeAlias = tuple["ParallelCall", ...]
    Inputs: TypeAlias = tuple["InputDecl", ...]
else:
    Body = Calls = Inputs = Annotated[tuple, _AsBuilt]


class QualityGate(Value):
    """What ``gate quality_gate`` compares."""

    source: Text
    """The step whose structured output holds ``confidence``."""
    threshold: Percent
    """The lowest confidence that passes, of 100."""
    on_fail_action: Annotated[FailOrContinue, Key("on_fail")] = "fail"


class _Retrying(_Node):
    """How often a step is tried."""

    retries: Retries = 0
    """Further attempts after the first."""
    on_fail: Annotated[OnFail | None, Reference] = None
    """What happens after the last attempt."""
    as_identity: Annotated[Text | None, Key("as")] = None
    """Whose credentials are used."""
    retry_delay: Duration | None = None
    """How long to wait before the second attempt; at once when left out."""
    retry_backoff: Ratio = 1.0
    """What each further delay is multiplied by."""
    retry_max_delay: Duration | None = None
    """The longest delay."""


class _Attempted(_Retrying):
    """How a step is tried, timed and remembered."""

    on_timeout: OnTimeout | None = None
    """Whether running out of time cancels the run or fails the attempt; else the kind of step decides."""
    heartbeat_timeout: Positive | None = None
    """How long an attempt may give no sign of life."""
    on_crash: OnCrash = "rerun"
    """What a resume does with an attempt that was cut short."""
    cache: Flag = False
    """Whether an unchanged step may take its result from an earlier run."""


class _Called(_Attempted):
    """What a step that runs an agent can say."""

    agent: Annotated[AgentRef, Agent, PART]
    output: Text | None = None
    """The schema of what the agent hands back."""
    with_: Annotated[Words, Key("with")] = Field(
        default=(), validation_alias="with", serialization_alias="with"
    )
    """Snippets put after the agent's prompt."""
    plugin_dirs: Words = ()
    """Further folders in which agents are looked up."""
    timeout: LimitText | None = None
    """How long one attempt may take, as written."""
    max_turns: Count | None = None

    @property
    def limit(self) -> timedelta | None:
        """Return how long one attempt may take."""
        return None if self.timeout is None else durations.parse(self.timeout)

    @property
    def label(self) -> str:
        """Return the reference as written."""
        return self.agent.label

    @property
    def key(self) -> str:
        """Return the name that conditions use."""
        return self.agent.key


class Call(_Called):
    """``call AGENT`` runs an agent."""

    type: Annotated[Literal["call"], PART] = "call"


class ParallelCall(_Called):
    """``call AGENT`` directly inside ``parallel``."""

    type: Annotated[Literal["parallel_call"], PART] = "parallel_call"
    condition: Annotated[StepMarker | None, CallIf, Key("if")] = None
    """The call is skipped unless this holds."""


class Script(_Attempted):
    """``script NAME { run = "…" }`` runs a command."""

    type: Annotated[Literal["script"], PART] = "script"
    name: Annotated[str, PART]
    run: Text
    """The command; ``{{name}}`` stands for a value."""
    env: Table = Field(default_factory=dict)
    """Variables of the command's environment."""
    timeout: ScriptLimitText | None = None
    """How long one attempt may take, as written."""

    @property
    def limit(self) -> timedelta | None:
        """Return how long one attempt may take, at most the longest length there is."""
        return None if self.timeout is None else longest(self.timeout)


class CallWorkflow(_Retrying):
    """``call workflow NAME`` runs another workflow."""

    type: Annotated[Literal["call_workflow"], PART] = "call_workflow"
    workflow: Annotated[str, PART]
    inputs: Table = Field(default_factory=dict)


class If(_Node):
    """``if CONDITION { … }``."""

    type: Annotated[Literal["if"], PART] = "if"
    condition: Annotated[Condition, PART]
    body: Annotated[Body, PART] = ()


class Unless(_Node):
    """``unless CONDITION { … }``."""

    type: Annotated[Literal["unless"], PART] = "unless"
    condition: Annotated[Condition, PART]
    body: Annotated[Body, PART] = ()


class _Loop(_Node):
    step: Annotated[str, PART]
    marker: Annotated[str, PART]
    max_iterations: Annotated[Count, Field(ge=1)]
    """The most passes there can be."""
    stuck_after: Annotated[Count, Field(ge=2)] | None = None
    """Fail when the controlling step leaves the same markers in this many passes running."""
    on_max_iter: FailOrContinue = "fail"
    body: Annotated[Body, PART] = ()


class While(_Loop):
    """``while STEP.MARKER { … }`` tests before each pass."""

    type: Annotated[Literal["while"], PART] = "while"


class DoWhile(_Loop):
    """``do { … } while STEP.MARKER`` tests after each pass."""

    type: Annotated[Literal["do_while"], PART] = "do_while"


class Do(_Node):
    """``do { … }`` hands its options down to every call inside."""

    type: Annotated[Literal["do"], PART] = "do"
    output: Text | None = None
    with_: Annotated[Words, Key("with")] = Field(
        default=(), validation_alias="with", serialization_alias="with"
    )
    body: Annotated[Body, PART] = ()


class Parallel(_Node):
    """``parallel { call a call b }`` runs its calls at once."""

    type: Annotated[Literal["parallel"], PART] = "parallel"
    fail_fast: Flag = True
    """Whether the first failure stops the others."""
    min_success: Count | None = None
    """How many calls must succeed; all when left out."""
    output: Text | None = None
    with_: Annotated[Words, Key("with")] = Field(
        default=(), validation_alias="with", serialization_alias="with"
    )
    calls: Annotated[Calls, PART]


class Gate(_Node):
    """``gate TYPE { … }`` waits for a decision."""

    type: Annotated[Literal["gate"], PART] = "gate"
    name: Annotated[str, PART]
    gate_type: Annotated[str, PART]
    prompt: Text | None = None
    """What the approver is shown."""
    min_approvals: Count = 1
    approval_mode: Annotated[Literal["min_approvals", "review_decision"], Key("mode")] = "min_approvals"
    timeout: Annotated[Duration, Seconds] = Field(
        default=limits.GATE_TIMEOUT, validation_alias="timeout_secs", serialization_alias="timeout_secs"
    )
    """How long to wait for an answer."""
    on_timeout: FailOrContinue = "fail"
    as_identity: Annotated[Text | None, Key("as")] = None
    quality_gate: Annotated[QualityGate | None, PART] = None
    options: Options | None = None
    """What can be chosen: value by key, or ``step.field`` of a structured output."""


class Always(_Node):
    """``always { … }`` inside another block runs in place."""

    type: Annotated[Literal["always"], PART] = "always"
    body: Annotated[Body, PART] = ()


class ForEach(_Node):
    """``foreach NAME { … }`` runs a workflow for every item of a provider."""

    type: Annotated[Literal["for_each"], PART] = "for_each"
    name: Annotated[str, PART]
    over: Text
    """The item provider."""
    scope: Table | None = None
    filter: Table = Field(default_factory=dict)
    ordered: Flag = False
    on_cycle: Literal["fail", "warn"] = "fail"
    max_parallel: Annotated[Count, Field(ge=1)]
    workflow: Text
    inputs: Table = Field(default_factory=dict)
    on_child_fail: Literal["halt", "continue", "skip_dependents"] = "continue"


Node: TypeAlias = Annotated[
    Call | CallWorkflow | If | Unless | While | DoWhile | Do | Parallel | Gate | Always | Script | ForEach,
    Field(discriminator="type"),
]


class InputDecl(_Node):
    """One value that a run is started with."""

    name: Annotated[str, PART]
    required: Annotated[bool, PART] = True
    default: Text | None = None
    description: Text | None = None
    input_type: Annotated[Literal["string", "boolean"], PART] = "string"


class Workflow(_Node):
    """``workflow NAME { … }``: one file."""

    name: Annotated[str, PART]
    title: Text | None = None
    description: Text = ""
    trigger: Literal["manual", "pr", "scheduled"] = "manual"
    targets: Words = ()
    group: Text | None = None
    version: Annotated[Count, Field(ge=1, le=1)] | None = None
    """The version of the language the file was written for."""
    inputs: Annotated[Inputs, PART] = ()
    body: Annotated[Body, PART] = ()
    always: Annotated[Body, PART] = ()
    source_path: Annotated[str, PART] = ""

    @property
    def display_name(self) -> str:
        """Return what people are shown."""
        return self.title or self.name
