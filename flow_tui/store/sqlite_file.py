"""A database file of ours: made private, opened, brought up to date, locked and its errors named."""

import errno
import fcntl
import os
import sqlite3
import stat
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

from flow_tui.errors import (
    StoreBusyError,
    StoreDamagedError,
    StoreError,
    StoreFullError,
    StoreGoneError,
    StoreVersionError,
)

APPLICATION_ID = 0x464C5755
"""``FLWU``: tells our files from those of others."""
OPENING = timedelta(seconds=5)
"""How long opening may wait for another process that is doing the same."""
PAUSE = timedelta(milliseconds=1)

# Committing and checkpointing at the same instant can lose what was committed in older versions.
NEEDS_LOCK = sqlite3.sqlite_version_info < (3, 51, 3)

_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
_FULL = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PERM,
}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

_MIGRATIONS: tuple[str, ...] = ("schema.sql", "schema_2.sql", "schema_3.sql")
"""Scripts beside this module; the first makes format 1 of nothing, each further one the next format."""
ROWS_SINCE = 3
"""The first format that knows by which rules the rows of a run were written."""


@contextmanager
def named_errors(file: Path) -> Generator[None]:
    """Raise errors of the database as ours."""
    try:
        yield
    except sqlite3.Error as error:
        raise named_error(file, error) from error


def named_error(file: Path, error: sqlite3.Error) -> StoreError:
    """Return an error of the database as one of ours."""
    reason = str(error)
    code: int = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _BUSY:
        return StoreBusyError(reason)
    if code in _FULL:
        return _unusable(file, code, reason)
    if code in _DAMAGED:
        return StoreDamagedError(str(file), reason)
    return StoreError(f"{file}: {reason}")


def _unusable(file: Path, code: int, reason: str) -> StoreError:
    """Return why the database cannot be read or written, by what is wrong with its file."""
    if identity(file) is None:
        return StoreGoneError(str(file))
    if not (os.access(file, os.R_OK | os.W_OK) and os.access(file.parent, os.W_OK | os.X_OK)):
        return StoreFullError(f"no permission to use {file}", "give yourself the right to write it")
    if code == sqlite3.SQLITE_IOERR:
        return StoreFullError(reason, "see whether the disk is full or failing")
    return StoreFullError(reason)


def identity(file: Path) -> tuple[int, int] | None:
    """Return what tells a file from every other one, whatever it is called; nothing while there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


class FileLock:
    """A lock between processes, held by one thread at a time; freed when its holder dies."""

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            self._fd = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            os.fchmod(self._fd, 0o600)
        except OSError as error:
            raise StoreDamagedError(str(file), error.strerror or str(error)) from error

    def share(self, wait: timedelta) -> None:
        """Hold it beside others until :meth:`free`; raises ``StoreBusyError`` if that takes too long."""
        self._take(fcntl.LOCK_SH, wait)

    def free(self) -> None:
        """Hold it no longer."""
        fcntl.flock(self._fd, fcntl.LOCK_UN)

    @contextmanager
    def alone(self, wait: timedelta) -> Generator[None]:
        """Hold it while nobody else does; raises ``StoreBusyError`` if that takes too long."""
        self._take(fcntl.LOCK_EX, wait)
        try:
            yield
        finally:
            self.free()

    def close(self) -> None:
        """Let go of it for good."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _take(self, how: int, wait: timedelta) -> None:
        pause: threading.Event | None = None
        tries = wait // PAUSE
        while not self._takes(how):
            if tries <= 0:
                raise StoreBusyError("another process is tidying it up")
            tries -= 1
            pause = pause or threading.Event()
            pause.wait(PAUSE.total_seconds())

    def _takes(self, how: int) -> bool:
        try:
            fcntl.flock(self._fd, how | fcntl.LOCK_NB)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError as error:
            raise StoreFullError(f"{self._file}: {error.strerror}") from error
        return True


def beside(file: Path, ending: str) -> Path:
    """Return the file that belongs to the database and is called after it."""
    return file.with_name(file.name + ending)


def make_private(file: Path) -> None:
    """Make the file and its folder, if missing, for nobody but us; refuse those of others."""
    try:
        _make_private_folder(file.parent)
        with suppress(FileExistsError):
            # Closed before any connection is made: closing later would drop the locks of all of them.
            os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
        for one in (file, beside(file, "-wal"), beside(file, "-shm")):
            _assert_private(one)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EIO}:
            raise StoreFullError(f"{file}: {error.strerror}") from error
        raise StoreDamagedError(str(file), error.strerror or str(error)) from error


def _make_private_folder(folder: Path) -> None:
    for missing in reversed([one for one in (folder, *folder.parents) if not one.exists()]):
        with suppress(FileExistsError):
            missing.mkdir(mode=0o700)
            missing.chmod(0o700)
    found = folder.stat()
    if found.st_uid != os.geteuid():
        raise StoreDamagedError(str(folder), "the folder belongs to another user")
    if found.st_mode & stat.S_ISVTX:
        raise StoreDamagedError(str(folder), "the folder is shared with other users")
    if stat.S_IMODE(found.st_mode) & 0o077:
        folder.chmod(0o700)


def _assert_private(file: Path) -> None:
    try:
        found = file.lstat()
    except FileNotFoundError:
        return
    if stat.S_ISLNK(found.st_mode):
        raise StoreDamagedError(str(file), "it is a link")
    if not stat.S_ISREG(found.st_mode):
        raise StoreDamagedError(str(file), "it is not a file")
    if found.st_uid != os.geteuid():
        raise StoreDamagedError(str(file), "it belongs to another user")
    if stat.S_IMODE(found.st_mode) != 0o600:
        file.chmod(0o600)


def connected(file: Path, wait: timedelta) -> sqlite3.Connection:
    """Return a connection that writes; every transaction is begun and ended in so many words."""
    with named_errors(file):
        db = sqlite3.connect(
            f"{file.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, check_same_thread=False
        )
        with _open_only_if_it_works(db):
            db.execute(f"PRAGMA busy_timeout = {_milliseconds(wait)}")
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA mmap_size = 0")
            db.execute("PRAGMA temp_store = MEMORY")
            if NEEDS_LOCK:
                db.execute("PRAGMA wal_autocheckpoint = 0")
        return db


def connected_for_reading(file: Path) -> sqlite3.Connection:
    """Return a connection that cannot write."""
    with named_errors(file):
        db = sqlite3.connect(
            f"{file.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
        )
    with _open_only_if_it_works(db):
        with named_errors(file):
            db.execute(f"PRAGMA busy_timeout = {_milliseconds(OPENING)}")
            db.execute("PRAGMA query_only = ON")
        require_ours(db, file)
    return db


@contextmanager
def _open_only_if_it_works(db: sqlite3.Connection) -> Generator[None]:
    """Close what cannot be made ready."""
    try:
        yield
    except BaseException:
        db.close()
        raise


def _milliseconds(wait: timedelta) -> int:
    return wait // timedelta(milliseconds=1)


def require_ours(db: sqlite3.Connection, file: Path) -> int:
    """Return the format of the database, 0 for an empty one; raises if it is not ours or too new."""
    with named_errors(file):
        found: int = db.execute("PRAGMA user_version").fetchone()[0]
        mark: int = db.execute("PRAGMA application_id").fetchone()[0]
        is_empty = db.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone() is None
    if is_empty and not found and not mark:
        return 0
    if mark != APPLICATION_ID or is_empty:
        raise StoreDamagedError(str(file), "it is a database of another program")
    if found > len(_MIGRATIONS):
        raise StoreVersionError(str(file), found, len(_MIGRATIONS))
    return found


def bring_up_to_date(db: sqlite3.Connection, file: Path, lock: FileLock) -> None:
    """Make the tables, or those that an older version lacks; a copy of the file is kept first."""
    if require_ours(db, file) == len(_MIGRATIONS):
        return
    with lock.alone(OPENING), named_errors(file):
        found = require_ours(db, file)
        if found == len(_MIGRATIONS):
            return
        if found:
            _back_up(db, beside(file, f".format-{found}"))
        else:
            db.execute("PRAGMA journal_mode = WAL")
        steps = "\n".join(_script(name) for name in _MIGRATIONS[found:])
        marks = f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {len(_MIGRATIONS)};"
        try:
            db.executescript(f"BEGIN IMMEDIATE;\n{steps}\n{marks}\nCOMMIT;")
        except sqlite3.Error:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise


def _script(name: str) -> str:
    return files("flow_tui.store").joinpath(name).read_text("utf-8")


def _back_up(db: sqlite3.Connection, copy: Path) -> None:
    copy.unlink(missing_ok=True)
    os.close(os.open(copy, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
    target = sqlite3.connect(copy)
    try:
        db.backup(target)
    finally:
        target.close()
