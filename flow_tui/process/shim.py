"""The guard: a process of its own that outlives the program and then ends what its steps left running.

One guard serves a whole program and is not even woken by a step: the program notes what runs in a nameless
file that both have open (see ``guard``), three small writes a step. The others were measured and cost more:
a guard per step costs the start of an interpreter, ten to twenty times that of ``true``; one forked per step
from a process kept ready doubles the time of ``true``; one that starts the steps itself adds a twentieth, and
would have to hand on every exit status. What steps have led to is found as for a step that is cancelled: by
group, session, ancestry and cookie.

That the program is gone is told by a pipe that only the program can write to: the system closes it however
that ends, ``kill -9`` included. A signal on the parent's death would not do: it comes already when the thread
ends that started the guard. Until then only this file is loaded, and no more than Python begins with.

It is run as ``python -I -S shim.py GRACE FOLDER …``, with that pipe as its input, that file as its output,
and the folders from which to import this package.
"""

import os
import signal
import sys

SLOT = 128
"""How many bytes the record of a step has: its word, and once it has started, its pid and start time."""
_DEAF_TO = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGTSTP)
_CHUNK = 1 << 16


def main() -> None:
    """Wait for the program's end, then for that of all it left."""
    for number in _DEAF_TO:  # whoever ends everything at once ends the program, and with it the guard
        signal.signal(number, signal.SIG_IGN)
    os.closerange(3, 1024)
    os.chdir("/")
    while os.read(0, 1):
        pass
    left = records(1)
    if left:
        sys.path[:] = sys.argv[2:]
        from flow_tui.process import remains  # noqa: PLC0415 -- all of it is needed only now

        remains.end_of_dead_program(left, float(sys.argv[1]))


def records(file: int) -> list[tuple[str, ...]]:
    """Return what a ledger says is running: a word, and a pid and start time if it has started."""
    data = b""
    while more := os.pread(file, _CHUNK, len(data)):
        data += more
    slots = (data[at : at + SLOT].rstrip(b"\0").decode() for at in range(0, len(data), SLOT))
    return [tuple(slot.split()) for slot in slots if slot]


if __name__ == "__main__":
    try:
        main()
    finally:
        os._exit(0)  # nothing to tidy up
