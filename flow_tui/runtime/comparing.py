"""What differs between two definitions with all that they can reach."""

from flow_tui.dataclass import dataclass
from flow_tui.dsl.diff import Changes, diff
from flow_tui.engine.commands import Definition


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """A file that the steps of a definition use."""

    name: str
    """Relative to the project where it lies inside."""
    mark: str
    """``+`` when it is new, ``-`` when it is gone or not used any more, ``~`` when its content differs."""
    lines_added: int = 0
    lines_removed: int = 0


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
    added, removed = _lines(old or b"", new or b"")
    mark = "+" if old is None else "-" if new is None else "~"
    return FileChange(name=name, mark=mark, lines_added=added, lines_removed=removed)


def _lines(old: bytes, new: bytes) -> tuple[int, int]:
    """Return how many lines were added and how many removed, each counted as often as it stands there."""
    from collections import Counter  # noqa: PLC0415 - only where files differ

    before, after = Counter(old.splitlines()), Counter(new.splitlines())
    return (after - before).total(), (before - after).total()
