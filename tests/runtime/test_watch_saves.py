"""Saves by real editors' ways, in real files: each is one change, none is an error, whatever lies around."""

import asyncio
import os
import random
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from flow_tui import limits
from flow_tui.diagnostics import Diagnostic, Span
from flow_tui.engine.commands import StartRun
from flow_tui.errors import DefinitionError
from flow_tui.model.ids import RunId
from flow_tui.runtime import library, sight
from flow_tui.runtime.messages import LibraryChanged, News
from flow_tui.runtime.rereading import Aside, in_thread
from flow_tui.runtime.watch import Watch
from flow_tui.runtime.watched import Watched
from flow_tui.runtime.watcher import Seen
from flow_tui.testing import Bench, FakeAction, bench
from tests.flows import play
from tests.runtime.test_watch import at_once

SOURCE = "workflow w { call a }"


def truncated(file: Path, text: str) -> None:
    """Save as nano and most do: the same file, emptied and written."""
    file.write_text(text)


def vim(file: Path, text: str) -> None:
    """Save with a backup: a probe, the old file renamed, a new one written, the backup removed."""
    probe, backup = file.with_name("4913"), file.with_name(f"{file.name}~")
    probe.touch()
    probe.unlink()
    file.rename(backup)
    file.write_text(text)
    backup.unlink()


def neovim(file: Path, text: str) -> None:
    """Save with a copy as backup, and a swap file beside it."""
    swap, backup = file.with_name(f".{file.name}.swp"), file.with_name(f"{file.name}~")
    swap.write_text("swap")
    backup.write_bytes(file.read_bytes())
    with file.open("w") as opened:
        opened.write(text)
        os.fsync(opened.fileno())
    backup.unlink()
    swap.unlink()


def emacs(file: Path, text: str) -> None:
    """Save under a lock that is a link to nowhere, with a backup that stays."""
    lock = file.with_name(f".#{file.name}")
    lock.symlink_to("nina@host.4711:1700000000")
    backup = file.with_name(f"{file.name}~")
    backup.unlink(missing_ok=True)
    os.link(file, backup)
    file.unlink()
    file.write_text(text)
    lock.unlink()


def vscode(file: Path, text: str) -> None:
    """Save at once: written beside it, then renamed over it."""
    draft = file.with_name(f"{file.name}.vsctmp")
    draft.write_text(text)
    draft.replace(file)


def jetbrains(file: Path, text: str) -> None:
    """Save by two renames: the old one away, the new one in."""
    new, old = (file.with_name(f"{file.name}___jb_{which}___") for which in ("tmp", "old"))
    new.write_text(text)
    file.rename(old)
    new.rename(file)
    old.unlink()


def gedit(file: Path, text: str) -> None:
    """Save as GNOME's programs do."""
    draft = file.with_name(".goutputstream-K2X1A3")
    draft.write_text(text)
    os.link(file, file.with_name(f"{file.name}~1"))
    draft.replace(file)
    file.with_name(f"{file.name}~1").unlink()


def kate(file: Path, text: str) -> None:
    """Save as KDE's programs do."""
    swap, draft = file.with_name(f".{file.name}.kate-swp"), file.with_name(f"{file.name}.hXv112")
    swap.touch()
    draft.write_text(text)
    draft.replace(file)
    swap.unlink()


def sed(file: Path, text: str) -> None:
    """Edit in place, as ``sed -i`` does."""
    draft = file.with_name("sedX81Kq2")
    draft.write_text(text)
    draft.chmod(file.stat().st_mode)
    draft.replace(file)


EDITORS = (truncated, vim, neovim, emacs, vscode, jetbrains, gedit, kate, sed)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a workflow in a project, with two programs that it may call."""
    actions = tmp_path / ".flow" / "actions"
    actions.mkdir(parents=True)
    for name in ("a", "b"):
        (actions / name).write_text("#!/bin/sh\n")
        (actions / name).chmod(0o755)
    made = tmp_path / "w.wf"
    made.write_text(SOURCE)
    return made


async def nobody(_command: StartRun) -> RunId:
    """Start nothing: the watch is off."""
    raise AssertionError


def begin(b: Bench, file: Path, told: Callable[[News], None], aside: Aside = in_thread) -> Watch:
    """Return a watch that follows a file, as if a run of it had been started."""
    made = Watch(b.engine, told, start=nobody, aside=aside)
    definition = replace(library.load(str(file)), root=str(file.parent))
    made.look_at(StartRun(definition=definition, inputs={}), RunId("r"))
    return made


@pytest.mark.real_time
def test_every_editors_way_to_save_is_one_change(file: Path) -> None:
    """Whatever it renames, copies or lays beside it; nobody ever sees an error, or another file's name."""

    async def follow() -> None:
        news = asyncio.Queue[News]()
        made = begin(bench(FakeAction()), file, news.put_nowait)
        try:
            for number, save in enumerate(EDITORS):
                text = f"workflow w {{ call a call b }} // {save.__name__} {number}"
                save(file, text)
                while True:
                    told = await asyncio.wait_for(news.get(), 5)
                    if isinstance(told, LibraryChanged):
                        assert (told.changed, told.diagnostics) == (("w.wf",), ()), save.__name__
                        break
                assert made._last is not None  # what a re-run would start
                assert made._last.definition.source == text
        finally:
            made.close()
        left = [news.get_nowait() for _ in range(news.qsize())]
        assert not any(isinstance(item, LibraryChanged) for item in left)

    asyncio.run(follow())


class Edits:
    """Random edits of a text, such as a person makes: pieces cut, moved, repeated and mistyped."""

    def __init__(self, text: str) -> None:
        self.good = self.text = text
        self._chance = random.Random(7)

    def make(self) -> str:
        """Return the text after one more edit; now and then it is as it was."""
        chance = self._chance
        if chance.random() < 0.15 or len(self.text) > 4 * len(self.good):
            self.text = self.good
            return self.text
        begin = chance.randrange(len(self.text) + 1)
        end = min(len(self.text), begin + chance.randrange(6))
        piece = chance.choice(("", "}", "{", '"', "call b ", "call zz ", "retries = 2", "\n", "x", "// "))
        self.text = self.text[:begin] + piece + self.text[end:]
        return self.text

    def make_beside(self, root: Path) -> tuple[str, frozenset[Path]]:
        """Make what a definition may name come or go; return a text that names it, and what was touched."""
        chance = self._chance
        if chance.random() < 0.2:
            self.text = self.good.replace("call b", chance.choice(NAMING))
            return self.text, frozenset()
        file = root / chance.choice([*BESIDE])
        if chance.random() < 0.1 and file.parent.name != "actions" and file.parent.exists():
            inside = frozenset(file.parent.rglob("*"))
            shutil.rmtree(file.parent)
            return self.text, inside | {file.parent}
        if file.exists() and chance.random() < 0.6:
            file.unlink()
            return self.text, frozenset({file})
        missing = {folder for folder in file.parents if not folder.exists()}
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(chance.choice(BESIDE[str(file.relative_to(root))]))
        file.chmod(chance.choice((0o755, 0o644)))
        return self.text, frozenset({file, *missing})


AGENT = "---\nname: zz\n---\nHelp with {{x}}.\n"
CHILD = "workflow child { call b }"
BESIDE = {
    ".flow/agents/zz.md": (AGENT, "---\nname: [\n---\n"),
    ".flow/workflows/w/agents/zz.md": (AGENT, "---\nname: [\n---\n", "Do {{nothing}}."),
    ".flow/actions/zz": ("#!/bin/sh\n",),
    ".flow/actions/b": ("#!/bin/sh\n",),
    ".flow/actions.py": ("@flow_tui.action\ndef zz(params): pass\n", "def ("),
    ".flow/prompts/p.md": ("Be brief.",),
    ".flow/workflows/w/prompts/p.md": ("Be {{nothing}}.",),
    ".flow/schemas/s.yaml": ("fields:\n  ok: boolean\n", "fields: ["),
    ".flow/scripts/x.sh": ("#!/bin/sh\n",),
    "tools/y.sh": ("#!/bin/sh\n",),
    ".flow/workflows/child.wf": (CHILD, CHILD.replace("b", "zz"), "workflow child {", CHILD + " x"),
    ".conductor/agents/zz.md": (AGENT,),
}
"""Files that a definition may name, and what may stand in them."""
NAMING = (
    "call zz",
    'call b { with = ["p"] }',
    'call b { output = "s" }',
    'script q { run = "x.sh" }',
    'script q { run = "tools/y.sh" }',
    "call workflow child",
)
"""Steps that name them."""


def said(diagnostics: Sequence[Diagnostic]) -> list[tuple[str, str, Span]]:
    """Return what is wrong, and where; not how the file is called."""
    return [(problem.code, problem.message, problem.span) for problem in diagnostics]


def cold(file: Path) -> list[tuple[str, str, Span]]:
    """Return what checking says of a file that nobody has looked at before."""
    try:
        library.load(str(file))
    except DefinitionError as error:
        return said(error.diagnostics)
    return []


def texts(edits: Edits, _root: Path) -> tuple[str, frozenset[Path]]:
    """Edit the text only."""
    return edits.make(), frozenset()


def follow_edits(
    file: Path,
    count: int,
    monkeypatch: pytest.MonkeyPatch,
    edit: Callable[[Edits, Path], tuple[str, frozenset[Path]]] = texts,
) -> None:
    """Edit a file so often; after each edit, hold what the screen was told against a cold check."""
    edits = Edits(
        "workflow w {\n  inputs { x required }\n  call a { retries = 1 }\n  if a.done { call b }\n}\n"
    )
    queue = asyncio.Queue[frozenset[Path]]()

    async def changes(watched: Watched) -> AsyncIterator[Seen]:
        yield Seen()
        while True:
            if wanted := frozenset(filter(watched.wants, await queue.get())):
                yield Seen(files=wanted)

    async def script(b: Bench) -> None:
        told: list[LibraryChanged] = []
        made = begin(
            b,
            file,
            lambda item: told.append(item) if isinstance(item, LibraryChanged) else None,
            aside=at_once,
        )
        for _ in range(count):
            before = file.read_text()
            text, touched = edit(edits, file.parent)
            file.write_text(text)
            queue.put_nowait(touched | ({file} if text != before else frozenset()))
            await asyncio.sleep(1)
            expected = cold(file)
            assert said(told[-1].diagnostics if told else ()) == expected, (text, touched)
            if touched and not expected and made.definition is not None:
                assert made.definition == replace(library.load(str(file)), root=made.definition.root), touched
        made.close()

    monkeypatch.setattr(sight, "changes", changes)
    play(script)


def none_at_all(file: Path) -> None:
    """Leave nothing."""
    file.unlink()


def elsewhere(file: Path) -> None:
    """Move it away."""
    file.rename(file.with_name("v.wf"))


def a_folder(file: Path) -> None:
    """Put a folder in its place."""
    file.unlink()
    file.mkdir()


def a_pipe(file: Path) -> None:
    """Put a pipe in its place, which nobody writes to."""
    file.unlink()
    os.mkfifo(file)


def a_link_to_nowhere(file: Path) -> None:
    """Put a link in its place that leads nowhere."""
    file.unlink()
    file.symlink_to("nowhere")


def a_link_to_itself(file: Path) -> None:
    """Put a link in its place that leads round and round."""
    file.unlink()
    file.symlink_to(file.name)


def nobodys(file: Path) -> None:
    """Take the right to read it away."""
    file.chmod(0)


def far_too_long(file: Path) -> None:
    """Write more than any workflow has."""
    with file.open("r+b") as opened:
        opened.truncate(limits.FILE_BYTES + 1)


def no_text(file: Path) -> None:
    """Write what is no text."""
    file.write_bytes(b"workflow w { \xff\x00 }")


def half(file: Path) -> None:
    """Write the first half."""
    file.write_text(SOURCE[: len(SOURCE) // 2])


WRONG = (
    none_at_all,
    elsewhere,
    a_folder,
    a_pipe,
    a_link_to_nowhere,
    a_link_to_itself,
    far_too_long,
    no_text,
    half,
    *([nobodys] if os.geteuid() else []),
)


def test_whatever_becomes_of_the_file_it_is_told_and_the_last_good_definition_stays(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each time it comes back by itself, and nothing is wrong any more."""
    queue = asyncio.Queue[frozenset[Path]]()

    async def changes(_watched: Watched) -> AsyncIterator[Seen]:
        while True:
            yield Seen(files=await queue.get())

    async def script(b: Bench) -> None:
        told: list[LibraryChanged] = []
        made = begin(
            b,
            file,
            lambda item: told.append(item) if isinstance(item, LibraryChanged) else None,
            aside=at_once,
        )
        for spoil in WRONG:
            spoil(file)
            queue.put_nowait(frozenset({file}))
            await asyncio.sleep(1)
            assert (told[-1].plan, len(told[-1].diagnostics) > 0) == (None, True), spoil.__name__
            assert made._last is not None
            assert made._last.definition.source == SOURCE
            if file.is_dir():
                file.rmdir()
            else:
                file.unlink(missing_ok=True)
            file.write_text(SOURCE)
            queue.put_nowait(frozenset({file}))
            await asyncio.sleep(1)
            assert (told[-1].plan is None, told[-1].diagnostics) == (False, ()), spoil.__name__
        made.close()

    monkeypatch.setattr(sight, "changes", changes)
    play(script)


def test_after_any_edit_people_are_told_what_a_cold_check_says(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No error stays that is none any more, and none is missing."""
    follow_edits(file, 200, monkeypatch)


def test_whatever_comes_or_goes_that_a_definition_names_people_are_told_what_a_cold_check_says(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Agents, texts, schemas, scripts, programs, workflows: in every place where they were looked for."""
    follow_edits(file, 80, monkeypatch, Edits.make_beside)


@pytest.mark.slow
def test_after_a_thousand_edits_too(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same, for as many as somebody makes in a day."""
    follow_edits(file, 1_000, monkeypatch)


@pytest.mark.slow
def test_after_a_thousand_things_that_came_or_went_too(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same, of what a definition names."""
    follow_edits(file, 1_000, monkeypatch, Edits.make_beside)
