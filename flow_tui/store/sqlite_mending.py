"""Making a database sound and small again."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from flow_tui import limits
from flow_tui.model.ids import RunId
from flow_tui.store.sqlite_file import named_errors
from flow_tui.store.sqlite_reading import read_history
from flow_tui.store.sqlite_writer import Writer
from flow_tui.store.sqlite_writing import rewrite


def rebuild(file: Path) -> int:
    """Write all rows anew from the events they are computed from; return of how many runs.

    Raises ``StoreError`` when another process keeps the database busy, or when the events are not readable.
    """
    with _writer(file) as writer:
        ids = [RunId(row[0]) for row in writer.rows("SELECT id FROM run_states ORDER BY id", ())]
        for run_id in ids:
            with writer.transaction() as db:
                rewrite(db, run_id, list(read_history(db, file, run_id, 0)))
    return len(ids)


def reclaim(file: Path) -> int:
    """Give back what deleted runs have left in the file, if that is worth it; return how many bytes.

    Raises ``StoreBusyError`` while another process uses the database.
    """
    with _writer(file) as writer:
        free = writer.rows("PRAGMA freelist_count", ())[0][0] * writer.rows("PRAGMA page_size", ())[0][0]
        before = file.stat().st_size
        if free < limits.RECLAIM_BYTES or free * limits.RECLAIM_SHARE < before:
            return 0
        with writer.lock, named_errors(file):
            writer.db.execute("VACUUM")
            writer.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return max(0, before - file.stat().st_size)


@contextmanager
def _writer(file: Path) -> Generator[Writer]:
    writer = Writer(file)
    try:
        writer.prepare()
        yield writer
    finally:
        writer.close()
