"""Characters that are no part of the language: what people mean by them, and how to read on."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

from flow_tui.dataclass import dataclass

INNER_QUOTES = r'a " inside a text is written \"'
_HINTS = {
    ";": "nothing separates options and steps; put each on its own line",
    ":": "write NAME = VALUE",
    "=>": "write NAME = VALUE, with nothing but the =",
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
    ")": "conditions and calls have no parentheses",
    "$": 'a value is named in text as "{{name}}"',
}
_MERGED = "a merge left this line: keep one of the two versions, and take such lines out"
_UNSEEN = "the character cannot be seen: delete it"
_BLOCK = "a block stands in braces: { … }"
_INPUT = "an input is written NAME, then: required, boolean, default = VALUE, description = VALUE"
_LETTERS = "a name is made of the letters a to z and A to Z, digits, _ and -"
_STRAIGHT = 'use straight quotes: "…"'

_COMMENT = re.compile(r"(\#|--)([^\n]*)")
_QUOTED = re.compile(
    "(['`])([^'`\n]*)['`]"
    '|([\u2018-\u201f\u00ab\u00bb\u2039\u203a])([^\n"\u2018-\u201f\u00ab\u00bb]*)'
    "[\u2018-\u201f\u00ab\u00bb\u2039\u203a]"
)
_CURLY = re.compile("[\u2018-\u201f\u00ab\u00bb\u2039\u203a]")
_WRITTEN = r'(?:\$\{[^{}"\s]*\}|\{\{[^{}"\n]*\}\}|\$|[^\s"{}\[\],;$]+)'
"""A part of a word that nobody has quoted; a value in braces is one part."""
# Nothing follows what is repeated here: it need not be possessive, which Python had wrong before 3.11.5.
_CHUNK = re.compile(rf"{_WRITTEN}{{0,1000}}")
_LINE = re.compile(rf"(?:(?!//|[A-Za-z_][\w-]*\s*=){_WRITTEN}+[ \t]*){{0,1000}}")
_VALUE = re.compile(rf'(?=\{{\{{[^{{}}"\n]*\}}\}}){_WRITTEN}{{0,1000}}')
_RUN = re.compile(r"[!&|<>^~?%*+$\\/@-]+|([\s\S])\1*")
_FOREIGN = re.compile(r"[^\x00-\x7f]+")
_REST_OF_NAME = re.compile(r"[\w-]*")
_CLOSERS = re.compile(r"[\s}\],;]*$")
_LOCAL = re.compile(r'//[^\n]*|"(?:[^"\\\n]|\\[^\n])*+(")?')

_MARKS = frozenset({"LBRACE", "RBRACE", "LSQB", "RSQB", "COMMA", "EQUAL", "DOT", "STRING", "INT"})
_BEFORE_A_VALUE = frozenset({"EQUAL", "LSQB", "COMMA", "CALL"})
_NOT_ASSIGNED = frozenset({"IF", "UNLESS", "WHILE", "DOT", "CALL", "GATE", "SCRIPT", "FOREACH", "WORKFLOW"})
_IN_UNQUOTED_TEXT = frozenset("/$@~*%+\\?&^<>|(!#-")
_NEAR = 20
"""As many words before a wrong character are looked at."""


_CONFLICT = re.compile(r"(<{7}|={7}|>{7}|\|{7})(?![<=>|])[^\n]*")
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]+")
_LONGEST_COMMENT = 4_000
"""Beyond as many characters the end of a comment in another language's style is not looked for."""


class Written(Protocol):
    """A token."""

    type: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """What stands where nothing of the language does."""

    shown: str
    """The characters that are refused."""
    end: int
    """Where reading goes on."""
    hint: str
    stands_for: str = ""
    """The type of the token that was meant; nothing where there is none."""
    begins: int
    """Where that token begins; tokens from here on are part of it."""
    text: str = ""


def slip(source: str, at: int, before: Sequence[Written]) -> Slip:
    """Return what the character at an offset was meant to be; ``before`` are the tokens in front of it."""
    conflict = conflict_at(source, at)
    if conflict is not None:
        return Slip(shown=conflict[1], end=conflict.end(), hint=_MERGED, begins=at)
    comment = _comment(source, at, before)
    if comment is not None:
        return comment
    invisible = _INVISIBLE.match(source, at)
    if invisible is not None:
        return Slip(shown=invisible[0], end=invisible.end(), hint=_UNSEEN, begins=at)
    quoted = _QUOTED.match(source, at)
    if quoted is not None:
        shown, text = (quoted[1], quoted[2]) if quoted[1] else (quoted[3], quoted[4])
        hint = _HINTS.get(shown, _STRAIGHT)
        return Slip(shown=shown, end=quoted.end(), hint=hint, stands_for="STRING", begins=at, text=text)
    return _mark(source, at, before)


def bare_value(source: str, at: int) -> str:
    """Return the ``{{name}}``, and what touches it, that stands at an offset without quotes; else nothing."""
    found = _VALUE.match(source, at)
    return found[0] if found else ""


def conflict_at(source: str, at: int) -> re.Match[str] | None:
    """Return the line that begins at an offset, if a merge left it."""
    return _CONFLICT.match(source, at) if at == 0 or source[at - 1] == "\n" else None


def _comment(source: str, at: int, before: Sequence[Written]) -> Slip | None:
    """Return the comment that other languages would see here."""
    if source.startswith("/*", at):
        end = source.find("*/", at + 2, at + _LONGEST_COMMENT)
        return Slip(shown="/*", end=max(at, end) + 2, hint=_HINTS["/"], begins=at)
    line = _COMMENT.match(source, at)
    if line is None:
        return None
    is_word = line[2][:1] not in {"", " ", "\t", "\r", "#", "!", "-"}
    if is_word and _is_value(before, at):
        return None
    return Slip(shown=line[1], end=line.end(), hint=_HINTS[line[1]], begins=at)


def _mark(source: str, at: int, before: Sequence[Written]) -> Slip:
    """Return what a mark, or a letter of another alphabet, was meant to be."""
    character = source[at]
    if character in "-+" and source[at + 1 : at + 2].isdecimal():
        return Slip(shown=character, end=at + 1, hint=_HINTS["-"], begins=at)
    if character == ">" and before and before[-1].type == "EQUAL" and before[-1].end == at:
        return Slip(shown=character, end=at + 1, hint=_HINTS["=>"], begins=at)
    foreign = _FOREIGN.match(source, at)
    begins = _glued(before, at)
    called = character == "(" and len(before) > 1 and before[-2].type == "CALL"
    if (foreign or character in _IN_UNQUOTED_TEXT) and _is_value(before, begins) and not called:
        return _unquoted(source, at, begins, before)
    if foreign is not None:
        if _CURLY.search(foreign[0]):
            return Slip(shown=foreign[0], end=foreign.end(), hint=_STRAIGHT, begins=at)
        if not foreign[0].isalpha():
            return Slip(shown=foreign[0], end=foreign.end(), hint="", begins=at)
        rest = _REST_OF_NAME.match(source, foreign.end())
        end = foreign.end() if rest is None else rest.end()
        text = source[begins:end]
        shown = foreign[0]
        return Slip(shown=shown, end=end, hint=_LETTERS, stands_for="IDENT", begins=begins, text=text)
    if character == ":":
        return _colon(source, at, before)
    run = _RUN.match(source, at)
    shown = character if run is None else run[0]
    hint = _HINTS.get(shown[:2]) or _HINTS.get(shown[0], "")
    if inside_text(source, at, before):
        hint = INNER_QUOTES
    return Slip(shown=shown, end=at + len(shown), hint=hint, begins=at)


def _unquoted(source: str, at: int, begins: int, before: Sequence[Written]) -> Slip:
    """Return the text that somebody forgot to quote."""
    last = next((token for token in reversed(before[-_NEAR:]) if token.end <= begins), None)
    rest = (_LINE if last is not None and last.type == "EQUAL" else _CHUNK).match(source, at)
    end = at + 1 if rest is None else max(rest.end(), at + 1)
    text = source[begins:end].rstrip()
    end = begins + len(text)
    run = _RUN.match(source, at)
    foreign = _FOREIGN.match(source, at)
    shown = foreign[0] if foreign else source[at] if run is None else run[0]
    hint = INNER_QUOTES if inside_text(source, at, before) else f'put it in quotes: "{text[:40]}"'
    return Slip(shown=shown, end=end, hint=hint, stands_for="STRING", begins=begins, text=text)


def _colon(source: str, at: int, before: Sequence[Written]) -> Slip:
    ends = not source[at + 1 : (source.find("\n", at) + 1 or len(source) + 1) - 1].strip()
    hint = _INPUT if _in_inputs(before) else _BLOCK if ends else _HINTS[":"]
    last = before[-1] if before else None
    named = last is not None and last.type not in _MARKS and "\n" not in source[last.end : at]
    head = len(before) > 1 and before[-2].type in _NOT_ASSIGNED
    kind = "EQUAL" if named and not head else ""
    return Slip(shown=":", end=at + 1, hint=hint, stands_for=kind, begins=at, text="=")


def _in_inputs(before: Sequence[Written]) -> bool:
    """Say whether the innermost braces open not far before are those of ``inputs``."""
    depth = 0
    for opener, token in pairwise(reversed(before[-_NEAR:])):
        depth += (opener.type == "LBRACE") - (opener.type == "RBRACE")
        if depth > 0:
            return token.type == "INPUTS"
    return False


def _glued(before: Sequence[Written], at: int) -> int:
    """Return where the words begin that touch what stands at an offset."""
    for token in reversed(before[-_NEAR:]):
        if token.end != at or (token.type in _MARKS and token.type not in {"DOT", "INT"}):
            break
        at = token.start
    return at


def _is_value(before: Sequence[Written], begins: int) -> bool:
    """Say whether what begins at an offset stands where a value, or an agent, should."""
    last = next((token for token in reversed(before[-_NEAR:]) if token.end <= begins), None)
    return last is not None and last.type in _BEFORE_A_VALUE


def inside_text(source: str, at: int, before: Sequence[Written]) -> bool:
    """Say whether a text of this line ended right at a word: it was probably meant to go on."""
    line = source.rfind("\n", 0, at)
    near = [token for token in before[-_NEAR:] if token.start > line]
    return any(
        one.type == "STRING" and one.end == two.start and (two.type not in _MARKS or two.type == "INT")
        for one, two in pairwise(near)
    )


def touching(tokens: Sequence[Written]) -> bool:
    """Say whether a text begins or ends right at a word, as no text does that somebody meant."""
    return any(
        one.end == two.start
        and "STRING" in {one.type, two.type}
        and (one.type not in _MARKS or two.type not in _MARKS or "INT" in {one.type, two.type})
        for one, two in pairwise(tokens)
    )


def left_open(source: str) -> tuple[int, ...]:
    """Return where texts begin that do not end on their line, taking each line by itself."""
    return tuple(match.start() for match in _LOCAL.finditer(source) if match[0][0] == '"' and not match[1])


def end_of_line_text(source: str, start: int) -> int:
    """Return where a text ends that was left open on its line: before the brackets that close around it."""
    stop = source.find("\n", start)
    line = source[start : stop if stop >= 0 else len(source)]
    closers = _CLOSERS.search(line)
    return start + max(1, len(line) if closers is None else closers.start())
