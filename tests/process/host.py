"""A program that runs the steps it is given, says when all are ready, and waits to be ended.

``python -m tests.process.host FOLDER SCRIPT …`` prints a line with its guard's pid and each step's cookie.
"""

import asyncio
import json
import signal
import sys
from pathlib import Path

from flow_tui.process import guard
from tests.process.conftest import Programs


async def main() -> None:
    """Run the steps until somebody ends this program, or says with a line of input that it should leave."""
    for number in (signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM):  # whoever runs the tests may ignore them
        signal.signal(number, signal.SIG_DFL)
    programs = Programs(Path(sys.argv[1]))
    steps = [programs.shell(script, grace=60) for script in sys.argv[2:]]
    running = [asyncio.create_task(step.run()) for step in steps]
    for step in steps:
        await step.said(b"ready")
    told = {"guard": guard.of_program().pid, "cookies": [step.cookie for step in steps]}
    sys.stdout.write(f"{json.dumps(told)}\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    for task in running:
        task.cancel()
    for step in steps:
        step.stop.force()
    await asyncio.gather(*running, return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(main())
