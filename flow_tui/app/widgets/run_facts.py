"""The second line at the top of a large screen: what the run was given, who began it, where its logs are."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from textual.content import Content
from textual.widget import Widget

from flow_tui.app import marks
from flow_tui.app.scene import Scene
from flow_tui.app.text import short
from flow_tui.app.widgets.status_bar import Part, assemble
from flow_tui.model.state import RunState
from flow_tui.view.hidden import masked

_MOST = 8
"""Inputs that are looked at; a key shows them all."""
_VALUE = 40
_FOLDER = 24
"""Cells of which the end of a folder may be left."""


def fact_parts(state: RunState, folder: Path | None, now: datetime) -> Iterator[Part]:
    """Yield the inputs, the later ones the first to be left out; then who began the run and its folder."""
    given = {name: value for name, value in masked(state.inputs).items() if value}
    for index, (name, value) in enumerate(list(given.items())[:_MOST]):
        said = Content.assemble(short(f"{name}=", 40, marks.FAINT), short(value, _VALUE))
        yield Part(content=said, rank=10 + index)
    if len(given) > _MOST:
        yield Part(content=Content.styled(f"+{len(given) - _MOST} more", marks.FAINT), rank=20)
    if state.started_at is not None:
        began, today = state.started_at.astimezone(), now.astimezone()
        day = "%H:%M:%S" if began.date() == today.date() else "%Y-%m-%d %H:%M"
        by = "" if state.options.trigger == "manual" else f" by {state.options.trigger}"
        yield Part(content=short(f"started {began:{day}}{by}", 60, marks.FAINT), rank=2)
    if folder is not None:
        yield Part(content=short(f"log {folder}", 200, marks.FAINT), rank=1, shortest=_FOLDER)


class RunFacts(Widget):
    """Paints as many facts as fit; nothing before there is a run."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: tuple[Part, ...] = ()

    def show(self, scene: Scene) -> None:
        """Show what is known of the run on screen."""
        state, parts = scene.state, tuple[Part, ...]()
        if state is not None and state.seq:
            parts = tuple(fact_parts(state, scene.session.reader.folder(state.run_id), scene.now))
        if parts != self._parts:
            self._parts = parts
            self.refresh()

    def render(self) -> Content:
        """Return the line."""
        return assemble(self._parts, self.content_size.width)
