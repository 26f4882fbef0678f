"""Which files a ``foreach`` finds its items in, as far as its own text says."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from flow_tui.dsl import ast, templates
from flow_tui.dsl.providers import parts

_OF_ONE_FILE = frozenset({"lines", "json"})
_OF_TEXT = frozenset({"matrix", "range"})
"""What follows from the scope alone."""
_STARS = frozenset("*?[")


def file_of(node: ast.ForEach) -> str | None:
    """Return the file whose content says what the items are, where no variable is in its name."""
    name = (node.scope or {}).get("file", "") if node.over in _OF_ONE_FILE else ""
    return name if name and not templates.names(name) else None


def follow_from_steps(node: ast.ForEach) -> bool:
    """Say whether the items are the same as long as the text, the inputs and earlier steps are."""
    scope = node.scope or {}
    return node.over in _OF_TEXT or (
        node.over in _OF_ONE_FILE and "step" in scope and not scope.get("file", "")
    )


def globs(node: ast.ForEach) -> Iterator[str]:
    """Yield patterns, below the project's root, for the files that are items themselves.

    Nothing where variables decide, or where any file of the project may be one.
    """
    if node.over != "files":
        return
    folder = (node.scope or {}).get("folder", "").strip("/")
    wanted = [each for each in parts(node.filter.get("match", "")) if not each.startswith(("!", "#"))]
    if templates.names(folder) or any(map(templates.names, wanted)):
        return
    folder = PurePosixPath(folder).as_posix() if folder else ""
    if folder in ("", "."):
        yield from (glob for each in wanted for glob in _below("", each))
    else:
        yield from (glob for each in wanted or ["*"] for glob in _below(f"{folder}/", each))


def _below(folder: str, pattern: str) -> Iterator[str]:
    """Yield what git means by a pattern: in any folder unless a slash says where."""
    plain = pattern.strip("/")
    if not plain or (not folder and set(plain) <= _STARS | {"/"}):
        return
    placed = plain if "/" in pattern.rstrip("/") else f"{folder}**/{plain}"
    if not pattern.endswith("/"):
        yield placed
    if not plain.endswith("*"):
        yield f"{placed}/**"
