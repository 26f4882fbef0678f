"""The queue between everybody and the screen."""

import threading

import pytest

from flow_tui.app.inbox import Inbox
from flow_tui.runtime.messages import EngineStopped


def item(number: int) -> EngineStopped:
    """Return news that can be told apart."""
    return EngineStopped(error=str(number))


def test_only_the_first_item_after_a_drain_wakes() -> None:
    """A burst costs one wake-up, not one an item."""
    inbox, wakes = Inbox(), []
    inbox.attach(lambda: wakes.append(1))
    for number in range(5):
        inbox.put(item(number))
    assert len(wakes) == 1
    assert list(inbox.drain(10)) == [item(number) for number in range(5)]
    inbox.put(item(5))
    assert len(wakes) == 2


def test_what_was_put_before_anybody_listened_wakes_at_once() -> None:
    """Nothing that happened during start-up waits for the next event."""
    inbox, wakes = Inbox(), []
    inbox.put(item(1))
    inbox.attach(lambda: wakes.append(1))
    assert wakes == [1]


def test_a_drain_takes_no_more_than_it_is_told() -> None:
    """The rest stays for the next frame, in order."""
    inbox = Inbox()
    for number in range(5):
        inbox.put(item(number))
    assert [list(inbox.drain(3)), bool(inbox), list(inbox.drain(3)), bool(inbox)] == [
        [item(0), item(1), item(2)],
        True,
        [item(3), item(4)],
        False,
    ]


def test_nobody_is_woken_after_leaving() -> None:
    """Once the screen has gone, items are kept and nothing is called."""
    inbox, wakes = Inbox(), []
    inbox.attach(lambda: wakes.append(1))
    inbox.detach()
    inbox.put(item(1))
    assert (wakes, bool(inbox)) == ([], True)


@pytest.mark.real_time
def test_no_wake_up_is_lost_between_threads() -> None:
    """Whatever the timing, everything put from four threads is drained after a wake-up."""
    inbox, woken, seen = Inbox(), threading.Event(), 0
    inbox.attach(woken.set)
    writers = [
        threading.Thread(target=lambda: [inbox.put(item(number)) for number in range(2_000)])
        for _ in range(4)
    ]
    for writer in writers:
        writer.start()
    while seen < 8_000:
        assert woken.wait(10), f"asleep with {seen} of 8000 drained"
        woken.clear()
        seen += len(list(inbox.drain(100)))
        if inbox:
            woken.set()
    for writer in writers:
        writer.join()
    assert not inbox
