"""``call write-file``."""

import os
import stat
from collections.abc import Generator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from flow_tui.actions.given import DRY_RUN, inputs
from flow_tui.dsl import shipped
from flow_tui.engine.blocking import in_thread
from flow_tui.engine.ports import ActionParams
from flow_tui.errors import ActionError, HopelessError
from flow_tui.model.values import ActionOutput

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class WriteFile:
    """Writes a file in the folder where steps run, under another name first: nobody sees half of it."""

    async def execute(self, params: ActionParams) -> ActionOutput:
        """Return when it is written; raises ``ActionError`` for a place outside of the folder."""
        given = inputs(shipped.WriteFile, params)
        if params.dry_run:
            return DRY_RUN
        data = params.hide(given.text).encode("utf-8", "replace")
        draft = f".{params.idempotency_key}.{params.attempt}.tmp"
        work = partial(_write, Path(params.cwd), given.path, data, draft)
        try:
            await in_thread(work, stop=params.stop, name=params.name)
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise ActionError(f"write-file: {given.path!r} cannot be written: {why}") from None
        said = f"wrote {given.path} ({len(data):,} bytes)"
        return ActionOutput(context=given.path, result_text=said)


def _write(root: Path, path: str, data: bytes, draft: str) -> None:
    """Write a file; links are followed as long as they stay inside, and none is written over."""
    name = Path(path).name
    real = root.resolve()
    folder = (root / path).parent.resolve()
    if not name or name == ".." or path.endswith("/"):
        raise HopelessError(f"write-file: {path!r} is no name of a file")
    if not folder.is_relative_to(real):
        raise HopelessError(f"write-file: {path!r} lies outside of the folder in which steps run")
    with _opened(real, folder.relative_to(real).parts) as place:
        mode = _mode(name, place, path)
        try:
            _fill(draft, place, data, mode)
            os.replace(draft, name, src_dir_fd=place, dst_dir_fd=place)
        except BaseException:
            with suppress(OSError):
                os.unlink(draft, dir_fd=place)
            raise
        os.fsync(place)


@contextmanager
def _opened(root: Path, parts: tuple[str, ...]) -> Generator[int]:
    """Open a folder below another one, made as needed; a link that appears on the way is not followed."""
    place = os.open(root, _FOLDER)
    try:
        for part in parts:
            with suppress(FileExistsError):
                os.mkdir(part, dir_fd=place)
            inner = os.open(part, _FOLDER, dir_fd=place)
            os.close(place)
            place = inner
        yield place
    finally:
        os.close(place)


def _mode(name: str, place: int, path: str) -> int | None:
    """Return the permissions of the file that is there; raises ``ActionError`` for what is none."""
    try:
        found = os.lstat(name, dir_fd=place)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode):
        what = "a link" if stat.S_ISLNK(found.st_mode) else "no regular file"
        raise HopelessError(f"write-file: {path!r} is {what}, and is not written over")
    return stat.S_IMODE(found.st_mode)


def _fill(draft: str, place: int, data: bytes, mode: int | None) -> None:
    with os.fdopen(os.open(draft, _NEW, 0o666, dir_fd=place), "wb") as file:
        if mode is not None:
            os.fchmod(file.fileno(), mode)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
