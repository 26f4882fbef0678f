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

from flow_tui import limits
from flow_tui.dataclass import dataclass
from flow_tui.diagnostics import Diagnostic, errors
from flow_tui.dsl import ast
from flow_tui.dsl.builder import build
from flow_tui.dsl.explain import Unfit, explain, number_hint
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
        lexed = lex(lines, file, number_hint)
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
