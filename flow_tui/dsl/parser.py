# pyright: basic
"""Text into a syntax tree; the only module that knows lark, and total: any text gives one ``Parsed``."""

import gc
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, cast

from lark import Lark, UnexpectedToken, __version__
from lark.grammar import Rule
from lark.lexer import Lexer, TerminalDef
from lark.parsers.lalr_analysis import Shift

from flow_tui import limits
from flow_tui.dataclass import dataclass
from flow_tui.diagnostics import Diagnostic, Severity, errors
from flow_tui.dsl import ast
from flow_tui.dsl.builder import build
from flow_tui.dsl.explain import number_hint
from flow_tui.dsl.pairs import Shape
from flow_tui.dsl.recovery import Recovered, recover
from flow_tui.dsl.tokens import Lexed, Lines, Token, lex
from flow_tui.dsl.words import shown

_BOM = "\ufeff"
_IMPOSSIBLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a text says: the definition, unless an error is among the diagnostics."""

    workflow: ast.Workflow | None
    diagnostics: tuple[Diagnostic, ...]


class _Tokens(Lexer):
    """Hands lark the tokens that are there already."""

    def __init__(self, _conf: object) -> None:
        pass

    def lex(self, lexer_state: Any, parser_state: Any = None) -> Any:  # noqa: ARG002 - lark asks for it
        return iter(lexer_state)


_GRAMMAR = Path(__file__).with_name("grammar.lark")
TABLES = Path(__file__).with_name("grammar.json")
"""The parser that one version of lark made of the grammar: reading it takes a tenth of the time."""


@cache
def _lark() -> Lark:
    """Return the parser: from the tables where they fit this grammar and this lark, else made anew."""
    grammar = _GRAMMAR.read_text(encoding="utf-8")
    try:
        made: Any = json.loads(TABLES.read_bytes(), object_hook=_numbered)
    except FileNotFoundError:
        return _made(grammar)
    if (made["lark"], made["grammar"]) != (__version__, grammar):
        return _made(grammar)
    data = made["data"]
    data["options"]["lexer"] = data["parser"]["lexer_conf"]["lexer_type"] = _Tokens
    load: Any = Lark._load_from_dict  # noqa: SLF001 - how lark's standalone parsers begin
    return cast("Lark", load(data, made["memo"]))


def _made(grammar: str) -> Lark:
    return Lark(grammar, parser="lalr", lexer=_Tokens, keep_all_tokens=True, maybe_placeholders=False)


def _numbered(read: dict[str, Any]) -> dict[Any, Any]:
    """Return numbers where the tables had numbers as keys, which JSON does not know."""
    return {int(key) if key.isdigit() else key: value for key, value in read.items()}


def tables() -> str:
    """Return what belongs into ``TABLES``: the parser made of the grammar as it is now."""
    grammar = _GRAMMAR.read_text(encoding="utf-8")
    data, memo = _made(grammar).memo_serialize([TerminalDef, Rule])
    del data["options"]["lexer"], data["parser"]["lexer_conf"]["lexer_type"]  # a class of ours
    made = {"lark": __version__, "grammar": grammar, "data": data, "memo": memo}
    return json.dumps(made, separators=(",", ":")) + "\n"


class _Machine:
    """One reading of a text by lark's tables, which may be changed where the text is wrong."""

    def __init__(self) -> None:
        interactive: Any = _lark().parse_interactive(cast("Any", ()))
        state = interactive.parser_state
        self._state = state
        self._states: list[Any] = state.state_stack
        self._table: dict[Any, dict[str, tuple[Any, Any]]] = state.parse_conf.states
        self._end = state.parse_conf.end_state
        self.values: list[Any] = state.value_stack

    def feed(self, token: Token) -> bool:
        try:
            self._state.feed_token(token)
        except UnexpectedToken:
            return False
        return True

    def fits(self, kind: str, height: int | None = None) -> bool:
        stack = self._states[: None if height is None else height + 1]
        while (move := self._table[stack[-1]].get(kind)) is not None:
            action, then = move
            if action is Shift:
                return True
            if then.expansion:
                del stack[-len(then.expansion) :]
            stack.append(self._table[stack[-1]][then.origin.name][1])
            if kind == "$END" and stack[-1] == self._end:
                return True
        return False

    def expected(self) -> frozenset[str]:
        kinds = (kind for kind in self._table[self._states[-1]] if kind.isupper())
        return frozenset(kind for kind in kinds if self.fits(kind))

    def drop(self, height: int) -> None:
        del self.values[height:]
        del self._states[height + 1 :]

    def finish(self) -> Shape:
        return cast("Shape", self._state.feed_token(Token("$END", "", 0, 0), is_end=True))


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
    recovered = Recovered(trees=(), diagnostics=(), damage=lexed.damage)
    try:
        trees: tuple[Shape, ...] = (cast("Shape", _lark().parse(cast("Any", lexed.tokens))),)
    except UnexpectedToken:
        recovered = recover(lexed, lines, file, _Machine)
        trees = recovered.trees
    built = [build(tree, lines, file, recovered.damage) for tree in trees]
    said = (problem for _, problems in built for problem in problems)
    diagnostics = _bounded([*lexed.diagnostics, *recovered.diagnostics, *said])
    sound = not errors(diagnostics) and len(built) == 1
    return Parsed(workflow=built[0][0] if sound else None, diagnostics=diagnostics)


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
    more = Diagnostic(
        code="P-LIMIT",
        message=f"{least}{len(rest)} more problems in this file are not listed",
        hint="correct those that are listed first",
        severity=severity,
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
