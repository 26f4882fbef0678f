"""What the tests of real terminals start: the application on a session that ends when it is asked to."""

import fcntl
import logging
import sys
import termios

from flow_tui.app.app import FlowApp
from flow_tui.clock import SystemClock
from flow_tui.runtime.messages import EngineStopped, RunOpened
from flow_tui.runtime.settings import settings
from flow_tui.runtime.thread import EngineThread
from tests.app import fakes


class Session(fakes.FakeSession):
    """Says at once that everything has ended, unless it is told to be stubborn."""

    def stop(self, kill: bool) -> None:
        """End, or only when killed."""
        super().stop(kill)
        if kill or "stubborn" not in sys.argv:
            self.inbox.put(EngineStopped())


def main() -> None:
    """Run until somebody ends it."""
    logging.getLogger().addHandler(logging.NullHandler())  # the program's own log is a file
    if "controlling" in sys.argv:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    session = Session()
    story = fakes.completed() if "over" in sys.argv else fakes.running()
    if "hostile" in sys.argv:
        from tests.app import test_canaries

        story = test_canaries.hostile()
        for item in test_canaries.bad_news():
            session.inbox.put(item)
    for recorded in story.events:
        session.inbox.put(recorded)
    session.inbox.put(RunOpened(run_id=fakes.RUN))
    app = FlowApp(session, SystemClock())
    if "broken" in sys.argv:
        app.receive = None  # type: ignore[assignment,method-assign]
    if "panicking" in sys.argv:
        from flow_tui.runtime import assembly

        assembly.assemble = lambda *_args, **_options: 1 / 0  # type: ignore[assignment]
        EngineThread(settings(":memory:", {}), session.inbox.put).start()
    app.run()
    sys.exit(app.exit_code)


if __name__ == "__main__":
    main()
