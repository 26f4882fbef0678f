"""The one thread that reads for the screen: log pages, matches, history.

Answers carry the token of the question.
"""

import logging
import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from flow_tui.clock import SystemClock
from flow_tui.engine.keeping import Histories, RunQuery
from flow_tui.errors import FlowError
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.status import RunStatus
from flow_tui.process.workspace import FolderWorkspace
from flow_tui.runtime import history, launching, log_rows, parts
from flow_tui.runtime.gates_waiting import GatesWaiting
from flow_tui.runtime.log_file import LogFile
from flow_tui.runtime.log_rows import Rows, Sieve
from flow_tui.runtime.log_save import saved
from flow_tui.runtime.log_search import MOST, Search
from flow_tui.runtime.messages import (
    ALL,
    CouldNotRead,
    Kept,
    LogMatches,
    LogPage,
    LogSaved,
    News,
    RunsListed,
    Sight,
)
from flow_tui.runtime.questions import Launch, Lines, Matches, Question, Runs, Save

logger = logging.getLogger(__name__)


_Job: TypeAlias = Iterator[None]
_FILES = 4
"""How many files stay open: more than there are questions at a time."""


class Reader:
    """Answers what the screen asks, on a thread of its own.

    Of each kind of question only the newest is answered. Long work is done in small steps, so that a question
    of another kind never waits for it.
    """

    def __init__(
        self,
        workspace_folder: Path,
        open_histories: Callable[[], Histories],
        deliver: Callable[[News], None],
        parse_query: Callable[[str], RunQuery] | None = None,
    ) -> None:
        self._workspace = FolderWorkspace(workspace_folder)
        self._open_histories = open_histories
        self._deliver = deliver
        self._parse_query = parse_query or plain_query
        self._asked: dict[type, Question] = {}
        self._woken = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="flow-reader", daemon=True)
        # Of the thread alone:
        self._histories: Histories | None = None
        self._logs: dict[Path, LogFile] = {}
        self._sieve: Sieve | None = None
        self._gates = GatesWaiting()

    def start(self) -> None:
        """Begin; questions asked before are answered then."""
        self._thread.start()

    def stop(self, timeout: float = 2.0) -> bool:
        """Ask the thread to end and wait for it; return whether it has ended."""
        with self._woken:
            self._stopping = True
            self._woken.notify()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def lines(
        self,
        token: int,
        run_id: RunId,
        path: StepPath,
        attempt: int,
        first: int,
        count: int,
        what: Kept = "output",
        sight: Sight = ALL,
        near: int = -1,
    ) -> None:
        """Ask for lines of what was kept; with a negative ``first`` for the last ``count`` lines.

        With ``near`` the lines around that line of the file are meant, wherever that is among those in sight.

        The last lines of a large file are delivered twice: at once, with a negative ``first`` that counts
        from the end, and again when the lines before them are counted.
        """
        asked = Lines(
            token=token,
            run_id=run_id,
            path=path,
            attempt=attempt,
            first=first,
            count=count,
            what=what,
            sight=sight,
            near=near,
        )
        self._ask(asked)

    def search(
        self,
        token: int,
        run_id: RunId,
        path: StepPath,
        attempt: int,
        pattern: str,
        what: Kept = "output",
        sight: Sight = ALL,
    ) -> None:
        """Ask which lines of what was kept match; an empty pattern ends a search in progress."""
        asked = Matches(
            token=token, run_id=run_id, path=path, attempt=attempt, pattern=pattern, what=what, sight=sight
        )
        self._ask(asked)

    def save(
        self,
        token: int,
        run_id: RunId,
        path: StepPath,
        attempt: int,
        file: Path,
        what: Kept = "output",
        sight: Sight = ALL,
    ) -> None:
        """Ask for the lines in sight to be written to a new file; how far that is, is told as it goes on."""
        self._ask(
            Save(token=token, run_id=run_id, path=path, attempt=attempt, file=file, what=what, sight=sight)
        )

    def file(self, run_id: RunId, path: StepPath, attempt: int, what: Kept = "output") -> Path:
        """Return where what was kept of an attempt is, or would be."""
        place = self._workspace.prompt_file if what == "prompt" else self._workspace.log_file
        return place(run_id, path, attempt)

    def runs(self, token: int, query: str) -> None:
        """Ask for the history, newest first; what ``query`` means is up to ``parse_query``."""
        self._ask(Runs(token=token, query=query))

    def launch(self, token: int, workflow: str) -> None:
        """Ask what there is to know before a workflow, by its name or file, is started."""
        self._ask(Launch(token=token, workflow=workflow))

    def _ask(self, question: Question) -> None:
        with self._woken:
            self._asked[type(question)] = question
            self._woken.notify()

    # On the thread

    def _run(self) -> None:
        jobs: dict[type, _Job] = {}
        while True:
            with self._woken:
                while not (self._asked or jobs or self._stopping):
                    self._woken.wait()
                if self._stopping:
                    break
                asked, self._asked = self._asked, {}
            for kind, question in asked.items():
                jobs[kind] = self._answer(question)
            for kind, job in list(jobs.items()):
                if next(job, _OVER) is _OVER:
                    del jobs[kind]
        self._close()

    def _close(self) -> None:
        for log in self._logs.values():
            log.close()
        self._logs.clear()
        if self._histories is not None:
            self._histories.close()

    def _answer(self, question: Question) -> _Job:
        """Do what ``question`` needs, a step at a time; every failure becomes an answer."""
        try:
            match question:
                case Lines():
                    yield from self._read_lines(question)
                case Matches():
                    yield from self._find(question)
                case Save():
                    yield from self._save(question)
                case Runs():
                    self._list_runs(question)
                case Launch(token=token, workflow=workflow):
                    self._deliver(launching.prepared(token, workflow, self._kept()))
        except FileNotFoundError:
            is_prompt = isinstance(question, Lines | Matches) and question.what == "prompt"
            why = "no agent was told anything in this attempt" if is_prompt else "no output"
            self._deliver(CouldNotRead(token=question.token, why=why))
        except (OSError, ValueError, FlowError) as reason:
            why = reason.strerror if isinstance(reason, OSError) and reason.strerror else str(reason)
            self._deliver(CouldNotRead(token=question.token, why=why))
        except Exception as reason:  # a storage of somebody else's may fail in its own ways
            logger.exception("the reader could not answer")
            self._deliver(CouldNotRead(token=question.token, why=f"{type(reason).__name__}: {reason}"))

    def _open(self, question: Lines | Matches | Save) -> LogFile:
        """Return the file in question, with what is known of it; to be asked again after each step."""
        file = self.file(question.run_id, question.path, question.attempt, question.what)
        log = self._logs.pop(file, None)
        if log is not None:
            try:
                is_same = log.is_same()
            except OSError:
                log.close()
                raise
            if not is_same:
                log.close()
                raise OSError(0, "the recorded output was replaced or cut short while it was read")
        else:
            log = LogFile(file)
            if len(self._logs) >= _FILES:
                self._logs.pop(next(iter(self._logs))).close()
        self._logs[file] = log  # the one that was used last comes last
        return log

    def _read_lines(self, question: Lines) -> _Job:
        log = self._open(question)
        from_end = question.first < 0
        if from_end and question.near < 0 and question.sight == ALL and log.index():
            tail = log.tail(question.count)
            self._deliver(_page(question, -len(tail), tail, 0, log.size))
        while log.index():
            yield
            log = self._open(question)
        if question.near >= 0 or question.sight != ALL:
            yield from self._read_rows(question)
            return
        total = log.total()
        first = max(0, total - question.count) if from_end else question.first
        lines = log.page(first, question.count) if first < total else ()
        self._deliver(_page(question, first, lines, max(total, first + len(lines)), log.size))

    def _read_rows(self, question: Lines) -> _Job:
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
        self._deliver(replace(page, numbers=numbers, of=log.total(), at=at, is_cut=rows.is_cut))

    def _sifted(self, question: Lines | Matches | Save) -> Generator[None, None, tuple[LogFile, Rows]]:
        """Return which lines are in sight, once that is known."""
        log = self._open(question)
        while log.index():
            yield
            log = self._open(question)
        pattern, sieve = question.sight.pattern, None
        if pattern:
            sieve = self._sieve_for(log, pattern)
            while sieve.advance():
                yield
                log = self._open(question)
                if sieve.log is not log:
                    sieve = self._sieve_for(log, pattern)
        return log, Rows(question.sight, log.total(), sieve)

    def _sieve_for(self, log: LogFile, pattern: str) -> Sieve:
        """Return what is known of a filter already, or begin."""
        kept = self._sieve
        if kept is None or kept.log is not log or kept.pattern != pattern:
            kept = self._sieve = Sieve(log, pattern)
        return kept

    def _find(self, question: Matches) -> _Job:
        found: list[int] = []
        if question.pattern:
            rows = None
            if question.sight != ALL:
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
                run_id=question.run_id,
                path=question.path,
                attempt=question.attempt,
                pattern=question.pattern,
                lines=lines,
            )
        )

    def _save(self, question: Save) -> _Job:
        written, why = 0, ""
        try:
            log, rows = yield from self._sifted(question)
            for written in saved(log, rows, question.file):
                self._deliver(LogSaved(token=question.token, file=str(question.file), lines=written))
                yield
        except FileExistsError:
            why = "there is something of that name already; nothing was written"
        except OSError as reason:
            why = reason.strerror or str(reason)
        told = LogSaved(token=question.token, file=str(question.file), lines=written, is_over=True, why=why)
        self._deliver(told)

    def _place(self, question: Matches, offsets: list[int], rows: Rows | None, found: list[int]) -> _Job:
        """Add the lines of these places to ``found``, as far as they are in sight."""
        log = self._open(question)
        while offsets and log.indexed <= offsets[-1] and log.index():
            yield
            log = self._open(question)
        lines = log.lines_of(offsets)
        found.extend(lines if rows is None else (rows.row(line) for line in lines if rows.has(line)))

    def _kept(self) -> Histories:
        """Return what was recorded, opened once."""
        if self._histories is None:
            self._histories = self._open_histories()
        return self._histories

    def _list_runs(self, question: Runs) -> None:
        kept = self._kept()
        query = self._parse_query(question.query)
        found = tuple(parts.told(kept, run) for run in kept.runs(query))
        now = SystemClock().now()
        left = frozenset(run.run_id for run in found if history.is_left(run, now))
        waiting = self._gates.of(kept, (run for run in found if run.run_id not in left))
        self._deliver(
            RunsListed(token=question.token, runs=found, interrupted=left, root=query.root, gates=waiting)
        )


_OVER = object()
_STATUSES = {status.value: status for status in RunStatus}


def _page(question: Lines, first: int, lines: tuple[bytes, ...], total: int, size: int) -> LogPage:
    return LogPage(
        token=question.token,
        run_id=question.run_id,
        path=question.path,
        attempt=question.attempt,
        first=first,
        lines=lines,
        total=total,
        size=size,
    )


def plain_query(text: str) -> RunQuery:
    """Return what ``text`` asks for: ``#1a2b`` ends an id, ``failed`` is a status, else it is a workflow."""
    suffix, workflow, statuses = "", "", set[RunStatus]()
    for word in text.split():
        if word.startswith("#"):
            suffix = word[1:]
        elif word in _STATUSES:
            statuses.add(_STATUSES[word])
        else:
            workflow = word
    return RunQuery(suffix=suffix, workflow=workflow, statuses=frozenset(statuses))
