"""Histories in one SQLite file."""

import itertools
import json
import sqlite3
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from flow_tui import limits
from flow_tui.clock import instant_text
from flow_tui.engine.commands import Request
from flow_tui.engine.ports import Lease, Owner, Requested, RunQuery
from flow_tui.errors import LeaseLostError, RunOwnedError, StoreDamagedError, StoreGoneError
from flow_tui.model.events import Event, Recorded, RunFinished, RunStarted
from flow_tui.model.fold import replay
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.values import RunSummary
from flow_tui.store.folded import Folded
from flow_tui.store.leasing import Held, IsAlive, taken
from flow_tui.store.projections import run_row
from flow_tui.store.records import (
    optional_instant,
    owner_from_json,
    owner_json,
    request_from_json,
    request_json,
    signs_json,
)
from flow_tui.store.sqlite_file import make_private, named_errors
from flow_tui.store.sqlite_reading import read_blob, read_history, read_runs, read_signs
from flow_tui.store.sqlite_writer import Writer
from flow_tui.store.sqlite_writing import claim_blobs, write_events, write_run, write_start, write_steps

_NUMBER = """
UPDATE run_states SET last_seq = last_seq + ? WHERE id = ? AND owner_token = ? AND generation = ?
RETURNING last_seq
"""
_RENEW = """
UPDATE run_states SET lease_until = ?, last_heartbeat_at = ?, heartbeat_seq = heartbeat_seq + 1
WHERE id = ? AND owner_token = ? AND generation = ? RETURNING 1
"""
_RELEASE = """
UPDATE run_states SET owner_token = NULL, owner = NULL, lease_until = NULL
WHERE id = ? AND owner_token = ? AND generation = ? RETURNING 1
"""
_HELD = "SELECT owner, generation, lease_until FROM run_states WHERE id = ?"
_OWN = """
INSERT INTO run_states (id, owner_token, owner, lease_until, generation, last_heartbeat_at)
VALUES (:id, :token, :owner, :until, :generation, :now)
ON CONFLICT (id) DO UPDATE SET owner_token = :token, owner = :owner, lease_until = :until,
  generation = :generation, last_heartbeat_at = :now
"""
_SIGNS = (
    "INSERT INTO run_signs (run_id, signs) VALUES (?, ?) ON CONFLICT DO UPDATE SET signs = excluded.signs"
)
_REQUESTED = """
SELECT number, body FROM requests WHERE run_id IN (SELECT value FROM json_each(?)) ORDER BY number
"""
_ITEMS = """
DELETE FROM workflow_run_step_fan_out_items WHERE step_run_id IN
  (SELECT id FROM workflow_run_steps WHERE workflow_run_id = ?)
"""
_UNUSED = """
DELETE FROM blobs WHERE digest IN (SELECT digest FROM run_blobs WHERE run_id = ?1)
  AND NOT EXISTS (SELECT 1 FROM run_blobs AS r WHERE r.digest = blobs.digest AND r.run_id <> ?1)
  AND NOT EXISTS (SELECT 1 FROM blob_claims AS c WHERE c.digest = blobs.digest AND c.number > 0)
"""


class SqliteStore:
    """Keeps histories in a file that only its user can read, with rows for other programs.

    One connection serves the engine, another one ``renew``, ``requests``, ``answered`` and ``signs``, so that
    the keeper of leases never waits for the engine.
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
        self._identity = _identity(self._file)
        self._beside: Writer | None = None
        self._opening = threading.Lock()
        self._folded: dict[RunId, Folded] = {}

    # Reading

    def history(self, run_id: RunId, after: int = 0) -> Iterator[Recorded]:
        return read_history(self._main.db, self._file, run_id, after)

    def runs(self, query: RunQuery) -> tuple[RunSummary, ...]:
        return read_runs(self._main.db, self._file, query)

    def signs(self, run_id: RunId) -> Mapping[StepPath, datetime]:
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

    def acquire(self, run_id: RunId, owner: Owner, now: datetime) -> Lease | None:
        self._require_file()
        with self._main.transaction() as db:
            lease = taken(run_id, self._held(db, run_id), owner, now, self._is_alive)
            if lease is None:
                return None
            said = {
                "id": run_id,
                "token": owner.token,
                "owner": owner_json(owner),
                "until": instant_text(lease.expires_at),
                "generation": lease.generation,
                "now": instant_text(now),
            }
            db.execute(_OWN, said)
        return lease

    def owner(self, run_id: RunId) -> Owner | None:
        with named_errors(self._file):
            return self._held(self._main.db, run_id).owner

    def renew(self, lease: Lease, signs: Mapping[StepPath, datetime], now: datetime) -> Lease:
        self._require_file()
        expires_at = now + limits.LEASE_TTL
        with self._keeper().transaction() as db:
            fence = (lease.run_id, lease.owner.token, lease.generation)
            if not db.execute(_RENEW, (instant_text(expires_at), instant_text(now), *fence)).fetchall():
                raise LeaseLostError(lease.run_id)
            db.execute(_SIGNS, (lease.run_id, signs_json(signs)))
        return replace(lease, expires_at=expires_at)

    def release(self, lease: Lease) -> None:
        with self._main.transaction() as db:
            self._folded.pop(lease.run_id, None)
            fence = (lease.run_id, lease.owner.token, lease.generation)
            if db.execute(_RELEASE, fence).fetchall():
                db.execute("DELETE FROM run_signs WHERE run_id = ?", (lease.run_id,))

    # Writing

    def append(self, lease: Lease, events: Sequence[Event], at: datetime) -> tuple[Recorded, ...]:
        if not events:
            return ()
        self._require_file()
        with self._main.lock:
            try:
                with self._main.transaction() as db:
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
        with self._main.transaction() as db:
            claim_blobs(db, contents)

    def delete(self, run_id: RunId) -> None:
        with self._main.transaction() as db:
            if (owner := self._held(db, run_id).owner) is not None:
                raise RunOwnedError(run_id, owner.label)
            db.execute(_UNUSED, (run_id,))
            db.execute(_ITEMS, (run_id,))
            db.execute("DELETE FROM requests WHERE run_id = ?", (run_id,))
            db.execute("DELETE FROM run_states WHERE id = ?", (run_id,))

    def _require_file(self) -> None:
        """Raise ``StoreGoneError`` once what is written would go nowhere."""
        if _identity(self._file) != self._identity:
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
        owner, generation, until = row
        try:
            who, expires_at = owner_from_json(owner) if owner else None, optional_instant(until)
        except ValueError as error:
            raise StoreDamagedError(str(self._file), f"the owner of run {run_id} is not readable") from error
        return Held(owner=who, generation=generation, expires_at=expires_at)

    def _write(self, db: sqlite3.Connection, run_id: RunId, recorded: Sequence[Recorded]) -> None:
        write_events(db, recorded)
        before = recorded[0].seq - 1
        folded = self._folded.get(run_id)
        if folded is None or folded.state.seq != before:
            stored = read_history(db, self._file, run_id, 0)
            folded = Folded(replay(run_id, itertools.takewhile(lambda one: one.seq <= before, stored)))
            self._folded[run_id] = folded
        changes = folded.fold(recorded)
        for one in recorded:
            if isinstance(one.event, RunStarted):
                write_start(db, folded.state, one.event)
        row = run_row(folded.state)
        if row != folded.row:
            write_run(db, run_id, row)
            folded.row = row
        write_steps(db, folded.state, changes)


def _numbered(
    db: sqlite3.Connection, lease: Lease, events: Sequence[Event], at: datetime
) -> tuple[Recorded, ...]:
    """Take the next numbers of the run, if the lease is its newest."""
    fence = (lease.run_id, lease.owner.token, lease.generation)
    rows = db.execute(_NUMBER, (len(events), *fence)).fetchall()
    if not rows:
        raise LeaseLostError(lease.run_id)
    first = rows[0][0] - len(events) + 1
    return tuple(
        Recorded(seq=seq, at=at, run_id=lease.run_id, event=event) for seq, event in enumerate(events, first)
    )


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
