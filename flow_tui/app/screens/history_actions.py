"""What the keys of the history do with the run that is selected."""

from abc import abstractmethod
from dataclasses import replace
from itertools import count
from pathlib import Path

from textual.widgets import Input

from flow_tui.app.reach import app_of
from flow_tui.app.scene import Scene
from flow_tui.app.screens import deeds
from flow_tui.app.screens.base import FullScreen
from flow_tui.app.widgets.history_lines import ORDERS
from flow_tui.app.widgets.run_table import RunTable
from flow_tui.model import ids
from flow_tui.model.status import RunStatus
from flow_tui.model.values import RunSummary
from flow_tui.runtime.messages import OpenRun
from flow_tui.runtime.past import HistoryWanted, RunExported
from flow_tui.runtime.questions import Export

_TOKENS = count(4_000_000)
_SORTS = tuple(name for name in ORDERS if name != "workflow")


class HistoryActions(FullScreen):
    """The keys of the history, in terms of what the screen shows."""

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self.scene = scene
        self._compares_with_mark = False
        self._exports: dict[int, str] = {}

    @property
    @abstractmethod
    def table(self) -> RunTable:
        """Return the list."""

    @property
    @abstractmethod
    def run(self) -> RunSummary | None:
        """Return the run that is selected."""

    @property
    @abstractmethod
    def wanted(self) -> HistoryWanted:
        """Return what is looked for."""

    @abstractmethod
    def look_for(self, wanted: HistoryWanted) -> None:
        """Show other runs, or the same in another order."""

    @abstractmethod
    def compare(self) -> None:
        """Ask how the selected run compares."""

    @property
    def other(self) -> RunSummary | None:
        """Return the run that somebody has chosen to compare with."""
        marked, run = self.table.marked, self.run
        is_other = marked is not None and run is not None and marked.run_id != run.run_id
        return marked if self._compares_with_mark and is_other else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - part of the interface
        """Allow what can be done now."""
        run = self.run
        is_over = run is not None and (run.status.is_over or self.table.is_left(run))
        match action:
            case "open_run" | "mark" | "copy" | "export" | "replay":
                return run is not None
            case "compare":
                return self.table.marked is not None
            case "resume":
                return is_over and run is not None and run.status is not RunStatus.COMPLETED
            case "rerun" | "delete":
                return is_over
            case _:
                return True

    # Looking for runs

    def action_query(self) -> None:
        """Type what to look for."""
        field = self.query_one("#history-query", Input)
        field.focus()
        field.cursor_position = len(field.value)

    def action_back(self) -> None:
        """Leave the field, the comparison or the search; then the history."""
        focused = self.focused
        if focused is not self.table:
            self.remove_class("-compared")
            self.table.focus()
        elif self.query_one("#history-query", Input).value:
            self.query_one("#history-query", Input).value = ""
        else:
            self.dismiss(None)

    def action_sort(self) -> None:
        """Show them in the next order."""
        order = self.wanted.order
        at = _SORTS.index(order) if order in _SORTS else -1
        self.look_for(replace(self.wanted, order=_SORTS[(at + 1) % len(_SORTS)]))

    def action_group(self) -> None:
        """Show those of a workflow together, or not."""
        is_grouped = self.wanted.order == "workflow"
        self.look_for(replace(self.wanted, order="newest" if is_grouped else "workflow"))

    # Comparing

    def action_mark(self) -> None:
        """Mark the selected run to compare with, or take its mark away."""
        marked, run = self.table.marked, self.run
        is_same = marked is not None and run is not None and marked.run_id == run.run_id
        self.table.marked = None if is_same else run
        self._compares_with_mark = False
        self.table.refresh()
        self.refresh_bindings()
        self.compare()

    def action_compare(self) -> None:
        """Compare with the marked run, or with the last green one again."""
        self._compares_with_mark = not self._compares_with_mark
        self.compare()
        if self.has_class("-single"):
            self.action_pane()

    def action_pane(self) -> None:
        """Go to the comparison, or back to the list."""
        below = self.query_one("#history-compared")
        is_there = self.focused is below
        self.set_class(not is_there, "-compared")
        (self.table if is_there else below).focus()

    # Acting on the run

    def action_open_run(self) -> None:
        """Show the run; where a run is shown below, there."""
        run = self.run
        if run is None:
            return
        self.scene.session.send(OpenRun(run_id=run.run_id))
        if any(getattr(screen, "shows_runs", False) for screen in app_of(self).screen_stack):
            self.dismiss(None)

    def action_resume(self) -> None:
        """Show what would run if the run went on, and ask."""
        if self.run is not None:
            deeds.go_on(app_of(self), self.scene, [self.run])

    def action_rerun(self) -> None:
        """Show in which ways the run can run again."""
        if self.run is not None:
            deeds.run_again(app_of(self), self.scene, [self.run])

    def action_delete(self) -> None:
        """Ask whether everything known of the run is to be deleted."""
        if self.run is not None:
            deeds.forget(app_of(self), self.scene, [self.run])

    def action_copy(self) -> None:
        """Copy the id of the run."""
        if self.run is not None:
            app_of(self).copy_to_clipboard(self.run.run_id)
            self.notify(f"copied {self.run.run_id}", timeout=2, markup=False)

    def action_export(self) -> None:
        """Write the run to a new file in the project's folder."""
        run = self.run
        if run is None:
            return
        name = "".join(letter if letter.isalnum() or letter in "._-" else "-" for letter in run.workflow)
        file = (
            Path(run.root or Path.cwd()) / f"{name.strip('-.')[:60] or 'run'}-{run.run_id[-4:].lower()}.json"
        )
        token = next(_TOKENS)
        self._exports[token] = ids.short(run.run_id)
        self.scene.session.reader.past(Export(token=token, run_id=run.run_id, file=file))

    def exported(self, told: RunExported) -> None:
        """Say where the run is now, or why not."""
        name = self._exports.pop(told.token, "")
        if not name:
            return
        if told.why:
            self.notify(f"{name} is not exported: {told.why}", severity="warning", markup=False)
        else:
            self.notify(f"{name} is in {told.file}", markup=False)

    def action_replay(self) -> None:
        """Play the run back."""
        if self.run is not None:
            from flow_tui.app.screens.replay import show  # noqa: PLC0415 - only when somebody asks

            show(app_of(self), self.scene, self.run.run_id)
