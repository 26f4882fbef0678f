"""Runs that go on after their screen was closed, told line by line."""

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from flow_tui.app.runs import exit_code
from flow_tui.cli.last_words import last_words
from flow_tui.cli.leaving import Leaving
from flow_tui.cli.printers import PlainPrinter
from flow_tui.exit_codes import ExitCode
from flow_tui.model import ids
from flow_tui.model.events import Recorded
from flow_tui.runtime.messages import EngineStopped, RunLeft

if TYPE_CHECKING:
    from flow_tui.cli.dashboard import DashboardApp
    from flow_tui.cli.session import Dashboard


def until_over(app: "DashboardApp", session: "Dashboard") -> ExitCode:
    """Stay until no run is in progress; a signal cancels them, a second one kills. Return the exit status."""
    return asyncio.run(_until_over(app, session))


async def _until_over(app: "DashboardApp", session: "Dashboard") -> ExitCode:
    loop = asyncio.get_running_loop()
    woken = asyncio.Event()
    leaving = Leaving(session.engine.kill_children)
    runs = app.scene.runs
    printer = PlainPrinter(session.folder or Path(), is_kept=session.is_kept)
    followed = runs.active()
    for state in runs.states.values():
        if not state.is_stopped:
            printer.adopt(state)
    for state in followed:
        printer.say(f"run {ids.short(state.run_id)} goes on without the screen; Ctrl-C cancels it")

    def wake() -> None:
        loop.call_soon_threadsafe(woken.set)

    session.inbox.attach(wake)
    asked = loop.create_task(leaving.asked.wait())
    is_over = False
    while not is_over:
        for news in session.inbox.drain(sys.maxsize):
            is_over = is_over or isinstance(news, EngineStopped)
            if isinstance(news, Recorded):
                printer.take(news)
                runs.take(news)
            elif isinstance(news, RunLeft):
                runs.leave(news.run_id, news.at, news.why)
        if is_over or not runs.active():
            break
        waiting = loop.create_task(woken.wait())
        await asyncio.wait({waiting, asked}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        woken.clear()
        if asked.done() and not app.scene.stopping:
            app.scene.stopping = True
            session.stop(kill=False)
    session.inbox.detach()
    asked.cancel()
    for state in followed:
        for text in last_words(state, session.folder, is_kept=session.is_kept, known=runs.states.get):
            printer.say(text)
    await printer.finish(None, None)
    leaving.close()
    final = app.final
    if leaving.code is not None or final is None or app.session.start_args.home:
        return leaving.code or ExitCode.COMPLETED
    return exit_code(final)
