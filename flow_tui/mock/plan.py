"""What a mocked run is told to do instead of what would be made up: a TOML file."""

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from flow_tui import limits
from flow_tui.dsl import durations
from flow_tui.dsl.words import listed, meant
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
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{file} is not TOML: {error}") from None
    try:
        return Plan.model_validate(data)
    except ValidationError as error:
        wrong = list(_mistakes(error, text, file))
        raise UsageError("\n".join(wrong), f"a step takes {', '.join(Step.model_fields)}") from None


def require_known(plan: Plan, text: str, file: str, names: Collection[str], paths: Collection[str]) -> None:
    """Raise ``UsageError`` when the plan tells something of a step that there is not."""
    wrong: list[str] = []
    for name in plan.steps:
        if name not in names:
            said = f"there is no step {name!r} that a mock makes up; {_hint(name, names)}"
            wrong.append(f"{file}:{_line(text, ('steps', name))}: {said}")
    for path in plan.paths:
        if without_passes(StepPath(path)) not in paths:
            said = f"there is no such step at {path!r}; {_hint(path, paths)}"
            wrong.append(f"{file}:{_line(text, ('paths', path))}: {said}")
    if wrong:
        raise UsageError("\n".join(wrong), "'flow-tui plan' shows the steps of a workflow")


def _hint(word: str, known: Collection[str]) -> str:
    return meant(word, known) or f"there are {listed(known)}"


def _mistakes(error: ValidationError, text: str, file: str) -> Iterator[str]:
    for each in error.errors(include_url=False, include_context=False):
        place = tuple(str(part) for part in each["loc"])
        where = ".".join(place)
        if each["type"] == "extra_forbidden":
            known = _keys(place)
            inside = ".".join(place[:-1]) or "a plan"
            said = f"there is no {place[-1]!r} in {inside}; {_hint(place[-1], known)}"
        else:
            said = f"{where}: {each['msg'].removeprefix('Value error, ').lower()}"
        yield f"{file}:{_line(text, place)}: {said}"


def _keys(place: tuple[str, ...]) -> tuple[str, ...]:
    """Return what could stand in the place of a key."""
    models: Mapping[int, type[BaseModel]] = {1: Plan, 3: Step, 5: Told}
    return tuple(models.get(len(place), Told).model_fields)


def _line(text: str, place: tuple[str, ...]) -> int:
    """Return the line that a key of a table stands on, as well as it can be told; else the table's."""
    key = r"(?:{0}|\"{0}\"|'{0}')"
    found, after = 1, 0
    for count in range(len(place), 0, -1):
        dotted = r"\s*\.\s*".join(key.format(re.escape(part)) for part in place[:count])
        header = re.search(rf"^\s*\[\s*{dotted}\s*[\].]", text, re.MULTILINE)
        if header is not None:
            found, after = text.count("\n", 0, header.end()) + 1, header.end()
            place = place[count:]
            break
    if place:
        begins = re.search(rf"^\s*{key.format(re.escape(place[0]))}\s*[=.]", text[after:], re.MULTILINE)
        if begins is not None:
            found = text.count("\n", 0, after + begins.end()) + 1
    return found
