"""``flow-tui lsp``: what editors ask about definitions, answered as they are typed."""

import signal
from argparse import ArgumentParser, Namespace

DESCRIPTION = """Speaks the language server protocol on stdin and stdout: editors start it, and it ends with
them.

Nothing of a project is run or changed, except that a file becomes executable, or a text another, where
somebody chooses that in the editor.

Needs: pip install 'flow-tui[lsp]'. The page docs/editors.md says how editors are set up."""
EXAMPLE = "flow-tui lsp"


def arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument("--stdio", action="store_true", help="as always; some editors add it")


def execute(options: Namespace) -> int:
    """Answer an editor until it is gone; return the exit status."""
    from flow_tui.cli import program_log
    from flow_tui.errors import UsageError

    try:
        from flow_tui.lsp import server
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in ("pygls", "lsprotocol", "cattrs", "attrs"):
            raise
        how = "pip install 'flow-tui[lsp]'"
        raise UsageError(f"'lsp' needs pygls, which is not installed: {how}") from None
    program_log.begin(options)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # nothing is lost, and whoever reads stdin cannot be woken
    return server.serve()
