"""What item providers and gates there are, and what each of them takes; what runs them is elsewhere."""

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
    unscoped: str = ""
    """What is guessed when an optional scope is left out."""
    filter: Literal["required", "ignored", "none"]
    filter_keys: Keys = field(default_factory=dict[str, tuple[str, ...]])
    filter_refused: Keys = field(default_factory=dict[str, tuple[str, ...]])
    """Values that a key does not take."""
    ordered: bool
    """Whether it knows which item depends on which."""
    item_keys: tuple[str, ...]
    """What a child finds under ``item.``, besides ``id`` and ``ref``."""

    @property
    def example(self) -> str:
        """Return a scope that it takes."""
        key, values = next(iter(self.scope_keys.items()), ("", ()))
        return f'scope = {{ {key} = "{values[0] if values else "…"}" }}'


_BOTH = ("true", "false")
PROVIDERS: Mapping[str, Provider] = {
    provider.name: provider
    for provider in (
        Provider(
            name="tickets",
            scope="required",
            scope_keys={"ticket_id": (), "label": (), "unlabeled": ("true",)},
            chooses=True,
            filter="ignored",
            ordered=True,
            item_keys=("title", "url", "source_id", "state", "labels"),
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
            item_keys=("workflow_name", "status", "started_at", "ticket_id"),
        ),
    )
}
"""The providers that workflows for the upstream engine know."""

HUMAN_GATES = ("human_approval", "human_review")
"""The gates that this version can run."""
QUALITY = "quality_gate"
"""The gate that compares numbers."""
GATES = (*HUMAN_GATES, QUALITY, "pr_approval", "pr_checks")
"""The gates that the language knows."""

TARGETS = ("worktree", "ticket", "repo", "pr", "workflow_run")
"""What a workflow can be started on."""

HOST_VARIABLES = frozenset(
    {"repo_id", "repo_name", "repo_path", "worktree_id", "working_dir"}
    | {"ticket_id", "ticket_source_id", "ticket_source_type", "ticket_title", "ticket_body", "ticket_url"}
    | {"ticket_raw_json"}
)
"""Values that the upstream engine's host gives to a run on one of its targets."""
