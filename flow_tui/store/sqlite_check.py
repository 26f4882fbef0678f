"""Whether a database is sound: its pages, and its rows compared with the events they are computed from."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

from flow_tui.errors import StoreDamagedError
from flow_tui.model.fold import replay
from flow_tui.model.ids import RunId
from flow_tui.model.state import RunState
from flow_tui.store.projections import item_counts, item_rows, keys_of, run_row, step_rows
from flow_tui.store.rows import ItemRow, RunRow, StepRow
from flow_tui.store.sqlite_file import connected_for_reading, named_errors
from flow_tui.store.sqlite_reading import read_history

_RUN = f"SELECT last_seq, {', '.join(RunRow._fields)} FROM run_states WHERE id = ?"  # noqa: S608 - names are constants of ours
_STEPS = f"SELECT {', '.join(StepRow._fields)} FROM workflow_run_steps WHERE workflow_run_id = ?"  # noqa: S608 - names are constants of ours
_ITEMS = (
    f"SELECT {', '.join(ItemRow._fields)} FROM workflow_run_step_fan_out_items "  # noqa: S608 - as above
    "WHERE step_run_id >= ? AND step_run_id < ?"
)
_COUNTS = (
    "SELECT id, fan_out_total, fan_out_completed, fan_out_failed, fan_out_skipped FROM workflow_run_steps "
    "WHERE workflow_run_id = ? AND role = 'foreach'"
)


def version() -> str:
    """Return the version of SQLite."""
    return sqlite3.sqlite_version


def problems(file: Path) -> Iterator[str]:
    """Yield a sentence for everything that is wrong with a database; reads all of it."""
    try:
        with closing(connected_for_reading(file)) as db:
            with named_errors(file):
                found: list[str] = [row[0] for row in db.execute("PRAGMA quick_check")]
                ids = [RunId(row[0]) for row in db.execute("SELECT id FROM run_states ORDER BY id")]
            yield from (f"the file is damaged: {line}" for line in found if line != "ok")
            for run_id in ids:
                yield from _at_one_instant(db, file, run_id)
    except StoreDamagedError as error:
        yield str(error)


def _at_one_instant(db: sqlite3.Connection, file: Path, run_id: RunId) -> list[str]:
    """Return what is wrong with a run, whoever writes it meanwhile."""
    with named_errors(file):
        db.execute("BEGIN")
    try:
        return list(_of_run(db, file, run_id))
    finally:
        db.rollback()


def _of_run(db: sqlite3.Connection, file: Path, run_id: RunId) -> Iterator[str]:
    try:
        history = list(read_history(db, file, run_id, 0))
    except StoreDamagedError as error:
        yield str(error)
        return
    if [one.seq for one in history] != list(range(1, len(history) + 1)):
        yield f"run {run_id}: the events are not numbered without gaps"
    state = replay(run_id, history)
    with named_errors(file):
        last_seq, *stored = db.execute(_RUN, (run_id,)).fetchone()
        stored_steps = {row.id: row for row in map(StepRow._make, db.execute(_STEPS, (run_id,)))}
    if last_seq != len(history):
        yield f"run {run_id}: {last_seq} events were counted, {len(history)} are there"
    if history and RunRow._make(stored) != run_row(state):
        yield f"run {run_id}: its row does not agree with its events"
    expected = {
        row.id: row
        for position, step in enumerate(state.steps.values())
        for row in step_rows(run_id, step, position)
    }
    for key in sorted({*expected, *stored_steps}):
        if expected.get(key) != stored_steps.get(key):
            yield f"run {run_id}: the row of step {key.removeprefix(run_id)} does not agree with its events"
    yield from _of_items(db, file, state, expected)


def _of_items(
    db: sqlite3.Connection, file: Path, state: RunState, steps: Mapping[str, StepRow]
) -> Iterator[str]:
    """Yield which rows of items, and which counters of them, are not what the events say."""
    run_id = state.run_id
    with named_errors(file):
        stored = {row.id: row for row in map(ItemRow._make, db.execute(_ITEMS, keys_of(run_id)))}
        counted = {key: tuple(counts) for key, *counts in db.execute(_COUNTS, (run_id,))}
    expected = {row.id: row for row in item_rows(state)}
    for key in sorted({*expected, *stored}):
        if expected.get(key) != stored.get(key):
            yield f"run {run_id}: the row of item {key.removeprefix(run_id)} does not agree with its events"
    for key, counts in item_counts(state).items():
        if key in steps and counted.get(key) != counts:
            yield f"run {run_id}: the items of {key.removeprefix(run_id)} are not as many as its events say"
