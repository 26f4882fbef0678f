"""What only a database file promises."""

import os
import sqlite3
import stat
import threading
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flow_tui import limits
from flow_tui.engine.commands import KillRun
from flow_tui.engine.keeping import RunQuery
from flow_tui.errors import (
    LeaseLostError,
    StoreBusyError,
    StoreDamagedError,
    StoreError,
    StoreFullError,
    StoreGoneError,
    StoreVersionError,
)
from flow_tui.model import events as ev
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.status import RunStatus, StepStatus
from flow_tui.store import sqlite_file, sqlite_writer, sqlite_writing
from flow_tui.store.projections import ROLES
from flow_tui.store.sqlite_check import problems
from flow_tui.store.sqlite_reading import SqliteHistories
from tests.store.stores import (
    ME,
    NOON,
    OTHER,
    RUN,
    SECOND,
    YOU,
    begin,
    in_child,
    opened,
    rows,
    step,
)
from tests.strategies import histories

case = pytest.mark.case

# The file


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o777])
def test_nobody_else_can_read_the_database(file, umask):
    """Folder 0700, every file 0600, whatever the umask."""
    before = os.umask(umask)
    try:
        store = opened(file)
        begin(store)
        store.signs(RUN)
        found = {one.name: stat.S_IMODE(one.stat().st_mode) for one in file.parent.iterdir()}
        store.close()
    finally:
        os.umask(before)
    assert found == dict.fromkeys(["flow.db", "flow.db-shm", "flow.db-wal", "flow.db.lock"], 0o600)
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_file_that_was_opened_up_is_closed_again(file):
    """Modes are asserted at every start."""
    opened(file).close()
    file.chmod(0o644)
    file.parent.chmod(0o755)
    opened(file).close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def executed(script, file):
    """Make a database of somebody else's."""
    with closing(sqlite3.connect(file)) as db:
        db.executescript(script)


def make_link(file: Path) -> None:
    """Put a link in place of the database."""
    (file.parent / "other").touch()
    file.symlink_to(file.parent / "other")


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda file: file.write_text("# notes\n" * 500), id="text"),
        pytest.param(
            lambda file: file.write_bytes(b"SQLite format 3\0" + b"\xff" * 4_000), id="broken header"
        ),
        pytest.param(Path.mkdir, id="folder"),
        pytest.param(make_link, id="link"),
        pytest.param(os.mkfifo, id="pipe"),
        pytest.param(partial(executed, "CREATE TABLE t (a)"), id="other"),
        pytest.param(partial(executed, "PRAGMA user_version = 1"), id="number"),
    ],
)
def test_what_is_not_our_database_is_refused_and_left_alone(file, make):
    """One clear error; nothing is moved, changed or removed."""
    file.parent.mkdir(mode=0o700)
    make(file)
    before = file.lstat().st_size, file.lstat().st_mode & ~0o7777
    with pytest.raises(StoreDamagedError, match="cannot be used"):
        opened(file)
    assert (file.lstat().st_size, file.lstat().st_mode & ~0o7777) == before


def test_an_empty_file_becomes_a_database(file):
    """A start that was cut off right after making the file harms nobody."""
    file.parent.mkdir(mode=0o700)
    file.touch()
    store = opened(file)
    begin(store)
    store.close()
    assert list(problems(file)) == []


def test_a_shared_folder_is_refused(file):
    """A folder like the system's for temporary files is not made ours."""
    file.parent.mkdir()
    file.parent.chmod(0o1777)
    with pytest.raises(StoreDamagedError, match="shared"):
        opened(file)
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o1777


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    """One clear error."""
    (tmp_path / "state").touch()
    with pytest.raises(StoreDamagedError):
        opened(tmp_path / "state" / "flow.db")


@case(138)
def test_a_database_is_made_once(file):
    """Opening it again changes nothing of what it consists of."""

    def objects():
        return rows(file, "SELECT type, name, sql FROM sqlite_master ORDER BY name")

    opened(file).close()
    first = objects()
    opened(file).close()
    assert objects() == first
    assert {"workflow_runs", "workflow_run_steps", "workflow_run_step_fan_out_items"} <= {
        one["name"] for one in first
    }


@case(138)
def test_a_database_takes_every_word_that_is_ever_written(file, store):
    """Every status and role that a row can have, and no other."""
    begin(store)
    for outcome in StepStatus:
        for kind in ROLES:
            path = StepPath(f"0/{kind}-{outcome}")
            lease = store.acquire(RUN, ME, NOON)
            store.append(lease, [ev.StepStarted(path=path, name="s", kind=kind)], NOON)
            store.append(lease, [ev.StepFinished(path=path, outcome=outcome)], NOON)
    for outcome in RunStatus:
        finished = RunId(f"RUN{outcome}")
        store.append(begin(store, finished), [ev.RunFinished(outcome=outcome)], NOON)
    assert list(problems(file)) == []
    words = {row["role"] for row in rows(file, "SELECT role FROM workflow_run_steps")}
    assert words == set(ROLES.values())
    with (
        closing(sqlite3.connect(file)) as db,
        pytest.raises(sqlite3.IntegrityError, match="CHECK"),
    ):
        db.execute("UPDATE workflow_run_steps SET status = 'odd'")


def test_a_newer_format_is_refused_by_writers_and_readers(file):
    """Its rows may mean something else."""
    opened(file).close()
    db = sqlite3.connect(file)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StoreVersionError, match="format 99"):
        opened(file)
    with pytest.raises(StoreVersionError):
        SqliteHistories(file).runs(RunQuery())


def test_an_older_format_is_brought_up_to_date_and_kept_beside(file, monkeypatch):
    """In one transaction; the copy is private and opens in the older version."""
    store = opened(file)
    begin(store)
    store.close()
    present = len(sqlite_file._MIGRATIONS)
    newer = (*sqlite_file._MIGRATIONS, "newer")
    scripts = {"newer": "ALTER TABLE run_states ADD COLUMN mood TEXT;"}
    monkeypatch.setattr(sqlite_file, "_MIGRATIONS", newer)
    monkeypatch.setattr(sqlite_file, "_script", scripts.__getitem__)
    store = opened(file)
    assert [line.run_id for line in store.runs(RunQuery())] == [RUN]
    store.close()
    assert rows(file, "SELECT mood FROM run_states") == [{"mood": None}]
    copy = file.with_name(f"flow.db.format-{present}")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert rows(copy, "PRAGMA user_version") == [{"user_version": present}]
    assert rows(copy, "SELECT count(*) AS n FROM events") == [{"n": 1}]


def test_the_first_format_becomes_the_present_one(file, monkeypatch):
    """Runs of before are there, and a copy of how they were."""
    with monkeypatch.context() as patch:
        patch.setattr(sqlite_file, "_MIGRATIONS", sqlite_file._MIGRATIONS[:1])
        patch.setattr(sqlite_writing, "_VERSION", "SELECT ?, ?")  # nobody wrote that down then
        store = opened(file)
        begin(store)
        store.close()
    opened(file).close()
    assert rows(file, "SELECT id, status FROM workflow_runs") == [{"id": RUN, "status": "needs_resume"}]
    assert rows(file.with_name("flow.db.format-1"), "SELECT status FROM workflow_runs") == [
        {"status": "running"}
    ]
    assert list(problems(file)) == []


def test_a_change_of_format_that_fails_changes_nothing(file, monkeypatch):
    """The database stays what it was."""
    opened(file).close()
    scripts = {"newer": "ALTER TABLE run_states ADD COLUMN mood TEXT; CREATE TABLE events (a);"}
    with monkeypatch.context() as patch:
        patch.setattr(sqlite_file, "_MIGRATIONS", (*sqlite_file._MIGRATIONS, "newer"))
        patch.setattr(sqlite_file, "_script", scripts.__getitem__)
        with pytest.raises(StoreError):
            opened(file)
    begin(opened(file))
    assert list(problems(file)) == []


def test_a_database_that_was_replaced_takes_nothing_more(file, store):
    """A word that nobody can find again is not taken for stored, and no run begins."""
    lease = begin(store)
    file.rename(file.with_name("gone"))
    begin(opened(file))
    with pytest.raises(StoreGoneError, match="replaced or deleted"):
        store.append(lease, [step("0")], NOON)
    with pytest.raises(StoreGoneError):
        store.acquire(SECOND, ME, NOON)


def test_who_reads_a_database_is_told_that_it_is_gone_and_not_what_it_once_said(file, store):
    """Neither its runs nor their signs of life are news any more, whatever a connection still gives."""
    begin(store)
    kept = SqliteHistories(file)
    assert kept.runs(RunQuery())
    for each in file.parent.glob(f"{file.name}*"):
        each.rename(each.with_name(f"gone-{each.name}"))
    for read in (lambda: kept.runs(RunQuery()), lambda: kept.signs(RUN), lambda: store.signs(RUN)):
        with pytest.raises(StoreGoneError, match="replaced or deleted"):
            read()
    kept.close()


@pytest.mark.parametrize(
    ("code", "is_there", "may", "said"),
    [
        (sqlite3.SQLITE_FULL, True, True, "make room"),
        (sqlite3.SQLITE_IOERR, True, True, "full or failing"),
        (sqlite3.SQLITE_READONLY, True, False, "give yourself the right"),
        (sqlite3.SQLITE_CANTOPEN, False, True, "put it back"),
    ],
)
def test_what_the_database_cannot_do_is_told_by_its_cause(tmp_path, monkeypatch, code, is_there, may, said):
    """A missing file, a right that is missing and a full disk want different things of people."""
    file = tmp_path / "flow.db"
    if is_there:
        file.touch()
    monkeypatch.setattr(sqlite_file.os, "access", lambda *_: may)
    error = sqlite3.OperationalError("oh")
    error.sqlite_errorcode = code
    assert said in sqlite_file.named_error(file, error).hint


def test_a_database_that_was_replaced_is_noticed_at_the_next_renewal(file, store):
    """What is written into a file that nobody can find is lost."""
    lease = begin(store)
    store.renew(lease, {}, NOON)
    file.rename(file.with_name("gone"))
    with pytest.raises(StoreDamagedError, match="replaced or deleted"):
        store.renew(lease, {}, NOON)


# Faults


def test_a_locked_database_is_busy_and_nothing_was_written(file, store):
    """Another try succeeds, with the same numbers."""
    lease = begin(store)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusyError):
        store.append(lease, [step("0")], NOON)
    with pytest.raises(StoreBusyError):
        store.renew(lease, {}, NOON)
    other.execute("ROLLBACK")
    other.close()
    assert store.append(lease, [step("0")], NOON)[0].seq == 2
    assert list(problems(file)) == []


@pytest.mark.skipif(not sqlite_file.NEEDS_LOCK, reason="this SQLite needs no lock between processes")
def test_a_commit_waits_for_whoever_writes_the_log_back(file, store):
    """But not for long."""
    lease = begin(store)
    lock = sqlite_file.FileLock(file.with_name("flow.db.lock"))
    with lock.alone(timedelta()), pytest.raises(StoreBusyError, match="tidying"):
        store.append(lease, [step("0")], NOON)
    lock.close()
    store.append(lease, [step("0")], NOON)


@given(
    before=histories(max_size=6),
    lost=st.lists(st.just(None), min_size=1, max_size=2),
    rest=histories(max_size=6),
)
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_a_full_disk_refuses_leaves_no_trace(tmp_path_factory, before, lost, rest):
    """Neither in the file nor in what later rows are computed from; with room again the run goes on."""
    file = tmp_path_factory.mktemp("state") / "flow.db"
    file.parent.chmod(0o700)
    store = opened(file)
    lease = store.acquire(RUN, ME, NOON)
    written = list(store.append(lease, [one.event for one in before], NOON))
    db = store._main.db
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count = {pages}")
    too_much = ev.StepNoted(path=StepPath("0"), text="x" * 100_000)
    for _ in lost:
        with pytest.raises(StoreFullError):
            store.append(lease, [*(one.event for one in rest), too_much], NOON)
    db.execute("PRAGMA max_page_count = 1000000")
    written += store.append(lease, [one.event for one in rest], NOON)
    assert list(store.history(RUN)) == written
    store.close()
    assert list(problems(file)) == []


@case(136)
@given(before=histories(max_size=8), rest=histories(max_size=8))
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_fails_at_the_last_row_leaves_no_trace(tmp_path_factory, before, rest):
    """What was already written goes, and what later rows are computed from is as it was."""
    file = tmp_path_factory.mktemp("state") / "flow.db"
    file.parent.chmod(0o700)
    store = opened(file)
    lease = store.acquire(RUN, ME, NOON)
    written = list(store.append(lease, [one.event for one in before], NOON))
    wished = [*(one.event for one in rest[1:]), step("99")]
    store._main.db.execute(
        "CREATE TEMP TRIGGER refuse BEFORE INSERT ON main.workflow_run_steps WHEN NEW.path = '99' "
        "BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    with pytest.raises(StoreError, match="no"):
        store.append(lease, wished, NOON)
    store._main.db.execute("DROP TRIGGER refuse")
    with pytest.raises(LeaseLostError):
        store.append(replace(lease, generation=7), wished, NOON)
    written += store.append(lease, wished, NOON)
    assert list(store.history(RUN)) == written
    store.close()
    assert list(problems(file)) == []


def test_a_run_whose_events_were_spoiled_hides_no_other(file, store):
    """It is named; the others are read as ever."""
    begin(store)
    begin(store, OTHER)
    db = sqlite3.connect(file)
    db.execute("UPDATE events SET body = '{' WHERE run_id = ?", (RUN,))
    db.execute("UPDATE run_starts SET started_at = 'noon' WHERE id = ?", (RUN,))
    db.commit()
    db.close()
    with pytest.raises(StoreDamagedError, match=RUN):
        list(store.history(RUN))
    assert len(list(store.history(OTHER))) == 1
    lines = {line.run_id: line for line in store.runs(RunQuery())}
    assert lines[OTHER].status is RunStatus.RUNNING
    assert "not readable" in lines[RUN].error
    assert [RUN in problem for problem in problems(file)] == [True]


# Several connections


def test_two_stores_on_one_file_share_everything(file, store):
    """Leases fence across connections, and whoever takes over goes on where the other stood."""
    other = opened(file)
    mine = begin(store)
    store.append(mine, [step("0")], NOON)
    assert other.acquire(RUN, YOU, NOON) is None
    yours = other.acquire(RUN, YOU, NOON + limits.LEASE_TTL)
    done = ev.StepFinished(path=StepPath("0"), outcome=StepStatus.COMPLETED)
    assert other.append(yours, [done], NOON)[0].seq == 3
    with pytest.raises(LeaseLostError):
        store.append(mine, [step("1")], NOON)
    other.release(yours)
    back = store.acquire(RUN, ME, NOON)
    assert store.append(back, [step("1")], NOON)[0].seq == 4
    other.request(KillRun(run_id=RUN), NOON)
    assert [one.request for one in store.requests([RUN])] == [KillRun(run_id=RUN)]
    other.close()
    assert list(problems(file)) == []


def test_histories_are_read_beside_a_writer(file):
    """A file that is missing holds no runs; what is written later is seen; nothing can be changed."""
    histories = SqliteHistories(file)
    assert histories.runs(RunQuery()) == ()
    assert list(histories.history(RUN)) == []
    assert histories.signs(RUN) == {}
    with pytest.raises(KeyError):
        histories.blob("x")
    assert not file.parent.exists()
    store = opened(file)
    lease = begin(store)
    store.renew(lease, {StepPath("0"): NOON}, NOON)
    store.put_blobs([b"x"])
    assert histories.runs(RunQuery()) == store.runs(RunQuery())
    assert list(histories.history(RUN)) == list(store.history(RUN))
    assert histories.signs(RUN) == {StepPath("0"): NOON}
    assert histories.blob(sha256(b"x").hexdigest()) == b"x"
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        histories._db().execute("DELETE FROM events")
    histories.close()
    with pytest.raises(StoreError, match="closed"):
        histories.runs(RunQuery())
    store.close()


@pytest.mark.real_time
def test_every_thread_reads_with_a_connection_of_its_own(file, store):
    """So that none waits for another."""
    begin(store)
    histories = SqliteHistories(file)
    seen: list[tuple[int, int]] = []

    def look() -> None:
        seen.append((id(histories._db()), len(list(histories.history(RUN)))))

    look()
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    histories.close()
    assert len({connection for connection, _ in seen}) == 2
    assert [count for _, count in seen] == [1, 1]


@pytest.mark.real_time
def test_the_keeper_renews_while_the_engine_writes(file, store, monkeypatch):
    """Two threads, two connections, one file: nothing is lost, nothing blocks for good."""
    monkeypatch.setattr(sqlite_writer, "_TIDY_EVERY", 3)
    lease = begin(store)
    errors: list[Exception] = []

    def keep() -> None:
        for number in range(60):
            try:
                store.renew(lease, {StepPath("0"): NOON + number * SECOND}, NOON + number * SECOND)
                store.requests([RUN])
            except StoreBusyError:
                continue
            except StoreError as error:
                errors.append(error)

    thread = threading.Thread(target=keep)
    thread.start()
    written = 0
    while written < 120:
        try:
            store.append(lease, [step(str(written))], NOON)
        except StoreBusyError:
            continue
        written += 1
    thread.join()
    assert errors == []
    assert [one.seq for one in store.history(RUN)] == list(range(1, 122))
    store.close()
    assert list(problems(file)) == []


_WRITER = """
    import sys
    from pathlib import Path
    from flow_tui.errors import StoreBusyError
    from flow_tui.store import sqlite_writer
    from flow_tui.store.sqlite import SqliteStore
    from flow_tui.model.ids import RunId
    from tests.store.stores import NOON, RUN, World, leaf, owner, started, step

    sqlite_writer._TIDY_EVERY = 5
    name, wished = sys.argv[2], sys.argv[3]

    def insist(act, *values):
        while True:
            try:
                return act(*values)
            except StoreBusyError:
                continue

    store = insist(lambda: SqliteStore(Path(sys.argv[1]), is_alive=World().is_alive))
    shared = insist(store.acquire, RUN, owner(name, pid=int(wished)), NOON)
    print("won" if shared else "lost")
    own = RunId(f"RUN-{name}")
    lease = insist(store.acquire, own, owner(name), NOON)
    insist(store.append, lease, [started(leaf("0"))], NOON)
    for number in range(40):
        insist(store.append, lease, [step(str(number))], NOON)
    insist(store.release, lease)
    store.close()
"""


@pytest.mark.real_time
@pytest.mark.timeout(90)
def test_many_processes_begin_at_once_on_a_new_file(file):
    """One wins the run that all want; everybody's own run is whole; the file is sound."""
    children = [in_child(_WRITER, file, f"p{n}", n + 1) for n in range(4)]
    outputs = [child.communicate() for child in children]
    assert [error for _, error in outputs if error] == []
    assert sorted(said for said, _ in outputs) == ["lost\n"] * 3 + ["won\n"]
    histories = SqliteHistories(file)
    for number in range(4):
        run_id = RunId(f"RUN-p{number}")
        assert [one.seq for one in histories.history(run_id)] == list(range(1, 42))
    histories.close()
    assert list(problems(file)) == []


@pytest.mark.real_time
@pytest.mark.usefixtures("unmeasured")
def test_the_package_is_light(tmp_path):
    """Nobody pays for the database or the codec who does not use them."""
    script = """
        import sys
        import flow_tui.store
        import flow_tui.store.memory
        print(sorted({"pydantic", "sqlite3"} & set(sys.modules)))
    """
    child = in_child(script)
    assert child.communicate() == ("[]\n", "")


@pytest.mark.parametrize("body", ["{", '{"type":"x"}'])
def test_a_request_that_was_spoiled_hides_no_other(file, store, body):
    """It is passed over."""
    store.request(KillRun(run_id=RUN), NOON)
    db = sqlite3.connect(file)
    db.execute("UPDATE requests SET body = ?", (body,))
    db.commit()
    db.close()
    store.request(KillRun(run_id=RUN), NOON)
    assert len(store.requests([RUN])) == 1


def test_an_owner_that_was_spoiled_is_an_error_of_ours(file, store):
    """Nobody takes a run over whose owner cannot be told."""
    begin(store)
    db = sqlite3.connect(file)
    db.execute("UPDATE run_states SET owner = '{}'")
    db.commit()
    db.close()
    with pytest.raises(StoreDamagedError, match="owner"):
        store.owner(RUN)
    with pytest.raises(StoreDamagedError, match="owner"):
        store.acquire(RUN, YOU, NOON)


def test_a_link_in_place_of_the_lock_is_refused(file):
    """Nothing is opened where somebody else leads us."""
    opened(file).close()
    lock = file.with_name("flow.db.lock")
    lock.unlink()
    lock.symlink_to(file)
    with pytest.raises(StoreDamagedError):
        opened(file)
