"""Text from outside made harmless: what could steer a terminal or deceive a reader becomes visible."""

import re
from collections.abc import Iterable, Iterator
from functools import cache

from flow_tui.dataclass import dataclass

TAB_WIDTH = 8
LINE_CHARACTERS = 200
"""How much of a single-line field is shown."""

# Every code point without a glyph of its own: format and bidi controls, fillers, selectors, tags. The two
# selectors that choose between a symbol's text and emoji form stay, because ordinary output is full of them.
_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    chr(plane << 16 | 0xFFFE) + chr(plane << 16 | 0xFFFF) for plane in range(17)
)
_CONTROLS = "\x7f-\x9f\ud800-\udfff" + _INVISIBLE + _NONCHARACTERS
_HOSTILE = f"[\x00-\x1f{_CONTROLS}]"
_HOSTILE_IN_LINES = f"[\x00-\x08\x0b-\x1f{_CONTROLS}]"
_BREAK = re.compile("\r\n|[\t-\r\x1c-\x1e\x85\u2028\u2029]")

_TOKEN = re.compile(
    "\x1b\\[(?P<sgr>[0-9;:]{0,64})m|(?P<returns>\r+|\x1b\\[1?G)|(?P<backs>\x08+)"
    "|\x1b\\[(?P<erases>[02]?)K|(?P<cursor>\x1b\\[[?]25[hl])|[^\x1b\r\x08]+|\x1b"
)
"""What a progress display begins its line anew with has its effect; all other sequences are text."""


_pattern = cache(re.compile)
"""Compiled when they are needed: that takes longer than to import all of this."""


@dataclass(frozen=True, slots=True)
class SgrRun:
    """A stretch of a line in one style."""

    codes: tuple[int, ...]
    """What to give to SGR for this style, such as ``(1, 38, 5, 208)``; empty is the default style."""
    text: str


def visible(text: str) -> str:
    """Return ``text`` on one line with nothing in it that acts: ESC is ``␛``, a line feed ``␊``."""
    if text.isascii() and text.isprintable():
        return text
    return _pattern(_HOSTILE).sub(_shown, text)


def visible_lines(text: str) -> str:
    """Return ``text`` with its lines and tabs kept and everything else that acts made visible."""
    return _pattern(_HOSTILE_IN_LINES).sub(_shown, text.replace("\r\n", "\n"))


def line(text: str, limit: int = LINE_CHARACTERS) -> str:
    """Return ``text`` for a single-line field: breaks and tabs are spaces, at most ``limit`` characters."""
    cut = text[: limit * 2 + 2]
    shown = visible(_BREAK.sub(" ", cut))
    return shown if len(shown) <= limit and len(cut) == len(text) else shown[: max(0, limit - 1)] + "…"


def settled(text: str) -> str:
    """Return ``text`` with each line as it was last, where a carriage return began it anew."""
    if "\r" not in text:
        return text
    return "\n".join(each.rstrip("\r").rpartition("\r")[2] for each in text.split("\n"))


def settled_start(text: str, most: int) -> str:
    """Return the same of a text of which only the first ``most`` characters were kept.

    What began a line anew and was cut off there says something else than was written, and is left out.
    """
    head, _, last = text.rpartition("\r")
    is_cut = len(text) >= most and "\n" not in last
    return settled(head if is_cut and "\r" in text else text)


def plain_log_line(data: bytes) -> str:
    """Return one line of output as a person would have seen it last: no colours, no control characters."""
    return "".join(run.text for run in sgr_runs(data))


def sgr_runs(data: bytes) -> list[SgrRun]:
    """Return one line of output as styled stretches; only colours and emphasis survive, all else is shown.

    A carriage return starts the line over, as a progress display does, also one that erases it or hides the
    cursor first; what follows a backspace overwrites.
    """
    text = data.removesuffix(b"\n").rstrip(b"\r").decode("utf-8", "backslashreplace")
    return list(_merged(_expanded(_folded(text))))


def _shown(match: re.Match[str]) -> str:
    """Return the visible form of one character."""
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _folded(text: str) -> Iterable[SgrRun]:
    """Apply returns, backspaces, erasing and styles; the last text that was begun anew is what remains.

    A backspace only goes back: what comes after it overwrites, one character at a time.
    """
    runs: list[SgrRun] = []
    style = _Style()
    column = 0
    goes_back = "\x08" in text
    is_anew = False
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "sgr":
            style.apply(token["sgr"])
        elif kind == "returns":
            is_anew = True
        elif kind == "erases":
            del runs[0 if is_anew or token["erases"] == "2" else column :]
            column = min(column, len(runs))
        elif kind == "cursor":
            continue
        elif kind == "backs":
            column = max(0, column - len(token[0]))
        else:
            if is_anew:
                runs.clear()
                column, is_anew = 0, False
            codes = style.codes()
            written = [SgrRun(codes, piece) for piece in (token[0] if goes_back else (token[0],))]
            runs[column : column + len(written)] = written
            column += len(written)
    return runs


def _expanded(runs: Iterable[SgrRun]) -> Iterator[SgrRun]:
    """Make every run visible and put spaces in the place of tabs."""
    column = 0
    for run in runs:
        pieces: list[str] = []
        for index, piece in enumerate(run.text.split("\t")):
            if index:
                gap = TAB_WIDTH - column % TAB_WIDTH
                pieces.append(" " * gap)
                column += gap
            shown = visible(piece)
            pieces.append(shown)
            column += len(shown)
        yield SgrRun(run.codes, "".join(pieces))


def _merged(runs: Iterable[SgrRun]) -> Iterator[SgrRun]:
    """Join neighbours of one style."""
    codes: tuple[int, ...] = ()
    texts: list[str] = []
    for run in runs:
        if run.codes != codes and texts:
            yield SgrRun(codes, "".join(texts))
            texts.clear()
        codes = run.codes
        texts.append(run.text)
    if any(texts):
        yield SgrRun(codes, "".join(texts))


_EMPHASES = (1, 2, 3, 4, 7, 9)
_ENDS = {22: (1, 2), 23: (3,), 24: (4,), 27: (7,), 29: (9,)}


class _Style:
    """What the SGR sequences of a line have added up to; concealing and blinking text is left alone."""

    def __init__(self) -> None:
        self._emphases: set[int] = set()
        self._colours: dict[int, tuple[int, ...]] = {}

    def codes(self) -> tuple[int, ...]:
        """Return the shortest list of codes that gives this style."""
        colours = (code for layer in sorted(self._colours) for code in self._colours[layer])
        return (*sorted(self._emphases), *colours)

    def apply(self, parameters: str) -> None:
        """Take in the parameters of one sequence."""
        codes = [min(int(part[:9] or "0"), 1 << 16) for part in re.split("[;:]", parameters)]
        if ":" in parameters:
            codes = _without_colour_space(parameters)
        position = 0
        while position < len(codes):
            position += self._take(codes, position)

    def _take(self, codes: list[int], position: int) -> int:
        """Apply the code at ``position`` and return how many numbers belong to it."""
        code = codes[position]
        if code == 0:
            self._emphases.clear()
            self._colours.clear()
        elif code in _EMPHASES:
            self._emphases.add(code)
        elif code in _ENDS:
            self._emphases.difference_update(_ENDS[code])
        elif code in {38, 48}:
            return self._take_extended(codes, position)
        elif code in {39, 49}:
            self._colours.pop(code - 1, None)
        elif 30 <= code <= 37 or 90 <= code <= 97:
            self._colours[38] = (code,)
        elif 40 <= code <= 47 or 100 <= code <= 107:
            self._colours[48] = (code,)
        return 1

    def _take_extended(self, codes: list[int], position: int) -> int:
        """Apply ``38;5;N`` or ``38;2;R;G;B`` and their background twins; a broken one has no effect."""
        length = {5: 3, 2: 5}.get(codes[position + 1] if position + 1 < len(codes) else 0, 2)
        colour = tuple(codes[position : position + length])
        if length > 2 and len(colour) == length and all(part <= 0xFF for part in colour):
            self._colours[codes[position]] = colour
        return length


def _without_colour_space(parameters: str) -> list[int]:
    """Return the numbers of parameters written with colons, where ``38:2`` names a colour space first."""
    codes: list[int] = []
    for group in parameters.split(";"):
        parts = group.split(":")
        if parts[:2] in (["38", "2"], ["48", "2"]) and len(parts) > 5:
            del parts[2]
        if parts[0] == "4" and parts[1:2] == ["0"]:
            parts = ["24"]
        elif parts[0] == "4":
            parts = ["4"]
        codes.extend(min(int(part[:9] or "0"), 1 << 16) for part in parts)
    return codes
