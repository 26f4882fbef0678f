"""An editor talks to the real server over stdio, through a client library that is not ours."""

import asyncio
import stat
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from tests.lsp.editor import Editor, at, editor

pytestmark = pytest.mark.real_time

SHIP = """workflow ship {
  meta { title = "🚢 船" }
  inputs { who }
  script build { run = "echo 🚢 {{who}}" }  /* */
}
"""
SOUND = SHIP.replace("  /* */", "")


def project(root: Path) -> str:
    """Make a project with two workflows, an agent and a script that cannot be run; return the first's URI."""
    flow = root / ".flow"
    for name, text in {
        "workflows/ship.wf": SOUND,
        "workflows/all.wf": 'workflow all {\n  call workflow ship { inputs { who = "x" } }\n}\n',
        "agents/plan.md": "Plan it.\n",
        "scripts/idle.sh": "#!/bin/sh\n",
    }.items():
        (flow / name).parent.mkdir(parents=True, exist_ok=True)
        (flow / name).write_text(text, "utf-8")
    return (flow / "workflows/ship.wf").as_uri()


async def everything(client: Editor, uri: str, root: Path) -> None:
    """Ask for all that the server offers, once."""
    document = types.TextDocumentIdentifier(uri=uri)
    client.open(uri, SHIP)
    (wrong,) = await client.problems(uri)
    # Behind a ship that takes two units, and by the protocol's count from 0.
    assert (wrong.range.start.line, wrong.range.start.character) == (3, SHIP.splitlines()[3].index("/*") + 1)
    assert wrong.source == "flow-tui"

    line = SHIP.splitlines()[3]
    begin = line.index("  /*") + 1
    client.type(uri, 2, ((3, begin), (3, len(line) + 1), ""))
    assert await client.problems(uri, 2) == []

    place = at(3, line.index("{{who") + 4, uri)
    found = await client.text_document_completion_async(types.CompletionParams(**place))
    assert isinstance(found, types.CompletionList)
    assert found.items[0].label == "who"
    hover = await client.text_document_hover_async(types.HoverParams(**place))
    assert hover is not None
    assert isinstance(hover.contents, types.MarkupContent)
    assert hover.contents.value.startswith("The input `who`")
    assert hover.range == types.Range(
        start=types.Position(3, line.index("who}}") + 1), end=types.Position(3, line.index("}}") + 1)
    )
    definition = await client.text_document_definition_async(types.DefinitionParams(**place))
    assert isinstance(definition, list)
    assert definition[0].range.start == types.Position(2, 11)

    context = types.ReferenceContext(include_declaration=False)
    named = await client.text_document_references_async(types.ReferenceParams(**place, context=context))
    assert {Path(each.uri).name for each in named or []} == {"ship.wf", "all.wf"}
    prepared = await client.text_document_prepare_rename_async(types.PrepareRenameParams(**place))
    assert isinstance(prepared, types.PrepareRenamePlaceholder)
    assert prepared.placeholder == "who"
    renamed = await client.text_document_rename_async(types.RenameParams(**place, new_name="whom"))
    assert renamed is not None
    assert {Path(each).name: len(edits) for each, edits in (renamed.changes or {}).items()} == {
        "ship.wf": 2,
        "all.wf": 1,
    }
    with pytest.raises(JsonRpcException, match="is a word of the language"):
        await client.text_document_rename_async(types.RenameParams(**place, new_name="do"))

    outline = await client.text_document_document_symbol_async(types.DocumentSymbolParams(document))
    assert outline is not None
    assert [each.name for each in outline[0].children or []] == ["meta", "inputs", "build"]
    tokens = await client.text_document_semantic_tokens_full_async(types.SemanticTokensParams(document))
    assert tokens is not None
    assert len(tokens.data) % 5 == 0
    options = types.FormattingOptions(tab_size=2, insert_spaces=True)
    laid_out = await client.text_document_formatting_async(types.DocumentFormattingParams(document, options))
    assert [each.new_text for each in laid_out or []] == ["  inputs {\n    who\n  }\n"]

    await a_file_becomes_executable(client, uri, root)


async def a_file_becomes_executable(client: Editor, uri: str, root: Path) -> None:
    """Choose what is offered about a script that cannot be run."""
    client.type(uri, 3, ((3, 0), (4, 0), '  script build { run = "idle.sh {{who}}" }\n'))
    (wrong,) = await client.problems(uri, 3)
    (action,) = await client.actions(uri, wrong)
    command, arguments = action["command"]["command"], action["command"]["arguments"]
    idle = root / ".flow/scripts/idle.sh"
    with pytest.raises(JsonRpcException):
        await client.workspace_execute_command_async(
            types.ExecuteCommandParams(command=command, arguments=["/etc/hostname"])
        )
    await client.workspace_execute_command_async(
        types.ExecuteCommandParams(command=command, arguments=arguments)
    )
    assert idle.stat().st_mode & stat.S_IXUSR
    assert await client.problems(uri, 3) == []


async def a_file_is_deleted(client: Editor, uri: str, root: Path) -> None:
    """Be told that a script that is named is gone."""
    idle = root / ".flow/scripts/idle.sh"
    idle.unlink()
    gone = types.FileEvent(uri=idle.as_uri(), type=types.FileChangeType.Deleted)
    client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams(changes=[gone]))
    (wrong,) = await client.problems(uri, 3)
    assert wrong.code == "W-COMMAND"


def test_an_editor_is_answered_whatever_it_asks(tmp_path: Path) -> None:
    """Problems, completion, hover, definition, renaming, outline, tokens, layout, fixes, the end."""

    async def talk() -> tuple[int, bytes]:
        uri = project(tmp_path)
        async with editor(tmp_path) as client:
            await everything(client, uri, tmp_path)
            await a_file_is_deleted(client, uri, tmp_path)
            assert client.watches.qsize() == 1
            code = await client.leave()
        return code, client.stderr

    assert asyncio.run(talk()) == (0, b"")


@pytest.mark.parametrize("size", [100_000, pytest.param(2_000_000, marks=pytest.mark.slow)])
def test_odd_texts_and_odd_messages_end_nothing(tmp_path: Path, size: int) -> None:
    """CRLF, a byte order mark, no project, a huge text, rubbish, a question taken back: it goes on."""

    async def talk() -> tuple[int, bytes]:
        async with editor(tmp_path, position_encodings=[types.PositionEncodingKind.Utf8]) as client:
            uri = (tmp_path / "crlf.wf").as_uri()
            client.open(uri, '\ufeffworkflow crlf {\r\n  script é { run = "true" }\r\n}\r\n')
            (wrong,) = await client.problems(uri)
            assert (wrong.range.start.line, wrong.range.start.character) == (1, 9)
            # The editor counts bytes, as it has asked for; é takes two of them.
            client.type(uri, 2, ((1, 9), (1, 11), "e"), ((1, 30), (1, 99), ""))
            assert [each.code for each in await client.problems(uri, 2)] == []

            client.open("untitled:Untitled-1", "workflow w { call a }")
            assert await client.problems("untitled:Untitled-1") == []

            assert client.process.stdin is not None
            client.process.stdin.write(b"rubbish\r\n\r\nContent-Length: 7\r\n\r\n{broken")
            client.process.stdin.write(b"Content-Length: 99999999999999999999\r\n\r\n")
            client.process.stdin.write(b"Content-Length: 2\r\n\r\n[]")
            line = 'script s { run = "true" }\n'
            huge = "workflow huge {\n" + line * (size // len(line)) + "}\n"
            client.open((tmp_path / "huge.wf").as_uri(), huge)
            asked = asyncio.ensure_future(
                client.text_document_semantic_tokens_full_async(
                    types.SemanticTokensParams(types.TextDocumentIdentifier((tmp_path / "huge.wf").as_uri()))
                )
            )
            await asyncio.sleep(0)
            (number,) = (key for key, future in client.protocol._request_futures.items() if not future.done())
            client.cancel_request(types.CancelParams(id=number))
            (answer,) = await asyncio.wait_for(asyncio.gather(asked, return_exceptions=True), 60)
            assert isinstance(answer, JsonRpcException | types.SemanticTokens)  # it may have been too late
            place = at(1, 12, uri)
            found = await client.text_document_completion_async(types.CompletionParams(**place))
            assert isinstance(found, types.CompletionList)
            client.process.stdin.close()
            code = await asyncio.wait_for(client.process.wait(), 15)
        return code, client.stderr

    assert asyncio.run(talk()) == (0, b"")
