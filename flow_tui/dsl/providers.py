"""What item providers and gates there are, and what each of them takes; what runs them is elsewhere."""

import re
from collections.abc import Mapping
from dataclasses import field
from typing import Literal, TypeAlias

from flow_tui.dataclass import dataclass

Keys: TypeAlias = Mapping[str, tuple[str, ...]]
"""What can be written in a map: the values that a key takes, any when there are none listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """The rules of one word after ``over``."""

    name: str
    scope: Literal["required", "optional", "none"]
    """Whether ``scope`` has to be there, may be, or must not be."""
    scope_keys: Keys = field(default_factory=dict[str, tuple[str, ...]])
    chooses: bool = False
    """Whether the scope is the first of its keys that is there; else every key counts."""
    beside: Keys = field(default_factory=dict[str, tuple[str, ...]])
    """Keys that count beside the one that is chosen."""
    unscoped: str = ""
    """What is guessed when an optional scope is left out."""
    needs: tuple[tuple[str, ...], ...] = ()
    """Groups of keys: exactly one of each group has to be in the scope."""
    numbers: frozenset[str] = frozenset()
    """Keys of the scope whose value is a whole number."""
    filter: Literal["required", "optional", "ignored", "none"]
    filter_keys: Keys = field(default_factory=dict[str, tuple[str, ...]])
    filter_refused: Keys = field(default_factory=dict[str, tuple[str, ...]])
    """Values that a key does not take."""
    ordered: bool
    """Whether it knows which item depends on which."""
    items_have_scope: bool = False
    """Whether each item has a value under every key of the scope."""
    item_keys: tuple[str, ...] | None
    """What a child finds under ``item.``, besides ``id`` and ``ref``; unknown where only a run can tell."""

    @property
    def example(self) -> str:
        """Return a scope that it takes."""
        keys = {group[0]: self.scope_keys[group[0]] for group in self.needs} or self.scope_keys
        key, values = next(iter(keys.items()), ("NAME", ()))
        value = values[0] if values else "3" if key in self.numbers else "…"
        return f'scope = {{ {key} = "{value}" }}'


def parts(text: str) -> list[str]:
    """Return what stands between the commas of a value."""
    return [part for word in text.split(",") if (part := word.strip())]


def whole_number(text: str) -> int | None:
    """Return the number that a value of a scope stands for, if it is one."""
    return int(text) if _WHOLE.fullmatch(text) else None


EVERY_ITEM = ("id", "ref")
"""What every item has, whoever provides it."""
_WHOLE = re.compile(r"[+-]?[0-9]{1,15}")
_BOTH = ("true", "false")
_PATTERNS: Keys = {"match": (), "skip": ()}
PROVIDERS: Mapping[str, Provider] = {
    provider.name: provider
    for provider in (
        Provider(
            name="tickets",
            scope="required",
            scope_keys={"ticket_id": (), "label": (), "unlabeled": ("true",)},
            chooses=True,
            beside={"source": ("files", "github"), "folder": ()},
            filter="ignored",
            ordered=True,
            item_keys=("title", "url", "source_id", "state", "labels", "body"),
        ),
        Provider(
            name="repos",
            scope="none",
            filter="none",
            ordered=False,
            item_keys=("slug", "local_path", "remote_url"),
        ),
        Provider(
            name="worktrees",
            scope="optional",
            scope_keys={"base_branch": (), "has_open_pr": _BOTH},
            unscoped="the base branch is guessed from where the run starts",
            filter="none",
            ordered=True,
            item_keys=("slug", "branch", "path", "base_branch", "ticket_id"),
        ),
        Provider(
            name="workflow_runs",
            scope="none",
            filter="required",
            filter_keys={"status": (), "workflow_name": ()},
            filter_refused={"status": ("running", "paused")},
            ordered=False,
            item_keys=("workflow_name", "status", "started_at", "ended_at", "ticket_id", "file", "error"),
        ),
        Provider(
            name="files",
            scope="optional",
            scope_keys={"folder": (), "hidden": _BOTH, "ignored": _BOTH},
            filter="optional",
            filter_keys=_PATTERNS,
            ordered=False,
            item_keys=("path", "name", "stem", "suffix", "folder", "size", "mtime"),
        ),
        Provider(
            name="lines",
            scope="required",
            scope_keys={"file": (), "step": ()},
            needs=(("file", "step"),),
            filter="optional",
            filter_keys=_PATTERNS,
            ordered=False,
            item_keys=("text", "number"),
        ),
        Provider(
            name="json",
            scope="required",
            scope_keys={"file": (), "step": (), "at": (), "id": ()},
            needs=(("file", "step"),),
            filter="optional",
            ordered=False,
            item_keys=None,
        ),
        Provider(
            name="matrix",
            scope="required",
            filter="optional",
            filter_keys=_PATTERNS,
            ordered=False,
            items_have_scope=True,
            item_keys=(),
        ),
        Provider(
            name="range",
            scope="required",
            scope_keys={"from": (), "to": (), "step": ()},
            needs=(("to",),),
            numbers=frozenset({"from", "to", "step"}),
            filter="none",
            ordered=False,
            item_keys=(),
        ),
    )
}
"""The providers that the language knows."""

HUMAN_GATES = ("human_approval", "human_review")
"""The gates that only people decide."""
QUALITY = "quality_gate"
"""The gate that compares numbers."""
LOOKING_GATES: Mapping[str, tuple[str, bool]] = {
    "pr_approval": ("pr", False),
    "pr_checks": ("pr", False),
    "command": ("run", True),
    "file": ("path", True),
}
"""The gates that look for themselves: which option says where, and whether it has to be there."""
GATES = (*HUMAN_GATES, QUALITY, *LOOKING_GATES)
"""The gates that the language knows."""

TARGETS = ("worktree", "ticket", "repo", "pr", "workflow_run")
"""What a workflow can be started on."""

HOST_VARIABLES = frozenset(
    {"repo_id", "repo_name", "repo_path", "worktree_id", "working_dir"}
    | {"ticket_id", "ticket_source_id", "ticket_source_type", "ticket_title", "ticket_body", "ticket_url"}
    | {"ticket_raw_json"}
)
"""Values that the upstream engine's host gives to a run on one of its targets."""
