"""All that is known of one text: its words, its blocks, and everything that is wrong with it."""

from bisect import bisect_left, bisect_right
from functools import cached_property
from pathlib import Path

from flow_tui.authoring import reading
from flow_tui.authoring.blocks import Mention
from flow_tui.diagnostics import Diagnostic, Span
from flow_tui.dsl import ast
from flow_tui.dsl.inspecting import told
from flow_tui.dsl.loader import Loaded, Project, load_text
from flow_tui.dsl.parser import undisturbed
from flow_tui.dsl.surroundings import Surroundings
from flow_tui.dsl.tokens import Lexed, Lines, lex

BOM = "\ufeff"


class Document:
    """A text and what is around it; each thing is worked out once, when somebody asks.

    Places are offsets into ``source``, which begins behind a byte order mark.
    """

    def __init__(self, file: str, source: str, around: Surroundings | None = None) -> None:
        """Take the text that the file of this path holds, or will hold.

        ``around`` is what the project is to it; without that nothing but the text is known.
        """
        self.file = file
        self.source = source.removeprefix(BOM)
        self.around = around

    @property
    def project(self) -> Project | None:
        """Return the project that the text belongs to, as far as that is known."""
        return None if self.around is None else self.around.project

    @property
    def name(self) -> str:
        """Return the name under which others call the workflow."""
        return Path(self.file).stem

    @cached_property
    def lines(self) -> Lines:
        """Return what turns offsets into lines and columns."""
        return Lines(self.source)

    @cached_property
    def lexed(self) -> Lexed:
        """Return the words of the text."""
        return lex(self.lines, self.file)

    @cached_property
    def structure(self) -> reading.Structure:
        """Return the blocks of the text, as far as they go."""
        with undisturbed():
            return reading.read(self.lexed.tokens, self.lines)

    @cached_property
    def loaded(self) -> Loaded:
        """Return what the text says as a definition."""
        return load_text(self.source, Path(self.file))

    @property
    def workflow(self) -> ast.Workflow | None:
        """Return the definition, also where some of its values are refused."""
        return self.loaded.workflow or self.loaded.draft

    @cached_property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Return everything that is wrong with it, as ``flow-tui check`` tells it of the file."""
        with undisturbed():
            return told(self.loaded, self.around)

    # Places

    def span(self, start: int, end: int) -> Span:
        """Return the lines and columns between two offsets."""
        return self.lines.span(start, end)

    def offsets(self, span: Span) -> tuple[int, int]:
        """Return the offsets of a place in this text."""
        return self.offset(span.line, span.column), self.offset(span.end_line, span.end_column)

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a line and a column, both from 1; the nearest one where there is none."""
        return self.lines.offset(line, column)

    @cached_property
    def _starts(self) -> list[int]:
        return [mention.token.start for mention in self.structure.mentions]

    def mention_at(self, offset: int) -> Mention | None:
        """Return the word at an offset, or right before it."""
        mentions = self.structure.mentions
        for at in range(bisect_right(self._starts, offset) - 1, -1, -1):
            token = mentions[at].token
            if token.start == token.end:
                continue
            is_mark = token.type in _MARKS
            if (token.start < offset or not is_mark) and offset < token.end + (not is_mark):
                return mentions[at]
            if token.end < offset:
                break
        return None

    def before(self, offset: int) -> int:
        """Return the index of the last token that begins before an offset, or -1."""
        return bisect_left(self._starts, offset) - 1

    def is_comment(self, offset: int) -> bool:
        """Say whether an offset lies in a comment."""
        at = self.before(offset)
        start = self.structure.tokens[at].end if at >= 0 else 0
        if start > offset:
            return False
        between = self.source[start:offset]
        return "//" in between[between.rfind("\n") + 1 :]


_MARKS = frozenset({"LBRACE", "RBRACE", "LSQB", "RSQB", "COMMA", "EQUAL", "DOT"})
