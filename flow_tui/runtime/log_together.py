"""Reading several outputs as one, in small steps: pages, matches and files."""

from array import array
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from flow_tui.engine.keeping import Histories
from flow_tui.model.fold import replay
from flow_tui.model.ids import ROOT, RunId, StepPath
from flow_tui.model.naming import unknown
from flow_tui.runtime import log_rows
from flow_tui.runtime.log_merge import Merge
from flow_tui.runtime.log_news import LogMatches
from flow_tui.runtime.log_rows import MOST_KEPT, Rows
from flow_tui.runtime.log_save import saved
from flow_tui.runtime.log_search import MOST, Search
from flow_tui.runtime.log_sources import Inside, Source, Sources
from flow_tui.runtime.messages import ALL, LogPage, Recording
from flow_tui.runtime.questions import Lines, Matches, Save

Job: TypeAlias = Iterator[None]


class Sifted:
    """Which lines of several outputs match a pattern; those that come later are looked through later."""

    def __init__(self, merge: Merge, pattern: str) -> None:
        self.merge = merge
        self.pattern = pattern
        self.wants_others = pattern.startswith("!")
        self.is_full = False
        self.found = array("Q")
        self._search = Search(pattern.removeprefix("!"))
        self._next = 0

    def advance(self) -> bool:
        """Look through the next piece; return whether there is more."""
        if self._next >= self.merge.pieces or self.is_full:
            return False
        self.found.extend(lines_in(self.merge, self._next, self._search))
        self._next += 1
        self.is_full = len(self.found) > MOST_KEPT
        del self.found[MOST_KEPT:]
        return not self.is_full


class TogetherReading:
    """Answers questions about one merge at a time. Belongs to one thread."""

    def __init__(
        self,
        file: Callable[[Source], Path],
        deliver: Callable[[LogPage | LogMatches], None],
        kept: Callable[[], Histories],
    ) -> None:
        self._file = file
        self._deliver = deliver
        self._kept = kept
        self._parts: dict[RunId, list[Inside]] = {}
        """What is inside of runs that are over."""
        self._of: tuple[RunId, StepPath] | None = None
        self._merge = Merge(file)
        self._sifted: Sifted | None = None

    def lines(self, question: Lines) -> Job:
        """Deliver lines."""
        merge = self._merge_for(question.recording)
        while merge.is_looking:
            yield
        yield from self._look(merge, question.recording)
        rows = yield from self._rows(question)
        first, at = question.first, -1
        if question.near >= 0:
            at = rows.row(question.near)
            first = max(0, at - question.count // 2)
        elif first < 0:
            first = max(0, rows.total - question.count)
        numbers, lines = log_rows.read(merge, rows, first, question.count)
        times, names = merge.about(numbers)
        is_some = replace(question.recording.sight, until=0) != ALL
        self._deliver(
            LogPage(
                token=question.token,
                run_id=question.recording.run_id,
                path=question.recording.path,
                attempt=question.recording.attempt,
                first=first,
                lines=lines,
                total=rows.total,
                size=merge.size,
                numbers=numbers if is_some else (),
                of=rows.lines if is_some else 0,
                at=at,
                is_cut=rows.is_cut or merge.is_full,
                times=times,
                names=names,
            )
        )

    def matches(self, question: Matches) -> Job:
        """Deliver which lines match."""
        found: list[int] = []
        if question.pattern:
            rows = yield from self._rows(question)
            merge, search = self._merge, Search(question.pattern)
            for piece in range(merge.pieces):
                found += [rows.row(line) for line in lines_in(merge, piece, search) if rows.has(line)]
                if len(found) >= MOST:
                    break
                yield
        recording = question.recording
        self._deliver(
            LogMatches(
                token=question.token,
                run_id=recording.run_id,
                path=recording.path,
                attempt=recording.attempt,
                pattern=question.pattern,
                lines=tuple(found[:MOST]),
            )
        )

    def saved(self, question: Save) -> Iterator[int]:
        """Write lines to a new file, each after the name of its step; yield how many there are so far."""
        rows = None
        for rows in self._rows_in_steps(question):  # noqa: B007 - the last one is wanted
            yield 0
        if rows is not None:
            yield from saved(self._merge, rows, question.file, self._named)

    def _named(self, numbers: tuple[int, ...]) -> Iterator[str]:
        return (f"{name}  " for name in self._merge.about(numbers)[1])

    def _rows_in_steps(self, question: Save) -> Iterator[Rows | None]:
        job = self._rows(question)
        while True:
            try:
                next(job)
                yield None
            except StopIteration as done:
                yield done.value
                return

    def _rows(self, question: Lines | Matches | Save) -> Generator[None, None, Rows]:
        """Return which lines are in sight, once that is known."""
        merge = self._merge_for(question.recording)
        while merge.is_looking:
            yield
        if not merge.has_looked:
            yield from self._look(merge, question.recording)
        pattern = question.recording.sight.pattern
        sifted = self._sifted
        if pattern and (sifted is None or sifted.merge is not merge or sifted.pattern != pattern):
            sifted = self._sifted = Sifted(merge, pattern)
        while pattern and sifted is not None and sifted.advance():
            yield
        lines, until = merge.total(), question.recording.sight.until
        if until:
            lines = merge.came_by(until)
        return Rows(question.recording.sight, lines, sifted if pattern else None)

    def _look(self, merge: Merge, recording: Recording) -> Job:
        """Take in what there is by now."""
        sources: list[Source] = []
        for each in recording.inside:
            yield from self._found(each, sources)
        while merge.is_looking:
            yield
        yield from merge.look(sources)

    def _found(self, inside: Inside, sources: list[Source]) -> Job:
        """Add a source, or those of a run that is on record."""
        if isinstance(inside, Source):
            sources.append(inside)
            return
        found = self._parts.get(inside.run_id)
        if found is None:
            state = replay(inside.run_id, self._kept().history(inside.run_id))
            found = list(Sources().inside(state, ROOT, unknown, inside.lead))
            if state.is_stopped:
                self._parts[inside.run_id] = found
            yield
        for each in found:
            yield from self._found(each, sources)

    def _merge_for(self, recording: Recording) -> Merge:
        of = (recording.run_id, recording.path)
        if self._of != of:
            self._of, self._merge, self._sifted = of, Merge(self._file), None
            self._parts.clear()
        return self._merge


def lines_in(merge: Merge, piece: int, search: Search) -> Iterator[int]:
    """Yield which lines of a piece match."""
    data = merge.data(piece)
    line, at = merge.first(piece), 0
    for offset in search.in_block(data, 0):
        line += data.count(b"\n", at, offset)
        at = offset
        yield line
