"""What nodes are made of: references to agents, conditions, and what happens after a failure."""

from typing import Annotated, Literal, TypeAlias, assert_never

from flow_tui.diagnostics import START, Span
from flow_tui.dsl.fields import HIDDEN, PART, Value
from flow_tui.dsl.tokens import NOWHERE, Places


class Placed(Value):
    """Knows where it stands."""

    span: Annotated[Span, PART] = START
    places: Annotated[Places, PART, HIDDEN] = NOWHERE
    """Where the values of its options stand, by the names they are written under; ``head`` names the node."""

    def place(self, option: str) -> Span:
        """Return where an option's value stands, or what names the node when it is left out."""
        return self.places.get(option) or self.places.get("head") or self.span


def agent_key(label: str) -> str:
    """Return the name under which conditions find the result of an agent: of a path, the stem of the file."""
    if "/" not in label:
        return label
    file = label.rsplit("/", 1)[-1]
    return file[: file.rindex(".")] if "." in file[1:] else file


class AgentRef(Value):
    """Names what a ``call`` runs: by name, or by the path of an agent file."""

    kind: Literal["name", "path"]
    value: str

    @property
    def label(self) -> str:
        """Return the text as written."""
        return self.value

    @property
    def key(self) -> str:
        """Return the name that conditions use: the name itself, or the stem of the file."""
        return agent_key(self.value)


class OnFailAgent(Value):
    """``on_fail = helper``: an agent that is started once when every attempt has failed."""

    kind: Literal["agent"] = "agent"
    value: AgentRef

    @property
    def agent(self) -> AgentRef:
        """Return the agent to start."""
        return self.value


class OnFailContinue(Value):
    """``on_fail = continue``: the run goes on when every attempt has failed."""

    kind: Literal["continue"] = "continue"


OnFail: TypeAlias = OnFailAgent | OnFailContinue


class StepMarker(Value):
    """``step.marker``: holds when the step's latest result lists the marker."""

    kind: Literal["step_marker"] = "step_marker"
    step: str
    marker: str


class BoolInput(Value):
    """``name``: holds when the boolean input is true."""

    kind: Literal["bool_input"] = "bool_input"
    input: str


Condition: TypeAlias = StepMarker | BoolInput


def written(part: AgentRef | OnFail | Condition) -> str:
    """Return a part of a step as people write it."""
    match part:
        case AgentRef():
            return part.label
        case OnFailAgent():
            return part.agent.label
        case OnFailContinue():
            return part.kind
        case StepMarker():
            return f"{part.step}.{part.marker}"
        case BoolInput():
            return part.input
        case _:
            assert_never(part)
