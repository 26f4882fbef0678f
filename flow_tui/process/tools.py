"""Asking git and the GitHub CLI: started like any program of a step, with a bound on time and answer."""

import asyncio
import os
import shutil
from collections.abc import Callable, Mapping
from datetime import timedelta

from flow_tui import limits
from flow_tui.dataclass import dataclass
from flow_tui.dsl.files import readable
from flow_tui.engine.ports import Launcher, ProcessCommand
from flow_tui.engine.stop import Stop
from flow_tui.errors import ActionError, HopelessError
from flow_tui.model.values import ProcessIdentity

QUIET: Mapping[str, str] = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_PAGER": "cat",
    "GH_PROMPT_DISABLED": "1",
    "GH_PAGER": "cat",
    "PAGER": "cat",
    "SSH_ASKPASS_REQUIRE": "never",
    "PIP_NO_INPUT": "1",
    "DEBIAN_FRONTEND": "noninteractive",
}
"""What keeps programs from asking questions that nobody would see."""
_PLAIN = {"GIT_OPTIONAL_LOCKS": "0", "GH_NO_UPDATE_NOTIFIER": "1", "NO_COLOR": "1", "CLICOLOR_FORCE": "0"}
"""What makes answers the same everywhere."""
_INSTALL = {
    "git": "install git (https://git-scm.com)",
    "gh": "install the GitHub CLI (https://cli.github.com) and sign in with 'gh auth login'",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a program answered."""

    code: int
    out: str
    said: str
    """The end of what it wrote to stderr."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """Runs programs for somebody who is interested in what they print."""

    asker: str
    """Who wants to know, for messages."""
    launcher: Launcher
    cwd: str
    environ: Callable[[], Mapping[str, str]]
    stop: Stop

    async def git(self, *arguments: str, cwd: str = "") -> str:
        """Return what git prints; raises ``ActionError`` when it fails."""
        return self._printed("git", arguments, await self.ask("git", *arguments, cwd=cwd))

    async def gh(self, *arguments: str) -> str:
        """Return what the GitHub CLI prints; raises ``ActionError`` when it fails."""
        return self._printed("gh", arguments, await self.ask("gh", *arguments))

    async def ask(self, program: str, *arguments: str, cwd: str = "") -> Reply:
        """Return what a program that is found on PATH answers, whatever its exit code is.

        Raises ``ActionError`` when it is not there, takes too long, says too much, or is ended by a signal.
        """
        env = {**self.environ(), **QUIET, **_PLAIN}
        if shutil.which(program, path=env.get("PATH", os.defpath)) is None:
            how = _INSTALL.get(program, "install it")
            raise HopelessError(f"{self.asker} needs {program!r}, which is not on PATH: {how}")
        command = ProcessCommand(
            argv=(program, *arguments), cwd=cwd or self.cwd, env=env, name=f"{self.asker}: {program}"
        )
        return await self.run(command, limits.QUESTION)

    async def run(self, command: ProcessCommand, limit: timedelta) -> Reply:
        """Return what a command answers; raises as :meth:`ask` does, and ``SpawnError``."""
        heard = _Heard(command.name)
        try:
            async with asyncio.timeout(limit.total_seconds()):
                done = await self.launcher.run(
                    command,
                    spool=_Nowhere(),
                    on_start=_start,
                    on_output=_nothing,
                    stop=self.stop,
                    reader=heard,
                )
        except TimeoutError:
            seconds = f"{limit.total_seconds():g} s"
            raise ActionError(f"{command.name} gave no answer within {seconds}") from None
        if done.code is None:
            raise ActionError(f"{command.name} was ended by signal {done.signal}")
        return Reply(code=done.code, out=readable(heard.text()), said=done.stderr_tail.strip())

    def _printed(self, program: str, arguments: tuple[str, ...], reply: Reply) -> str:
        if reply.code:
            what = " ".join((program, *(word for word in arguments[:2] if not word.startswith("-"))))
            why = reply.said or f"exit code {reply.code}"
            raise ActionError(f"{self.asker}: {what} failed: {why}")
        return reply.out


class _Heard:
    """Keeps what a program prints, all of it or nothing."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._data = bytearray()

    def feed(self, data: bytes) -> bytes:
        self._data += data
        if len(self._data) > limits.ANSWER_BYTES:
            raise ActionError(f"{self._name} printed more than {limits.ANSWER_BYTES // limits.MIB} MiB")
        return b""

    def end(self) -> bytes:
        return b""

    def text(self) -> str:
        return self._data.decode("utf-8", "surrogateescape")


class _Nowhere:
    """Takes output that is kept elsewhere, or not at all."""

    @property
    def size(self) -> int:
        return 0

    @property
    def note(self) -> str:
        return ""

    def write(self, data: bytes) -> None:
        pass

    def close(self) -> None:
        pass


async def _start(identity: ProcessIdentity) -> None:
    pass


def _nothing(size: int) -> None:
    pass
