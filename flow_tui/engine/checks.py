"""What must hold before anything is written: actions that exist, constructs that can run, inputs given."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import TypeAlias

from flow_tui.diagnostics import Diagnostic
from flow_tui.dsl import ast, walk
from flow_tui.dsl.check_names import who
from flow_tui.dsl.check_running import unsupported
from flow_tui.dsl.providers import GATES, PROVIDERS
from flow_tui.engine import intake, schemas
from flow_tui.engine.ports import RunFiles
from flow_tui.engine.registry import Registry
from flow_tui.errors import DefinitionError, MissingInputError, NotPossibleError, UsageError
from flow_tui.masking import Secrets
from flow_tui.model.values import RunOptions

Parse: TypeAlias = Callable[[str, str], ast.Workflow]


def check(
    workflow: ast.Workflow,
    source: str,
    registry: Registry,
    files: RunFiles,
    parse: Parse,
    options: RunOptions,
    identities: Collection[str] | None = None,
) -> None:
    """Raise ``DefinitionError`` with every reason why a workflow, or one that it calls, cannot be run so."""
    seen, left = {workflow.name}, [(workflow, source)]
    while left:
        caller, text = left.pop()
        _check_one(caller, text, registry, files, options, identities)
        for node in _calls(walk.all_nodes(caller)):
            file = files.find_workflow(node.workflow, caller.source_path)
            if file is not None and node.workflow not in seen:
                seen.add(node.workflow)
                text = files.read(file).decode("utf-8", "replace").removeprefix("\ufeff")
                left.append((parse(text, file), text))


def _check_one(
    workflow: ast.Workflow,
    source: str,
    registry: Registry,
    files: RunFiles,
    options: RunOptions,
    identities: Collection[str] | None,
) -> None:
    # A mock finds items of every kind, and approves every gate.
    providers = (*registry.providers, *PROVIDERS) if options.mock else registry.providers
    gates = (*registry.resolvers, *GATES) if options.mock else registry.resolvers
    nodes = tuple(walk.all_nodes(workflow))
    found = (
        *_actions(workflow, nodes, registry, files),
        *_schemas(workflow, nodes, files),
        *_workflows(workflow, nodes, files),
        *(() if options.mock else _identities(workflow, nodes, registry, identities)),
        *unsupported(workflow, providers, gates, registry.missing),
    )
    if found:
        raise DefinitionError(sorted(found, key=lambda diagnostic: diagnostic.span), source)


def _calls(nodes: Iterable[walk.AnyNode]) -> Iterator[ast.CallWorkflow | ast.ForEach]:
    for node in nodes:
        if isinstance(node, ast.CallWorkflow | ast.ForEach):
            yield node


def _workflows(
    workflow: ast.Workflow, nodes: Iterable[walk.AnyNode], files: RunFiles
) -> Iterator[Diagnostic]:
    for node in _calls(nodes):
        if files.find_workflow(node.workflow, workflow.source_path) is None:
            yield Diagnostic(
                code="S-SUB-LOAD",
                message=f"there is no workflow {node.workflow!r}",
                span=node.place("head"),
                hint=f"looked for {node.workflow}.wf among the project's workflows",
                file=workflow.source_path,
            )


def _actions(
    workflow: ast.Workflow, nodes: Iterable[walk.AnyNode], registry: Registry, files: RunFiles
) -> Iterator[Diagnostic]:
    there: set[str] = set()
    for node in nodes:
        for agent in walk.agents_of(node):
            if agent.label in there:
                continue
            if registry.find(agent.label, files) is not None:
                there.add(agent.label)
            else:
                why = registry.missing.get(agent.label, "")
                yield _missing(agent.label, node, workflow.source_path, why)


def _missing(name: str, node: ast.Node | ast.ParallelCall, file: str, why: str) -> Diagnostic:
    return Diagnostic(
        code="S-ACTION",
        message=f"there is no action {name!r}",
        span=node.span,
        hint=why or f"looked for @flow_tui.action functions in .flow/actions.py and for .flow/actions/{name}",
        file=file,
    )


def _schemas(workflow: ast.Workflow, nodes: Iterable[walk.AnyNode], files: RunFiles) -> Iterator[Diagnostic]:
    for node in nodes:
        if not isinstance(node, ast.Call | ast.ParallelCall | ast.Do | ast.Parallel) or not node.output:
            continue
        try:
            schemas.load(files, workflow.name, node.output)
        except NotPossibleError as problem:
            yield Diagnostic(
                code="S-SCHEMA",
                message=str(problem),
                span=node.place("output"),
                file=workflow.source_path,
            )


def _identities(
    workflow: ast.Workflow,
    nodes: Iterable[walk.AnyNode],
    registry: Registry,
    known: Collection[str] | None,
) -> Iterator[Diagnostic]:
    """Yield steps that would act as somebody whom nobody knows; who answers a gate is itself."""
    for node in nodes:
        name = walk.identity_of(node)
        is_idle = isinstance(node, ast.Gate) and registry.resolver(node.gate_type) is None
        if name and known is not None and name not in known and not is_idle:
            yield Diagnostic(
                code="S-IDENTITY",
                message=f"there is no identity {name!r}",
                span=node.place("as"),
                hint=who(name, known),
                file=workflow.source_path,
            )


def require_identity(name: str, known: Collection[str] | None) -> None:
    """Raise ``NotPossibleError`` when a run is to act as somebody whom nobody knows."""
    if name and known is not None and name not in known:
        raise NotPossibleError(f"act as {name!r}", f"there is no such identity; {who(name, known)}")


def require_no_secrets(inputs: Mapping[str, str], secrets: Secrets) -> None:
    """Raise ``UsageError`` when an input holds a secret: inputs are recorded."""
    for name, value in inputs.items():
        if secrets.hides(value):
            raise UsageError(
                f"input {name!r} holds a secret, and inputs are recorded",
                "give it to the steps that need it by an identity: 'as' in the workflow, "
                "identities in your config.toml",
            )


def settled_inputs(workflow: ast.Workflow, given: Mapping[str, str]) -> dict[str, str]:
    """Return the inputs of a run: what was given, then defaults, then ``false`` for booleans.

    Raises ``MissingInputError`` naming every required input that is absent.
    """
    inputs = {intake.text(name): intake.text(value) for name, value in given.items()}
    missing: list[str] = []
    for declared in workflow.inputs:
        if declared.name in inputs:
            continue
        if declared.required:
            missing.append(declared.name)
        elif declared.default is not None:
            inputs[declared.name] = declared.default
        elif declared.input_type == "boolean":
            inputs[declared.name] = "false"
    if missing:
        raise MissingInputError(missing)
    return inputs
