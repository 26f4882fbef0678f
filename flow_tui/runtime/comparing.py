"""What differs between two definitions with all that they can reach."""

from flow_tui.dataclass import dataclass
from flow_tui.dsl.diff import Changes, diff
from flow_tui.engine.commands import Definition

_TEXT = 512 * 1024
"""In files that are longer than this no lines are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """A file that the steps of a definition use."""

    name: str
    """Relative to the project where it lies inside."""
    mark: str = "~"
    """``+`` when it is new, ``-`` when it is gone or not used any more, ``~`` when its content differs."""
    added: int
    removed: int
    """Lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What differs between two definitions, and between the files that they use."""

    changes: Changes
    files: tuple[FileChange, ...]

    @property
    def is_same(self) -> bool:
        """Say whether a run of either would do the same."""
        return self.changes.are_none and not self.files


def compare(before: Definition, after: Definition) -> Comparison:
    """Return what differs from ``before`` to ``after``; what the two themselves are called does not count."""
    old = {name: data for name, data in before.files.items() if name != before.file}
    new = {name: data for name, data in after.files.items() if name != after.file}
    names = sorted(old.keys() | new.keys())
    found = (_file(name, old.get(name), new.get(name)) for name in names)
    return Comparison(
        changes=diff(before.workflow, after.workflow), files=tuple(each for each in found if each)
    )


def _file(name: str, old: bytes | None, new: bytes | None) -> FileChange | None:
    if old == new:
        return None
    before, after = ((data or b"").decode(errors="replace") for data in (old, new))
    return changed(name, before, after, "+" if old is None else "-" if new is None else "~")


def changed(name: str, before: str, after: str, mark: str = "~") -> FileChange:
    """Return what is different in a file; of very large ones not how many lines."""
    added, removed = (0, 0) if max(len(before), len(after)) > _TEXT else counted(before, after)
    return FileChange(name=name, mark=mark, added=added, removed=removed)


def counted(before: str, after: str) -> tuple[int, int]:
    """Return how many lines were added and how many removed."""
    from difflib import unified_diff  # noqa: PLC0415 - only where files differ

    told = unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    marks = [line[0] for number, line in enumerate(told) if number > 1]
    return marks.count("+"), marks.count("-")
