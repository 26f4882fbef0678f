"""The table of exit codes; ``flow-tui --help`` and the README print it."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the program's exit status means."""

    COMPLETED = 0
    FAILED = 1
    USAGE = 2
    TIMED_OUT = 3
    GATE = 4
    ENGINE = 5
    OWNED = 6
    HANGUP = 129
    CANCELLED = 130
    QUIT = 131
    TERMINATED = 143


MEANINGS = {
    ExitCode.COMPLETED: "the run completed, or the verb did what it says",
    ExitCode.FAILED: "a step failed and the run with it",
    ExitCode.USAGE: "wrong use, or an invalid definition",
    ExitCode.TIMED_OUT: "a time limit ended the run",
    ExitCode.GATE: "a gate was rejected or expired",
    ExitCode.ENGINE: "an error of the engine or of the storage",
    ExitCode.OWNED: "the run belongs to another process, or was taken over by one",
    ExitCode.CANCELLED: "a person cancelled the run",
    ExitCode.TERMINATED: "ended by SIGTERM",
    ExitCode.HANGUP: "ended by SIGHUP, such as a closed terminal",
    ExitCode.QUIT: "ended by SIGQUIT",
}
