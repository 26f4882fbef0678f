"""Whether a database is sound: its pages, and its rows compared with the events they are computed from."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Literal

from flow_tui.dataclass import dataclass
from flow_tui.errors import StoreDamagedError
from flow_tui.model.fold import replay
from flow_tui.model.ids import RunId
from flow_tui.model.state import RunState
from flow_tui.store.projections import (
    NO_ITEMS,
    current_row_id,
    fan_outs,
    item_counts,
    item_rows,
    keys_of,
    positions,
    run_row,
    step_rows,
)
from flow_tui.store.rows import ItemRow, RunRow, StepRow
from flow_tui.store.sqlite_file import ROWS_SINCE, connected_for_reading, named_errors, require_ours
from flow_tui.store.sqlite_reading import read_history
from flow_tui.store.sqlite_writing import is_outdated

_RUN = f"SELECT {', '.join(RunRow._fields)} FROM run_states WHERE id = ?"  # noqa: S608 - names are constants of ours
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something about a database that is not as it should be."""

    kind: Literal["file", "rows", "old rows"]
    """What it is about: rows can be written anew, and old ones are as right as an earlier version knew."""
    said: str


def problems(file: Path) -> Iterator[str]:
    """Yield a sentence for everything that is wrong with a database; reads all of it."""
    return (problem.said for problem in examined(file))


def examined(file: Path) -> Iterator[Problem]:
    """Yield everything that is wrong with a database; reads all of it."""
    try:
        with closing(connected_for_reading(file)) as db:
            with named_errors(file):
                found: list[str] = [row[0] for row in db.execute("PRAGMA quick_check")]
                ids = [RunId(row[0]) for row in db.execute("SELECT id FROM run_states ORDER BY id")]
            yield from _of_file(f"the file is damaged: {line}" for line in found if line != "ok")
            for run_id in ids:
                yield from _at_one_instant(db, file, run_id)
    except StoreDamagedError as error:
        yield from _of_file((str(error),))


def _of_file(said: Iterable[str]) -> Iterator[Problem]:
    return (Problem(kind="file", said=text) for text in said)


def _at_one_instant(db: sqlite3.Connection, file: Path, run_id: RunId) -> list[Problem]:
    """Return what is wrong with a run, whoever writes it meanwhile."""
    with named_errors(file):
        db.execute("BEGIN")
    try:
        return list(_of_run(db, file, run_id))
    finally:
        db.rollback()


def _of_run(db: sqlite3.Connection, file: Path, run_id: RunId) -> Iterator[Problem]:
    try:
        history = list(read_history(db, file, run_id, 0))
    except StoreDamagedError as error:
        yield from _of_file((str(error),))
        return
    if [one.seq for one in history] != list(range(1, len(history) + 1)):
        yield from _of_file((f"run {run_id}: the events are not numbered without gaps",))
    with named_errors(file):
        (last_seq,) = db.execute("SELECT last_seq FROM run_states WHERE id = ?", (run_id,)).fetchone()
        is_old = require_ours(db, file) < ROWS_SINCE or is_outdated(db, run_id)
    if last_seq != len(history):
        yield from _of_file((f"run {run_id}: {last_seq} events were counted, {len(history)} are there",))
    wrong = _of_rows(db, file, replay(run_id, history))
    if not is_old:
        yield from (Problem(kind="rows", said=said) for said in wrong)
    elif next(wrong, None) is not None:
        said = f"run {run_id}: its rows are as another version of this program wrote them"
        yield Problem(kind="old rows", said=said)


def _of_rows(db: sqlite3.Connection, file: Path, state: RunState) -> Iterator[str]:
    run_id = state.run_id
    with named_errors(file):
        stored = db.execute(_RUN, (run_id,)).fetchone()
        stored_steps = {row.id: row for row in map(StepRow._make, db.execute(_STEPS, (run_id,)))}
    if state.seq and RunRow._make(stored) != run_row(state):
        yield f"run {run_id}: its row does not agree with its events"
    places = positions(state)
    expected = {
        row.id: row
        for path, step in state.steps.items()
        for row in step_rows(run_id, step, places.get(path, 0))
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
    expected = {row.id: row for step in fan_outs(state) for row in item_rows(state, step)}
    for key in sorted({*expected, *stored}):
        if expected.get(key) != stored.get(key):
            yield f"run {run_id}: the row of item {key.removeprefix(run_id)} does not agree with its events"
    current = {current_row_id(run_id, step): item_counts(state, step) for step in fan_outs(state)}
    for key, counts in counted.items():
        if key in steps and counts != current.get(key, NO_ITEMS):
            yield f"run {run_id}: the items of {key.removeprefix(run_id)} are not as many as its events say"
