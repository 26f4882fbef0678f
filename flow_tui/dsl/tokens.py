"""Text into tokens: what a word, a number and a string is, and every character that is none of them."""

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping

from flow_tui import limits
from flow_tui.dataclass import dataclass
from flow_tui.diagnostics import Diagnostic, Severity, Span
from flow_tui.dsl import slips
from flow_tui.dsl.words import shown

NODES = ("call", "if", "unless", "while", "do", "parallel", "gate", "always", "script", "foreach")
MODIFIERS = ("required", "default", "description", "boolean")
KEYWORDS = frozenset({"workflow", "meta", "inputs", *NODES, *MODIFIERS})
PUNCTUATION = {"{": "LBRACE", "}": "RBRACE", "[": "LSQB", "]": "RSQB", ",": "COMMA", "=": "EQUAL", ".": "DOT"}

SPACE = r"\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_TOKEN = re.compile(
    rf"""(?:[{SPACE}]++|//[^\n]*+)*+
    (?:([A-Za-z_][A-Za-z0-9_-]*+)
    |("[^"\\]*+(?:\\.[^"\\]*+)*+")
    |([{{}}\[\],=.])
    |([0-9]++)
    |(\Z)
    |("[\s\S]*+|.))""",
    re.DOTALL | re.VERBOSE,
)
_WORD, _STRING, _MARK, _NUMBER, _, _OTHER = range(1, 7)
_BLANK = re.compile(r"[ \t]*")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}
_TYPES = {word: word.upper() for word in KEYWORDS}
WORDS = frozenset({"IDENT", "KEY", *_TYPES.values()})
_BEFORE_A_VALUE = frozenset({"EQUAL", "LSQB", "COMMA"})
_LARGEST = 0xFFFF_FFFF
_BRACKETS = limits.NESTING + 4
"""As many brackets are open at most: the blocks, the workflow's own, and an array in a map of options."""
UNKNOWN = "\0"
"""The text of a token that stands for something else, or for nothing: no text can hold it."""


class Token:
    """A word, number, string or mark, and where it stands (offsets into the text)."""

    __slots__ = ("end", "start", "type", "value")

    # What lark asks of the last token to place the end of the text; places are worked out from offsets here.
    start_pos = line = column = end_line = end_column = end_pos = None

    def __init__(self, kind: str, value: str, start: int, end: int) -> None:
        self.type = kind
        self.value = value
        self.start = start
        self.end = end


class Lines:
    """Turns offsets into lines and columns."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._starts = [0, *(match.end() for match in re.finditer("\n", source))]

    def span(self, start: int, end: int) -> Span:
        """Return the place between two offsets."""
        starts = self._starts
        line = bisect_right(starts, start)
        end_line = bisect_right(starts, end)
        return Span(
            line=line,
            column=start - starts[line - 1] + 1,
            end_line=end_line,
            end_column=end - starts[end_line - 1] + 1,
        )

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a line and a column, both from 1; the nearest one where there is none."""
        starts = self._starts
        if line < 1:
            return 0
        if line > len(starts):
            return len(self.source)
        end = starts[line] - 1 if line < len(starts) else len(self.source)
        return min(max(starts[line - 1], starts[line - 1] + column - 1), end)

    def indentation(self, offset: int) -> int:
        """Return how far the line that holds an offset is indented."""
        start = self._starts[bisect_right(self._starts, offset) - 1]
        blank = _BLANK.match(self.source, start)
        return 0 if blank is None else blank.end() - start

    def begins_line(self, offset: int) -> bool:
        """Say whether nothing but blanks stands before an offset on its line."""
        start = self._starts[bisect_right(self._starts, offset) - 1]
        return self.indentation(offset) == offset - start


class Places:
    """Where the parts of one node stand; worked out when somebody asks."""

    __slots__ = ("_lines", "_offsets")

    def __init__(self, lines: Lines, offsets: Mapping[str, tuple[int, int]]) -> None:
        self._lines = lines
        self._offsets = offsets

    def get(self, name: str) -> Span | None:
        """Return where a part stands, if it was written."""
        offsets = self._offsets.get(name)
        return None if offsets is None else self._lines.span(*offsets)

    def within(self, name: str, needle: str, number: int = 0) -> Span | None:
        """Return where a part holds ``needle`` as written, for the ``number``-th time counted from 0."""
        if name not in self._offsets:
            return None
        start, end = self._offsets[name]
        at = start - 1
        for _ in range(number + 1):
            at = self._lines.source.find(needle, at + 1, end)
            if at < 0:
                return self.get(name)
        return self._lines.span(at, at + len(needle))

    def item(self, name: str, text: str) -> Span | None:
        """Return where a list, or a single value, holds ``text``, in quotes or bare."""
        word = re.escape(text)
        return self._found(name, rf'"{word}"|(?<![\w.-]){word}(?![\w.-])', 0)

    def key(self, name: str, key: str) -> Span | None:
        """Return where a map holds ``key``."""
        return self._found(name, rf"(?<![\w.-])({re.escape(key)})\s*=", 1)

    def entry(self, name: str, key: str) -> Span | None:
        """Return where the value of ``key`` stands in a map."""
        pattern = rf'(?<![\w.-]){re.escape(key)}\s*=\s*("(?:[^"\\]|\\.)*"|[\w.-]+)'
        return self._found(name, pattern, 1)

    def _found(self, name: str, pattern: str, group: int) -> Span | None:
        """Return where a part matches, or the whole part when it does not."""
        if name not in self._offsets:
            return None
        match = re.compile(pattern, re.DOTALL).search(self._lines.source, *self._offsets[name])
        return self._lines.span(*match.span(group)) if match else self.get(name)


NOWHERE = Places(Lines(""), {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexed:
    """The tokens of a text, and what is wrong with its characters."""

    tokens: tuple[Token, ...]
    diagnostics: tuple[Diagnostic, ...]
    damage: tuple[int, ...] = ()
    """Where the errors among the diagnostics are; the tokens are what was probably meant."""
    trusted: int
    """The offset from which on tokens are missing, or say nothing about what was meant."""


class _Lexer:
    def __init__(self, lines: Lines, file: str, number_hint: Callable[[str], str]) -> None:
        self._lines = lines
        self._source = lines.source
        self._file = file
        self._number_hint = number_hint
        self._depth = 0
        self._parenthesis = -1
        self._first_long_string: int | None = None
        self._mended = False
        self.trusted = len(self._source) + 1
        self.tokens: list[Token] = []
        self.errors: list[tuple[int, Diagnostic]] = []
        self.warnings: list[tuple[int, Diagnostic]] = []

    def run(self) -> None:
        """Read the whole text; stop early only when there is far too much of something."""
        at = 0
        while at >= 0:
            at = self._read(at)

    def _read(self, begin: int) -> int:
        """Read on from an offset; return where to go on after a mistake, or -1 at the end."""
        tokens = self.tokens
        for match in _TOKEN.finditer(self._source, begin):
            kind = match.lastindex
            if kind == _WORD:
                word = match[_WORD]
                tokens.append(Token(_TYPES.get(word, "IDENT"), word, match.start(_WORD), match.end()))
            elif kind == _MARK:
                mark = match[_MARK]
                end = match.end()
                if mark in "{=" and (after := self._misused(mark, end - 1)):
                    return after
                if mark == "=" and tokens and tokens[-1].type in WORDS:
                    tokens[-1].type = "KEY"
                tokens.append(Token(PUNCTUATION[mark], mark, end - 1, end))
                if mark in "{[":
                    self._depth += 1
                    if self._depth > _BRACKETS:
                        return self._stop(too_deep(self._lines.span(end - 1, end), self._file), end)
                elif mark in "}]":
                    self._depth -= 1
            elif kind == _STRING:
                tokens.append(self._string(match[_STRING], match.start(_STRING), match.end()))
            elif kind == _NUMBER:
                tokens.append(self._number(match[_NUMBER], match.start(_NUMBER), match.end()))
            elif kind == _OTHER:
                return self._refuse(match[_OTHER], match.start(_OTHER))
            if len(tokens) > limits.TOKENS:
                message, end = f"more than {limits.TOKENS} words and marks", match.end()
                return self._stop(self._diagnostic("P-LIMIT", message, match.start(), end), end)
        return -1

    def _misused(self, mark: str, at: int) -> int:
        """Report a mark that is the line of a merge, or a value without quotes; return where that ends."""
        if mark == "=" and slips.conflict_at(self._source, at):
            return self._refuse(mark, at)
        before = self.tokens[-1].type if self.tokens else ""
        if mark == "{" and before in _BEFORE_A_VALUE and (text := slips.bare_value(self._source, at)):
            end = at + len(text)
            self._error(
                "P-VALUE", "expected a value, found '{{'", at, end, f'put it in quotes: "{text[:40]}"'
            )
            self.tokens.append(Token("STRING", UNKNOWN, at, end))
            return end
        return 0

    def _stop(self, problem: Diagnostic, at: int) -> int:
        """Refuse the rest of the text."""
        self.errors.append((at, problem))
        self.trusted = at
        return -1

    def _string(self, text: str, start: int, end: int) -> Token:
        body = text[1:-1]
        if "\\" in body:
            for match in _ESCAPE.finditer(body):
                if match[1] not in _ESCAPED and len(self.warnings) < limits.DIAGNOSTICS_SHOWN:
                    self._odd_escape(match[1], start + 1 + match.start())
            body = _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[1]), body)
        if self._first_long_string is None and "\n" in text:
            self._first_long_string = start
        return Token("STRING", body, start, end)

    def _odd_escape(self, character: str, at: int) -> None:
        written = character if character.isprintable() else "…"
        warning = Diagnostic(
            code="W-ESCAPE",
            message=f"\\{written} is no escape: the backslash is dropped",
            hint=r"the escapes are \n \t \" and \\",
            severity=Severity.WARNING,
            span=self._lines.span(at, at + 2),
            file=self._file,
        )
        self.warnings.append((at, warning))

    def _number(self, text: str, start: int, end: int) -> Token:
        digits = text.lstrip("0") or "0"
        if len(digits) > len(str(_LARGEST)) or int(digits) > _LARGEST:
            named = len(self.tokens) > 1 and self.tokens[-2].type == "KEY"
            hint = self._number_hint(self.tokens[-2].value if named else "")
            self._error("L-INT", f"the number {shown(text)} is larger than {_LARGEST}", start, end, hint)
            return Token("INT", UNKNOWN, start, end)
        return Token("INT", digits, start, end)

    def _refuse(self, text: str, start: int) -> int:
        """Report what is not part of the language; return where to go on."""
        if text[0] == '"':
            return self._open_string(start)
        meant = slips.slip(self._source, start, self.tokens)
        if not self._closes(meant.shown, start):
            end = start + len(meant.shown)
            message = f"{shown(meant.shown)} is not part of the language"
            self._error("L-CHAR", message, start, end, meant.hint)
        if meant.stands_for:
            self._take(meant)
        if len(self.errors) >= limits.PROBLEMS:
            self.trusted = start
            return -1
        return meant.end

    def _closes(self, character: str, at: int) -> bool:
        """Say whether this is the end of parentheses that were refused before on the same line."""
        opened = self._parenthesis
        if character == "(":
            self._parenthesis = at
        elif character == ")":
            self._parenthesis = -1
        return character == ")" and opened >= 0 and self._source.find("\n", opened, at) < 0

    def _take(self, meant: slips.Slip) -> None:
        """Add the token that a mistake stands for, in place of the words that are part of it."""
        tokens = self.tokens
        while tokens and tokens[-1].start >= meant.begins:
            tokens.pop()
        value = meant.text
        if meant.stands_for == "EQUAL":
            tokens[-1].type = "KEY"
        elif meant.stands_for == "STRING" and not (tokens and tokens[-1].type == "CALL"):
            value = UNKNOWN
        tokens.append(Token(meant.stands_for, value, meant.begins, meant.end))

    def _open_string(self, start: int) -> int:
        """Report a text that is never closed; return where to go on, if that can be known."""
        culprit = self._culprit(start)
        if culprit is None:
            self._never_closed(start)
            self.trusted = self._first_long_string or start
            return -1
        self._mended = True
        if (self._first_long_string or 0) >= culprit:
            self._first_long_string = None
        end = slips.end_of_line_text(self._source, culprit)
        tokens = self.tokens
        while tokens and tokens[-1].start >= culprit:
            self._depth += {"LBRACE": -1, "LSQB": -1, "RBRACE": 1, "RSQB": 1}.get(tokens.pop().type, 0)
        self.errors = [(at, problem) for at, problem in self.errors if at < culprit]
        self.warnings = [(at, problem) for at, problem in self.warnings if at < culprit]
        self._never_closed(culprit)
        tokens.append(Token("STRING", UNKNOWN, culprit, end))
        return end

    def _culprit(self, start: int) -> int | None:
        """Return the text that was left open: the one of the only line with an odd quote, if it fits."""
        if self._mended:
            return None
        candidates = slips.left_open(self._source)
        if len(candidates) != 1:
            return None
        (culprit,) = candidates
        if culprit == start:
            return start
        later = [token for token in self.tokens if token.start >= culprit]
        touching = slips.touching(later) or any(at > culprit for at, _ in self.errors)
        return culprit if touching else None

    def _never_closed(self, start: int) -> None:
        source = self._source
        stop = source.find("\n", start)
        end = stop if stop >= 0 else len(source)
        text = source[start:]
        backslashes = len(text) - len(text.rstrip("\\"))
        if backslashes % 2 and stop < 0 and len(text) > 1:
            hint = r'a backslash is written \\, and a string ends with "'
            self._error("L-ESCAPE", "the text ends right after a backslash", start, end, hint)
            return
        hint = slips.INNER_QUOTES if slips.inside_text(source, start, self.tokens) else 'close it with "'
        if self._first_long_string is not None and self._first_long_string < start:
            line = self._lines.span(self._first_long_string, self._first_long_string).line
            hint += (
                f"; or the string that starts on line {line} is the one that is not closed where it should be"
            )
        self._error("L-STRING", "the string is never closed", start, end, hint)

    def _error(self, code: str, message: str, start: int, end: int, hint: str = "") -> None:
        self.errors.append((start, self._diagnostic(code, message, start, end, hint)))

    def _diagnostic(self, code: str, message: str, start: int, end: int, hint: str = "") -> Diagnostic:
        span = self._lines.span(start, end)
        return Diagnostic(code=code, message=message, hint=hint, span=span, file=self._file)


def too_deep(span: Span, file: str) -> Diagnostic:
    """Return the diagnostic for blocks inside blocks inside blocks."""
    return Diagnostic(
        code="P-NESTING",
        message=f"blocks are nested more than {limits.NESTING} deep",
        hint="move the inner part into a workflow of its own and use 'call workflow'",
        span=span,
        file=file,
    )


def lex(lines: Lines, file: str = "", number_hint: Callable[[str], str] = str) -> Lexed:
    """Return the tokens of a text with every character that does not belong.

    ``number_hint`` returns what to write instead of a number too large for the option that it is given.
    """
    lexer = _Lexer(lines, file, number_hint)
    lexer.run()
    found = (*lexer.errors, *lexer.warnings)
    return Lexed(
        tokens=tuple(lexer.tokens),
        diagnostics=tuple(problem for _, problem in found),
        damage=tuple(at for at, _ in lexer.errors),
        trusted=lexer.trusted,
    )
