"""``over = repos``: the git repositories in the folder where steps run."""

import asyncio
import os
import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from flow_tui import limits
from flow_tui.dsl.files import readable
from flow_tui.engine.blocking import in_thread
from flow_tui.engine.ports import ItemParams
from flow_tui.engine.stop import Stop
from flow_tui.errors import ActionError
from flow_tui.model.values import FanOutItem
from flow_tui.process.tools import Tools
from flow_tui.providers.unordered import Unordered, tools

_DEPTH = 4
"""How many folders below the one where steps run."""
_AT_ONCE = 8
_NEVER = frozenset({"node_modules", "__pycache__", "venv"})
_SECRET = re.compile(r"(?<=://)[^/@]+@")
"""Somebody's name and password in an address."""


class Repos(Unordered):
    """Finds the folder itself and what lies up to four folders below it, submodules included, sorted by path.

    What is hidden, links, and further worktrees of a repository are left out.
    """

    async def items(self, params: ItemParams) -> Sequence[FanOutItem]:
        """Return an item for each repository; raises ``ActionError`` when git is not there."""
        root = Path(params.cwd)
        folders = await in_thread(partial(_found, root, params.stop), stop=params.stop, name="repos")
        places = asyncio.Semaphore(_AT_ONCE)
        asking = tools(params)

        async def one(folder: Path) -> FanOutItem:
            async with places:
                return _item(root, folder, await _remote(asking, folder))

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(folder)) for folder in folders]
        except ExceptionGroup as several:
            raise several.exceptions[0] from None
        return [task.result() for task in tasks]


def _found(root: Path, stop: Stop) -> list[Path]:
    found: list[Path] = []
    for folder in _walk(root):
        if stop.is_set():
            break
        if _is_repository(folder / ".git"):
            found.append(folder)
        if len(found) > limits.ITEMS:
            raise ActionError(f"repos: there are more than {limits.ITEMS:,} of them")
    return sorted(found)


def _walk(root: Path) -> Iterator[Path]:
    left = [(root, 0)]
    while left:
        here, depth = left.pop()
        yield here
        if depth == _DEPTH:
            continue
        try:
            entries = list(os.scandir(here))
        except OSError:  # others' folders are none of ours
            continue
        for entry in entries:
            hidden = entry.name.startswith(".") or entry.name in _NEVER
            if not hidden and entry.is_dir(follow_symlinks=False):
                left.append((here / entry.name, depth + 1))


def _is_repository(git: Path) -> bool:
    """Say whether this marks a repository; a file leads to where it is kept, elsewhere for worktrees."""
    try:
        if git.is_dir():
            return (git / "HEAD").exists()
        return git.is_file() and "/worktrees/" not in git.read_text("utf-8", "replace")
    except OSError:
        return False


async def _remote(asking: Tools, folder: Path) -> str:
    reply = await asking.ask("git", "config", "--get", "remote.origin.url", cwd=str(folder))
    return _SECRET.sub("", reply.out.strip())


def _item(root: Path, folder: Path, remote: str) -> FanOutItem:
    slug = root.name if folder == root else folder.relative_to(root).as_posix()
    context = {"slug": readable(slug), "local_path": readable(folder), "remote_url": remote}
    return FanOutItem(id=readable(slug), type="repo", context=context)
