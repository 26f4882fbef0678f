"""What the next run would do differently from the one on screen: marks for its rows, and a few words."""

import itertools
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flow_tui.app.scene import Scene
from flow_tui.model.ids import ROOT, RunId, StepPath
from flow_tui.model.plan import PlanNode, walk
from flow_tui.runtime.messages import CouldNotRead, LibraryChanged, News
from flow_tui.runtime.questions import Again
from flow_tui.runtime.ways import AgainTold, Way, unread
from flow_tui.sanitize import line
from flow_tui.view import format as fmt

if TYPE_CHECKING:  # loaded once something has changed
    from flow_tui.view.plan_marks import PlanMarks

_TOKENS = itertools.count(3_000_000)  # told apart from the tokens of others who ask the same reader
_NAMES = 3
_FILE = "the file "
"""So begins why a step runs again whose own text is as it was."""
_EVERY = timedelta(seconds=5)
"""So often a definition that nobody watches is looked at again, once somebody asked."""


class PlanAhead:
    """Lays what has changed over the run on screen; asks, when that is over, what would run again."""

    def __init__(self) -> None:
        self._for: RunId | None = None
        self._of: LibraryChanged | None = None
        """The newest sound definition that differs from what the run on screen began with."""
        self._token = 0
        self._was_stopped = False
        self._told: AgainTold | None = None
        self._marks: PlanMarks | None = None
        self._said = ""
        self._beyond = ""
        """Why nothing of the run on screen is taken over, where a file that no step names has changed."""
        self._broken = ""
        """The file of the definition that nothing can be started from."""
        self._looked_at: datetime | None = None
        """When it was asked last what has changed, where nobody watches that."""
        self._why_not = ""
        """Why that could not be found out."""
        self._then: Callable[[], None] | None = None

    def marks(self, scene: Scene) -> "PlanMarks | None":
        """Return the marks of the rows; nothing while a new run would be like the one on screen."""
        news, state = scene.library, scene.state
        beyond = scene.watch.beyond if scene.watch is not None else None
        self._beyond = unread(beyond, state.started_at) if state is not None and state.seq else ""
        self._broken = news.file if news is not None and scene.is_broken else ""
        if state is None or state.run_id != self._for:
            self._forget()
            self._for = state.run_id if state is not None else None
        if not is_watched(scene) and (self._looked_at is not None or self._marks is not None):
            if self._looked_at is None or scene.now - self._looked_at >= _EVERY:
                self._look(scene)
            return self._marks
        if news is None or state is None or news.plan is None:
            return self._marks  # what is broken changes nothing yet
        is_other = news is not self._of or state.is_stopped != self._was_stopped
        if not is_other or news.against != state.run_id:
            return self._marks
        self._of, self._was_stopped, self._told, self._looked_at = news, state.is_stopped, None, None
        self._build()
        if not state.options.mock:
            self._token = next(_TOKENS)
            question = Again(token=self._token, run_id=state.run_id, path=ROOT, beyond=beyond)
            scene.session.reader.again(question)
        return self._marks

    def look(self, scene: Scene, then: Callable[[], None]) -> None:
        """Find out what has changed though nobody watches that, now and from time to time; then ``then``."""
        self._then = then
        self._look(scene)

    def _look(self, scene: Scene) -> None:
        state = scene.state
        if state is None:
            return
        self._looked_at, self._token = scene.now, next(_TOKENS)
        self._was_stopped = state.is_stopped and state.parent is None and not state.options.mock
        scene.session.reader.again(Again(token=self._token, run_id=state.run_id, path=ROOT))

    def _looked(self, item: AgainTold) -> None:
        """Take over what has changed, as one would be told who watches."""
        why = next((way.why_not for way in item.ways if way.way is Way.SAME), "")
        gone = "the file of its definition is gone" if item.is_gone else ""
        self._why_not = gone or (why if item.changes is None else "")
        self._of = LibraryChanged(
            file=item.file, plan=item.plan, changes=item.changes, against=item.run_id, changed=item.changed
        )

    @property
    def said(self) -> str:
        """Return what a re-run would do, or what is different, in a few words."""
        return "a re-run runs every step: nobody knows which reads it" if self._beyond else self._said

    @property
    def details(self) -> list[str]:
        """Return everything that is different, and what would run again, line by line."""
        lines: list[str] = []
        if self._broken and not self._why_not:
            lines = [f"{line(self._broken, 80)} is broken: no new run can start until it is mended.", ""]
        if self._why_not:
            lines += [f"{line(self._why_not, 200)}.", ""]
        if self._beyond:
            lines += [f"{self._beyond}.", ""]
        return [*lines, *(self._changes() or self._changed_files())]

    def _changed_files(self) -> list[str]:
        """Return the files that were found to be others, line by line."""
        told = self._told or (self._of if self._looked_at is not None else None)
        if told is None or not told.changed:
            return []
        return ["", "Files that are not what they were:", *(f"  {line(name, 120)}" for name in told.changed)]

    def _changes(self) -> list[str]:
        if self._of is None or self._of.changes is None or not self._said:
            return []
        from flow_tui.view import changes  # noqa: PLC0415 - only when somebody asks

        told = self._of.changes
        if told.are_none:
            found = ["The workflow itself is as it was."]
        else:
            found = [f"{changes.counted(told)}:", "", *changes.as_text(told)]
        found += [*self._changed_files(), *self._by_files()]
        warm = (
            ()
            if self._told is None or not self._was_stopped
            else (way for way in self._told.ways if way.way is Way.WARM)
        )
        for way in warm:
            found += [
                "",
                f"From the first change, {self._said}" if not way.why_not else line(way.why_not, 200),
            ]
            found += [f"  {line(way.why, 200)}"] if way.why else []
            found += [f"  takes over {', '.join(line(name, 40) for name in way.kept)}"] if way.kept else []
        return found

    def _by_files(self) -> list[str]:
        """Return the steps that run again for a file that has changed, line by line."""
        runs = self._told.runs if self._told is not None else dict[StepPath, str]()
        rows = self._of.plan if self._of is not None else ()
        said = [
            f"  ~ {line(row.label, 40)}: {line(runs[row.path], 200)}"
            for row in walk(rows or ())
            if runs.get(row.path, "").startswith(_FILE)
        ]
        return ["", "These run again:", *said] if said else []

    def answer(self, item: News) -> None:
        """Take what the reader found."""
        if not isinstance(item, AgainTold | CouldNotRead) or item.token != self._token:
            return
        if isinstance(item, CouldNotRead):
            self._told = None
            self._why_not = item.why if self._looked_at is not None else ""
        else:
            if self._looked_at is not None:
                self._looked(item)
            self._told = item if self._was_stopped or self._looked_at is None else None
            self._build()
        then, self._then = self._then, None
        if then is not None:
            then()

    def _build(self) -> None:
        news = self._of
        runs = self._told.runs if self._told is not None else dict[StepPath, str]()
        is_other = self._told is not None and bool(self._told.changed)
        if news is None or news.changes is None or (news.changes.are_none and not is_other):
            self._marks, self._said = None, ""
            return
        from flow_tui.view import changes  # noqa: PLC0415 - only when something has changed
        from flow_tui.view.plan_marks import PlanMarks  # noqa: PLC0415 - the same

        self._marks = PlanMarks(news.changes, news.plan or (), runs)
        if news.changes.are_none and not self._marks.has_any:
            self._marks = None
        if self._told is not None and self._was_stopped:
            self._said = _would_run(self._told)
        else:
            self._said = "" if news.changes.are_none else changes.counted(news.changes)
            self._said = self._said or _files_decide(runs, news.plan or ())

    def _forget(self) -> None:
        self._of, self._told, self._marks, self._token, self._said = None, None, None, 0, ""
        self._looked_at, self._why_not, self._then = None, "", None


def _files_decide(runs: Mapping[StepPath, str], rows: tuple[PlanNode, ...]) -> str:
    """Return which steps run again for a file that has changed, in a few words."""
    names = [line(row.label, 20) for row in walk(rows) if runs.get(row.path, "").startswith(_FILE)]
    more = ", …" if len(names) > _NAMES else ""
    return f"from {', '.join(names[:_NAMES])}{more} on it runs again" if names else ""


def is_watched(scene: Scene) -> bool:
    """Say whether somebody tells by himself what changes in the definition of the run on screen."""
    return scene.watch is not None and scene.watch.armed


def _would_run(told: AgainTold) -> str:
    warm = next((way for way in told.ways if way.way is Way.WARM), None)
    if warm is None or warm.why_not:
        return "a re-run runs every step"
    names = ", ".join(line(name, 20) for name in warm.again[:_NAMES])
    more = ", …" if len(warm.again) > _NAMES else ""
    of = fmt.counted(len(warm.again) + len(warm.kept), "step")
    return f"a re-run runs {len(warm.again)} of {of}: {names}{more}" if warm.again else "nothing to re-run"
