"""As whom steps act: the variables of an identity, found when a step starts that is to act as it."""

from collections.abc import Mapping
from pathlib import Path

from flow_tui import limits
from flow_tui.dsl.check_names import who
from flow_tui.dsl.files import UnreadableError, read
from flow_tui.engine.ports import EnvironmentParams, EnvironmentProvider, Launcher, ProcessCommand
from flow_tui.engine.run import cookie
from flow_tui.engine.stop import Stop
from flow_tui.errors import ActionError, HopelessError
from flow_tui.masking import Secrets
from flow_tui.process.identity import COOKIE, cookie_inside
from flow_tui.process.tools import QUIET, Tools
from flow_tui.runtime.config import Source, Variables


class Identities:
    """Adds the variables of a step's identity to what its programs inherit; their values become secrets."""

    def __init__(
        self,
        known: Mapping[str, Variables],
        *,
        folder: Path,
        environ: Mapping[str, str],
        launcher: Launcher,
        secrets: Secrets,
        other: EnvironmentProvider | None = None,
    ) -> None:
        """Look for files beside those in ``folder``; ``other`` adds first, and may know more identities."""
        self._known = known
        self._folder = folder
        self._environ = environ
        self._launcher = launcher
        self._secrets = secrets
        self._other = other

    async def environment(self, params: EnvironmentParams) -> Mapping[str, str]:
        """Return what is added for one attempt; raises ``ActionError`` for what cannot be had."""
        added: Mapping[str, str] = {}
        if self._other is not None:
            added = await self._other.environment(params)
        name = params.as_identity
        if not name or (self._other is not None and name not in self._known):
            return added
        if (variables := self._known.get(name)) is None:
            raise HopelessError(f"there is no identity {name!r}; {who(name, self._known)}")
        values = {
            variable: await self._value(source, params, f"{variable} of identity {name!r}")
            for variable, source in variables.items()
        }
        return {**added, **values}

    async def _value(self, source: Source, params: EnvironmentParams, what: str) -> str:
        value = await self._found(source, params, what)
        if not value:
            raise ActionError(f"{what} is empty")
        if "\0" in value:
            raise HopelessError(f"{what} holds a NUL character, and no variable can")
        if source.secret:
            if len(value.strip()) < limits.SECRET_CHARACTERS:
                raise HopelessError(
                    f"{what} is shorter than {limits.SECRET_CHARACTERS} characters, and cannot be hidden; "
                    "if it is no secret, say secret = false in your config.toml"
                )
            self._secrets.add((value,))
        return value

    async def _found(self, source: Source, params: EnvironmentParams, what: str) -> str:
        if source.value is not None:
            return source.value
        if source.env is not None:
            if source.env not in self._environ:
                raise HopelessError(f"{what} comes from the variable {source.env}, which is not set")
            return self._environ[source.env]
        data = self._of_file(source.file, what) if source.file is not None else b""
        if source.command is not None:
            data = await self._of_command(source.command, params, what)
        _require_size(data, what)
        try:
            return data.decode().rstrip("\r\n")
        except UnicodeDecodeError:
            raise ActionError(f"{what} is not UTF-8") from None

    def _beside(self, name: str) -> Path:
        return self._folder / Path(name).expanduser()

    def _of_file(self, name: str, what: str) -> bytes:
        try:
            return read(self._beside(name), most=limits.MIB)
        except (UnreadableError, RuntimeError, ValueError) as error:
            raise ActionError(f"{what} comes from the file {name}, which cannot be read: {error}") from None

    async def _of_command(self, argv: tuple[str, ...], params: EnvironmentParams, what: str) -> bytes:
        """Return what a program prints; it and all it starts end with the attempt, or when it takes long."""
        own = cookie_inside(self._environ.get(COOKIE, ""), cookie(params.run_id, params.path, params.attempt))
        command = ProcessCommand(
            argv=argv if "/" not in argv[0] else (str(self._beside(argv[0])), *argv[1:]),
            cwd=str(self._folder),
            env={**self._environ, **QUIET, COOKIE: own},
            name=f"the command {argv[0]!r} for {what}",
        )
        tools = Tools(
            asker="identities",
            launcher=self._launcher,
            cwd=str(self._folder),
            environ=lambda: self._environ,
            stop=Stop(),
        )
        reply = await tools.run(command, limits.SECRET_COMMAND)
        if reply.code != 0:
            # What a program that hands out tokens says may hold one, and nobody knows yet what to hide.
            raise ActionError(
                f"{command.name} exited with code {reply.code}; "
                "what it said is not kept, as it may hold a secret: run it by hand to see"
            )
        return reply.out.encode()


def _require_size(data: bytes, what: str) -> None:
    if len(data) > limits.SECRET_BYTES:
        raise ActionError(f"{what} is longer than {limits.SECRET_BYTES // limits.KIB} KiB")
