"""Finding a step, or an item of a fan-out, by a few letters of its name, wherever it is folded away."""

from functools import partial
from heapq import nsmallest
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from flow_tui.app import marks, step_keys
from flow_tui.app.screens.dialog import Dialog
from flow_tui.app.text import short
from flow_tui.app.widgets.entries import Entries, Entry
from flow_tui.app.widgets.finder import Finder
from flow_tui.app.widgets.home_entries import told
from flow_tui.model.ids import StepPath
from flow_tui.view import format as fmt
from flow_tui.view.fuzzy import score
from flow_tui.view.glyphs import UNICODE
from flow_tui.view.rows import RowTable

MOST = 200
"""So many are listed; who sees more types another letter."""


class FindStep(Dialog[StepPath]):
    """Lists the steps that fit what is typed, the best first; answers with the path of one."""

    BINDINGS: ClassVar[list[BindingType]] = [*step_keys.FIND_STEP]

    def __init__(self, table: RowTable) -> None:
        super().__init__()
        self._table = table
        self._names = tuple(table.names())

    def compose(self) -> ComposeResult:
        """Put the field over what fits."""
        with Vertical(classes="dialog", id="find-step"):
            yield Static(id="find-step-title", classes="question", markup=False)
            yield Finder("find a step or an item by a few letters", id="find-step-letters")
            yield Entries(id="find-step-list")
            yield Static(Content("↑ ↓ move · enter goes there · esc close"), classes="legend", markup=False)

    def on_mount(self) -> None:
        """Begin in the field, with all of them."""
        self.query_one(Finder).focus()
        self._list("")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._list(event.value)

    def _list(self, letters: str) -> None:
        entries = self.query_one(Entries)
        fitting = [
            (-worth, place, path)
            for place, (path, name) in enumerate(self._names)
            if (worth := score(letters, name)) is not None
        ]
        found = [Entry(key=path, draw=partial(self._line, path)) for _, _, path in nsmallest(MOST, fitting)]
        entries.show(found or told(["no step fits" if letters else "there are no steps"]))
        entries.action_first()
        every = fmt.counted(len(self._names), "step")
        said = f"{fmt.number(len(fitting))} of {every}" if letters.strip() else every
        self.query_one("#find-step-title", Static).update(Content(f"Find a step  {said}"))

    def _line(self, path: StepPath, width: int) -> Content:
        """Return what tells it from others: how it stands, its name, and what it is inside of."""
        row = self._table.at(path)
        if row is None:
            return short(path, width, marks.FAINT)
        inside = self._table.around(path)
        return Content.assemble(
            (f"{UNICODE.step(row.looks_like)} ", marks.STEPS[row.looks_like]),
            short(row.label, 60),
            (f"  {row.kind.replace('_', ' ')}", marks.FAINT),
            (f"  in {inside}" if inside else "", marks.FAINT),
            (f"  {row.detail()}" if row.detail() else "", marks.FAINT),
        )

    @on(Finder.Moved)
    def _moved(self, event: Finder.Moved) -> None:
        entries = self.query_one(Entries)
        entries.action_cursor_down() if event.by > 0 else entries.action_cursor_up()

    @on(Finder.Chosen)
    def _chosen(self) -> None:
        self.query_one(Entries).action_select()

    @on(Entries.Opened)
    def _opened(self, event: Entries.Opened) -> None:
        event.stop()
        self.dismiss(StepPath(event.key))
