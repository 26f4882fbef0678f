"""Reading what was kept of attempts, in small steps: pages, matches, and files of somebody's own."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from flow_tui.engine.keeping import Histories
from flow_tui.model.ids import RunId
from flow_tui.process.workspace import FolderWorkspace
from flow_tui.runtime import log_rows
from flow_tui.runtime.log_file import LogFile
from flow_tui.runtime.log_news import LogMatches, LogSaved
from flow_tui.runtime.log_rows import Rows, Sieve
from flow_tui.runtime.log_save import saved
from flow_tui.runtime.log_search import MOST, Search
from flow_tui.runtime.log_sources import Source
from flow_tui.runtime.log_times import LogTimes
from flow_tui.runtime.messages import ALL, LogPage, News, Recording
from flow_tui.runtime.questions import Lines, Matches, Save

if TYPE_CHECKING:  # loaded when somebody reads outputs together
    from flow_tui.runtime.log_together import TogetherReading

Job: TypeAlias = Iterator[None]
"""Work that is done a step at a time; what it finds is delivered."""
_FILES = 4
"""How many files stay open: more than there are questions at a time."""


class LogReading:
    """Answers questions about recorded output. Belongs to one thread, but for :meth:`file`."""

    def __init__(
        self, workspace_folder: Path, deliver: Callable[[News], None], kept: Callable[[], Histories]
    ) -> None:
        self._workspace = FolderWorkspace(workspace_folder)
        self._deliver = deliver
        self._logs: dict[Path, LogFile] = {}
        self._known: dict[Path, LogTimes] = {}
        self._kept = kept
        self._reads_together: TogetherReading | None = None
        self._sieve: Sieve | None = None

    def file(self, recording: Recording) -> Path:
        """Return where what was kept of an attempt is, or would be."""
        place = self._workspace.prompt_file if recording.what == "prompt" else self._workspace.log_file
        return place(recording.run_id, recording.path, recording.attempt)

    def folder(self, run_id: RunId) -> Path:
        """Return where what was kept of a run is, or would be."""
        return self._workspace.run_folder(run_id)

    @property
    def _together(self) -> "TogetherReading":
        """Return what reads several outputs as one."""
        if self._reads_together is None:
            from flow_tui.runtime.log_together import TogetherReading  # noqa: PLC0415 - when somebody does

            self._reads_together = TogetherReading(self._file_of, self._deliver, self._kept)
        return self._reads_together

    def _file_of(self, source: Source) -> Path:
        return self._workspace.log_file(source.run_id, source.path, source.attempt)

    def close(self) -> None:
        """Let go of all files."""
        for log in self._logs.values():
            log.close()
        self._logs.clear()

    def _open(self, question: Lines | Matches | Save) -> LogFile:
        """Return the file in question, with what is known of it; to be asked again after each step."""
        file = self.file(question.recording)
        log = self._logs.pop(file, None)
        if log is not None:
            try:
                is_same = log.is_same()
            except OSError:
                log.close()
                raise
            if not is_same:
                log.close()
                self._known.pop(file, None)
                raise OSError(0, "the recorded output was replaced or cut short while it was read")
        else:
            log = LogFile(file)
            if len(self._logs) >= _FILES:
                self._logs.pop(next(iter(self._logs))).close()
        self._logs[file] = log  # the one that was used last comes last
        return log

    def lines(self, question: Lines) -> Job:
        """Deliver lines; the last ones of a large file twice, as soon as can be and once they are counted."""
        if question.recording.what == "together":
            yield from self._together.lines(question)
            return
        log = self._open(question)
        from_end = question.first < 0
        if from_end and question.near < 0 and question.recording.sight == ALL and log.index():
            tail = log.tail(question.count)
            self._deliver(_page(question, -len(tail), tail, 0, log.size))
        while log.index():
            yield
            log = self._open(question)
        if question.near >= 0 or question.recording.sight != ALL:
            yield from self._read_rows(question)
            return
        total = log.total()
        first = max(0, total - question.count) if from_end else question.first
        lines = log.page(first, question.count) if first < total else ()
        page = _page(question, first, lines, max(total, first + len(lines)), log.size)
        times = self._times(question)
        self._deliver(replace(page, times=times.of(log.begins(first, lines) if times else ())))

    def _read_rows(self, question: Lines) -> Job:
        """Deliver lines of those in sight."""
        log, rows = yield from self._sifted(question)
        total, first, at = rows.total, question.first, -1
        if question.near >= 0:
            at = rows.row(question.near)
            first = max(0, at - question.count // 2)
        elif first < 0:
            first = max(0, total - question.count)
        numbers, lines = log_rows.read(log, rows, first, question.count)
        page = _page(question, first, lines, total, log.size)
        if replace(question.recording.sight, until=0) != ALL:
            page = replace(page, numbers=numbers, of=rows.lines)
        page = replace(page, at=at, is_cut=rows.is_cut)
        times = self._times(question)
        self._deliver(replace(page, times=times.of(log_rows.begins(log, numbers, lines) if times else ())))

    def _times(self, question: Lines | Matches | Save) -> LogTimes:
        """Return what is known by now of when the lines came."""
        file = self.file(question.recording)
        times = self._known.pop(file, None) or LogTimes(file)
        if len(self._known) >= _FILES:
            self._known.pop(next(iter(self._known)))
        self._known[file] = times
        times.look()
        return times

    def _sifted(self, question: Lines | Matches | Save) -> Generator[None, None, tuple[LogFile, Rows]]:
        """Return which lines are in sight, once that is known."""
        log = self._open(question)
        while log.index():
            yield
            log = self._open(question)
        pattern, sieve = question.recording.sight.pattern, None
        if pattern:
            sieve = self._sieve_for(log, pattern)
            while sieve.advance():
                yield
                log = self._open(question)
                if sieve.log is not log:
                    sieve = self._sieve_for(log, pattern)
        return log, Rows(question.recording.sight, self._come(question, log), sieve)

    def _come(self, question: Lines | Matches | Save, log: LogFile) -> int:
        """Return how many lines there are, or were at the instant that is looked at; none if nobody knows."""
        until = question.recording.sight.until
        if not until:
            return log.total()
        times = self._times(question)
        place = times.later_than(until) if times else 0
        if place is None or place >= log.size:
            return log.total()
        return next(log.lines_of((place,)))

    def _sieve_for(self, log: LogFile, pattern: str) -> Sieve:
        """Return what is known of a filter already, or begin."""
        kept = self._sieve
        if kept is None or kept.log is not log or kept.pattern != pattern:
            kept = self._sieve = Sieve(log, pattern)
        return kept

    def matches(self, question: Matches) -> Job:
        """Deliver which lines match."""
        if question.recording.what == "together":
            yield from self._together.matches(question)
            return
        found: list[int] = []
        if question.pattern:
            rows = None
            if question.recording.sight != ALL:
                _, rows = yield from self._sifted(question)
            batch: list[int] = []
            for offset in Search(question.pattern).offsets(lambda: self._open(question)):
                if offset < 0:
                    yield
                    continue
                batch.append(offset)
                if len(batch) >= MOST:
                    yield from self._place(question, batch, rows, found)
                    batch.clear()
                    if len(found) >= MOST:
                        break
            yield from self._place(question, batch, rows, found)
        lines = tuple(dict.fromkeys(found))[:MOST]
        self._deliver(
            LogMatches(
                token=question.token,
                run_id=question.recording.run_id,
                path=question.recording.path,
                attempt=question.recording.attempt,
                pattern=question.pattern,
                lines=lines,
            )
        )

    def save(self, question: Save) -> Job:
        """Write lines to a new file, and deliver how far that is."""
        written, why = 0, ""
        try:
            if question.recording.what == "together":
                written_so_far = self._together.saved(question)
            else:
                log, rows = yield from self._sifted(question)
                written_so_far = saved(log, rows, question.file)
            for written in written_so_far:
                self._deliver(LogSaved(token=question.token, file=str(question.file), lines=written))
                yield
        except FileExistsError:
            why = "there is something of that name already; nothing was written"
        except OSError as reason:
            why = reason.strerror or str(reason)
        told = LogSaved(token=question.token, file=str(question.file), lines=written, is_over=True, why=why)
        self._deliver(told)

    def _place(self, question: Matches, offsets: list[int], rows: Rows | None, found: list[int]) -> Job:
        """Add the lines of these places to ``found``, as far as they are in sight."""
        log = self._open(question)
        while offsets and log.indexed <= offsets[-1] and log.index():
            yield
            log = self._open(question)
        lines = log.lines_of(offsets)
        found.extend(lines if rows is None else (rows.row(line) for line in lines if rows.has(line)))


def _page(question: Lines, first: int, lines: tuple[bytes, ...], total: int, size: int) -> LogPage:
    return LogPage(
        token=question.token,
        run_id=question.recording.run_id,
        path=question.recording.path,
        attempt=question.recording.attempt,
        first=first,
        lines=lines,
        total=total,
        size=size,
    )
