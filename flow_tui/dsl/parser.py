# pyright: basic
"""Text into a syntax tree; the only module that knows lark, and total: any text gives one ``Parsed``."""

import gc
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from flow_tui import limits
from flow_tui.dataclass import dataclass
from flow_tui.diagnostics import Diagnostic, Severity, errors
from flow_tui.dsl import ast
from flow_tui.dsl.builder import build
from flow_tui.dsl.explain import number_hint
from flow_tui.dsl.machine import END, Machine, Rule, Tables
from flow_tui.dsl.pairs import Shape
from flow_tui.dsl.tokens import Lexed, Lines, lex
from flow_tui.dsl.words import shown

_BOM = "\ufeff"
_CUT = frozenset({"P-LIMIT", "P-NESTING"})
"""Errors after which something was not read."""
_IMPOSSIBLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a text says: the definition, unless an error is among the diagnostics."""

    workflow: ast.Workflow | None
    diagnostics: tuple[Diagnostic, ...]
    draft: ast.Workflow | None = None
    """Where values are refused and nothing else is wrong: the definition with something in their place.

    There is more to find in it, and nothing to run.
    """


_GRAMMAR = Path(__file__).with_name("grammar.lark")
TABLES = Path(__file__).with_name("grammar.json")
"""The tables that lark made of the grammar: with them lark itself is not needed."""


@cache
def _tables() -> Tables:
    """Return the tables that were kept, where they are those of this grammar, else made anew."""
    grammar = _GRAMMAR.read_text(encoding="utf-8")
    try:
        kept: Any = json.loads(TABLES.read_bytes())
    except FileNotFoundError:
        kept = {}
    made = kept if kept.get("grammar") == grammar else _made(grammar)
    rules = [
        Rule(
            name=name,
            size=size,
            spread=tuple(spread),
            is_alone=is_alone,
            is_name=is_alone and size == 1 and not spread,
        )
        for name, size, spread, is_alone in made["rules"]
    ]
    moves = [
        {kind: then if then >= 0 else rules[-1 - then] for kind, then in state.items()}
        for state in made["states"]
    ]
    return Tables(moves=moves, begin=made["begin"], end=made["end"])


def _made(grammar: str) -> dict[str, Any]:
    """Return what lark makes of a grammar; a rule is called by its number, counted down from -1."""
    from lark import Lark  # noqa: PLC0415 - only where the tables do not fit

    made: Any = Lark(grammar, parser="lalr", keep_all_tokens=True, maybe_placeholders=False)
    table = made.parser.parser._parse_table  # noqa: SLF001 - what lark reads tokens by
    rules: list[Any] = []
    states: list[dict[str, int]] = [{} for _ in table.states]
    for number, moves in table.states.items():
        for kind, (_, then) in moves.items():
            if isinstance(then, int):
                states[number][kind] = then
                continue
            if then not in rules:
                rules.append(then)
            states[number][kind] = -1 - rules.index(then)
    return {
        "grammar": grammar,
        "begin": table.start_states["start"],
        "end": table.end_states["start"],
        "states": states,
        "rules": [_rule(rule) for rule in rules],
    }


def _rule(rule: Any) -> list[Any]:
    """Return a rule of lark's: a part whose name begins with _ is taken apart, one of ? stands for itself."""
    parts = rule.expansion
    spread = [at for at, part in enumerate(parts) if not part.is_term and part.name.startswith("_")]
    return [rule.origin.name, len(parts), spread, rule.options.expand1]


def tables() -> str:
    """Return what belongs into ``TABLES``: the tables made of the grammar as it is now."""
    return json.dumps(_made(_GRAMMAR.read_text(encoding="utf-8")), separators=(",", ":")) + "\n"


def _machine() -> Machine:
    return Machine(_tables())


@contextmanager
def undisturbed() -> Iterator[None]:
    """Put off the search for cycles, which would take half the time: a tree has none."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def parse(source: str, file: str = "") -> Parsed:
    """Return the definition that ``source`` holds, or everything that keeps it from being one."""
    source = source.removeprefix(_BOM)
    file = file.encode("utf-8", "replace").decode()
    with undisturbed():
        lines = Lines(source)
        impossible = [(match.start(), match[0]) for match in _IMPOSSIBLE.finditer(source)]
        if impossible:
            lines = Lines(_IMPOSSIBLE.sub(" ", source))
        lexed = lex(lines, file, number_hint)
        if impossible:
            lexed = _with_impossible(lexed, impossible, lines, file)
        return _parse_tokens(lexed, lines, file)


def _with_impossible(lexed: Lexed, found: list[tuple[int, str]], lines: Lines, file: str) -> Lexed:
    """Add what is wrong with characters that no text can hold."""
    refused = tuple(
        Diagnostic(
            code="L-CHAR",
            message=f"{shown(character)} can be no part of a text",
            span=lines.span(at, at + 1),
            file=file,
        )
        for at, character in found[: limits.PROBLEMS]
    )
    return Lexed(
        tokens=lexed.tokens,
        diagnostics=(*refused, *lexed.diagnostics),
        damage=tuple(sorted((*(at for at, _ in found), *lexed.damage))),
        trusted=lexed.trusted,
    )


def _parse_tokens(lexed: Lexed, lines: Lines, file: str) -> Parsed:
    machine = _machine()
    trees: tuple[Shape, ...]
    found, damage = lexed.diagnostics, lexed.damage
    if fits := machine.read(lexed.tokens) and machine.fits(END):
        trees = (machine.finish(),)
    else:
        from flow_tui.dsl.recovery import recover  # noqa: PLC0415 - only where something is wrong

        recovered = recover(lexed, lines, file, _machine)
        trees, damage = recovered.trees, recovered.damage
        found = (*(found if recovered.is_definition else ()), *recovered.diagnostics)
    built = [build(tree, lines, file, damage) for tree in trees]
    said = (problem for _, problems in built for problem in problems)
    diagnostics = _bounded([*found, *said])
    workflow = built[0][0] if len(built) == 1 else None
    if not (wrong := errors(diagnostics)):
        return Parsed(workflow=workflow, diagnostics=diagnostics)
    whole = fits and not lexed.damage and not any(each.code in _CUT for each in wrong)
    return Parsed(workflow=None, diagnostics=diagnostics, draft=workflow if whole else None)


def _bounded(diagnostics: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return the diagnostics in the order of the text, so many of a broken file as anybody reads."""
    nested = False
    found: list[Diagnostic] = []
    for problem in sorted(diagnostics, key=lambda problem: problem.span):
        if problem.code == "P-NESTING":
            if nested:
                continue
            nested = True
        found.append(problem)
    most = limits.DIAGNOSTICS_SHOWN
    if len(found) <= most or not errors(found):
        return tuple(found)
    ranked = sorted(range(len(found)), key=lambda at: (not found[at].is_error, at))
    listed = set(ranked[: most - 1])
    rest = [problem for at, problem in enumerate(found) if at not in listed]
    least = "at least " if len(found) >= limits.PROBLEMS else ""
    severity = Severity.ERROR if errors(rest) else Severity.WARNING
    counts = sum(problem.severity is severity for problem in rest)
    more = Diagnostic(
        code="P-LIMIT",
        message=f"{least}{len(rest)} more problems in this file are not listed",
        hint="correct those that are listed first",
        severity=severity,
        counts=counts,
        span=rest[0].span,
        file=rest[0].file,
    )
    return (*(found[at] for at in sorted(listed)), more)


def parse_bytes(data: bytes, file: str = "") -> Parsed:
    """Return the definition in the bytes of a file; what is not UTF-8 or too large is ``F-UNREADABLE``."""
    if len(data) > limits.FILE_BYTES:
        return unreadable(f"larger than {limits.FILE_BYTES // limits.MIB} MiB", file)
    try:
        source = data.decode("utf-8")
    except UnicodeDecodeError as problem:
        return Parsed(workflow=None, diagnostics=(_no_text(data, problem.start, file),))
    return parse(source, file)


def _no_text(data: bytes, at: int, file: str) -> Diagnostic:
    """Return the diagnostic for the first byte of a file that is not UTF-8."""
    before = data[:at].decode("utf-8").removeprefix(_BOM)
    return Diagnostic(
        code="F-UNREADABLE",
        message=f"not UTF-8: byte {at} is 0x{data[at]:02x}",
        hint="save the file as UTF-8",
        span=Lines(before + "?").span(len(before), len(before) + 1),
        file=file,
    )


def unreadable(reason: str, file: str, code: str = "F-UNREADABLE") -> Parsed:
    """Return what there is to say of a file that cannot be read."""
    return Parsed(workflow=None, diagnostics=(Diagnostic(code=code, message=reason, file=file),))
