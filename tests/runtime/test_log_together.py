"""Several recorded outputs read as one."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flow_tui.engine.keeping import Histories
from flow_tui.model import events as ev
from flow_tui.model.fold import replay
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.naming import unknown
from flow_tui.process.spool import FileSpool
from flow_tui.runtime import log_merge
from flow_tui.runtime.log_merge import Merge
from flow_tui.runtime.log_news import LogMatches
from flow_tui.runtime.log_sources import PartRun, Source, Sources
from flow_tui.runtime.log_together import TogetherReading
from flow_tui.runtime.messages import LogPage, Recording, Sight
from flow_tui.runtime.questions import Lines, Matches, Save

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
NAMES = ("build", "test", "lint")


class Steps:
    """Steps that print, at times that a test says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = 1_000
        self.spools = [FileSpool(folder / f"{name}.log", now=lambda: self.now) for name in NAMES]

    def sources(self, *, are_over: bool = False) -> tuple[Source, ...]:
        """Return them."""
        return tuple(
            Source(run_id=RunId("R"), path=StepPath(name), attempt=1, name=name, began=500, is_over=are_over)
            for name in NAMES
        )

    def file(self, source: Source) -> Path:
        """Return where its output is."""
        return self.folder / f"{source.path}.log"

    def write(self, whose: int, text: bytes, after: int = 100) -> None:
        """Let one of them print something, so many milliseconds later."""
        self.now += after
        self.spools[whose].write(text)


@pytest.fixture
def steps(tmp_path: Path) -> Iterator[Steps]:
    """Return steps whose output is closed in the end."""
    made = Steps(tmp_path)
    yield made
    for spool in made.spools:
        spool.close()


def all_of(merge: Merge) -> list[tuple[str, bytes]]:
    """Return all lines, each after the name of its step."""
    lines = merge.page(0, merge.total() + 1)
    return list(zip(merge.about(range(len(lines)))[1], lines, strict=True))


@settings(max_examples=60)
@given(
    printed=st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from([b"a\n", b"bb\nc\n", b"part", b" end\n", b"\n"])),
        max_size=25,
    ),
    looks=st.sets(st.integers(0, 25)),
)
def test_lines_stand_in_the_order_in_which_they_began(tmp_path_factory, printed, looks):
    """However often somebody looks meanwhile: none is lost, none moves, pages join, times do not go back."""
    steps = Steps(tmp_path_factory.mktemp("logs"))
    merge = Merge(steps.file)
    seen: list[tuple[str, bytes]] = []
    for at, (whose, text) in enumerate(printed):
        steps.write(whose, text)
        if at in looks:
            list(merge.look(steps.sources()))
            assert all_of(merge)[: len(seen)] == seen
            seen = all_of(merge)
    list(merge.look(steps.sources(are_over=True)))
    found = all_of(merge)
    assert found[: len(seen)] == seen
    for whose, spool in enumerate(steps.spools):
        spool.close()
        lines = spool.file.read_bytes().splitlines()
        assert [line for name, line in found if name == NAMES[whose]] == lines
    assert all(
        merge.page(first, 2) == tuple(line for _, line in found[first : first + 2]) for first in range(9)
    )
    merge.page(0, len(found))
    times, _ = merge.about(range(len(found)))
    assert looks or list(times) == sorted(times)


def test_long_output_and_lost_files_stay_in_bounds(steps: Steps, monkeypatch: pytest.MonkeyPatch):
    """A line longer than a piece comes apart; of a file that is gone the places stay, without words."""
    monkeypatch.setattr(log_merge, "STEP", 8)
    steps.write(0, b"x" * 20 + b"\ny\n")
    steps.write(1, b"one\n")
    merge = Merge(steps.file)
    list(merge.look(steps.sources()))
    assert merge.page(0, 9) == (b"x" * 8, b"x" * 8, b"x" * 4, b"y", b"one")
    (steps.folder / "build.log").unlink()
    assert merge.page(0, 9) == (b"", b"", b"", b"", b"one")
    monkeypatch.setattr(log_merge, "MOST", merge.pieces + 1)
    for _ in range(9):
        steps.write(2, b"more\n")
    list(merge.look(steps.sources()))
    assert (merge.is_full, merge.total()) == (True, 6)


def test_a_run_that_a_later_attempt_goes_on_with_is_read_once():
    """Whether it is known already or only on record: all its attempts are in it."""
    run, part, step = RunId("R"), RunId("P"), StepPath("0")
    events: list[ev.Event] = [ev.RunStarted(workflow="w"), ev.StepStarted(path=step, name="a", kind="item")]
    for attempt in (1, 2):
        events += [
            ev.AttemptStarted(path=step, attempt=attempt),
            ev.ChildRunStarted(path=step, attempt=attempt, child_run=part),
            ev.AttemptFailed(path=step, attempt=attempt, error="no"),
        ]
    state = replay(
        run, [ev.Recorded(seq=n, at=NOON, run_id=run, event=each) for n, each in enumerate(events, 1)]
    )
    assert list(Sources().inside(state, step, unknown)) == [PartRun(run_id=part, lead="")]
    inner = [ev.RunStarted(workflow="p"), *events[1:3], events[4]]
    known = replay(
        part, [ev.Recorded(seq=n, at=NOON, run_id=part, event=each) for n, each in enumerate(inner, 1)]
    )
    found = list(Sources().inside(state, step, {part: known}.get))
    assert [(each.run_id, each.path, each.attempt) for each in found if isinstance(each, Source)] == [
        (part, step, 1)
    ]


def test_what_is_read_together_is_searched_filtered_and_saved(steps: Steps, tmp_path: Path):
    """As the output of one step is; in a file each line comes after the name of its step."""
    for at in range(6):
        steps.write(at % 3, b"line %d\n" % at)
    answers: list[LogPage | LogMatches] = []

    def no_histories() -> Histories:
        raise NotImplementedError

    reading = TogetherReading(steps.file, answers.append, no_histories)

    def asked(pattern: str = "") -> Recording:
        sight = Sight(pattern=pattern)
        return Recording(
            run_id=RunId("R"),
            path=StepPath(""),
            attempt=0,
            what="together",
            sight=sight,
            inside=steps.sources(),
        )

    list(reading.matches(Matches(token=1, recording=asked(), pattern="/[14]/")))
    assert answers.pop().lines == (1, 4)
    list(reading.lines(Lines(token=1, recording=asked(), first=-1, count=2, near=-1)))
    page = answers.pop()
    assert isinstance(page, LogPage)
    assert (page.first, page.lines, page.names, page.total) == (4, (b"line 4", b"line 5"), NAMES[1:], 6)
    assert page.times == (1_500, 1_600)
    then = replace(asked(), sight=Sight(until=1_450))
    list(reading.lines(Lines(token=1, recording=then, first=0, count=9, near=-1)))
    page = answers.pop()
    assert isinstance(page, LogPage)
    assert (page.total, len(page.lines), max(page.times)) == (4, 4, 1_400)
    list(reading.lines(Lines(token=1, recording=asked("!/[14]/"), first=0, count=9, near=2)))
    page = answers.pop()
    assert isinstance(page, LogPage)
    assert (page.numbers, page.at, page.of) == ((0, 2, 3, 5), 1, 6)
    list(reading.saved(Save(token=1, recording=asked("/[03]/"), file=tmp_path / "mine")))
    assert re.fullmatch(r"build +line 0\nbuild +line 3\n", (tmp_path / "mine").read_text())
