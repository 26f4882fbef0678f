"""When the watch tells of changes: by the system, or by looking, and whatever becomes of the folders."""

import asyncio
import errno
import os
import shutil
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import watchfiles

from flow_tui import limits
from flow_tui.runtime import mounts, watcher
from flow_tui.runtime.watched import Watched
from flow_tui.runtime.watcher import Lookout, Seen, changes

MS = timedelta(milliseconds=1)


def watched(root: Path, *patterns: str) -> Watched:
    """Return what is watched beside one file."""
    return Watched(root=root, files={root / "w.wf"}, patterns=patterns)


async def until(seen: AsyncGenerator[Seen], *files: Path) -> list[Seen]:
    """Return what comes until all of these were told of."""
    found: list[Seen] = []
    missing = set(files)
    async for each in seen:
        found.append(each)
        missing -= each.files
        if not missing and each.files:
            return found
    return found


@pytest.mark.real_time
def test_the_watch_says_when_it_is_live(tmp_path: Path) -> None:
    """Without any change; from then on none goes unseen, in new folders neither."""
    file, inner = tmp_path / "w.wf", tmp_path / "src" / "deep" / "x.py"
    file.write_text("one")

    async def follow() -> None:
        found = changes(watched(tmp_path, "src/**/*.py"))
        assert await anext(found) == Seen(note=f"{tmp_path}/src is not there; it is looked for")
        file.write_text("two")
        assert await anext(found) == Seen(
            files=frozenset({file}), note=f"{tmp_path}/src is not there; it is looked for"
        )
        inner.parent.mkdir(parents=True)
        inner.write_text("new")
        seen = (await until(found, inner))[-1]
        while seen.note:  # with the change, or soon after it
            seen = await anext(found)
        inner.write_text("other")
        await until(found, inner)
        shutil.rmtree(inner.parent)
        await until(found, inner)
        await found.aclose()

    asyncio.run(follow())


@pytest.mark.real_time
def test_a_folder_that_is_replaced_or_gone_is_found_again(tmp_path: Path) -> None:
    """Its watch dies with it, and nobody is told by the system; so it is looked if it is the same one."""
    root, other = tmp_path / "project", tmp_path / "other"
    for folder in (root, other):
        folder.mkdir()
        (folder / "w.wf").write_text(folder.name)

    async def follow() -> None:
        found = changes(watched(root))
        await anext(found)
        root.rename(tmp_path / "away")
        other.rename(root)
        async for seen in found:
            if not seen.files and not seen.note:  # anything may have changed
                break
        (root / "w.wf").write_text("saved in the new one")
        await until(found, root / "w.wf")
        shutil.rmtree(root)
        async for seen in found:
            if "is not there; it is looked for" in seen.note:
                break
        root.mkdir()
        (root / "w.wf").write_text("back")
        async for seen in found:
            if not seen.note:
                break
        await found.aclose()

    asyncio.run(follow())


class Told:
    """A system that tells of changes as a test says, and a clock that it moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.stop = threading.Event()
        self.seen: list[Seen] = []
        self.asked: list[tuple[str, ...]] = []
        self.script: list[Callable[[], set[tuple[int, str]]]] = []
        monkeypatch.setattr(watchfiles, "watch", self._watch)
        monkeypatch.setattr(watcher, "_LOOK", MS)
        self.now = 0.0

    def _watch(self, *folders: Path, **_given: Any) -> Iterator[set[tuple[int, str]]]:
        self.asked.append(tuple(map(str, folders)))
        while self.script:
            yield self.script.pop(0)()
        self.stop.set()

    def monotonic(self) -> float:
        """Return what the test says."""
        return self.now

    def look_out(self, what: Watched) -> list[Seen]:
        """Return what is told until the script ends."""
        clock: Any = self
        Lookout(what, settle=50 * MS, deliver=self.seen.append, stop=self.stop, clock=clock).run()
        return self.seen

    def notes(self) -> list[str]:
        """Return what was said of the watch, without repetitions."""
        return list(dict.fromkeys(seen.note for seen in self.seen if seen.note))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """Return a system that tells of changes as it is told."""
    return Told(monkeypatch)


def raises(error: BaseException) -> Callable[[], set[tuple[int, str]]]:
    """Return what fails."""

    def fail() -> set[tuple[int, str]]:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "names"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "max_user_watches"),
        (OSError("OS file watch limit reached. about [...]"), "max_user_watches"),
        (OSError(errno.EMFILE, "Too many open files"), "max_user_instances"),
        (RuntimeError("Error creating recommended watcher: … (os error 24)"), "max_user_instances"),
    ],
)
def test_where_the_system_watches_no_more_files_are_looked_at_and_the_setting_is_named(
    tmp_path: Path, told: Told, monkeypatch: pytest.MonkeyPatch, error: Exception, names: str
) -> None:
    """It is said once, and changes are noticed all the same, a little later."""
    file = tmp_path / "w.wf"
    file.write_text("one")
    monkeypatch.setattr(limits, "WATCH_POLL", MS)
    told.script = [raises(error)]

    def deliver(seen: Seen) -> None:
        told.seen.append(seen)
        if seen.files:
            told.stop.set()
        elif told.notes() and seen.note == told.notes()[-1]:
            file.write_text("two, longer")

    Lookout(watched(tmp_path), settle=MS, deliver=deliver, stop=told.stop).run()
    (note,) = told.notes()
    assert names in note
    assert "files are looked at every" in note
    assert told.seen[-1].files == {file}


def test_a_watch_that_dies_is_begun_again_and_then_done_without(tmp_path: Path, told: Told) -> None:
    """People see both; it can go on like that for ever."""
    told.script = [
        raises(RuntimeError("first")),
        raises(ValueError("second")),
        lambda: {(1, str(tmp_path / "w.wf"))},
        raises(RuntimeError("third")),
    ]
    seen: list[Seen] = []

    def deliver(each: Seen) -> None:
        seen.append(each)
        if "does not tell" in each.note:
            told.stop.set()

    Lookout(watched(tmp_path), settle=MS, deliver=deliver, stop=told.stop).run()
    notes = list(dict.fromkeys(each.note for each in seen))
    assert notes[:2] == [
        "watching failed, and was begun again: first",
        "watching failed, and was begun again: second",
    ]
    assert notes[-1].startswith("the system does not tell of changes (third): files are looked at every")
    assert {tmp_path / "w.wf"} in [each.files for each in seen]


def test_what_the_system_kept_to_itself_is_found_by_looking_from_time_to_time(
    tmp_path: Path, told: Told
) -> None:
    """Be it that the date and the size are as before."""
    file = tmp_path / "w.wf"
    file.write_text("one")

    def later() -> set[tuple[int, str]]:
        before = file.stat()
        file.write_text("two")
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        told.now += limits.WATCH_RESCAN.total_seconds()
        return set()

    told.script = [set, set, later, set]
    assert [seen.files for seen in told.look_out(watched(tmp_path))][-1] == {file}


def test_ten_thousand_changes_are_told_once(tmp_path: Path, told: Told) -> None:
    """Of them those that matter; what is around them costs one look each."""
    (tmp_path / "src").mkdir()
    storm = {(2, str(tmp_path / "src" / f"{number}.tmp~")) for number in range(10_000)}
    told.script = [set, lambda: storm | {(2, str(tmp_path / "src" / "a.py"))}]
    seen = told.look_out(watched(tmp_path, "src/**"))
    assert [each.files for each in seen] == [frozenset(), {tmp_path / "src" / "a.py"}]


def test_a_file_system_that_tells_nothing_is_looked_at(
    tmp_path: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system is not even asked."""
    mount = mounts.Mount(at=str(tmp_path), kind="9p")
    monkeypatch.setattr(mounts, "here", lambda: (mount,))

    def deliver(seen: Seen) -> None:
        told.seen.append(seen)
        told.stop.set()

    Lookout(watched(tmp_path), settle=MS, deliver=deliver, stop=told.stop).run()
    assert told.asked == []
    assert told.notes() == [f"9p in {tmp_path} does not tell of changes: files are looked at every 0.5 s"]


MOUNTS = r"""
21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
22 21 0:5 / /mnt/c rw,noatime - 9p drvfs rw,aname=drvfs
23 21 0:6 / /home/nina/my\040files rw - nfs4 server:/export rw
24 21 0:7 / /odd rw - fuse.odd odd rw
25 21 0:8 / /odd rw - tmpfs tmpfs rw
"""


@pytest.mark.parametrize(
    ("folder", "kind", "tells"),
    [
        ("/srv", "", ""),
        ("/mnt/c/Users", "9p", "none"),
        ("/mnt/cat", "", ""),
        ("/home/nina/my files/a", "nfs4", "none"),
        ("/odd/x", "", ""),
    ],
)
def test_file_systems_are_known_by_where_they_begin(folder: str, kind: str, tells: str) -> None:
    """The deepest counts, and of two in one place the later."""
    found = mounts.worst([Path(folder), Path("/")], mounts.mounts(MOUNTS))
    assert (found.kind if found else "", found.tells if found else "") == (kind, tells)


def test_of_a_file_system_that_nobody_knows_not_everything_is_expected() -> None:
    """It is asked, and looked at from time to time."""
    (mount,) = mounts.mounts("24 21 0:7 / /odd rw - fuse.odd odd rw")
    assert mount.tells == "some"
    assert mounts.worst([Path("/odd")], (mount,)) is mount
