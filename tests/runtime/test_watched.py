"""Which changes matter: of the files that are named, and of those that fit a pattern."""

from pathlib import Path

import pytest

from flow_tui.runtime.watched import Watched, real

PROJECT = Path("/project")


def watched(root: Path = PROJECT, *patterns: str, own: tuple[Path, ...] = ()) -> Watched:
    """Return what is watched beside one file."""
    return Watched(root=root, files={root / "w.wf"}, patterns=patterns, own=own)


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
        ("src/[!ab].py", "src/b.py", False),
        ("src/?.py", "src/b.py", True),
        ("src/main.py", "src/main.py", True),
        ("src", "src/deep/main.py", True),
        ("src/**", "src/deep/main.py", True),
        ("src/[", "src/[", True),
        ("**/*.py", ".git/hooks/a.py", False),
        ("**/*.py", "web/node_modules/x/a.py", False),
        ("**/*.py", "src/a.txt", False),
        ("**", "src/4913", False),
        ("**", "src/.#a.py", False),
        ("**", "src/a.py~", False),
        ("**", "src/.a.py.swp", False),
        ("**", "src/a.py___jb_tmp___", False),
        ("**", "src/.goutputstream-X1", False),
        ("**", "src/sedAb12xY", False),
    ],
)
def test_a_pattern_means_what_it_means_in_the_project(pattern: str, name: str, matters: bool) -> None:
    """From the project's root, stars stop at folders; what tools and editors lay down is left out."""
    assert watched(PROJECT, pattern).wants(PROJECT / name) is matters


def test_a_named_file_matters_wherever_it_is() -> None:
    """What lies outside of the project matters only by its name."""
    outside = Path("/elsewhere/a.py")
    everything = Watched(root=PROJECT, files=frozenset({outside}), patterns=("**/*",))
    assert everything.wants(outside)
    assert not everything.wants(Path("/elsewhere/b.py"))
    assert not watched().wants(PROJECT / "b.py")


def test_what_the_program_writes_itself_never_matters() -> None:
    """Its state in a folder of the project; a project that lies in its state is no less a project."""
    state = PROJECT / ".state"
    assert not watched(PROJECT, "**", own=(state,)).wants(state / "runs.db-wal")
    assert watched(PROJECT, "**", own=(state,)).wants(PROJECT / ".statement")
    assert watched(PROJECT, "**", own=(PROJECT,)).wants(PROJECT / "a.py")


def test_folders_are_watched_as_deep_as_patterns_reach(tmp_path: Path) -> None:
    """From before the first star; what git leaves out, or tools keep for themselves, is not gone into."""
    for name in ("src/lib/deep", "src/node_modules/x", "src/.venv/y", "build/in", "src/gen", "src/kept"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / ".git" / "info").mkdir(parents=True)
    (tmp_path / ".git" / "info" / "exclude").write_text("gen/\n")
    (tmp_path / ".gitignore").write_text("build/\n*.log\n")
    (tmp_path / "src" / ".gitignore").write_text("!keep.log\nlib/*.py\n")

    def spread(*patterns: str) -> set[str]:
        found = watched(tmp_path.resolve(), *patterns).spread()
        return {str(folder.relative_to(tmp_path.resolve())) for folder in found}

    assert spread("src/lib/*.py", "none/*.py", "*.md") == {"src/lib", "."}
    assert spread("src/main.py") == {"src"}
    assert spread("src/*/x.py") == {"src", "src/lib", "src/kept"}
    assert spread("**/*.py") == {".", "src", "src/lib", "src/lib/deep", "src/kept"}
    assert spread("build/**") == {"build"}  # where somebody says so, but nothing in it counts
    some = watched(tmp_path.resolve(), "**", "build/out.txt")
    assert [some.wants(tmp_path.resolve() / name) for name in NAMES] == [
        True,
        False,
        True,
        False,
        False,
        True,
    ]


NAMES = ("src/a.py", "src/a.log", "src/keep.log", "src/lib/a.py", "build/in/x", "build/out.txt")
"""In the project above: which of these matter, if all do that git does not leave out."""


def test_files_are_known_by_their_real_paths_and_by_the_links_that_lead_there(tmp_path: Path) -> None:
    """Changes are reported by the one, and a link that leads elsewhere from now on is a change, too."""
    root = tmp_path.resolve()
    (root / "real").mkdir()
    (root / "link").symlink_to("real")
    (root / "real" / "v1.wf").touch()
    (root / "real" / "w.wf").symlink_to(root / "real" / "v1.wf")
    (root / "round").symlink_to("round")
    assert real(root, ["link/w.wf"]) == {root / "link", root / "real" / "w.wf", root / "real" / "v1.wf"}
    assert real(root, ["real/v1.wf"]) == {root / "real" / "v1.wf"}
    assert root / "round" in real(root, ["round"])


def test_a_great_tree_is_not_gone_into_where_nothing_can_fit(tmp_path: Path) -> None:
    """Of a tree with everything that is installed in it, only the chosen folders are looked at."""
    for number in range(50):
        (tmp_path / "node_modules" / str(number)).mkdir(parents=True)
    (tmp_path / "src").mkdir()
    assert set(watched(tmp_path, "**/*.ts").spread()) == {tmp_path, tmp_path / "src"}
    assert not watched(tmp_path, "**/*.ts").reaches(tmp_path / "node_modules" / "1")
    assert watched(tmp_path, "**/*.ts").reaches(tmp_path / "src" / "new")
    assert not watched(tmp_path, "src/*.ts").reaches(tmp_path / "src" / "new")
