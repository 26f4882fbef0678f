"""TOML files that have a model: read whole, and everything wrong in them said at its line."""

import re
import tomllib
from collections.abc import Collection, Iterator
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from flow_tui.dsl.words import listed, meant
from flow_tui.errors import UsageError

Model = TypeVar("Model", bound=BaseModel)


def read(text: str, file: str, model: type[Model], *, whole: str, hint: str = "") -> Model:
    """Return what a text says as ``model``; ``whole`` is what people call the file's outermost table.

    Raises ``UsageError`` with the place of everything that is wrong.
    """
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{file} is not TOML: {error}") from None
    try:
        return model.model_validate(data)
    except ValidationError as error:
        wrong = dict.fromkeys(_mistakes(error, text, file, model, whole))
        raise UsageError("\n".join(wrong), hint) from None


def said_of(word: str, known: Collection[str]) -> str:
    """Return which of the known names was meant, or all of them."""
    if not known:
        return "nothing can stand there"
    return meant(word, known) or f"there are {listed(known)}"


def line_of(text: str, place: tuple[str, ...], number: int = 0) -> int:
    """Return the line that a key of a table stands on, as well as it can be told; else the table's.

    Of tables that may be there several times it is that of the given ``number``, counted from 0.
    """
    key = r"(?:{0}|\"{0}\"|'{0}')"
    found, after = 1, 0
    for count in range(len(place), 0, -1):
        dotted = r"\s*\.\s*".join(key.format(re.escape(part)) for part in place[:count])
        headers = list(re.finditer(rf"^\s*\[\[?\s*{dotted}\s*[\].]", text, re.MULTILINE))
        if headers:
            several = [each for each in headers if each[0].lstrip().startswith("[[")] or headers[:1]
            header = several[min(number, len(several) - 1)]
            found, after = text.count("\n", 0, header.end()) + 1, header.end()
            place = place[count:]
            break
    if place:
        begins = re.search(rf"^\s*{key.format(re.escape(place[0]))}\s*[=.]", text[after:], re.MULTILINE)
        if begins is not None:
            found = text.count("\n", 0, after + begins.end()) + 1
    return found


def _mistakes(
    error: ValidationError, text: str, file: str, model: type[BaseModel], whole: str
) -> Iterator[str]:
    for each in error.errors(include_url=False, include_context=False):
        place = tuple(part for part in each["loc"] if isinstance(part, str) and part != "[key]")
        number = next((part for part in each["loc"] if isinstance(part, int)), 0)
        if each["type"] == "extra_forbidden":
            inside = ".".join(place[:-1]) or whole
            said = f"there is no {place[-1]!r} in {inside}; {said_of(place[-1], _keys(model, place[:-1]))}"
        else:
            said = f"{'.'.join(place)}: {each['msg'].removeprefix('Value error, ').lower()}"
        yield f"{file}:{line_of(text, place, number)}: {said}"


def _keys(model: type[BaseModel], place: tuple[str, ...]) -> tuple[str, ...]:
    """Return what could stand in the table at a place."""
    found: Any = model
    for part in place:
        if isinstance(found, type) and issubclass(found, BaseModel):
            field = found.model_fields.get(part)
            found = field.annotation if field is not None else None
        else:  # a table whose keys are anybody's
            found = next(iter(get_args(found)[1:]), None)
        if get_origin(found) in (tuple, list):  # of tables that may be there several times
            found = get_args(found)[0]
    return tuple(found.model_fields) if isinstance(found, type) and issubclass(found, BaseModel) else ()
