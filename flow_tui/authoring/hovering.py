"""What is to be said about a place of a text."""

from pathlib import Path

from flow_tui.authoring import names, vocabulary
from flow_tui.authoring.blocks import Block, Mention, Role
from flow_tui.authoring.document import Document
from flow_tui.authoring.naming import definition
from flow_tui.authoring.occurrences import Occurrence, Thing, occurrence_at
from flow_tui.dataclass import dataclass
from flow_tui.dsl import variables
from flow_tui.dsl.reference import constructs
from flow_tui.dsl.shipped import SHIPPED


@dataclass(frozen=True, slots=True, kw_only=True)
class Hover:
    """What a place is about."""

    text: str
    """Paragraphs; code stands between backticks."""
    start: int
    end: int


def hover(document: Document, offset: int) -> Hover | None:
    """Return what is to be said about the word at an offset."""
    mention = document.mention_at(offset)
    if mention is None or document.is_comment(offset):
        return None
    found = occurrence_at(document, offset)
    said = _of_thing(document, found) if found is not None else _of_word(document, mention)
    if not said:
        return None
    place = found or mention.token
    return Hover(text=said, start=place.start, end=place.end)


def _paragraphs(*parts: str) -> str:
    return "\n\n".join(filter(None, parts))


# Words of the language


def _of_word(document: Document, mention: Mention) -> str:
    word = mention.token.value
    match mention.role:
        case Role.KEYWORD:
            return _of_keyword(mention.block, word)
        case Role.OPTION:
            return _of_option(mention.block, word)
        case Role.MODIFIER if mention.block.children:
            flags = {
                "required": "It has to be given.",
                "boolean": "It is `true` or `false`, and never required.",
            }
            said = flags.get(word) or _of_option(mention.block.children[-1], word)
            return said if word not in flags else _paragraphs(f"`{word}`", said)
        case Role.ENTRY:
            return _of_entry(document, mention)
        case Role.VALUE if choices := vocabulary.choices(mention.block, mention.key):
            listed = ", ".join(f"`{choice}`" for choice in choices)
            return _paragraphs(_of_option(mention.block, mention.key), f"One of {listed}.")
        case Role.VALUE if mention.key:
            return _of_option(mention.block, mention.key)
        case _:
            return ""


def _of_keyword(block: Block, word: str) -> str:
    if word == "meta":
        return vocabulary.META
    known = vocabulary.construct(block)
    if known is None:
        return ""
    listed = ", ".join(f"`{option.name}`" for option in vocabulary.options(block))
    return _paragraphs(known.does, f"Options, {known.where}: {listed}." if listed else "")


def _of_option(block: Block, name: str) -> str:
    known = vocabulary.option(block, name)
    if known is None:
        if name != "inputs":
            return ""
        return _paragraphs("`inputs { NAME = VALUE }`", "What it is given.")
    if known.is_required:
        default = "It is needed."
    else:
        default = f"When left out: `{known.default}`." if known.default else "It may be left out."
    return _paragraphs(f"`{name}` of `{block.kind}`", known.means, f"Takes {known.takes}. {default}")


def _of_entry(document: Document, mention: Mention) -> str:
    block, name = mention.block, mention.token.value
    if mention.key == "inputs":
        about = names.inputs_of_call(document, block).get(name, "")
        return _paragraphs(f"`{name}`, an input of `{block.name}`", about) if about else ""
    if mention.key == "env":
        return f"`{name}`, a variable of the command's environment"
    return ""


# Things that are named


def _of_thing(document: Document, found: Occurrence) -> str:
    name = found.name
    match found.thing:
        case Thing.AGENT:
            return _of_agent(document, found)
        case Thing.WORKFLOW:
            return _of_workflow(document, name)
        case Thing.SCHEMA | Thing.SNIPPET | Thing.SCRIPT:
            place = _place(document, found)
            return _paragraphs(f"The {found.thing} `{name}`", place or _missing(document, found))
        case Thing.INPUT:
            return _of_input(document, name)
        case Thing.INPUT_OF_CALL:
            about = names.inputs_of_call(document, found.mention.block).get(name, "it declares no such input")
            return _paragraphs(f"`{name}`, an input of the workflow `{found.of}`", about)
        case Thing.VALUE:
            return _of_value(document, found)
        case Thing.STEP if found.mention.role is Role.NAME:
            return _of_keyword(found.mention.block, found.mention.block.kind)
        case Thing.STEP:
            about = names.steps(document).get(name, "")
            known = ", ".join(f"`{marker}`" for marker in names.markers(document, name))
            said = f"The step `{name}`: {about}" if about else f"No step is called `{name}`."
            return _paragraphs(said, f"Its markers: {known}." if known and about else "")
        case Thing.MARKER:
            about = names.markers(document, found.of).get(name, "")
            return _paragraphs(f"The marker `{name}` of the step `{found.of}`", about)
        case Thing.PROVIDER:
            return _of_provider(document, name)
        case Thing.GATE | Thing.ITEMS | Thing.OWN_NAME:
            return _of_keyword(found.mention.block, found.mention.block.kind)


def _place(document: Document, found: Occurrence) -> str:
    """Return where something is defined, as people write it."""
    places = definition(document, found.start)
    if not places or document.around is None:
        return ""
    return f"in `{document.around.shown(Path(places[0].file))}`"


def _missing(document: Document, found: Occurrence) -> str:
    known = document.around is not None and found.thing is not Thing.SCRIPT
    return "It is not there." if known else ""


def _of_agent(document: Document, found: Occurrence) -> str:
    place = _place(document, found)
    if not place and found.name in SHIPPED:
        known = constructs()[f"call {found.name}"]
        listed = ", ".join(f"`{option.name}`" for option in known.options)
        return _paragraphs(known.does, f"Its inputs: {listed}.")
    missing = "Nothing in the project runs it." if document.around is not None else ""
    return _paragraphs(f"The agent, or action, `{found.name}`", place or missing)


def _of_workflow(document: Document, name: str) -> str:
    child = names.called(document, name)
    if child is None:
        problem = document.around.child(name).problem if document.around is not None else ""
        return _paragraphs(f"The workflow `{name}`", f"It cannot be loaded: {problem}" if problem else "")
    inputs = ", ".join(f"`{each.name}`{' (needed)' if each.required else ''}" for each in child.inputs)
    return _paragraphs(
        f"The workflow `{name}`",
        child.description,
        f"Its inputs: {inputs}." if inputs else "It takes no inputs.",
    )


def _of_input(document: Document, name: str) -> str:
    declared = next((each for each in names.declared(document) if each.name == name), None)
    if declared is None:
        return f"No input is called `{name}`."
    written = " ".join(document.source[declared.start : declared.end].split())
    return _paragraphs(f"The input `{name}`", names.description(declared), f"Declared as `{written}`.")


def _of_value(document: Document, found: Occurrence) -> str:
    known = names.values_at(document, found.mention.block, found.mention.key)
    about = variables.MEANS.get(found.name) or known.get(found.name, "")
    return _paragraphs(f"`{{{{{found.name}}}}}`", about or "A value that a step before may have handed over.")


def _of_provider(document: Document, name: str) -> str:
    provider = names.providers(document).get(name)
    if provider is None:
        return f"No provider of items is called `{name}`."
    scope = ", ".join(f"`{key}`" for key in (*provider.scope_keys, *provider.beside))
    taken = ", ".join(f"`{key}`" for key in provider.filter_keys)
    return _paragraphs(
        f"The provider of items `{name}`",
        f"Its scope ({provider.scope}): {scope}." if scope else f"Its scope: {provider.scope}.",
        f"Its filter ({provider.filter}): {taken}." if taken else "",
    )
