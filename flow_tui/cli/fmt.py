"""``flow-tui fmt``: lays definitions out in the one style."""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from flow_tui import limits
from flow_tui.cli import out
from flow_tui.dsl.files import UnreadableError, read, readable

DESCRIPTION = (
    "Lays files, every .wf file below folders, or the workflows of the project here out in the one style.\n"
    "Comments stay, and what is between quotes; prints the names of the files that it has changed."
)
EXAMPLE = "flow-tui fmt --check sample_workflows"
_STDIN = "-"
_COLOURS = {"+": "\x1b[32m", "-": "\x1b[31m", "@": "\x1b[36m"}


@dataclass(frozen=True, slots=True)
class _Laid:
    """One file, and how it would be laid out."""

    path: Path | None
    """Nothing for the standard input."""
    name: str
    before: bytes
    after: str

    @property
    def differs(self) -> bool:
        return self.before != self.after.encode()


def arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    paths = "files or folders, or '-' for stdin to stdout (default: the project)"
    parser.add_argument("paths", metavar="PATH", nargs="*", help=paths)
    check = "write nothing; name the files that would change, and exit with 1 if there are any"
    parser.add_argument("--check", action="store_true", help=check)
    parser.add_argument("--diff", action="store_true", help="write nothing; show what would change")


def execute(options: Namespace) -> int:
    """Lay them out; return 2 when one of them is no definition, with ``--check`` 1 when one would change."""
    seen = changed = wrong = 0
    for laid in _laid_out(options.paths):
        seen += 1
        if laid is None or not _done(laid, options):
            wrong += 1
        else:
            changed += laid.differs
    if options.paths != [_STDIN]:
        _count(seen, changed, wrong, is_written=not (options.check or options.diff))
    if wrong:
        return 2
    return 1 if options.check and changed else 0


def _laid_out(paths: Sequence[str]) -> "Iterator[_Laid | None]":
    """Yield each file laid out, or nothing after having said why it cannot be."""
    from flow_tui.dsl import loader
    from flow_tui.runtime import checking

    if _STDIN in paths:
        yield _one(None, _given())
    files = [path for path in paths if path != _STDIN]
    for target in checking.targets(files, Path.cwd()) if files or not paths else ():
        if target.problem is not None:
            _refuse(target.path, target.problem.message)
            yield None
            continue
        # What somebody names may lie anywhere; what is found must lie in its project.
        roots = () if target.is_named else loader.project_of(target.path).roots
        try:
            yield _one(target.path, read(target.path, roots))
        except UnreadableError as problem:
            _refuse(target.path, str(problem))
            yield None


def _one(path: Path | None, before: bytes) -> _Laid | None:
    """Return one file laid out, or nothing after having said what is wrong with it."""
    from flow_tui.diagnostics import errors
    from flow_tui.dsl.format import format_bytes
    from flow_tui.view import problems

    name = _name(path)
    formatted = format_bytes(before, name)
    if formatted.text is not None:
        return _Laid(path, name, before, formatted.text)
    source = before.decode("utf-8", "replace").removeprefix("\ufeff")
    wrong = errors(formatted.diagnostics)
    found = problems.Checked(name=name, uri="", source=source, diagnostics=wrong)
    for text in problems.as_text(found, out.look(sys.stderr, os.environ)):
        out.words(text)
    return None


def _refuse(path: Path | None, reason: str) -> None:
    from flow_tui.cli.failure import said

    out.words("\n".join(said(f"{_name(path)}: {reason}")))


def _given() -> bytes:
    """Return what the standard input holds, and one byte more than may be read at most."""
    if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison]  # closed by whoever started us
        return b""
    return sys.stdin.buffer.read(limits.FILE_BYTES + 1)


def _name(path: Path | None) -> str:
    """Return how a file is called as seen from here."""
    if path is None:
        return "<stdin>"
    here = Path.cwd()
    return readable(path.relative_to(here) if path.is_relative_to(here) else path)


def _done(laid: _Laid, options: Namespace) -> bool:
    """Do with one file what was asked for; say whether that was possible."""
    from flow_tui.runtime.rewrite import rewrite
    from flow_tui.sanitize import visible

    if options.diff:
        if laid.differs:
            _show(_diff(laid))
    elif laid.path is None and not options.check:
        out.verbatim(laid.after)
    elif laid.differs:
        try:
            if laid.path is not None and not options.check:
                rewrite(laid.path, laid.after.encode())
        except UnreadableError as problem:
            _refuse(laid.path, str(problem))
            return False
        out.data(visible(laid.name))
    return True


def _diff(laid: _Laid) -> str:
    """Return what changes, as ``patch`` understands it."""
    from difflib import unified_diff
    from io import StringIO

    from flow_tui.sanitize import visible

    before, after = (StringIO(text, newline="\n").readlines() for text in (laid.before.decode(), laid.after))
    name = visible(laid.name)
    lines = unified_diff(before, after, name, name)
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def _show(diff: str) -> None:
    from flow_tui.sanitize import visible_lines

    if not out.has_colours(sys.stdout, os.environ):
        out.verbatim(diff)
        return
    for line in diff.removesuffix("\n").split("\n"):
        colour = _COLOURS.get(line[:1], "")
        out.data(f"{colour}{visible_lines(line)}\x1b[0m" if colour else visible_lines(line))


def _count(seen: int, changed: int, wrong: int, *, is_written: bool) -> None:
    from flow_tui.view import format as fmt

    what = "laid out" if is_written else "to be laid out"
    said = [fmt.counted(seen, "file"), f"{changed} {what}"]
    if wrong:
        said.append(f"{wrong} left as {'it is' if wrong == 1 else 'they are'}")
    out.words(", ".join(said))
