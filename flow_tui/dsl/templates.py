"""``{{name}}`` in texts: where it stands and what it becomes; one pass, nothing is looked at twice."""

from collections.abc import Callable, Iterator, Mapping
from typing import Literal, TypeAlias

from flow_tui.dataclass import dataclass
from flow_tui.errors import TemplateError

Unknown: TypeAlias = Literal["strip", "keep", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placeholder:
    """One ``{{name}}``: its name and its offsets in the text."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Substituted:
    """A text with values in it, and the names that had none, each once."""

    text: str
    unknown: tuple[str, ...]


def placeholders(text: str) -> tuple[Placeholder, ...]:
    """Return every placeholder from left to right."""
    return tuple(_find(text))


def names(text: str) -> tuple[str, ...]:
    """Return the names that a text asks for, each once, in order."""
    return tuple(dict.fromkeys(found.name for found in _find(text)))


def unclosed(text: str) -> int | None:
    """Return where a ``{{`` stands that no ``}}`` closes, if there is one."""
    found = placeholders(text)
    start = text.find("{{", found[-1].end if found else 0)
    return start if start >= 0 else None


def _find(text: str) -> Iterator[Placeholder]:
    start = text.find("{{")
    while start >= 0:
        end = text.find("}}", start + 2)
        if end < 0:
            return
        yield Placeholder(name=text[start + 2 : end].strip(), start=start, end=end + 2)
        start = text.find("{{", end + 2)


def substitute(
    text: str,
    values: Mapping[str, str],
    unknown: Unknown = "keep",
    *,
    place: str = "the text",
    quote: Callable[[str], str] = str,
) -> Substituted:
    """Return ``text`` with every known name replaced; ``unknown`` says what becomes of the others.

    ``strip`` removes them, ``keep`` leaves them as they are, ``error`` raises ``TemplateError``. ``quote`` is
    applied to each value, and ``place`` names the text in the error.
    """
    missing: dict[str, None] = {}
    pieces: list[str] = []
    at = 0
    for found in _find(text):
        pieces.append(text[at : found.start])
        at = found.end
        value = values.get(found.name)
        if value is not None:
            pieces.append(quote(value))
            continue
        if unknown == "error":
            raise TemplateError(found.name, place)
        missing[found.name] = None
        if unknown == "keep":
            pieces.append(text[found.start : found.end])
    pieces.append(text[at:])
    return Substituted(text="".join(pieces), unknown=tuple(missing))
