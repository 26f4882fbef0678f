"""What can be said of workflows by looking at names, before anything is loaded."""

import os
from collections.abc import Iterator
from pathlib import Path

_SKIPPED = frozenset({"node_modules", "__pycache__", "venv"})
_OURS = frozenset({".flow", ".conductor"})


def names_file(workflow: str) -> bool:
    """Say whether a file is meant, and not the name of a workflow."""
    return "/" in workflow or workflow.endswith(".wf")


def definition_files(path: Path) -> Iterator[Path]:
    """Yield the file itself, or every ``.wf`` file below the folder, in order."""
    if not path.is_dir():
        yield path
        return
    for folder, inner, names in os.walk(path):
        inner[:] = sorted(
            name for name in inner if name in _OURS or not (name.startswith(".") or name in _SKIPPED)
        )
        yield from (Path(folder, name) for name in sorted(names) if name.endswith(".wf"))
