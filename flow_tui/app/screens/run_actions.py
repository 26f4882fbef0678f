"""What the keys of the run screen do: ask, and send commands; what is shown of a run they leave alone."""

import re
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from typing_extensions import override

from flow_tui.app import possible
from flow_tui.app.reach import app_of
from flow_tui.app.runs import Waiting
from flow_tui.app.scene import Scene
from flow_tui.app.screens.run_watching import RunWatching
from flow_tui.app.tabs import Tab
from flow_tui.app.widgets.output import Output
from flow_tui.app.widgets.step_detail import StepDetail
from flow_tui.app.widgets.step_tree import StepTree
from flow_tui.engine.commands import Command
from flow_tui.model.ids import ROOT, RunId, StepPath
from flow_tui.model.naming import around
from flow_tui.model.resuming import place
from flow_tui.model.state import RunState, StepState
from flow_tui.model.status import RunStatus
from flow_tui.runtime.messages import Kept, OpenRun, Wish
from flow_tui.view.places import Place
from flow_tui.view.places import first as place_in

if TYPE_CHECKING:  # loaded when somebody asks
    from flow_tui.app.screens.gate import Drafts
    from flow_tui.view.rows import Row, RowTable

COPY_BYTES = 74_994
"""What terminals accept in one go."""


class RunActions(RunWatching):
    """The keys of a run, in terms of what the screen shows."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self.drafts: Drafts = {}
        """What was prepared as answers to gates and not taken."""

    table: "RowTable | None" = None
    chosen: int | None = None
    """Which attempt is looked at, by index; nothing means the latest."""
    tab: Tab = "log"
    """What is read about the step; it stays so from one step to the next."""
    reads_prompts = False
    """Whether somebody wants to know what agents were told, instead of what they printed."""

    # What is shown

    @property
    def state(self) -> RunState | None:
        """Return the run on screen."""
        return self.scene.state if self.scene is not None else None

    @property
    def whole(self) -> RunState | None:
        """Return the run on screen, or the outermost one that it is part of."""
        return self.scene.whole if self.scene is not None else None

    @property
    def row(self) -> "Row | None":
        """Return the row that is selected."""
        path = self.query_one(StepTree).path
        return self.table.at(path) if self.table is not None and path is not None else None

    @property
    def marked(self) -> Sequence[StepPath]:
        """Return the steps that are marked, in their order."""
        return sorted(self.table.marked, key=place) if self.table is not None else ()

    def unmark(self) -> None:
        """Mark nothing any more."""
        if self.table is not None and self.table.marked:
            self.table.mark(*self.table.marked)
            self.repaint()

    @property
    def step(self) -> StepState | None:
        """Return the step that is selected."""
        row = self.row
        return row.step if row is not None else None

    @property
    def written(self) -> tuple[Path, int] | None:
        """Return the file of the definition, and the line of the selected step in it as it was."""
        state, row = self.state, self.row
        if state is None or not state.file:
            return None
        return Path(state.root, state.file), row.plan.line if row is not None and row.plan is not None else 0

    @property
    def place(self) -> Place | None:
        """Return the place in a file that the error of the selected step names."""
        step, index = self.step, self.attempt_index
        if step is None or not (step.error or step.attempts):
            return None
        return place_in(step.error) or (place_in(step.attempts[index].error) if index >= 0 else None)

    @property
    def attempt_index(self) -> int:
        """Return the index of the attempt that is looked at; -1 before the first."""
        last = len(self.step.attempts) - 1 if self.step is not None else -1
        return last if self.chosen is None else min(self.chosen, last)

    @property
    def kept(self) -> Kept:
        """Return what is read of the attempt that is looked at."""
        return (
            "prompt"
            if self.reads_prompts and self.tab == "log" and possible.has_prompt(self.step)
            else "output"
        )

    @override
    def send(self, command: Command | Wish) -> None:
        """Ask for something; the screen changes when an event says so."""
        if self.scene is not None:
            self.scene.session.send(command)

    @property
    def user(self) -> str:
        """Return who sits here."""
        return self.scene.session.user if self.scene is not None else ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Allow what can be done now."""
        scene, state = self.scene, self.state
        match action:
            case "cancel" | "kill":
                return possible.is_active(state)
            case "resume":
                return possible.can_resume(self.whole) or self.waits_for_people
            case "rerun":
                return possible.can_run_again(self.whole)
            case "breakpoint":
                return possible.is_active(state) or (scene is not None and bool(scene.runs.held))
            case "gate":
                return scene is not None and bool(scene.runs.waiting)
            case "next_failed":
                return self.table is not None and bool(self.table.failures or self._may_say_why())
            case "open_place":
                return self.place is not None
            case "inputs":
                return state is not None and bool(state.seq)
            case "prompt":
                return possible.has_prompt(self.step)
            case "attempt":
                return self.step is not None and len(self.step.attempts) > 1
            case "follow":
                return self._has_lines if self._is_at_output() else possible.is_active(state)
            case "search" | "filter":
                return self.tab != "attempts" and (self.tab != "log" or self._has_lines)
            case "together":
                return self.tab == "log"
            case "save":
                return self.row is not None and (self.tab != "log" or self._has_lines)
            case "match":
                return self.query_one(Output).has_search
            case "new":  # shares its key with the next match
                whole = self.whole
                return whole is not None and bool(whole.file) and not self.query_one(Output).has_search
            case "leave":
                return self.may_leave()
            case _:
                return super().check_action(action, parameters)

    reads_all = False
    """Whether the output of all steps is read instead of that of the selected one."""

    @property
    def _has_lines(self) -> bool:
        """Say whether recorded output is shown."""
        is_there = self.attempt_index >= 0 or self.query_one(Output).is_together
        return self.tab == "log" and is_there

    def may_leave(self) -> bool:
        """Say whether there is something to go back from."""
        is_part = self.state is not None and self.state.parent is not None
        output = self.query_one(Output)
        is_over_something = output.is_searching or output.has_search or output.has_filter
        is_over_something = is_over_something or self.kept == "prompt" or self.reads_all or bool(self.marked)
        is_over_something = is_over_something or self.has_class("-zoomed") or not self.is_at_steps
        return is_over_something or is_part or self.has_home

    @property
    def is_at_steps(self) -> bool:
        """Say whether keys go to the steps."""
        is_aside = isinstance(self.focused, StepDetail) or self._is_at_output()
        return not is_aside and not (self.focused is not None and self.focused.id == "run-list")

    @property
    def has_home(self) -> bool:
        """Say whether this screen lies over the project's."""
        return self is not app_of(self).screen_stack[0]

    # What the keys do

    def action_cancel(self) -> None:
        """Ask what is to be stopped: the step, the block around it, or the run; asked again, at once."""
        self._stop_some(kill=False)

    def action_kill(self) -> None:
        """Ask what is to be stopped at once."""
        self._stop_some(kill=True)

    def _stop_some(self, *, kill: bool) -> None:
        state, step = self.state, self.step
        if state is None:
            return
        from flow_tui.app.screens import cancelling  # noqa: PLC0415 - only when somebody asks

        marked = [step for path in self.marked if possible.can_cancel_step(step := state.steps.get(path))]
        now = kill or all(cancelling.was_asked(state, each) for each in tuple(marked) or (step,))

        def stop(answer: str | None) -> None:
            for request in cancelling.requests(state, step, answer, by=self.user, now=now, marked=marked):
                self.send(request)
            if answer is not None:
                self.unmark()

        app_of(self).push_screen(cancelling.menu(state, step, now=now, marked=marked), stop)

    def action_resume(self) -> None:
        """Show what would run if the whole run went on, and ask."""
        if not possible.can_resume(self.whole):
            self.action_rerun()
        elif self.scene is not None and self.whole is not None:
            from flow_tui.app.screens import again  # noqa: PLC0415 - only when somebody asks

            marked = again.Marked(paths=tuple(self.marked), forget=self.unmark)
            again.go_on(app_of(self), self.scene, self.whole.run_id, self.state, marked)

    def action_rerun(self) -> None:
        """Show in which ways the whole run can run again, from the selected step on among them."""
        whole, state = self.whole, self.state
        if self.scene is None or whole is None or state is None:
            return
        from flow_tui.app.screens import again  # noqa: PLC0415 - only when somebody asks

        path = self.query_one(StepTree).path or ROOT
        places = [(state, path), *around(state, self.scene.runs.states.get)]
        marked = again.Marked(paths=tuple(self.marked), forget=self.unmark)
        again.ask(app_of(self), self.scene, whole.run_id, places[-1][1], state, marked)

    def action_new(self) -> None:
        """Prepare a new run of the workflow of the whole."""
        state, scene = self.whole, self.scene
        if state is None or scene is None:
            return
        from flow_tui.app.screens.launch import LaunchDialog  # noqa: PLC0415 - only when somebody asks

        app_of(self).push_screen(LaunchDialog(str(PurePath(state.root, state.file)), scene))

    def action_gate(self) -> None:
        """Open the gate that is selected, or the one that expires first, of whichever run."""
        scene = self.scene
        if scene is None or not scene.runs.waiting:
            return
        from flow_tui.app.screens import answering  # noqa: PLC0415 - only when somebody asks

        chosen = [each for each in scene.runs.waiting if self._is_here(each)]
        gate = (*chosen, *scene.runs.waiting)[0]
        answering.ask(app_of(self), scene, gate, self.drafts)

    def action_breakpoint(self) -> None:
        """Set a breakpoint or remove it; where the run pauses, ask how it is to go on."""
        if self.scene is not None and self.state is not None:
            from flow_tui.app.screens import breaking  # noqa: PLC0415 - only when somebody asks

            breaking.press(app_of(self), self.scene, self.state, self.row)

    def action_gates(self) -> None:
        """Show all gates that wait, of whichever run and program."""
        if self.scene is not None:
            from flow_tui.app.screens import answering  # noqa: PLC0415 - only when somebody asks

            answering.choose(app_of(self), self.scene, self.drafts)

    def _is_here(self, waiting: Waiting) -> bool:
        """Say whether a gate is the step under the cursor, or inside of it."""
        scene = self.scene
        state = scene.runs.states.get(waiting.run_id) if scene is not None else None
        if scene is None or state is None:
            return False
        places = [(state, waiting.step.path), *around(state, scene.runs.states.get)]
        return any(run is self.state and path == self.query_one(StepTree).path for run, path in places)

    def show_run(self, run_id: RunId) -> None:
        """Show a run around the one on screen, or one that is part of it; read it if it is not known."""
        known = self.scene.runs.states.get(run_id) if self.scene is not None else None
        if self.scene is not None and known is not None and known.seq:
            self.scene.runs.show(run_id)
            self.repaint()
        else:
            self.send(OpenRun(run_id=run_id))

    def action_attempt(self, by: int) -> None:
        """Look at an earlier or a later attempt."""
        if self.step is None:
            return
        last = len(self.step.attempts) - 1
        wanted = max(0, min(last, self.attempt_index + by))
        self.chosen = None if wanted == last else wanted
        self.repaint()

    async def action_prompt(self) -> None:
        """Show what the agent was told, or its output again."""
        self.reads_prompts = self.tab != "log" or not self.reads_prompts
        await self.action_tab("log")

    def action_follow(self) -> None:
        """Go with the run or stay where one is; beside the output, at its end or not."""
        if self._is_at_output():
            self.query_one(Output).toggle_follow()
            return
        tree = self.query_one(StepTree)
        if tree.is_following:
            tree.stay()
        else:
            tree.follow()
        self.repaint()

    def _may_say_why(self) -> bool:
        """Say whether somebody reads output that may speak of something wrong."""
        is_well = self.state is not None and self.state.status is RunStatus.COMPLETED
        return self._is_at_output() and not is_well

    def _is_at_output(self) -> bool:
        return self.focused is not None and self.query_one(Output) in self.focused.ancestors

    def action_search(self) -> None:
        """Type what to find in the output."""
        self.query_one(Output).begin_search()

    def action_filter(self) -> None:
        """Type which lines of the output to show."""
        self.query_one(Output).begin_filter()

    def action_save(self) -> None:
        """Type where to put what is shown."""
        state, row, output = self.state, self.row, self.query_one(Output)
        if state is None or row is None:
            return
        is_log = self.tab == "log"
        attempt = "steps" if output.is_together else str(self.attempt_index + 1)
        words = (state.workflow, row.label or row.kind, attempt if is_log else self.tab)
        name = re.sub(r"[^\w.-]+", "-", "-".join(words)).strip("-.")[:80]
        folder = Path(state.root or Path.cwd())
        if is_log:
            output.begin_save(folder, f"{name}.log")
        else:
            output.begin_save(folder, f"{name}.txt", self._write_page)

    def _write_page(self, file: Path) -> None:
        """Have what is shown written; news tells how that went."""
        if self.scene is not None:
            text = self.query_one(Output).page_text
            self.scene.session.reader.write(0, file, text)

    def action_match(self, by: int) -> None:
        """Go to the next match, or the one before."""
        self.query_one(Output).next_match(by)

    def action_copy(self) -> None:
        """Copy what is selected, or what the focused pane shows."""
        text = self.get_selected_text() or self._text_of_pane()
        if text:
            app_of(self).copy_to_clipboard(text.encode()[:COPY_BYTES].decode(errors="ignore"))
            self.notify("copied", timeout=2)

    def _text_of_pane(self) -> str:
        focused = self.focused
        if isinstance(focused, StepDetail):
            return focused.text
        if self._is_at_output():
            return self.query_one(Output).text
        row = self.row
        return row.label if row is not None else ""

    @abstractmethod
    async def action_tab(self, tab: Tab) -> None:
        """Read something else about the step."""

    @abstractmethod
    def repaint(self) -> None:
        """Paint again what is known."""
