"""What a change of a file brings about, whatever is in progress."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from flow_tui.engine.commands import StartRun
from flow_tui.errors import NotPossibleError
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.status import RunStatus
from flow_tui.runtime import library, sight
from flow_tui.runtime.messages import LibraryChanged, News, Policy, Refused, WatchChanged
from flow_tui.runtime.unstarted import unstarted
from flow_tui.runtime.watch import Watch
from flow_tui.runtime.watched import Watched, WatchOptions
from flow_tui.runtime.watcher import Seen
from flow_tui.testing import Bench, FakeAction
from tests.flows import HOUR, play

SOURCE = "workflow w { call a }"
EDITED = "workflow w { call a call b }"
SETTLE = timedelta(seconds=1)
Result = TypeVar("Result")


async def at_once(work: Callable[[], Result]) -> Result:
    """Do what takes time without a thread: virtual time would not wait for that."""
    return work()


class House:
    """A watch over one file, whose changes a test makes."""

    def __init__(self, bench: Bench, file: Path) -> None:
        self.bench = bench
        self.file = file
        self.news: list[News] = []
        self.started: list[RunId] = []
        self.refusal: NotPossibleError | None = None
        self.watch = Watch(bench.engine, self.news.append, start=self._start, aside=at_once)
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

            async def changes(watched: Watched) -> AsyncIterator[Seen]:
                made.watched = watched
                while True:
                    yield Seen(files=await made.changes.get())

            monkeypatch.setattr(sight, "changes", changes)
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
        for number in range(3):
            h.file.write_text(f"{SOURCE} // {number}")
            h.changes.put_nowait(frozenset({h.file}))
            await asyncio.sleep(0.6)
        assert h.started == []
        await asyncio.sleep(1)
        assert len(h.started) == 1

    house(script)


def test_changes_that_never_end_start_a_run_all_the_same(house: Use) -> None:
    """After the longest wait for quiet, and so on: no stream of saves keeps a run from starting."""

    async def script(h: House) -> None:
        await h.over(await h.begin())
        for number in range(21):
            h.file.write_text(f"{SOURCE} // {number}")
            h.changes.put_nowait(frozenset({h.file}))
            await asyncio.sleep(0.1)
        assert len(h.started) == 1
        await asyncio.sleep(2)
        assert len(h.started) == 2

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


@pytest.mark.parametrize("policy", ["queue", "manual"])
def test_a_change_that_is_taken_back_runs_nothing(house: Use, policy: Policy) -> None:
    """As the run on screen began with it, there is nothing to run again, and nothing is said to wait."""

    async def script(h: House) -> None:
        first = await h.begin(policy)
        await h.save(EDITED)
        assert (h.says.effect, h.says.has_moved_on) == ("told" if policy == "manual" else "queued", True)
        await h.save(SOURCE)
        assert (h.says.effect, h.says.trigger, h.says.queued, h.says.has_moved_on) == ("", "", False, False)
        await h.over(first)
        await asyncio.sleep(5)
        assert h.started == []
        await h.save(EDITED)
        assert (len(h.started), h.says.effect) == ((0, "told") if policy == "manual" else (1, "started"))

    house(script, FakeAction(a=timedelta(minutes=1)))


def test_a_change_that_is_taken_back_while_the_run_is_cancelled_for_it_runs_all_the_same(house: Use) -> None:
    """What was cancelled has to run in some form."""

    async def script(h: House) -> None:
        first = await h.begin("restart")
        await h.save(EDITED)
        assert h.says.effect == "restarting"
        await h.save(SOURCE)
        assert await h.over(first) is RunStatus.CANCELLED
        await asyncio.sleep(5)
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
        await h.save(f"{EDITED} // 2")
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
        first = await h.begin()
        await h.over(first)
        assert h.watched.patterns == ("src/*.py",)
        assert h.says.watched[0] == "w.wf"
        assert h.says.watched[-1] == "src/*.py"
        await h.touch(h.file.parent / "src" / "x.py")
        assert (len(h.started), h.says.trigger, h.says.cold_by) == (1, "src/x.py", "src/x.py")
        await h.over(h.started[0])
        assert h.bench.state(h.started[0]).warm_from is None  # which step reads it, nobody knows
        assert h.watch.unread(h.bench.state(first).started_at).startswith("src/x.py has changed")
        assert h.watch.unread(h.bench.state(h.started[0]).started_at) == ""
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
        await h.save(f"{EDITED} // 2")
        assert len(h.started) == 1

    house(script)


def test_where_watching_ends_people_are_told(house: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run is none the worse for it."""

    async def none_left(_watched: Watched) -> AsyncIterator[Seen]:
        raise OSError(28, "No space left on device")
        yield Seen()

    async def script(h: House) -> None:
        monkeypatch.setattr(sight, "changes", none_left)
        first = await h.begin()
        assert await h.over(first) is RunStatus.COMPLETED
        assert h.says.note == "changes are no longer noticed: [Errno 28] No space left on device"

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
        h.watch.wait_for(unstarted(h.file, lambda: tried.append(1), {}))
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
        h.watch.wait_for(unstarted(h.file, lambda: tried.append(1), {}))
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
        h.watch.wait_for(unstarted(h.file, lambda: tried.append(2), {}))
        await h.save(EDITED)
        assert tried == [1]

    house(script)


def test_a_definition_that_is_mended_while_the_watch_is_off_is_told_and_starts_once_it_is_on(
    house: Use,
) -> None:
    """Nobody is left with an error that is no more."""
    tried: list[int] = []

    async def script(h: House) -> None:
        h.watch.wait_for(unstarted(h.file, lambda: tried.append(1), {}))
        await h.save(SOURCE)
        assert (tried, h.says.effect) == ([], "")
        (told,) = [item for item in h.news if isinstance(item, LibraryChanged)]
        assert (told.diagnostics, told.plan is None) == ((), False)
        for _ in range(2):
            h.watch.set(armed=True, policy="queue")
        assert tried == [1]

    house(script)


def test_a_file_that_is_broken_only_while_it_is_saved_is_no_error(house: Use) -> None:
    """What is wrong is told once it has lasted, and from then on at once; one rerun follows the last save."""

    async def script(h: House) -> None:
        await h.over(await h.begin())
        for text in ("workflow w { ca", "workflow w { call a ca", EDITED):
            h.file.write_text(text)
            h.changes.put_nowait(frozenset({h.file}))
            await asyncio.sleep(0.1)
        await asyncio.sleep(2)
        told = [item for item in h.news if isinstance(item, LibraryChanged)]
        assert ([bool(item.diagnostics) for item in told], len(h.started)) == ([False], 1)
        for text in ("workflow w {", "workflow w { call"):
            h.file.write_text(text)
            h.changes.put_nowait(frozenset({h.file}))
            await asyncio.sleep(0.5)
        told = [item for item in h.news if isinstance(item, LibraryChanged)][1:]
        assert [len(item.diagnostics) > 0 for item in told] == [True, True]

    house(script)


def test_what_is_broken_keeps_the_change_before_it_from_starting_a_run_until_it_is_mended(house: Use) -> None:
    """Nobody wants a run of half an edit; taken back, the first half starts after all."""

    async def script(h: House) -> None:
        await h.over(await h.begin())
        h.file.write_text(EDITED)
        h.changes.put_nowait(frozenset({h.file}))
        await asyncio.sleep(0.5)
        await h.save("workflow w {")
        assert (h.started, h.says.effect) == ([], "broken")
        await h.save(EDITED)
        assert (len(h.started), h.says.effect) == (1, "started")

    house(script)


def test_by_hand_a_change_is_told_and_starts_nothing_ever(house: Use) -> None:
    """Not of the definition, not of another file; what a person starts takes it."""

    async def script(h: House) -> None:
        h.watch.options = WatchOptions(patterns=("src/*.py",), settle=SETTLE)
        first = await h.begin("manual")
        await h.save(EDITED, h.file.parent / "src" / "x.py", h.file.parent / "src" / "y.py")
        assert (h.says.effect, h.says.trigger, h.says.others, h.says.queued) == ("told", "src/x.py", 2, False)
        assert h.says.has_moved_on
        await h.over(first)
        await h.save(f"{EDITED} // again")
        assert (h.started, h.says.effect) == ([], "told")
        command = replace(h.watch._last)  # as the desk does when a person says so
        h.watch.look_at(command, await h.bench.engine.start(command))
        assert (h.says.effect, h.says.others, h.says.has_moved_on) == ("started", 0, False)

    house(script, FakeAction(a=timedelta(minutes=1)))


def test_what_is_chosen_while_a_re_run_waits_decides_about_it(house: Use) -> None:
    """By hand it is only told; ignored, it is forgotten."""

    async def script(h: House) -> None:
        first = await h.begin("queue")
        await h.save(EDITED)
        assert h.says.queued
        h.watch.set(armed=True, policy="manual")
        assert (h.says.queued, h.says.effect) == (False, "told")
        await h.over(first)
        assert h.started == []

    house(script, FakeAction(a=timedelta(minutes=1)))


def test_what_was_ignored_is_counted_until_there_is_a_new_run(house: Use) -> None:
    """So that nobody wonders why nothing came of it."""

    async def script(h: House) -> None:
        first = await h.begin("ignore")
        for number in range(3):
            await h.save(f"{EDITED} // {number}")
        assert (h.says.ignored, h.says.effect) == (3, "ignored")
        await h.over(first)
        await h.save(EDITED)
        assert (h.says.ignored, len(h.started)) == (0, 1)

    house(script, FakeAction(a=timedelta(minutes=1)))


def test_the_screen_is_told_what_is_different_from_what_the_run_began_with(house: Use) -> None:
    """However many edits lie between; the new run begins with all of it."""

    async def script(h: House) -> None:
        first = await h.begin(armed=False)
        await h.save(EDITED)
        await h.save("workflow w { call b }")
        told = [item for item in h.news if isinstance(item, LibraryChanged)][-1]
        assert told.against == first
        assert told.changes is not None
        assert [(step.mark, step.name) for step in told.changes.body] == [("-", "a"), ("+", "b")]
        assert h.says.has_moved_on
        assert h.says.reloaded_at is not None

    house(script)


def test_a_run_that_goes_on_is_compared_with_what_it_began_with(house: Use) -> None:
    """Its file may have moved on since; that is told at once."""

    async def script(h: House) -> None:
        base = replace(library.load(str(h.file)), root=str(h.file.parent))
        h.file.write_text(EDITED)
        now = replace(library.load(str(h.file)), root=str(h.file.parent))
        run_id = await h.bench.engine.start(StartRun(definition=base, inputs={}))
        h.watch.look_at(StartRun(definition=now, inputs={}), run_id, base)
        (told,) = [item for item in h.news if isinstance(item, LibraryChanged)]
        assert told.changes is not None
        assert not told.changes.are_none
        assert h.says.has_moved_on

    house(script)


def test_runs_that_change_what_starts_them_are_suspended_and_the_file_is_named(house: Use) -> None:
    """A step that writes a watched file each time would start runs for ever; a person can go on."""

    async def script(h: House) -> None:
        out = h.file.parent / "src" / "made.py"
        out.parent.mkdir()
        h.watch.options = WatchOptions(patterns=("src/*.py",), settle=SETTLE)

        async def turn(run_id: RunId, text: str) -> None:
            await asyncio.sleep(20)
            out.write_text(text)
            await h.touch(out)
            await h.over(run_id)

        await turn(await h.begin(), "0")
        for number in range(1, 9):
            if h.says.suspended:
                break
            await turn(h.started[-1], str(number))
        assert (h.says.armed, h.says.suspended, len(h.started)) == (False, "src/made.py", 4)
        await h.save(EDITED)
        assert len(h.started) == 4
        h.watch.set(armed=True, policy="queue")
        assert (h.says.armed, h.says.suspended) == (True, "")
        await h.save(SOURCE)
        assert len(h.started) == 5

    house(script, FakeAction(a=timedelta(minutes=1)))


def test_a_person_who_saves_the_same_file_during_every_run_is_no_loop(house: Use) -> None:
    """People save whenever they are done, not always at the same point of a run."""

    async def script(h: House) -> None:
        run_id = await h.begin()
        for number, pause in enumerate((3, 31, 12, 44)):
            await asyncio.sleep(pause)
            await h.save(f"{SOURCE} // {number}")
            await h.over(run_id)
            run_id = h.started[-1]
        assert (len(h.started), h.says.suspended) == (4, "")

    house(script, FakeAction(a=timedelta(minutes=1)))


def test_a_file_of_a_pattern_that_is_saved_as_it_was_starts_nothing(house: Use) -> None:
    """Its content decides, once it has been looked at."""

    async def script(h: House) -> None:
        source = h.file.parent / "x.py"
        source.write_text("1")
        h.watch.options = WatchOptions(patterns=("*.py",), settle=SETTLE)
        await h.over(await h.begin())
        await h.touch(source)
        await h.over(h.started[0])
        await h.touch(source)
        assert len(h.started) == 1
        source.unlink()
        await h.touch(source)
        assert len(h.started) == 2

    house(script)


def test_how_watching_works_here_is_passed_on(house: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as that changes are noticed late."""

    async def late(_watched: Watched) -> AsyncIterator[Seen]:
        yield Seen(note="nfs does not tell")
        await asyncio.sleep(HOUR.total_seconds())

    async def script(h: House) -> None:
        monkeypatch.setattr(sight, "changes", late)
        await h.begin()
        await asyncio.sleep(1)
        assert h.says.note == "nfs does not tell"

    house(script)
