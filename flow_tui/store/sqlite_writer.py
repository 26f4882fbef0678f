"""A connection that writes: one transaction at a time, kept apart from those of other processes."""

import sqlite3
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from flow_tui import limits
from flow_tui.errors import StoreBusyError, StoreError
from flow_tui.store.sqlite_file import (
    NEEDS_LOCK,
    FileLock,
    beside,
    bring_up_to_date,
    connected,
    named_error,
    named_errors,
)

_TIDY_EVERY = 400
"""After so many commits the log is written back, where SQLite may not do it by itself."""


class Writer:
    """One connection with its lock: a transaction at a time, whichever thread begins it."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._between_processes = FileLock(beside(file, ".lock"))
        try:
            self.db = connected(file, limits.APPEND_WAIT)
        except BaseException:
            self._between_processes.close()
            raise
        self.lock = threading.RLock()
        self._commits = 0
        self._is_closed = False

    def prepare(self) -> None:
        """Make sure that the file is ours and in the newest format."""
        bring_up_to_date(self.db, self.file, self._between_processes)

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """Commit what is done inside, or nothing of it; one inside of another is part of that."""
        with self.lock:
            self.require_open()
            if self.db.in_transaction:
                yield self.db
                return
            if NEEDS_LOCK:
                self._between_processes.share(limits.APPEND_WAIT)
            try:
                self.db.execute("BEGIN IMMEDIATE")
                yield self.db
                self.db.execute("COMMIT")
            except BaseException as error:
                self._roll_back()
                if isinstance(error, sqlite3.Error):
                    raise named_error(self.file, error) from error
                raise
            finally:
                self._between_processes.free()
            self._tidy()

    @contextmanager
    def passing_transaction(self) -> Generator[sqlite3.Connection]:
        """Do as :meth:`transaction` for what a power failure may undo: nobody waits for the disk."""
        with self.lock:
            self.require_open()
            if self.db.in_transaction:
                yield self.db
                return
            self._wait_for_disk("NORMAL")
            try:
                with self.transaction() as db:
                    yield db
            finally:
                self._wait_for_disk("FULL")

    def _wait_for_disk(self, how: str) -> None:
        with named_errors(self.file):  # a script, because a statement that is kept ready would change nothing
            self.db.executescript(f"PRAGMA synchronous = {how}")

    def rows(self, statement: str, values: Sequence[str]) -> list[tuple[Any, ...]]:
        """Return what a query finds."""
        with self.lock, named_errors(self.file):
            return self.db.execute(statement, values).fetchall()

    def require_open(self) -> None:
        """Raise ``StoreError`` once it was closed."""
        if self._is_closed:
            message = "the storage was closed"
            raise StoreError(message)

    def _roll_back(self) -> None:
        with suppress(sqlite3.Error):
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")

    def _tidy(self) -> None:
        """Write the log back now and then; while another process commits, the next one may do it."""
        self._commits += 1
        if NEEDS_LOCK and self._commits % _TIDY_EVERY == 0:
            with suppress(StoreBusyError, sqlite3.Error), self._between_processes.alone(timedelta()):
                self.db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def close(self) -> None:
        """Let go of the file; the last one to do so writes the log back."""
        with self.lock:
            if self._is_closed:
                return
            self._is_closed = True
            with suppress(StoreBusyError), self._between_processes.alone(limits.APPEND_WAIT):
                self.db.close()
            self.db.close()
            self._between_processes.close()
