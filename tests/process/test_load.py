"""What processes take of the machine."""

import subprocess
import sys
from dataclasses import replace

import pytest

from flow_tui.process import identity, table
from flow_tui.process.load import load_of


@pytest.mark.real_time
@pytest.mark.skipif(not table.has_proc(), reason="the system does not list processes as files")
def test_a_process_is_counted_with_what_it_has_led_to() -> None:
    """Memory and computing of all of them; of one that is another by now, nothing."""
    own = identity.own_identity()
    alone = load_of(own)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE):
        both = load_of(own)
    assert alone is not None
    assert both is not None
    assert both.processes > alone.processes >= 1
    assert both.memory > 1 << 20
    assert both.cpu >= alone.cpu > 0
    assert load_of(replace(own, start_time="0")) is None
    assert load_of(replace(own, host="elsewhere")) is None
