"""The other runs of the project beside the one on screen: what waits, what goes on, what is over."""

import itertools
from collections.abc import Collection
from datetime import datetime, timedelta
from textwrap import wrap

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static
from typing_extensions import override

from flow_tui.app import keys, marks
from flow_tui.app.project_runs import ProjectRuns, arranged
from flow_tui.app.scene import Scene
from flow_tui.app.widgets import home_entries, run_lines
from flow_tui.app.widgets.entries import Entries
from flow_tui.runtime.messages import CouldNotRead, News, RunsListed

_EVERY = timedelta(seconds=5)
"""So often what is on record is read again, as long as it is in sight."""
_KEYS = (("run.history", "full history"), ("run.new", "new run"))
_TOKENS = itertools.count(3_000_000)  # told apart from the tokens of others who ask the same reader


class RunList(Vertical):
    """Lists runs, newest first; reads them only while they are in sight."""

    def __init__(self, off: Collection[str]) -> None:
        """List them beside a run where the keys ``off`` do nothing."""
        super().__init__()
        self._off = off
        self.entries = Entries(id="run-list")
        self._listed: RunsListed | None = None
        self._runs = ProjectRuns()
        self._token = 0
        self._asked_at: datetime | None = None
        self._painted_at: datetime | None = None
        self._why = ""

    @override
    def compose(self) -> ComposeResult:
        """Hold the list, over what leads to others."""
        yield self.entries
        keys_here = [(name, said) for name, said in _KEYS if name not in self._off]
        told = [Content.assemble((keys.first(name), marks.ACCENT), f" {said}") for name, said in keys_here]
        yield Static(Content("   ").join(told), id="runs-keys", markup=False)

    @property
    def said(self) -> str:
        """Return how many there are."""
        count = len(self._runs.active) + len(self._runs.waiting)
        return f"{count:,} active" if count else ""

    def show(self, scene: Scene) -> None:
        """Show the runs as they are now."""
        if self._asked_at is None or scene.now - self._asked_at >= _EVERY:
            self._asked_at, self._token = scene.now, next(_TOKENS)
            scene.session.reader.runs(self._token)
        if scene.now == self._painted_at and not scene.runs.changed:
            return
        self._painted_at = scene.now
        self._runs = arranged(self._listed, scene.runs)
        entries = [*run_lines.entries(self._runs, scene.now)]
        if self._why:
            entries += home_entries.told(["", *wrap(self._why, max(10, self.size.width - 3))])
        nothing = ["no other run yet" if self._listed else "reading…"]
        self.entries.show(entries or home_entries.told(nothing))
        if not self.entries.has_focus and scene.whole is not None:
            self.entries.go_to(scene.whole.run_id)

    def answer(self, item: News) -> None:
        """Take what the reader found."""
        if isinstance(item, RunsListed) and item.token == self._token:
            self._listed, self._why, self._painted_at = item, "", None
        elif isinstance(item, CouldNotRead) and item.token == self._token:
            self._listed, self._painted_at = None, None
            self._why = f"the history cannot be read just now: {item.why}"
