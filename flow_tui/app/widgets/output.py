"""The recorded output of an attempt: its title, the lines, and the line below that says where one is."""

from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from flow_tui.app import marks
from flow_tui.app.scene import Scene
from flow_tui.app.text import short
from flow_tui.app.widgets.log_view import LogView
from flow_tui.app.widgets.pane_title import PaneTitle
from flow_tui.model.plan import ITEM, LEAVES
from flow_tui.model.state import AttemptState, StepState
from flow_tui.runtime.messages import CouldNotRead, Kept, LogMatches, LogPage
from flow_tui.view import format as fmt

if TYPE_CHECKING:  # imported when somebody searches
    from flow_tui.app.widgets.find import Find

SEARCHING = "-searching"


class Output(Vertical):
    """Shows the output of the attempt it is given, and finds text in it."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self.log_view = LogView()
        self._title = PaneTitle(3, "Output", id="log-title")
        self._bar = Static(Content(), id="log-bar", markup=False)
        self._about = ""
        self._what: Kept = "output"
        self._reached: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        """Stack title, lines and bar."""
        yield self._title
        yield self.log_view
        yield self._bar

    # What is shown

    @property
    def text(self) -> str:
        """Return the visible lines."""
        return self.log_view.text

    def show(self, scene: Scene, step: StepState | None, index: int, what: Kept = "output") -> None:
        """Show what was kept of the attempt at ``index`` of a step."""
        state = scene.state
        if state is None or step is None or index < 0 or _is_elsewhere(step):
            self._close(_why_nothing(step))
            return
        attempt = step.attempts[index]
        self._about = f"try {index + 1} of {len(step.attempts)}" if len(step.attempts) > 1 else ""
        self._what = what
        self.log_view.open(scene.session.reader, state.run_id, step.path, attempt.attempt, what)
        self._grow(step, attempt)

    def _grow(self, step: StepState, attempt: AttemptState) -> None:
        """Look for more output whenever there may be some."""
        reached = (step.path, attempt.attempt, attempt.output_size, attempt.status, self._what)
        if reached != self._reached:
            self._reached = reached
            self.log_view.grew()

    def _close(self, note: str) -> None:
        reached = ("closed", note)
        if reached != self._reached:
            self._reached, self._about, self._what = reached, "", "output"
            self.log_view.close(note)

    def paint_title(self, *, is_focused: bool) -> None:
        """Say whether keys go here."""
        self._title.show(title=self._what.capitalize(), beside=self._about, is_focused=is_focused)

    def answer(self, item: LogPage | LogMatches | CouldNotRead) -> None:
        """Take what the reader found."""
        self.log_view.answer(item)

    @on(LogView.Moved)
    def _say_where(self) -> None:
        self._bar.update(self._where(), layout=False)

    def _where(self) -> Content:
        view = self.log_view
        if not view.total:
            return Content()
        if self._what == "prompt":
            place = Content.styled("what the agent was told", marks.FAINT)
        elif view.follow:
            place = Content.styled("● follow", marks.ACCENT)
        else:
            place = Content.styled(view.hint or "○ not following", marks.WARNING if view.new else marks.FAINT)
        parts = [place, Content(fmt.counted(view.total, "line"))]
        if view.pattern:
            found = f"{view.place_in_matches} of" if view.has_matches else "no match for"
            parts.append(short(f'{found} "{view.pattern}"', 40, marks.WARNING))
        return Content("  ").join(parts)

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
        from flow_tui.app.widgets.find import Find  # noqa: PLC0415 - only when somebody searches

        self.add_class(SEARCHING)
        fields = self.query(Find)
        if fields:
            self._focus(fields.first())
        else:
            field = Find()
            self.mount(field, after=self.log_view)
            self._focus(field)

    def _focus(self, field: "Find") -> None:
        field.begin(self.log_view.pattern, self._searched)

    def _searched(self, pattern: str | None) -> None:
        """Find what was typed; nothing changes when it was given up."""
        if not self.is_searching:
            return
        self.remove_class(SEARCHING)
        if pattern is not None:
            self.log_view.search(pattern)
        self.log_view.focus()

    def end_search(self) -> None:
        """Give up typing."""
        self._searched(None)

    def forget_search(self) -> None:
        """Mark nothing any more."""
        self.log_view.search("")


def _is_elsewhere(step: StepState) -> bool:
    """Say whether it is not the step itself that prints something, but the steps of other runs."""
    return step.child_run is not None or step.fan_out is not None or step.kind in {"call_workflow", ITEM}


def _why_nothing(step: StepState | None) -> str:
    if step is None:
        return "not started yet"
    if step.fan_out is not None:
        return "each item has output of its own"
    if step.child_run is not None:
        return "enter opens its run"
    if step.kind == "gate":
        return "a gate records no output"
    return "no attempt yet" if step.kind in LEAVES else "the steps inside have output"
