"""A file that somebody has open is looked after, and only as long as it is."""

import asyncio
from pathlib import Path

import pytest

from flow_tui.runtime.attending import Attention
from flow_tui.runtime.drafts import Touched
from flow_tui.runtime.messages import News


@pytest.mark.real_time
def test_who_has_a_file_open_is_told_when_it_changes(tmp_path: Path) -> None:
    """However it is saved: here by another file that takes its place."""
    file, other = tmp_path / "w.wf", tmp_path / "new"
    file.write_text("a")

    async def follow() -> None:
        told = asyncio.Queue[News]()
        attention = Attention(told.put_nowait)
        attention.turn_to(file)
        await told.get()
        other.write_text("b")
        other.rename(file)
        await told.get()
        attention.turn_to(None)

    asyncio.run(asyncio.wait_for(follow(), 20))


@pytest.mark.real_time
def test_who_has_a_file_open_is_told_when_something_comes_that_it_may_name(tmp_path: Path) -> None:
    """An agent that was missing is there: what was said of the text may no longer hold."""
    folder = tmp_path / ".flow" / "workflows"
    folder.mkdir(parents=True)
    agents = tmp_path / ".flow" / "agents"
    agents.mkdir()
    file = folder / "w.wf"
    file.write_text("workflow w { call plan }")

    async def follow() -> None:
        told = asyncio.Queue[News]()
        attention = Attention(told.put_nowait)
        attention.turn_to(file)
        await told.get()
        (agents / "plan.md").write_text("say hello")
        while not (isinstance(news := await told.get(), Touched) and news.is_beside):
            pass
        attention.turn_to(None)

    asyncio.run(asyncio.wait_for(follow(), 20))
