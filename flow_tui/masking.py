"""Values that are never kept or shown: found in whatever form they come, and put out of sight."""

import base64
from collections.abc import Iterable, Iterator
from functools import cache
from urllib.parse import quote, quote_plus

from flow_tui import limits

MASK = b"***"
_WRAPS = (64, 76)
"""So long are the lines in which programs print base64."""


class Secrets:
    """The values that are secret at the moment; may be asked, and told of more, from any thread."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values: dict[str, tuple[bytes, ...]] = {}
        self.patterns: tuple[bytes, ...] = ()
        """Every form of every value."""
        self._holding: dict[int, tuple[bytes, ...]] = {}
        self.add(values)

    def __bool__(self) -> bool:
        """Say whether there are any."""
        return bool(self.patterns)

    def add(self, values: Iterable[str]) -> None:
        """Keep these out of sight from now on; of very many, those that were named last.

        Shorter ones than :data:`limits.SECRET_CHARACTERS` are left alone: they are parts of ordinary words.
        """
        known = dict(self._values)
        for value in values:
            if len(value.strip()) >= limits.SECRET_CHARACTERS:
                known[value] = known.pop(value, ()) or tuple(forms(value))
        for oldest in [*known][: -limits.SECRETS]:
            del known[oldest]
        is_same = known == self._values  # in another order, perhaps
        self._values = known
        if not is_same:
            self.patterns = tuple(dict.fromkeys(form for found in known.values() for form in found))
            self._holding = {}

    def hides(self, text: str) -> bool:
        """Say whether there is one in a text."""
        data = _encoded(text) if self.patterns else b""
        return any(pattern in data for pattern in self.patterns)

    def text(self, text: str) -> str:
        """Return a text with asterisks in the place of every one in it."""
        if not self.patterns:
            return text
        data = _encoded(text)
        hidden = self.data(data)
        return text if hidden is data else hidden.decode("utf-8", "surrogatepass")

    def data(self, data: bytes) -> bytes:
        """Return the same of bytes."""
        spans = _merged(_found(data, self.patterns))
        return b"".join(_covered(data, spans)) if spans else data

    def beginning_up_to(self, last: int) -> tuple[bytes, ...]:
        """Return the patterns that something with this last byte may be the beginning of."""
        if (found := self._holding.get(last)) is None:
            found = tuple(pattern for pattern in self.patterns if last in pattern[:-1])
            self._holding[last] = found
        return found

    def stream(self) -> "Stream":
        """Return what does the same with a text that comes in pieces."""
        return Stream(self)


class Stream:
    """Puts secrets out of sight in bytes that come in pieces, wherever the pieces are cut.

    What may be the beginning of one is held back until more is known. The result is the same as for the whole
    at once, but for a secret that the last piece begins and nothing ends: that is hidden, too.
    """

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._rest = b""
        self._hidden = 0
        """So much at the beginning of the rest is hidden already."""

    def feed(self, data: bytes) -> bytes:
        """Return what can be shown after the next piece."""
        patterns = self._secrets.patterns
        if not (patterns or self._rest):
            return data
        text = self._rest + data if self._rest else data
        return self._shown(text, _found(text, patterns), self._held_from(text))

    def end(self) -> bytes:
        """Return what is left to be shown when nothing more comes."""
        text, patterns = self._rest, self._secrets.patterns
        spans = _found(text, patterns)
        begun = self._held_from(text)
        if len(text) - begun >= limits.SECRET_CHARACTERS:
            spans.append((begun, len(text)))
        return self._shown(text, spans, len(text))

    def _held_from(self, text: bytes) -> int:
        """Return where the longest end of ``text`` begins that may become one of the patterns."""
        earliest = len(text)
        for pattern in self._secrets.beginning_up_to(text[-1]) if text else ():
            at = text.find(pattern[:1], max(0, len(text) - len(pattern) + 1), earliest)
            while at >= 0:
                if pattern.startswith(text[at:]):
                    earliest = at
                    break
                at = text.find(pattern[:1], at + 1, earliest)
        return earliest

    def _shown(self, text: bytes, spans: list[tuple[int, int]], hold: int) -> bytes:
        """Return what is shown of ``text`` before ``hold``; the rest waits."""
        hidden = self._hidden
        if not (spans or hidden):
            self._rest = text[hold:]
            return text[:hold] if self._rest else text
        parts: list[bytes] = []
        position = hidden
        for start, end in _merged([(0, hidden), *spans] if hidden else spans):
            if start >= hold:
                break
            parts.append(text[position:start])
            if not (hidden and start == 0):
                parts.append(MASK)
            position = end
        if position < hold:
            parts.append(text[position:hold])
        self._rest, self._hidden = text[hold:], max(0, position - hold)
        return b"".join(parts)


@cache
def of_program() -> Secrets:
    """Return those of this program, which its log and its last words keep to themselves, too."""
    return Secrets()


def forms(value: str) -> Iterator[bytes]:
    """Yield the forms in which programs print a value, each once: quoted, escaped, encoded, line by line."""
    whole = value.strip()
    lines = [line.strip() for line in whole.split("\n")] if "\n" in whole else []
    found = (form for text in (whole, *lines) for form in _written(text))
    for form in dict.fromkeys((*found, *_encodings(_encoded(whole)))):
        if len(form) >= limits.SECRET_CHARACTERS:
            yield form


def _written(text: str) -> Iterator[bytes]:
    """Yield a text as it is, and as it is written in JSON, in an address, in a shell and in Python."""
    if len(text) < limits.SECRET_CHARACTERS:
        return
    import json  # noqa: PLC0415 - only where there are secrets
    import shlex  # noqa: PLC0415 - the same

    raw = _encoded(text)
    yield raw
    for ascii_only in (True, False):
        once = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        yield _encoded(once)
        yield _encoded(json.dumps(once, ensure_ascii=ascii_only)[1:-1])
    for address in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        yield address.encode()
        yield _lower_escapes(address).encode()
    yield _encoded(shlex.quote(text).removeprefix("'").removesuffix("'"))
    yield _encoded(repr(text)[1:-1])


def _lower_escapes(address: str) -> str:
    first, *rest = address.split("%")
    return "%".join((first, *(part[:2].lower() + part[2:] for part in rest)))


def _encodings(raw: bytes) -> Iterator[bytes]:
    """Yield hexadecimal digits, and base64 wherever in a longer text the value begins."""
    yield raw.hex().encode()
    yield raw.hex().upper().encode()
    for before in range(3):
        text = base64.b64encode(bytes(before) + raw)
        inside = text[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]
        yield inside
        yield inside.translate(_URL_SAFE)
        if before == 0:
            for width in _WRAPS:
                if len(inside) > width:
                    yield from (inside[at : at + width] for at in range(0, len(inside), width))


_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:  # from an environment that is not UTF-8, or from half a surrogate pair
        try:
            return text.encode(errors="surrogateescape")
        except UnicodeEncodeError:
            return text.encode(errors="surrogatepass")


def _found(text: bytes, patterns: Iterable[bytes]) -> list[tuple[int, int]]:
    """Return where the patterns are, also those that lie over one another."""
    spans: list[tuple[int, int]] = []
    for pattern in patterns:
        at = text.find(pattern)
        while at >= 0:
            spans.append((at, at + len(pattern)))
            at = text.find(pattern, at + 1)
    return spans


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the same in order, and as one what overlaps."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _covered(text: bytes, spans: list[tuple[int, int]]) -> Iterator[bytes]:
    position = 0
    for start, end in spans:
        yield text[position:start]
        yield MASK
        position = end
    yield text[position:]
