"""The reference of the language as text for a terminal."""

import re
import textwrap
from collections.abc import Iterable, Iterator

from flow_tui.diagnostics import Look, Tone
from flow_tui.dsl.reference import Construct, Option, Topic
from flow_tui.view.problems import code

_WIDTH = 96
_CODE = re.compile(r"`([^`]+)`")


def overview(constructs: Iterable[Construct], topics: Iterable[Topic], look: Look) -> Iterator[str]:
    """Yield one line about each construct, and the names of the topics."""
    yield "A workflow is written in a file NAME.wf. Its constructs:"
    yield ""
    for construct in constructs:
        form, _, does = construct.does.removeprefix("`").partition("`")
        yield f"  {look.paint(Tone.TITLE, construct.name)}"
        yield f"      {form}{_as_words(does, look)}"
    yield ""
    yield f"More: {', '.join(topic.name for topic in topics)}."
    yield "'flow-tui help syntax CONSTRUCT' says more about each of them, with an example."


def about(thing: Construct | Topic, look: Look) -> Iterator[str]:
    """Yield all there is to say about a construct or a topic."""
    yield look.paint(Tone.TITLE, thing.name)
    yield ""
    match thing:
        case Topic():
            yield from _paragraphs(thing.text, look)
        case Construct():
            yield from _filled(thing.does, look)
            if thing.options:
                yield ""
                yield f"Options, {_as_words(thing.where, look)}:"
            for option in thing.options:
                yield ""
                yield from _option(option, look)
            yield ""
            yield "Example:"
            yield ""
            yield from code(thing.example, look)


def _option(option: Option, look: Look) -> Iterator[str]:
    facts = [_as_words(option.takes, look)]
    if option.is_required:
        facts.append(look.paint(Tone.WARNING, "required"))
    elif option.default:
        facts.append(f"default {option.default}")
    yield f"  {look.paint(Tone.HELP, option.name)} = {', '.join(facts)}"
    yield from _filled(option.means, look, "      ")


def _paragraphs(text: str, look: Look) -> Iterator[str]:
    for number, part in enumerate(text.split("\n\n")):
        if number:
            yield ""
        if part.startswith("    "):
            yield from code(textwrap.dedent(part), look)
        else:
            yield from _filled(part, look)


def _filled(text: str, look: Look, lead: str = "") -> Iterator[str]:
    """Yield a text in lines of a readable width, its code without the backticks."""
    for line in textwrap.wrap(
        " ".join(text.split()), _WIDTH, initial_indent=lead, subsequent_indent=lead, break_on_hyphens=False
    ):
        yield _as_words(line, look)


def _as_words(text: str, look: Look) -> str:
    return _CODE.sub(lambda found: look.paint(Tone.MARGIN, found[1]), text)
