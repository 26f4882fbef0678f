"""Whatever a program has led to is ended with it."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from flow_tui import limits
from flow_tui.model.values import ProcessIdentity
from flow_tui.process import table
from tests.process.conftest import Programs, Started, living_in, off_main, pipe_held, survivors

pytestmark = pytest.mark.real_time


def _hopping(meanwhile: str) -> str:
    """Return a program that goes on in one child after the other, and ends by itself if nobody ends it."""
    return (
        "import os, time; hops, until = 0, time.monotonic() + 5\n"
        "while time.monotonic() < until and not os.fork():\n"
        '  hops += 1; hops == 50 and print("ready", flush=True)\n'
        f"  {meanwhile}"
    )


SHAPES = {
    "plain": "echo ready; exec sleep 600",
    "ignores TERM": "trap '' TERM; echo ready; while :; do sleep 600; done",
    "a child holds the pipe": "(sleep 600 &); echo ready; sleep 600",
    "pipeline": "{ echo ready; sleep 600; } | cat | cat",
    "background and wait": "sleep 600 & sleep 600 & echo ready; wait",
    "double fork": "( ( sleep 600 & ) & ); echo ready; sleep 600",
    "job control": "set -m; sleep 600 & echo ready; wait",
    "daemon": "setsid sh -c 'echo ready; exec sleep 600' & wait",
    "daemon ignoring TERM": "setsid sh -c \"trap '' TERM; echo ready; while :; do sleep 600; done\" & wait",
    "stopped": "sh -c 'kill -STOP $PPID; echo ready'; exec sleep 600",
    "two hundred": "i=0; while [ $i -lt 200 ]; do sleep 600 & i=$((i+1)); done; echo ready; wait",
    "writes for ever": "echo ready; exec yes",
    "forks while it is ended": "trap '' TERM; echo ready; i=0; "
    "while [ $i -lt 2000 ]; do sleep 600 & sleep 0.002; i=$((i+1)); done; wait",
    "runs away": f"{sys.executable} -c '{_hopping('time.sleep(0.002)')}' & wait; sleep 600",
    "runs away in sessions": f"{sys.executable} -c '{_hopping('os.setsid(); time.sleep(0.002)')}' & wait; "
    "sleep 600",
    "runs away as fast as it can": f"{sys.executable} -c '{_hopping('os.setsid()')}' & wait; sleep 600",
    "closes its outputs": "echo ready; exec sleep 600 >&- 2>&-",
}


async def cancelled_when_ready(started: Started) -> None:
    """Cancel a program once it said that it is ready, and see it through."""
    task = asyncio.create_task(started.run())
    await started.said(b"ready")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def left_by(programs: Programs, shape: str, times: int = 1) -> list[int]:
    """Return who carries the cookie of a cancelled program, or is in its folder, when that has ended."""
    left: list[int] = []

    async def work() -> None:
        for _ in range(times):
            with pipe_held(programs.folder) as held:
                started = programs.shell(f"{held.by_all}; {SHAPES[shape]}")
                await cancelled_when_ready(started)
                left.extend((*survivors(started.cookie), *living_in(programs.folder)))
                assert not held.by_anybody()

    off_main(work)
    return left


@pytest.mark.parametrize("shape", SHAPES)
def test_a_cancel_leaves_nothing_of_any_tree(programs: Programs, shape: str):
    """When the cancel has arrived, no process that the step led to is alive."""
    assert left_by(programs, shape) == []


@pytest.mark.usefixtures("no_pidfd")
@pytest.mark.parametrize("shape", ["plain", "ignores TERM", "daemon ignoring TERM", "stopped", "pipeline"])
def test_without_pidfd_a_cancel_leaves_nothing_either(programs: Programs, shape: str):
    """One waiting thread per child does the same."""
    assert left_by(programs, shape) == []


@pytest.mark.usefixtures("no_proc")
@pytest.mark.parametrize("shape", ["plain", "ignores TERM", "background and wait", "stopped", "daemon"])
def test_where_ps_lists_the_processes_group_and_descendants_are_ended(programs: Programs, shape: str):
    """Without a folder of processes there are no cookies to see, but there are parents and groups."""
    assert left_by(programs, shape) == []


@pytest.mark.usefixtures("no_proc")
def test_where_ps_lists_the_processes_a_program_runs_to_its_end(programs: Programs):
    """Exit and leftovers are noticed there as well."""

    async def work() -> None:
        started = programs.shell("sleep 600 & echo done; exit 4")
        ended = await started.run()
        assert (ended.code, ended.stdout_head) == (4, "done\n")
        assert "left running" in ended.note
        assert survivors(started.cookie) == []

    off_main(work)


def test_a_child_that_shed_its_cookie_and_its_session_is_ended_as_a_descendant(programs: Programs):
    """Who was seen below the program stays part of its tree, and cannot fork while it is being ended."""
    storm = "echo ready; i=0; while [ $i -lt 300 ]; do sleep 600 & i=$((i+1)); done; wait"

    async def work() -> None:
        await cancelled_when_ready(programs.shell(f"env -i setsid sh -c '{storm}' & wait"))
        assert living_in(programs.folder) == []

    off_main(work)


def test_a_stopped_program_can_still_tidy_up(programs: Programs):
    """It is woken to hear that it should end; only then does the grace mean anything."""
    script = (
        "trap 'echo bye; exit 0' TERM; sh -c 'kill -STOP $PPID; echo ready'; while :; do sleep 0.05; done"
    )

    async def work() -> None:
        started = programs.shell(script, grace=600)
        await cancelled_when_ready(started)
        assert started.spool.data.endswith(b"bye\n")

    off_main(work)


def test_the_last_words_of_a_program_that_is_gone_already_are_read(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
):
    """Also when the loop had no time to listen before the cancel."""
    monkeypatch.setattr(table, "entries", lambda: iter(()))

    async def fails(identity: ProcessIdentity) -> None:
        os.waitid(os.P_PID, identity.pid, os.WEXITED | os.WNOWAIT)
        raise LookupError

    async def work() -> None:
        started = programs.shell("echo last words")
        with pytest.raises(LookupError):
            await programs.launcher.run(
                started.command,
                spool=started.spool,
                on_start=fails,
                on_output=lambda _size: None,
                stop=started.stop,
            )
        assert started.spool.data == b"last words\n"

    off_main(work)


def test_what_runs_on_in_the_background_does_not_outlive_the_step(programs: Programs):
    """A program that ends while its children run is not waited for; they are ended, and that is noted."""

    async def work() -> None:
        started = programs.shell("sleep 600 & setsid sleep 600 & echo done")
        ended = await started.run()
        assert (ended.code, ended.stdout_head) == (0, "done\n")
        assert ended.note.startswith("ended what was left running in the background: pid ")
        assert survivors(started.cookie) == []

    off_main(work)


@pytest.mark.parametrize("last", ["0", "", "999999999", None])
def test_what_a_brief_program_leaves_is_found_also_where_numbers_tell_nothing(
    programs: Programs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, last: str | None
):
    """Where the newest number is not known, or they began anew, the whole table is read."""
    monkeypatch.setattr(limits, "BRIEF", timedelta(hours=1))
    if last is not None:
        (tmp_path / "last").write_text(last)
    monkeypatch.setattr(table, "_LAST_PID", tmp_path / "last")

    async def work() -> None:
        started = programs.shell("sleep 600 & setsid sleep 600 & echo done")
        assert "left running" in (await started.run()).note
        assert survivors(started.cookie) == []

    off_main(work)


def test_after_a_brief_program_only_younger_processes_are_looked_at(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
):
    """How many others a machine has does not make a short step slower, and its leftovers are found."""
    if not table._LAST_PID.exists():
        pytest.skip("this system does not say which number is the newest")
    monkeypatch.setattr(limits, "BRIEF", timedelta(hours=1))
    monkeypatch.setattr(table, "_FEW", 1_000_000)
    whole: list[int] = []
    entries = table.entries

    def counted() -> Iterator[table.Entry]:
        whole.append(1)
        return entries()

    async def work() -> None:
        monkeypatch.setattr(table, "entries", counted)
        assert (await programs.shell("true").run()).note == ""
        assert not whole
        started = programs.shell("(setsid sleep 600 &) ; echo done")
        assert "left running" in (await started.run()).note
        assert survivors(started.cookie) == []

    off_main(work)


def test_a_stubborn_background_process_is_ended_too(programs: Programs, monkeypatch: pytest.MonkeyPatch):
    """It gets a short grace, not the step's."""
    monkeypatch.setattr(limits, "LEFTOVER_GRACE", timedelta(milliseconds=50))
    script = (
        "mkfifo f; setsid sh -c \"trap '' TERM; echo >f; while :; do sleep 600; done\" & read x <f; echo done"
    )

    async def work() -> None:
        started = programs.shell(script, grace=600)
        assert (await started.run()).code == 0
        assert survivors(started.cookie) == []

    off_main(work)


def test_a_stranger_that_holds_the_output_is_named_and_not_waited_for(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
):
    """What has cut every tie to the step is left alone: it may be somebody else's."""
    monkeypatch.setattr(limits, "DRAIN", timedelta(milliseconds=50))
    script = (
        "import subprocess as s; "
        "print(s.Popen(['sleep', '600'], env={'PATH': '/usr/bin:/bin'}, start_new_session=True).pid)"
    )

    async def work() -> None:
        ended = await programs.program(sys.executable, "-c", script).run()
        try:
            assert ended.code == 0
            assert ended.note == f"output still held by pid {int(ended.stdout_head)}"
        finally:
            os.kill(int(ended.stdout_head), signal.SIGKILL)

    off_main(work)


def test_a_second_cancel_while_ending_leaves_nothing(programs: Programs):
    """The ladder goes on to its end; being told not to wait shortens it."""

    async def work() -> None:
        started = programs.shell(
            "trap 'echo termed' TERM; echo ready; while :; do sleep 0.05; done", grace=600
        )
        task = asyncio.create_task(started.run())
        await started.said(b"ready")
        task.cancel()
        await started.said(b"termed")
        for _ in range(3):
            task.cancel()
            await asyncio.sleep(0)
        assert not task.done()
        started.stop.force()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert survivors(started.cookie) == []

    off_main(work)


def test_a_loop_that_is_torn_down_while_ending_leaves_nothing(programs: Programs):
    """Even when the ladder itself is cancelled, the tree is killed first."""

    async def work() -> None:
        started = programs.shell(
            "trap 'echo termed' TERM; echo ready; while :; do sleep 0.05; done", grace=600
        )
        task = asyncio.create_task(started.run())
        await started.said(b"ready")
        task.cancel()
        await started.said(b"termed")
        for each in asyncio.all_tasks() - {asyncio.current_task()}:
            each.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert survivors(started.cookie) == []

    off_main(work)


def test_a_time_limit_arrives_as_one(programs: Programs):
    """Ending a tree inside a time limit does not hide that it was the limit."""

    async def work() -> None:
        started = programs.shell(SHAPES["ignores TERM"])

        async def limited() -> None:
            async with asyncio.timeout(None) as limit:
                task = asyncio.create_task(started.said(b"ready"))
                task.add_done_callback(lambda _: limit.reschedule(asyncio.get_running_loop().time()))
                await started.run()

        with pytest.raises(TimeoutError):
            await limited()
        assert survivors(started.cookie) == []

    off_main(work)


def test_what_a_program_says_while_it_is_ended_is_kept(programs: Programs):
    """The last words are often the useful ones."""

    async def work() -> None:
        started = programs.shell(
            "trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.05; done", grace=600
        )
        await cancelled_when_ready(started)
        assert started.spool.data.endswith(b"bye\n")

    off_main(work)


def test_everything_can_be_ended_at_once_from_another_thread(programs: Programs):
    """At exit nothing is asked and nothing is left; whoever waits for a program is told of the KILL."""

    async def work() -> None:
        stubborn = [
            programs.shell(SHAPES[shape], grace=600) for shape in ("ignores TERM", "daemon ignoring TERM")
        ]
        tasks = [asyncio.create_task(started.run()) for started in stubborn]
        for started in stubborn:
            await started.said(b"ready")
        await asyncio.get_running_loop().run_in_executor(None, programs.launcher.kill_all)
        assert [(await task).signal for task in tasks] == [signal.SIGKILL, signal.SIGKILL]
        assert [survivors(started.cookie) for started in stubborn] == [[], []]

    off_main(work)


@pytest.mark.parametrize("port", ["on_start", "on_output"])
def test_who_fails_while_listening_does_not_leave_a_program_behind(programs: Programs, port: str):
    """The failure is handed on, after the tree is gone."""

    async def fails(*_: object) -> None:
        raise LookupError

    def breaks(_size: int) -> None:
        raise LookupError

    async def work() -> None:
        started = programs.shell(SHAPES["plain"])
        ports = {"on_start": started._note, "on_output": lambda _size: None}
        ports[port] = fails if port == "on_start" else breaks
        before = {entry.pid for entry in table.entries() if entry.parent == os.getpid()}
        with pytest.raises(LookupError):
            await programs.launcher.run(started.command, spool=started.spool, stop=started.stop, **ports)
        assert {entry.pid for entry in table.entries() if entry.parent == os.getpid()} <= before

    off_main(work)


def test_a_process_that_may_not_be_ended_is_reported(programs: Programs, monkeypatch: pytest.MonkeyPatch):
    """Nothing hangs: after the sweep the step ends, and says who is still there."""
    monkeypatch.setattr(limits, "LEFTOVER_GRACE", timedelta())
    monkeypatch.setattr(limits, "SWEEP", timedelta())

    async def work() -> None:
        started = programs.shell("sleep 600 >&- 2>&- & echo $!")
        with monkeypatch.context() as forbidden:
            forbidden.setattr(os, "killpg", _not_allowed)
            forbidden.setattr(signal, "pidfd_send_signal", _not_allowed)
            ended = await started.run()
        pid = int(ended.stdout_head)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        assert ended.note.endswith(f"could not end pid {pid}")

    off_main(work)


def test_while_the_process_table_cannot_be_read_the_group_is_ended(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
):
    """Running out of descriptors is not taken for an empty table."""
    monkeypatch.setattr(limits, "SWEEP", timedelta(milliseconds=50))

    def unreadable() -> object:
        raise OSError(24, "Too many open files")

    async def work() -> None:
        started = programs.shell(f"trap 'echo bye; exit' TERM; {SHAPES['background and wait']}", grace=600)
        task = asyncio.create_task(started.run())
        await started.said(b"ready")
        with monkeypatch.context() as exhausted:
            exhausted.setattr(table, "entries", unreadable)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert started.spool.data.endswith(b"bye\n")
        while survivors(started.cookie):  # nobody could look whether KILL has arrived
            await asyncio.sleep(0)

    off_main(work)


def _not_allowed(*_: object) -> None:
    raise PermissionError
