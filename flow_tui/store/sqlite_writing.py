"""The statements that bring the rows of a run up to date."""

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from flow_tui.clock import instant_text
from flow_tui.model.codec import event_json
from flow_tui.model.events import Recorded, RunStarted
from flow_tui.model.ids import RunId, parent
from flow_tui.model.plan import ITEM
from flow_tui.model.state import RunState, StepState
from flow_tui.store.folded import Change, Folded
from flow_tui.store.projections import (
    NO_ITEMS,
    ROWS_VERSION,
    current_row_id,
    item_counts,
    item_row,
    item_rows,
    item_status,
    keys_of,
    run_row,
    run_start_row,
    step_rows,
)
from flow_tui.store.rows import ItemRow, RunRow, RunStartRow, StepRow


def _upsert(table: str, row: type[RunStartRow | StepRow | ItemRow], key: str = "id") -> str:
    names = row._fields
    marks = ", ".join("?" * len(names))
    changes = ", ".join(f"{name} = excluded.{name}" for name in names if name not in key)
    return (
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks}) "  # noqa: S608 - names are constants of ours
        f"ON CONFLICT ({key}) DO UPDATE SET {changes}"
    )


_EVENT = "INSERT INTO events (run_id, seq, at, type, body) VALUES (?, ?, ?, ?, ?)"
_START = _upsert("run_starts", RunStartRow)
_STEP = _upsert("workflow_run_steps", StepRow, key="workflow_run_id, id")
_ITEM = _upsert("workflow_run_step_fan_out_items", ItemRow)
_RUN = f"UPDATE run_states SET {', '.join(f'{name} = ?' for name in RunRow._fields)} WHERE id = ?"  # noqa: S608 - names are constants of ours
_VERSION = "UPDATE run_states SET rows_version = ? WHERE id = ?"
_FAN_OUT = """
UPDATE workflow_run_steps SET fan_out_completed = fan_out_completed + ?,
  fan_out_failed = fan_out_failed + ?, fan_out_skipped = fan_out_skipped + ?
  WHERE workflow_run_id = ? AND id = ?
"""
_COUNTERS = """
UPDATE workflow_run_steps SET fan_out_total = ?, fan_out_completed = ?, fan_out_failed = ?,
  fan_out_skipped = ? WHERE workflow_run_id = ? AND id = ?
"""
_FORGET_ITEMS = "DELETE FROM workflow_run_step_fan_out_items WHERE step_run_id = ?"
_FORGET_ALL_ITEMS = "DELETE FROM workflow_run_step_fan_out_items WHERE step_run_id >= ? AND step_run_id < ?"

_NEED = "INSERT OR IGNORE INTO run_blobs (run_id, digest) VALUES (?, ?)"
_CLAIM = "INSERT INTO blob_claims VALUES (?, 1) ON CONFLICT DO UPDATE SET number = number + 1"
_SETTLE = "UPDATE blob_claims SET number = number - 1 WHERE digest = ? AND number > 0"


def write_events(db: sqlite3.Connection, recorded: Sequence[Recorded]) -> None:
    """Add events to the history of their run."""
    at = instant_text(recorded[0].at)  # of all: they are stored together
    for one in recorded:
        db.execute(_EVENT, (one.run_id, one.seq, at, one.event.type, event_json(one.event)))


def write_start(db: sqlite3.Connection, state: RunState, started: RunStarted) -> None:
    """Write what never changes about a run, and which contents it needs."""
    db.execute(_START, run_start_row(state))
    db.execute(_VERSION, (ROWS_VERSION, state.run_id))
    source = started.source.encode(errors="surrogatepass")
    write_blobs(db, {hashlib.sha256(source).hexdigest(): source})
    digests = sorted({hashlib.sha256(source).hexdigest(), *started.files.values()})
    db.executemany(_NEED, [(state.run_id, digest) for digest in digests])
    db.executemany(_SETTLE, [(digest,) for digest in digests])


def claim_blobs(db: sqlite3.Connection, contents: Iterable[bytes]) -> None:
    """Keep contents for a run that is about to begin."""
    by_digest = {hashlib.sha256(content).hexdigest(): content for content in contents}
    write_blobs(db, by_digest)
    db.executemany(_CLAIM, [(digest,) for digest in by_digest])


def write_blobs(db: sqlite3.Connection, by_digest: Mapping[str, bytes]) -> None:
    """Keep contents under their digests, each once."""
    db.executemany("INSERT OR IGNORE INTO blobs (digest, content) VALUES (?, ?)", by_digest.items())


def write_run(db: sqlite3.Connection, run_id: RunId, row: RunRow) -> None:
    """Write where a run stands."""
    db.execute(_RUN, (*row, run_id))


def write_steps(db: sqlite3.Connection, state: RunState, changes: Sequence[Change]) -> None:
    """Write the rows of the steps that changed, and of the items they work on."""
    for change in changes:
        before, after = change.before, change.after
        first = len(before.attempts) - 1 if before is not None and _is_same(before, after) else 0
        for row in step_rows(state.run_id, after, change.position, first):
            db.execute(_STEP, row)
    anew = {change.after.path: change for change in changes if _has_other_items(state.run_id, change)}
    for change in anew.values():
        _write_items(db, state, change)
    for change in changes:
        if change.after.kind == ITEM and parent(change.after.path) not in anew:
            _write_item(db, state, change)


def _has_other_items(run_id: RunId, change: Change) -> bool:
    """Say whether a fan-out works on something else than before, or in another attempt."""
    before, after = change.before, change.after
    if before is None or after.fan_out is not before.fan_out:
        return after.fan_out is not None or (before is not None and before.fan_out is not None)
    return after.fan_out is not None and current_row_id(run_id, before) != current_row_id(run_id, after)


def _is_same(before: StepState, after: StepState) -> bool:
    """Say whether the rows of attempts that are over say what they said."""
    return (before.kind, before.name, before.max_attempts) == (after.kind, after.name, after.max_attempts)


def _write_items(db: sqlite3.Connection, state: RunState, change: Change) -> None:
    """Write what a fan-out works on, and count it: items and counters are of its latest attempt."""
    run_id, after = state.run_id, change.after
    key = current_row_id(run_id, after)
    former = current_row_id(run_id, change.before) if change.before is not None else key
    for each in {former, key}:
        db.execute(_FORGET_ITEMS, (each,))
        db.execute(_COUNTERS, (*NO_ITEMS, run_id, each))
    db.executemany(_ITEM, item_rows(state, after))
    db.execute(_COUNTERS, (*item_counts(state, after), run_id, key))


def _write_item(db: sqlite3.Connection, state: RunState, change: Change) -> None:
    """Write where an item stands, and count it."""
    around = state.steps.get(parent(change.after.path))
    if around is None or around.fan_out is None:
        return
    number = int(change.after.path.rpartition("/")[2])
    db.execute(_ITEM, item_row(state.run_id, around, number, around.fan_out.items[number], change.after))
    was = item_status(change.before) if change.before is not None else ""
    now = item_status(change.after)
    added = [(now == status) - (was == status) for status in ("completed", "failed", "skipped")]
    db.execute(_FAN_OUT, (*added, state.run_id, current_row_id(state.run_id, around)))


def rewrite(db: sqlite3.Connection, run_id: RunId, history: Iterable[Recorded]) -> None:
    """Write all rows of a run anew, as its events have it."""
    db.execute(_FORGET_ALL_ITEMS, keys_of(run_id))
    db.execute("DELETE FROM workflow_run_steps WHERE workflow_run_id = ?", (run_id,))
    folded = Folded(RunState(run_id=run_id))
    for recorded in history:
        write_steps(db, folded.state, folded.fold([recorded]))
        folded.keep()
    if folded.state.seq:
        db.execute(_START, run_start_row(folded.state))
        write_run(db, run_id, run_row(folded.state))
        db.execute("UPDATE run_states SET last_seq = ? WHERE id = ?", (folded.state.seq, run_id))
        db.execute(_VERSION, (ROWS_VERSION, run_id))


def is_outdated(db: sqlite3.Connection, run_id: RunId) -> bool:
    """Say whether the rows of a run were written by other rules than ours."""
    row = db.execute("SELECT rows_version FROM run_states WHERE id = ?", (run_id,)).fetchone()
    return row is not None and row[0] != ROWS_VERSION
