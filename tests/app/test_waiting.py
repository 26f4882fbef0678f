"""The screen waits for nobody: neither for the engine, nor for the database, nor for the disk."""

import threading
from pathlib import Path

import pytest
from textual.pilot import Pilot

from flow_tui.app.app import FlowApp
from flow_tui.engine.commands import CancelRun
from flow_tui.runtime import assembly
from flow_tui.runtime.reader import Reader
from flow_tui.runtime.settings import settings
from flow_tui.runtime.thread import EngineThread
from tests.app import fakes
from tests.app.fakes import drive, press, screen_text

pytestmark = pytest.mark.real_time


def test_keys_work_while_the_database_the_disk_and_the_engine_stand_still(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever they are asked for meanwhile; nothing on the way to them blocks."""
    released = threading.Event()
    stuck = {name: threading.Event() for name in ("database", "disk", "engine")}

    def stand_still(name: str) -> None:
        stuck[name].set()
        released.wait()
        raise OSError("gone")

    monkeypatch.setattr(assembly, "assemble", lambda *_args, **_options: stand_still("engine"))

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        inbox = app.session.inbox
        readers = [
            Reader(tmp_path, lambda: stand_still("database"), inbox.put),
            Reader(tmp_path, lambda: stand_still("disk"), inbox.put, look_around=lambda: stand_still("disk")),
        ]
        engine = EngineThread(settings(":memory:", {}), inbox.put)
        try:
            engine.start()
            monkeypatch.setattr(app.session, "send", engine.send)
            for reader in readers:
                reader.start()
                app.session.reader = reader
                await press(app, pilot, "H", "escape", "g", "j", "3", "2", "4", "6")
            assert all(each.wait(10) for each in stuck.values())
            app.session.send(CancelRun(run_id=fakes.RUN))
            await press(app, pilot, "question_mark", *"zoom")
            assert "Show the focused pane alone" in screen_text(app)
            await press(app, pilot, "escape", "v")
            assert app.screen.view_name == "timeline"
            assert not released.is_set()
        finally:
            released.set()
            engine.stop(kill=True)
            assert engine.join(10)
            assert all(reader.stop(10) for reader in readers)

    drive(script, fakes.running(), size=(110, 30))
