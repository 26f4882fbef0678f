"""What the next run would do differently from the one on screen: marks for its rows, and a few words."""

import itertools
from typing import TYPE_CHECKING

from flow_tui.app.scene import Scene
from flow_tui.model.ids import ROOT, StepPath
from flow_tui.runtime.messages import CouldNotRead, LibraryChanged, News
from flow_tui.runtime.questions import Again
from flow_tui.runtime.ways import AgainTold, Way, unread
from flow_tui.sanitize import line
from flow_tui.view import format as fmt

if TYPE_CHECKING:  # loaded once something has changed
    from flow_tui.view.plan_marks import PlanMarks

_TOKENS = itertools.count(3_000_000)  # told apart from the tokens of others who ask the same reader
_NAMES = 3


class PlanAhead:
    """Lays what has changed over the run on screen; asks, when that is over, what would run again."""

    def __init__(self) -> None:
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

    def marks(self, scene: Scene) -> "PlanMarks | None":
        """Return the marks of the rows; nothing while a new run would be like the one on screen."""
        news, state = scene.library, scene.state
        beyond = scene.watch.beyond if scene.watch is not None else None
        self._beyond = unread(beyond, state.started_at) if state is not None and state.seq else ""
        self._broken = news.file if news is not None and scene.is_broken else ""
        if state is None or (self._of is not None and self._of.against != state.run_id):
            self._forget()
        if news is None or state is None or news.plan is None:
            return self._marks  # what is broken changes nothing yet
        is_other = news is not self._of or state.is_stopped != self._was_stopped
        if not is_other or news.against != state.run_id:
            return self._marks
        self._of, self._was_stopped, self._told = news, state.is_stopped, None
        self._build()
        if state.is_stopped and not state.options.mock:
            self._token = next(_TOKENS)
            question = Again(token=self._token, run_id=state.run_id, path=ROOT, beyond=beyond)
            scene.session.reader.again(question)
        return self._marks

    @property
    def said(self) -> str:
        """Return what a re-run would do, or what is different, in a few words."""
        return "a re-run runs every step: nobody knows which reads it" if self._beyond else self._said

    @property
    def details(self) -> list[str]:
        """Return everything that is different, and what would run again, line by line."""
        lines: list[str] = []
        if self._broken:
            lines = [f"{line(self._broken, 80)} is broken: no new run can start until it is mended.", ""]
        if self._beyond:
            lines += [f"{self._beyond}.", ""]
        return [*lines, *self._changes()]

    def _changes(self) -> list[str]:
        if self._of is None or self._of.changes is None or not self._said:
            return []
        from flow_tui.view import changes  # noqa: PLC0415 - only when somebody asks

        found = [f"{changes.counted(self._of.changes)}:", "", *changes.as_text(self._of.changes)]
        if self._told is not None and self._told.changed:
            found += ["", "Files that are not what they were:"]
            found += [f"  {line(name, 120)}" for name in self._told.changed]
        warm = () if self._told is None else (way for way in self._told.ways if way.way is Way.WARM)
        for way in warm:
            found += [
                "",
                f"From the first change, {self._said}" if not way.why_not else line(way.why_not, 200),
            ]
            found += [f"  {line(way.why, 200)}"] if way.why else []
            found += [f"  takes over {', '.join(line(name, 40) for name in way.kept)}"] if way.kept else []
        return found

    def answer(self, item: News) -> None:
        """Take what the reader found."""
        if isinstance(item, AgainTold) and item.token == self._token:
            self._told = item
            self._build()
        elif isinstance(item, CouldNotRead) and item.token == self._token:
            self._told = None

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
        self._said = changes.counted(news.changes) if self._told is None else _would_run(self._told)

    def _forget(self) -> None:
        self._of, self._told, self._marks, self._token, self._said = None, None, None, 0, ""


def _would_run(told: AgainTold) -> str:
    warm = next((way for way in told.ways if way.way is Way.WARM), None)
    if warm is None or warm.why_not:
        return "a re-run runs every step"
    names = ", ".join(line(name, 20) for name in warm.again[:_NAMES])
    more = ", …" if len(warm.again) > _NAMES else ""
    of = fmt.counted(len(warm.again) + len(warm.kept), "step")
    return f"a re-run runs {len(warm.again)} of {of}: {names}{more}" if warm.again else "nothing to re-run"
