"""What is said of the selected step on the run screen: its tabs, and what stands in them."""

from abc import abstractmethod
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from textual import on
from textual.events import Click
from textual.widget import Widget

from flow_tui.app.reach import app_of
from flow_tui.app.scene import Scene
from flow_tui.app.screens.run_actions import COPY_BYTES, RunActions
from flow_tui.app.tabs import TABS, Tab, beside
from flow_tui.app.widgets.log_view import LogView
from flow_tui.app.widgets.output import ATTEMPTS, Output, is_elsewhere
from flow_tui.app.widgets.step_detail import StepDetail
from flow_tui.app.widgets.step_tree import StepTree
from flow_tui.app.widgets.tab_bar import TabBar
from flow_tui.model import ids
from flow_tui.model.ids import ROOT, RunId, StepPath
from flow_tui.runtime.log_news import LogMatches, LogSaved
from flow_tui.runtime.messages import CouldNotRead, LogPage, News
from flow_tui.runtime.step_news import StepBurden, StepGiven, StepHappened, StepWritten
from flow_tui.sanitize import plain_log_line
from flow_tui.view import format as fmt
from flow_tui.view import places
from flow_tui.view.places import ERRORS, Place

if TYPE_CHECKING:  # loaded when somebody turns to them
    from flow_tui.app.loads import Loads
    from flow_tui.app.pages import Pages, Subject
    from flow_tui.app.sheet import Sheet
    from flow_tui.app.widgets.attempts import Attempts
    from flow_tui.app.widgets.entries import Entries
    from flow_tui.app.widgets.vitals import Around

NO_STEPS = "the workflow has no steps"
_COPIED_LINES = 20_000


class RunDetail(RunActions):
    """Paints the detail of the selected step; the tab that is open stays so for every step."""

    _pages: "Pages | None" = None
    _attempts: "Attempts | None" = None
    _loads: "Loads | None" = None
    is_live = True
    """What is shown goes on now, and not at some time before."""

    # Painting

    def paint_detail(self, scene: Scene, *, is_focused: bool) -> None:
        """Show what is known of the selected step in the tab that is open."""
        row, index = self.row, self.attempt_index
        output = self.query_one(Output)
        self.query_one(StepDetail).show(row, index, scene.now, self._around(scene))
        tries = len(self.step.attempts) if self.step is not None else 0
        self.query_one(TabBar).show(self.tab, tries=tries, is_focused=is_focused)
        if self.has_no_steps and self.tab != "attempts":
            output.close(NO_STEPS)
        elif self.tab == "log" and (together := self._together) is not None:
            output.show_together(scene, together)
        elif row is not None and row.is_folded and self.tab != "attempts":
            output.close("each item has output of its own")
        elif self.tab == "log":
            output.show(scene, self.step, index, self.kept)
        elif self.tab == "attempts":
            if self._attempts is not None:
                self._attempts.show_step(self.step, index, scene.now)
        elif (subject := self._subject(index)) is None:
            output.close("no step is selected")
        else:
            output.show_page(self._page_about(scene, subject), subject.state.run_id, subject.path)

    @property
    def has_no_steps(self) -> bool:
        """Say whether the run has begun and there is nothing in it to do."""
        state = self.state
        return state is not None and state.started_at is not None and not (state.plan or state.steps)

    @property
    def _together(self) -> StepPath | None:
        """Return the block whose steps are read together; an empty path is the whole run."""
        row = self.row
        if self.reads_all:
            return ROOT
        if row is None or row.is_bundle or self.kept == "prompt":
            return None
        return row.path if not row.is_leaf or (row.step is not None and is_elsewhere(row.step)) else None

    def action_together(self) -> None:
        """Read what all steps have printed, in the order in which it came; or that of the selected one."""
        self.reads_all = not self.reads_all
        self.repaint()

    def _around(self, scene: Scene) -> "Around | None":
        """Return what is known of the selected step beside what happened to it."""
        row, state = self.row, scene.state
        if row is None or state is None or not row.is_running:
            return None
        from flow_tui.app.widgets.vitals import CHART, Around  # noqa: PLC0415 - only beside a step

        signs = scene.runs.signs.chart(state.run_id, row.path, scene.now, row.stale_after(), CHART)
        folder = state.options.folder or PurePath(state.root).name
        return Around(folder=folder, signs=signs, load=self._load(scene))

    def _load(self, scene: Scene) -> str:
        """Return what the processes of the selected step take of the machine, as far as that is known."""
        current = self.step.current if self.step is not None else None
        if current is None or current.process is None or not self.is_live:
            return ""
        if self._loads is None:
            from flow_tui.app.loads import Loads  # noqa: PLC0415 - only beside a process

            self._loads = Loads()
        return self._loads.at(scene, current.process)

    def _page_about(self, scene: Scene, subject: "Subject") -> "Sheet":
        from flow_tui.app.pages import Pages  # noqa: PLC0415 - only when somebody reads them

        if self._pages is None:
            self._pages = Pages()
        return self._pages.page(scene, subject, self.tab)

    def _subject(self, index: int) -> "Subject | None":
        from flow_tui.app.pages import Subject  # noqa: PLC0415 - only when somebody reads them

        row, state, step = self.row, self.state, self.step
        if row is None or state is None:
            return None
        plan, above = row.plan, row.path
        while plan is None and above and self.table is not None:
            above = ids.parent(above)
            around = self.table.at(above)
            plan = around.plan if around is not None else None
        attempt = step.attempts[index].attempt if step is not None and index >= 0 else 0
        line = plan.line if plan is not None else 0
        return Subject(state=state, path=row.path, step=step, attempt=attempt, line=line)

    def answer(self, item: News) -> None:
        """Take what the reader found."""
        output = self.query_one(Output)
        if isinstance(item, StepBurden) and self._loads is not None:
            self._loads.answer(item)
        if isinstance(item, LogPage | LogMatches | LogSaved | CouldNotRead):
            output.answer(item)
        if self._pages is None:
            return
        if isinstance(item, StepGiven | StepWritten | StepHappened | CouldNotRead) and self._pages.answer(
            item
        ):
            self.repaint()

    # Turning

    async def action_tab(self, tab: Tab) -> None:
        """Read something else about the step."""
        output = self.query_one(Output)
        is_inside = self._is_at_output()
        if tab == self.tab == "events" and self._pages is not None:
            self._pages.read_on()
        self.tab = tab
        if tab == "attempts" and self._attempts is None:
            from flow_tui.app.widgets.attempts import Attempts  # noqa: PLC0415 - only when somebody looks

            self._attempts = Attempts(id="attempts")
            await output.mount(self._attempts, before=output.log_view)
        output.set_class(tab == "attempts", ATTEMPTS)
        if tab == "attempts" and self._attempts is not None:
            self.repaint()
            self._attempts.go_to(str(self.attempt_index))
        if is_inside:
            self.set_focus(self.reading)
        self.repaint()

    async def action_tab_beside(self, by: int) -> None:
        """Turn to the next tab, or to the one before."""
        await self.action_tab(beside(self.tab, by))

    @property
    def reading(self) -> Widget:
        """Return what takes the keys in the tab that is open."""
        return (
            self._attempts if self.tab == "attempts" and self._attempts else self.query_one(Output).log_view
        )

    @on(TabBar.Turned)
    async def _turned(self, event: TabBar.Turned) -> None:
        if event.tab in TABS:
            await self.action_tab(event.tab)

    # What went wrong

    async def action_next_failed(self) -> None:
        """Go to the next step that failed; beside its output, or where there is no other, to what it says."""
        table, tree = self.table, self.query_one(StepTree)
        failures = table.failures if table is not None else ()
        if self._is_at_output() or failures == (tree.path,):
            await self._go_to_error_line()
        elif failures:
            here = failures.index(tree.path) if tree.path in failures else -1
            tree.go_to(failures[(here + 1) % len(failures)])

    @abstractmethod
    def action_pane(self, pane: str) -> None:
        """Focus a pane."""

    async def _go_to_error_line(self) -> None:
        """Go to the next line of the output that speaks of something wrong."""
        if self.tab != "log":
            await self.action_tab("log")
        if self.has_class("-single"):
            self.action_pane("log")  # the line is to be seen
        view = self.query_one(Output).log_view
        if view.pattern == ERRORS:
            view.next_match(1)
        else:
            view.search(ERRORS)

    def action_open_place(self) -> None:
        """Open the file that the error names, at its line, in somebody's editor."""
        if self.place is not None:
            self._open(self.place)

    def _open(self, place: Place) -> None:
        state = self.state
        if state is not None:
            file = PurePath(state.root, state.options.folder, place.file)
            self.post_message(LogView.Lend(Path(file), "editor", place.line))

    @on(Click)
    def _pointed_at(self, event: Click) -> None:
        """Open what a line of the output points at, where somebody clicks on it with ctrl."""
        widget, spot = self.get_widget_and_offset_at(int(event.screen_x), int(event.screen_y))
        view = self.query_one(Output).log_view
        if not event.ctrl or widget is not view or spot is None:
            return
        event.stop()
        match places.at(view.plain(spot.y), spot.x):
            case str(address):
                app_of(self).open_url(address)
                self.notify(address, title="Opened in the browser", timeout=3)
            case Place() as place:
                self._open(place)
            case None:
                return

    def action_edit(self) -> None:
        """Open the definition of the run in somebody's editor, at the line of the step."""
        state = self.state
        if state is not None and state.file:
            subject = self._subject(self.attempt_index)
            line = max(1, subject.line) if subject is not None else 1
            self.post_message(LogView.Lend(Path(state.root, state.file), "editor", line))

    def action_copy_all(self) -> None:
        """Copy all of an output, as much of its end as a clipboard takes; elsewhere, the id of the run."""
        state = self.state
        if self._is_at_output() and self.tab == "log":
            self.query_one(Output).log_view.read_end(_COPIED_LINES)
        elif state is not None:
            app_of(self).copy_to_clipboard(state.run_id)
            self.notify(f"copied the id of the run, {ids.short(state.run_id)}", timeout=2)

    @on(LogView.EndRead)
    def _copy_end(self, event: LogView.EndRead) -> None:
        page, room, lines = event.page, COPY_BYTES, list[str]()
        for raw in reversed(page.lines):
            text = plain_log_line(raw)
            room -= len(text.encode(errors="replace")) + 1
            if room < 0:
                break
            lines.append(text)
        app_of(self).copy_to_clipboard("\n".join(reversed(lines)))
        of = f" of {fmt.number(page.total)}" if page.total > len(lines) else ""
        self.notify(f"copied the last {fmt.counted(len(lines), 'line')}{of}", timeout=3)

    def action_inputs(self) -> None:
        """Show what the run was given, and what its steps have exported."""
        state, scene = self.state, self.scene
        if state is None or scene is None:
            return
        from flow_tui.app.screens.inputs import Inputs  # noqa: PLC0415 - only when somebody asks

        app_of(self).push_screen(Inputs(scene, state))

    async def on_entries_opened(self, event: "Entries.Opened") -> None:
        """Show what an attempt printed, or another run."""
        if event.entries is not self._attempts:
            self.show_run(RunId(event.key.partition(" ")[0]))
            return
        last = len(self.step.attempts) - 1 if self.step is not None else -1
        index = int(event.key)
        self.chosen = None if index >= last else index
        await self.action_tab("log")
