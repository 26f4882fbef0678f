"""``over = worktrees``: the further working folders of the git repository in which steps run."""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from flow_tui.dataclass import dataclass
from flow_tui.engine.ports import ItemParams
from flow_tui.errors import ActionError
from flow_tui.model.values import FanOutItem
from flow_tui.process.tools import Tools
from flow_tui.providers.unordered import scope_of, tools

_HEADS = "refs/heads/"
_TICKET = re.compile(r"(?:^|[/_-])([A-Z][A-Z0-9]+-[0-9]+|[0-9]+)(?=$|[/_-])")
_SETTING = re.compile(r"branch\.(.+)\.(gh-merge-base|merge)", re.DOTALL)
_REQUESTS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tree:
    """A working folder as git lists it."""

    path: str
    head: str
    """Its commit; nothing before the first one."""
    branch: str
    """Nothing when it has a commit and no branch."""
    id: str = ""
    base: str = ""


class Worktrees:
    """Finds worktrees by the branch that theirs is to go into, sorted by path; never the main one.

    That branch is the one that ``branch.NAME.gh-merge-base`` of git's configuration names, else the one that
    is tracked under another name, else the ``base_branch`` of the scope, else the branch of the folder where
    steps run. A worktree that has that very branch is left out. A branch that holds all commits of another
    one, and more, depends on it.
    """

    async def items(self, params: ItemParams) -> Sequence[FanOutItem]:
        """Return an item for each worktree; raises ``ActionError`` without git or a repository."""
        return [_item(tree) for tree in await _chosen(params)]

    async def dependencies(self, params: ItemParams) -> Sequence[tuple[str, str]]:
        """Return which branch is built upon which."""
        found = [tree for tree in await _chosen(params) if tree.head]
        parents = await _commits(tools(params), found)
        heads = {tree.head for tree in found}
        below = {head: _behind(head, parents) & heads for head in heads}
        return [(first.id, then.id) for then in found for first in found if first.head in below[then.head]]


async def _chosen(params: ItemParams) -> list[_Tree]:
    ask, scope = tools(params), scope_of(params)
    linked = _listed(await ask.git("worktree", "list", "--porcelain", "-z"))[1:]
    recorded = await _recorded(ask)
    usual = scope.get("base_branch") or await _branch_here(ask)
    trees = [replace(tree, base=recorded.get(tree.branch, usual)) for tree in linked]
    trees = [tree for tree in trees if not tree.branch or tree.branch != tree.base]
    if wanted := scope.get("base_branch"):
        trees = [tree for tree in trees if tree.base == wanted]
    if asked := scope.get("has_open_pr", "").lower():
        if asked not in {"true", "false"}:
            raise ActionError(f"worktrees: 'has_open_pr' must be true or false, not {asked!r}")
        proposed = await _proposed(ask)
        trees = [tree for tree in trees if (tree.branch in proposed) == (asked == "true")]
    return _named(sorted(trees, key=lambda tree: tree.path))


def _listed(text: str) -> list[_Tree]:
    """Return what ``git worktree list --porcelain -z`` prints, without what has no files."""
    found: list[_Tree] = []
    for record in text.split("\0\0"):
        lines = (line.partition(" ") for line in record.split("\0") if line)
        facts = {name: value for name, _, value in lines}
        if "worktree" not in facts:
            continue
        head = facts.get("HEAD", "")
        tree = _Tree(
            path=facts["worktree"],
            head=head if head.strip("0") else "",
            branch=facts.get("branch", "").removeprefix(_HEADS),
        )
        if not found or not facts.keys() & {"bare", "prunable"}:
            found.append(tree)
    return found


async def _recorded(ask: Tools) -> dict[str, str]:
    """Return the branches that branches are to go into, as git's configuration has them."""
    reply = await ask.ask("git", "config", "-z", "--get-regexp", r"^branch\..*\.(gh-merge-base|merge)$")
    found: dict[str, dict[str, str]] = {}
    for entry in filter(None, reply.out.split("\0")):
        key, _, value = entry.partition("\n")
        if (match := _SETTING.fullmatch(key)) is not None:
            found.setdefault(match[1], {})[match[2]] = value.removeprefix(_HEADS)
    bases = {name: said.get("gh-merge-base") or said.get("merge", "") for name, said in found.items()}
    return {name: base for name, base in bases.items() if base not in {"", name}}


async def _branch_here(ask: Tools) -> str:
    return (await ask.ask("git", "symbolic-ref", "--short", "-q", "HEAD")).out.strip()


async def _proposed(ask: Tools) -> frozenset[str]:
    """Return the branches for which there is an open pull request."""
    text = await ask.gh("pr", "list", "--state", "open", "--limit", str(_REQUESTS), "--json", "headRefName")
    try:
        listed = cast("list[dict[str, str]]", json.loads(text))
        return frozenset(each["headRefName"] for each in listed)
    except (ValueError, TypeError, KeyError):
        raise ActionError("worktrees: 'gh pr list' printed no list of pull requests") from None


def _named(trees: Sequence[_Tree]) -> list[_Tree]:
    """Return them called after their folders; those whose folders have one name, after their paths."""
    names = [Path(tree.path).name for tree in trees]
    return [
        replace(tree, id=name if names.count(name) == 1 else tree.path)
        for name, tree in zip(names, trees, strict=True)
    ]


def _item(tree: _Tree) -> FanOutItem:
    ticket = _TICKET.search(tree.branch)
    context = {
        "slug": Path(tree.path).name,
        "branch": tree.branch,
        "path": tree.path,
        "base_branch": tree.base,
        "ticket_id": ticket[1] if ticket is not None else "",
    }
    return FanOutItem(id=tree.id, ref=tree.branch or tree.id, type="worktree", context=context)


async def _commits(ask: Tools, trees: Sequence[_Tree]) -> Mapping[str, Collection[str]]:
    """Return the parents of every commit that a branch has and no base has."""
    if len(trees) < 2:
        return {}
    bases = [found for name in dict.fromkeys(tree.base for tree in trees) if (found := await _tip(ask, name))]
    heads = dict.fromkeys(tree.head for tree in trees)
    text = await ask.git("rev-list", "--parents", *heads, *(f"^{base}" for base in bases), "--")
    lines = (line.split() for line in text.splitlines())
    return {commit: parents for commit, *parents in lines}


async def _tip(ask: Tools, branch: str) -> str:
    """Return the commit of a branch, here or else on the remote; nothing when there is no such branch."""
    for place in (_HEADS, "refs/remotes/origin/") if branch else ():
        reply = await ask.ask("git", "rev-parse", "--verify", "--quiet", f"{place}{branch}^{{commit}}")
        if reply.code == 0:
            return reply.out.strip()
    return ""


def _behind(head: str, parents: Mapping[str, Collection[str]]) -> frozenset[str]:
    """Return the commits that ``head`` builds upon and no base has."""
    return frozenset(_walked(head, parents))


def _walked(head: str, parents: Mapping[str, Collection[str]]) -> Iterator[str]:
    seen, left = {head}, [head]
    while left:
        for commit in parents.get(left.pop(), ()):
            if commit in parents and commit not in seen:
                seen.add(commit)
                left.append(commit)
                yield commit
