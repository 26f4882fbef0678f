"""What went wrong, as words and as an exit status."""

from argparse import Namespace
from collections.abc import Iterator

from flow_tui import limits
from flow_tui.cli import out
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
from flow_tui.sanitize import visible, visible_lines

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
        out.words(f"flow-tui: a fault of the program itself: {type(error).__name__}: {visible(str(error))}")
        out.words(
            f"  = help: the details are in {visible(place)}" if place else "  = help: no log can be written"
        )
    return code_of(error)


def explained(error: FlowError) -> Iterator[str]:
    """Yield the lines that explain ``error`` to people."""
    if isinstance(error, DefinitionError) and error.diagnostics:
        shown = error.diagnostics[: limits.DIAGNOSTICS_SHOWN]
        for diagnostic in shown:
            yield from (
                _of_file(diagnostic) if diagnostic.code.startswith("F-") else _in_text(diagnostic, error)
            )
        if len(shown) < len(error.diagnostics):
            yield f"… and {len(error.diagnostics) - len(shown)} more"
        return
    yield f"flow-tui: {visible_lines(str(error))}"
    if error.hint:
        yield f"  = help: {visible_lines(error.hint)}"


def _in_text(diagnostic: Diagnostic, error: DefinitionError) -> Iterator[str]:
    yield visible_lines(excerpt(diagnostic, error.source))


def _of_file(diagnostic: Diagnostic) -> Iterator[str]:
    """Yield what is wrong with a file as a whole, where no place in it would say more."""
    named = diagnostic.file and diagnostic.file not in diagnostic.message
    yield (
        f"flow-tui: {visible(diagnostic.file)}: {visible(diagnostic.message)}"
        if named
        else (f"flow-tui: {visible(diagnostic.message)}")
    )
    if diagnostic.hint:
        yield f"  = help: {visible(diagnostic.hint)}"
