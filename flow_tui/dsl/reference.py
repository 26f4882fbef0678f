"""The reference of the language, read off the syntax tree: each construct with its options and an example.

A construct is described by the docstring of its model, an option by the one of its field; what an option
takes, and what it is when it is left out, are type and default. Examples are in the folder ``examples``.
"""

import ast as python
import inspect
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Literal, TypeAlias, get_args, get_origin

from flow_tui.dataclass import dataclass
from flow_tui.dsl import ast, durations, shipped
from flow_tui.dsl.fields import Field, Takes, Value, fields_of
from flow_tui.dsl.options import options_of, range_of
from flow_tui.dsl.values import WHOLE
from flow_tui.dsl.words import nearest

Model: TypeAlias = type[Value]

_CONSTRUCTS: Mapping[str, Model] = {
    "workflow": ast.Workflow,
    "inputs": ast.InputDecl,
    "call": ast.Call,
    "script": ast.Script,
    "if": ast.If,
    "unless": ast.Unless,
    "while": ast.While,
    "do while": ast.DoWhile,
    "parallel": ast.Parallel,
    "parallel call": ast.ParallelCall,
    "gate": ast.Gate,
    "quality_gate": ast.QualityGate,
    "do": ast.Do,
    "always": ast.Always,
    "call workflow": ast.CallWorkflow,
    "foreach": ast.ForEach,
    **{f"call {name}": model for name, model in shipped.SHIPPED.items()},
}
_ALIASES = {
    "meta": "workflow",
    "do … while": "do while",
    "do-while": "do while",
    "gate quality_gate": "quality_gate",
    "input": "inputs",
    "loop": "while",
    "condition": "conditions",
    "value": "values",
    "text": "values",
    "comment": "values",
    "duration": "time",
    "timeout": "time",
    "variable": "variables",
    "template": "variables",
    "agent": "agents",
    "action": "agents",
    **{name: f"call {name}" for name in shipped.SHIPPED},
    "human_approval": "gates",
    "human_review": "gates",
    "command": "gates",
    "file": "gates",
    "pr_approval": "gates",
    "pr_checks": "gates",
    "item": "items",
    "provider": "items",
    "providers": "items",
    "over": "items",
    "files": "items",
    "lines": "items",
    "range": "items",
    "json": "items",
    "matrix": "items",
    "repos": "items",
    "tickets": "items",
    "workflow_runs": "items",
    "worktrees": "items",
}
_HABITS = {
    "else": "unless",
    "elif": "unless",
    "not": "unless",
    "and": "conditions",
    "or": "conditions",
    "for": "foreach",
    "each": "foreach",
    "until": "do while",
    "repeat": "do while",
    "run": "script",
    "step": "call",
    "import": "call workflow",
    "finally": "always",
    "try": "always",
    "approval": "gate",
}
"""What other languages call it."""
_ONE = re.compile(r"from (\d+) to \1")
_UP = f" to {WHOLE.rpartition(' ')[2]}"
_WHERE = {
    "workflow": "in `meta { … }`",
    "inputs": "after the name",
    **{f"call {name}": "in `inputs { … }` in its braces" for name in shipped.SHIPPED},
}
"""Where options stand that do not stand in the braces of the construct."""
_ALSO = {"quality_gate": (ast.Gate, ("as",))}
"""Options that a construct shares with another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option of a construct, in words; code stands between backticks."""

    name: str
    takes: str
    default: str
    """What leaving it out means; nothing where it has no meaning."""
    is_required: bool
    means: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Construct:
    """One construct of the language, in words; code stands between backticks."""

    name: str
    does: str
    """One sentence, which begins with how it is written."""
    where: str
    """Where its options stand."""
    options: tuple[Option, ...]
    example: str
    """A whole workflow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What belongs to no single construct."""

    name: str
    text: str
    """Paragraphs; code stands between backticks, examples are indented."""


@cache
def constructs() -> Mapping[str, Construct]:
    """Return every construct by its name, in the order in which people meet them."""
    return {name: _construct(name, model) for name, model in _CONSTRUCTS.items()}


@cache
def topics() -> Mapping[str, Topic]:
    """Return what is worth knowing beside the constructs, by name."""
    text = files("flow_tui.dsl").joinpath("examples", "topics.md").read_text("utf-8")
    parts = (part.partition("\n") for part in text.split("\n## ")[1:])
    return {name: Topic(name=name, text=body.strip()) for name, _, body in parts}


def find(words: str) -> Construct | Topic | None:
    """Return what somebody means by ``words``, if there is such a thing."""
    name = " ".join(words.lower().split())
    name = _ALIASES.get(name, name)
    return constructs().get(name) or topics().get(name)


def meant(words: str) -> str:
    """Return the name of what ``words`` were probably meant to be, or nothing."""
    name = " ".join(words.lower().split())
    return _HABITS.get(name) or nearest(name, [*constructs(), *topics(), *_ALIASES])


def _construct(name: str, model: Model) -> Construct:
    options = tuple(_options(model))
    if name in _ALSO:
        other, wanted = _ALSO[name]
        options += tuple(option for option in _options(other) if option.name in wanted)
    return Construct(
        name=name,
        does=_plain(inspect.getdoc(model) or ""),
        where=_WHERE.get(name, "in its braces"),
        options=options,
        example=files("flow_tui.dsl").joinpath("examples", f"{file_name(name)}.wf").read_text("utf-8"),
    )


def file_name(construct: str) -> str:
    """Return what the file with the example of a construct is called, without its suffix."""
    return construct.replace(" ", "-").replace("_", "-")


def _options(model: Model) -> Iterator[Option]:
    """Yield the options of a model: those it needs first, then its own, then those it shares with others."""
    said = _said_of_fields(model)
    fields, bases = fields_of(model), model.__mro__

    def rank(field: str) -> tuple[bool, int]:
        own = next(at for at, base in enumerate(bases) if field in vars(base).get("__annotations__", {}))
        return not fields[field].is_required, own

    for name, option in sorted(options_of(model).items(), key=lambda item: rank(item[1].field)):
        declared = fields[option.field]
        yield Option(
            name=name,
            takes=_takes(model, name, declared),
            default=_default(declared),
            is_required=declared.is_required,
            means=_plain(said.get(option.field, "")),
        )


def _takes(model: Model, name: str, declared: Field) -> str:
    """Return in words what can be written after the equals sign."""
    told = [mark.words for mark in declared.marks if isinstance(mark, Takes)]
    if told:
        return told[-1]
    for kind in (declared.annotation, *get_args(declared.annotation)):
        if get_origin(kind) is Literal:
            *most, last = (f"`{word}`" for word in get_args(kind))
            return f"{', '.join(most)} or {last}"
    numbers = range_of(model, name)
    if one := _ONE.fullmatch(numbers):
        return f"`{one[1]}`"
    return f"a whole number {numbers.replace(_UP, ' up')}" if numbers else "a text"


def _default(declared: Field) -> str:
    """Return a default as it would be written; nothing for what says that something is not there."""
    default: Any = declared.default() if declared.default is not None else None
    if default in (None, "", (), {}):
        return ""
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, timedelta):
        return f'"{durations.show(default)}"'
    return f"{default:g}" if isinstance(default, float) else str(default)


def _said_of_fields(model: Model) -> dict[str, str]:
    """Return the text under each field of a model and of the models that it builds on."""
    classes = _texts_of_classes()
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        found |= classes.get(base.__name__, {})
    return found


@cache
def _texts_of_classes() -> Mapping[str, Mapping[str, str]]:
    """Return what stands under the fields of every class of the syntax tree, by class and field."""
    trees = (python.parse(inspect.getsource(module)) for module in (ast, shipped))
    nodes = (node for tree in trees for node in tree.body)
    return {node.name: dict(_texts(node)) for node in nodes if isinstance(node, python.ClassDef)}


def _texts(node: python.ClassDef) -> Iterator[tuple[str, str]]:
    for field, below in zip(node.body, node.body[1:], strict=False):
        match field, below:
            case (
                python.AnnAssign(target=python.Name(id=name)),
                python.Expr(value=python.Constant(value=str(text))),
            ):
                yield name, inspect.cleandoc(text)
            case _:
                continue


def _plain(text: str) -> str:
    """Return a docstring on one line, with code between single backticks."""
    return " ".join(text.replace("``", "`").split())
