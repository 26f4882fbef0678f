# pyright: basic
"""What :mod:`flow_tui.authoring` says, in the words of the protocol."""

import re
from collections.abc import Iterable, Iterator, Mapping

from lsprotocol import types

from flow_tui.authoring.completion import Completion, CompletionKind
from flow_tui.authoring.edits import Edit
from flow_tui.authoring.fix import Fix
from flow_tui.authoring.hovering import Hover
from flow_tui.authoring.outline import Symbol
from flow_tui.diagnostics import Diagnostic, Severity, Span
from flow_tui.dsl.highlight import Kind, parts
from flow_tui.lsp.texts import Text

SOURCE = "flow-tui"
MAKE_EXECUTABLE = "flow-tui.make-executable"

_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
}
_ITEMS: Mapping[CompletionKind, types.CompletionItemKind] = {
    CompletionKind.KEYWORD: types.CompletionItemKind.Keyword,
    CompletionKind.OPTION: types.CompletionItemKind.Property,
    CompletionKind.VALUE: types.CompletionItemKind.EnumMember,
    CompletionKind.STEP: types.CompletionItemKind.Function,
    CompletionKind.MARKER: types.CompletionItemKind.EnumMember,
    CompletionKind.INPUT: types.CompletionItemKind.Field,
    CompletionKind.VARIABLE: types.CompletionItemKind.Variable,
    CompletionKind.AGENT: types.CompletionItemKind.Function,
    CompletionKind.WORKFLOW: types.CompletionItemKind.Module,
    CompletionKind.SCHEMA: types.CompletionItemKind.Struct,
    CompletionKind.SNIPPET: types.CompletionItemKind.Text,
    CompletionKind.FILE: types.CompletionItemKind.File,
    CompletionKind.PROVIDER: types.CompletionItemKind.Interface,
    CompletionKind.GATE: types.CompletionItemKind.Class,
}
_SYMBOLS: Mapping[str, types.SymbolKind] = {
    "workflow": types.SymbolKind.Module,
    "meta": types.SymbolKind.Namespace,
    "inputs": types.SymbolKind.Namespace,
    "input": types.SymbolKind.Variable,
    "gate": types.SymbolKind.Event,
    "script": types.SymbolKind.Function,
    "call": types.SymbolKind.Function,
    "call workflow": types.SymbolKind.Module,
    "foreach": types.SymbolKind.Array,
}
_TOKENS: Mapping[Kind, str] = {
    Kind.COMMENT: "comment",
    Kind.KEYWORD: "keyword",
    Kind.NAME: "function",
    Kind.AGENT: "function",
    Kind.OPTION: "property",
    Kind.STEP: "function",
    Kind.MARKER: "enumMember",
    Kind.INPUT: "parameter",
    Kind.CONSTANT: "enumMember",
    Kind.WORD: "string",
    Kind.NUMBER: "number",
    Kind.STRING: "string",
    Kind.ESCAPE: "string",
    Kind.PLACEHOLDER: "parameter",
}
LEGEND = types.SemanticTokensLegend(token_types=sorted({*_TOKENS.values()}), token_modifiers=[])
_NUMBERS = {kind: LEGEND.token_types.index(name) for kind, name in _TOKENS.items()}
_MARKUP = re.compile(r"([\\*_{}\[\]<>#|~&])")
_CODE = re.compile(r"(`[^`]*`)")


def range_of(text: Text, start: int, end: int) -> types.Range:
    """Return the place between two offsets of a document."""
    return types.Range(start=types.Position(*text.place(start)), end=types.Position(*text.place(end)))


def range_of_span(text: Text, span: Span) -> types.Range:
    """Return a place that is given by lines and columns of a document."""
    return range_of(text, *text.document.offsets(span))


def diagnostic(text: Text, problem: Diagnostic) -> types.Diagnostic:
    """Return what is wrong somewhere."""
    hint = f"\n{problem.hint}" if problem.hint else ""
    return types.Diagnostic(
        range=range_of_span(text, problem.span),
        severity=_SEVERITIES[problem.severity],
        code=problem.code,
        source=SOURCE,
        message=f"{problem.message}{hint}",
    )


def markdown(text: str) -> str:
    """Return a text in which only what stands between backticks is markup."""
    parts = _CODE.split(text)
    return "".join(part if at % 2 else _MARKUP.sub(r"\\\1", part) for at, part in enumerate(parts))


def plain(text: str) -> str:
    """Return a text for clients that know no markup."""
    return text.replace("`", "")


def completions(text: Text, found: Iterable[Completion]) -> types.CompletionList:
    """Return what could be written."""
    items = [
        types.CompletionItem(
            label=each.label,
            kind=_ITEMS[each.kind],
            documentation=types.MarkupContent(kind=types.MarkupKind.Markdown, value=markdown(each.about)),
            sort_text=f"{number:05}",
            filter_text=each.label,
            text_edit=types.TextEdit(range=range_of(text, each.start, each.end), new_text=each.text),
        )
        for number, each in enumerate(found)
    ]
    return types.CompletionList(is_incomplete=False, items=items)


def hover(text: Text, found: Hover) -> types.Hover:
    """Return what is to be said about a place."""
    content = types.MarkupContent(kind=types.MarkupKind.Markdown, value=markdown(found.text))
    return types.Hover(contents=content, range=range_of(text, found.start, found.end))


def edits(text: Text, found: Iterable[Edit]) -> list[types.TextEdit]:
    """Return the changes of one text."""
    return [types.TextEdit(range=range_of(text, each.start, each.end), new_text=each.text) for each in found]


def symbol(text: Text, found: Symbol) -> types.DocumentSymbol:
    """Return a part of the outline."""
    return types.DocumentSymbol(
        name=found.name,
        detail=found.detail,
        kind=_SYMBOLS.get(found.kind, types.SymbolKind.Namespace),
        range=range_of(text, found.start, found.end),
        selection_range=range_of(text, found.name_start, found.name_end),
        children=[symbol(text, each) for each in found.children],
    )


def action(text: Text, problem: types.Diagnostic, fix: Fix) -> types.CodeAction:
    """Return a way to do away with a problem."""
    command = None
    if fix.executable:
        command = types.Command(title=fix.title, command=MAKE_EXECUTABLE, arguments=[fix.executable])
    changes = {text.uri: edits(text, fix.edits)}
    return types.CodeAction(
        title=fix.title,
        kind=types.CodeActionKind.QuickFix,
        diagnostics=[problem],
        edit=types.WorkspaceEdit(changes=changes) if fix.edits else None,
        command=command,
    )


def tokens(text: Text) -> types.SemanticTokens:
    """Return what each part of a text is, line by line."""
    numbers: list[int] = []
    line, character = 0, 0
    for kind, start, end in _rows(text.document.source):
        at, units = text.place(start)
        numbers += (
            at - line,
            units - (character if at == line else 0),
            text.positions.units(start + text.shift, end + text.shift),
            kind,
            0,
        )
        line, character = at, units
    return types.SemanticTokens(data=numbers)


def _rows(source: str) -> Iterator[tuple[int, int, int]]:
    """Yield the parts of a text that have a colour, those of several lines line by line."""
    for part in parts(source):
        kind = _NUMBERS.get(part.kind)
        if kind is None:
            continue
        start = part.start
        for row in source[part.start : part.end].splitlines(keepends=True):
            end = start + len(row.rstrip("\r\n"))
            if start < end:
                yield kind, start, end
            start += len(row)
