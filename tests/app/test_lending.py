"""The terminal in the hands of a pager."""

import asyncio
import os
import signal

import pytest

from flow_tui.app import lending, signals


@pytest.mark.real_time
def test_an_interrupt_in_the_pager_is_not_one_of_the_dashboard():
    """What is pressed there is forgotten; what is pressed afterwards counts again."""
    seen: list[object] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        signals.listen(loop, seen.append)
        with lending._uninterrupted(seen.append):
            os.kill(os.getpid(), signal.SIGINT)
        for _ in range(5):
            await asyncio.sleep(0)
        assert seen == []
        os.kill(os.getpid(), signal.SIGINT)
        while not seen:
            await asyncio.sleep(0)

    asyncio.run(main())
    assert len(seen) == 1
