"""Runs whose program is gone."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from flow_tui.clock import SystemClock
from flow_tui.engine.keeping import Owner, RunQuery
from flow_tui.errors import NotPossibleError
from flow_tui.process.identity import identify, is_gone, own_identity
from flow_tui.runtime import orphan
from flow_tui.store.memory import MemoryStore
from tests.runtime.test_onlooker import BEGUN, RUN

ME = Owner(token="me", process=own_identity(), label="me")
GONE = Owner(token="gone", process=identify(2**22 + 1), label="nobody")


@pytest.mark.parametrize("owner", [GONE, Owner(token="other", process=own_identity(), label="other")])
def test_only_a_run_that_nobody_works_on_is_removed_before_it_is_over(owner: Owner, tmp_path: Path) -> None:
    """It is ended first; one whose program lives stays as it is."""
    store = MemoryStore(is_alive=lambda each: not is_gone(each))
    now = SystemClock().now() - timedelta(seconds=1)
    lease = store.acquire(RUN, owner, now)
    assert lease is not None
    store.append(lease, BEGUN, now)
    store.renew(lease, {}, now)
    if owner is GONE:
        asyncio.run(orphan.forget(store, tmp_path, RUN, ME))
        assert store.runs(RunQuery()) == ()
        return
    with pytest.raises(NotPossibleError, match="it is not over"):
        asyncio.run(orphan.forget(store, tmp_path, RUN, ME))
    assert len(list(store.history(RUN))) == len(BEGUN)
