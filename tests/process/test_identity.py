"""Which process is which, and what an earlier owner left."""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from flow_tui.model.values import ProcessIdentity
from flow_tui.process import identity as identity_module
from flow_tui.process import table
from flow_tui.process.child import ChildLauncher
from flow_tui.process.identity import (
    Presence,
    boot_id,
    host_name,
    identify,
    is_alive,
    is_gone,
    own_identity,
    presence,
)
from flow_tui.process.table import Entry
from flow_tui.process.tree import Tree
from tests.process.conftest import off_main, survivors

pytestmark = pytest.mark.real_time

COOKIE = secrets.token_hex(8)  # nobody else's, whatever runs beside these tests


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """Return a process with a session of its own, and a cookie, that no launcher of ours knows."""
    process = subprocess.Popen(
        ["sh", "-c", "echo up; read -r forever"],
        env={**os.environ, "FLOW_COOKIE": COOKIE},
        start_new_session=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdout.readline()  # its environment cannot be read before the program has begun
    yield process
    process.stdin.close()
    process.stdout.close()
    process.kill()
    process.wait()


def end(identity: ProcessIdentity) -> bool:
    """Return whether a launcher says that a process is gone now."""
    answers: list[bool] = []

    async def work() -> None:
        answers.append(await ChildLauncher().end(identity, timedelta(milliseconds=200)))

    off_main(work)
    return answers[0]


def test_this_process_lives_under_its_own_name():
    """Twice asked, the answer is the same."""
    mine = own_identity()
    assert mine == own_identity()
    assert (mine.pid, mine.host, mine.boot_id) == (os.getpid(), host_name(), boot_id())
    assert is_alive(mine)
    assert not is_gone(mine)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, Presence.ALIVE),
        ({"start_time": "1"}, Presence.GONE),
        ({"start_time": ""}, Presence.GONE),
        ({"boot_id": "another"}, Presence.GONE),
        ({"host": "another"}, Presence.UNKNOWN),
    ],
)
def test_a_number_alone_does_not_make_a_process(change, found):
    """Another start time or another boot is another process; another machine cannot be seen from here."""
    assert presence(replace(own_identity(), **change)) is found


def test_a_process_that_ended_is_gone_even_before_it_is_collected(stranger: subprocess.Popen[bytes]):
    """A zombie does nothing any more, but it can still be identified."""
    identity = identify(stranger.pid, COOKIE)
    assert is_alive(identity)
    stranger.kill()
    os.waitid(os.P_PID, stranger.pid, os.WEXITED | os.WNOWAIT)
    assert is_gone(identity)
    assert identify(stranger.pid, COOKIE) == identity


@pytest.mark.usefixtures("no_proc")
def test_where_ps_tells_the_start_time_identities_hold_too(stranger: subprocess.Popen[bytes]):
    """The same questions have the same answers."""
    identity = identify(stranger.pid, COOKIE)
    assert is_alive(identity)
    assert is_gone(replace(identity, start_time="Thu Jan  1 00:00:00 1970"))
    stranger.kill()
    stranger.wait()
    assert is_gone(identity)


def test_a_table_that_cannot_be_read_says_nothing(monkeypatch: pytest.MonkeyPatch):
    """Not knowing is not the same as gone."""

    def unreadable(_pid: int) -> None:
        raise OSError

    mine = own_identity()
    monkeypatch.setattr(table, "uncollected", unreadable)
    assert presence(mine) is Presence.UNKNOWN
    assert identify(1).start_time == ""


def test_the_machine_has_a_boot_of_its_own():
    """On Linux it is the kernel's."""
    assert boot_id() == Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def test_without_any_boot_id_there_is_an_empty_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Then start time and host have to do."""
    monkeypatch.setattr(identity_module, "_BOOT_ID", tmp_path / "none")
    monkeypatch.setattr(identity_module, "SYSCTL", str(tmp_path / "none"))
    assert boot_id.__wrapped__() == ""


def test_what_an_earlier_owner_left_is_ended(stranger: subprocess.Popen[bytes]):
    """After that nothing of it lives, and the answer says so."""
    assert end(identify(stranger.pid, COOKIE))
    assert stranger.wait() == -signal.SIGTERM


def test_a_daemon_is_found_by_its_cookie_when_its_leader_is_long_gone(stranger: subprocess.Popen[bytes]):
    """The number of the leader means nothing then."""
    gone = replace(identify(stranger.pid, COOKIE), pid=1 << 22, start_time="1")
    assert end(gone)
    assert stranger.wait() == -signal.SIGTERM


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({"start_time": "1", "cookie": "none"}, True),
        ({"boot_id": "another"}, True),
        ({"host": "another"}, False),
        ({"pid": 1 << 22, "cookie": ""}, True),
    ],
)
def test_a_process_that_is_not_the_recorded_one_is_never_touched(
    stranger: subprocess.Popen[bytes], change, answer
):
    """Same number, other process; and a claim about another machine is no proof."""
    assert end(replace(identify(stranger.pid, COOKIE), **change)) is answer
    assert stranger.poll() is None


def test_what_this_program_runs_inside_of_is_not_ended(
    stranger: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
):
    """A step that resumes its own run would cut off its own branch."""
    monkeypatch.setenv("FLOW_COOKIE", f"{COOKIE}.ff")
    assert not end(identify(stranger.pid, COOKIE))
    assert stranger.poll() is None


def sweep(*words: str) -> frozenset[str]:
    """Return the words whose carriers a launcher could not end."""
    answers: list[frozenset[str]] = []

    async def work() -> None:
        answers.append(await ChildLauncher().end_carriers(words, timedelta(milliseconds=200)))

    off_main(work)
    return answers[0]


def carrier(cookie: str, script: str = "echo up; read -r forever") -> subprocess.Popen[bytes]:
    """Return a process with a session of its own that carries a cookie, once it has begun."""
    process = subprocess.Popen(
        ["sh", "-c", script],
        env={**os.environ, "FLOW_COOKIE": cookie},
        start_new_session=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


def discard(process: subprocess.Popen[bytes]) -> None:
    """End a process and take back what it was given."""
    process.kill()
    process.communicate()


WORD = secrets.token_hex(8)


@pytest.mark.parametrize("pattern", ["{}", "outer.{}", "{}.inner.most", "outer.{}.inner"])
def test_a_process_that_nobody_recorded_is_found_by_its_word(pattern):
    """Wherever the word stands in the cookie; all it led to goes with it, and nothing else does."""
    cookie = pattern.format(WORD)
    process = carrier(cookie, "sleep 600 & echo up; read -r forever")
    beside = carrier(f"beside.{WORD}x")
    try:
        assert sweep("nobody", WORD) == frozenset()
        assert process.wait() == -signal.SIGTERM
        assert survivors(cookie) == []
        assert beside.poll() is None
    finally:
        discard(process)
        discard(beside)


def test_who_does_not_want_to_end_is_ended_all_the_same():
    """After the time to end by itself nobody is asked any more."""
    process = carrier(WORD, "trap '' TERM; echo up; while :; do sleep 600; done")
    try:
        assert sweep(WORD) == frozenset()
        assert process.wait() == -signal.SIGKILL
        assert survivors(WORD) == []
    finally:
        discard(process)


@pytest.mark.usefixtures("no_proc")
def test_where_there_is_only_ps_a_word_is_found_behind_the_command():
    """The environment is shown there, too."""
    process = carrier(f"outer.{WORD}.inner")
    try:
        assert sweep(WORD, "nobody") == frozenset()
        assert process.wait() == -signal.SIGTERM
    finally:
        discard(process)


def test_what_this_program_runs_inside_of_is_not_swept_away(monkeypatch: pytest.MonkeyPatch):
    """A step that resumes its own run is told so, and lives."""
    process = carrier(f"outer.{WORD}.inner")
    monkeypatch.setenv("FLOW_COOKIE", f"outer.{WORD}.inner.most")
    try:
        assert sweep(WORD) == {WORD}
        assert process.poll() is None
    finally:
        discard(process)


def test_a_table_that_cannot_be_read_proves_nothing_gone(monkeypatch: pytest.MonkeyPatch):
    """What was not looked for is not claimed to be gone."""

    def unreadable() -> Iterator[Entry]:
        raise OSError

    monkeypatch.setattr(table, "entries", unreadable)
    assert sweep("one", "other") == {"one", "other"}


@pytest.mark.usefixtures("no_proc")
def test_where_cookies_cannot_be_seen_a_leader_is_ended_and_a_lost_group_is_not_judged(
    stranger: subprocess.Popen[bytes],
):
    """What cannot be proven is not claimed."""
    identity = identify(stranger.pid, COOKIE)
    assert not end(replace(identity, start_time="Thu Jan  1 00:00:00 1970"))
    assert stranger.poll() is None
    assert end(identity)
    assert stranger.wait() == -signal.SIGTERM
    assert end(identity)


def test_a_signal_never_reaches_another_process_with_the_same_number(
    stranger: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
):
    """The start time is compared once the number can no longer change hands."""
    sent: list[signal.Signals] = []
    monkeypatch.setattr(signal, "pidfd_send_signal", lambda _handle, number: sent.append(number))
    real = table.entry(stranger.pid)
    assert real is not None
    table.send(replace(real, start="1"), signal.SIGTERM)
    assert sent == []
    table.send(real, signal.SIGKILL)
    assert sent == [signal.SIGKILL]
    stranger.kill()
    stranger.wait()
    table.send(real, signal.SIGTERM)
    assert sent == [signal.SIGKILL]


def test_a_command_name_cannot_forge_an_entry(tmp_path: Path):
    """Brackets and spaces in the name of a program do not shift the fields."""
    odd = tmp_path / "a) Z 1 1 1"
    odd.symlink_to("/bin/sleep")
    process = subprocess.Popen([odd, "600"], start_new_session=True)
    found = table.entry(process.pid)
    process.kill()
    process.wait()
    assert found is not None
    assert (found.parent, found.group, found.session) == (os.getpid(), process.pid, process.pid)


def test_a_cookie_includes_those_derived_from_it_and_no_others(stranger: subprocess.Popen[bytes]):
    """A longer word that begins alike is another cookie."""
    entry = table.entry(stranger.pid)
    assert entry is not None
    assert table.carries(entry, COOKIE)
    assert not table.carries(entry, COOKIE[:-1])
    assert survivors(COOKIE) == [stranger.pid]


@pytest.mark.usefixtures("no_proc")
def test_ps_that_hangs_or_is_missing_is_an_error_and_no_empty_table(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """Nobody may take silence for proof."""
    monkeypatch.setattr(table, "PS", str(tmp_path / "none"))
    with pytest.raises(OSError, match="none"):
        list(table.entries())
    (tmp_path / "none").write_text(f"#!{sys.executable}\nimport signal\nsignal.pause()\n")
    (tmp_path / "none").chmod(0o755)
    monkeypatch.setattr(table, "_PS_PATIENCE", timedelta(milliseconds=50))
    with pytest.raises(TimeoutError):
        list(table.entries())


def entry(pid: int, parent: int = 1, group: int = 0, session: int = 0, start: str = "x") -> Entry:
    """Return a process of an invented machine."""
    return Entry(pid=pid, parent=parent, group=group or pid, session=session or pid, start=start)


def test_a_tree_is_the_session_the_descendants_and_who_was_seen_before():
    """A member that moved away stays one; who took a member's number does not."""
    pinned = True
    tree = Tree(entry(10), "", pinned=lambda: pinned)
    first = [
        entry(10),
        entry(11, group=10),
        entry(12, session=10),
        entry(13, parent=12),
        entry(14, parent=13),
    ]
    others = [entry(2), entry(20), entry(21, parent=20)]
    assert {found.pid for found in tree.members([*first, *others])} == {10, 11, 12, 13, 14}
    later = [entry(13), entry(14, start="y"), entry(15, parent=13), *others]
    assert {found.pid for found in tree.members(later)} == {13, 15}
    pinned = False
    assert tree.members([entry(30, group=10), *others]) == []


def test_a_tree_never_includes_this_process_or_the_first():
    """Whatever parents and groups claim."""
    tree = Tree(entry(10), "", pinned=lambda: True)
    found = tree.members([entry(10), entry(os.getpid(), parent=10, group=10), entry(1, parent=10, group=10)])
    assert [found.pid for found in found] == [10]
