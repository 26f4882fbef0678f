"""The files of a run that its workflow refers to by a short name or a path, as they were when it started."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import PurePosixPath

from flow_tui.engine.ports import RunFiles

_FIRST = (".flow/", ".conductor/", ".claude/")
"""Whose things win, in this order; then the folders of plugins."""


def find(files: RunFiles, workflow: str, reference: str, *, kind: str, suffix: str) -> str | None:
    """Return the name of the file that a workflow means, if the run has it.

    ``kind`` is the folder in which such files lie, ``suffix`` what a short name is without: the folder of the
    workflow itself comes before that of all.
    """
    if "/" in reference or "\\" in reference:
        path = PurePosixPath(reference).as_posix()
        return path if path in files else None
    return next(_fitting(files, workflow, f"{kind}/{reference}{suffix}"), None)


def called(files: RunFiles, name: str) -> tuple[str, ...]:
    """Return the files of this name, in whichever folder, those first that win."""
    return _by_last_name(files.names()).get(name, ())


@lru_cache(maxsize=4)
def _by_last_name(names: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    """Return files by the last part of their names: a run may have many, and each step looks for some."""
    found: dict[str, tuple[str, ...]] = {}
    for name in sorted(names, key=_rank):
        last = name.rpartition("/")[2]
        found[last] = (*found.get(last, ()), name)
    return found


def _fitting(files: RunFiles, workflow: str, wanted: str) -> Iterator[str]:
    names = called(files, wanted.rpartition("/")[2])
    for ending in (f"workflows/{workflow}/{wanted}", wanted):
        yield from (name for name in names if name == ending or _is_in_folder(name, ending))


def _rank(name: str) -> int:
    return next((rank for rank, folder in enumerate(_FIRST) if name.startswith(folder)), len(_FIRST))


def _is_in_folder(name: str, ending: str) -> bool:
    """Say whether a file lies there in some folder that is not the own one of another workflow."""
    folder = name.removesuffix(f"/{ending}")
    return folder != name and PurePosixPath(folder).parent.name != "workflows"
