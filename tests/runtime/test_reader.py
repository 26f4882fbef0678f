"""What is read for the screen, off the screen's thread."""

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flow_tui.engine.keeping import RunQuery
from flow_tui.errors import StoreBusyError
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.status import RunStatus
from flow_tui.model.values import RunSummary
from flow_tui.process.spool_times import SpoolTimes, times_file
from flow_tui.process.workspace import FolderWorkspace
from flow_tui.runtime import log_file, log_search
from flow_tui.runtime.log_file import LogFile
from flow_tui.runtime.log_news import LogMatches, LogSaved
from flow_tui.runtime.log_search import Search, finder
from flow_tui.runtime.messages import CouldNotRead, LogPage, News, Recording, RunsListed, Sight
from flow_tui.runtime.reader import Reader

pytestmark = pytest.mark.real_time

RUN, STEP = RunId("01KDYWA4M8QG3V7ZTRB2H0A1F3"), StepPath("4#2/1")
KEPT = Recording(run_id=RUN, path=STEP, attempt=1)
SUMMARY = RunSummary(
    run_id=RUN,
    workflow="deploy",
    title="",
    root="/p",
    file="deploy.wf",
    status=RunStatus.COMPLETED,
    started_at=datetime(2026, 1, 2, tzinfo=UTC),
)
Answer = TypeVar("Answer", bound=News)


class Histories:
    """A storage that remembers who used it, and how."""

    def __init__(self) -> None:
        self.queries: list[RunQuery] = []
        self.threads: set[int] = set()
        self.fails = False
        self.closed = False

    def runs(self, query: RunQuery) -> tuple[RunSummary, ...]:
        """Return one run."""
        self.threads.add(threading.get_ident())
        self.queries.append(query)
        if self.fails:
            raise StoreBusyError("locked")
        return (SUMMARY,)

    def close(self) -> None:
        """Note it."""
        self.threads.add(threading.get_ident())
        self.closed = True


class Desk:
    """A reader, its storage, its folder, and what it answered."""

    def __init__(self, folder: Path) -> None:
        self.file = FolderWorkspace(folder).log_file(RUN, STEP, 1)
        self.file.parent.mkdir(parents=True)
        self.histories = Histories()
        self.answers: queue.SimpleQueue[News] = queue.SimpleQueue()
        self.reader = Reader(folder, lambda: self.histories, self.answers.put, root=lambda: "/p")

    def next(self, kind: type[Answer]) -> Answer:
        """Return the next answer, which must be of this kind."""
        answer = self.answers.get(timeout=10)
        assert isinstance(answer, kind), answer
        return answer

    def page(self, first: int, count: int = 3, token: int = 1) -> LogPage:
        """Ask for a page and return it."""
        self.reader.lines(token, KEPT, first, count)
        return self.next(LogPage)

    def search(self, pattern: str, token: int = 2) -> tuple[int, ...]:
        """Search and return the lines that match."""
        self.reader.search(token, KEPT, pattern)
        return self.next(LogMatches).lines


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Return a reader at work."""
    made = Desk(tmp_path)
    made.reader.start()
    yield made
    assert made.reader.stop()


def numbered(count: int) -> bytes:
    """Return so many lines."""
    return b"".join(b"line %d\n" % n for n in range(count))


def test_pages_are_found_by_line(desk):
    """Beginning, middle, end, and beyond it."""
    desk.file.write_bytes(numbered(100_000))
    assert desk.page(0).lines == (b"line 0", b"line 1", b"line 2")
    assert desk.page(54_321).lines[0] == b"line 54321"
    assert desk.page(99_999).lines == (b"line 99999",)
    beyond = desk.page(100_000)
    assert (beyond.lines, beyond.total, beyond.size) == ((), 100_000, desk.file.stat().st_size)


def test_answers_carry_the_question(desk):
    """Whoever asked can tell what the answer is about."""
    desk.file.write_bytes(b"one\n")
    answer = desk.page(0, token=77)
    assert (answer.token, answer.run_id, answer.path, answer.attempt, answer.first) == (77, RUN, STEP, 1, 0)


def test_the_end_of_a_file_comes_before_its_lines_are_counted(desk):
    """The last page of something large is there at once, and again with its place."""
    desk.file.write_bytes(numbered(300_000))
    at_once = desk.page(-1)
    counted = desk.next(LogPage)
    assert (at_once.first, at_once.total) == (-3, 0)
    assert at_once.lines == counted.lines == (b"line 299997", b"line 299998", b"line 299999")
    assert (counted.first, counted.total, counted.token) == (299_997, 300_000, at_once.token)


def test_a_file_that_grows_is_read_on(desk):
    """What was counted stays counted; a line may come in parts."""
    desk.file.write_bytes(numbered(50_000) + b"unfini")
    assert desk.page(-1, 1).lines == (b"unfini",)
    with desk.file.open("ab") as more:
        more.write(b"shed\nlast\n")
    answer = desk.page(-1, 2)
    assert (answer.lines, answer.total) == ((b"unfinished", b"last"), 50_002)


def test_lines_come_with_their_times_where_these_are_known(desk):
    """Also where only some lines are looked at; an output of an older version has none."""
    times = SpoolTimes(times_file(desk.file), iter([1_000, 2_000, 3_000]).__next__)
    desk.file.write_bytes(numbered(6))
    assert desk.page(0).times == ()
    for place in (7, 9, 28):
        times.note(place)
    times.close()
    assert (desk.page(0).times, desk.page(3).times) == ((0, 1_000, 2_000), (2_000, 3_000, 3_000))
    desk.reader.lines(1, replace(KEPT, sight=Sight(pattern="/[014]/")), 0, 9)
    assert desk.next(LogPage).times == (0, 1_000, 3_000)


def test_only_the_lines_are_told_that_had_come_by_an_instant(desk):
    """A line that was not finished by then had not come; where no times are known, none had."""
    times = SpoolTimes(times_file(desk.file), iter([1_000, 2_000, 3_000]).__next__)
    desk.file.write_bytes(numbered(6))

    def by(until: int, pattern: str = "") -> tuple[int, int]:
        desk.reader.lines(1, replace(KEPT, sight=Sight(pattern=pattern, until=until)), -1, 9)
        told = desk.next(LogPage)
        assert len(told.lines) == told.total
        return told.total, told.of

    assert by(9_000) == (0, 0)
    for place in (0, 9, 28):
        times.note(place)
    times.close()
    assert [by(until) for until in (500, 1_500, 2_000, 9_000)] == [(0, 0), (1, 0), (4, 0), (6, 0)]
    assert by(2_000, "/[0145]/") == (2, 4)
    desk.reader.search(2, replace(KEPT, sight=Sight(until=2_000)), "line")
    assert desk.next(LogMatches).lines == (0, 1, 2, 3)


def test_nothing_recorded_is_not_an_empty_file(desk):
    """A step that has written nothing differs from one that cannot be read."""
    desk.reader.lines(1, KEPT, 0, 3)
    assert desk.next(CouldNotRead) == CouldNotRead(token=1, why="no output")
    desk.file.touch()
    assert (desk.page(0).lines, desk.page(-1).total) == ((), 0)


@pytest.mark.parametrize("harm", ["shrink", "vanish", "replace"])
def test_a_file_that_changes_under_the_reader_is_said(desk, harm):
    """Purging a run while somebody reads its output is no crash; what is there afterwards is read."""
    desk.file.write_bytes(numbered(20_000))
    desk.page(0)
    if harm == "shrink":
        desk.file.write_bytes(b"new\n")
    else:
        desk.file.unlink()
    if harm == "replace":
        desk.file.write_bytes(numbered(30_000))
    for ask in (desk.reader.lines, desk.reader.search):
        ask(5, KEPT, *((0, 3) if ask == desk.reader.lines else ("line",)))
        answer = desk.answers.get(timeout=10)
        assert answer.token == 5
        if isinstance(answer, CouldNotRead):
            break
    else:
        raise AssertionError("it went unnoticed")
    desk.file.write_bytes(b"again\n")
    assert desk.page(0).lines == (b"again",)


def test_only_the_newest_question_of_a_kind_is_answered(tmp_path):
    """Who scrolls fast waits for the last place only; other kinds are not lost."""
    desk = Desk(tmp_path)
    desk.file.write_bytes(numbered(100))
    for token in range(50):
        desk.reader.lines(token, KEPT, token, 1)
    desk.reader.search(60, KEPT, "line 7")
    desk.reader.runs(70)
    desk.reader.start()
    answers = {type(answer): answer for answer in (desk.answers.get(timeout=10) for _ in range(3))}
    assert {kind: answer.token for kind, answer in answers.items()} == {
        LogPage: 49,
        LogMatches: 60,
        RunsListed: 70,
    }
    assert desk.reader.stop()
    assert desk.answers.empty()


def test_a_page_does_not_wait_for_a_search(desk, monkeypatch):
    """However long a search takes, scrolling goes on meanwhile."""
    desk.file.write_bytes(numbered(100))
    begun, enough = threading.Event(), threading.Event()

    def endless(_self: Search, _log: Callable[[], LogFile]) -> Iterator[int]:
        begun.set()
        while not enough.is_set():
            yield -1

    monkeypatch.setattr(Search, "offsets", endless)
    desk.reader.search(2, KEPT, "x")
    assert begun.wait(10)
    desk.reader.lines(1, KEPT, 10, 1)
    assert desk.next(LogPage).lines == (b"line 10",)
    enough.set()
    assert desk.next(LogMatches).token == 2


def test_text_is_found_on_its_lines(desk):
    """Small letters find any case, a capital only itself; between slashes stands an expression."""
    desk.file.write_bytes("Error one\nnothing\nERROR two error\nÄrger\n[x] (y)\nexit 3\n".encode())
    found = {
        pattern: desk.search(pattern) for pattern in ("error", "Error", "ärger", "[x] (", "/exit \\d/", "zz")
    }
    assert found == {
        "error": (0, 2),
        "Error": (0,),
        "ärger": (3,),
        "[x] (": (4,),
        "/exit \\d/": (5,),
        "zz": (),
    }


def test_an_expression_that_is_none_is_said(desk):
    """A typing mistake in a search is told, and the search field lives on."""
    desk.file.write_bytes(b"x\n")
    desk.reader.search(9, KEPT, "/(/")
    answer = desk.next(CouldNotRead)
    assert (answer.token, answer.why.startswith("not a regular expression")) == (9, True)
    assert desk.search("x") == (0,)


def test_an_empty_search_ends_one(desk):
    """Clearing the field stops the work and clears the marks."""
    desk.file.write_bytes(numbered(10))
    assert desk.search("") == ()


def test_matches_are_capped(desk, monkeypatch):
    """A word on every line of a large log does not fill the memory."""
    monkeypatch.setattr("flow_tui.runtime.log_reading.MOST", 7)
    desk.file.write_bytes(numbered(1_000))
    assert desk.search("line") == tuple(range(7))


def test_the_history_is_listed(desk):
    """Of the project; the storage is opened, used and closed by one thread only."""
    desk.reader.runs(3)
    assert desk.next(RunsListed) == RunsListed(token=3, runs=(SUMMARY,), root="/p")
    assert desk.histories.queries == [RunQuery(root="/p")]
    assert desk.reader.stop()
    assert desk.histories.closed
    assert len(desk.histories.threads) == 1
    assert threading.get_ident() not in desk.histories.threads


def test_a_history_that_cannot_be_read_is_said(desk):
    """Could not read is never shown as no runs."""
    desk.histories.fails = True
    desk.reader.runs(3)
    assert desk.next(CouldNotRead) == CouldNotRead(token=3, why="the storage is busy: locked")
    desk.histories.fails = False
    desk.reader.runs(4)
    assert desk.next(RunsListed).token == 4


def test_a_reader_that_never_began_can_be_stopped(tmp_path):
    """Leaving early leaves nothing behind."""
    assert Desk(tmp_path).reader.stop()


@settings(max_examples=200)
@given(
    lines=st.lists(
        st.sampled_from(["aX", "xax", "needle", "nEEdle", "", "x" * 40, "ß needle ä"]), max_size=30
    ),
    pattern=st.sampled_from(["needle", "x", "X", "ax", "ä", "/^x/", "/e{2}d/", "Needle"]),
)
def test_every_matching_line_is_found_whatever_the_blocks(tmp_path_factory, lines, pattern):
    """Where the file is cut into blocks makes no difference, nor do its ends."""
    file = tmp_path_factory.mktemp("log") / "1.log"
    file.write_bytes("\n".join(lines).encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log_search, "BLOCK", 16)
        patch.setattr(log_file, "CHUNK", 64)
        patch.setattr(log_file, "STEP", 128)
        log = LogFile(file)
        offsets = [offset for offset in Search(pattern).offsets(lambda: log) if offset >= 0]
        while log.index():
            pass
        found = list(dict.fromkeys(map(log.line_of, offsets)))
        log.close()
    expression = finder(pattern)
    assert expression is not None
    assert found == [n for n, line in enumerate(lines) if expression.search(line)]


def test_lines_in_sight_are_saved_for_nobody_else_and_never_over_a_file(desk, tmp_path):
    """They are written as they look on the screen; what cannot be written is told."""
    desk.file.write_bytes(b"\x1b[31mred one\x1b[0m\n" * 600 + b"two\n10%\r100% one\n")
    file = tmp_path / "out.log"
    told: list[LogSaved] = []
    for _ in range(2):
        desk.reader.save(1, replace(KEPT, sight=Sight(pattern="one")), file)
        while not (told and told[-1].is_over):
            told.append(desk.next(LogSaved))
        if not told[-1].why:
            assert [each.lines for each in told] == [500, 601, 601]
            told.clear()
    assert "already" in told[-1].why
    assert file.read_text() == "red one\n" * 600 + "100% one\n"
    assert file.stat().st_mode & 0o777 == 0o600
    desk.reader.save(1, KEPT, tmp_path / "no" / "folder")
    assert desk.next(LogSaved).why == "No such file or directory"
