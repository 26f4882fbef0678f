"""What a change of a file brings about, whatever is in progress."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from flow_tui.engine.commands import StartRun
from flow_tui.errors import NotPossibleError
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.status import RunStatus
from flow_tui.runtime import library, watch
from flow_tui.runtime.messages import LibraryChanged, News, Policy, Refused, WatchChanged
from flow_tui.runtime.watch import Watch, WatchOptions
from flow_tui.runtime.watcher import Watched
from flow_tui.testing import Bench, FakeAction
from tests.flows import HOUR, play

SOURCE = "workflow w { call a }"
EDITED = "workflow w { call a call b }"
SETTLE = timedelta(seconds=1)


class House:
    """A watch over one file, whose changes a test makes."""

    def __init__(self, bench: Bench, file: Path) -> None:
        self.bench = bench
        self.file = file
        self.news: list[News] = []
        self.started: list[RunId] = []
        self.refusal: NotPossibleError | None = None
        self.watch = Watch(bench.engine, self.news.append, start=self._start)
        self.watch.options = WatchOptions(settle=SETTLE)

    async def _start(self, command: StartRun) -> RunId:
        if self.refusal is not None:
            raise self.refusal
        run_id = await self.bench.engine.start(command)
        self.started.append(run_id)
        return run_id

    async def begin(self, policy: Policy = "queue", *, armed: bool = True) -> RunId:
        """Start the workflow and follow its file."""
        self.watch.begin()
        self.watch.set(armed=armed, policy=policy)
        definition = replace(library.load(str(self.file)), root=str(self.file.parent))
        command = StartRun(definition=definition, inputs={})
        run_id = await self.bench.engine.start(command)
        self.watch.look_at(command, run_id)
        return run_id

    async def save(self, text: str | None, *more: Path) -> None:
        """Change the file, or delete it, and let everybody take notice."""
        if text is None:
            self.file.unlink()
        else:
            self.file.write_text(text)
        await self.touch(self.file, *more)

    async def touch(self, *files: Path) -> None:
        """Tell of changes, and wait until runs that start again have settled."""
        self.changes.put_nowait(frozenset(files))
        await asyncio.sleep(2 * SETTLE.total_seconds())

    async def over(self, run_id: RunId) -> RunStatus:
        """Wait for the end of a run, and say so as whoever started it does."""
        await self.bench.engine.wait(run_id)
        self.watch.run_ended(run_id)
        await asyncio.sleep(0.01)
        return self.bench.state(run_id).status

    @property
    def says(self) -> WatchChanged:
        """Return what people see now."""
        return [item for item in self.news if isinstance(item, WatchChanged)][-1]

    changes: "asyncio.Queue[frozenset[Path]]"
    watched: Watched


Script = Callable[[House], Awaitable[object]]
Use = Callable[..., object]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Use:
    """Return what runs a script in a project with one workflow, on virtual time."""
    actions = tmp_path / ".flow" / "actions"
    actions.mkdir(parents=True)
    for name in ("a", "b"):
        (actions / name).write_text("#!/bin/sh\n")
        (actions / name).chmod(0o755)
    file = tmp_path / "w.wf"
    file.write_text(SOURCE)

    def use(script: Script, action: FakeAction | None = None) -> object:
        async def within(bench: Bench) -> object:
            made = House(bench, file)
            made.changes = asyncio.Queue()

            async def changes(watched: Watched) -> AsyncIterator[frozenset[Path]]:
                made.watched = watched
                while True:
                    yield await made.changes.get()

            monkeypatch.setattr(watch, "changes", changes)
            try:
                return await script(made)
            finally:
                made.watch.close()

        return play(within, action)

    return use


def test_before_anything_was_started_nothing_is_watched(house: Use) -> None:
    """The watch can be armed, and says what it follows: nothing."""

    async def script(h: House) -> None:
        h.watch.begin()
        assert (h.says.armed, h.says.watched) == (False, ())
        h.watch.set(armed=True, policy="restart")
        assert (h.says.armed, h.says.policy, h.says.watched) == (True, "restart", ())

    house(script)


def test_a_change_starts_a_new_run_of_the_new_definition(house: Use) -> None:
    """The plan is told at once, the run starts when no further change has come for a while."""

    async def script(h: House) -> None:
        first = await h.begin()
        await h.over(first)
        h.file.write_text(EDITED)
        h.changes.put_nowait(frozenset({h.file}))
        await asyncio.sleep(0.5)
        told = [item for item in h.news if isinstance(item, LibraryChanged)][-1]
        assert (told.changed, len(told.plan or ()), h.started) == (("w.wf",), 2, [])
        await asyncio.sleep(1)
        assert (h.says.effect, h.says.trigger, len(h.started)) == ("started", "w.wf", 1)
        assert await h.over(h.started[0]) is RunStatus.COMPLETED
        state = h.bench.state(h.started[0])
        assert set(state.steps) == {"0", "1"}
        assert (state.warm_from, state.steps[StepPath("0")].reused_from) == (first, first)

    house(script)


def test_a_re_run_can_be_cold(house: Use) -> None:
    """Then every step runs, whatever has changed."""

    async def script(h: House) -> None:
        h.watch.options = WatchOptions(settle=SETTLE, is_cold=True)
        await h.over(await h.begin())
        await h.save(EDITED)
        await h.over(h.started[0])
        assert h.bench.state(h.started[0]).warm_from is None

    house(script)


def test_several_changes_at_once_start_one_run(house: Use) -> None:
    """Each further one begins the wait anew."""

    async def script(h: House) -> None:
        await h.over(await h.begin())
        for number in range(4):
            h.file.write_text(f"{SOURCE} // {number}")
            h.changes.put_nowait(frozenset({h.file}))
            await asyncio.sleep(0.7)
        assert h.started == []
        await asyncio.sleep(1)
        assert len(h.started) == 1

    house(script)


def test_while_a_run_goes_on_one_more_is_queued(house: Use) -> None:
    """It starts when the present one ends, once, however many changes there were."""

    async def script(h: House) -> None:
        first = await h.begin("queue")
        for number in range(3):
            await h.save(f"{SOURCE} // {number}")
        assert (h.says.effect, h.says.queued, h.started) == ("queued", True, [])
        assert await h.over(first) is RunStatus.COMPLETED
        assert (h.says.effect, h.says.queued, len(h.started)) == ("started", False, 1)
        await h.over(h.started[0])
        assert len(h.started) == 1

    house(script, FakeAction(a=timedelta(minutes=1)))


def test_the_present_run_is_cancelled_where_that_is_the_policy(house: Use) -> None:
    """Who did it is on record: the file."""

    async def script(h: House) -> None:
        first = await h.begin("restart")
        await h.save(EDITED)
        assert await h.over(first) is RunStatus.CANCELLED
        assert h.bench.state(first).cancelled_by == "change of w.wf"
        assert (h.says.effect, len(h.started)) == ("started", 1)

    house(script, FakeAction(a=[HOUR, None]))


def test_a_change_during_a_run_can_be_ignored(house: Use) -> None:
    """Nothing follows the run; what is started later has the change."""

    async def script(h: House) -> None:
        first = await h.begin("ignore")
        await h.save(EDITED)
        assert h.says.effect == "ignored"
        await h.over(first)
        assert h.started == []
        await h.save(f"{EDITED} // again")
        assert len(h.bench.state(h.started[0]).plan) == 2

    house(script, FakeAction(a=timedelta(minutes=1)))


def test_an_unarmed_watch_tells_of_changes_and_starts_nothing(house: Use) -> None:
    """Disarmed while a re-run is queued, it lets that go, too."""

    async def script(h: House) -> None:
        first = await h.begin()
        await h.save(EDITED)
        assert h.says.queued
        h.watch.set(armed=False, policy="queue")
        assert (h.says.queued, h.says.effect) == (False, "")
        await h.over(first)
        await h.save(SOURCE)
        assert (h.started, h.says.trigger) == ([], "w.wf")

    house(script, FakeAction(a=timedelta(minutes=1)))


def test_disarmed_while_a_change_settles_nothing_starts(house: Use) -> None:
    """What people decided last holds."""

    async def script(h: House) -> None:
        await h.over(await h.begin())
        h.file.write_text(EDITED)
        h.changes.put_nowait(frozenset({h.file}))
        await asyncio.sleep(0.5)
        h.watch.set(armed=False, policy="queue")
        await asyncio.sleep(2)
        assert h.started == []

    house(script)


@pytest.mark.parametrize("broken", ["workflow w {", None])
def test_a_broken_file_is_told_and_the_last_good_definition_stays(house: Use, broken: str | None) -> None:
    """Put back as it was, it is as if nothing had happened; changed for good, it runs."""

    async def script(h: House) -> None:
        await h.over(await h.begin())
        await h.save(broken)
        told = [item for item in h.news if isinstance(item, LibraryChanged)][-1]
        assert (told.plan, len(told.diagnostics), told.changed) == (None, 1, ("w.wf",))
        assert (h.says.effect, h.started) == ("broken", [])
        await h.save(SOURCE)
        assert (h.says.effect, h.says.trigger, h.started) == ("", "", [])
        await h.save(EDITED)
        assert len(h.started) == 1

    house(script)


def test_saving_without_a_change_does_nothing(house: Use) -> None:
    """Editors write files that they have not changed."""

    async def script(h: House) -> None:
        await h.over(await h.begin())
        before = h.says
        await h.save(SOURCE)
        assert (h.says, h.started) == (before, [])

    house(script)


def test_a_file_that_fits_a_pattern_starts_the_same_definition_again(house: Use) -> None:
    """Its content is none of the definition's."""

    async def script(h: House) -> None:
        h.watch.options = WatchOptions(patterns=("src/*.py",), settle=SETTLE)
        await h.over(await h.begin())
        assert h.watched.patterns == ("src/*.py",)
        assert h.says.watched[0] == "w.wf"
        assert h.says.watched[-1] == "src/*.py"
        await h.touch(h.file.parent / "src" / "x.py")
        assert (len(h.started), h.says.trigger) == (1, "src/x.py")
        await h.over(h.started[0])
        assert h.bench.state(h.started[0]).warm_from is None  # which step reads it, nobody knows
        await h.touch(Path("/elsewhere/y.py"))
        assert h.says.trigger == "/elsewhere/y.py"

    house(script)


def test_a_file_that_becomes_part_of_the_definition_is_watched_too(house: Use) -> None:
    """What can be reached changes with the definition."""

    async def script(h: House) -> None:
        await h.over(await h.begin())
        assert not any(file.name == "b" for file in h.watched.files)
        await h.save(EDITED)
        assert any(file.name == "b" for file in h.watched.files)

    house(script)


def test_a_re_run_that_is_refused_is_told(house: Use) -> None:
    """The next change tries again."""

    async def script(h: House) -> None:
        await h.over(await h.begin())
        h.refusal = NotPossibleError("start a run", "the disk is full")
        await h.save(EDITED)
        refused = [item for item in h.news if isinstance(item, Refused)]
        assert [(item.what, "the disk is full" in item.why) for item in refused] == [("Re-run", True)]
        h.refusal = None
        await h.save(SOURCE)
        assert len(h.started) == 1

    house(script)


def test_where_the_system_cannot_watch_people_are_told(house: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run is none the worse for it."""

    async def none_left(_watched: Watched) -> AsyncIterator[frozenset[Path]]:
        raise OSError(28, "No space left on device")
        yield frozenset()

    async def script(h: House) -> None:
        monkeypatch.setattr(watch, "changes", none_left)
        first = await h.begin()
        assert await h.over(first) is RunStatus.COMPLETED
        assert h.says.note == "cannot watch for changes here: No space left on device"

    house(script)


def test_a_save_before_the_watch_was_live_is_not_missed(house: Use) -> None:
    """What has changed since it was read is looked for once nothing can be missed any more."""

    async def script(h: House) -> None:
        first = await h.begin()
        await h.touch()
        assert (h.says.effect, h.says.trigger) == ("", "")
        h.file.write_text(EDITED)
        await h.touch()
        assert (h.says.effect, h.says.trigger) == ("started", "w.wf")
        assert h.started != [first]

    house(script)


def test_a_broken_file_that_is_mended_before_the_watch_was_live_is_not_missed(house: Use) -> None:
    """Nothing was started from it yet; it is tried again."""
    tried: list[int] = []

    async def script(h: House) -> None:
        h.watch.set(armed=True, policy="queue")
        h.file.write_text("workflow w {")
        h.watch.wait_for(h.file, lambda: tried.append(1))
        await h.touch()
        assert tried == []
        h.file.write_text(SOURCE)
        await h.touch()
        assert tried == [1]

    house(script)


def test_a_definition_that_nothing_could_be_started_from_is_tried_again_when_it_changes(house: Use) -> None:
    """While the watch is armed; once there was a run, its last good definition counts."""
    tried: list[int] = []

    async def script(h: House) -> None:
        h.watch.set(armed=False, policy="queue")
        h.watch.wait_for(h.file, lambda: tried.append(1))
        assert h.says.watched == ("w.wf",)
        await h.save("workflow w {")
        assert (tried, h.says.effect) == ([], "broken")
        h.watch.set(armed=True, policy="queue")
        await h.save(SOURCE)
        assert tried == [1]
        await h.begin()
        assert (h.says.effect, h.says.trigger) == ("started", "w.wf")
        told = [item for item in h.news if isinstance(item, LibraryChanged)]
        assert [(item.plan is None, bool(item.diagnostics)) for item in told] == [
            (True, True),
            (False, False),
        ]
        h.watch.wait_for(h.file, lambda: tried.append(2))
        await h.save(EDITED)
        assert tried == [1]

    house(script)


def test_a_definition_that_is_mended_while_the_watch_is_off_is_told_and_starts_once_it_is_on(
    house: Use,
) -> None:
    """Nobody is left with an error that is no more."""
    tried: list[int] = []

    async def script(h: House) -> None:
        h.watch.wait_for(h.file, lambda: tried.append(1))
        await h.save(SOURCE)
        assert (tried, h.says.effect) == ([], "")
        (told,) = [item for item in h.news if isinstance(item, LibraryChanged)]
        assert (told.diagnostics, told.plan is None) == ((), False)
        for _ in range(2):
            h.watch.set(armed=True, policy="queue")
        assert tried == [1]

    house(script)
