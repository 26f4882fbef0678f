"""File changes, settled: which files may be different now. Never reads, never parses."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from pathlib import Path

from flow_tui import limits
from flow_tui.dataclass import dataclass

_NEVER = frozenset(
    {".git", ".hg", ".venv", "venv", "node_modules", "__pycache__", ".mypy_cache", ".ruff_cache"}
)
"""Folders in which nothing is looked at, however deep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What to watch: single files, and everything below some folders that fits a pattern."""

    root: Path
    files: frozenset[Path]
    patterns: tuple[str, ...] = ()
    """Globs relative to ``root``, such as ``src/**/*.py``."""

    def folders(self) -> dict[Path, bool]:
        """Return the folders to watch, and whether all below them is meant.

        Folders rather than files: editors save by renaming, and a watch on a file follows the old one.
        """
        found = {file.parent: False for file in self.files}
        for pattern in self.patterns:
            parts = Path(pattern).parts
            fixed = next((n for n, part in enumerate(parts) if set(part) & set("*?[")), len(parts) - 1)
            found[self.root.joinpath(*parts[:fixed])] = True
        return {folder: deep for folder, deep in found.items() if folder.is_dir()}

    def wants(self, file: Path) -> bool:
        """Say whether a change of ``file`` matters."""
        if file in self.files:
            return True
        if not self.patterns or not file.is_relative_to(self.root):
            return False
        relative = file.relative_to(self.root)
        if _NEVER & set(relative.parts):
            return False
        return any(_fits(relative, pattern) for pattern in self.patterns)


def _fits(relative: Path, pattern: str) -> bool:
    """Say whether a path fits a glob; ``**`` stands for any number of folders."""
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - only when patterns are used

    return GitIgnoreSpec.from_lines([f"/{pattern.lstrip('/')}"]).match_file(relative.as_posix())


async def changes(
    watched: Watched, *, settle: timedelta = limits.RELOAD_SETTLE
) -> AsyncIterator[frozenset[Path]]:
    """Yield the files that may have changed, each time after ``settle`` without a further change.

    The first time comes soon, even if it is of no files: what changed before it may have gone unseen.

    Raises ``OSError`` when the system cannot watch any more folders.
    """
    from watchfiles import awatch  # noqa: PLC0415  # pyright: ignore[reportUnknownVariableType]  # heavy, and a library type it cannot see

    folders = watched.folders()
    if not folders:
        return
    milliseconds = max(1, int(settle.total_seconds() * 1000))
    deep = any(folders.values())
    stop = asyncio.Event()
    source = awatch(
        *folders,
        watch_filter=lambda _change, name: watched.wants(Path(name)),
        step=max(1, milliseconds // 2),
        debounce=milliseconds * 2,
        recursive=deep,
        stop_event=stop,
        rust_timeout=500,
        yield_on_timeout=True,
    )
    is_first = True
    try:
        async for batch in source:
            if batch or is_first:
                is_first = False
                yield frozenset(Path(name) for _, name in batch)
    finally:
        stop.set()
        with contextlib.suppress(RuntimeError):
            await source.aclose()


def real(root: Path, names: Iterable[str]) -> frozenset[Path]:
    """Return files by their real paths, which is how changes are reported."""
    return frozenset(Path(os.path.realpath(root / name)) for name in names)
