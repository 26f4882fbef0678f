"""A program as a shell runs it: in a group of its own, stopped and woken together with who waits for it.

``python -m tests.job PROGRAM ARG …`` has the terminal as its own, and stands still while the program does.
"""

import fcntl
import os
import signal
import sys
import termios


def main() -> int:
    """Run the program as a job until it ends; return how it ended."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    job = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, setpgroup=0, setsigdef=[signal.SIGTTOU])
    while True:
        os.tcsetpgrp(0, job)
        os.killpg(job, signal.SIGCONT)
        _, status = os.waitpid(job, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            return os.waitstatus_to_exitcode(status)
        if os.WSTOPSIG(status) == signal.SIGSTOP:
            os.kill(os.getpid(), signal.SIGSTOP)


if __name__ == "__main__":
    sys.exit(main())
