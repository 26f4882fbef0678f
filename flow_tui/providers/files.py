"""``over = files``: files of the project, by patterns as in ``.gitignore``."""

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from flow_tui import limits
from flow_tui.dataclass import dataclass
from flow_tui.dsl.files import readable, within
from flow_tui.engine.blocking import in_thread
from flow_tui.engine.ports import ItemParams
from flow_tui.errors import ActionError
from flow_tui.model.values import FanOutItem
from flow_tui.providers.unordered import Unordered, scope_of

if TYPE_CHECKING:  # needed only by workflows that look for files
    from pathspec import GitIgnoreSpec

_IGNORE = ".gitignore"
_NEVER = frozenset({".git"})


class Files(Unordered):
    """Leaves out what git ignores and what is hidden, unless the scope says otherwise.

    Links to folders are not followed, and a link to a file counts only where that lies in the project.
    """

    async def items(self, params: ItemParams) -> Sequence[FanOutItem]:
        """Return an item for each file, sorted by path; raises ``ActionError``."""
        return await in_thread(partial(_found, params), stop=params.stop, name="files")


def _found(params: ItemParams) -> list[FanOutItem]:
    root = Path(params.cwd)
    folder = root / scope_of(params).get("folder", "")
    if not within(folder, (root,)):
        raise ActionError(f"files: {folder} lies outside of the project")
    if not folder.is_dir():
        raise ActionError(f"files: there is no folder {folder}")
    look = _look(params, root)
    found: list[FanOutItem] = []
    for path in _walk(look, Path(os.path.normpath(folder)), _above(look, folder)):
        if params.stop.is_set():
            break
        if (item := _item(look, path)) is not None:
            found.append(item)
        if len(found) > limits.ITEMS:
            raise ActionError(f"files: there are more than {limits.ITEMS:,} of them")
    return sorted(found, key=lambda item: item.id)


@dataclass(frozen=True, slots=True)
class _Look:
    """What is looked for."""

    root: Path
    hidden: bool
    ignored: bool
    match: "GitIgnoreSpec | None"
    skip: "GitIgnoreSpec | None"

    def wants(self, path: str) -> bool:
        """Say whether the filter lets a file through."""
        return (self.match is None or self.match.match_file(path)) and not (
            self.skip is not None and self.skip.match_file(path)
        )


def _look(params: ItemParams, root: Path) -> _Look:
    scope = scope_of(params)
    match, skip = (_patterns(params.filter.get(key, "").split(",")) for key in ("match", "skip"))
    hidden, ignored = (scope.get(key, "").lower() == "true" for key in ("hidden", "ignored"))
    return _Look(root, hidden, ignored, match, skip)


def _patterns(lines: Sequence[str]) -> "GitIgnoreSpec | None":
    """Return patterns; nothing where there are none."""
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - needed only by workflows that look for files

    stripped = [line.strip() for line in lines]
    try:
        return GitIgnoreSpec.from_lines(stripped) if any(stripped) else None
    except ValueError as error:
        raise ActionError(f"files: a pattern cannot be understood: {error}") from None


@dataclass(frozen=True, slots=True)
class _Rules:
    """What a ``.gitignore`` says about everything below its folder."""

    folder: Path
    spec: "GitIgnoreSpec"


def _rules(look: _Look, folder: Path) -> tuple[_Rules, ...]:
    if look.ignored:
        return ()
    try:
        text = (folder / _IGNORE).read_text(encoding="utf-8", errors="replace")
        spec = _patterns(text.splitlines())
    except (OSError, ActionError):  # git, too, goes on without it
        return ()
    return (_Rules(folder, spec),) if spec is not None else ()


def _above(look: _Look, folder: Path) -> tuple[_Rules, ...]:
    """Return the rules of the folders on the way to the one that is looked through."""
    parts = Path(os.path.normpath(folder)).relative_to(os.path.normpath(look.root)).parts
    above = [look.root.joinpath(*parts[:count]) for count in range(len(parts))]
    return tuple(rule for each in above for rule in _rules(look, each))


def _is_ignored(path: Path, rules: tuple[_Rules, ...], suffix: str = "") -> bool:
    """Say whether git would ignore a path; of several files that say something, the nearest counts."""
    for rule in reversed(rules):
        said = rule.spec.check_file(f"{path.relative_to(rule.folder).as_posix()}{suffix}").include
        if said is not None:
            return said
    return False


def _walk(look: _Look, folder: Path, rules: tuple[_Rules, ...]) -> Iterator[Path]:
    left = [(folder, rules)]
    while left:
        here, above = left.pop()
        known = (*above, *_rules(look, here))
        try:
            entries = list(os.scandir(here))
        except OSError:  # others' folders are none of ours
            continue
        for entry in entries:
            path = here / entry.name
            if entry.name in _NEVER or (entry.name.startswith(".") and not look.hidden):
                continue
            if entry.is_dir(follow_symlinks=False):
                if not _is_ignored(path, known, "/"):
                    left.append((path, known))
            elif not _is_ignored(path, known):
                yield path


def _item(look: _Look, path: Path) -> FanOutItem | None:
    """Return a file as an item, if it is one, lies in the project and is looked for."""
    relative = path.relative_to(look.root)
    name = readable(relative.as_posix())
    if not look.wants(name):
        return None
    try:
        if not path.is_file() or (path.is_symlink() and not within(path, (look.root,))):
            return None
        status = path.stat()
    except OSError:  # it is gone
        return None
    context = {
        "path": name,
        "name": readable(relative.name),
        "stem": readable(relative.stem),
        "suffix": readable(relative.suffix),
        "folder": readable(relative.parent.as_posix()),
        "size": str(status.st_size),
        "mtime": datetime.fromtimestamp(status.st_mtime, UTC).isoformat(timespec="seconds"),
    }
    return FanOutItem(id=name, type="file", context=context)
