"""Which values there can be at a place of a workflow, and what to say about one that there is not."""

import re
from collections.abc import Iterator
from itertools import product
from typing import Literal, TypeAlias

from flow_tui import limits
from flow_tui.dataclass import dataclass
from flow_tui.diagnostics import Diagnostic, Severity, Span
from flow_tui.dsl import variables
from flow_tui.dsl.before import Around, Before
from flow_tui.dsl.ground import Subject
from flow_tui.dsl.words import listed, meant

Mode: TypeAlias = Literal["error", "keep", "strip"]
"""What becomes of a name without a value: the step fails, the text keeps it, or it is left out."""
_BECOMES: dict[Mode, str] = {
    "error": "",
    "keep": "; without a value it stays as it is written",
    "strip": "; without a value it is left out",
}
_ELSEWHERE = {
    variables.AFTER_A_STEP: "there is one once a step has handed something back",
    variables.AFTER_A_GATE: "there is one once a gate has been answered",
    variables.IN_ALWAYS: "there is one in 'always' only",
    variables.IN_ON_FAIL: "there is one for an agent that on_fail names",
}
_INPUT = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A text with values in it."""

    what: str
    """The text in words."""
    around: Around
    mode: Mode = "keep"
    items: frozenset[str] | None = None
    """The parts of an item that it can ask for, all when it holds none; ``None`` where there is no item."""


class Values:
    """Knows which values can be there, and what is meant by one that cannot."""

    def __init__(self, subject: Subject) -> None:
        inputs = {declared.name for declared in subject.workflow.inputs}
        given = inputs | {f"{variables.INPUT_PREFIX}{name}" for name in inputs} | subject.ground.variables
        places = (
            Before(step=step, gate=gate, is_always=is_always, is_on_fail=is_on_fail)
            for step, gate, is_always, is_on_fail in product((False, True), repeat=4)
        )
        self._known = {before: given | _provided(before) for before in places}
        self._gives_more = subject.ground.gives_more
        self._meant: dict[tuple[str, Before], str] = {}

    def has(self, name: str, place: Place) -> bool:
        """Say whether there is a value of this name from the first pass on, as far as one can know."""
        if place.items is not None and _is_of_item(name):
            return not place.items or name in place.items
        return name in self._known[place.around.first]

    def missing(self, name: str, place: Place, span: Span) -> Iterator[Diagnostic]:
        """Yield what there is to say about a value that is not certain to be there."""
        hint = self._advice(name, place)
        if not self._is_late(name, place):
            yield from self._never(name, place, span, hint)
        elif place.mode != "strip" or (hint and name not in variables.ENGINE_NAMES):
            yield _late(name, place, span, hint)  # many a prompt is meant to be shorter in the first pass

    def _is_late(self, name: str, place: Place) -> bool:
        """Say whether a value may be there in a further pass of a loop, but cannot in the first."""
        before, first = place.around.before, place.around.first
        if first == before or _is_of_item(name):
            return False
        if name in variables.ENGINE_NAMES:
            return name in self._known[before]
        return not first.step and not self._gives_more

    def _never(self, name: str, place: Place, span: Span, hint: str) -> Iterator[Diagnostic]:
        giver = self._giver(name, place)
        if giver == _A_STEP and not hint:
            return  # only what looks like a slip is worth a word
        named = f"{{{{{name}}}}}"
        message = f"nothing provides {named} in {place.what}"
        if giver:
            message = f"{named} in {place.what} exists only if {giver}"
        fails = place.mode == "error" and not giver
        yield Diagnostic(
            code="S-TEMPLATE" if fails else "W-TEMPLATE",
            message=message + _BECOMES[place.mode],
            hint=hint or _declare(name),
            severity=Severity.ERROR if fails else Severity.WARNING,
            span=span,
        )

    def _giver(self, name: str, place: Place) -> str:
        """Return what may provide a value, in words; nothing when nothing does."""
        if _is_of_item(name):
            return "" if place.items is not None else "a foreach runs this workflow"
        if place.around.before.step and name not in variables.ENGINE_NAMES:
            return _A_STEP
        return "the host provides it" if self._gives_more else ""

    def _advice(self, name: str, place: Place) -> str:
        """Return what a name was probably meant to be, or why there is no value of it here."""
        if _is_of_item(name):
            if place.items is None:
                return "declare an input for it, and give it in the inputs of the foreach"
            return meant(name, place.items) or f"an item has {listed(sorted(place.items))}"
        if name.startswith("FLOW_") and place.mode == "error":
            return f"it is a variable of the environment: the command reads it as ${name}"
        for names, reason in _ELSEWHERE.items():
            if name in names:
                return reason
        key = name, place.around.before
        if key not in self._meant and len(self._meant) < limits.DIAGNOSTICS_SHOWN:
            self._meant[key] = meant(name, self._known[place.around.before])
        return self._meant.get(key, "")


_A_STEP = "a step exports it"


def _late(name: str, place: Place, span: Span, hint: str) -> Diagnostic:
    fails = place.mode == "error" and place.around.is_sure
    return Diagnostic(
        code="S-TEMPLATE" if fails else "W-TEMPLATE",
        message=f"{{{{{name}}}}} in {place.what} has no value in the first pass{_BECOMES[place.mode]}",
        hint=hint or f"no step before this one hands anything over; {_declare(name)}".removesuffix("; "),
        severity=Severity.ERROR if fails else Severity.WARNING,
        span=span,
    )


def _declare(name: str) -> str:
    return f"declare it: inputs {{ {name} }}" if _INPUT.fullmatch(name) else ""


def _is_of_item(name: str) -> bool:
    return name.startswith(variables.ITEM_PREFIX)


def _provided(before: Before) -> frozenset[str]:
    """Return the names of the values that the engine provides at a place."""
    names = variables.EVERYWHERE
    names |= variables.AFTER_A_STEP if before.step else frozenset()
    names |= variables.AFTER_A_GATE if before.gate else frozenset()
    names |= variables.IN_ALWAYS if before.is_always else frozenset()
    return names | variables.IN_ON_FAIL if before.is_on_fail else names
