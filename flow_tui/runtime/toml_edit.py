"""Changing one value of a TOML file as a person would: everything else stays as it is, comments too."""

import re
import tomllib
from collections.abc import Mapping
from typing import Any, TypeAlias, cast

Value: TypeAlias = bool | str
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPED = {'"': '\\"', "\\": "\\\\"}


def changed(text: str, table: str, name: str, value: Value | None) -> str:
    """Return ``text`` with one key of a table set, or without it.

    ``table`` is a name, or several with dots between. Raises ``ValueError`` when the text is no TOML, or is
    laid out in such a way that the change would not be just that.
    """
    before = _read(text)
    after = text if value is None and name not in _table(before, table) else _edited(text, table, name, value)
    try:
        is_just_that = tomllib.loads(after) == _wanted(before, table, name, value)
    except tomllib.TOMLDecodeError:
        is_just_that = False
    if not is_just_that:
        message = f"the table [{table}] is written in a way that only a person can change"
        raise ValueError(message)
    return after


def _read(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        message = f"it is not TOML: {error}"
        raise ValueError(message) from None


def _table(data: Mapping[str, Any], table: str) -> Mapping[str, Any]:
    for part in table.split("."):
        inside: object = data.get(part, {})
        data = cast("Mapping[str, Any]", inside) if isinstance(inside, dict) else {}
    return data


def _wanted(before: dict[str, Any], table: str, name: str, value: Value | None) -> dict[str, Any]:
    if value is None and name not in _table(before, table):
        return before
    after = inside = dict(before)
    for part in table.split("."):
        inside[part] = inside = dict(inside.get(part, {}))
    if value is None:
        del inside[name]
    else:
        inside[name] = value
    return after


def _edited(text: str, table: str, name: str, value: Value | None) -> str:
    lines = text.splitlines(keepends=True)
    begin, end = _place(lines, table)
    key = re.compile(rf"^(\s*(?:{re.escape(name)}|\"{re.escape(name)}\"|'{re.escape(name)}')\s*=\s*)")
    number = next((at for at in range(begin, end) if key.match(lines[at])), None)
    if value is None:
        return "".join(line for at, line in enumerate(lines) if at != number)
    if number is None:
        return _added(lines, table, end if begin else -1, f"{_key(name)} = {_written(value)}")
    line = lines[number].rstrip("\r\n")
    told = key.match(line)
    given = told[1] if told is not None else ""
    rest = line[len(given) :]
    comment = re.search(r"""\s*#[^"']*$""", rest)
    lines[number] = f"{given}{_written(value)}{comment[0] if comment is not None else ''}\n"
    return "".join(lines)


def _place(lines: list[str], table: str) -> tuple[int, int]:
    """Return the lines of a table, without those of blanks at its end; nothing where there is none."""
    dotted = r"\s*\.\s*".join(map(re.escape, table.split(".")))
    header = re.compile(rf"^\s*\[\s*{dotted}\s*\]")
    begin = next((at + 1 for at, line in enumerate(lines) if header.match(line)), 0)
    if not begin:
        return 0, 0
    end = next((at for at in range(begin, len(lines)) if lines[at].lstrip().startswith("[")), len(lines))
    while end > begin and not lines[end - 1].strip():
        end -= 1
    return begin, end


def _added(lines: list[str], table: str, at: int, line: str) -> str:
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    if at >= 0:
        lines.insert(at, f"{line}\n")
    else:
        lines += ["\n"] * bool(lines) + [f"[{table}]\n", f"{line}\n"]
    return "".join(lines)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _written(name)


def _written(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not value.isprintable():
        message = "a value is printable text on one line"
        raise ValueError(message)
    return '"' + "".join(_ESCAPED.get(letter, letter) for letter in value) + '"'
