"""Does something provide every value that a text asks for, where the text stands?"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from flow_tui.dataclass import dataclass
from flow_tui.diagnostics import Diagnostic, Severity, Span
from flow_tui.dsl import ast, variables
from flow_tui.dsl.before import Around, with_before
from flow_tui.dsl.ground import Searched, Subject
from flow_tui.dsl.providers import EVERY_ITEM
from flow_tui.dsl.template_values import Place, Values
from flow_tui.dsl.templates import placeholders, unclosed
from flow_tui.dsl.walk import AnyNode

_CALLS = (ast.Call, ast.ParallelCall)
_WITH_TEXTS = (*_CALLS, ast.Do, ast.Parallel)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """A text with values in it, and where it stands."""

    node: AnyNode
    option: str
    written: str
    place: Place

    def span(self, found: str, number: int = 0) -> Span:
        """Return where it holds ``found`` as written, for the ``number``-th time counted from 0."""
        return self.node.places.within(self.option, found, number) or self.node.place(self.option)


def templates(subject: Subject) -> Iterator[Diagnostic]:
    """Yield values that nothing provides, braces that are never closed, inputs that nobody can read."""
    yield from _hidden_inputs(subject)
    values = Values(subject)
    for node, around in with_before(subject.workflow):
        for texts in _options(subject, node, around):
            yield from _in_option(values, texts)
        yield from _in_files(subject, values, node, around)


def _hidden_inputs(subject: Subject) -> Iterator[Diagnostic]:
    for declared in subject.workflow.inputs:
        if declared.name in variables.EVERYWHERE:
            yield Diagnostic(
                code="W-RESERVED",
                message=f"input {declared.name!r} has the name of a value that the engine provides",
                hint=f"rename it, or read it as {{{{{variables.INPUT_PREFIX}{declared.name}}}}}",
                severity=Severity.WARNING,
                span=declared.place("head"),
            )


# Texts of the definition


def _options(subject: Subject, node: AnyNode, around: Around) -> Iterator[list[_Text]]:
    """Yield the texts that stand in a node itself, those of one option at a time."""
    match node:
        case ast.Script():
            for option, texts in (("run", (node.run,)), ("env", node.env.values())):
                what = f"{option} of script {node.name!r}"
                yield _texts(node, option, texts, Place(what=what, around=around, mode="error"))
        case ast.Gate():
            place = Place(what=f"the prompt of gate {node.name!r}", around=around)
            yield _texts(node, "prompt", (node.prompt or "",), place)
            for option, text in (("run", node.run), ("path", node.path), ("pr", node.pr)):
                what = f"{option} of gate {node.name!r}"
                yield _texts(node, option, (text or "",), Place(what=what, around=around, mode="error"))
        case ast.Call() | ast.ParallelCall():
            place = Place(what=f"the inputs of call {node.label!r}", around=around, mode="error")
            yield _texts(node, "inputs", node.inputs.values(), place)
        case ast.CallWorkflow():
            place = Place(what=f"the inputs of workflow {node.workflow!r}", around=around)
            yield _texts(node, "inputs", node.inputs.values(), place)
        case ast.ForEach():
            tables = (("scope", node.scope or {}), ("filter", node.filter), ("inputs", node.inputs))
            for option, table in tables:
                items = _items(subject, node) if option == "inputs" else None
                what = f"the {option} of foreach {node.name!r}"
                yield _texts(node, option, table.values(), Place(what=what, around=around, items=items))
        case _:
            return


def _texts(node: AnyNode, option: str, texts: Iterable[str], place: Place) -> list[_Text]:
    return [_Text(node=node, option=option, written=text, place=place) for text in texts if "{{" in text]


def _items(subject: Subject, node: ast.ForEach) -> frozenset[str]:
    """Return the parts of an item by their names; nothing when the provider is not known."""
    provider = subject.ground.providers.get(node.over)
    if provider is None or provider.item_keys is None:
        return frozenset()
    given = node.scope or () if provider.items_have_scope else ()
    parts = (*EVERY_ITEM, *provider.item_keys, *given)
    return frozenset(f"{variables.ITEM_PREFIX}{part}" for part in parts)


def _in_option(values: Values, texts: list[_Text]) -> Iterator[Diagnostic]:
    """Yield what is wrong with the texts of an option, each value once."""
    told: set[str] = set()
    for text in texts:
        for hole in placeholders(text.written):
            if hole.name not in told and not values.has(hole.name, text.place):
                told.add(hole.name)
                span = text.span(text.written[hole.start : hole.end])
                yield from values.missing(hole.name, text.place, span)
        if (at := unclosed(text.written)) is not None:
            yield _open(text, at)


def _open(text: _Text, at: int) -> Diagnostic:
    earlier = sum(text.written.startswith("{{", before) for before in range(at))
    return Diagnostic(
        code="W-TEMPLATE",
        message=f"'{{{{' in {text.place.what} is never closed",
        hint="a value is written {{name}}; what is not closed stays as it is",
        severity=Severity.WARNING,
        span=text.span("{{", earlier),
    )


# Texts in files that the definition names


def _in_files(subject: Subject, values: Values, node: AnyNode, around: Around) -> Iterator[Diagnostic]:
    """Yield the values for which the agents and the snippets of a node ask in vain."""
    find_action, find_snippet = subject.ground.find_action, subject.ground.find_snippet
    if find_action is not None:
        for agent, option, there in _agents(node, around):
            place = Place(what=f"agent {agent.label!r}", around=there, mode="strip")
            yield from _in_file(values, find_action(agent), place, node.place(option))
    if find_snippet is not None and isinstance(node, _WITH_TEXTS):
        for reference in dict.fromkeys(node.with_):
            place = Place(what=f"snippet {reference!r}", around=around, mode="strip")
            span = node.places.item("with", reference) or node.place("with")
            yield from _in_file(values, find_snippet(reference), place, span)


def _in_file(values: Values, file: Searched, place: Place, span: Span) -> Iterator[Diagnostic]:
    for name in file.values:
        if not values.has(name, place):
            yield from values.missing(name, place, span)


def _agents(node: AnyNode, around: Around) -> Iterator[tuple[ast.AgentRef, str, Around]]:
    """Yield the agents of a node, where they are named, and what can have happened before they begin."""
    if isinstance(node, _CALLS):
        yield node.agent, "head", around
    on_fail = getattr(node, "on_fail", None)
    if isinstance(on_fail, ast.OnFailAgent):
        before, first = (replace(each, is_on_fail=True) for each in (around.before, around.first))
        yield on_fail.agent, "on_fail", replace(around, before=before, first=first)
