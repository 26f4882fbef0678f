"""Output without end: one gibibyte without a newline through a step's pipe, in a process of its own."""

import json
import os
import subprocess
import sys

from tests.benchmarks._pty import ROOT

CHILD = """
import asyncio, json, resource, sys, tempfile, time
from pathlib import Path
from flow_tui.engine.ports import ProcessCommand
from flow_tui.engine.stop import Stop
from flow_tui.process.child import ChildLauncher
from flow_tui.process.spool import FileSpool

WRITER = "import sys\\nblock = b'x' * (1 << 20)\\nfor _ in range(%d): sys.stdout.buffer.write(block)\\n"

async def main(mebibytes):
    folder = Path(tempfile.mkdtemp(prefix="flow-flood-"))
    spool = FileSpool(folder / "1.log")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.perf_counter()
    async def started(identity): pass
    import os
    done = await ChildLauncher().run(
        ProcessCommand(
            argv=(sys.executable, "-c", WRITER % mebibytes),
            cwd=str(folder), env=dict(os.environ), name="flood",
        ),
        spool=spool, on_start=started, on_output=lambda size: None, stop=Stop())
    spool.close()
    seconds = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    size = (folder / "1.log").stat().st_size
    import shutil; shutil.rmtree(folder)
    print(json.dumps({"bytes": done.size, "spooled": size, "seconds": round(seconds, 2),
                      "mebibytes_per_second": round(mebibytes / seconds),
                      "memory_growth_mebibytes": round((after - before) / 1024, 1)}))

asyncio.run(main(int(sys.argv[1])))
"""


def measure(quick: bool) -> dict[str, object]:
    """Return seconds, throughput and peak memory growth."""
    mebibytes = 256 if quick else 1024
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(mebibytes)],
        check=True,
        capture_output=True,
        text=True,
        env=env,
        cwd=ROOT,
    )
    return {"mebibytes": mebibytes, **json.loads(done.stdout)}
