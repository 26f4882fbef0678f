"""What could be written at a place of a text."""

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path

from flow_tui import limits
from flow_tui.authoring import names, vocabulary
from flow_tui.authoring.blocks import HOLDS_STEPS, After, Block, Expect, Mention, Role
from flow_tui.authoring.document import Document
from flow_tui.authoring.vocabulary import Means
from flow_tui.dataclass import dataclass
from flow_tui.dsl.ground import Kind
from flow_tui.dsl.providers import TARGETS
from flow_tui.dsl.reference import constructs
from flow_tui.dsl.tokens import Token

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_NAME = re.compile(r"\s*([A-Za-z0-9_.-]*)$")
_REST_OF_NAME = re.compile(r"[A-Za-z0-9_.-]*")
_TIMES = ("30s", "5m", "1h")


class CompletionKind(StrEnum):
    """What somebody could be writing."""

    KEYWORD = "keyword"
    OPTION = "option"
    VALUE = "value"
    STEP = "step"
    MARKER = "marker"
    INPUT = "input"
    VARIABLE = "variable"
    AGENT = "agent"
    WORKFLOW = "workflow"
    SCHEMA = "schema"
    SNIPPET = "snippet"
    FILE = "file"
    PROVIDER = "provider"
    GATE = "gate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """One thing that could be written."""

    label: str
    kind: CompletionKind
    about: str
    """What it is, on one line; code stands between backticks."""
    start: int
    end: int
    """The stretch of text that it takes the place of."""
    text: str
    """What is put there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Offer:
    label: str
    kind: CompletionKind
    about: str = ""
    suffix: str = ""
    """What follows it, unless that is there already."""
    is_value: bool = False
    """Whether it may have to stand in quotes."""


def complete(document: Document, offset: int) -> tuple[Completion, ...]:
    """Return what could be written at an offset, what fits the word there best first."""
    offset = max(0, min(offset, len(document.source)))
    if document.is_comment(offset):
        return ()
    mention = document.mention_at(offset)
    token = mention.token if mention is not None else None
    if token is not None and _in_text(document, token, offset):
        return _inside(document, token, offset)
    word = token if token is not None and _is_word(document, token) else None
    if token is not None and word is None and token.start < offset < token.end:
        return ()
    start, end = (word.start, word.end) if word is not None else (offset, offset)
    after = _after(document, start)
    offers = _offers(document, after, start, offset)
    return _fitting(document, offers, start, end, document.source[start:offset])


def _is_word(document: Document, token: Token) -> bool:
    return _WORD.fullmatch(document.source, token.start, token.end) is not None or token.type == "INT"


def _in_text(document: Document, token: Token, offset: int) -> bool:
    """Say whether an offset lies between the quotes of a token."""
    if token.type != "STRING" or document.source[token.start : token.start + 1] != '"':
        return False
    return token.start < offset and (offset < token.end or not _is_closed(document, token))


def _is_closed(document: Document, token: Token) -> bool:
    return token.end - token.start > 1 and document.source[token.end - 1] == '"'


def _after(document: Document, start: int) -> After:
    """Return what can follow the token before an offset."""
    at = document.before(start)
    if at < 0:
        return After(expect=Expect.START, block=document.structure.root)
    return document.structure.after(at)


def _fitting(
    document: Document, offers: Iterable[_Offer], start: int, end: int, typed: str
) -> tuple[Completion, ...]:
    """Return the offers in which what was typed is found, those that begin with it first."""
    rest = document.source[end : end + 40].lstrip(" \t")
    found: dict[str, tuple[int, int, Completion]] = {}
    for number, offer in enumerate(offers):
        rank = _rank(typed.lower(), offer.label.lower())
        if rank is None or offer.label in found:
            continue
        text = offer.label
        if offer.is_value and not _WORD.fullmatch(text) and not text.isdecimal():
            text = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
        suffix = offer.suffix if offer.suffix and not rest.startswith(offer.suffix.strip()[:1]) else ""
        made = Completion(
            label=offer.label, kind=offer.kind, about=offer.about, start=start, end=end, text=text + suffix
        )
        found[offer.label] = (rank, number, made)
    return tuple(made for _, _, made in sorted(found.values(), key=lambda each: each[:2]))


def _rank(typed: str, label: str) -> int | None:
    """Return how well a word fits what was typed, the best first; nothing where it does not."""
    if label.startswith(typed):
        return 0
    if typed in label:
        return 1
    letters = iter(label)
    return 2 if all(letter in letters for letter in typed) else None


def _offers(document: Document, after: After, start: int, offset: int) -> Iterator[_Offer]:
    at = document.before(start)
    tokens = document.structure.tokens
    later = at >= 0 and "\n" in document.source[tokens[at].end : start]
    expect, block = after.expect, after.block
    is_whole = expect is Expect.BRACE and block.kind in ("call", "call workflow")
    if is_whole or (later and expect not in (Expect.BODY, Expect.ITEM, Expect.START, Expect.NOTHING)):
        if block.opened < 0 and block.parent is not None:
            block = block.parent
        expect = Expect.BODY
    match expect:
        case Expect.START:
            yield _Offer(
                label="workflow", kind=CompletionKind.KEYWORD, about=constructs()["workflow"].does, suffix=" "
            )
        case Expect.NAME:
            yield from _named(document, block)
        case Expect.AGENT:
            yield from _agents(document)
            about = constructs()["call workflow"].does
            yield _Offer(label="workflow", kind=CompletionKind.KEYWORD, about=about, suffix=" ")
        case Expect.WORKFLOW:
            yield from _workflows(document)
        case Expect.CONDITION | Expect.LOOP:
            yield from _steps(document, offset)
            if expect is Expect.CONDITION:
                yield from _booleans(document)
        case Expect.MARKER:
            yield from _markers(document, tokens[at - 1].value if at else "")
        case Expect.FIELD:
            if vocabulary.means(block.owner, after.key, after.entry) is Means.CONDITION:
                yield from _markers(document, tokens[at - 1].value if at else "")
        case Expect.VALUE | Expect.ITEM:
            yield from _values(document, block.owner, after.key, after.entry, offset)
        case Expect.BODY:
            yield from _body(document, block, start)
        case Expect.BRACE | Expect.NOTHING:
            return


def _named(document: Document, block: Block) -> Iterator[_Offer]:
    if block.kind == "gate":
        for name in names.gates(document):
            yield _Offer(label=name, kind=CompletionKind.GATE, about="a type of gate", suffix=" { }")
    elif block.kind == "workflow" and (stem := Path(document.file).stem):
        yield _Offer(label=stem, kind=CompletionKind.WORKFLOW, about="the name of the file", suffix=" {")


# What stands in braces


def _body(document: Document, block: Block, start: int) -> Iterator[_Offer]:
    if block.kind == "map":
        yield from _entries(document, block, start)
    elif block.kind == "inputs":
        yield from _said_of_input(block, start)
    elif block.kind in HOLDS_STEPS - {"file", "unknown"}:
        begun = any(child.start < start and child.kind != "map" for child in block.children)
        if not begun:
            yield from _options(block, start)
        for word, about in vocabulary.keywords(block):
            suffix = " { }" if word in ("always", "parallel", "do", "inputs", "meta") else " "
            yield _Offer(label=word, kind=CompletionKind.KEYWORD, about=about, suffix=suffix)
    else:
        yield from _options(block, start)


def _options(block: Block, start: int) -> Iterator[_Offer]:
    given = {pair.key.value for pair in block.pairs if pair.key.start != start}
    for option in vocabulary.options(block):
        if option.name not in given:
            need = (
                "needed" if option.is_required else f"`{option.default}` when left out" * bool(option.default)
            )
            about = " ".join(
                filter(None, (option.means, f"Takes {option.takes}", f"({need})" if need else ""))
            )
            suffix = " { }" if option.name == "inputs" else " = "
            yield _Offer(label=option.name, kind=CompletionKind.OPTION, about=about, suffix=suffix)


def _entries(document: Document, block: Block, start: int) -> Iterator[_Offer]:
    """Yield the names that can stand in a map."""
    owner, option = block.owner, block.option
    given = {pair.key.value for pair in block.pairs if pair.key.start != start}
    found: dict[str, str] = {}
    if option == "inputs":
        found = dict(names.inputs_of_call(document, owner))
    elif owner.kind == "foreach" and option in ("scope", "filter"):
        over = owner.pair("over")
        name = names.text_of(over.values[0]) if over is not None and over.values else ""
        provider = names.providers(document).get(name)
        if provider is not None:
            of_scope = {**provider.scope_keys, **provider.beside}
            keys = of_scope if option == "scope" else provider.filter_keys
            found = {key: f"`{'` or `'.join(values)}`" if values else name for key, values in keys.items()}
    for name, about in found.items():
        if name not in given:
            yield _Offer(label=name, kind=CompletionKind.INPUT, about=about, suffix=" = ")


def _said_of_input(block: Block, start: int) -> Iterator[_Offer]:
    last = next((child for child in reversed(block.children) if child.start < start), None)
    if last is None:
        return
    for word, about in (("required", "It has to be given."), ("boolean", "It is `true` or `false`.")):
        yield _Offer(label=word, kind=CompletionKind.KEYWORD, about=about)
    for option in vocabulary.options(last):
        yield _Offer(label=option.name, kind=CompletionKind.OPTION, about=option.means, suffix=" = ")


# Values


def _values(document: Document, block: Block, key: str, entry: str, offset: int) -> Iterator[_Offer]:
    """Yield what an option can be."""
    if entry:
        yield from _entry_values(document, block, key, entry)
    match vocabulary.means(block, key, entry):
        case Means.CHOICE:
            declared = vocabulary.option(block, key)
            for choice in vocabulary.choices(block, key):
                is_default = declared is not None and declared.default == choice
                about = "when it is left out" if is_default else ""
                yield _Offer(label=choice, kind=CompletionKind.VALUE, about=about)
        case Means.AGENT:
            about = "The run goes on when every attempt has failed."
            yield _Offer(label="continue", kind=CompletionKind.VALUE, about=about)
            yield from _agents(document)
        case Means.WORKFLOW:
            yield from _workflows(document)
        case Means.SCHEMA:
            yield from _files(document, "schema", CompletionKind.SCHEMA)
        case Means.SNIPPET:
            yield from _files(document, "snippet", CompletionKind.SNIPPET)
        case Means.COMMAND:
            yield from _files(document, "script", CompletionKind.FILE)
        case Means.PROVIDER:
            for name in names.providers(document):
                yield _Offer(label=name, kind=CompletionKind.PROVIDER, about="a provider of items")
        case Means.STEP | Means.CONDITION | Means.RESULT:
            yield from _steps(document, offset)
        case Means.IDENTITY:
            for name in document.around.identities() if document.around is not None else ():
                yield _Offer(label=name, kind=CompletionKind.VALUE, about="an identity", is_value=True)
        case Means.TARGET:
            for name in TARGETS:
                yield _Offer(label=name, kind=CompletionKind.VALUE, about="what it may be started on")
        case Means.TIME:
            for time in _TIMES:
                yield _Offer(label=time, kind=CompletionKind.VALUE, about="a length of time", is_value=True)
        case Means.OTHER:
            return


def _entry_values(document: Document, block: Block, key: str, entry: str) -> Iterator[_Offer]:
    over = block.pair("over")
    if block.kind != "foreach" or key not in ("scope", "filter") or over is None or not over.values:
        return
    provider = names.providers(document).get(names.text_of(over.values[0]))
    if provider is not None:
        known = {**provider.scope_keys, **provider.beside} if key == "scope" else provider.filter_keys
        for value in known.get(entry, ()):
            yield _Offer(label=value, kind=CompletionKind.VALUE, is_value=True)


def _agents(document: Document) -> Iterator[_Offer]:
    known = constructs()
    for name in names.of_project(document, "agent"):
        shipped = known.get(f"call {name}")
        about = shipped.does if shipped is not None else "an agent or an action of the project"
        yield _Offer(label=name, kind=CompletionKind.AGENT, about=about, is_value=True)


def _workflows(document: Document) -> Iterator[_Offer]:
    for number, name in enumerate(names.workflows(document)):
        child = names.called(document, name) if number < limits.WORKFLOWS_DESCRIBED else None
        about = child.description if child is not None else ""
        yield _Offer(label=name, kind=CompletionKind.WORKFLOW, about=about or "a workflow of the project")


def _files(document: Document, kind: Kind, shown: CompletionKind) -> Iterator[_Offer]:
    for name in names.of_project(document, kind):
        yield _Offer(label=name, kind=shown, about=f"a {kind} of the project", is_value=True)


def _steps(document: Document, offset: int) -> Iterator[_Offer]:
    for name, about in names.steps(document, offset).items():
        yield _Offer(label=name, kind=CompletionKind.STEP, about=about)


def _booleans(document: Document) -> Iterator[_Offer]:
    for declared in names.declared(document):
        if names.is_boolean(document, declared):
            about = names.description(declared) or "a boolean input"
            yield _Offer(label=declared.name, kind=CompletionKind.INPUT, about=about)


def _markers(document: Document, step: str) -> Iterator[_Offer]:
    for name, about in names.markers(document, step).items():
        yield _Offer(label=name, kind=CompletionKind.MARKER, about=about)


# Texts in quotes


def _inside(document: Document, token: Token, offset: int) -> tuple[Completion, ...]:
    """Return what could be written between quotes: a value in braces, or what the text names."""
    at = document.before(token.start)
    mention = document.structure.mentions[at + 1]
    before = document.source[token.start + 1 : offset]
    opened = before.rfind("{{")
    if opened >= 0 and "}}" not in before[opened:]:
        return _placeholder(document, mention, token.start + 3 + opened, offset)
    after = _after(document, token.start)
    if after.expect not in (Expect.VALUE, Expect.ITEM, Expect.AGENT) or mention.role is Role.LOOSE:
        return ()
    end = token.end - 1 if _is_closed(document, token) else offset
    offers = (
        _Offer(label=offer.label, kind=offer.kind, about=offer.about)
        for offer in _offers(document, after, token.start, offset)
        if offer.kind is not CompletionKind.KEYWORD
    )
    return _fitting(document, offers, token.start + 1, end, before)


def _placeholder(document: Document, mention: Mention, opened: int, offset: int) -> tuple[Completion, ...]:
    typed = _NAME.match(document.source[opened:offset])
    if typed is None:
        return ()
    start = opened + typed.start(1)
    rest = _REST_OF_NAME.match(document.source, offset)
    end = rest.end() if rest is not None else offset
    values = names.values_at(document, mention.block, mention.key)
    offers = (
        _Offer(label=name, kind=CompletionKind.VARIABLE, about=about, suffix="}}")
        for name, about in values.items()
    )
    return _fitting(document, offers, start, end, document.source[start:offset])
