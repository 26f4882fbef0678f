"""A log for every run: when it began and ended, and what went wrong meanwhile."""

import logging
from contextlib import suppress

from typing_extensions import override

from flow_tui.clock import instant_text
from flow_tui.engine.driver import current_run
from flow_tui.errors import StoreError
from flow_tui.masking import Secrets
from flow_tui.model import events as ev
from flow_tui.model.ids import RunId
from flow_tui.process.workspace import FolderWorkspace
from flow_tui.sanitize import visible_lines

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_OURS = "flow_tui"


class RunLog(logging.Handler):
    """Keeps what is said while a run goes on, beside its output; no run fails because that cannot be kept.

    Takes records of the program's loggers, and events as a sink. Parts of a run are told in its log.
    """

    def __init__(self, workspace: FolderWorkspace, secrets: Secrets) -> None:
        super().__init__()
        self._workspace = workspace
        self._secrets = secrets
        self.setFormatter(logging.Formatter(_FORMAT))

    def begin(self) -> None:
        """Take records from now on."""
        logging.getLogger(_OURS).addHandler(self)

    def end(self) -> None:
        """Take no more records."""
        logging.getLogger(_OURS).removeHandler(self)
        self.close()

    @override
    def emit(self, record: logging.LogRecord) -> None:
        if (run_id := current_run.get()) is not None:
            self._write(run_id, self.format(record))

    def __call__(self, recorded: ev.Recorded) -> None:
        """Take an event of a run."""
        whole = current_run.get() or recorded.run_id
        is_part = recorded.run_id != whole
        match recorded.event:
            case ev.RunStarted(workflow=workflow) if not is_part:
                said = f"run {recorded.run_id} of {workflow} begins"
            case ev.RunResumed(by=by) if not is_part:
                said = f"run {recorded.run_id} goes on" + (f", as {by} wishes" if by else "")
            case ev.RunFinished(outcome=outcome, error=error) if not is_part:
                said = f"run {recorded.run_id} ends: {outcome.value}" + (f": {error}" if error else "")
            case ev.EngineFailed(error=error, traceback=traceback):
                said = f"run {recorded.run_id} failed inside the engine: {error}\n{traceback}".rstrip()
            case _:
                return
        self._write(whole, f"{instant_text(recorded.at)} {said}")

    def _write(self, run_id: RunId, said: str) -> None:
        with suppress(OSError, StoreError):
            self._workspace.note(run_id, visible_lines(self._secrets.text(said)))
