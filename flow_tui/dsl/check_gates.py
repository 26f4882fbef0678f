"""Is there a gate of that type, and does it have the options that it was given?"""

from collections.abc import Iterator

from flow_tui.diagnostics import Diagnostic, Severity
from flow_tui.dsl import ast
from flow_tui.dsl.ground import Subject
from flow_tui.dsl.providers import HUMAN_GATES, LOOKING_GATES
from flow_tui.dsl.words import listed, meant, shown

_OPTIONS = ("every", *dict.fromkeys(option for option, _ in LOOKING_GATES.values()))
"""What only gates have that look for themselves."""


def gates(subject: Subject) -> Iterator[Diagnostic]:
    """Yield gates of a type that nobody knows."""
    known = subject.ground.gates
    for node in subject.nodes if known else ():
        if isinstance(node, ast.Gate) and node.gate_type not in known:
            yield Diagnostic(
                code="S-GATE",
                message=f"there is no gate of type {node.gate_type!r}",
                hint=meant(node.gate_type, known) or f"the types are {listed(known)}",
                span=node.place("head"),
            )


def gate_options(subject: Subject) -> Iterator[Diagnostic]:
    """Yield options that a gate of that type needs, and those that mean nothing to it."""
    for node in subject.nodes:
        if not isinstance(node, ast.Gate) or node.gate_type not in {*HUMAN_GATES, *LOOKING_GATES}:
            continue
        own, needed = LOOKING_GATES.get(node.gate_type, ("", False))
        if needed and not getattr(node, own):
            yield Diagnostic(
                code="P-MISSING",
                message=f"gate {shown(node.name)} needs the option '{own}'",
                span=node.places.get(own) or node.place("head"),
            )
        for name in _OPTIONS:
            if node.places.get(name) is not None and name != own and not (name == "every" and own):
                yield _means_nothing(node, name, own)


def _means_nothing(node: ast.Gate, name: str, own: str) -> Diagnostic:
    who = [gate for gate, (option, _) in LOOKING_GATES.items() if name in {option, "every"}]
    hint = f"that is an option of {listed(who)}"
    return Diagnostic(
        code="W-UNKNOWN-KEY",
        message=f"gate {shown(node.name)} has no option {shown(name)}",
        hint=f"{hint}; this one has '{own}'" if own else hint,
        severity=Severity.WARNING,
        span=node.place(name),
    )
