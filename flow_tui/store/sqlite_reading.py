"""Histories read from a database file, beside whoever writes it."""

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from flow_tui.clock import instant_text
from flow_tui.engine.keeping import RunQuery
from flow_tui.engine.traits import RESUMED, joined
from flow_tui.errors import StoreDamagedError, StoreError, StoreGoneError
from flow_tui.model.codec import event_from_json
from flow_tui.model.events import Recorded
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.status import Reason, RunStatus
from flow_tui.model.values import RunSummary, StepLine
from flow_tui.store.projections import away
from flow_tui.store.records import optional_instant, owner_from_json, signs_from_json
from flow_tui.store.sqlite_file import connected_for_reading, identity, named_errors
from flow_tui.store.step_lines import TriedRow, step_lines

_PAGE = 1_000
"""How many events are read at once: nobody who reads slowly keeps the writer from tidying up."""

_EVENTS = "SELECT seq, at, body FROM events WHERE run_id = ? AND seq > ? ORDER BY seq LIMIT ?"
_FACTS = """
SELECT s.id, t.workflow_name, t.workflow_title, t.root, t.file, s.status, s.reason, s.error,
  t.started_at, s.ended_at, s.steps_done, s.steps_failed, t.steps_total,
  s.owner, s.last_heartbeat_at, s.blocked_on, t.inputs, s.total_duration_ms,
  (SELECT e.at FROM events AS e WHERE e.run_id = s.id AND e.seq = s.last_seq), t.parent_run_id,
  t.trigger, s.iteration, s.metrics, t.exec_options
"""
_STANDING = "CASE WHEN s.id IN (SELECT value FROM json_each(:left)) THEN 'interrupted' ELSE s.status END"
_FROM = " FROM run_states AS s JOIN run_starts AS t ON t.id = s.id WHERE "


def _among(name: str) -> str:
    return f"(SELECT value FROM json_each(:{name}))"  # noqa: S608 - a name of ours


_WHOLE_ID = 26
_CONDITIONS = {
    "root": "(t.root = :root OR substr(t.root, 1, length(:root) + 1) = :root || '/')",
    "workflow": "t.workflow_name = :workflow",
    "statuses": f"s.status IN {_among('statuses')}",
    "part_of": "t.parent_run_id = :part_of",
    "id": "s.id = :id",
    "suffix": "lower(substr(s.id, -length(:suffix))) = lower(:suffix)",
    "since": "t.started_at >= :since",
    "until": "t.started_at < :until",
    "workflows": f"t.workflow_name IN {_among('workflows')}",
    "no_workflows": f"t.workflow_name NOT IN {_among('no_workflows')}",
    "standings": f"{_STANDING} IN {_among('standings')}",
    "no_standings": f"{_STANDING} NOT IN {_among('no_standings')}",
    "triggers": f"(t.trigger IN {_among('triggers')}"
    f" OR (s.iteration > 0 AND '{RESUMED}' IN {_among('triggers')}))",
    "no_triggers": f"NOT (t.trigger IN {_among('no_triggers')}"
    f" OR (s.iteration > 0 AND '{RESUMED}' IN {_among('no_triggers')}))",
}
"""What is asked for, by the value that asks for it; of an empty one, nothing is: every condition costs."""
_WHOLE = "+t.parent_run_id IS NULL"
"""Most runs are no parts: in the order of time they are found sooner than by an index of parents."""
_SAID = "said(t.workflow_name, t.workflow_title, s.id, s.error, t.file, t.inputs)"
_ORDERS = {
    "newest": "",
    "longest": "CASE WHEN s.ended_at IS NULL THEN 0 ELSE s.total_duration_ms END DESC,",
    "workflow": "t.workflow_name,",
    "worst": "CASE s.status WHEN 'failed' THEN 0 WHEN 'cancelled' THEN 1 WHEN 'completed' THEN 2 ELSE 3 END,",
    "dearest": "CASE WHEN json_valid(s.metrics) THEN coalesce(json_extract(s.metrics, '$.cost_usd'), 0)"
    " ELSE 0 END DESC,",
}
_TRIED = """
SELECT node_path, path, step_name, role, status, superseded, started_at, ended_at, result_text, step_error
FROM workflow_run_steps WHERE workflow_run_id = ? ORDER BY position, retry_count
"""


def read_history(db: sqlite3.Connection, file: Path, run_id: RunId, after: int) -> Iterator[Recorded]:
    """Yield the events of a run above ``after``."""
    while True:
        with named_errors(file):
            page = db.execute(_EVENTS, (run_id, after, _PAGE)).fetchall()
        for seq, at, body in page:
            try:
                event, instant = event_from_json(body), datetime.fromisoformat(at)
            except ValueError as error:
                raise StoreDamagedError(str(file), f"event {seq} of run {run_id} is not readable") from error
            yield Recorded(seq=seq, at=instant, run_id=run_id, event=event)
        if len(page) < _PAGE:
            return
        after = page[-1][0]


def read_runs(db: sqlite3.Connection, file: Path, query: RunQuery) -> tuple[RunSummary, ...]:
    """Return the runs that fit, in their order."""
    first = _ORDERS[query.order]
    order = f" ORDER BY {first} t.started_at DESC, t.id DESC LIMIT :limit OFFSET :offset"
    with named_errors(file):
        values = _wanted(query)
        rows = db.execute(_FACTS + _which(db, query, values) + order, values).fetchall()
    return tuple(_summary(row) for row in rows)


def read_counts(db: sqlite3.Connection, file: Path, query: RunQuery) -> Mapping[str, int]:
    """Return how many runs fit, by how they stand."""
    with named_errors(file):
        values = _wanted(query)
        standing = _STANDING if query.left else "s.status"
        counted = f"SELECT {standing}, count(*) {_which(db, query, values)} GROUP BY 1"
        return dict(db.execute(counted, values).fetchall())


def read_lines(db: sqlite3.Connection, file: Path, run_id: RunId) -> tuple[StepLine, ...]:
    """Return how the steps of a run's definition went."""
    with named_errors(file):
        rows = db.execute(_TRIED, (run_id,)).fetchall()
    return step_lines(TriedRow(*row) for row in rows)


def _which(db: sqlite3.Connection, query: RunQuery, values: Mapping[str, object]) -> str:
    """Return the conditions, with the function made known that looks into texts, where one is needed."""
    has, lacks = query.has, query.lacks
    needed = [told for name, told in _CONDITIONS.items() if values[name] not in {"", None, "[]"}]
    if query.part_of is None and not query.parts:
        needed.append(_WHOLE)
    if has.texts or has.inputs or lacks.texts or lacks.inputs:
        db.create_function("said", 6, partial(_said, query))
        needed.append(_SAID)
    return _FROM + (" AND ".join(needed) or "TRUE")


def _wanted(query: RunQuery) -> dict[str, object]:
    has, lacks = query.has, query.lacks
    is_whole = len(query.suffix) == _WHOLE_ID  # which the index knows
    return {
        "root": query.root,
        "workflow": query.workflow,
        "statuses": json.dumps(sorted(query.statuses)),
        "id": query.suffix.upper() if is_whole else "",
        "suffix": "" if is_whole else query.suffix,
        "part_of": query.part_of,
        "since": instant_text(query.since) if query.since is not None else None,
        "until": instant_text(query.until) if query.until is not None else None,
        "left": json.dumps(sorted(query.left)),
        "workflows": json.dumps(sorted(has.workflows)),
        "no_workflows": json.dumps(sorted(lacks.workflows)),
        "standings": json.dumps(sorted(has.standings)),
        "no_standings": json.dumps(sorted(lacks.standings)),
        "triggers": json.dumps(sorted(has.triggers)),
        "no_triggers": json.dumps(sorted(lacks.triggers)),
        "limit": query.limit,
        "offset": query.offset,
    }


def _said(
    query: RunQuery, workflow: str, title: str | None, run_id: str, error: str | None, file: str, inputs: str
) -> bool:
    """Say whether what is looked for is there, and nothing of what is not wanted."""
    try:
        given: dict[str, str] = json.loads(inputs)
        text = joined(workflow, title or "", run_id, error or "", file, given.values())
    except (ValueError, TypeError, AttributeError):  # somebody spoiled it
        given, text = {}, joined(workflow, title or "", run_id, error or "", file, ())
    return query.has.all_said(text, given) and not query.lacks.any_said(text, given)


def _summary(row: tuple[Any, ...]) -> RunSummary:
    try:
        return _readable(_Facts(*row))
    except (ValueError, TypeError, AttributeError, KeyError):
        # One row that somebody spoiled hides no other run.
        return RunSummary(
            run_id=RunId(row[0]),
            workflow=row[1],
            title="",
            root=row[3],
            file=row[4],
            status=RunStatus.FAILED,
            reason=Reason.ENGINE,
            error="the record of this run is not readable",
            started_at=datetime.fromisoformat("1970-01-01T00:00:00Z"),
        )


class _Facts(NamedTuple):
    """What is read of a run, in the order of the columns."""

    run_id: str
    workflow: str
    title: str | None
    root: str
    file: str
    status: str
    reason: str
    error: str | None
    started_at: str
    ended_at: str | None
    done: int
    failed: int
    total: int
    owner: str | None
    heartbeat_at: str | None
    blocked_on: str | None
    inputs: str
    worked: int | None
    last_event_at: str | None
    parent: str | None
    trigger: str
    resumed: int
    metrics: str | None
    options: str


def _readable(row: _Facts) -> RunSummary:
    how = json.loads(row.options)
    held_by = owner_from_json(row.owner) if row.owner else None
    begun, last = datetime.fromisoformat(row.started_at), optional_instant(row.last_event_at)
    return RunSummary(
        run_id=RunId(row.run_id),
        workflow=row.workflow,
        title=row.title or "",
        root=row.root,
        file=row.file,
        status=RunStatus(row.status),
        reason=Reason(row.reason),
        error=row.error or "",
        started_at=begun,
        ended_at=optional_instant(row.ended_at),
        away=away(begun, last, row.worked) if last is not None and row.worked is not None else timedelta(),
        steps_done=row.done,
        steps_failed=row.failed,
        steps_total=row.total,
        owner=held_by.label if held_by is not None else "",
        owner_process=held_by.process if held_by is not None else None,
        last_heartbeat_at=optional_instant(row.heartbeat_at),
        last_event_at=last,
        waiting_for=json.loads(row.blocked_on)["gate_name"] if row.blocked_on else "",
        inputs=json.loads(row.inputs),
        parent=RunId(row.parent) if row.parent is not None else None,
        trigger=row.trigger,
        resumed=row.resumed,
        totals=json.loads(row.metrics) if row.metrics else {},
        is_trial=bool(how.get("mock") or how.get("dry_run")),
        is_warm=bool(how.get("warm")),
    )


def read_signs(db: sqlite3.Connection, file: Path, run_id: RunId) -> Mapping[StepPath, datetime]:
    """Return the last sign of life of each running step."""
    with named_errors(file):
        row = db.execute("SELECT signs FROM run_signs WHERE run_id = ?", (run_id,)).fetchone()
    return signs_from_json(row[0]) if row is not None else {}


def read_blob(db: sqlite3.Connection, file: Path, digest: str) -> bytes:
    """Return the content with this SHA-256; raises ``KeyError`` if there is none."""
    with named_errors(file):
        row = db.execute("SELECT content FROM blobs WHERE digest = ?", (digest,)).fetchone()
    if row is None:
        raise KeyError(digest)
    return bytes(row[0])


class SqliteHistories:
    """Reads a database that others write, without ever changing it; a file that is missing holds no runs."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._mine = threading.local()
        self._lock = threading.Lock()
        self._all: list[sqlite3.Connection] = []
        self._is_closed = False
        self._identity: tuple[int, int] | None = None
        """Of the file that was opened: another one in its place is not what was read before."""

    def history(self, run_id: RunId, after: int = 0) -> Iterator[Recorded]:
        db = self._db()
        return read_history(db, self._file, run_id, after) if db is not None else iter(())

    def runs(self, query: RunQuery) -> tuple[RunSummary, ...]:
        db = self._db()
        return read_runs(db, self._file, query) if db is not None else ()

    def counts(self, query: RunQuery) -> Mapping[str, int]:
        db = self._db()
        return read_counts(db, self._file, query) if db is not None else {}

    def lines(self, run_id: RunId) -> tuple[StepLine, ...]:
        db = self._db()
        return read_lines(db, self._file, run_id) if db is not None else ()

    def signs(self, run_id: RunId) -> Mapping[StepPath, datetime]:
        db = self._db()
        return read_signs(db, self._file, run_id) if db is not None else {}

    def blob(self, digest: str) -> bytes:
        db = self._db()
        if db is None:
            raise KeyError(digest)
        return read_blob(db, self._file, digest)

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            for db in self._all:
                with suppress(sqlite3.Error):
                    db.close()
            self._all.clear()

    def _db(self) -> sqlite3.Connection | None:
        """Return the connection of the thread that asks, or ``None`` while there is no file.

        Raises ``StoreGoneError`` once what it has read is not there any more.
        """
        if self._is_closed:
            message = "the storage was closed"
            raise StoreError(message)
        found = identity(self._file)
        if self._identity is not None and found != self._identity:
            raise StoreGoneError(str(self._file))
        db: sqlite3.Connection | None = getattr(self._mine, "db", None)
        if db is None and found is not None:
            db = connected_for_reading(self._file)
            if _is_empty(db, self._file):  # somebody is just making it
                db.close()
                return None
            self._mine.db, self._identity = db, found
            with self._lock:
                self._all.append(db)
        return db


def _is_empty(db: sqlite3.Connection, file: Path) -> bool:
    with named_errors(file):
        return db.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone() is None
