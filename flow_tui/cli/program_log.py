"""The program's own log: faults of ours, and with ``-v`` what it is doing."""

import faulthandler
import logging
import os
import signal
from argparse import Namespace
from pathlib import Path
from typing import TextIO

from typing_extensions import override

from flow_tui import limits
from flow_tui.errors import FlowError, UsageError
from flow_tui.runtime.settings import make_private, settings

NAME = "flow-tui.log"
_FORMAT = "%(asctime)s %(process)d %(threadName)s %(levelname)s %(name)s: %(message)s"
_LEVELS: tuple[int, ...] = (logging.WARNING, logging.INFO, logging.DEBUG)
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW


class _Log(logging.StreamHandler[TextIO]):
    """Writes to the log."""

    def __init__(self, file: TextIO) -> None:
        super().__init__(file)
        self.file = file
        self.setFormatter(logging.Formatter(_FORMAT))

    @override
    def format(self, record: logging.LogRecord) -> str:
        from flow_tui import masking

        return masking.of_program().text(super().format(record))

    @override
    def handleError(self, record: logging.LogRecord) -> None:
        """Let go of what cannot be written: there is nowhere else for it."""


def begin(options: Namespace) -> None:
    """Write what the program has to say about itself to its log, and nowhere else.

    SIGUSR1 adds what every thread is doing.
    """
    root = logging.getLogger()
    verbose: int = options.verbose
    root.setLevel(_LEVELS[min(verbose, len(_LEVELS) - 1)])
    file = _opened(options)
    if file is None and options.log:
        raise UsageError(f"the log {options.log} cannot be written")
    if file is None:
        root.addHandler(logging.NullHandler())
        return
    root.addHandler(_Log(file))
    faulthandler.enable(file)
    faulthandler.register(signal.SIGUSR1, file)


def dump_threads() -> None:
    """Add what every thread is doing to the log."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, _Log):
            faulthandler.dump_traceback(handler.file)


def keep_traceback(error: BaseException, options: Namespace) -> str:
    """Write all that is known of ``error`` where it can be found; return where, or nothing."""
    import tempfile
    import traceback

    text = "".join(traceback.format_exception(error))
    try:
        file = _opened(options)
        if file is None:
            descriptor, name = tempfile.mkstemp(prefix="flow-tui-", suffix=".log")
            file = os.fdopen(descriptor, "w", errors="backslashreplace")
        else:
            name = str(place(options))
        with file:
            from flow_tui import masking

            file.write(masking.of_program().text(text))
    except OSError:
        return ""
    return name


def place(options: Namespace) -> Path | None:
    """Return where the log is, or would be."""
    if options.log:
        return Path(options.log).absolute()
    folder = settings(options.state).state
    return None if folder is None else folder / NAME


def _opened(options: Namespace) -> TextIO | None:
    """Return the log, for nobody else to read; nothing when it cannot be written or nothing is to be kept."""
    file = place(options)
    if file is None:
        return None
    try:
        if not options.log:
            make_private(file.parent)
            if file.exists() and file.stat().st_size > limits.LOG_BYTES:
                file.replace(file.with_name(f"{NAME}.1"))
        return os.fdopen(os.open(file, _FLAGS, 0o600), "a", errors="backslashreplace")
    except (OSError, FlowError):
        return None
