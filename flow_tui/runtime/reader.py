"""The one thread that reads for the screen: log pages, matches, history.

Answers carry the token of the question.
"""

import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from flow_tui.engine.keeping import Histories
from flow_tui.errors import FlowError, NotPossibleError, StoreGoneError
from flow_tui.model.ids import RunId
from flow_tui.runtime.messages import CouldNotRead, FileWritten, News, PastsRead, Recording
from flow_tui.runtime.questions import (
    Again,
    Burden,
    Compare,
    Export,
    Given,
    Happened,
    History,
    Launch,
    Lines,
    Matches,
    OfStep,
    Past,
    Pasts,
    Question,
    Runs,
    Save,
    Settings,
    Story,
    Write,
    Written,
)
from flow_tui.runtime.step_news import OfDraft
from flow_tui.runtime.ui_settings import Change

if TYPE_CHECKING:  # loaded when somebody asks
    from flow_tui.runtime.drafting import Drafting
    from flow_tui.runtime.log_reading import Job, LogReading
    from flow_tui.runtime.runs_listing import RunsListing
    from flow_tui.runtime.step_events import StepEvents

logger = logging.getLogger(__name__)


def exported_nowhere(_kept: Histories, _run_id: RunId, _file: Path) -> None:
    """Refuse to write a run."""
    raise NotPossibleError("export the run", "there is nobody here who can")


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
        *,
        state: str = "",
        keeps: Path | None = None,
        root: Callable[[], str] = str,
        look_around: Callable[[], object] = bool,
        export: Callable[[Histories, RunId, Path], None] = exported_nowhere,
    ) -> None:
        """Begin nothing yet.

        What is typed and not saved is kept in ``keeps``. On the thread, ``root`` says which project runs are
        of, ``look_around`` is called before the newest are listed, and ``export`` writes one.
        """
        self._workspace_folder = workspace_folder
        self._logs_read: LogReading | None = None
        self._open_histories = open_histories
        self._deliver = deliver
        self._state = state
        self._keeps = keeps
        self._root = root
        self._look_around = look_around
        self._export = export
        self._asked: dict[object, Question] = {}
        self._woken = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="flow-reader", daemon=True)
        # Of the thread alone:
        self._histories: Histories | None = None
        self._listing: RunsListing | None = None
        self._events: StepEvents | None = None
        self._drafting: Drafting | None = None

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

    def lines(self, token: int, recording: Recording, first: int, count: int, near: int = -1) -> None:
        """Ask for lines of what was kept; with a negative ``first`` for the last ``count`` lines.

        With ``near`` the lines around that line of the file are meant, wherever that is among those in sight.

        The last lines of a large file are delivered twice: at once, with a negative ``first`` that counts
        from the end, and again when the lines before them are counted.
        """
        self._ask(Lines(token=token, recording=recording, first=first, count=count, near=near))

    def search(self, token: int, recording: Recording, pattern: str) -> None:
        """Ask which lines of what was kept match; an empty pattern ends a search in progress."""
        self._ask(Matches(token=token, recording=recording, pattern=pattern))

    def save(self, token: int, recording: Recording, file: Path) -> None:
        """Ask for the lines in sight to be written to a new file; how far that is, is told as it goes on."""
        self._ask(Save(token=token, recording=recording, file=file))

    def file(self, recording: Recording) -> Path:
        """Return where what was kept of an attempt is, or would be."""
        return self._logs.file(recording)

    def folder(self, run_id: RunId) -> Path:
        """Return where what was kept of a run is, or would be."""
        return self._logs.folder(run_id)

    def runs(self, token: int) -> None:
        """Ask for the newest runs, and for what waits in them."""
        self._ask(Runs(token=token))

    def launch(self, token: int, workflow: str) -> None:
        """Ask what there is to know before a workflow, by its name or file, is started."""
        self._ask(Launch(token=token, workflow=workflow))

    def settings(self, token: int, changes: tuple[Change, ...] = ()) -> None:
        """Ask for changes of what the user has set for the screen, and then what is in force.

        Of questions that follow each other quickly only the newest is answered: it repeats earlier changes.
        """
        self._ask(Settings(token=token, changes=changes))

    def again(self, question: Again) -> None:
        """Ask in which ways a run can run again; from a step on is one of them."""
        self._ask(question)

    def past(self, question: Past) -> None:
        """Ask about runs on record."""
        self._ask(question)

    def of_step(self, question: OfStep) -> None:
        """Ask what there is to know of a step besides its output."""
        self._ask(question)

    def draft(self, question: OfDraft) -> None:
        """Ask about a definition that somebody writes."""
        self._ask(question)

    def write(self, token: int, file: Path, text: str) -> None:
        """Ask for a text to be written to a new file."""
        self._ask(Write(token=token, file=file, text=text))

    @property
    def _logs(self) -> "LogReading":
        """Return who reads outputs; whichever thread is the first to ask makes it."""
        from flow_tui.runtime.log_reading import LogReading  # noqa: PLC0415 - a list of runs needs none

        with self._woken:
            if self._logs_read is None:
                self._logs_read = LogReading(self._workspace_folder, self._deliver, self._kept)
            return self._logs_read

    def _ask(self, question: Question) -> None:
        kind = question.kind if isinstance(question, OfDraft) else type(question)
        with self._woken:
            self._asked[kind] = question
            self._woken.notify()

    # On the thread

    def _run(self) -> None:
        jobs: dict[object, Job] = {}
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

        for question in self._asked.values():
            if isinstance(question, OfDraft) and question.outlasts:
                deque(self._answer(question), 0)
        self._close()

    def _close(self) -> None:
        if self._logs_read is not None:
            self._logs_read.close()
        if self._histories is not None:
            self._histories.close()

    def _answer(self, question: Question) -> "Job":
        """Do what ``question`` needs, a step at a time; every failure becomes an answer."""
        try:
            match question:
                case Lines():
                    yield from self._logs.lines(question)
                case Matches():
                    yield from self._logs.matches(question)
                case Save():
                    yield from self._logs.save(question)
                case Runs():
                    self._list_runs(question)
                case Launch(token=token, workflow=workflow):
                    from flow_tui.runtime import launching  # noqa: PLC0415 - only when somebody asks

                    self._deliver(launching.prepared(token, workflow, self._kept()))
                case Write(token=token, file=file, text=text):
                    from flow_tui.runtime.log_save import written  # noqa: PLC0415 - few write one

                    self._deliver(FileWritten(token=token, file=str(file), why=written(file, text)))
                case Settings(token=token, changes=changes):
                    from flow_tui.runtime import settings_told  # noqa: PLC0415 - few ask

                    self._deliver(settings_told.told(token, changes, os.environ, self._state))
                case Again():
                    from flow_tui.runtime import running_again  # noqa: PLC0415 - only when somebody asks

                    self._deliver(running_again.told(question, self._kept()))
                case Pasts(token=token, root=root, workflow=workflow, until=until):
                    from flow_tui.runtime import estimating  # noqa: PLC0415 - only when somebody asks

                    pasts = estimating.pasts(self._kept(), root, workflow, until)
                    self._deliver(PastsRead(token=token, pasts=pasts))
                case Given() | Written() | Happened() | Burden() | OfDraft():
                    yield from self._tell(question)
                case Export():
                    self._write(question)
                case _:
                    yield from self._of_past(question)
        except FileNotFoundError:
            is_prompt = isinstance(question, Lines | Matches) and question.recording.what == "prompt"
            why = "no agent was told anything in this attempt" if is_prompt else "no output"
            self._deliver(CouldNotRead(token=question.token, why=why))
        except (OSError, ValueError, FlowError) as reason:
            self._deliver(CouldNotRead(token=question.token, why=_why(reason)))
        except Exception as reason:  # a storage of somebody else's may fail in its own ways
            logger.exception("the reader could not answer")
            self._deliver(CouldNotRead(token=question.token, why=f"{type(reason).__name__}: {reason}"))

    def _tell(self, question: OfStep | OfDraft) -> "Job":
        """Deliver every answer as soon as there is one; in between, others get their turn."""
        answers: Iterator[News | None]
        if isinstance(question, OfDraft):
            answers = self._drafts.answers(question, self._kept)
        else:
            from flow_tui.runtime import of_step  # noqa: PLC0415 - only when somebody asks
            from flow_tui.runtime.step_events import StepEvents  # noqa: PLC0415 - the same

            self._events = self._events or StepEvents()
            answers = of_step.answers(question, self.file, self._kept, self._events)
        for told in answers:
            if told is not None:
                self._deliver(told)
            yield

    def _of_past(self, question: History | Compare | Story) -> "Job":
        from flow_tui.runtime import past_reading  # noqa: PLC0415 - only when somebody asks

        match question:
            case History():
                self._deliver(past_reading.page(self._kept(), self._root(), question))
            case Compare():
                self._deliver(past_reading.compared(self._kept(), question))
            case Story():
                yield from past_reading.story(self._kept(), question, self._deliver)

    def _list_runs(self, question: Runs) -> None:
        self._look_around()
        from flow_tui.runtime.runs_listing import RunsListing  # noqa: PLC0415 - only for a list of them

        self._listing = self._listing or RunsListing()
        self._deliver(self._listing.of(self._kept(), question.token, self._root()))

    def _write(self, question: Export) -> None:
        why = ""
        try:
            self._export(self._kept(), question.run_id, question.file)
        except (FlowError, OSError) as error:
            why = str(error)
        from flow_tui.runtime.past import RunExported  # noqa: PLC0415 - few write one

        told = RunExported(token=question.token, run_id=question.run_id, file=str(question.file), why=why)
        self._deliver(told)

    @property
    def _drafts(self) -> "Drafting":
        """Return who knows about definitions that somebody writes."""
        if self._drafting is None:
            from flow_tui.runtime.drafting import Drafting  # noqa: PLC0415 - only when somebody writes

            self._drafting = Drafting(self._keeps)
        return self._drafting

    def _kept(self) -> Histories:
        """Return what was recorded, opened once."""
        if self._histories is None:
            self._histories = self._open_histories()
        return self._histories


def _why(reason: Exception) -> str:
    """Return why something cannot be read, with what to do where that is not plain."""
    if isinstance(reason, StoreGoneError):
        return f"{reason.SAID}: {reason.hint}"
    return reason.strerror if isinstance(reason, OSError) and reason.strerror else str(reason)


_OVER = object()
