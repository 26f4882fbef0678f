"""The files of a run as they were when it started, whatever has become of them since."""

import hashlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from flow_tui.engine.ports import Workspace

SCRIPTS = "/scripts/"
FOLDERS = (".flow", ".conductor")
"""Where both have a thing, the first wins."""


def digest(content: bytes) -> str:
    """Return the SHA-256 under which contents are kept."""
    return hashlib.sha256(content).hexdigest()


class SnapshotFiles:
    """Reads what was recorded, never what lies in the folder now."""

    def __init__(
        self,
        root: str,
        hashes: Mapping[str, str],
        at_hand: Mapping[str, bytes],
        *,
        blob: Callable[[str], bytes],
        workspace: Workspace,
    ) -> None:
        self._root = root
        self._hashes = hashes
        self._at_hand = dict(at_hand)
        self._blob = blob
        self._workspace = workspace

    @property
    def root(self) -> str:
        """Return the project's folder."""
        return self._root

    def names(self) -> tuple[str, ...]:
        """Return every file's name."""
        return tuple(self._hashes)

    def __contains__(self, name: object) -> bool:
        """Say whether the run has a file of this name."""
        return name in self._hashes

    def read(self, name: str) -> bytes:
        """Return the content it had at the start; raises ``KeyError`` if it is not there."""
        if name not in self._at_hand:
            self._at_hand[name] = self._blob(self._hashes[name])
        return self._at_hand[name]

    def find_script(self, word: str) -> str | None:
        """Return the recorded file that ``word`` means as the first word of a script, if it means one."""
        plain = word.removeprefix("./")
        if plain in self._hashes:
            return plain
        return next((name for name in self._hashes if name.endswith(f"{SCRIPTS}{plain}")), None)

    def find_workflow(self, name: str, beside: str) -> str | None:
        """Return the recorded file of a workflow: in the project's folders, or beside its caller."""
        file = f"{name}.wf"
        own = [f"{folder}/workflows/{file}" for folder in FOLDERS]
        sibling = Path(beside).with_name(file)
        bases = (base for base in (self._root, os.path.realpath(self._root)) if sibling.is_relative_to(base))
        places = (*own, sibling.as_posix(), *(sibling.relative_to(base).as_posix() for base in bases))
        return next((place for place in places if place in self._hashes), None)

    def program(self, name: str) -> Path:
        """Return a file to execute that holds what was recorded.

        The original, so that it finds what lies beside it, for as long as nobody has changed it; then a copy.
        """
        original = Path(self._root) / name
        wanted = self._hashes[name]
        try:
            if digest(original.read_bytes()) == wanted:
                return original
        except OSError:
            pass
        return self._workspace.copy(wanted, self.read(name), original.name)
