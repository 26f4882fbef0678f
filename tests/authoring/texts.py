"""Texts with a mark in them, as the tests of this folder write them."""

from pathlib import Path

from flow_tui.authoring.document import Document
from flow_tui.dsl.loader import project_at
from flow_tui.dsl.surroundings import Surroundings

MARK = "|"


def marked(
    text: str, file: str = "/nowhere/w.wf", around: Surroundings | None = None
) -> tuple[Document, int]:
    """Return the text without its mark, and where the mark was."""
    before, _, after = text.partition(MARK)
    return Document(file, before + after, around), len(before)


def project(root: Path, files: dict[str, str]) -> Surroundings:
    """Return what a new project in a folder is to its definitions; files are named as below ``.flow``."""
    for name, text in files.items():
        path = root / ".flow" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return Surroundings(project_at(root))
