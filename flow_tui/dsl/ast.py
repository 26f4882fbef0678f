"""The syntax tree: one frozen model per construct, one field per option.

The type of a field is what the option accepts, its default what leaving the option out means. Fields marked
``PART`` come from the shape of the text; every other field is an option that may stand in the construct's
braces, under the name in ``Key`` where that differs from the field's.
"""

from dataclasses import field
from datetime import timedelta
from typing import Annotated, Literal, TypeAlias

from flow_tui import limits
from flow_tui.dsl import durations
from flow_tui.dsl.fields import PART, Between, Key, Named, Value
from flow_tui.dsl.parts import (
    AgentRef,
    BoolInput,
    Condition,
    OnFail,
    OnFailAgent,
    OnFailContinue,
    Placed,
    StepMarker,
)
from flow_tui.dsl.values import (
    FALLBACK,
    MARKER,
    Agent,
    CallIf,
    Count,
    Duration,
    Flag,
    LimitText,
    Options,
    Percent,
    Positive,
    Ratio,
    Reference,
    Retries,
    ScriptLimitText,
    Table,
    Text,
    Wait,
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


Body: TypeAlias = tuple["Node", ...]
Calls: TypeAlias = tuple["ParallelCall", ...]
Inputs: TypeAlias = tuple["InputDecl", ...]


class QualityGate(Value):
    """``gate quality_gate { … }`` compares the confidence that a step hands over with a threshold."""

    source: Text
    """The step whose structured output holds ``confidence``."""
    threshold: Percent
    """The lowest confidence that passes, of 100."""
    on_fail_action: Annotated[FailOrContinue, Key("on_fail")] = "fail"
    """Whether a lower confidence ends the run."""


class _Retrying(Placed):
    """How often a step is tried."""

    retries: Retries = 0
    """Further attempts after the first; none follows a failure that no other attempt can change."""
    on_fail: Annotated[OnFail | None, Reference, FALLBACK] = None
    """What happens after the last attempt; without it the run ends."""
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
    cache: Flag | None = None
    """Whether an unchanged step may take its result from an earlier run, where one is to be gone on from;
    when left out, unless its agent may commit."""


class _Called(_Attempted):
    """What a step that runs an agent can say."""

    agent: Annotated[AgentRef, Agent, PART]
    inputs: Table = field(default_factory=dict[str, str])
    """What it is given besides what every step is given, as ``inputs { NAME = VALUE }``."""
    output: Text | None = None
    """The schema of what the agent hands back."""
    with_: Annotated[Words, Key("with"), Named("with")] = ()
    """Snippets put after the agent's prompt."""
    plugin_dirs: Words = ()
    """Further folders in which agents are looked up."""
    timeout: LimitText | None = None
    """How long one attempt may take."""
    max_turns: Count | None = None
    """How many turns an agent may take in one attempt."""

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
    """``call AGENT { … }`` runs an action: a function, a program, or an agent."""

    type: Annotated[Literal["call"], PART] = "call"


class ParallelCall(_Called):
    """``call AGENT { … }`` directly inside ``parallel`` runs an action beside the others."""

    type: Annotated[Literal["parallel_call"], PART] = "parallel_call"
    condition: Annotated[StepMarker | None, CallIf, Key("if"), MARKER] = None
    """The call is skipped unless the step left the marker."""


class Script(_Attempted):
    """``script NAME { run = "…" }`` runs a command of the shell, or a program of the project."""

    type: Annotated[Literal["script"], PART] = "script"
    name: Annotated[str, PART]
    run: Text
    """The command; ``{{name}}`` stands for a value."""
    env: Table = field(default_factory=dict[str, str])
    """Variables of the command's environment."""
    timeout: ScriptLimitText | None = None
    """How long one attempt may take."""

    @property
    def limit(self) -> timedelta | None:
        """Return how long one attempt may take, at most the longest length there is."""
        return None if self.timeout is None else longest(self.timeout)


class CallWorkflow(_Retrying):
    """``call workflow NAME { … }`` runs another workflow as one step."""

    type: Annotated[Literal["call_workflow"], PART] = "call_workflow"
    workflow: Annotated[str, PART]
    inputs: Table = field(default_factory=dict[str, str])
    """What the workflow is started with, as ``inputs { NAME = VALUE }``."""


class If(Placed):
    """``if CONDITION { … }`` runs the steps inside when the condition holds."""

    type: Annotated[Literal["if"], PART] = "if"
    condition: Annotated[Condition, PART]
    body: Annotated[Body, PART] = ()


class Unless(Placed):
    """``unless CONDITION { … }`` runs the steps inside when the condition does not hold."""

    type: Annotated[Literal["unless"], PART] = "unless"
    condition: Annotated[Condition, PART]
    body: Annotated[Body, PART] = ()


class _Loop(Placed):
    step: Annotated[str, PART]
    marker: Annotated[str, PART]
    max_iterations: Annotated[Count, Between(least=1)]
    """The most passes there can be."""
    stuck_after: Annotated[Count, Between(least=2)] | None = None
    """Fail when the controlling step leaves the same markers in this many passes running."""
    on_max_iter: FailOrContinue = "fail"
    """What happens when the condition still holds after the last pass."""
    body: Annotated[Body, PART] = ()


class While(_Loop):
    """``while STEP.MARKER { … }`` repeats the steps inside; it tests before each pass."""

    type: Annotated[Literal["while"], PART] = "while"


class DoWhile(_Loop):
    """``do { … } while STEP.MARKER`` repeats the steps inside; it tests after each pass."""

    type: Annotated[Literal["do_while"], PART] = "do_while"


class _Handing(Placed):
    """What a block hands down to the calls inside."""

    output: Text | None = None
    """The schema of what each call hands back, unless it names one itself."""
    with_: Annotated[Words, Key("with"), Named("with")] = ()
    """Snippets put after the prompt of each call, before its own."""


class Do(_Handing):
    """``do { … }`` hands its options down to every call inside."""

    type: Annotated[Literal["do"], PART] = "do"
    body: Annotated[Body, PART] = ()


class Parallel(_Handing):
    """``parallel { call A call B }`` runs its calls at once."""

    type: Annotated[Literal["parallel"], PART] = "parallel"
    fail_fast: Flag = True
    """Whether the first failure stops the others."""
    min_success: Count | None = None
    """How many calls must succeed; all when left out."""
    calls: Annotated[Calls, PART]


class Gate(Placed):
    """``gate TYPE { … }`` waits until somebody, or something, has decided."""

    type: Annotated[Literal["gate"], PART] = "gate"
    name: Annotated[str, PART]
    gate_type: Annotated[str, PART]
    prompt: Text | None = None
    """What the approver is shown."""
    min_approvals: Count = 1
    """How many approvals ``pr_approval`` waits for."""
    approval_mode: Annotated[Literal["min_approvals", "review_decision"], Key("mode")] = "min_approvals"
    """Whether ``pr_approval`` counts approvals or follows the decision of the review."""
    timeout: Annotated[Wait, Named("timeout_secs")] = limits.GATE_TIMEOUT
    """How long to wait for an answer."""
    on_timeout: FailOrContinue = "fail"
    """What happens when nobody answered in time."""
    as_identity: Annotated[Text | None, Key("as")] = None
    """Whose credentials are used to look."""
    run: Text | None = None
    """What ``command`` runs: exit code 0 approves, 10 rejects, any other means not yet."""
    path: Text | None = None
    """The file, or folder, that ``file`` waits for."""
    pr: Text | None = None
    """Which pull request ``pr_approval`` and ``pr_checks`` look at: its number, its address, or its branch;
    when left out, that of the branch in the folder where steps run."""
    every: Positive = limits.GATE_POLL
    """How long to wait before what no person decides is looked at again."""
    quality_gate: Annotated[QualityGate | None, PART] = None
    options: Options | None = None
    """What can be chosen: value by key, or ``step.field`` of a structured output."""


class Always(Placed):
    """``always { … }`` holds steps that run at the end, however the others went; inside a block, in place.

    They run once: those that have completed are not run again when the run is resumed, not even to tell of
    another outcome. ``flow-tui resume RUN --from STEP`` runs them anew, and so does ``--only STEP``.
    """

    type: Annotated[Literal["always"], PART] = "always"
    body: Annotated[Body, PART] = ()


class ForEach(Placed):
    """``foreach NAME { … }`` runs a workflow for every item of a provider."""

    type: Annotated[Literal["for_each"], PART] = "for_each"
    name: Annotated[str, PART]
    over: Text
    """The item provider."""
    scope: Table | None = None
    """Where the provider looks."""
    filter: Table = field(default_factory=dict[str, str])
    """Which items the provider leaves out."""
    ordered: Flag = False
    """Whether an item waits for those that it depends on."""
    on_cycle: Literal["fail", "warn"] = "fail"
    """What happens when items depend on each other in a circle."""
    max_parallel: Annotated[Count, Between(least=1)]
    """How many items may be at work at once."""
    workflow: Text
    """What is run for each item."""
    inputs: Table = field(default_factory=dict[str, str])
    """What it is started with; ``{{item.KEY}}`` stands for a value of the item."""
    on_child_fail: Literal["halt", "continue", "skip_dependents"] = "continue"
    """What happens to the other items when one fails."""


Node: TypeAlias = (
    Call | CallWorkflow | If | Unless | While | DoWhile | Do | Parallel | Gate | Always | Script | ForEach
)


class InputDecl(Placed):
    """``inputs { NAME … }`` names what a run is given, each ``required``, ``boolean`` or with a default."""

    name: Annotated[str, PART]
    required: Annotated[bool, PART] = True
    default: Text | None = None
    """What it is when it is not given; without one it has to be."""
    description: Text | None = None
    """What people are told about it."""
    input_type: Annotated[Literal["string", "boolean"], PART] = "string"


class Workflow(Placed):
    """``workflow NAME { … }`` is one file: what it is about, what it is given, the steps that it takes."""

    name: Annotated[str, PART]
    title: Text | None = None
    """What people are shown instead of its name."""
    description: Text = ""
    """What it does, in a sentence or more."""
    trigger: Literal["manual", "pr", "scheduled"] = "manual"
    """What is meant to start it; only ``manual`` has an effect."""
    targets: Words = ()
    """The kinds of things that it may be started on."""
    group: Text | None = None
    """What it is listed under."""
    version: Annotated[Count, Between(least=1, most=1)] | None = None
    """The version of the language the file was written for."""
    inputs: Annotated[Inputs, PART] = ()
    body: Annotated[Body, PART] = ()
    always: Annotated[Body, PART] = ()
    source_path: Annotated[str, PART] = ""

    @property
    def display_name(self) -> str:
        """Return what people are shown."""
        return self.title or self.name
