"""What the dashboard is given: the engine's thread, the reader, and what to show first."""

from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from flow_tui import limits
from flow_tui.app.inbox import Inbox
from flow_tui.app.session import StartArgs, WorkflowEntry
from flow_tui.engine.commands import Command
from flow_tui.errors import StoreError
from flow_tui.model.ids import RunId
from flow_tui.runtime.chores import Tell
from flow_tui.runtime.messages import Wish
from flow_tui.runtime.settings import Settings
from flow_tui.runtime.thread import EngineThread

if TYPE_CHECKING:
    from flow_tui.cli.listing import Catalogue, Entry
    from flow_tui.engine.keeping import Histories
    from flow_tui.runtime.reader import Reader

_PATIENCE = limits.SHUTDOWN + limits.ABANDON_AFTER
"""The engine's own deadlines end before this."""


class Dashboard:
    """Everything beyond the screen, on threads of its own. No method blocks but :meth:`close`."""

    def __init__(self, settings: Settings, start_args: StartArgs) -> None:
        self.inbox = Inbox()
        self.start_args = start_args
        self.workflows: tuple[WorkflowEntry, ...] = ()
        self.user = settings.user
        self.engine = EngineThread(settings, self.inbox.put)
        self._settings = settings
        self._root = ""
        self.folder = settings.state
        """Where output is kept; nothing while that is nowhere in particular."""
        self.is_kept = settings.state is not None
        self.is_given = False
        """Whether the command line said where that is."""
        self._read_by: Reader | None = None
        self._catalogue: Catalogue | None = None

    @property
    def reader(self) -> "Reader":
        """Who reads from disk; loaded when somebody asks, because the first frame does not need it."""
        if self._read_by is None:
            from flow_tui.runtime.reader import Reader

            folder = self.folder or Path()
            self._read_by = Reader(
                folder,
                self._histories,
                self.inbox.put,
                state=str(folder) if self.is_given else "",
                keeps=self._settings.state,
                root=self._project,
                look_around=self._list_workflows,
                export=self._export,
            )
            self._read_by.start()
        return self._read_by

    def close(self) -> None:
        """End every run and every thread; what does not end in time is killed."""
        self.engine.stop()
        if not self.engine.join(_PATIENCE.total_seconds()):
            self.engine.kill_children()
            self.engine.join(limits.ABANDON_AFTER.total_seconds())
        if self._read_by is not None:
            self._read_by.stop()

    def send(self, command: Command | Wish) -> None:
        """Ask for something."""
        self.engine.send(command)

    def call(self, text: str) -> None:
        """Call people who may be looking elsewhere."""
        self.send(Tell(text=text))

    def stop(self, kill: bool) -> None:
        """Ask everything to end."""
        self.engine.stop(kill=kill)

    def leave_with_run(self) -> None:
        """Leave by itself when the run on screen is over, from now on."""
        self.start_args = replace(self.start_args, exit_with_run=True)

    # On the reader's thread

    def _histories(self) -> "Histories":
        from flow_tui.runtime import history

        return history.histories(self._settings)

    def _project(self) -> str:
        """Return the folder whose runs are asked for."""
        from flow_tui.cli.kept import root

        self._root = self._root or root()
        return self._root

    def _list_workflows(self) -> None:
        """Whoever looks at the newest runs is shown the workflows too."""
        if not self.start_args.home:
            return
        if self._catalogue is None:
            self.workflows = self._glanced()
            self.inbox.wake()
        self.workflows = self._listed()

    def _glanced(self) -> tuple[WorkflowEntry, ...]:
        """Return the workflows as they can be told at once: unchecked, and without how they ran."""
        from flow_tui.cli import glancing

        return tuple(
            WorkflowEntry(name=name, title=title, group=group, is_checked=False)
            for name, title, group in glancing.workflows()
        )

    def _export(self, kept: "Histories", run_id: RunId, file: Path) -> None:
        from flow_tui.cli import export

        export.write(kept, self.folder, run_id, file)

    def _listed(self) -> tuple[WorkflowEntry, ...]:
        """Return the project's workflows, whether or not the history can be read."""
        from flow_tui.cli.listing import Catalogue
        from flow_tui.clock import SystemClock
        from flow_tui.runtime import history

        if self._catalogue is None:
            self._catalogue = Catalogue()
        now = SystemClock().now()
        with closing(self._histories()) as histories:
            try:
                return tuple(_shown(entry, now) for entry in self._catalogue.entries(histories, now))
            except StoreError:
                entries = self._catalogue.entries(history.nothing(), now)
        return tuple(replace(_shown(entry, now), is_history_read=False) for entry in entries)


def _shown(entry: "Entry", now: datetime) -> WorkflowEntry:
    from flow_tui.runtime import history, launching

    first = entry.first_error
    return WorkflowEntry(
        name=entry.name,
        title=entry.title,
        group=entry.group,
        description=entry.description,
        file=entry.file,
        errors=entry.errors,
        first_error=f"line {first.span.line}: {first.message}" if first is not None else "",
        problems=entry.problems,
        inputs=tuple(map(launching.input_field, entry.inputs)),
        last=entry.last,
        is_left=entry.last is not None and history.is_left(entry.last, now),
    )
