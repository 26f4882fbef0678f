"""What somebody is about to start, in words: why it cannot be, how long it may take, what one would type."""

import re
from collections.abc import Callable, Mapping, Sequence
from shlex import quote

from flow_tui.dataclass import dataclass
from flow_tui.model.estimate import Estimate
from flow_tui.model.status import RunStatus
from flow_tui.model.values import InputField, RunSummary
from flow_tui.view import format as fmt
from flow_tui.view.hidden import sounds_secret

_TRUE = "true"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a run is to be carried out."""

    dry_run: bool = False
    mock: bool = False
    watch: bool = False
    in_turn: bool = False
    """Only once nothing else runs; which nobody can type in a shell."""


def why_not(field: InputField, value: str, hides: Callable[[str], bool]) -> str:
    """Return why an input cannot be ``value``, or nothing; ``hides`` says whether a secret is in it."""
    if not value and field.is_required:
        return "has to be given"
    if hides(value):
        return "holds a secret, and inputs are recorded: an identity gives it to the steps that need it"
    return ""


def given(fields: Sequence[InputField], values: Mapping[str, str]) -> dict[str, str]:
    """Return the inputs that are given: what is empty or as it would be anyway is left to the workflow."""
    return {
        field.name: values[field.name]
        for field in fields
        if values.get(field.name, "") not in {"", _otherwise(field)} or _has_to_be(field, values)
    }


def _has_to_be(field: InputField, values: Mapping[str, str]) -> bool:
    return field.is_required and bool(values.get(field.name))


def _otherwise(field: InputField) -> str:
    """Return what an input is when it is not given."""
    return field.default if field.default is not None else "false" if field.is_boolean else ""


def is_on(field: InputField) -> bool:
    """Say whether a yes or no is yes when nobody says so."""
    return (field.default or "").lower() == _TRUE


def command_line(workflow: str, inputs: Mapping[str, str], manner: Manner) -> str:
    """Return what one would type in a shell to start the same; what sounds secret is left to a variable."""
    words = ["flow-tui", "run", quote(workflow)]
    for name, value in inputs.items():
        shown = f'"${re.sub(r"[^A-Z0-9_]", "_", name.upper())}"' if sounds_secret(name) else quote(value)
        words.append(f"-i {name}={shown}")
    flags = {"--dry-run": manner.dry_run, "--mock": manner.mock, "--watch": manner.watch}
    return " ".join([*words, *(flag for flag, is_set in flags.items() if is_set)])


def expected(estimate: Estimate | None, last: RunSummary | None = None) -> str:
    """Return how long a run may take, from how long others took, or why the last one does not tell."""
    if estimate is None:
        why = _why_it_does_not_tell(last) if last is not None else ""
        return f"not known: the last run {why}" if why else "no run yet to tell how long it takes"
    middle = fmt.short(estimate.typical)
    if estimate.runs == 1:
        return f"about {middle}, as long as the only completed run"
    between = f"{fmt.short(estimate.least)} to {fmt.short(estimate.most)}"
    most = "most of " if estimate.is_narrowed else ""
    return f"about {middle}; {most}the last {estimate.runs} completed runs took {between}"


def _why_it_does_not_tell(run: RunSummary) -> str:
    if run.status is not RunStatus.COMPLETED:
        return "did not complete"
    if run.is_trial:
        return "was only a trial"
    if run.is_warm:
        return "took over what an earlier one had found"
    return "was stopped and went on later" if run.resumed else ""
