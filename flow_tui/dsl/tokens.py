"""Text into tokens: what a word, a number and a string is, and every character that is none of them."""

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from itertools import pairwise

from flow_tui import limits
from flow_tui.dataclass import dataclass
from flow_tui.diagnostics import Diagnostic, Severity, Span
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
    |("[\s\S]*+|\#[^\n]*+|--[^\n]*+|/\*(?:.{{0,4000}}?\*/)?|'[^'\n]*+'|[^\x00-\x7f{SPACE}]++|.))""",
    re.DOTALL | re.VERBOSE,
)
_WORD, _STRING, _MARK, _NUMBER, _, _OTHER = range(1, 7)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}
_TYPES = {word: word.upper() for word in KEYWORDS}
_WORDS = frozenset({"IDENT", *_TYPES.values()})
_LARGEST = 0xFFFF_FFFF
_BRACKETS = limits.NESTING + 4
"""As many brackets are open at most: the blocks, the workflow's own, and an array in a map of options."""

_HINTS = {
    ";": "nothing separates options and steps; put each on its own line",
    ":": "write NAME = VALUE",
    "#": "a comment starts with //",
    "--": "a comment starts with //",
    "/": "a comment starts with // and ends with the line",
    "'": 'put text in double quotes: "…"',
    "`": 'put text in double quotes: "…"',
    "!": "conditions have no operators; 'unless' is the opposite of 'if'",
    "&": "conditions have no operators; put one 'if' inside the other",
    "|": "conditions have no operators",
    "<": "conditions have no operators",
    ">": "conditions have no operators",
    "-": "a number has no sign, and a name starts with a letter or _",
    "(": "conditions and calls have no parentheses",
    "$": 'a value is named in text as "{{name}}"',
}
_CURLY = re.compile("[\u2018-\u201f\u00ab\u00bb]")
_NEAR = 20
"""As many words before a wrong character are looked at for a text that ended too early."""
INNER_QUOTES = r'a " inside a text is written \"'


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


class _Lexer:
    def __init__(self, lines: Lines, file: str, number_hint: Callable[[str], str]) -> None:
        self._lines = lines
        self._file = file
        self._number_hint = number_hint
        self._first_long_string: int | None = None
        self.tokens: list[Token] = []
        self.errors: list[Diagnostic] = []
        self.warnings: list[Diagnostic] = []

    def run(self) -> None:
        """Read the whole text; stop early only when there is far too much of something."""
        tokens = self.tokens
        depth = 0
        for match in _TOKEN.finditer(self._lines.source):
            kind = match.lastindex
            if kind == _WORD:
                word = match[_WORD]
                tokens.append(Token(_TYPES.get(word, "IDENT"), word, match.start(_WORD), match.end()))
            elif kind == _MARK:
                mark = match[_MARK]
                end = match.end()
                if mark == "=" and tokens and tokens[-1].type in _WORDS:
                    tokens[-1].type = "KEY"
                tokens.append(Token(PUNCTUATION[mark], mark, end - 1, end))
                if mark in "{[":
                    depth += 1
                    if depth > _BRACKETS:
                        self.errors.append(too_deep(self._lines.span(end - 1, end), self._file))
                        return
                elif mark in "}]":
                    depth -= 1
            elif kind == _STRING:
                tokens.append(self._string(match[_STRING], match.start(_STRING), match.end()))
            elif kind == _NUMBER:
                tokens.append(self._number(match[_NUMBER], match.start(_NUMBER), match.end()))
            elif kind == _OTHER and not self._refuse(match[_OTHER], match.start(_OTHER)):
                return
            if len(tokens) > limits.TOKENS:
                self._error(
                    "P-LIMIT", f"more than {limits.TOKENS} words and marks", match.start(), match.end()
                )
                return

    def _string(self, text: str, start: int, end: int) -> Token:
        body = text[1:-1]
        if "\\" in body:
            for match in _ESCAPE.finditer(body):
                if match[1] not in _ESCAPED and len(self.warnings) < limits.DIAGNOSTICS_SHOWN:
                    self.warnings.append(self._odd_escape(match[1], start + 1 + match.start()))
            body = _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[1]), body)
        if self._first_long_string is None and "\n" in text:
            self._first_long_string = start
        return Token("STRING", body, start, end)

    def _odd_escape(self, character: str, at: int) -> Diagnostic:
        return Diagnostic(
            code="W-ESCAPE",
            message=f"\\{character} is no escape: the backslash is dropped",
            hint=r"the escapes are \n \t \" and \\",
            severity=Severity.WARNING,
            span=self._lines.span(at, at + 2),
            file=self._file,
        )

    def _number(self, text: str, start: int, end: int) -> Token:
        digits = text.lstrip("0") or "0"
        if len(digits) > len(str(_LARGEST)) or int(digits) > _LARGEST:
            named = len(self.tokens) > 1 and self.tokens[-2].type == "KEY"
            hint = self._number_hint(self.tokens[-2].value if named else "")
            self._error("L-INT", f"the number {shown(text)} is larger than {_LARGEST}", start, end, hint)
        return Token("INT", digits, start, end)

    def _refuse(self, text: str, start: int) -> bool:
        """Report what is not part of the language; say whether to go on."""
        if text[0] == '"':
            self._open_string(text, start)
            return False
        hint = _HINTS.get(text[:2]) or _HINTS.get(text[0], "")
        if _CURLY.search(text):
            hint = 'use straight quotes: "…"'
        elif self._inside_text(start):
            hint = INNER_QUOTES
        offending = text[:2] if text.startswith(("--", "/*")) else text[0] if text[0] in "#'" else text
        end = start + len(offending)
        self._error("L-CHAR", f"{shown(offending)} is not part of the language", start, end, hint)
        return len(self.errors) < limits.DIAGNOSTICS_SHOWN

    def _inside_text(self, start: int) -> bool:
        """Say whether a text of this line ended right at a word: it was probably meant to go on."""
        line = self._lines.source.rfind("\n", 0, start)
        near = [token for token in self.tokens[-_NEAR:] if token.start > line]
        return any(
            one.type == "STRING" and one.end == two.start and two.type in _WORDS | {"INT"}
            for one, two in pairwise(near)
        )

    def _open_string(self, text: str, start: int) -> None:
        backslashes = len(text) - len(text.rstrip("\\"))
        if backslashes % 2 and len(text) > 1:
            hint = r'a backslash is written \\, and a string ends with "'
            self._error("L-ESCAPE", "the text ends right after a backslash", start, start + len(text), hint)
            return
        hint = INNER_QUOTES if self._inside_text(start) else 'close it with "'
        if self._first_long_string is not None:
            line = self._lines.span(self._first_long_string, self._first_long_string).line
            hint += (
                f"; or the string that starts on line {line} is the one that is not closed where it should be"
            )
        stop = self._lines.source.find("\n", start)
        self._error(
            "L-STRING", "the string is never closed", start, stop if stop >= 0 else start + len(text), hint
        )

    def _error(self, code: str, message: str, start: int, end: int, hint: str = "") -> None:
        self.errors.append(
            Diagnostic(
                code=code, message=message, hint=hint, span=self._lines.span(start, end), file=self._file
            )
        )


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
    return Lexed(tokens=tuple(lexer.tokens), diagnostics=tuple(lexer.errors + lexer.warnings))
