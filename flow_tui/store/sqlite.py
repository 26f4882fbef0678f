"""Histories in one SQLite file."""

import itertools
import json
import sqlite3
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from flow_tui import limits
from flow_tui.clock import instant_text
from flow_tui.engine.commands import Request
from flow_tui.engine.keeping import Held, Lease, Owner, Requested, RunQuery
from flow_tui.errors import LeaseLostError, RunOwnedError, StoreDamagedError, StoreGoneError
from flow_tui.model.events import Event, Recorded, RunFinished, RunResumed, RunStarted
from flow_tui.model.fold import replay
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.state import RunState
from flow_tui.model.values import RunSummary, StepLine
from flow_tui.store.folded import Folded
from flow_tui.store.lasting import must_last
from flow_tui.store.leasing import IsAlive, part, taken
from flow_tui.store.projections import run_row
from flow_tui.store.records import (
    optional_instant,
    owner_from_json,
    owner_json,
    request_from_json,
    request_json,
    signs_json,
)
from flow_tui.store.sqlite_file import identity, make_private, named_errors
from flow_tui.store.sqlite_reading import (
    read_blob,
    read_counts,
    read_history,
    read_lines,
    read_runs,
    read_signs,
)
from flow_tui.store.sqlite_writer import Writer
from flow_tui.store.sqlite_writing import (
    claim_blobs,
    is_outdated,
    rewrite,
    write_events,
    write_run,
    write_start,
    write_steps,
)

_FENCE = """
WHERE id = :id AND owner_token = :token AND generation = :generation AND (:root IS NULL OR EXISTS
  (SELECT 1 FROM run_states AS o
   WHERE o.id = :root AND o.owner_token = :token AND o.generation = :generation))
"""
_NUMBER = f"UPDATE run_states SET last_seq = last_seq + :number {_FENCE} RETURNING last_seq"  # noqa: S608 - ours
_RENEW = f"""
UPDATE run_states SET lease_until = :until, last_heartbeat_at = :now, heartbeat_seq = heartbeat_seq + 1
{_FENCE} RETURNING 1
"""  # noqa: S608 - a constant of ours
_RELEASE = f"""
UPDATE run_states SET owner_token = NULL, owner = NULL, lease_until = NULL {_FENCE} RETURNING 1
"""  # noqa: S608 - a constant of ours
_HELD = "SELECT owner, generation, lease_until, heartbeat_seq FROM run_states WHERE id = ?"
_OWN = """
INSERT INTO run_states (id, owner_token, owner, lease_until, generation, last_heartbeat_at)
VALUES (:id, :token, :owner, :until, :generation, :now)
ON CONFLICT (id) DO UPDATE SET owner_token = :token, owner = :owner, lease_until = :until,
  generation = :generation, last_heartbeat_at = :now
"""
_SIGNS = """
INSERT INTO run_signs (run_id, signs) VALUES (?, ?)
ON CONFLICT DO UPDATE SET signs = excluded.signs WHERE signs <> excluded.signs
"""
_REQUESTED = """
SELECT number, body FROM requests WHERE run_id IN (SELECT value FROM json_each(?)) ORDER BY number
"""
_GONE = """
WITH RECURSIVE gone (id) AS
  (VALUES (?) UNION SELECT t.id FROM run_starts AS t JOIN gone AS g ON t.parent_run_id = g.id)
"""
_DELETE = tuple(
    _GONE + statement
    for statement in (
        """
        DELETE FROM blobs WHERE digest IN (SELECT digest FROM run_blobs WHERE run_id IN gone)
          AND NOT EXISTS (SELECT 1 FROM run_blobs AS r WHERE r.digest = blobs.digest AND r.run_id NOT IN gone)
          AND NOT EXISTS (SELECT 1 FROM blob_claims AS c WHERE c.digest = blobs.digest AND c.number > 0)
        """,
        """
        DELETE FROM workflow_run_step_fan_out_items WHERE step_run_id IN
          (SELECT id FROM workflow_run_steps WHERE workflow_run_id IN gone)
        """,
        "DELETE FROM requests WHERE run_id IN gone",
        "DELETE FROM run_states WHERE id IN gone",
    )
)
"""What is forgotten of a run and of all its parts, in this order."""


class SqliteStore:
    """Keeps histories in a file that only its user can read, with rows for other programs.

    One connection serves the engine, another one ``together``, ``renew``, ``requests``, ``answered`` and
    ``signs``, so that the keeper of leases never waits for the engine.
    """

    def __init__(self, file: Path, *, is_alive: IsAlive) -> None:
        self._file = file.absolute()
        self._is_alive = is_alive
        make_private(self._file)
        self._main = Writer(self._file)
        try:
            self._main.prepare()
            make_private(self._file)
        except BaseException:
            self._main.close()
            raise
        self._identity = identity(self._file)
        self._beside: Writer | None = None
        self._opening = threading.Lock()
        self._folded: dict[RunId, Folded] = {}

    # Reading

    def history(self, run_id: RunId, after: int = 0) -> Iterator[Recorded]:
        return read_history(self._main.db, self._file, run_id, after)

    def state(self, run_id: RunId) -> RunState:
        with self._main.lock:
            folded = self._folded[run_id] = Folded(replay(run_id, self.history(run_id)))
            return folded.state.copy()

    def runs(self, query: RunQuery) -> tuple[RunSummary, ...]:
        return read_runs(self._main.db, self._file, query)

    def counts(self, query: RunQuery) -> Mapping[str, int]:
        return read_counts(self._main.db, self._file, query)

    def lines(self, run_id: RunId) -> tuple[StepLine, ...]:
        return read_lines(self._main.db, self._file, run_id)

    def signs(self, run_id: RunId) -> Mapping[StepPath, datetime]:
        self._require_file()
        keeper = self._keeper()
        with keeper.lock:
            return read_signs(keeper.db, self._file, run_id)

    def blob(self, digest: str) -> bytes:
        return read_blob(self._main.db, self._file, digest)

    def close(self) -> None:
        with self._opening:
            if self._beside is not None:
                self._beside.close()
            self._main.close()
            self._folded.clear()

    # Owning

    def acquire(
        self, run_id: RunId, owner: Owner, now: datetime, *, silent: Held | None = None
    ) -> Lease | None:
        self._require_file()
        with self._main.passing_transaction() as db:
            lease = taken(run_id, self._held(db, run_id), owner, now, self._is_alive, silent)
            if lease is not None:
                _own(db, lease, now)
        return lease

    def adopt(self, lease: Lease, run_id: RunId, now: datetime) -> Lease:
        adopted = part(lease, run_id)
        with self._main.passing_transaction() as db:
            if not db.execute(f"SELECT 1 FROM run_states {_FENCE}", _fence(lease)).fetchall():  # noqa: S608 - ours
                raise LeaseLostError(lease.run_id)
            _own(db, adopted, now)
        return adopted

    def held(self, run_id: RunId) -> Held:
        with named_errors(self._file):
            return self._held(self._main.db, run_id)

    def owner(self, run_id: RunId) -> Owner | None:
        return self.held(run_id).owner

    def together(self) -> AbstractContextManager[object]:
        self._require_file()
        return self._keeper().passing_transaction()

    def renew(self, lease: Lease, signs: Mapping[StepPath, datetime], now: datetime) -> Lease:
        self._require_file()
        expires_at = now + limits.LEASE_TTL
        said = {"until": instant_text(expires_at), "now": instant_text(now), **_fence(lease)}
        with self._keeper().passing_transaction() as db:
            if not db.execute(_RENEW, said).fetchall():
                raise LeaseLostError(lease.run_id)
            db.execute(_SIGNS, (lease.run_id, signs_json(signs)))
        return replace(lease, expires_at=expires_at)

    def release(self, lease: Lease) -> None:
        with self._main.passing_transaction() as db:
            self._folded.pop(lease.run_id, None)
            if db.execute(_RELEASE, _fence(lease)).fetchall():
                db.execute("DELETE FROM run_signs WHERE run_id = ?", (lease.run_id,))

    # Writing

    def append(self, lease: Lease, events: Sequence[Event], at: datetime) -> tuple[Recorded, ...]:
        if not events:
            return ()
        self._require_file()
        begin = self._main.transaction if must_last(lease, events) else self._main.passing_transaction
        with self._main.lock:
            try:
                with begin() as db:
                    recorded = _numbered(db, lease, events, at)
                    self._write(db, lease.run_id, recorded)
            except BaseException:
                if (folded := self._folded.get(lease.run_id)) is not None:
                    folded.undo()
                raise
            if any(isinstance(event, RunFinished) for event in events):
                del self._folded[lease.run_id]
            else:
                self._folded[lease.run_id].keep()
        return recorded

    def request(self, request: Request, at: datetime) -> None:
        with self._main.transaction() as db:
            left = (request.run_id, instant_text(at), request_json(request))
            db.execute("INSERT INTO requests (run_id, at, body) VALUES (?, ?, ?)", left)

    def requests(self, run_ids: Collection[RunId]) -> tuple[Requested, ...]:
        if not self._keeper().rows("SELECT 1 FROM requests LIMIT 1", ()):  # as always but for a moment
            return ()
        rows = self._keeper().rows(_REQUESTED, (json.dumps(list(run_ids)),))
        left: list[Requested] = []
        for number, body in rows:
            with suppress(ValueError):  # what somebody spoiled keeps nobody from hearing the others
                left.append(Requested(number=number, request=request_from_json(body)))
        return tuple(left)

    def answered(self, number: int) -> None:
        with self._keeper().transaction() as db:
            db.execute("DELETE FROM requests WHERE number = ?", (number,))

    def put_blobs(self, contents: Collection[bytes]) -> None:
        with self._main.passing_transaction() as db:
            claim_blobs(db, contents)

    def delete(self, run_id: RunId) -> None:
        with self._main.transaction() as db:
            if (owner := self._held(db, run_id).owner) is not None:
                raise RunOwnedError(run_id, owner.label)
            for statement in _DELETE:
                db.execute(statement, (run_id,))

    def _require_file(self) -> None:
        """Raise ``StoreGoneError`` once what is written would go nowhere."""
        if identity(self._file) != self._identity:
            raise StoreGoneError(str(self._file))

    def _keeper(self) -> Writer:
        with self._opening:
            self._main.require_open()
            if self._beside is None:
                self._beside = Writer(self._file)
            return self._beside

    def _held(self, db: sqlite3.Connection, run_id: RunId) -> Held:
        row = db.execute(_HELD, (run_id,)).fetchone()
        if row is None:
            return Held()
        owner, generation, until, beats = row
        try:
            who, expires_at = owner_from_json(owner) if owner else None, optional_instant(until)
        except ValueError as error:
            raise StoreDamagedError(str(self._file), f"the owner of run {run_id} is not readable") from error
        return Held(owner=who, generation=generation, expires_at=expires_at, beats=beats)

    def _write(self, db: sqlite3.Connection, run_id: RunId, recorded: Sequence[Recorded]) -> None:
        write_events(db, recorded)
        before = recorded[0].seq - 1
        folded = self._folded.get(run_id)
        if folded is None or folded.state.seq != before:
            stored = read_history(db, self._file, run_id, 0)
            folded = Folded(replay(run_id, itertools.takewhile(lambda one: one.seq <= before, stored)))
            self._folded[run_id] = folded
        changes = folded.fold(recorded)
        if any(isinstance(one.event, RunResumed) for one in recorded) and is_outdated(db, run_id):
            rewrite(db, run_id, read_history(db, self._file, run_id, 0))
            folded.row = None
        for one in recorded:
            if isinstance(one.event, RunStarted):
                write_start(db, folded.state, one.event)
        row = run_row(folded.state)
        if row != folded.row:
            write_run(db, run_id, row)
            folded.row = row
        write_steps(db, folded.state, changes)


def _fence(lease: Lease) -> dict[str, str | int | None]:
    """Return what has to be so for a write to be accepted."""
    return {
        "id": lease.run_id,
        "token": lease.owner.token,
        "generation": lease.generation,
        "root": lease.root,
    }


def _own(db: sqlite3.Connection, lease: Lease, now: datetime) -> None:
    said = {
        "owner": owner_json(lease.owner),
        "until": instant_text(lease.expires_at),
        "now": instant_text(now),
        **_fence(lease),
    }
    db.execute(_OWN, said)


def _numbered(
    db: sqlite3.Connection, lease: Lease, events: Sequence[Event], at: datetime
) -> tuple[Recorded, ...]:
    """Take the next numbers of the run, if the lease is its newest."""
    rows = db.execute(_NUMBER, {"number": len(events), **_fence(lease)}).fetchall()
    if not rows:
        raise LeaseLostError(lease.run_id)
    first = rows[0][0] - len(events) + 1
    return tuple(
        Recorded(seq=seq, at=at, run_id=lease.run_id, event=event) for seq, event in enumerate(events, first)
    )
