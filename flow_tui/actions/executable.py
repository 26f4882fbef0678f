"""Executables in ``.flow/actions/`` as actions."""

from flow_tui.engine import flow_output
from flow_tui.engine.ports import ActionParams, Found, ProcessCommand, RunFiles
from flow_tui.model.values import ActionOutput
from flow_tui.process.program import run_program


class Executables:
    """Finds ``.flow/actions/<name>``, as it was when the run started."""

    def find(self, name: str, files: RunFiles) -> Found | None:
        """Return the program of this name."""
        for file in files.names():
            if file == f"actions/{name}" or file.endswith(f"/actions/{name}"):
                return Found(action=_Executable(file), origin=file)
        return None


class _Executable:
    def __init__(self, file: str) -> None:
        self._file = file

    async def execute(self, params: ActionParams) -> ActionOutput:
        command = ProcessCommand(
            argv=(str(params.files.program(self._file)),),
            cwd=params.cwd,
            env=params.env,
            name=f"action {params.name!r}",
        )
        return await run_program(
            command,
            launcher=params.launcher,
            spool=params.spool,
            folder=params.folder(),
            on_start=params.on_start,
            on_output=params.on_output,
            beat=params.heartbeat,
            stop=params.stop,
            parse=flow_output.parse_structured if params.schema is not None else flow_output.parse,
        )
