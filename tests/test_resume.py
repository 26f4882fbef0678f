"""A run that is cut short anywhere and resumed ends as if nothing had happened."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from flow_tui.model.values import RunOptions
from flow_tui.store.sqlite import SqliteStore
from tests.conftest import tried
from tests.flows import FIRST, FaultyStore, memory, run_cut, run_whole, workflows

seeds = st.integers(0, 10_000)
options = st.builds(RunOptions, fail_fast=st.booleans())


@given(written=workflows, seed=seeds, options=options, data=st.data())
@tried(200, by_night=5_000)
def test_a_run_cut_short_anywhere_ends_as_it_would_have(written, seed, options, data):
    """Losing power after any append and resuming changes nothing but the time it took."""
    counted = FaultyStore(memory())
    whole = run_whole(written, seed, counted, options)
    after = data.draw(st.integers(1, counted.appends - 1), label="appends before the cut")
    event(f"{counted.appends // 10}0 appends")
    cut = run_cut(written, seed, memory(), options, after)
    assert cut.facts() == whole.facts()


@pytest.mark.real_time
@given(written=workflows, seed=seeds, options=options, data=st.data())
@tried(25, by_night=1_000)
def test_a_run_on_disk_cut_short_anywhere_ends_as_it_would_have(written, seed, options, data):
    """The same with the store that people use."""
    counted = FaultyStore(memory())
    whole = run_whole(written, seed, counted, options)
    after = data.draw(st.integers(1, counted.appends - 1), label="appends before the cut")
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "flow.db", is_alive=lambda process: process.pid != FIRST.pid)
        try:
            cut = run_cut(written, seed, store, options, after)
        finally:
            store.close()
    assert cut.facts() == whole.facts()
