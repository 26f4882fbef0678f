"""What a mocked run is told to do instead of what would be made up: a TOML file."""

from collections.abc import Collection
from datetime import timedelta
from functools import lru_cache
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from flow_tui import limits
from flow_tui.dsl import durations, toml_model
from flow_tui.errors import UsageError
from flow_tui.model.ids import StepPath, pass_of, without_passes


def _length(value: object) -> object:
    return durations.parse(value) if isinstance(value, str) else value


Length: TypeAlias = Annotated[timedelta, BeforeValidator(_length)]


class Told(BaseModel):
    """What one step is to do; what is left out is made up."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    duration: Length | None = None
    """How long it works, giving signs of life."""
    silence: Length | None = None
    """How long it then says nothing."""
    hang: bool = False
    """Whether it then never ends."""
    failures: int = Field(default=0, ge=0, le=limits.RETRIES)
    """How many attempts fail before one succeeds."""
    error: str = "failed as planned"
    """What they fail of."""
    markers: tuple[str, ...] | None = Field(default=None, strict=False)
    context: str | None = None
    output: dict[str, Any] | None = None
    """The structured output."""


class Step(Told):
    """The same, and what differs in some passes of the loop around it."""

    passes: dict[str, Told] = Field(default_factory=dict)


class Plan(BaseModel):
    """What steps are to do: by their names anywhere, or by their paths in the run itself, which win."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    steps: dict[str, Step] = Field(default_factory=dict)
    paths: dict[str, Step] = Field(default_factory=dict)

    def of(self, key: str, path: StepPath, *, is_part: bool) -> Told:
        """Return what the step with this key is to do there; steps of called workflows go by name only."""
        step = (None if is_part else self.paths.get(path)) or self.steps.get(key)
        if step is None:
            return _NOTHING
        changed = step.passes.get(str(pass_of(path)))
        if changed is None:
            return step
        return step.model_copy(update={name: getattr(changed, name) for name in changed.model_fields_set})


_NOTHING = Told()


@lru_cache(maxsize=8)
def read(text: str, file: str = "the mock plan") -> Plan:
    """Return the plan in a text; raises ``UsageError`` with the place of everything that is wrong in it."""
    return toml_model.read(
        text, file, Plan, whole="a plan", hint=f"a step takes {', '.join(Step.model_fields)}"
    )


def require_known(plan: Plan, text: str, file: str, names: Collection[str], paths: Collection[str]) -> None:
    """Raise ``UsageError`` when the plan tells something of a step that there is not."""
    wrong: list[str] = []
    for name in plan.steps:
        if name not in names:
            said = f"there is no step {name!r} that a mock makes up; {toml_model.said_of(name, names)}"
            wrong.append(f"{file}:{toml_model.line_of(text, ('steps', name))}: {said}")
    for path in plan.paths:
        if without_passes(StepPath(path)) not in paths:
            said = f"there is no such step at {path!r}; {toml_model.said_of(path, paths)}"
            wrong.append(f"{file}:{toml_model.line_of(text, ('paths', path))}: {said}")
    if wrong:
        raise UsageError("\n".join(wrong), "'flow-tui plan' shows the steps of a workflow")
