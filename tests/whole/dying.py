"""The program, killed with its guard between the start of a step's process and the record of it."""

import os
import signal
import sys

from flow_tui.cli.main import main
from flow_tui.engine.journal import Journal
from flow_tui.model.events import Event
from flow_tui.process.guard import of_program


async def die(_journal: Journal, _event: Event) -> None:
    """End as ``kill -9`` ends, of the program and of its guard."""
    os.kill(of_program().pid, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    Journal.record_unless_cancelled = die  # type: ignore[method-assign] # what follows the start of a process
    sys.exit(main(sys.argv[1:]))
