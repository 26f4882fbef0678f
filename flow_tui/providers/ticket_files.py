"""Files of a project as tickets: YAML, or Markdown that begins with YAML between two lines of ``---``."""

import re
from collections.abc import Sequence
from pathlib import Path

from flow_tui import limits
from flow_tui.diagnostics import errors
from flow_tui.dsl.files import is_file, readable, within
from flow_tui.dsl.providers import parts
from flow_tui.engine.ports import ItemParams
from flow_tui.errors import ActionError
from flow_tui.providers.ticket import Ticket
from flow_tui.providers.unordered import text_of

FOLDER = "tickets"
_SUFFIXES = frozenset({".yaml", ".yml", ".md"})
_FRONT = re.compile(r"\s*---[ \t]*\r?\n(.*?)^---[ \t]*$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#+[ \t]+(.+?)[ \t]*$", re.MULTILINE)
_DIGITS = re.compile(r"([0-9]+)")


def read(params: ItemParams, folder: str) -> Sequence[Ticket]:
    """Return the tickets of a folder by id; raises ``ActionError`` for a file that is no ticket."""
    place = Path(params.cwd, folder or FOLDER)
    if not within(place, (Path(params.cwd), Path(params.files.root))):
        raise ActionError(f"tickets: {folder} lies outside of the project")
    if not place.is_dir():
        hint = "" if folder else "; say in 'folder' where they are, or write source = github"
        raise ActionError(f"tickets: there is no folder {folder or FOLDER}{hint}")
    files = sorted(file for file in place.iterdir() if file.suffix in _SUFFIXES and is_file(file))
    if len(files) > limits.ITEMS:
        raise ActionError(f"tickets: {len(files):,} files are more than {limits.ITEMS:,}")
    found: dict[str, Ticket] = {}
    for file in files:
        if params.stop.is_set():
            break
        name = (Path(folder or FOLDER) / file.name).as_posix()
        ticket = _ticket(text_of(params, name), file, readable(name))
        if ticket is None:
            continue
        if ticket.id in found:
            raise ActionError(f"tickets: {readable(name)}: there is another ticket {ticket.id!r}")
        found[ticket.id] = ticket
    return sorted(found.values(), key=lambda ticket: _natural(ticket.id))


def _natural(text: str) -> tuple[tuple[str, int], ...]:
    """Return what sorts texts with numbers inside as people do."""
    return tuple(("", int(part)) if part.isdecimal() else (part, 0) for part in _DIGITS.split(text))


def _ticket(text: str, file: Path, name: str) -> Ticket | None:
    """Return the ticket that a file holds; Markdown without YAML before it is none, such as a README."""
    if file.suffix != ".md":
        front, body = text, ""
    elif (match := _FRONT.match(text)) is not None:
        front, body = match[1], text[match.end() :].strip()
    else:
        return None
    values = _values(front, name)
    heading = _HEADING.search(body)
    return Ticket(
        id=_one(values, "id", name) or readable(file.stem),
        title=_one(values, "title", name) or (heading[1] if heading is not None else ""),
        state=_one(values, "state", name) or _one(values, "status", name) or "open",
        labels=values.get("labels", ()),
        url=_one(values, "url", name),
        body=body or _one(values, "body", name) or _one(values, "description", name),
        blocked_by=values.get("blocked_by", ()),
    )


_LISTS = frozenset({"labels", "blocked_by"})


def _values(text: str, name: str) -> dict[str, tuple[str, ...]]:
    """Return what YAML says of a ticket, by key; what is none of its keys is left to others."""
    from flow_tui.dsl import yaml_tree  # noqa: PLC0415 - needed only where tickets are files

    tree = yaml_tree.read(text)
    if wrong := errors(tree.diagnostics):
        raise ActionError(f"tickets: {name}: {wrong[0].message}")
    if not isinstance(tree.root, yaml_tree.Mapping):
        raise ActionError(f"tickets: {name} holds no 'KEY: VALUE'")
    found: dict[str, tuple[str, ...]] = {}
    for entry in tree.root.entries:
        match tree.root.get(entry.key.text):
            case yaml_tree.Scalar(text=value):
                key = entry.key.text
                found[key] = tuple(parts(value)) if key in _LISTS else (value,)
            case yaml_tree.Sequence(items=items):
                words = [item.text for item in items if isinstance(item, yaml_tree.Scalar)]
                found[entry.key.text] = tuple(word.strip() for word in words)
            case _:
                continue
    return found


def _one(values: dict[str, tuple[str, ...]], key: str, name: str) -> str:
    value = values.get(key, ())
    if len(value) > 1:
        raise ActionError(f"tickets: {name}: {key} must be a single value, not a list")
    return value[0].strip() if value else ""
