"""``foreach`` over git repositories."""

import pytest

from flow_tui.errors import ActionError
from tests.providers.asking import asked, commit, git, repository, without

pytestmark = pytest.mark.real_time


def test_repositories_are_found_in_the_folder_and_below(tmp_path) -> None:
    """With submodules; not what is hidden, linked, a worktree of another one, or too deep."""
    root = repository(tmp_path / "all")
    for name in ("tools/a", "tools/b", ".hidden/c", "node_modules/d", "1/2/3/4", "1/2/3/4/5"):
        repository(root / name)
    git(root / "tools" / "a", "remote", "add", "origin", "https://nina:secret@example.org/a.git")
    git(root / "tools" / "b", "worktree", "add", "-q", str(root / "tools" / "b-fix"))
    module = repository(tmp_path / "module")
    git(root, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(module), "lib")
    (root / "link").symlink_to(module)
    (root / "plain").mkdir()
    items, edges = asked("repos", root)
    assert [item.id for item in items] == ["all", "1/2/3/4", "lib", "tools/a", "tools/b"]
    assert items[3].context == {
        "slug": "tools/a",
        "local_path": str(root / "tools" / "a"),
        "remote_url": "https://example.org/a.git",
    }
    assert (items[2].context["remote_url"], items[0].context["remote_url"]) == (str(module), "")
    assert edges == []


def test_a_folder_without_repositories_has_no_items(tmp_path) -> None:
    """Git is not even asked."""
    assert asked("repos", tmp_path, env={"PATH": ""}) == ([], [])


def test_without_git_the_reason_is_clear(tmp_path) -> None:
    """It names the program and says where to get it."""
    root = repository(tmp_path / "all")
    commit(root, "more")
    with pytest.raises(ActionError, match=r"repos needs 'git', which is not on PATH: install git"):
        asked("repos", root, env=without(tmp_path / "bin", "sh"))
