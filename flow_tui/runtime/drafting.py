"""Answers to whoever writes a definition: what is wrong in it, what it changes, and what that would run."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from flow_tui.clock import SystemClock
from flow_tui.diagnostics import errors
from flow_tui.dsl import ast, loader
from flow_tui.dsl.diff import diff
from flow_tui.dsl.files import UnreadableError, read
from flow_tui.dsl.format import format_text
from flow_tui.engine.commands import StartRun
from flow_tui.engine.keeping import Histories
from flow_tui.engine.plan import plan
from flow_tui.engine.warm_outlook import Fate
from flow_tui.errors import FlowError
from flow_tui.runtime import assisting, history, library, unsaved, warming
from flow_tui.runtime.drafts import (
    Carry,
    Check,
    Checked,
    Fetch,
    Fetched,
    Foresee,
    Foreseen,
    Help,
    Keep,
    Recall,
    Stamp,
    Store,
    Stored,
)
from flow_tui.runtime.rewrite import create, rewrite
from flow_tui.runtime.step_news import OfDraft

_CRLF = "\r\n"


class Drafting:
    """Knows what it has read last, because the next question is about nearly the same."""

    def __init__(self, state: Path | None = None) -> None:
        """Keep what is not saved in a folder, or nowhere."""
        self._state = state
        self._before: tuple[str, ast.Workflow | None] = ("", None)
        """The text that drafts are compared with, and what it says."""

    def answers(self, question: OfDraft, kept: Callable[[], Histories]) -> Iterator[OfDraft | None]:
        """Yield the answers; now and then nothing, so that a newer question gets its turn."""
        match question:
            case Fetch():
                yield fetched(question)
            case Check():
                yield from self._checked(question)
            case Foresee():
                yield foreseen(question, kept())
            case Store():
                yield stored(question)
            case Keep():
                yield unsaved.keep(self._state, question)
            case Recall(file=file, forgotten=name):
                unsaved.forget(self._state, file, name)
                yield unsaved.recall(self._state, question, contents(0, file).text)
            case Help():
                yield assisting.helped(question)
            case Carry():
                yield assisting.carried(question)
            case _:
                raise TypeError(question)

    def _checked(self, question: Check) -> Iterator[Checked | None]:
        """Yield what is wrong with a text at once, then what it means."""
        found = inspected(question.text, question.file)
        now = SystemClock().now()
        checked = Checked(
            token=question.token, text=question.text, diagnostics=found.diagnostics, plan=None, at=now
        )
        workflow = found.loaded.workflow
        if workflow is None or errors(found.diagnostics):
            yield checked
            return
        yield None
        before = self._read(question.before)
        yield Checked(
            token=question.token,
            text=question.text,
            diagnostics=found.diagnostics,
            plan=plan(workflow),
            changes=diff(before, workflow) if before is not None else None,
            at=now,
        )

    def _read(self, text: str) -> ast.Workflow | None:
        """Return what the text says that is compared with, if it is sound; read once."""
        if self._before[0] != text:
            try:
                self._before = (text, library.sound(text, ""))
            except FlowError:
                self._before = (text, None)
        return self._before[1]


def inspected(text: str, file: Path) -> library.Inspected:
    """Return what a check of the file would say if it held ``text``."""
    loaded = loader.load_text(text, file)
    return library.inspect(loaded, loader.project_of(file))


def foreseen(question: Foresee, kept: Histories) -> Foreseen:
    """Return what the next run would do again of what an earlier one has done."""
    state = history.state_of(kept, question.run_id)
    definition = library.whole(inspected(question.text, question.file))
    again = StartRun(definition=definition, inputs=state.inputs, options=state.options)
    steps = warming.outlook(kept, again, question.run_id)
    runs = [step for step in steps if step.fate is Fate.RUNS]
    return Foreseen(
        token=question.token,
        run_id=question.run_id,
        again=tuple(step.name for step in runs),
        kept=tuple(step.name for step in steps if step.fate is Fate.KEPT),
        why=f"{runs[0].name}: {runs[0].why}" if runs else "",
        reasons=tuple((step.path, step.why) for step in runs),
    )


# The file


def fetched(question: Fetch) -> Fetched | None:
    """Return what the file holds; nothing if it is still what is known and was asked again."""
    stamp = stamp_of(question.file)
    if question.is_repeated and stamp == question.known:
        return None
    return contents(question.token, question.file)


def contents(token: int, file: Path) -> Fetched:
    """Return what a file holds now."""
    stamp = stamp_of(file)
    if stamp is None:
        return Fetched(token=token, file=file, why="there is no such file")
    data = b""
    try:
        data = read(file)
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnreadableError as reason:
        return Fetched(token=token, file=file, stamp=stamp, why=str(reason))
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        why = f"it is not UTF-8: line {line}, byte {problem.start} is 0x{data[problem.start]:02x}"
        return Fetched(token=token, file=file, stamp=stamp, why=why)
    newline = _CRLF if text.count(_CRLF) == text.count("\n") > 0 else "\n"
    return Fetched(
        token=token,
        file=file,
        text=text.replace(_CRLF, "\n") if newline == _CRLF else text,
        newline=newline,
        stamp=stamp,
        at=datetime.fromtimestamp(stamp.modified / 1_000_000_000, UTC),
        is_locked=not os.access(file, os.W_OK),
    )


def stamp_of(file: Path) -> Stamp | None:
    """Return how a file is; nothing where there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return Stamp(modified=found.st_mtime_ns, size=found.st_size, inode=found.st_ino)


def stored(question: Store) -> Stored:
    """Write a text, unless somebody else has written something else meanwhile."""
    file, text = question.file, question.text
    if not question.is_forced and stamp_of(file) != question.known:
        theirs = contents(question.token, file)
        if theirs.stamp is not None and (theirs.why or theirs.text != text):
            return Stored(token=question.token, file=file, given=question.text, text=text, theirs=theirs)
    if question.lays_out:
        text = laid_out(text)
    data = text.replace("\n", question.newline).encode("utf-8", "surrogatepass")
    try:
        if stamp_of(file) is None:
            create(file, data)
        else:
            rewrite(file, data)
    except UnreadableError as reason:
        return Stored(token=question.token, file=file, given=question.text, text=text, why=str(reason))
    return Stored(token=question.token, file=file, given=question.text, text=text, stamp=stamp_of(file))


def laid_out(text: str) -> str:
    """Return a text in the one style; one that cannot be laid out stays as it is."""
    found = format_text(text)
    return text if found.text is None or errors(found.diagnostics) else found.text
