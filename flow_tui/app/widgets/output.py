"""What there is to read of a step: its lines, and the line below that says where one is."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from flow_tui.app import marks, step_keys
from flow_tui.app.scene import Scene
from flow_tui.app.text import short
from flow_tui.app.widgets.log_view import LogView
from flow_tui.app.widgets.plain_pane import Rows
from flow_tui.app.widgets.tab_bar import TabBar
from flow_tui.model import ids
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.plan import ITEM, LEAVES
from flow_tui.model.state import AttemptState, RunState, StepState
from flow_tui.runtime.log_news import LogMatches, LogSaved
from flow_tui.runtime.messages import ALL, CouldNotRead, Kept, LogPage, Recording
from flow_tui.runtime.remembered import Memory
from flow_tui.runtime.ui_settings import UiSettings
from flow_tui.view import format as fmt
from flow_tui.view.places import ERRORS

if TYPE_CHECKING:  # made when somebody reads pages
    from flow_tui.app.sheet import Sheet
    from flow_tui.app.together import Together

SEARCHING = "-searching"
ATTEMPTS = "-attempts"


class Output(Rows):
    """Shows the output of the attempt it is given, or a page, and finds text in it; digits turn to tabs."""

    BINDINGS: ClassVar[list[BindingType]] = [*step_keys.TABS]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self.log_view = LogView()
        self._bar = Static(Content(), id="log-bar", markup=False)
        self._about = ""
        self._saving = ""
        self._what: Kept = "output"
        self._together: Together | None = None
        self._reached: tuple[object, ...] = ()
        self._is_page = False
        self._page: Sheet | None = None
        self._wraps_otherwise = True
        """Whether long lines take several rows in pages, while output is shown; else in output."""
        self._then: Callable[[str], None] = self.log_view.search
        self._errors_of: StepPath | None = None
        """The step whose errors are looked for, once it is shown."""
        self._asks = ""
        """What the field is for in which somebody types."""

    def compose(self) -> ComposeResult:
        """Stack tabs, lines and bar."""
        yield TabBar(id="tabs")
        yield self.log_view
        yield self._bar

    # What is shown

    @property
    def text(self) -> str:
        """Return the visible lines."""
        attempts = self.query("#attempts")
        if attempts and self.has_class(ATTEMPTS):
            return str(getattr(attempts.first(), "text", ""))
        return self.log_view.text

    @property
    def page_text(self) -> str:
        """Return all of the page, or the attempts, that is in sight; nothing where output is shown."""
        if self.has_class(ATTEMPTS):
            return f"{self.text}\n"
        return self._page.text(self.log_view.sight) if self._page is not None else ""

    def show(self, scene: Scene, step: StepState | None, index: int, what: Kept = "output") -> None:
        """Show what was kept of the attempt at ``index`` of a step."""
        state = scene.state
        if state is None or step is None or is_elsewhere(step):
            self.close(_why_nothing(step))
            return
        self._forget_errors_of_others(step.path)
        if index < 0:
            self._show_kept(scene, step, what)
            return
        self._turn(is_page=False)
        self._page = None
        attempt = step.attempts[index]
        self._about = f"try {index + 1} of {len(step.attempts)}" if len(step.attempts) > 1 else ""
        self._what = what
        recording = Recording(run_id=state.run_id, path=step.path, attempt=attempt.attempt, what=what)
        self.log_view.open(scene.lines, recording)
        self._grow(scene, state, step, attempt)

    def _show_kept(self, scene: Scene, step: StepState, what: Kept) -> None:
        """Show what was kept of a step in the run that its outcome is from, if there is one."""
        if step.reused_from is None or not step.reused_attempt:
            self.close(_why_nothing(step))
            return
        self._turn(is_page=False)
        self._page = None
        self._about, self._what = f"kept from {ids.short(step.reused_from)}", what
        recording = Recording(
            run_id=step.reused_from, path=step.reused_path, attempt=step.reused_attempt, what=what
        )
        self.log_view.open(scene.session.reader, recording)
        reached = (recording,)
        if reached != self._reached:
            self._reached = reached
            self.log_view.grew()

    def _forget_errors_of_others(self, path: StepPath) -> None:
        """Stop looking for errors once another step is looked at; what was typed is looked for in all."""
        if self.log_view.pattern != ERRORS:
            self._errors_of = None
        elif self._errors_of is None:
            self._errors_of = path
        elif self._errors_of != path:
            self.forget_search()

    def show_together(self, scene: Scene, path: StepPath) -> None:
        """Show what the steps inside of a block have printed, or with an empty path all steps of the run."""
        state = scene.state
        if state is None:
            self.close(_why_nothing(None))
            return
        self._turn(is_page=False)
        kept, reader = self._together, scene.lines
        if kept is None or (kept.reader, kept.state, kept.path) != (reader, state, path):
            from flow_tui.app.together import Together  # noqa: PLC0415 - only when somebody reads them

            kept = self._together = Together(reader, state, path)
        has_more = kept.look(scene.runs.states.get, scene.now)
        has_more = has_more or bool(scene.runs.touched) or scene.runs.changed
        if not kept.inside:
            self.close(_why_nothing(state.steps.get(path)))
            return
        self._what, self._about = "together", "steps inside" if path else "all steps"
        self._reached = (kept,)
        self.log_view.open(kept, kept.recording)
        if has_more:
            self.log_view.grew()

    @property
    def is_together(self) -> bool:
        """Say whether the output of several steps is shown."""
        return self._what == "together"

    def show_page(self, page: "Sheet", run_id: RunId, path: StepPath) -> None:
        """Show a page about a step."""
        self._turn(is_page=True)
        self._what, self._about = "page", ""
        self._page = page
        self.log_view.open(page, Recording(run_id=run_id, path=path, attempt=0, what="page"))
        reached = (page, len(page))
        if reached != self._reached:
            self._reached = reached
            self.log_view.grew()

    def _turn(self, *, is_page: bool) -> None:
        """Let long lines take as many rows as somebody wants here."""
        if is_page is not self._is_page:
            self._is_page = is_page
            before, wanted = self.log_view.wraps, self._wraps_otherwise
            self._wraps_otherwise = before
            if before is not wanted:
                self.log_view.action_wrap()

    def remember(self, ui: UiSettings, memory: Memory) -> None:
        """Show output as it was left, or else as it is set."""
        self.log_view.wraps = ui.log_wrap if memory.wrap is None else memory.wrap
        self.log_view.times = ui.log_times if memory.times is None else memory.times

    def remembered(self, ui: UiSettings, memory: Memory) -> Memory:
        """Return how output is left, as far as that is not how it is set."""
        view = self.log_view
        wraps = self._wraps_otherwise if self._is_page else view.wraps
        return replace(
            memory,
            wrap=None if wraps is ui.log_wrap else wraps,
            times=None if view.times is ui.log_times else view.times,
        )

    def _grow(self, scene: Scene, state: RunState, step: StepState, attempt: AttemptState) -> None:
        """Look for more output whenever there may be some: of what others work on, that is with every second.

        How much they have printed is told to nobody but themselves.
        """
        goes_on = step.current is attempt and not state.is_stopped
        second = scene.now if goes_on and scene.runs.is_elsewhere(state) else None
        size = attempt.output_size
        reached = (step.path, attempt.attempt, size, attempt.status, state.is_stopped, second, self._what)
        if reached != self._reached:
            self._reached = reached
            self.log_view.grew()

    def close(self, note: str) -> None:
        """Show nothing but ``note``."""
        reached = ("closed", note)
        if reached != self._reached:
            self._reached, self._about, self._what = reached, "", "output"
            self.log_view.close(note)

    def answer(self, item: LogPage | LogMatches | LogSaved | CouldNotRead) -> None:
        """Take what the reader found, or how far it has written."""
        if isinstance(item, LogSaved):
            self._saved(item)
            return
        self.log_view.answer(item)

    @on(LogView.Moved)
    def _say_where(self) -> None:
        self._bar.update(self._where(), layout=False)

    def _where(self) -> Content:
        view = self.log_view
        if self.is_searching:
            title, _, more = self._asks.partition(": ")
            return Content.assemble((title, f"bold {marks.ACCENT}"), (f"  {more}", marks.FAINT))
        if not (view.total or view.of or view.is_sifting):
            return Content()
        if self._what == "prompt":
            place = Content.styled("what the agent was told", marks.FAINT)
        elif self._what == "page":
            place = Content()
        elif view.follow:
            place = Content.styled("● follow", marks.ACCENT)
        else:
            place = Content.styled(view.hint or "○ not following", marks.WARNING if view.new else marks.FAINT)
        parts = [place] if place else []
        parts += self._which_lines()
        if self._saving:
            parts.append(Content.styled(self._saving, marks.ACCENT))
        if view.marks:
            parts.append(Content.styled(fmt.counted(len(view.marks), "mark"), marks.ACCENT))
        if view.wraps:
            parts.append(Content.styled("wrap", marks.FAINT))
        if view.about_times and not self._is_page:
            parts.append(Content.styled(view.about_times, marks.FAINT))
        if view.pattern:
            found = f"{view.place_in_matches} of" if view.has_matches else "no match for"
            sought = "what speaks of errors" if view.pattern == ERRORS else f'"{view.pattern}"'
            parts.append(short(f"{found} {sought}", 40, marks.WARNING))
        if self._about:
            parts.append(Content.styled(self._about, marks.FAINT))
        return Content("  ").join(parts)

    def _which_lines(self) -> Iterator[Content]:
        """Yield how many lines are shown, of how many, and why not all."""
        view = self.log_view
        sight = view.sight
        if view.is_sifting:
            yield Content.styled("filtering…", marks.FAINT)
        elif sight == ALL:
            yield Content(fmt.counted(view.total, "line"))
        else:
            yield Content(f"{fmt.number(view.total)} of {fmt.counted(view.of, 'line')}")
        if sight.pattern:
            kind, text = (
                ("without", sight.pattern[1:]) if sight.pattern[0] == "!" else ("only", sight.pattern)
            )
            yield short(f'{kind} "{text}"', 30, marks.WARNING)
        if sight.since:
            yield Content.styled("cleared", marks.WARNING)
        if view.is_cut:
            from flow_tui.runtime.log_rows import MOST_KEPT  # noqa: PLC0415 - few filters take in so much

            most = "the beginning" if self.is_together else f"up to match {fmt.number(MOST_KEPT)}"
            yield Content.styled(f"only {most}", marks.WARNING)

    # What the keys do

    def toggle_follow(self) -> None:
        """Stay at the end, or stop staying there."""
        self.log_view.follow = not self.log_view.follow

    @property
    def has_search(self) -> bool:
        """Say whether something was searched for."""
        return bool(self.log_view.pattern)

    def next_match(self, by: int) -> None:
        """Go to the next match, or the one before."""
        self.log_view.next_match(by)

    @property
    def is_searching(self) -> bool:
        """Say whether somebody types what to find."""
        return self.has_class(SEARCHING)

    def begin_search(self) -> None:
        """Let somebody type what to find, beginning with what was looked for last."""
        self._type(self.log_view.pattern, "Search: find in the output", self.log_view.search)

    def begin_filter(self) -> None:
        """Let somebody type which lines to show, beginning with the filter that there is."""
        asked = "Filter: only lines with text or /expression/; ! in front: only the others"
        self._type(self.log_view.sight.pattern, asked, self.sift)

    def begin_save(self, folder: Path, name: str, write: Callable[[Path], None] | None = None) -> None:
        """Let somebody type where to put the lines that are shown, for ``write`` or else as a recording."""

        def save(typed: str) -> None:
            if typed.strip():
                (write or self.log_view.save)(folder / Path(typed.strip()).expanduser())

        self._type(name, "Save as: a new file, seen from the project's folder", save)

    def _saved(self, item: LogSaved) -> None:
        written = fmt.counted(item.lines, "line")
        self._saving = "" if item.is_over else f"saving: {written}"
        if item.why:
            self.screen.notify(f"{item.file}: {item.why}", title="Not saved", severity="warning")
        elif item.is_over:
            self.screen.notify(f"{written} in {item.file}", title="Saved")
        self._say_where()

    def _type(self, text: str, asked: str, then: Callable[[str], None]) -> None:
        from flow_tui.app.widgets.find import Find  # noqa: PLC0415 - only when somebody types

        self.add_class(SEARCHING)
        self._then, self._asks = then, asked
        self._say_where()
        fields = self.query(Find)
        if fields:
            fields.first().begin(text, "", self._typed)
        else:
            field = Find()
            self.mount(field, after=self.log_view)
            field.begin(text, "", self._typed)

    def _typed(self, text: str | None) -> None:
        """Do with it what it was typed for; nothing changes when it was given up."""
        if not self.is_searching:
            return
        self.remove_class(SEARCHING)
        self._say_where()
        if text is not None:
            self._then(text)
        (self.query_one("#attempts") if self.has_class(ATTEMPTS) else self.log_view).focus()

    def sift(self, pattern: str) -> None:
        """Show only the lines that somebody wants to see."""
        from flow_tui.runtime.log_search import why_not  # noqa: PLC0415 - only when somebody filters

        why = why_not(pattern.removeprefix("!"))
        if why:
            self.screen.notify(why, title="Filter", severity="warning")
            return
        given = "" if pattern == "!" else pattern
        self.log_view.look_at(replace(self.log_view.sight, pattern=given))

    def end_search(self) -> None:
        """Give up typing."""
        self._typed(None)

    def forget_search(self) -> None:
        """Mark nothing any more."""
        self.log_view.search("")

    @property
    def has_filter(self) -> bool:
        """Say whether only some lines are shown, because of what they say."""
        return bool(self.log_view.sight.pattern)

    def forget_filter(self) -> None:
        """Show all lines again."""
        self.sift("")


def is_elsewhere(step: StepState) -> bool:
    """Say whether it is not the step itself that prints something, but the steps of other runs."""
    return step.child_run is not None or step.fan_out is not None or step.kind in {"call_workflow", ITEM}


def _why_nothing(step: StepState | None) -> str:
    if step is None:
        return "not started"
    if step.fan_out is not None:
        return "each item has output of its own"
    if step.child_run is not None:
        return "enter opens its run"
    if step.kind == "gate":
        return "a gate records no output"
    if step.reused_from is not None:
        return f"kept from {ids.short(step.reused_from)}, where its output is"
    return "no attempt yet" if step.kind in LEAVES else "the steps inside have output"
