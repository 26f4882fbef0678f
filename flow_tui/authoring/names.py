"""What can be named in a text: its own steps and inputs, and what the project holds."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from flow_tui.authoring.blocks import Block
from flow_tui.authoring.document import Document
from flow_tui.dsl import ast, resources, variables
from flow_tui.dsl.fields import fields_of
from flow_tui.dsl.ground import Kind
from flow_tui.dsl.loader import workflow_names
from flow_tui.dsl.parts import agent_key
from flow_tui.dsl.providers import EVERY_ITEM, GATES, HOST_VARIABLES, PROVIDERS, Provider
from flow_tui.dsl.reference import constructs
from flow_tui.dsl.shipped import SHIPPED
from flow_tui.dsl.tokens import UNKNOWN, Token
from flow_tui.dsl.walk import step_key


def own_name(document: Document) -> str:
    """Return the name that the text gives to its workflow."""
    return next((block.name for block in document.structure.root.children if block.kind == "workflow"), "")


def key_of(block: Block) -> str:
    """Return the name under which conditions find the result of a step, or nothing."""
    if not block.head or block.head[0].value == UNKNOWN:
        return ""
    match block.kind:
        case "call":
            return agent_key(block.name)
        case "call workflow" | "script":
            return block.name
        case _:
            return ""


def text_of(token: Token) -> str:
    """Return a word as it is meant; nothing where that cannot be known."""
    return "" if UNKNOWN in token.value else token.value


def fallback(block: Block) -> Token | None:
    """Return the agent that is called when a step has failed, if one is."""
    pair = block.pair("on_fail") if block.kind in ("call", "call workflow", "script") else None
    value = pair.values[0] if pair is not None and len(pair.values) == 1 else None
    return None if value is None or value.value in ("continue", UNKNOWN) else value


def steps(document: Document, before: int | None = None) -> Mapping[str, str]:
    """Return the steps whose results can be asked for, each with what it is; those up to an offset."""
    found: dict[str, str] = {}
    for block in document.structure.root.walk():
        if before is not None and block.start >= before:
            continue
        if key := key_of(block):
            found.setdefault(key, f"`{block.kind} {block.name}`")
        if (agent := fallback(block)) is not None:
            found.setdefault(agent_key(agent.value), f"called when `{block.name}` has failed")
        if block.kind == "call workflow":
            for name in _handed_out(document, block.name):
                found.setdefault(name, f"a step of the workflow `{block.name}`")
    return found


def _handed_out(document: Document, workflow: str) -> Iterator[str]:
    child = called(document, workflow)
    for node in child.body if child is not None else ():
        calls = node.calls if isinstance(node, ast.Parallel) else (node,)
        for each in calls:
            if not isinstance(each, ast.ForEach) and (key := step_key(each)):
                yield key


def called(document: Document, workflow: str) -> ast.Workflow | None:
    """Return another workflow of the project, or the text's own."""
    if workflow == document.name and document.workflow is not None:
        return document.workflow
    if document.around is None or not workflow:
        return None
    return document.around.child(workflow).workflow


def declared(document: Document) -> Iterator[Block]:
    """Yield the inputs that the text declares."""
    for block in document.structure.root.children:
        for part in block.children if block.kind == "workflow" else ():
            if part.kind == "inputs":
                yield from (each for each in part.children if each.kind == "input")


def is_boolean(document: Document, declaration: Block) -> bool:
    """Say whether an input is declared as a boolean."""
    end = declaration.end
    return any(
        mention.token.type == "BOOLEAN" and declaration.start < mention.token.start < end
        for mention in document.structure.mentions
    )


def inputs_of_call(document: Document, block: Block) -> Mapping[str, str]:
    """Return the inputs that a call can be given, each with what it means."""
    workflow = ""
    if block.kind == "call workflow":
        workflow = block.name
    elif block.kind == "foreach" and (pair := block.pair("workflow")) is not None and pair.values:
        workflow = text_of(pair.values[0])
    if workflow:
        child = called(document, workflow)
        return {} if child is None else {each.name: _said(each) for each in child.inputs}
    if block.kind == "call" and block.name in SHIPPED:
        known = constructs()[f"call {block.name}"]
        return {each.name: f"{each.means} Takes {each.takes}." for each in known.options}
    return {}


def needed_by_call(document: Document, block: Block) -> tuple[str, ...]:
    """Return the inputs that a call cannot do without."""
    if block.kind == "call" and block.name in SHIPPED:
        return tuple(name for name, each in fields_of(SHIPPED[block.name]).items() if each.is_required)
    workflow = block.name if block.kind == "call workflow" else ""
    child = called(document, workflow)
    return () if child is None else tuple(each.name for each in child.inputs if each.required)


def _said(each: ast.InputDecl) -> str:
    kind = "boolean" if each.input_type == "boolean" else "needed" if each.required else ""
    default = f'`"{each.default}"` when left out' if each.default is not None else ""
    return "; ".join(filter(None, (each.description or "", kind, default))) or "an input of the workflow"


def of_project(document: Document, kind: Kind) -> tuple[str, ...]:
    """Return the agents, snippets, schemas or scripts that the project holds."""
    if document.around is None:
        return tuple(sorted(SHIPPED)) if kind == "agent" else ()
    found = document.around.names(kind, "", own_name(document))
    return tuple(sorted(name for name in found if not name.startswith(".")))


def workflows(document: Document) -> tuple[str, ...]:
    """Return the other workflows of the project."""
    names = workflow_names(document.project) if document.project is not None else ()
    return tuple(name for name in names if name != document.name)


def providers(document: Document) -> Mapping[str, Provider]:
    """Return the providers of items."""
    return PROVIDERS if document.around is None else document.around.providers()


def gates(document: Document) -> tuple[str, ...]:
    """Return the types of gates."""
    return GATES if document.around is None else document.around.gates()


def file_of(document: Document, kind: Kind, reference: str) -> Path | None:
    """Return the file that a reference leads to, if it leads to one."""
    project = document.project
    if project is None or not reference:
        return None
    workflow = own_name(document)
    match kind:
        case "agent":
            agent = ast.AgentRef(kind="path" if "/" in reference else "name", value=reference)
            plugins = _plugins(document)
            own = None if "/" in reference else resources.action_file(project, reference)
            return own or resources.find_agent(project, agent, workflow, plugins)
        case "snippet":
            return (
                None if resources.unfit(reference) else resources.find_snippet(project, reference, workflow)
            )
        case "schema":
            return None if resources.unfit(reference) else resources.find_schema(project, reference, workflow)
        case "script":
            return resources.resolve_script(project, reference).path


def _plugins(document: Document) -> tuple[str, ...]:
    pairs = (block.pair("plugin_dirs") for block in document.structure.root.walk() if block.kind == "call")
    return tuple(
        text for pair in pairs if pair is not None for token in pair.values if (text := text_of(token))
    )


def schemas_of(document: Document, step: str) -> frozenset[str]:
    """Return the schemas that calls of a step name, or the blocks around them."""
    found: set[str] = set()
    for block in document.structure.root.walk():
        if block.kind == "call" and key_of(block) == step:
            around: Block | None = block
            while around is not None and (pair := around.pair("output")) is None:
                around = around.parent
            if around is not None and (pair := around.pair("output")) is not None and pair.values:
                found.add(text_of(pair.values[0]))
    return frozenset(found - {""})


def markers(document: Document, step: str) -> Mapping[str, str]:
    """Return the markers that a step can leave, or that somebody asks for."""
    found: dict[str, str] = {}
    for schema in sorted(schemas_of(document, step)):
        path = file_of(document, "schema", schema)
        known = document.around.schema_file(path).markers if path and document.around else None
        found |= dict.fromkeys(sorted(known or ()), f"follows from the schema `{schema}`")
    mentions = document.structure.mentions
    for before, after in zip(mentions, mentions[2:], strict=False):
        if before.role.value == "step" and after.role.value == "marker" and before.token.value == step:
            found.setdefault(after.token.value, "asked for in this workflow")
    return found


def values_at(document: Document, block: Block, key: str) -> Mapping[str, str]:
    """Return what can stand in ``{{ }}`` in an option of a block, each with what it means."""
    found: dict[str, str] = {}
    for each in declared(document):
        found[each.name] = description(each) or "an input of the workflow"
    names = variables.EVERYWHERE | variables.AFTER_A_STEP | variables.AFTER_A_GATE
    if _is_in(block, "always"):
        names |= variables.IN_ALWAYS
    if block.kind == "foreach" and key == "inputs":
        found |= {f"{variables.ITEM_PREFIX}{part}": "a part of the item" for part in _parts(document, block)}
    found |= {name: variables.MEANS[name] for name in sorted(names)}
    if document.around is not None:
        given = set(document.around.known.variables)
        if any(folder.name == ".conductor" for folder in document.around.project.folders):
            given |= HOST_VARIABLES
        found |= dict.fromkeys(sorted(given), "given by the host")
    return found


def _parts(document: Document, block: Block) -> tuple[str, ...]:
    over = block.pair("over")
    name = text_of(over.values[0]) if over is not None and over.values else ""
    provider = providers(document).get(name)
    scope = block.pair("scope")
    keys = [pair.key.value for pair in scope.inside.pairs] if scope is not None and scope.inside else []
    given = keys if provider is not None and provider.items_have_scope else []
    return (*EVERY_ITEM, *((provider.item_keys or ()) if provider is not None else ()), *given)


def description(declaration: Block) -> str:
    """Return what is said about an input where it is declared."""
    pair = declaration.pair("description")
    return text_of(pair.values[0]) if pair is not None and pair.values else ""


def _is_in(block: Block, kind: str) -> bool:
    around: Block | None = block
    while around is not None:
        if around.kind == kind:
            return True
        around = around.parent
    return False
