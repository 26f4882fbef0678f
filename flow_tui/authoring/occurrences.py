"""Where a text names something: steps, inputs, agents, files; with quotes and braces around it left out."""

import re
from collections.abc import Iterator
from enum import StrEnum

from flow_tui.authoring import names, vocabulary
from flow_tui.authoring.blocks import Mention, Role
from flow_tui.authoring.document import Document
from flow_tui.authoring.vocabulary import Means
from flow_tui.dataclass import dataclass
from flow_tui.dsl import variables
from flow_tui.dsl.commands import first_word
from flow_tui.dsl.parts import agent_key
from flow_tui.dsl.templates import placeholders
from flow_tui.dsl.tokens import UNKNOWN


class Thing(StrEnum):
    """What is named."""

    STEP = "step"
    AGENT = "agent"
    """What a call runs; a step goes by its name."""
    WORKFLOW = "workflow"
    """Another workflow; a step goes by its name, unless a ``foreach`` runs it."""
    OWN_NAME = "own name"
    INPUT = "input"
    INPUT_OF_CALL = "input of a call"
    VALUE = "value"
    """A value in braces that is no input."""
    MARKER = "marker"
    SCHEMA = "schema"
    SNIPPET = "snippet"
    SCRIPT = "script"
    """A file that a command runs."""
    PROVIDER = "provider"
    GATE = "gate"
    ITEMS = "foreach"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """A place where something is named."""

    thing: Thing
    name: str
    start: int
    end: int
    mention: Mention
    declares: bool = False
    """Whether the thing is there because of this."""
    of: str = ""
    """Of a marker: its step. Of the input of a call: the workflow that declares it."""

    @property
    def step(self) -> str:
        """Return the step that it speaks of, or nothing."""
        match self.thing:
            case Thing.STEP:
                return self.name
            case Thing.AGENT:
                return agent_key(self.name)
            case Thing.WORKFLOW if self.mention.role is Role.WORKFLOW:
                return self.name
            case _:
                return ""


_BY_VALUE = {
    Means.AGENT: Thing.AGENT,
    Means.SCHEMA: Thing.SCHEMA,
    Means.SNIPPET: Thing.SNIPPET,
    Means.WORKFLOW: Thing.WORKFLOW,
    Means.PROVIDER: Thing.PROVIDER,
    Means.STEP: Thing.STEP,
}
_WORD_OF_COMMAND = re.compile(r"\s*([^\s\"'$`{|;&<>()\\]+)")


def occurrences(document: Document) -> Iterator[Occurrence]:
    """Yield every place in a text where something is named, in order."""
    inputs = frozenset(each.name for each in names.declared(document))
    step = ""
    for mention in document.structure.mentions:
        if mention.role in (Role.STEP, Role.VALUE):
            step = names.text_of(mention.token)
        yield from _of(document, mention, inputs, step)


def occurrence_at(document: Document, offset: int) -> Occurrence | None:
    """Return what is named at an offset, or right before it."""
    mention = document.mention_at(offset)
    if mention is None:
        return None
    inputs = frozenset(each.name for each in names.declared(document))
    at = document.structure.mentions.index(mention)
    step = document.structure.tokens[at - 2].value if at > 1 else ""
    found = _of(document, mention, inputs, step)
    return next((each for each in found if each.start <= offset <= each.end), None)


def _of(document: Document, mention: Mention, inputs: frozenset[str], step: str) -> Iterator[Occurrence]:
    token, name = mention.token, names.text_of(mention.token)
    if not name:
        return
    start, end = token.start, token.end
    if document.source[start : start + 1] == '"':
        yield from _values(document, mention, inputs)
        if mention.role not in (Role.VALUE, Role.AGENT):
            return
        start, end = start + 1, end - 1
    if document.source[start:end] != name and mention.key != "run":
        return  # it is written with escapes
    thing, of = _thing(mention), ""
    match mention.role:
        case Role.MARKER | Role.FIELD:
            of = step
        case Role.ENTRY:
            of = _workflow_of(mention)
        case _:
            pass
    if thing is not None and not (thing is Thing.AGENT and name == "continue" and mention.key == "on_fail"):
        declares = mention.role in (Role.DECLARED, Role.NAME, Role.AGENT, Role.WORKFLOW) or (
            mention.key == "on_fail"
        )
        yield Occurrence(
            thing=thing, name=name, start=start, end=end, mention=mention, declares=declares, of=of
        )
    elif mention.role is Role.VALUE:
        yield from _halves(document, mention, start, end)


def _thing(mention: Mention) -> Thing | None:
    """Return what a word names, if it names one thing as a whole."""
    match mention.role:
        case Role.STEP:
            return Thing.STEP
        case Role.MARKER:
            return Thing.MARKER
        case Role.INPUT | Role.DECLARED:
            return Thing.INPUT
        case Role.AGENT:
            return Thing.AGENT
        case Role.WORKFLOW:
            return Thing.WORKFLOW
        case Role.NAME:
            kinds = {"script": Thing.STEP, "gate": Thing.GATE, "foreach": Thing.ITEMS}
            return kinds.get(mention.block.kind, Thing.OWN_NAME)
        case Role.ENTRY if mention.key == "inputs" and _workflow_of(mention):
            return Thing.INPUT_OF_CALL
        case Role.FIELD if vocabulary.means(mention.block, mention.key) is Means.CONDITION:
            return Thing.MARKER
        case Role.VALUE:
            return _BY_VALUE.get(vocabulary.means(mention.block, mention.key, mention.entry))
        case _:
            return None


def _workflow_of(mention: Mention) -> str:
    """Return the workflow whose inputs a map gives."""
    block = mention.block
    if block.kind == "call workflow":
        return block.name
    pair = block.pair("workflow") if block.kind == "foreach" else None
    return names.text_of(pair.values[0]) if pair is not None and pair.values else ""


def _halves(document: Document, mention: Mention, start: int, end: int) -> Iterator[Occurrence]:
    """Yield what a value names in which two things stand, or a command."""
    written = document.source[start:end]
    match vocabulary.means(mention.block, mention.key, mention.entry):
        case Means.CONDITION | Means.RESULT as means:
            step, dot, rest = written.partition(".")
            yield Occurrence(thing=Thing.STEP, name=step, start=start, end=start + len(step), mention=mention)
            if dot and means is Means.CONDITION:
                at = start + len(step) + 1
                yield Occurrence(thing=Thing.MARKER, name=rest, start=at, end=end, mention=mention, of=step)
        case Means.COMMAND:
            word = first_word(names.text_of(mention.token))
            plain = _WORD_OF_COMMAND.match(written)
            if word is not None and plain is not None and plain[1] == word.text:
                place = start + plain.start(1), start + plain.end(1)
                yield Occurrence(
                    thing=Thing.SCRIPT, name=word.text, start=place[0], end=place[1], mention=mention
                )
        case _:
            return


def _values(document: Document, mention: Mention, inputs: frozenset[str]) -> Iterator[Occurrence]:
    """Yield what stands in braces in a text."""
    token = mention.token
    written = document.source[token.start : token.end]
    if "{{" not in written or UNKNOWN in token.value:
        return
    for hole in placeholders(written):
        if not hole.name:
            continue
        start = token.start + written.index(hole.name, hole.start)
        end = start + len(hole.name)
        prefix = variables.INPUT_PREFIX
        name = hole.name.removeprefix(prefix)
        is_input = name in inputs and (name != hole.name or name not in variables.EVERYWHERE)
        thing = Thing.INPUT if is_input else Thing.VALUE
        yield Occurrence(
            thing=thing,
            name=name if is_input else hole.name,
            start=end - len(name) if is_input else start,
            end=end,
            mention=mention,
        )
