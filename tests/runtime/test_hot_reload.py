"""What can go wrong while definitions are read again, one promise a row; those without a test here have one there.

| Fault | What is promised | Test |
|---|---|---|
| a malformed file | the last good one stays; the error is shown with its place | `test_watch`: broken file; `test_snapshots`: under watch |
| half a file | only what lasts is an error; every prefix can be read | here: prefix; `test_watch`: only while it is saved |
| deleted, moved, back again | runs go on, and it comes back by itself | `test_watch_saves`: whatever becomes of the file |
| a link leads elsewhere | it is followed anew; out of the project nothing is read | here: link; `test_hostile_paths` |
| nine editors' ways to save | each is one change | `test_watch_saves`: every editor's way |
| no more can be watched | files are looked at, and the setting is named | `test_watcher`: where the system watches no more |
| ten thousand changes at once | they are told once | `test_watcher`: ten thousand |
| a folder gone, replaced, unmounted | said, and found again | `test_watcher`: replaced or gone |
| a pipe, a folder, no right, too long | an error like any other | `test_watch_saves`: whatever becomes of the file |
| no text, marks of other systems | read, or an error with its place | here: written elsewhere |
| the same date and size | the content decides | `test_watcher`: kept to itself; `test_watch`: saved as it was |
| two files of one name | the same one wins each time; both are told | `test_check`: the second file is told |
| an edit during a run | the run keeps what it began with | here: keeps; `test_watch`: goes on |
| an agent edited or deleted meanwhile | the same; missing at the start, it is an error | here: keeps |
| an edit that makes a circle | an error with the way round; other files are fine | here: circle |
| ten thousand files | nothing is read that nobody chose | `test_watched`: a great tree; `benchmarks.reload` |
| the watch dies | it is begun again, then files are looked at | `test_watcher`: dies |
| changes that nobody is told of | files are looked at from time to time | `test_watcher`: kept to itself |
"""  # noqa: E501 - a table

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from flow_tui.engine.commands import StartRun
from flow_tui.model.ids import RunId
from flow_tui.model.status import RunStatus
from flow_tui.runtime import library, rereading, sight, watch
from flow_tui.runtime.messages import LibraryChanged, News
from flow_tui.runtime.watched import Watched
from flow_tui.runtime.watcher import Seen
from flow_tui.testing import Bench, FakeAction, bench
from tests.flows import HOUR, play
from tests.runtime.test_watch import at_once
from tests.runtime.test_watch_saves import SOURCE, begin, file, nobody

__all__ = ["file"]

TYPED = """workflow typed {
  inputs { ref required }
  call a { retries = 1 timeout = "5m" }
  if a.done { script s { run = "echo {{ref}}" } }
  always { call b }
}
"""


def test_every_prefix_of_a_file_can_be_read_and_the_whole_is_right(file: Path) -> None:
    """As it is typed, or written bit by bit: whatever is there is either right or wrong in some place."""
    last = library.load(str(file))
    for end in range(0, len(TYPED) + 1, 2):
        file.write_text(TYPED[:end])
        read = rereading.reread(last, ("w.wf",), last, None)
        assert read.news is not None, TYPED[:end]
        assert (read.definition is None) is bool(read.news.diagnostics)
    file.write_text(TYPED)
    assert rereading.reread(last, (), last, None).definition == library.load(str(file))


@pytest.mark.parametrize(
    ("data", "is_right"),
    [
        (b"\xef\xbb\xbf" + SOURCE.encode(), True),
        (b"workflow w {\r\n  call a\r\n}\r\n", True),
        (b"workflow w {\r  call a\r}\r", True),
        (b"workflow w { call a } // \xff", False),
        (b"workflow w { call \x00a }", False),
    ],
)
def test_what_was_written_elsewhere_is_read_or_is_wrong_in_some_place(
    file: Path, data: bytes, is_right: bool
) -> None:
    """Marks at the beginning and other ends of lines do no harm; what is no text has a place."""
    last = library.load(str(file))
    file.write_bytes(data)
    read = rereading.reread(last, ("w.wf",), last, None)
    assert read.news is not None
    assert (read.definition is not None, not read.news.diagnostics) == (is_right, is_right)


@pytest.mark.real_time
def test_a_link_that_leads_elsewhere_from_now_on_is_a_change(file: Path) -> None:
    """Its file is that one from then on; saves of the old one matter no more."""
    first, second = file.with_name("v1.txt"), file.with_name("v2.txt")
    file.rename(first)
    file.symlink_to(first.name)
    second.write_text(f"{SOURCE} // v2")

    async def follow() -> None:
        news = asyncio.Queue[News]()
        made = begin(bench(FakeAction()), file, news.put_nowait)

        async def changed() -> str:
            while not isinstance(await asyncio.wait_for(news.get(), 5), LibraryChanged):
                pass
            assert made.definition is not None
            return made.definition.source

        try:
            swap = file.with_name("swap")
            swap.symlink_to(second.name)
            swap.replace(file)
            assert await changed() == second.read_text()
            second.write_text(f"{SOURCE} // v3")
            assert await changed() == second.read_text()
        finally:
            made.close()

    asyncio.run(follow())


def test_a_run_keeps_what_it_began_with_whatever_is_edited_meanwhile(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The workflow, and what it uses; what is missing then is wrong only for the next run."""
    agent = file.parent / ".flow" / "agents" / "helper.md"
    agent.parent.mkdir()
    agent.write_text("---\nname: helper\n---\nHelp.\n")
    file.write_text("workflow w { call helper call a }")
    queue = asyncio.Queue[frozenset[Path]]()

    async def changes(_watched: Watched) -> AsyncIterator[Seen]:
        while True:
            yield Seen(files=await queue.get())

    async def script(b: Bench) -> None:
        told: list[LibraryChanged] = []
        made = watch.Watch(
            b.engine,
            lambda item: told.append(item) if isinstance(item, LibraryChanged) else None,
            start=nobody,
            aside=at_once,
        )
        definition = library.load(str(file))
        command = StartRun(definition=definition, inputs={})
        run_id = await b.engine.start(command)
        made.look_at(command, run_id)
        began_with = dict(b.state(run_id).files)
        file.write_text(SOURCE)
        agent.unlink()
        queue.put_nowait(frozenset({file, agent}))
        await asyncio.sleep(1)
        assert not told[-1].diagnostics
        file.write_text("workflow w { call helper }")
        queue.put_nowait(frozenset({file}))
        await asyncio.sleep(1)
        assert any("helper" in each.message for each in told[-1].diagnostics)
        await b.engine.wait(run_id)
        state = b.state(run_id)
        assert (state.status, len(state.steps), dict(state.files)) == (RunStatus.COMPLETED, 2, began_with)
        made.close()

    monkeypatch.setattr(sight, "changes", changes)
    play(script, FakeAction(helper=HOUR))


def test_an_edit_that_makes_a_circle_says_the_way_round(file: Path) -> None:
    """In the definition that begins it; others are as they were."""
    folder = file.parent / ".flow" / "workflows"
    folder.mkdir()
    for name, calls in (("outer", "call workflow.inner"), ("inner", "call a"), ("other", "call a")):
        (folder / f"{name}.wf").write_text(f"workflow {name} {{ {calls.replace('workflow.', 'workflow ')} }}")
    last = library.load(str(folder / "outer.wf"))
    (folder / "inner.wf").write_text("workflow inner { call workflow outer }")
    read = rereading.reread(last, ("inner.wf",), last, RunId("r"))
    assert read.news is not None
    said = " ".join(each.message for each in read.news.diagnostics)
    assert "outer" in said
    assert "inner" in said
    assert library.load(str(folder / "other.wf")).workflow.name == "other"
