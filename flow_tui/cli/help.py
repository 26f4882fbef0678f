"""``flow-tui help``: what a verb, a construct of the language, or the code of a diagnostic means."""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from flow_tui.cli import out

if TYPE_CHECKING:
    from flow_tui.dsl.codes import Code
    from flow_tui.errors import UsageError

DESCRIPTION = (
    "Explains a verb, a construct of the language, or the code of a diagnostic; alone, the program.\n\n"
    "'help syntax' lists the constructs, 'help codes' all codes."
)
EXAMPLE = "flow-tui help syntax parallel"
_CODES, _SYNTAX = "codes", "syntax"


def arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    topic = "a verb, a code such as P-NAME, 'codes', or 'syntax' with the name of a construct"
    parser.add_argument("topic", metavar="TOPIC", nargs="*", help=topic)


def execute(options: Namespace) -> int:
    """Explain it; raises ``UsageError`` for what there is nothing to say about."""
    from flow_tui.cli.main import VERBS, main

    match options.topic:
        case []:
            return main(["--help"])
        case [verb] if verb in VERBS:
            return main([verb, "--help"])
        case ["syntax", *words]:
            told = _syntax(words)
        case ["codes"]:
            told = _codes()
        case [name] if (code := _code_called(name)) is not None:
            told = _explained(code)
        case words:
            told = _thing(" ".join(words))
    for text in told:
        out.data(text)
    return 0


def _syntax(words: Sequence[str]) -> Iterator[str]:
    from flow_tui.dsl import reference
    from flow_tui.errors import UsageError
    from flow_tui.view.reference import about, overview

    look = out.look(sys.stdout, os.environ)
    constructs, topics = reference.constructs(), reference.topics()
    if not words:
        return overview(constructs.values(), topics.values(), look)
    wanted = " ".join(words)
    thing = reference.find(wanted)
    if thing is None:
        near = reference.meant(wanted)
        hint = f"did you mean {near!r}?" if near else f"there are {', '.join((*constructs, *topics))}"
        raise UsageError(f"the language has no {wanted!r}", hint)
    return about(thing, look)


def _codes() -> Iterator[str]:
    from flow_tui.dsl.codes import codes

    for code in codes().values():
        yield f"{code.code:<18} {code.means}"


def _code_called(name: str) -> "Code | None":
    from flow_tui.dsl.codes import codes

    return codes().get(name.upper())


def _thing(words: str) -> Iterator[str]:
    """Return all about a part of the language that was asked for without 'syntax'."""
    from flow_tui.dsl import reference
    from flow_tui.view.reference import about

    thing = reference.find(words)
    if thing is None:
        raise _unknown(words)
    return about(thing, out.look(sys.stdout, os.environ))


def _explained(code: "Code") -> Iterator[str]:
    from flow_tui.diagnostics import Tone
    from flow_tui.view import problems

    look = out.look(sys.stdout, os.environ)
    yield f"{look.paint(Tone(code.severity.value), code.code)} ({code.severity})"
    yield from ("", code.means, "", code.fix)
    for word, example in (("Instead of", code.wrong), ("write", code.right)):
        if example:
            yield from ("", word, "", *problems.code(example, look))


def _unknown(topic: str) -> "UsageError":
    from flow_tui.cli.main import VERBS
    from flow_tui.cli.options import nearest
    from flow_tui.dsl.codes import codes
    from flow_tui.errors import UsageError

    near = nearest(topic, [*VERBS, _CODES, _SYNTAX]) or nearest(topic.upper(), list(codes()))
    hint = near or (
        "'flow-tui help' lists the verbs, 'flow-tui help syntax' the constructs of the language, "
        f"'flow-tui help {_CODES}' the codes"
    )
    return UsageError(f"there is no help on {topic!r}", hint)
