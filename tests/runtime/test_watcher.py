"""Which changes matter: of the files that are named, and of those that fit a pattern."""

import asyncio
from pathlib import Path

import pytest

from flow_tui.runtime.watcher import Watched, changes, real

PROJECT = Path("/project")


def watched(root: Path = PROJECT, *patterns: str) -> Watched:
    """Return what is watched beside one file."""
    return Watched(root=root, files=frozenset({root / "w.wf"}), patterns=patterns)


@pytest.mark.parametrize(
    ("pattern", "name", "matters"),
    [
        ("src/*.py", "src/a.py", True),
        ("src/*.py", "src/deep/a.py", False),
        ("src/**/*.py", "src/deep/er/a.py", True),
        ("src/**/*.py", "src/a.py", True),
        ("/src/*.py", "src/a.py", True),
        ("*.py", "src/a.py", False),
        ("src/[ab].py", "src/b.py", True),
        ("src/main.py", "src/main.py", True),
        ("**/*.py", ".git/hooks/a.py", False),
        ("**/*.py", "web/node_modules/x/a.py", False),
        ("**/*.py", "src/a.txt", False),
    ],
)
def test_a_pattern_means_what_it_means_in_the_project(pattern: str, name: str, matters: bool) -> None:
    """From the project's root, stars stop at folders, and what tools keep for themselves is left out."""
    assert watched(PROJECT, pattern).wants(PROJECT / name) is matters


def test_a_named_file_matters_wherever_it_is() -> None:
    """What lies outside of the project matters only by its name."""
    outside = Path("/elsewhere/a.py")
    everything = Watched(root=PROJECT, files=frozenset({outside}), patterns=("**/*",))
    assert everything.wants(outside)
    assert not everything.wants(Path("/elsewhere/b.py"))
    assert not watched().wants(PROJECT / "b.py")


def test_folders_are_watched_as_deep_as_patterns_reach(tmp_path: Path) -> None:
    """Up to the first star; a folder that is not there cannot be watched."""
    (tmp_path / "src" / "lib").mkdir(parents=True)
    found = watched(tmp_path, "src/lib/*.py", "none/*.py", "*.md").folders()
    assert found == {tmp_path: True, tmp_path / "src" / "lib": True}
    assert watched(tmp_path, "src/main.py").folders() == {tmp_path: False, tmp_path / "src": True}


def test_files_are_known_by_their_real_paths(tmp_path: Path) -> None:
    """Changes are reported so, whatever links lead there."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert real(tmp_path, ["link/w.wf"]) == {(tmp_path / "real" / "w.wf").resolve()}


def test_where_there_is_no_folder_nothing_is_watched(tmp_path: Path) -> None:
    """It ends at once instead of waiting for what cannot come."""

    async def all_of_them() -> list[frozenset[Path]]:
        return [batch async for batch in changes(watched(tmp_path / "none"))]

    assert asyncio.run(all_of_them()) == []


@pytest.mark.real_time
def test_the_watch_says_when_it_is_live(tmp_path: Path) -> None:
    """Without any change; from then on none goes unseen."""
    file = tmp_path / "a.wf"
    file.write_text("one")

    async def first_two() -> list[frozenset[Path]]:
        found = changes(watched(tmp_path, "a.wf"))
        live = await anext(found)
        file.write_text("two")
        changed = await anext(found)
        await found.aclose()
        return [live, changed]

    assert asyncio.run(first_two()) == [frozenset(), frozenset({file})]
