"""``flow-tui serve``: the dashboard in a browser of this machine."""

import shlex
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from flow_tui.cli import out
from flow_tui.cli.options import number

DESCRIPTION = """Shows the dashboard of the project here in a browser on this machine, until Ctrl-C.

It listens on 127.0.0.1 only, and prints an address that lets one browser in, once. Nothing is loaded from
elsewhere, and nothing runs before you start it there. Closing or reloading the page ends its dashboard as
closing a terminal does: what it runs is stopped and can be resumed.

Needs: pip install 'flow-tui[serve]'."""
EXAMPLE = "flow-tui serve --port 8200"


def arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument(
        "--port", metavar="N", type=number(0, 65_535), default=0, help="where to listen (0: whatever is free)"
    )


def execute(options: Namespace) -> int:
    """Serve until somebody ends it; return the exit status."""
    import secrets
    import socket

    from flow_tui.cli import program_log
    from flow_tui.errors import UsageError
    from flow_tui.sanitize import line

    try:
        from flow_tui.cli import serving
    except ImportError:
        how = "pip install 'flow-tui[serve]'"
        raise UsageError(f"'serve' needs textual-serve, which is not installed: {how}") from None
    program_log.begin(options)
    try:
        listening = socket.create_server((serving.ADDRESS, options.port))
    except OSError as error:
        raise UsageError(
            f"cannot listen on port {options.port}: {error.strerror}", "'--port 0' finds one"
        ) from None
    with listening:
        port = listening.getsockname()[1]
        token = secrets.token_urlsafe(32)
        site = serving.Site(
            command(options),
            port,
            title=f"{line(Path.cwd().name, 60)} · flow-tui",
            token=token,
            pass_=secrets.token_urlsafe(32),
        )
        out.words("open this in a browser, once; Ctrl-C ends it:")
        out.data(f"http://{serving.ADDRESS}:{port}/?token={token}")
        site.serve_on(listening)
    return 0


def command(options: Namespace) -> str:
    """Return what shows the dashboard, as a line for a shell."""
    everywhere = ["-v"] * options.verbose
    everywhere += [
        part
        for name in ("state", "log")
        if (value := getattr(options, name))
        for part in (f"--{name}", value)
    ]
    words = [sys.executable, "-m", "flow_tui", *everywhere]
    return f"exec {shlex.join(words)}"
