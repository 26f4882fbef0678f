"""What the language has to offer at a place: constructs, options, and what each of them takes."""

from collections.abc import Mapping
from enum import StrEnum
from typing import get_args

from flow_tui.authoring.blocks import Block
from flow_tui.dsl import ast, reference
from flow_tui.dsl.fields import Field, Value, fields_of
from flow_tui.dsl.options import options_of
from flow_tui.dsl.providers import HUMAN_GATES, LOOKING_GATES, QUALITY
from flow_tui.dsl.reference import Construct, Option
from flow_tui.dsl.tokens import NODES

MODELS: Mapping[str, type[Value]] = {
    "workflow": ast.Workflow,
    "inputs": ast.InputDecl,
    "call": ast.Call,
    "parallel call": ast.ParallelCall,
    "call workflow": ast.CallWorkflow,
    "script": ast.Script,
    "gate": ast.Gate,
    "quality_gate": ast.QualityGate,
    "while": ast.While,
    "do": ast.Do,
    "do while": ast.DoWhile,
    "parallel": ast.Parallel,
    "foreach": ast.ForEach,
}
_OF_GATES = frozenset({"every", *(option for option, _ in LOOKING_GATES.values())})
"""Options that only gates have that look for themselves."""
META = "`meta { … }` says what a workflow is about: its title, what it does, where it is listed."


class Means(StrEnum):
    """What the value of an option stands for."""

    AGENT = "agent"
    WORKFLOW = "workflow"
    SCHEMA = "schema"
    SNIPPET = "snippet"
    PROVIDER = "provider"
    STEP = "step"
    CONDITION = "condition"
    """A step and a marker, in one value."""
    RESULT = "result"
    """A step and a field of its output, in one value."""
    IDENTITY = "identity"
    TARGET = "target"
    COMMAND = "command"
    CHOICE = "choice"
    TIME = "time"
    OTHER = "other"


_MEANS: Mapping[str, Means] = {
    "on_fail": Means.AGENT,
    "output": Means.SCHEMA,
    "with": Means.SNIPPET,
    "over": Means.PROVIDER,
    "workflow": Means.WORKFLOW,
    "source": Means.STEP,
    "if": Means.CONDITION,
    "as": Means.IDENTITY,
    "targets": Means.TARGET,
    "run": Means.COMMAND,
}
_TIMES = frozenset({"Positive", "Duration", "LimitText", "ScriptLimitText", "Wait"})


def construct_name(block: Block) -> str:
    """Return the name under which the reference of the language knows a block, or nothing."""
    match block.kind:
        case "meta":
            return "workflow"
        case "call" if block.parent is not None and block.parent.kind == "parallel":
            return "parallel call"
        case "gate" if block.name == QUALITY:
            return "quality_gate"
        case "do" if block.is_loop:
            return "do while"
        case "input":
            return "inputs"
        case kind:
            return kind if kind in reference.constructs() else ""


def construct(block: Block) -> Construct | None:
    """Return what the reference says about a block."""
    return reference.constructs().get(construct_name(block))


def options(block: Block) -> tuple[Option, ...]:
    """Return the options that a block can have, those that it needs first."""
    if block.kind == "workflow":
        return ()
    known = construct(block)
    found = known.options if known is not None else ()
    if block.kind == "gate" and block.name in {*HUMAN_GATES, *LOOKING_GATES}:
        own = {LOOKING_GATES[block.name][0], "every"} if block.name in LOOKING_GATES else set[str]()
        found = tuple(each for each in found if each.name not in _OF_GATES - own)
    if block.kind == "do" and not block.is_loop:
        names = {each.name for each in found}
        loop = reference.constructs()["do while"].options
        found = (*found, *(each for each in loop if each.name not in names))
    return found


def option(block: Block, name: str) -> Option | None:
    """Return what the reference says about an option of a block."""
    return next((each for each in options(block) if each.name == name), None)


def field(block: Block, name: str) -> Field | None:
    """Return how an option of a block is declared."""
    construct = construct_name(block)
    kinds = (construct, *(("gate",) if construct == "quality_gate" else ("do while",) * (construct == "do")))
    for model in (MODELS[kind] for kind in kinds if kind in MODELS):
        if (known := options_of(model).get(name)) is not None:
            return fields_of(model)[known.field]
    return None


def choices(block: Block, name: str) -> tuple[str, ...]:
    """Return the only values that an option of a block takes; nothing where there are others."""
    declared = field(block, name)
    if declared is None:
        return ()
    if declared.choices:
        return tuple(str(choice) for choice in declared.choices)
    kinds = (declared.annotation, *get_args(declared.annotation))
    return ("true", "false") if bool in kinds or any(bool in get_args(kind) for kind in kinds) else ()


def means(block: Block, key: str, entry: str = "") -> Means:
    """Return what the value of an option, or of an entry in its map, stands for."""
    if entry:
        is_step = block.kind == "foreach" and key == "scope" and entry == "step"
        over = block.pair("over")
        counts = over is not None and [token.value for token in over.values] == ["range"]
        return Means.STEP if is_step and not counts else Means.OTHER
    if choices(block, key):
        return Means.CHOICE
    if block.kind == "gate" and key == "options":
        return Means.RESULT
    if key == "run" and block.kind not in ("script", "gate"):
        return Means.OTHER
    if key in _MEANS and field(block, key) is not None:
        return _MEANS[key]
    known = option(block, key)
    return Means.TIME if known is not None and known.takes.startswith("a length of time") else Means.OTHER


def keywords(block: Block) -> tuple[tuple[str, str], ...]:
    """Return the words that can begin something in a block, each with what it begins."""
    said = reference.constructs()
    if block.kind == "parallel":
        return (("call", said["parallel call"].does),)
    steps = tuple((word, said[word].does) for word in NODES)
    if block.kind == "workflow":
        return (*steps, ("inputs", said["inputs"].does), ("meta", META))
    return steps
