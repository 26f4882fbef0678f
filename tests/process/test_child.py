"""What a program finds when it starts, and what is known when it has ended."""

import asyncio
import os
import resource
import signal
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from flow_tui import limits
from flow_tui.engine.ports import Launcher, ProcessCommand
from flow_tui.engine.stop import Stop
from flow_tui.errors import SpawnError
from flow_tui.process import child as child_module
from flow_tui.process.child import ChildLauncher
from flow_tui.process.spool import FileSpool
from tests.process.conftest import Programs, Started, off_main

pytestmark = pytest.mark.real_time


class NoSpool:
    """A spool that keeps nothing."""

    note = ""

    def __init__(self) -> None:
        self.size = 0

    def write(self, data: bytes) -> None:
        self.size += len(data)

    def close(self) -> None:
        pass


async def nothing(_identity: object) -> None:
    """Be told of a start."""


def test_an_exit_tells_code_and_output(programs: Programs):
    """The beginning of stdout, the end of stderr, and how much there was; the spool has it all."""

    async def work() -> None:
        launcher: Launcher = programs.launcher
        assert launcher is programs.launcher
        started = programs.shell("echo out; echo err >&2; exit 3")
        ended = await started.run()
        assert (ended.code, ended.signal) == (3, None)
        assert (ended.stdout_head, ended.stderr_tail, ended.size, ended.note) == ("out\n", "err\n", 8, "")
        assert sorted(started.spool.data.splitlines()) == [b"err", b"out"]

    off_main(work)


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL, signal.SIGTERM])
def test_an_exit_by_a_signal_names_the_signal(programs: Programs, number: signal.Signals):
    """A program that was killed has no code."""

    async def work() -> None:
        ended = await programs.shell(f"ulimit -c 0; kill -{int(number)} $$").run()
        assert (ended.code, ended.signal) == (None, number)

    off_main(work)


@pytest.mark.usefixtures("no_pidfd")
def test_without_pidfd_an_exit_is_noticed_by_a_thread_that_ends_with_it(programs: Programs):
    """Same answer, and no thread stays."""

    async def work() -> None:
        before = threading.active_count()
        exits = [await programs.shell(f"exit {code}").run() for code in range(3)]
        assert [ended.code for ended in exits] == [0, 1, 2]
        assert threading.active_count() == before

    off_main(work)


@pytest.mark.usefixtures("no_pidfd")
def test_a_refused_thread_is_a_program_that_cannot_be_started(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
):
    """The program is ended again, and people are told why."""

    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError

    async def work() -> None:
        with monkeypatch.context() as exhausted:
            exhausted.setattr(threading.Thread, "start", refuse)
            with pytest.raises(SpawnError, match="no further thread"):
                await programs.shell("sleep 600").run()

    off_main(work)


def test_the_last_block_on_stdout_is_the_output(programs: Programs):
    """What stderr shows of that kind is not the step's own word."""
    block = '<<<FLOW_OUTPUT>>>\n{"context": "%s"}\n<<<END_FLOW_OUTPUT>>>'

    async def work() -> None:
        ended = await programs.shell(f"echo '{block % 'mine'}'; echo '{block % 'other'}' >&2").run()
        assert ended.flow_output == '{"context": "mine"}'

    off_main(work)


def test_reading_input_ends_at_once(programs: Programs):
    """Nobody types for a step, even where somebody could type for us."""

    async def work() -> None:
        assert (await programs.shell("cat; read x || echo end").run()).stdout_head == "end\n"

    silent, typing = os.pipe()
    ours = os.dup(0)
    os.dup2(silent, 0)
    try:
        off_main(work)
    finally:
        os.dup2(ours, 0)
        for fd in (ours, silent, typing):
            os.close(fd)


def test_a_program_leads_a_session_without_a_terminal(programs: Programs):
    """Prompts that open the terminal fail instead of taking keys away."""
    script = "import os; print(os.getsid(0) == os.getpid() == os.getpgid(0)); os.open('/dev/tty', os.O_RDWR)"

    async def work() -> None:
        ended = await programs.program(sys.executable, "-c", script).run()
        assert ended.stdout_head == "True\n"
        assert "OSError" in ended.stderr_tail

    off_main(work)


def test_a_program_inherits_no_descriptor(programs: Programs, tmp_path: Path):
    """Not even inheritable ones, nor the pipes of programs that run at the same time."""
    (tmp_path / "open").touch()
    shared = os.open(tmp_path / "open", os.O_RDONLY)
    os.set_inheritable(shared, True)
    script = "import os; print(sorted(int(n) for n in os.listdir('/proc/self/fd'))[:-1])"

    async def work() -> None:
        exits = await asyncio.gather(
            *(programs.program(sys.executable, "-c", script).run() for _ in range(8))
        )
        assert {ended.stdout_head for ended in exits} == {"[0, 1, 2]\n"}

    off_main(work)
    os.close(shared)


def test_two_hundred_programs_leave_no_descriptor_zombie_or_thread(programs: Programs):
    """Everything that was opened is closed, everything that ended is collected."""

    def possessions() -> tuple[int, int, int]:
        children = Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text(encoding="ascii")
        return len(list(Path("/proc/self/fd").iterdir())), len(children.split()), threading.active_count()

    async def work() -> None:
        await programs.shell("exit 0").run()
        before = possessions()
        for _ in range(10):
            await asyncio.gather(*(programs.shell("echo x; exit 1").run() for _ in range(20)))
        assert possessions() == before

    off_main(work)


def test_an_inner_program_continues_the_cookie_of_the_outer(programs: Programs):
    """So what an inner engine leaves is found by the outer one, and never the other way round."""

    async def work() -> None:
        inner = programs.program("sh", "-c", "echo $FLOW_COOKIE", FLOW_COOKIE="aa.b7")
        ended = await inner.run()
        assert inner.cookie.startswith("aa.b7.")
        assert ended.stdout_head == f"{inner.cookie}\n"
        strange = programs.program("true", FLOW_COOKIE="../x y")
        await strange.run()
        assert strange.cookie.isalnum()

    off_main(work)


def test_the_identity_is_that_of_the_program(programs: Programs):
    """It is told while the program runs, and proves which one it is."""

    async def work() -> None:
        started = programs.shell("echo $$")
        ended = await started.run()
        (identity,) = started.identities
        assert identity.pid == int(ended.stdout_head)
        assert identity.start_time
        assert identity.boot_id

    off_main(work)


def test_64_mib_without_a_line_end_are_taken_in(programs: Programs):
    """The number of bytes is exact, and only a beginning is kept."""

    async def work() -> None:
        sizes: list[int] = []
        spool = NoSpool()
        command = ProcessCommand(
            argv=("head", "-c", "64M", "/dev/zero"), cwd="/", env=dict(os.environ), name="flood"
        )
        ended = await programs.launcher.run(
            command, spool=spool, on_start=nothing, on_output=sizes.append, stop=Stop()
        )
        assert ended.size == spool.size == sum(sizes) == 64 * limits.MIB
        assert len(ended.stdout_head) == limits.HEAD_CHARACTERS

    off_main(work)


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_gibibyte_without_a_line_end_takes_little_memory(programs: Programs, tmp_path: Path):
    """Memory grows by less than 64 MiB, and the file stays below its cap."""

    async def work() -> None:
        spool = FileSpool(tmp_path / "spool", cap=16 * limits.MIB)
        command = ProcessCommand(
            argv=("head", "-c", "1G", "/dev/zero"), cwd="/", env=dict(os.environ), name="flood"
        )
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        ended = await programs.launcher.run(
            command, spool=spool, on_start=nothing, on_output=lambda _size: None, stop=Stop()
        )
        spool.close()
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert ended.size == limits.GIB
        assert ended.note == "the middle of the output was cut"
        assert grown * limits.KIB < 64 * limits.MIB
        assert spool.file.stat().st_size < 17 * limits.MIB

    off_main(work)


def test_a_block_that_is_too_long_is_dropped_and_noted(programs: Programs):
    """A step cannot fill the memory by describing itself."""
    script = "printf '<<<FLOW_OUTPUT>>>['; head -c 2M /dev/zero; echo '<<<END_FLOW_OUTPUT>>>'"

    async def work() -> None:
        ended = await programs.shell(script).run()
        assert ended.flow_output is None
        assert "FLOW_OUTPUT block is longer" in ended.note

    off_main(work)


def written(file: Path, content: bytes, mode: int = 0o755) -> str:
    """Make a file and return its path."""
    file.write_bytes(content)
    file.chmod(mode)
    return str(file)


def command(folder: Path, *argv: str, cwd: str = "", **env: str) -> ProcessCommand:
    """Return something to start with nothing but a PATH around it."""
    return ProcessCommand(
        argv=argv, cwd=cwd or str(folder), env={"PATH": "/usr/bin:/bin", **env}, name="build"
    )


REFUSALS = {
    "no such command": (
        lambda t: command(t, "no-such-command"),
        "there is no command 'no-such-command' on PATH",
    ),
    "empty PATH": (lambda t: command(t, "no-such-command", PATH=""), "there is no command"),
    "no such file": (lambda t: command(t, "./gone"), "there is no file './gone'"),
    "nothing": (command, "the command is empty"),
    "not executable": (lambda t: command(t, written(t / "x", b"#!/bin/sh\n", 0o644)), "is not executable"),
    "not executable on PATH": (
        lambda t: command(t, "x", PATH=str(Path(written(t / "x", b"#!/bin/sh\n", 0o644)).parent)),
        "is not executable",
    ),
    "folder": (lambda t: command(t, str(t)), "is a folder"),
    "no program": (lambda t: command(t, written(t / "x", b"echo hi\n")), "has no '#!' line"),
    "bad interpreter": (
        lambda t: command(t, written(t / "x", b"#!/no/sh -e\n")),
        "names '/no/sh' as its interpreter",
    ),
    "carriage return": (
        lambda t: command(t, written(t / "x", b"#!/bin/sh\r\n")),
        "ends with a carriage return",
    ),
    "no folder": (lambda t: command(t, "true", cwd=str(t / "gone")), "its working folder .* does not exist"),
    "folder is a file": (
        lambda t: command(t, "true", cwd=written(t / "x", b"")),
        "its working folder .* is not a folder",
    ),
    "too long": (lambda t: command(t, "true", "x" * (256 * 1024)), "too long for the system"),
    "NUL in the command": (lambda t: command(t, "true", "a\0b"), "the command contains a NUL"),
    "NUL in the folder": (lambda t: command(t, "true", cwd="a\0b"), "the working folder contains a NUL"),
    "NUL in the environment": (lambda t: command(t, "true", KEY="a\0b"), "the environment contains a NUL"),
    "bad name": (lambda t: command(t, "true", **{"A=B": "c"}), "'A=B' cannot be the name"),
    "half a character": (lambda t: command(t, "true", "\ud800"), "cannot be passed on"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_program_that_cannot_be_started_says_why(programs: Programs, tmp_path: Path, case: str):
    """Each reason has words of its own, and names the step."""
    make, words = REFUSALS[case]

    async def work() -> None:
        with pytest.raises(SpawnError, match=words) as refusal:
            await Started(programs.launcher, make(tmp_path), Stop(grace=timedelta())).run()
        assert refusal.value.program == "build"

    off_main(work)


@pytest.mark.parametrize(("number", "words"), [(11, "no further process"), (24, "too many files open")])
def test_a_machine_that_is_used_up_is_named_as_the_reason(
    programs: Programs, monkeypatch: pytest.MonkeyPatch, number: int, words: str
):
    """It is not the program's fault then."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    async def work() -> None:
        monkeypatch.setattr("flow_tui.process.spawn.subprocess.Popen", refuse)
        with pytest.raises(SpawnError, match=words):
            await programs.shell("true").run()

    off_main(work)


def test_the_path_of_the_step_finds_its_programs(programs: Programs, tmp_path: Path):
    """Not the path of whoever started the engine."""
    (tmp_path / "bin").mkdir()
    written(tmp_path / "bin" / "only-here", b"#!/bin/sh\necho found\n")

    async def work() -> None:
        started = programs.program("only-here", PATH=f"{tmp_path / 'bin'}:{os.environ['PATH']}")
        assert (await started.run()).stdout_head == "found\n"

    off_main(work)


def test_a_program_started_while_all_are_being_ended_is_ended_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """Between the spawn and its entry in the books there is no gap."""
    launcher = ChildLauncher()
    spawn = child_module.spawn

    def interrupted(*args: object) -> object:
        popen = spawn(*args)
        launcher.kill_all()
        return popen

    async def work() -> None:
        monkeypatch.setattr(child_module, "spawn", interrupted)
        started = Programs(tmp_path, launcher).shell("sleep 600")
        assert (await started.run()).signal == signal.SIGKILL

    off_main(work)
