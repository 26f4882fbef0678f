"""What could come next on a command line: asked by the scripts of ``flow-tui completions`` at every tab.

Verbs, options and their choices are those of the parsers; what else there is, ``candidates`` looks up by the
name that the help gives to a value.
"""

import os
import shlex
from argparse import Action, Namespace
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field

from flow_tui.cli import candidates
from flow_tui.cli.candidates import Candidate, Offer
from flow_tui.cli.main import VERBS, overview, parser_of
from flow_tui.cli.options import EVERYWHERE, Parser
from flow_tui.dataclass import dataclass

_BREAKS = "=:"
"""Where bash begins another word."""


@dataclass(slots=True, kw_only=True)
class _Line:
    """A command line as far as it was read."""

    options: Namespace
    """Values by their names, as far as they are there."""
    positionals: list[str] = field(default_factory=list[str])
    waiting: Action | None = None
    """The option whose value comes next."""
    is_literal: bool = False
    """Whether nothing is an option any more."""


def answer(shell: str, words: Sequence[str]) -> Iterator[str]:
    """Yield for a shell what could complete the last of ``words``: first of what kind, then one a line.

    The kind is ``words``, or ``files`` or ``folders`` when those can stand there, too. Never raises.
    """
    *before, current = _glued(words) if shell == "bash" else words
    try:
        offer = _offer(before, current)
    except Exception:  # noqa: BLE001 - whoever presses tab can do nothing with a reason
        offer = Offer(kind="files")
    yield offer.kind
    fitting = [each for each in offer.candidates if each.word.startswith(current) and each.word.isprintable()]
    yield from _written(shell, fitting, current)


def _written(shell: str, fitting: Iterable[Candidate], current: str) -> Iterator[str]:
    cut = max(map(current.rfind, _BREAKS)) + 1
    for each in fitting:
        said = "".join(filter(str.isprintable, each.said.partition("\n")[0]))
        match shell:
            case "bash":
                rest = each.word[cut:]
                yield from (rest if _is_bare(rest) else shlex.quote(rest),) if rest else ()
            case "zsh":
                word = each.word.replace("\\", "\\\\").replace(":", "\\:")
                yield f"{word}:{said}"
            case _:
                yield f"{each.word}\t{said}"


def _is_bare(word: str) -> bool:
    """Say whether no character of a word means anything to a shell."""
    return shlex.quote(word.translate(dict.fromkeys(map(ord, "=:#")))) == word.translate(
        dict.fromkeys(map(ord, "=:#"))
    )


def _glued(words: Sequence[str]) -> list[str]:
    """Return the words of bash as they were written: it takes a name and the value behind ``=`` apart."""
    glued: list[str] = []
    is_open = False
    for word in words:
        is_break = word != "" and not word.strip(_BREAKS)
        if glued and (is_open or is_break):
            glued[-1] += word
        else:
            glued.append(word)
        is_open = is_break
    return [*map(_unquoted, glued[:-1]), glued[-1]]


def _unquoted(word: str) -> str:
    try:
        return "".join(shlex.split(word))
    except ValueError:
        return word


def _offer(before: Sequence[str], current: str) -> Offer:
    """Return what could stand where ``current`` is being written."""
    options = Namespace(**EVERYWHERE)
    first = overview()
    line = _Line(options=options)
    for at, word in enumerate(before):
        _read(line, first, word)
        if line.positionals:
            return _of_verb(word, before[at + 1 :], current, options)
    if line.waiting is not None or current.startswith("-"):
        return _of_parser(first, line, current)
    return Offer(candidates=[Candidate(word=verb, said=said) for verb, said in VERBS.items()])


def _of_verb(verb: str, before: Sequence[str], current: str, options: Namespace) -> Offer:
    if verb not in VERBS:
        return Offer()
    parser = parser_of(verb)
    line = _Line(options=options)
    for word in before:
        _read(line, parser, word)
    for action, word in zip(_positionals(parser), line.positionals, strict=False):
        setattr(options, action.dest, word)
    if options.folder:
        os.chdir(options.folder)
    return _of_parser(parser, line, current)


def _read(line: _Line, parser: Parser, word: str) -> None:
    """Take in one word that is whole."""
    if line.waiting is not None:
        setattr(line.options, line.waiting.dest, word)
        line.waiting = None
    elif line.is_literal or word == "-" or not word.startswith("-"):
        line.positionals.append(word)
    elif word == "--":
        line.is_literal = True
    else:
        name, equals, value = word.partition("=")
        action = _options(parser).get(name)
        if action is not None and equals:
            setattr(line.options, action.dest, value)
        elif action is not None and action.nargs is None:
            line.waiting = action


def _of_parser(parser: Parser, line: _Line, current: str) -> Offer:
    name, equals, _ = current.partition("=")
    if line.waiting is not None:
        return _values(line.waiting, line, current)
    if not line.is_literal and equals and (action := _options(parser).get(name)) is not None:
        found = _values(action, line, current[len(name) + 1 :])
        whole = [Candidate(word=f"{name}={each.word}", said=each.said) for each in found.candidates]
        return Offer(kind=found.kind, candidates=whole)
    if not line.is_literal and current.startswith("-"):
        return Offer(
            candidates=[
                Candidate(word=option, said=action.help or "") for option, action in _options(parser).items()
            ]
        )
    known = _positionals(parser)
    at = len(line.positionals)
    if at >= len(known) and not (known and known[-1].nargs == "*"):
        return Offer()
    return _values(known[min(at, len(known) - 1)], line, current)


def _values(action: Action, line: _Line, current: str) -> Offer:
    if action.choices is not None:
        return Offer(candidates=[Candidate(word=str(choice)) for choice in action.choices])
    return candidates.of(str(action.metavar), line.options, line.positionals, current)


def _options(parser: Parser) -> dict[str, Action]:
    return {name: action for action in parser.known() for name in action.option_strings}


def _positionals(parser: Parser) -> list[Action]:
    return [action for action in parser.known() if not action.option_strings and action.metavar is not None]
