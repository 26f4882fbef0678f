# pyright: basic
"""Text into a syntax tree; the only module that knows lark, and total: any text gives one ``Parsed``."""

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from lark import Lark, UnexpectedToken
from lark.lexer import Lexer

from flow_tui import limits
from flow_tui.diagnostics import Diagnostic, errors
from flow_tui.dsl import ast
from flow_tui.dsl.builder import build
from flow_tui.dsl.explain import Unfit, explain
from flow_tui.dsl.tokens import Lexed, Lines, lex
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


@cache
def _lark() -> Lark:
    grammar = files("flow_tui.dsl").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer=_Tokens, keep_all_tokens=True, maybe_placeholders=False)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Put off the search for cycles, which would take half the time: a tree has none."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def parse(source: str, file: str = "") -> Parsed:
    """Return the definition that ``source`` holds, or why it holds none."""
    source = source.removeprefix(_BOM)
    file = file.encode("utf-8", "replace").decode()
    lines = Lines(source)
    impossible = _IMPOSSIBLE.search(source)
    if impossible is not None:
        span = lines.span(impossible.start(), impossible.end())
        message = f"{shown(impossible[0])} can be no part of a text"
        refused = Diagnostic(code="L-CHAR", message=message, span=span, file=file)
        return Parsed(workflow=None, diagnostics=(refused,))
    with _undisturbed():
        lexed = lex(lines, file)
        if errors(lexed.diagnostics):
            return Parsed(workflow=None, diagnostics=lexed.diagnostics)
        return _parse_tokens(lexed, lines, file)


def _parse_tokens(lexed: Lexed, lines: Lines, file: str) -> Parsed:
    try:
        tree = _lark().parse(lexed.tokens)
    except UnexpectedToken as unexpected:
        interactive: Any = unexpected.interactive_parser
        at = next((i for i, token in enumerate(lexed.tokens) if token is unexpected.token), len(lexed.tokens))
        unfit = Unfit(
            tokens=lexed.tokens,
            at=at,
            expected=frozenset(interactive.accepts()),
            stack=tuple(unexpected.state.value_stack),
        )
        return Parsed(workflow=None, diagnostics=(explain(unfit, lines, file), *lexed.diagnostics))
    workflow, found = build(tree, lines, file)
    diagnostics = _in_order((*lexed.diagnostics, *found))
    return Parsed(workflow=None if errors(diagnostics) else workflow, diagnostics=diagnostics)


def _in_order(diagnostics: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    return tuple(sorted(diagnostics, key=lambda diagnostic: diagnostic.span))


def parse_bytes(data: bytes, file: str = "") -> Parsed:
    """Return the definition in the bytes of a file; what is not UTF-8 or too large is ``F-UNREADABLE``."""
    if len(data) > limits.FILE_BYTES:
        return unreadable(f"larger than {limits.FILE_BYTES // limits.MIB} MiB", file)
    try:
        source = data.decode("utf-8")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        return unreadable(
            f"not UTF-8: byte {problem.start} (line {line}) is 0x{data[problem.start]:02x}", file
        )
    return parse(source, file)


def unreadable(reason: str, file: str, code: str = "F-UNREADABLE") -> Parsed:
    """Return what there is to say of a file that cannot be read."""
    return Parsed(workflow=None, diagnostics=(Diagnostic(code=code, message=reason, file=file),))
