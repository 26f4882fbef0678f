"""Ways through the syntax tree: children, step keys, what is referred to, how much there is."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias, assert_never

from flow_tui.dsl.ast import (
    AgentRef,
    Always,
    Call,
    CallWorkflow,
    Do,
    DoWhile,
    ForEach,
    Gate,
    If,
    Node,
    OnFailAgent,
    Parallel,
    ParallelCall,
    Script,
    Unless,
    While,
    Workflow,
)

AnyNode: TypeAlias = Node | ParallelCall


def children(node: AnyNode) -> Sequence[AnyNode]:
    """Return the nodes written directly inside ``node``."""
    match node:
        case If() | Unless() | While() | DoWhile() | Do() | Always():
            return node.body
        case Parallel():
            return node.calls
        case Call() | ParallelCall() | CallWorkflow() | Script() | Gate() | ForEach():
            return ()
        case _:
            assert_never(node)


def walk(nodes: Iterable[AnyNode]) -> Iterator[AnyNode]:
    """Yield every node, each before those inside it, in the order of the text."""
    waiting = list(nodes)[::-1]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(children(node)))


def all_nodes(workflow: Workflow) -> Iterator[AnyNode]:
    """Yield every node of a definition, the body's before those of ``always``."""
    return walk((*workflow.body, *workflow.always))


def by_path(workflow: Workflow) -> dict[str, AnyNode]:
    """Return every node of a definition by its path: child indexes joined by ``/``, ``always`` in front."""
    found: dict[str, AnyNode] = {}
    waiting: list[tuple[str, Sequence[AnyNode]]] = [("always", workflow.always), ("", workflow.body)]
    while waiting:
        around, nodes = waiting.pop()
        for number, node in enumerate(nodes):
            path = f"{around}/{number}" if around else str(number)
            found[path] = node
            waiting.append((path, children(node)))
    return found


def command_of(node: AnyNode) -> str | None:
    """Return the command that a node runs, if it runs one."""
    return node.run if isinstance(node, Script | Gate) else None


def step_key(node: AnyNode) -> str | None:
    """Return the name under which conditions find the node's result, if it leaves one."""
    match node:
        case Call() | ParallelCall():
            return node.key
        case CallWorkflow():
            return node.workflow
        case Script():
            return node.name
        case ForEach():
            return f"foreach:{node.name}"
        case If() | Unless() | While() | DoWhile() | Do() | Always() | Parallel() | Gate():
            return None
        case _:
            assert_never(node)


def persisted_key(node: AnyNode) -> str | None:
    """Return the name under which the node's step is kept; gates are numbered by ``gate_keys``."""
    match node:
        case CallWorkflow():
            return f"workflow:{node.workflow}"
        case Gate():
            return node.name
        case _:
            return step_key(node)


def leaf_keys(node: AnyNode) -> tuple[str, ...]:
    """Return the kept names of the steps in and under ``node``, in the order of the text."""
    keys = (persisted_key(inner) for inner in walk([node]))
    return tuple(key for key in keys if key is not None)


def gate_keys(workflow: Workflow) -> tuple[tuple[Gate, str], ...]:
    """Return every gate with its kept name, ``type#n``, counted from 1 for each type."""
    counts: dict[str, int] = {}
    named: list[tuple[Gate, str]] = []
    for node in all_nodes(workflow):
        if isinstance(node, Gate):
            counts[node.name] = counts.get(node.name, 0) + 1
            named.append((node, f"{node.name}#{counts[node.name]}"))
    return tuple(named)


def total_nodes(workflow: Workflow) -> int:
    """Return how many nodes a definition has; a ``parallel`` counts, and so does each of its calls."""
    return sum(1 for _ in all_nodes(workflow))


def top_level_steps(workflow: Workflow) -> int:
    """Return how many nodes stand directly in the workflow."""
    return len(workflow.body) + len(workflow.always)


def max_iterations(workflow: Workflow, step: str) -> int | None:
    """Return the limit of the first loop that ``step`` controls."""
    for node in all_nodes(workflow):
        if isinstance(node, While | DoWhile) and node.step == step:
            return node.max_iterations
    return None


def agent_refs(workflow: Workflow) -> tuple[AgentRef, ...]:
    """Return every agent that may run, fallbacks too: names before paths, each once."""
    found: dict[tuple[str, str], AgentRef] = {}
    for node in all_nodes(workflow):
        for agent in agents_of(node):
            found[agent.kind, agent.value] = agent
    return tuple(found[key] for key in sorted(found))


def agents_of(node: AnyNode) -> tuple[AgentRef, ...]:
    """Return the agents that a node itself names, its own before its fallback."""
    own = (node.agent,) if isinstance(node, Call | ParallelCall) else ()
    if isinstance(node, Call | ParallelCall | CallWorkflow | Script) and isinstance(
        node.on_fail, OnFailAgent
    ):
        return (*own, node.on_fail.agent)
    return own


def snippet_refs(workflow: Workflow) -> tuple[str, ...]:
    """Return every snippet that is named, each once, sorted."""
    holders = (Call, ParallelCall, Do, Parallel)
    return _sorted(name for node in all_nodes(workflow) if isinstance(node, holders) for name in node.with_)


def schema_refs(workflow: Workflow) -> tuple[str, ...]:
    """Return every schema that is named, each once, sorted."""
    holders = (Call, ParallelCall, Do, Parallel)
    return _sorted(node.output for node in all_nodes(workflow) if isinstance(node, holders) and node.output)


def identities(workflow: Workflow) -> tuple[str, ...]:
    """Return every identity that is named, each once, sorted."""
    return _sorted(name for node in all_nodes(workflow) if (name := identity_of(node)))


def identity_of(node: AnyNode) -> str:
    """Return as whom a node is to act, if it says so."""
    holders = (Call, ParallelCall, CallWorkflow, Gate, Script)
    return (node.as_identity or "") if isinstance(node, holders) else ""


def plugin_dirs(workflow: Workflow) -> tuple[str, ...]:
    """Return every further folder of agents, each once, sorted."""
    holders = (Call, ParallelCall)
    return _sorted(
        name for node in all_nodes(workflow) if isinstance(node, holders) for name in node.plugin_dirs
    )


def workflow_refs(workflow: Workflow) -> tuple[str, ...]:
    """Return every other workflow that may run, each once, sorted."""
    holders = (CallWorkflow, ForEach)
    return _sorted(node.workflow for node in all_nodes(workflow) if isinstance(node, holders))


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))
