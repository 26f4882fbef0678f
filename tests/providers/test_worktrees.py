"""``foreach`` over the worktrees of a git repository."""

import json
import os

import pytest

from flow_tui.errors import ActionError
from tests.providers.asking import asked, commit, fake_gh, git, repository, without

pytestmark = pytest.mark.real_time


@pytest.fixture
def root(tmp_path):
    """Return a repository with worktrees: one built upon another, one for release, one detached."""
    root = repository(tmp_path / "root")
    for name, start in (("feat/12-parser", "main"), ("feat/13-printer", "feat/12-parser"), ("fix", "main")):
        folder = tmp_path / name.replace("/", "-")
        git(root, "worktree", "add", "-q", "-b", name, str(folder), start)
        commit(folder, name)
        if start != "main":
            git(folder, "commit", "-q", "--allow-empty", "-m", "again")
    git(root, "branch", "release")
    git(root, "config", "branch.fix.gh-merge-base", "release")
    git(root, "worktree", "add", "-q", "--detach", str(tmp_path / "look"))
    return root


def slugs(root, scope=None, **given):
    """Return the folders of the worktrees that are found."""
    return [item.context["slug"] for item in asked("worktrees", root, scope, **given)[0]]


def test_further_worktrees_are_found(root) -> None:
    """Sorted by path, each with its branch, the one it is to go into, and the ticket in its name."""
    items, _ = asked("worktrees", root)
    assert [(item.id, item.ref) for item in items] == [
        ("feat-12-parser", "feat/12-parser"),
        ("feat-13-printer", "feat/13-printer"),
        ("fix", "fix"),
        ("look", "look"),
    ]
    assert items[0].context == {
        "slug": "feat-12-parser",
        "branch": "feat/12-parser",
        "path": str(root.parent / "feat-12-parser"),
        "base_branch": "main",
        "ticket_id": "12",
    }
    assert [(item.context["base_branch"], item.context["ticket_id"]) for item in items[2:]] == [
        ("release", ""),
        ("main", ""),
    ]


def test_worktrees_are_chosen_by_the_branch_they_are_to_go_into(root) -> None:
    """What git's configuration says counts, else what the scope says; that branch itself is none of them."""
    assert slugs(root, {"base_branch": "release"}) == ["feat-12-parser", "feat-13-printer", "fix", "look"]
    assert slugs(root, {"base_branch": "main"}) == ["feat-12-parser", "feat-13-printer", "look"]
    assert slugs(root.parent / "fix") == ["feat-12-parser", "feat-13-printer", "fix", "look"]
    assert slugs(root.parent / "feat-12-parser") == ["feat-13-printer", "fix", "look"]


def test_a_branch_that_builds_upon_another_one_depends_on_it(root) -> None:
    """Until that one is part of the branch they both go into."""
    _, edges = asked("worktrees", root)
    assert edges == [("feat-12-parser", "feat-13-printer")]
    git(root, "merge", "-q", "feat/12-parser")
    assert asked("worktrees", root)[1] == []


def test_worktrees_whose_folder_is_gone_are_left_out(root) -> None:
    """Git still knows them until it is told to prune."""
    (root.parent / "look" / ".git").unlink()
    (root.parent / "look").rmdir()
    assert slugs(root) == ["feat-12-parser", "feat-13-printer", "fix"]


def test_folders_of_one_name_are_known_by_their_paths(root) -> None:
    """So that each item has an id of its own."""
    inner = root.parent / "more" / "fix"
    git(root, "worktree", "add", "-q", "-b", "other", str(inner))
    ids = [item.id for item in asked("worktrees", root)[0]]
    assert ids == ["feat-12-parser", "feat-13-printer", str(root.parent / "fix"), "look", str(inner)]


def test_worktrees_are_chosen_by_whether_there_is_a_pull_request(root, tmp_path) -> None:
    """The GitHub CLI says which branches have one."""
    env = fake_gh(tmp_path / "bin", pr_list=json.dumps([{"headRefName": "fix"}, {"headRefName": "gone"}]))
    assert slugs(root, {"has_open_pr": "true"}, env=env) == ["fix"]
    assert slugs(root, {"has_open_pr": "false"}, env=env) == ["feat-12-parser", "feat-13-printer", "look"]
    with pytest.raises(ActionError, match="'has_open_pr' must be true or false, not 'yes'"):
        asked("worktrees", root, {"has_open_pr": "yes"}, env=env)


def test_programs_that_are_missing_or_fail_are_named(root, tmp_path) -> None:
    """What they said is in the reason."""
    with pytest.raises(ActionError, match=r"needs 'gh', which is not on PATH: install the GitHub CLI"):
        asked("worktrees", root, {"has_open_pr": "true"}, env=without(tmp_path / "few", "git"))
    env = fake_gh(tmp_path / "bin")
    with pytest.raises(ActionError, match="gh pr list failed: To get started"):
        asked("worktrees", root, {"has_open_pr": "true"}, env=env)
    fake_gh(tmp_path / "bin", pr_list='{"no": "list"}')
    with pytest.raises(ActionError, match="printed no list of pull requests"):
        asked("worktrees", root, {"has_open_pr": "true"}, env=env)
    outside = {"GIT_CEILING_DIRECTORIES": os.fspath(tmp_path)}
    with pytest.raises(ActionError, match="worktrees: git worktree list failed: fatal: not a git repository"):
        asked("worktrees", tmp_path, env=outside)
