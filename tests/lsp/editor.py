"""An editor that talks to the real program, by the client of the library that others use."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.client import LanguageClient

PATIENCE = 15


class Editor(LanguageClient):
    """Keeps what it is told, until somebody asks."""

    def __init__(self) -> None:
        super().__init__("editor", "1")
        self.told: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()
        self.watches: asyncio.Queue[types.RegistrationParams] = asyncio.Queue()
        self.stderr = b""

        @self.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def _(params: types.PublishDiagnosticsParams) -> None:
            self.told.put_nowait(params)

        @self.feature(types.CLIENT_REGISTER_CAPABILITY)
        def _(params: types.RegistrationParams) -> None:
            self.watches.put_nowait(params)

    @property
    def process(self) -> asyncio.subprocess.Process:
        """Return the server."""
        assert self._server is not None
        return self._server

    async def problems(self, uri: str, version: int | None = None) -> list[types.Diagnostic]:
        """Return what is said about a text next, or about a version of it."""
        while True:
            told = await asyncio.wait_for(self.told.get(), PATIENCE)
            if told.uri == uri and version in (None, told.version):
                return list(told.diagnostics)

    def open(self, uri: str, text: str) -> None:
        """Open a text."""
        item = types.TextDocumentItem(uri=uri, language_id="wf", version=1, text=text)
        self.text_document_did_open(types.DidOpenTextDocumentParams(text_document=item))

    def type(self, uri: str, version: int, *changes: tuple[tuple[int, int], tuple[int, int], str]) -> None:
        """Change stretches of a text, one after the other."""
        made = [
            types.TextDocumentContentChangePartial(
                range=types.Range(start=types.Position(*start), end=types.Position(*end)), text=text
            )
            for start, end, text in changes
        ]
        document = types.VersionedTextDocumentIdentifier(uri=uri, version=version)
        self.text_document_did_change(
            types.DidChangeTextDocumentParams(text_document=document, content_changes=made)
        )

    async def actions(self, uri: str, problem: types.Diagnostic) -> list[dict[str, Any]]:
        """Return what can be done about a problem, as it comes.

        The library takes whatever has a command for nothing but a command.
        """
        params = types.CodeActionParams(
            text_document=types.TextDocumentIdentifier(uri=uri),
            range=problem.range,
            context=types.CodeActionContext(diagnostics=[problem]),
        )
        known = self.protocol.get_result_type
        self.protocol.get_result_type = lambda _: None
        try:
            asked = self.protocol.send_request_async(types.TEXT_DOCUMENT_CODE_ACTION, params)
            return await asyncio.wait_for(asked, PATIENCE)
        finally:
            self.protocol.get_result_type = known

    async def leave(self) -> int:
        """Say goodbye as the protocol has it; return how the server ended."""
        await asyncio.wait_for(self.shutdown_async(None), PATIENCE)
        self.exit(None)
        return await asyncio.wait_for(self.process.wait(), PATIENCE)


@asynccontextmanager
async def editor(folder: Path, **initialized: Any) -> AsyncIterator[Editor]:
    """Start the server in a folder, and end it."""
    client = Editor()
    await client.start_io(sys.executable, "-m", "flow_tui", "lsp", cwd=folder)
    try:
        general = types.GeneralClientCapabilities(**initialized)
        watching = types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True)
        capabilities = types.ClientCapabilities(
            general=general,
            workspace=types.WorkspaceClientCapabilities(did_change_watched_files=watching),
        )
        begin = types.InitializeParams(capabilities=capabilities, root_uri=folder.as_uri(), process_id=None)
        await asyncio.wait_for(client.initialize_async(begin), PATIENCE)
        client.initialized(types.InitializedParams())
        yield client
    finally:
        if client.process.returncode is None:
            client.process.kill()
            await client.process.wait()
        assert client.process.stderr is not None
        client.stderr = await client.process.stderr.read()
        await client.stop()


def at(line: int, character: int, uri: str) -> dict[str, Any]:
    """Return a place as questions take it."""
    return {
        "text_document": types.TextDocumentIdentifier(uri=uri),
        "position": types.Position(line=line, character=character),
    }
