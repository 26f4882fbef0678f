"""Which files git leaves out: as the files say that tell it so."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from flow_tui.dsl.files import UnreadableError, read
from flow_tui.limits import MIB

if TYPE_CHECKING:  # loaded where patterns are watched
    from pathspec import GitIgnoreSpec


class Ignored:
    """What is left out below a folder, by ``.gitignore`` in every folder and ``.git/info/exclude``."""

    def __init__(self, root: Path) -> None:
        """Look from the top of the repository that ``root`` lies in, or from ``root``."""
        self._top = next((at for at in (root, *root.parents) if (at / ".git").exists()), root)
        self._specs: dict[Path, GitIgnoreSpec | None] = {}
        self._folders: dict[Path, bool] = {self._top: False}

    def leaves_out(self, file: Path) -> bool:
        """Say whether git leaves a file out, or a folder around it."""
        return self.leaves_out_folder(file.parent) or self._says(file, str(file.relative_to(self._top)))

    def leaves_out_folder(self, folder: Path) -> bool:
        """Say whether git leaves a folder out, or one around it; it does not where it has no say."""
        known = self._folders.get(folder)
        if known is None:
            if not folder.is_relative_to(self._top):
                return False
            known = self.leaves_out_folder(folder.parent) or self._says(
                folder, f"{folder.relative_to(self._top)}/"
            )
            self._folders[folder] = known
        return known

    def _says(self, path: Path, name: str) -> bool:
        """Return what the file nearest to ``path`` says of it that says anything."""
        if not path.is_relative_to(self._top):
            return False
        at = path.parent
        while True:
            spec = self._spec(at)
            if spec is not None:
                relative = name if at == self._top else name[len(str(at.relative_to(self._top))) + 1 :]
                said = spec.check_file(relative.replace(os.sep, "/")).include
                if said is not None:
                    return said
            if at == self._top:
                return False
            at = at.parent

    def _spec(self, folder: Path) -> "GitIgnoreSpec | None":
        if folder not in self._specs:
            lines = _lines(folder / ".git" / "info" / "exclude") if folder == self._top else []
            lines += _lines(folder / ".gitignore")
            self._specs[folder] = _compiled(lines) if lines else None
        return self._specs[folder]


def _compiled(lines: list[str]) -> "GitIgnoreSpec":
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - only where patterns are watched

    return GitIgnoreSpec.from_lines(lines)


def _lines(file: Path) -> list[str]:
    try:
        return read(file, most=MIB).decode("utf-8", "replace").splitlines()
    except UnreadableError:
        return []
