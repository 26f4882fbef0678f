"""What nodes are made of: references to agents, conditions, and what happens after a failure."""

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import override

_WHERE = ("span", "places")


class Value(BaseModel):
    """Compares by what was written, not by where."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        hide_input_in_errors=True,
        defer_build=True,
    )

    @override
    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        mine, theirs = vars(self), vars(other)
        return all(value == theirs[name] for name, value in mine.items() if name not in _WHERE)

    @override
    def __hash__(self) -> int:
        compared = (value for name, value in vars(self).items() if name not in _WHERE)
        return hash((type(self).__name__, *(value for value in compared if not isinstance(value, dict))))


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


OnFail: TypeAlias = Annotated[OnFailAgent | OnFailContinue, Field(discriminator="kind")]


class StepMarker(Value):
    """``step.marker``: holds when the step's latest result lists the marker."""

    kind: Literal["step_marker"] = "step_marker"
    step: str
    marker: str


class BoolInput(Value):
    """``name``: holds when the boolean input is true."""

    kind: Literal["bool_input"] = "bool_input"
    input: str


Condition: TypeAlias = Annotated[StepMarker | BoolInput, Field(discriminator="kind")]
