"""What the keys of home do with the runs that are marked, or with the one that is selected."""

from abc import abstractmethod
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from typing_extensions import override

from flow_tui.app import keys
from flow_tui.app.project_runs import ProjectRuns
from flow_tui.app.reach import app_of
from flow_tui.app.scene import Scene
from flow_tui.app.screens.base import FullScreen
from flow_tui.app.session import WorkflowEntry
from flow_tui.app.widgets import home_entries
from flow_tui.app.widgets.entries import Entries
from flow_tui.model import ids
from flow_tui.model.ids import RunId
from flow_tui.model.status import RunStatus
from flow_tui.model.values import RunSummary
from flow_tui.runtime.chores import DropTurns
from flow_tui.runtime.messages import GateListed, RunsListed

if TYPE_CHECKING:  # loaded when somebody asks
    from flow_tui.app.screens.gate import Drafts


class HomeDeeds(FullScreen):
    """Marks runs, and does something with them after one question."""

    def __init__(self) -> None:
        super().__init__()
        self._scene: Scene | None = None
        self._runs = ProjectRuns()
        self._marked: set[RunId] = set()
        self._listed: RunsListed | None = None
        self._is_back_at_run = False
        """The run is selected that was selected when somebody left, or what is not over."""
        self._at_work: tuple[str, ...] = ()
        """What stood in the list, when it was made last, for what is not over."""
        self._drafts: Drafts = {}
        self._root = ""
        """The project's folder."""

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Allow what can be done now."""
        if action == "unqueue":
            return self._scene is not None and bool(self._scene.queued)
        return super().check_action(action, parameters)

    @override
    def in_footer(self, name: str) -> bool:
        """Tell of what can be done with a run; other keys say why it cannot."""
        deed = name.removeprefix("home.")
        return deed not in _MAY or bool(self.meant(deed))

    def action_unqueue(self) -> None:
        """Let no run wait for its turn any more."""
        if self._scene is not None:
            self._scene.session.send(DropTurns())

    @property
    @abstractmethod
    def selected_workflow(self) -> WorkflowEntry | None:
        """Return the workflow under its list's cursor."""

    @property
    def written(self) -> tuple[Path, int] | None:
        """Return the file of what is selected: of a workflow, or of what a run ran."""
        run = self.selected_run if self.is_at_runs else None
        if run is not None:
            return (Path(run.root, run.file), 0) if run.file else None
        entry = self.selected_workflow
        return (Path(self._root, entry.file), 0) if entry is not None and entry.file else None

    @property
    @abstractmethod
    def selected_run(self) -> RunSummary | None:
        """Return the run under the cursor."""

    @property
    @abstractmethod
    def selected_gate(self) -> GateListed | None:
        """Return the gate under the cursor."""

    @property
    @abstractmethod
    def is_at_runs(self) -> bool:
        """Say whether the runs are what keys are about."""

    @abstractmethod
    def relist(self) -> None:
        """Show the lists again."""

    @property
    def marked(self) -> frozenset[RunId]:
        """Return the runs that are marked and still there."""
        return frozenset(self._marked & {run.run_id for run in self._every()})

    def meant(self, deed: str) -> tuple[RunSummary, ...]:
        """Return the runs that a deed is about and possible for: the marked ones, else the selected one."""
        if not self.is_at_runs or deed not in _MAY:
            return ()
        marked = self.marked
        one = self.selected_run
        runs = [run for run in self._every() if run.run_id in marked] if marked else [one] if one else []
        return tuple(run for run in runs if _MAY[deed](run, run.run_id in self._runs.interrupted))

    def _every(self) -> tuple[RunSummary, ...]:
        return self._runs.every

    def action_mark(self) -> None:
        """Mark the run under the cursor, or not any more, and go on to the next."""
        run = self.selected_run
        if run is None:
            return
        self._marked ^= {run.run_id}
        self.query_one("#runs", Entries).action_cursor_down()
        self.relist()

    def action_answer(self) -> None:
        """Open the gate that is selected, or the one that expires first; if need be, its run first."""
        in_hand_first = sorted(self._runs.gates, key=lambda each: each.is_left)
        scene, gate = self._scene, self.selected_gate or next(iter(in_hand_first), None)
        if scene is None or gate is None:
            return
        from flow_tui.app.screens import answering  # noqa: PLC0415 - only when somebody asks

        answering.ask_listed(app_of(self), scene, gate, self._drafts)

    def action_gates(self) -> None:
        """Show all gates that wait, of whichever run and program."""
        if self._scene is not None:
            from flow_tui.app.screens import answering  # noqa: PLC0415 - only when somebody asks

            answering.choose(app_of(self), self._scene, self._drafts)

    def keep_in_sight(self, left_at: str) -> None:
        """Put the cursor on what has begun since, or at first where it was left, if nothing goes on."""
        before, self._at_work = self._at_work, home_entries.at_work(self._runs)
        if self._listed is not None and not self._is_back_at_run:
            self._is_back_at_run = True
            if not self._at_work:
                self.query_one("#runs", Entries).go_to(left_at)
        elif not self.is_at_runs:  # where somebody looks around, nothing jumps
            self.go_to_newcomer(before)

    def go_to_newcomer(self, before: Collection[str]) -> None:
        """Put the cursor on the first of what is not over that was not there before, if there is any."""
        newcomer = next((key for key in self._at_work if key not in before), "")
        self.query_one("#runs", Entries).go_to(newcomer)

    def unmark(self) -> None:
        """Mark nothing any more."""
        self._marked.clear()
        self.relist()

    def _say_why_not(self, deed: str) -> None:
        """Say why nothing happens with the run under the cursor."""
        run = self.selected_run if self.is_at_runs else None
        if run is not None and deed in _MAY:
            is_left = run.run_id in self._runs.interrupted
            app_of(self).notify(_why_not(deed, run, is_left), timeout=5)

    def action_deed(self, deed: str) -> None:
        """Ask, and do it with the runs that are meant."""
        scene, runs = self._scene, self.meant(deed)
        if scene is None:
            return
        if not runs:
            self._say_why_not(deed)
            return
        from flow_tui.app.screens import deeds  # noqa: PLC0415 - only when somebody asks

        app = app_of(self)
        match deed:
            case "cancel" | "kill":
                deeds.cancel(app, scene, runs, kill=deed == "kill")
            case "resume":
                deeds.go_on(app, scene, runs)
            case "rerun":
                deeds.run_again(app, scene, runs)
            case _:
                deeds.forget(app, scene, runs)


def _is_active(run: RunSummary, is_left: bool) -> bool:
    return not run.status.is_over and not is_left


def _may_go_on(run: RunSummary, is_left: bool) -> bool:
    return is_left or (run.status.is_over and run.status is not RunStatus.COMPLETED)


def _is_over(run: RunSummary, is_left: bool) -> bool:
    return run.status.is_over or is_left


def _why_not(deed: str, run: RunSummary, is_left: bool) -> str:
    """Return why a deed cannot be done with a run."""
    name = ids.short(run.run_id)
    match deed:
        case "forget":
            return f"{name} goes on: {keys.first('home.cancel')} cancels it, then it can be deleted"
        case "resume":
            return f"{name} {'has completed' if run.status.is_over else 'goes on already'}"
        case _ if is_left:
            resume, forget = keys.first("home.resume"), keys.first("home.forget")
            return f"nobody works on {name} any more: {resume} goes on with it, {forget} deletes it"
        case _:
            return f"{name} is over: {run.status.value}"


_MAY: Mapping[str, Callable[[RunSummary, bool], bool]] = {
    "cancel": _is_active,
    "kill": _is_active,
    "resume": _may_go_on,
    "rerun": lambda run, is_left: True,  # noqa: ARG005 - as above
    "forget": _is_over,
}
"""With which runs each can be done."""
