"""What a step was given, as a page: inputs, variables, what its agent was told, names in its environment."""

from collections.abc import Iterator, Mapping

from flow_tui.dataclass import dataclass
from flow_tui.model.state import RunState
from flow_tui.view import format as fmt
from flow_tui.view.handed_over import values
from flow_tui.view.hidden import masked
from flow_tui.view.ink import FAINT, YELLOW, head, ink

_ATTEMPT = ("RUN_ID", "STEP", "ATTEMPT", "DRY_RUN", "IDEMPOTENCY_KEY")
_FILES = ("OUTPUT_FILE", "HEARTBEAT_FILE", "PARAMS_FILE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What was kept of the way an attempt began."""

    variables: Mapping[str, str]
    told: tuple[tuple[str, str], ...] = ()
    """What else it was told, such as why it failed before, by name."""
    prompt: str = ""
    """The beginning of what its agent was told."""
    is_cut: bool = False
    """That is not all of it."""
    why: str = ""
    """Why it is not known what it saw."""


def page(state: RunState, kept: Kept | None, *, is_program: bool) -> Iterator[str]:
    """Yield what a step was given; ``kept`` is there once it has been read."""
    yield head("inputs of the run")
    yield from values(masked(state.inputs)) if state.inputs else (ink("none", FAINT),)
    if kept is None:
        return
    others = {name: value for name, value in kept.variables.items() if name not in state.inputs}
    yield ""
    yield head("variables it saw")
    if kept.why:
        yield ink(kept.why, FAINT)
    elif others:
        yield from values(masked(others))
    else:
        yield ink("none beside the inputs", FAINT)
    if kept.told:
        yield ""
        yield from values(dict(kept.told))
    if kept.prompt:
        yield ""
        yield head("what the agent was told")
        yield from map(ink, kept.prompt.split("\n"))
        if kept.is_cut:
            yield ink("… p shows all of it", YELLOW)
    if is_program:
        yield ""
        yield head("names in its environment")
        yield ink(" ".join(_names(state)), FAINT)


def _names(state: RunState) -> Iterator[str]:
    """Yield what is added to the environment of whoever started the program."""
    for name in state.inputs:
        yield from (f"{prefix}{name.upper()}" for prefix in state.options.env_prefixes)
    yield from (f"FLOW_{name}" for name in (*_ATTEMPT, *_FILES))


def of_run(state: RunState) -> Iterator[str]:
    """Yield what a run was given, and what its steps have exported so far, each with the step it is from."""
    from flow_tui.engine.flow_output import exported  # noqa: PLC0415 - only when somebody asks

    yield head("inputs")
    yield from values(masked(state.inputs)) if state.inputs else (ink("none", FAINT),)
    found: dict[str, tuple[str, str]] = {}
    for step in state.steps.values():
        if step.output is not None and step.output.structured:
            for name, value in exported(step.output.structured).items():
                found[name] = (value, step.name)
    yield ""
    yield head("variables so far")
    if not found:
        yield ink("no step has exported anything", FAINT)
    shown = masked({name: value for name, (value, _) in found.items()})
    for name, line in zip(found, _single(shown), strict=True):
        yield f"{line}  {ink(f'from {found[name][1]}', FAINT)}"


def _single(given: Mapping[str, str]) -> Iterator[str]:
    for name, value in given.items():
        first, _, more = value.partition("\n")
        yield from values({name: f"{fmt.cut(first, 400)} …" if more else fmt.cut(first, 400)})
