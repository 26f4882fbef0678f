"""What the program says: data to stdout, words to stderr."""

import os
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from flow_tui.diagnostics import Look


def prepare() -> None:
    """Make sure that no character can make writing fail, whatever the locale says."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def data(text: str) -> None:
    """Write lines that were asked for.

    Raises ``BrokenPipeError`` when nobody reads them, ``OutputError`` when they cannot be written.
    """
    with _told():
        _write(sys.stdout, text)


def verbatim(text: str) -> None:
    """Write exactly this text, as UTF-8 whatever the locale says; on a terminal nothing in it acts."""
    if sys.stdout is None or is_terminal(sys.stdout):  # pyright: ignore[reportUnnecessaryComparison]  # closed by whoever started us
        from flow_tui.sanitize import visible_lines

        _write(sys.stdout, "\n".join(map(visible_lines, text.split("\n"))))
        return
    with _told():
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8"))
        sys.stdout.buffer.flush()


def shown(text: str) -> None:
    """Write lines to the screen of whoever sits there; when they have left, nothing happens."""
    try:
        _write(sys.stdout, text)
    except (OSError, ValueError):
        return


def ring() -> None:
    """Ring the bell of the terminal, if there is one."""
    if not is_terminal(sys.stderr):
        return
    try:
        sys.stderr.write("\a")
        sys.stderr.flush()
    except (OSError, ValueError):
        return


def as_json(value: object) -> str:
    """Return ``value`` as JSON in which nothing can steer a terminal: everything but ASCII is escaped."""
    import json

    return json.dumps(value, indent=2)


def words(text: str) -> None:
    """Write lines for people; when nobody can read them, nothing happens."""
    try:
        _write(sys.stderr, text)
    except (OSError, ValueError):
        return


def flush() -> None:
    """Hand over what is still kept; raises as ``data`` does."""
    if sys.stdout is not None:  # pyright: ignore[reportUnnecessaryComparison]  # closed by whoever started us
        with _told():
            sys.stdout.flush()


def deaf() -> None:
    """Write data to nobody from now on, so that the end of the program is quiet."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def is_terminal(stream: TextIO | None) -> bool:
    """Say whether ``stream`` is there and is a terminal."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def has_colours(stream: TextIO | None, environ: Mapping[str, str]) -> bool:
    """Say whether what is written to ``stream`` may have colours: on a terminal that shows them."""
    is_able = environ.get("TERM", "dumb") != "dumb"
    return is_able and not environ.get("NO_COLOR") and not environ.get("CI") and is_terminal(stream)


def look(stream: TextIO | None, environ: Mapping[str, str]) -> "Look":
    """Return how diagnostics are shown on ``stream``."""
    from flow_tui.view import problems

    return problems.COLOURED if has_colours(stream, environ) else problems.PLAIN


@contextmanager
def _told() -> Generator[None]:
    """Say of a failed write to stdout what it was, and write nothing more there."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        from flow_tui.errors import OutputError

        deaf()
        raise OutputError(error.strerror or str(error)) from None


def _write(stream: TextIO | None, text: str) -> None:
    if stream is not None:
        stream.write(text if text.endswith("\n") else f"{text}\n")
        stream.flush()
