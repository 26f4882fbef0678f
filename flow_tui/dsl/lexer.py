"""The language for Pygments, and so for Sphinx, Rich, and whatever else colours text with it."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from pygments.lexer import Lexer  # type: ignore[import-untyped]  # as it comes
from pygments.token import Token  # type: ignore[import-untyped]  # as it comes
from typing_extensions import override

from flow_tui.dsl.highlight import Kind, parts

TOKENS = {
    Kind.SPACE: Token.Text.Whitespace,
    Kind.COMMENT: Token.Comment.Single,
    Kind.KEYWORD: Token.Keyword,
    Kind.NAME: Token.Name.Class,
    Kind.AGENT: Token.Name.Function,
    Kind.OPTION: Token.Name.Attribute,
    Kind.STEP: Token.Name.Function,
    Kind.MARKER: Token.Name.Label,
    Kind.INPUT: Token.Name.Variable,
    Kind.CONSTANT: Token.Keyword.Constant,
    Kind.WORD: Token.Literal.String.Symbol,
    Kind.NUMBER: Token.Literal.Number.Integer,
    Kind.STRING: Token.Literal.String.Double,
    Kind.ESCAPE: Token.Literal.String.Escape,
    Kind.PLACEHOLDER: Token.Literal.String.Interpol,
    Kind.MARK: Token.Punctuation,
    Kind.WRONG: Token.Error,
}


class WorkflowLexer(Lexer):  # type: ignore[misc]  # its types are unknown
    """Colours ``.wf`` files; whatever is not part of the language is an error token."""

    name = "flow-tui workflow"
    aliases: ClassVar[Sequence[str]] = ["wf", "flow-tui"]
    filenames: ClassVar[Sequence[str]] = ["*.wf"]
    mimetypes: ClassVar[Sequence[str]] = ["text/x-wf"]

    @override
    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, Any, str]]:
        """Yield every part of a text with its place."""
        for part in parts(text):
            yield part.start, TOKENS[part.kind], text[part.start : part.end]
