"""The one style of definitions: how ``flow-tui fmt`` lays them out, without changing what they say."""

from dataclasses import dataclass

from flow_tui.diagnostics import Diagnostic
from flow_tui.dsl.format_lines import laid_out
from flow_tui.dsl.format_tree import read
from flow_tui.dsl.parser import Parsed, parse, parse_bytes, undisturbed
from flow_tui.dsl.tokens import Lines, lex

_BOM = "\ufeff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Formatted:
    """A definition in the one style, unless an error is among the diagnostics."""

    text: str | None
    diagnostics: tuple[Diagnostic, ...]


def format_text(source: str, file: str = "") -> Formatted:
    """Return the definition that ``source`` holds in the one style, or why it holds none.

    White space and commas are all that changes; what is between quotes stays as it is.
    """
    with undisturbed():
        return _formatted(parse(source, file), source, file)


def format_bytes(data: bytes, file: str = "") -> Formatted:
    """Return the same for the bytes of a file."""
    with undisturbed():
        return _formatted(parse_bytes(data, file), data.decode("utf-8", "replace"), file)


def _formatted(parsed: Parsed, source: str, file: str) -> Formatted:
    if parsed.workflow is None:
        return Formatted(text=None, diagnostics=parsed.diagnostics)
    text = source.removeprefix(_BOM)
    workflow, rest = read(text, lex(Lines(text)).tokens)
    result = laid_out(workflow, rest)
    if result != text and parse(result, file).workflow != parsed.workflow:
        problem = Diagnostic(
            code="F-FORMAT",
            message="this cannot be laid out without changing what it says",
            hint="a fault of the formatter: please report it; the file stays as it is",
            file=file,
        )
        return Formatted(text=None, diagnostics=(problem,))
    return Formatted(text=result, diagnostics=parsed.diagnostics)
