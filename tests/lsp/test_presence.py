"""The server notices that its editor is gone."""

import asyncio
import subprocess
import sys
from datetime import timedelta

import pytest

from flow_tui import limits
from flow_tui.lsp import presence

pytestmark = pytest.mark.real_time


def test_an_editor_that_is_killed_is_noticed_and_one_that_was_never_seen_is_not_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A number from another container says nothing about anybody here."""
    monkeypatch.setattr(limits, "EDITOR_LOOKED_FOR", timedelta(milliseconds=10))

    async def script() -> tuple[bool, bool]:
        loop = asyncio.get_running_loop()

        def aside(task):
            return loop.run_in_executor(None, task)

        with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as editor:
            waiting = asyncio.ensure_future(presence.gone(editor.pid, aside))
            done, _ = await asyncio.wait([waiting], timeout=0.1)
            assert not done
            editor.kill()
            editor.wait()
            noticed = await asyncio.wait_for(waiting, 15)
        return noticed, await asyncio.wait_for(presence.gone(editor.pid, aside), 15)

    assert asyncio.run(script()) == (True, False)
