"""What is known of a definition that somebody writes; pure."""

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from flow_tui.app import marks
from flow_tui.dataclass import dataclass
from flow_tui.diagnostics import Diagnostic
from flow_tui.dsl.diff import walk as all_changes
from flow_tui.model.ids import StepPath, without_passes
from flow_tui.model.plan import walk
from flow_tui.model.state import RunState, StepState
from flow_tui.model.status import StepStatus
from flow_tui.runtime.drafts import Checked, Fetched, Foreseen
from flow_tui.view.glyphs import UNICODE

_COLOURS = {
    marks.ERROR: "error",
    marks.WARNING: "warning",
    marks.SUCCESS: "done",
    marks.ACCENT: "busy",
    marks.FAINT: "quiet",
}


@dataclass(slots=True, kw_only=True)
class Draft:
    """One file, its text as it is kept there, and what was found out about what is written now."""

    file: Path
    saved: Fetched | None = None
    """As it is on disk, as far as somebody here has seen it."""
    checked: Checked | None = None
    """What there is to say of the text as it is now, or was a moment ago."""
    good: Checked | None = None
    """The same of the last text without an error."""
    foreseen: Foreseen | None = None
    """What the next run would do of that."""
    run: RunState | None = None
    """The run of this file that is on screen."""
    paths: Mapping[StepPath, StepPath] = field(default_factory=dict[StepPath, StepPath])
    """Where a step of the last good text is in the definition of the run, by where it is now."""

    @property
    def unread(self) -> str:
        """Return why there is nothing to say of the text: its file cannot be read."""
        return self.saved.why if self.saved is not None and self.saved.stamp is not None else ""

    @property
    def problems(self) -> tuple[Diagnostic, ...]:
        """Return what is wrong, in the order of the text."""
        return self.checked.diagnostics if self.checked is not None else ()

    @property
    def errors(self) -> int:
        """Return how many of them keep it from running."""
        return sum(each.counts for each in self.problems if each.is_error)

    @property
    def warnings(self) -> int:
        """Return how many of them do not."""
        return sum(each.counts for each in self.problems if not each.is_error)

    @property
    def before(self) -> str:
        """Return the text that this one is compared with."""
        if self.run is not None and self.run.source:
            return self.run.source
        return self.saved.text if self.saved is not None else ""

    def take(self, checked: Checked) -> None:
        """Know what there is to say of the newest text."""
        self.checked = checked
        if checked.plan is None:
            return
        self.good = checked
        found = all_changes(checked.changes) if checked.changes is not None else ()
        self.paths = {StepPath(step.path): StepPath(step.before) for step in found if step.mark != "-"}

    def lines(self) -> dict[int, StepPath]:
        """Return which step of the last good text begins on which line, counted from 0; the outermost one."""
        rows = self.good.plan if self.good is not None else None
        found: dict[int, StepPath] = {}
        for row in walk(rows or ()):
            if row.line and row.kind != "always":
                found.setdefault(row.line - 1, row.path)
        return found

    def signs(self) -> dict[StepPath, tuple[str, str]]:
        """Return how steps stand in the run, by where they are now: a mark, and the name of a colour."""
        if self.run is None:
            return {}
        latest: dict[StepPath, StepState] = {}
        for step in self.run.steps.values():
            latest[without_passes(step.path)] = step
        rows = self.good.plan if self.good is not None else self.run.plan
        known = self.paths or {row.path: row.path for row in walk(rows or ())}
        begun = {now: latest[then] for now, then in known.items() if then in latest}
        return {
            now: (UNICODE.step(step.status), _COLOURS[marks.STEPS[step.status]])
            for now, step in begun.items()
            if step.status is not StepStatus.PENDING
        }


def of_file(run: RunState | None, file: Path) -> RunState | None:
    """Return the run, if it is one of this file."""
    if run is None or not run.file or Path(run.root, run.file) != file:
        return None
    return run
