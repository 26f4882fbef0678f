"""The texts that are open in the editor, and what their projects are to them."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote

from pygls import uris

from flow_tui.authoring.document import Document
from flow_tui.dsl import loader
from flow_tui.dsl.files import readable
from flow_tui.dsl.surroundings import Surroundings
from flow_tui.lsp.positions import Positions
from flow_tui.runtime import library


def path_of(uri: str) -> str:
    """Return the path that a URI names; nothing where it names no file of this machine."""
    if not uri.startswith("file:"):
        return ""
    return uris.to_fs_path(uri) or ""


class Text:
    """One version of a text; never changes."""

    def __init__(
        self, uri: str, text: str, version: int | None, around: Surroundings | None, encoding: str
    ) -> None:
        self.uri = uri
        self.text = text
        self.version = version
        self.around = around
        self.encoding = encoding
        file = path_of(uri) or unquote(uri).rpartition("/")[2].rpartition(":")[2] or "untitled"
        self.document = Document(file, text, around)
        self.shift = len(text) - len(self.document.source)
        """How much later a place is in the text than in the document."""

    @cached_property
    def positions(self) -> Positions:
        """Return what turns offsets into places."""
        return Positions(self.text, self.encoding)

    def offset(self, line: int, character: int) -> int:
        """Return the offset into the document."""
        return max(0, self.positions.offset(line, character) - self.shift)

    def place(self, offset: int) -> tuple[int, int]:
        """Return the line and the units of an offset into the document."""
        return self.positions.place(offset + self.shift)

    def changed(self, version: int | None, text: str) -> "Text":
        """Return its next version."""
        return Text(self.uri, text, version, self.around, self.encoding)

    def anew(self, around: Surroundings | None) -> "Text":
        """Return the same in a project that may have changed."""
        return Text(self.uri, self.text, self.version, around, self.encoding)


class Texts:
    """All that are open, by their URI."""

    def __init__(self) -> None:
        self.encoding = "utf-16"
        self._open: dict[str, Text] = {}
        self._around: dict[Path, Surroundings] = {}

    def __iter__(self) -> Iterator[Text]:
        return iter(tuple(self._open.values()))

    def get(self, uri: str) -> Text | None:
        """Return an open text."""
        return self._open.get(uri)

    def open(self, uri: str, text: str, version: int | None) -> Text:
        """Take in a text that was opened."""
        opened = Text(uri, text, version, self.around(path_of(uri)), self.encoding)
        self._open[uri] = opened
        return opened

    def change(self, uri: str, text: str, version: int | None) -> Text:
        """Take in the next version of a text."""
        known = self._open.get(uri)
        changed = self.open(uri, text, version) if known is None else known.changed(version, text)
        self._open[uri] = changed
        return changed

    def close(self, uri: str) -> None:
        """Forget a text."""
        self._open.pop(uri, None)

    def refresh(self) -> None:
        """Forget what was looked up around the texts."""
        self._around.clear()
        for text in self:
            self._open[text.uri] = text.anew(self.around(path_of(text.uri)))

    def around(self, path: str) -> Surroundings | None:
        """Return what the project of a file is to it; nothing for what is no file."""
        if not path:
            return None
        project = loader.project_of(Path(path))
        start = project.root if project.marked else project.folders[0]
        if start not in self._around:
            self._around[start] = library.surroundings(project)
        return self._around[start]

    def uri(self, file: str) -> str:
        """Return the URI of a file, as the editor writes it where it has the file open."""
        found = next((text.uri for text in self if path_of(text.uri) == file), None)
        return found or uris.from_fs_path(file) or ""

    def of_file(self, file: str) -> Text:
        """Return the text of a file: as it is open in the editor, else as it is on the disk."""
        for text in self:
            if path_of(text.uri) == file or text.document.file == file:
                return text
        loaded = loader.load_file(Path(file))
        return Text(uris.from_fs_path(file) or "", loaded.source, None, self.around(file), self.encoding)

    def others(self, text: Text) -> tuple[Text, ...]:
        """Return the other workflows of a text's project."""
        project = text.document.project
        if project is None:
            return ()
        found: dict[str, Text] = {}
        for name in loader.workflow_names(project):
            path = next(
                (p for folder in project.workflow_folders if (p := folder / f"{name}.wf").is_file()), None
            )
            if path is not None and readable(path) != text.document.file:
                found[name] = self.of_file(readable(path))
        return tuple(found.values())
