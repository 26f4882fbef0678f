"""What is watched: single files, the links that lead to them, and everything that fits a pattern."""

import os
import re
from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta
from functools import cached_property
from pathlib import Path

from flow_tui import limits
from flow_tui.dataclass import dataclass
from flow_tui.runtime.ignored import Ignored

_NEVER = frozenset(
    {
        ".git",
        ".hg",
        ".svn",
        ".venv",
        "venv",
        "node_modules",
        "__pycache__",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".tox",
    }
)
"""Folders in which nothing is looked at, however deep."""
_PASSING = re.compile(
    r"4913|\.#.*|.*~|#.*#|\..*\.sw[a-z]|\..*\.kate-swp|.*___jb_(?:tmp|old)___|\.goutputstream-.*|sed\w{6}"
    r"|\.\S+\.tmp"
)
"""What editors and others lay down for a moment, or beside the file itself."""
_STARS = frozenset("*?[")
_LINKS = 40
"""So many links are followed to a file."""


@dataclass(slots=True, kw_only=True)
class WatchOptions:
    """How watching was asked for on the command line."""

    patterns: tuple[str, ...] = ()
    settle: timedelta = limits.RERUN_SETTLE
    is_cold: bool = False
    """A re-run takes nothing over from the run before."""


class Watched:
    """What to watch below a project's root, and beside it."""

    def __init__(
        self,
        *,
        root: Path,
        files: Collection[Path],
        patterns: tuple[str, ...] = (),
        own: Iterable[Path] = (),
        sought: Iterable[Path] = (),
    ) -> None:
        """Watch ``files``, and what fits ``patterns``, globs below ``root``; never what lies in ``own``.

        What is ``sought`` matters like a file, but need not be there.
        """
        self.root = root
        self.needed = frozenset(file.parent for file in files)
        """The folders that should be there."""
        self.files = frozenset((*files, *sought))
        self.patterns = patterns
        self._names = frozenset(map(str, self.files))
        self._own = tuple(f"{each}{os.sep}" for each in own if not root.is_relative_to(each))
        self._plain = frozenset(str(root / each.strip("/")) for each in patterns if not _STARS & set(each))

    @cached_property
    def _spec(self) -> "re.Pattern[str]":
        return re.compile("|".join(f"(?:{_expression(pattern)})" for pattern in self.patterns) or r"(?!)")

    @cached_property
    def _ignored(self) -> Ignored:
        return Ignored(self.root)

    def name_of(self, file: Path) -> str:
        """Return what people call a file: its name in the project, where it lies in there."""
        return str(file.relative_to(self.root)) if file.is_relative_to(self.root) else str(file)

    def wants(self, file: Path | str) -> bool:
        """Say whether a change of ``file`` matters."""
        name = str(file)
        if name in self._names:
            return True
        if not self.patterns or name.startswith(self._own):
            return False
        prefix = f"{self.root}{os.sep}"
        if not name.startswith(prefix):
            return False
        relative = name[len(prefix) :]
        *folders, last = Path(relative).parts or ("",)
        if _PASSING.fullmatch(last) or not _NEVER.isdisjoint(folders):
            return False
        if not self._spec.fullmatch(relative):
            return False
        return name in self._plain or not self._ignored.leaves_out(Path(name))

    @property
    def nearby(self) -> frozenset[Path]:
        """Return the folders of the files.

        Folders rather than files: editors save by renaming, and a watch on a file follows the old one.
        """
        return frozenset(file.parent for file in self.files)

    @property
    def tops(self) -> frozenset[Path]:
        """Return the folders in which patterns begin: those before the first star."""
        return frozenset(top for top, _ in self._reaches())

    def _reaches(self) -> Iterator[tuple[Path, int]]:
        """Yield where each pattern begins, and how many folders below that it can reach."""
        for pattern in self.patterns:
            parts = Path(pattern.strip("/")).parts
            fixed = next((n for n, part in enumerate(parts) if _STARS & set(part)), None)
            if fixed is None:
                place = self.root.joinpath(*parts)
                yield (place, limits.NESTING) if place.is_dir() else (place.parent, 0)
            else:
                rest = parts[fixed:]
                deep = "**" in rest or rest[-1] == "*"
                yield self.root.joinpath(*parts[:fixed]), limits.NESTING if deep else len(rest) - 1

    def spread(self, below: Path | None = None) -> Iterator[Path]:
        """Yield every folder, or those from one on, in which a file may fit a pattern.

        None that git or its name leaves out.
        """
        seen: dict[Path, int] = {}
        waiting = [reach for reach in self._reaches() if reach[0].is_dir()]
        if below is not None:
            waiting = [(below, limits.NESTING)] if self.reaches(below) else []
        while waiting:
            folder, deeper = waiting.pop()
            before = seen.get(folder)
            if before is not None and before >= deeper:
                continue
            seen[folder] = deeper
            if before is None:
                yield folder
            if deeper:
                waiting.extend((inner, deeper - 1) for inner in self._inner(folder))

    def _inner(self, folder: Path) -> list[Path]:
        try:
            with os.scandir(folder) as entries:
                found = [Path(each.path) for each in entries if each.is_dir(follow_symlinks=False)]
        except OSError:
            return []
        return [each for each in found if not self._is_left_out(each)]

    def _is_left_out(self, folder: Path) -> bool:
        if folder.name in _NEVER or f"{folder}{os.sep}".startswith(self._own):
            return True
        holds_plain = any(name == str(folder) or name.startswith(f"{folder}{os.sep}") for name in self._plain)
        return not holds_plain and self._ignored.leaves_out_folder(folder)

    def reaches(self, folder: Path) -> bool:
        """Say whether a folder is one in which a file may fit a pattern."""
        return any(
            folder.is_relative_to(top) and len(folder.relative_to(top).parts) <= deeper
            for top, deeper in self._reaches()
        ) and not any(map(self._is_left_out, self._below_root(folder)))

    def _below_root(self, folder: Path) -> Iterator[Path]:
        return (at for at in (folder, *folder.parents) if at != self.root and at.is_relative_to(self.root))

    def fitting(self, folders: Iterable[Path]) -> Iterator[Path]:
        """Yield the files in ``folders`` that fit a pattern."""
        for folder in folders:
            try:
                with os.scandir(folder) as entries:
                    names = [each.path for each in entries if not each.is_dir(follow_symlinks=False)]
            except OSError:
                continue
            yield from (Path(name) for name in names if name not in self._names and self.wants(name))


def _expression(pattern: str) -> str:
    """Return a glob as a regular expression; it fits a file, or a folder around it that is named outright."""
    parts = [part for part in pattern.strip("/").split("/") if part not in ("", ".")]
    said = ""
    for number, part in enumerate(parts):
        is_last = number == len(parts) - 1
        if part == "**":
            said += ".*" if is_last else "(?:.*/)?"
        else:
            said += _segment(part) + ("" if is_last else "/")
    whole = not _STARS & set(pattern)
    deep = bool(parts) and parts[-1] == "*"
    return said + ("(?:/.*)?" if whole or deep else "")


def _segment(part: str) -> str:
    """Return one name with stars as a regular expression."""
    said, at = "", 0
    while at < len(part):
        sign = part[at]
        end = part.find("]", at + 2) if sign == "[" else -1
        if sign == "[" and end > 0:
            inside = part[at + 1 : end].replace("\\", r"\\")
            said += f"[{'^' + inside[1:] if inside[0] in '!^' else inside}]"
            at = end
        elif sign == "*":
            said += "[^/]*"
        elif sign == "?":
            said += "[^/]"
        else:
            said += re.escape(sign)
        at += 1
    return said


def real(root: Path, names: Iterable[str]) -> frozenset[Path]:
    """Return files by their real paths, which is how changes are reported, with the links that lead there.

    Of links only those are meant that stand below ``root``, or in the place of a file itself.
    """
    return frozenset(path for name in names for path in _on_the_way(root, name))


def _on_the_way(root: Path, name: str) -> Iterator[Path]:
    given = root / name
    base = root.resolve()
    if given.is_relative_to(root):
        at, waiting = base, [*given.relative_to(root).parts]
    else:
        at, waiting = given.parent.resolve(), [given.name]
    for _ in range(_LINKS * (len(waiting) + 1)):
        if not waiting:
            break
        part = waiting.pop(0)
        if part == "..":
            at = at.parent
            continue
        at /= part
        try:
            target = at.readlink()
        except OSError:
            continue
        yield at
        if target.is_absolute():
            at, waiting = Path(os.path.realpath(target.parent)), [target.name, *waiting]
        else:
            at, waiting = at.parent, [*target.parts, *waiting]
    yield Path(os.path.realpath(given))
