"""What went wrong, as words and as an exit status."""

import os
import sys
from argparse import Namespace
from collections.abc import Iterator

from flow_tui import limits
from flow_tui.cli import out
from flow_tui.cli.places import names_file
from flow_tui.diagnostics import Diagnostic, excerpt
from flow_tui.errors import (
    DefinitionError,
    FlowError,
    LeaseLostError,
    MissingInputError,
    NotPossibleError,
    RunNotFoundError,
    RunOwnedError,
    TemplateError,
    UsageError,
)
from flow_tui.exit_codes import ExitCode
from flow_tui.sanitize import visible_lines

_CODES: tuple[tuple[tuple[type[FlowError], ...], ExitCode], ...] = (
    (
        (UsageError, DefinitionError, MissingInputError, RunNotFoundError, TemplateError, NotPossibleError),
        ExitCode.USAGE,
    ),
    ((RunOwnedError, LeaseLostError), ExitCode.OWNED),
)


def code_of(error: Exception) -> ExitCode:
    """Return the exit status of a program that ends with ``error``."""
    return next((code for kinds, code in _CODES if isinstance(error, kinds)), ExitCode.ENGINE)


def tell(error: Exception, options: Namespace) -> int:
    """Say what went wrong on stderr; return the exit status."""
    if isinstance(error, FlowError):
        out.words("\n".join(explained(error)))
    else:
        from flow_tui.cli import program_log

        place = program_log.keep_traceback(error, options)
        what = f"a fault of the program itself: {type(error).__name__}: {error}"
        out.words("\n".join(said(what, f"the details are in {place}" if place else "")))
    return code_of(error)


def explained(error: FlowError) -> Iterator[str]:
    """Yield the lines that explain ``error`` to people."""
    if isinstance(error, DefinitionError) and error.diagnostics:
        shown = error.diagnostics[: limits.DIAGNOSTICS_SHOWN]
        look = out.look(sys.stderr, os.environ)
        for diagnostic in shown:
            yield from diagnosed(diagnostic, excerpt(diagnostic, error.source, look))
        if len(shown) < len(error.diagnostics):
            yield f"… and {len(error.diagnostics) - len(shown)} more"
        return
    yield from said(str(error), error.hint)


def diagnosed(diagnostic: Diagnostic, with_place: str) -> Iterator[str]:
    """Yield the lines about one problem: ``with_place``, unless it is about the file as a whole.

    What is given must be harmless already.
    """
    if not diagnostic.code.startswith("F-"):
        yield with_place
        return
    is_named = not diagnostic.file or diagnostic.file in diagnostic.message
    hint = diagnostic.hint
    if diagnostic.code == "F-NOT-FOUND" and diagnostic.file and not names_file(diagnostic.file):
        hint = " ".join(filter(None, (hint, "'flow-tui list' lists what there is")))
    yield from said(diagnostic.message if is_named else f"{diagnostic.file}: {diagnostic.message}", hint)


def said(message: str, hint: str = "") -> Iterator[str]:
    """Yield a message and what to do about it."""
    yield f"flow-tui: {visible_lines(message)}"
    if hint:
        yield f"  = help: {visible_lines(hint)}"
