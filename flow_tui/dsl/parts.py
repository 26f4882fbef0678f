"""What nodes are made of: references to agents, conditions, and what happens after a failure."""

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, InstanceOf
from pydantic_core import CoreSchema, core_schema
from typing_extensions import override

from flow_tui.diagnostics import START, Span
from flow_tui.dsl.tokens import NOWHERE, Places
from flow_tui.dsl.values import PART

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


class Placed(Value):
    """Knows where it stands."""

    span: Annotated[Span, PART] = START
    places: Annotated[InstanceOf[Places], PART] = Field(default=NOWHERE, exclude=True, repr=False)
    """Where the values of its options stand, by the names they are written under; ``head`` names the node."""

    def place(self, option: str) -> Span:
        """Return where an option's value stands, or what names the node when it is left out."""
        return self.places.get(option) or self.places.get("head") or self.span


class AsBuilt:
    """Lets a block take nodes as they are, so that no construct has to know the schema of all others."""

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.tuple_variable_schema(core_schema.is_instance_schema(Placed))


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
