# pyright: basic
"""The server: what an editor says, and what it is told."""

import asyncio
import logging
import os
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, Protocol, TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, default_converter
from pygls.protocol.language_server import lsp_method
from typing_extensions import override

from flow_tui import __version__, limits
from flow_tui.authoring.completion import complete
from flow_tui.authoring.fixing import fixes
from flow_tui.authoring.formatting import format_edits
from flow_tui.authoring.hovering import hover
from flow_tui.authoring.naming import Location, definition, references, renamable, rename
from flow_tui.authoring.outline import symbols
from flow_tui.errors import NotPossibleError
from flow_tui.lsp import presence, translate
from flow_tui.lsp.diagnosing import Diagnosing
from flow_tui.lsp.stdio import taken
from flow_tui.lsp.texts import Text, Texts

_log = logging.getLogger(__name__)
_REFUSED = -32803
"""The protocol's code for a request that is understood and cannot be done."""
_TRIGGERS = [".", "{", "=", '"']
Result = TypeVar("Result")


class _Placed(Protocol):
    """A question about a place."""

    @property
    def text_document(self) -> types.TextDocumentIdentifier: ...

    @property
    def position(self) -> types.Position: ...


class _Protocol(LanguageServerProtocol):
    """Leaves the texts to the server: what editors count as lines is not what Python does."""

    _server: "Server"

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        self._server.opened(params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        self._server.changed(params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        self._server.closed(params)


class Server(LanguageServer):
    """Answers an editor."""

    def __init__(self) -> None:
        super().__init__(
            translate.SOURCE, __version__, protocol_cls=_Protocol, converter_factory=default_converter
        )
        self.texts = Texts()
        self.diagnosing = Diagnosing(self.texts, self._aside, _wrong, self._tell)
        self._work: set[Future[Any]] = set()
        self._watching: asyncio.Future[None] | None = None
        self._offered: set[str] = set()
        """The files that somebody may have made executable, because a problem says that they are not."""
        for name, (answer, options) in self._answers().items():
            self.feature(name, options)(partial(answer))  # a method itself cannot be marked
        self.command(translate.MAKE_EXECUTABLE)(partial(self.make_executable))

    def _answers(self) -> dict[str, tuple[Callable[..., Any], Any]]:
        return {
            types.INITIALIZED: (self.begun, None),
            types.TEXT_DOCUMENT_DID_SAVE: (self.saved, types.SaveOptions(include_text=False)),
            types.WORKSPACE_DID_CHANGE_WATCHED_FILES: (self.files_changed, None),
            types.TEXT_DOCUMENT_COMPLETION: (
                self.completion,
                types.CompletionOptions(trigger_characters=_TRIGGERS),
            ),
            types.TEXT_DOCUMENT_HOVER: (self.hover, None),
            types.TEXT_DOCUMENT_DEFINITION: (self.definition, None),
            types.TEXT_DOCUMENT_REFERENCES: (self.references, None),
            types.TEXT_DOCUMENT_PREPARE_RENAME: (self.prepare_rename, None),
            types.TEXT_DOCUMENT_RENAME: (self.rename, types.RenameOptions(prepare_provider=True)),
            types.TEXT_DOCUMENT_DOCUMENT_SYMBOL: (self.symbols, None),
            types.TEXT_DOCUMENT_FORMATTING: (self.formatting, None),
            types.TEXT_DOCUMENT_CODE_ACTION: (
                self.code_actions,
                types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix]),
            ),
            types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL: (self.semantic_tokens, translate.LEGEND),
        }

    @override
    def report_server_error(self, error: Exception, source: Any) -> None:
        """Keep what went wrong in the log: nobody who types can do anything about it."""
        _log.warning("%s: %s", getattr(source, "__name__", source), error)

    @override
    def shutdown(self) -> None:
        """Let go of what nobody waits for any more."""
        if self._stop_event is not None:
            self._stop_event.set()
        self.thread_pool.shutdown(wait=False, cancel_futures=True)

    @property
    def is_busy(self) -> bool:
        """Say whether something is still being worked out."""
        return any(not work.done() for work in tuple(self._work))

    # What takes long

    def _aside(self, task: Callable[[], Any]) -> "asyncio.Future[Any]":
        """Do something beside the conversation, where its messages are waited for, too."""
        work = self.thread_pool.submit(task)
        self._work.add(work)
        work.add_done_callback(self._work.discard)
        return asyncio.wrap_future(work)

    async def _of(self, uri: str, answer: Callable[[Text], Result]) -> Result | None:
        text = self.texts.get(uri)
        return None if text is None else await self._aside(lambda: answer(text))

    async def _at(self, params: _Placed, answer: Callable[[Text, int], Result]) -> Result | None:
        place = params.position
        return await self._of(
            params.text_document.uri, lambda text: answer(text, text.offset(place.line, place.character))
        )

    # Texts

    def begun(self, params: types.InitializedParams) -> None:  # noqa: ARG002 - part of the interface
        """Ask to be told of files that change, where the editor can, and end when it is gone."""
        if self.process_id is not None:
            self._watching = asyncio.ensure_future(self._end_after(self.process_id))
        workspace = self.client_capabilities.workspace
        watching = workspace.did_change_watched_files if workspace is not None else None
        if watching is None or not watching.dynamic_registration:
            return
        watchers = [types.FileSystemWatcher(glob_pattern=pattern) for pattern in limits.EDITOR_WATCHES]
        wanted = types.Registration(
            id="flow-tui.files",
            method=types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
            register_options=types.DidChangeWatchedFilesRegistrationOptions(watchers=watchers),
        )
        self.client_register_capability(types.RegistrationParams(registrations=[wanted]), callback=None)

    async def _end_after(self, editor: int) -> None:
        if await presence.gone(editor, self._aside):
            os._exit(0)  # nobody is there to be told, and what waits for words cannot be woken

    def opened(self, params: types.DidOpenTextDocumentParams) -> None:
        """Look at a text that was opened."""
        encoding = self.workspace.position_encoding
        self.texts.encoding = str(getattr(encoding, "value", encoding))
        document = params.text_document
        self.texts.refresh()  # files may have changed since, and not every editor tells
        self.texts.open(document.uri, document.text, document.version)
        self.diagnosing.now(document.uri)

    def changed(self, params: types.DidChangeTextDocumentParams) -> None:
        """Take in what was typed."""
        document = params.text_document
        for change in params.content_changes:
            known = self.texts.get(document.uri)
            text = change.text
            if isinstance(change, types.TextDocumentContentChangePartial) and known is not None:
                places = known.positions
                start = places.offset(change.range.start.line, change.range.start.character)
                end = places.offset(change.range.end.line, change.range.end.character)
                text = known.text[:start] + text + known.text[max(start, end) :]
            self.texts.change(document.uri, text, document.version)
        self.diagnosing.soon(document.uri)

    def closed(self, params: types.DidCloseTextDocumentParams) -> None:
        """Forget a text, and what was wrong with it."""
        uri = params.text_document.uri
        self.diagnosing.forget(uri)
        self.texts.close(uri)
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri=uri, diagnostics=[]))

    def saved(self, params: types.DidSaveTextDocumentParams) -> None:  # noqa: ARG002 - part of the interface
        """Look at everything again: others may name what was saved."""
        self._look_again()

    def files_changed(self, params: types.DidChangeWatchedFilesParams) -> None:  # noqa: ARG002 - part of the interface
        """Look at everything again."""
        self._look_again()

    def _look_again(self) -> None:
        self.texts.refresh()
        self.diagnosing.all()

    def _tell(self, text: Text, problems: Any) -> None:
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri=text.uri, version=text.version, diagnostics=problems)
        )

    # Questions

    async def completion(self, params: types.CompletionParams) -> types.CompletionList | None:
        """Say what could be written."""
        return await self._at(
            params, lambda text, offset: translate.completions(text, complete(text.document, offset))
        )

    async def hover(self, params: types.HoverParams) -> types.Hover | None:
        """Say what a word is."""

        def answer(text: Text, offset: int) -> types.Hover | None:
            found = hover(text.document, offset)
            return None if found is None else translate.hover(text, found)

        return await self._at(params, answer)

    async def definition(self, params: types.DefinitionParams) -> list[types.Location] | None:
        """Say where something is defined."""
        return await self._at(params, lambda text, offset: self._locations(definition(text.document, offset)))

    async def references(self, params: types.ReferenceParams) -> list[types.Location] | None:
        """Say where something is named."""

        def answer(text: Text, offset: int) -> list[types.Location]:
            others = [other.document for other in self.texts.others(text)]
            found = references(text.document, offset, others)
            declared = () if params.context.include_declaration else definition(text.document, offset)
            return self._locations(tuple(each for each in found if each not in declared))

        return await self._at(params, answer)

    def _locations(self, found: tuple[Location, ...]) -> list[types.Location]:
        texts = {file: self.texts.of_file(file) for file in {each.file for each in found}}
        return [
            types.Location(
                uri=self.texts.uri(each.file), range=translate.range_of_span(texts[each.file], each.span)
            )
            for each in found
        ]

    async def prepare_rename(
        self, params: types.PrepareRenameParams
    ) -> types.PrepareRenamePlaceholder | None:
        """Say what would be renamed, or why nothing can."""

        def answer(text: Text, offset: int) -> types.PrepareRenamePlaceholder:
            found = renamable(text.document, offset)
            return types.PrepareRenamePlaceholder(
                range=translate.range_of(text, found.start, found.end), placeholder=found.name
            )

        with _refusals():
            return await self._at(params, answer)

    async def rename(self, params: types.RenameParams) -> types.WorkspaceEdit | None:
        """Say what changes when something is called differently."""

        def answer(text: Text, offset: int) -> types.WorkspaceEdit:
            texts = {each.document.file: each for each in (text, *self.texts.others(text))}
            others = [each.document for each in texts.values() if each is not text]
            changes: dict[str, list[types.TextEdit]] = {}
            for edit in rename(text.document, offset, params.new_name, others):
                owner = texts[edit.file] = texts.get(edit.file) or self.texts.of_file(edit.file)
                changes.setdefault(owner.uri, []).extend(translate.edits(owner, [edit]))
            return types.WorkspaceEdit(changes=changes)

        with _refusals():
            return await self._at(params, answer)

    async def symbols(self, params: types.DocumentSymbolParams) -> list[types.DocumentSymbol] | None:
        """Say what a text consists of."""
        return await self._of(
            params.text_document.uri,
            lambda text: [translate.symbol(text, each) for each in symbols(text.document)],
        )

    async def formatting(self, params: types.DocumentFormattingParams) -> list[types.TextEdit] | None:
        """Say what changes when a text is laid out."""
        return await self._of(
            params.text_document.uri, lambda text: translate.edits(text, format_edits(text.document))
        )

    async def semantic_tokens(self, params: types.SemanticTokensParams) -> types.SemanticTokens | None:
        """Say what each part of a text is."""
        return await self._of(params.text_document.uri, translate.tokens)

    async def code_actions(self, params: types.CodeActionParams) -> list[types.CodeAction] | None:
        """Say what can be done about the problems of a place."""

        def answer(text: Text) -> list[types.CodeAction]:
            start = text.offset(params.range.start.line, params.range.start.character)
            end = text.offset(params.range.end.line, params.range.end.character)
            return list(self._actions(text, start, end))

        return await self._of(params.text_document.uri, answer)

    def _actions(self, text: Text, start: int, end: int) -> Iterator[types.CodeAction]:
        document = text.document
        for problem in document.diagnostics:
            begins, ends = document.offsets(problem.span)
            if begins <= end and start <= ends:
                told = translate.diagnostic(text, problem)
                for fix in fixes(document, problem):
                    if fix.executable:
                        self._offered.add(fix.executable)
                    yield translate.action(text, told, fix)

    def make_executable(self, path: str) -> None:
        """Make a file executable for whoever may read it, because somebody has chosen to."""
        if path not in self._offered:
            raise JsonRpcException(message=f"{path} was not to be made executable", code=_REFUSED)
        try:
            mode = os.stat(path).st_mode  # noqa: PTH116 - beside chmod
            os.chmod(path, stat.S_IMODE(mode) | (mode & 0o444) >> 2)  # noqa: PTH101 - beside stat
        except OSError as problem:
            reason = (problem.strerror or "unknown").lower()
            raise JsonRpcException(message=f"{path}: {reason}", code=_REFUSED) from None
        self._look_again()


def _wrong(text: Text) -> list[types.Diagnostic]:
    return [translate.diagnostic(text, problem) for problem in text.document.diagnostics]


@contextmanager
def _refusals() -> Iterator[None]:
    """Hand on why something cannot be done."""
    try:
        yield
    except NotPossibleError as refusal:
        raise JsonRpcException(message=str(refusal), code=_REFUSED) from None


def serve() -> int:
    """Answer the editor at the other end of stdin and stdout until it is gone; return the exit status."""
    incoming, outgoing = taken()
    server = Server()
    try:
        server.start_io(incoming, outgoing)
    except (OSError, MemoryError, ValueError) as problem:
        _log.warning("the conversation broke: %s", problem)
    with suppress(OSError, ValueError):
        outgoing.close()
    if server.is_busy:
        os._exit(0)  # nobody is there to be told, and a thread cannot be ended
    return 0
