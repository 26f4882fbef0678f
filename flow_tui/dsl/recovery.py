"""Reading on after a mistake, so that the next message is about the next mistake.

A word that does not fit is explained once; then it is replaced, left out, or what is missing before it is put
in, whatever lets the text around it mean what it was meant to. Constructs that stand where they must not are
read by themselves, so that what is wrong inside them is found, too.
"""

from bisect import bisect_left
from collections.abc import Callable

from flow_tui import limits
from flow_tui.dataclass import dataclass
from flow_tui.diagnostics import Diagnostic
from flow_tui.dsl import braces
from flow_tui.dsl.explain import Unfit, explain
from flow_tui.dsl.machine import Machine
from flow_tui.dsl.mending import mend
from flow_tui.dsl.pairs import Shape
from flow_tui.dsl.stretch import PARTS, Shared, Stretch
from flow_tui.dsl.tokens import UNKNOWN, WORDS, Lexed, Lines, Token
from flow_tui.dsl.words import nearest

_SURE = 2
"""After as many words that fit, the next one that does not is a mistake of its own."""
_TRIES = 6
"""So often something may be put before one and the same word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What could be read of a text that is no definition."""

    trees: tuple[Shape, ...]
    diagnostics: tuple[Diagnostic, ...]
    is_definition: bool = True
    """Whether it was meant to be one; else nothing more can be said of it."""
    damage: tuple[int, ...]
    """Where something is wrong: what seems to be missing around these places may only have been misread."""


def recover(lexed: Lexed, lines: Lines, file: str, begin: Callable[[], Machine]) -> Recovered:
    """Return everything that is wrong with the order of the words, and the trees that were found."""
    if not _is_definition(lexed):
        return Recovered(
            trees=(), diagnostics=(_foreign(lexed, lines, file),), damage=(), is_definition=False
        )
    recovery = _Recovery(lexed, lines, file, begin)
    recovery.run()
    return Recovered(
        trees=tuple(recovery.shared.trees),
        diagnostics=tuple(recovery.diagnostics),
        damage=tuple(sorted(recovery.shared.damage)),
    )


def _is_definition(lexed: Lexed) -> bool:
    """Say whether a text with wrong characters has anything that a definition begins with."""
    tokens = lexed.tokens
    if (
        not lexed.damage
        or not tokens
        or tokens[0].value == UNKNOWN
        or any(token.type == "WORKFLOW" for token in tokens)
    ):
        return True
    first, shape = tokens[0], [token.type for token in tokens[1:3]]
    if first.type in PARTS or shape[:1] == ["IDENT"] or shape[1:] == ["LBRACE"]:
        return True
    return first.type in WORDS and bool(nearest(first.value.lower(), ["workflow"]))


def _foreign(lexed: Lexed, lines: Lines, file: str) -> Diagnostic:
    """Return what to say of a text that is something else, such as YAML or JSON."""
    unfit = Unfit(tokens=lexed.tokens, at=0, expected=frozenset({"WORKFLOW"}), stack=(), is_later=False)
    return explain(unfit, lines, file)


class _Recovery:
    def __init__(self, lexed: Lexed, lines: Lines, file: str, begin: Callable[[], Machine]) -> None:
        self._lexed = lexed
        self._lines = lines
        self._file = file
        self._last = (-1, -1)
        self.diagnostics: list[Diagnostic] = []
        self._damage = list(lexed.damage)
        tokens = self._balanced()
        missing = braces.balance(tokens)
        self.shared = Shared(
            tokens=tokens,
            source=lines.source,
            begin=begin,
            aside=self._aside,
            missing=missing,
            trees=[],
            damage=self._damage,
        )

    def run(self) -> None:
        """Read the whole text."""
        stretch = Stretch(self.shared, 0, len(self.shared.tokens), self.shared.begin())
        fitting = self._read(stretch)
        if stretch.is_whole and not stretch.machine.fits("$END"):
            self._say(stretch, max(fitting, 1))
        self._finish(stretch)

    def _balanced(self) -> list[Token]:
        """Return the tokens with the braces that are clearly missing, without those clearly too many."""
        tokens = self._lexed.tokens
        balanced: list[Token] = []
        done = 0
        for each in braces.unclosed(tokens, self._lines):
            balanced += tokens[done : each.before]
            done = each.before
            end = tokens[done - 1].end
            balanced.append(Token("RBRACE", "}", end, end))
            self._mended(
                each.opener, end, braces.never_closed(each.opener, tokens[done], self._lines, self._file)
            )
        for at in braces.surplus(tokens, self._lines):
            balanced += tokens[done:at]
            done = at + 1
            brace = tokens[at]
            self._mended(brace, brace.end, braces.closes_nothing(brace, self._lines, self._file))
        return [*balanced, *tokens[done:]]

    def _mended(self, brace: Token, end: int, problem: Diagnostic) -> None:
        """Keep what is wrong with a brace, unless it only follows from a wrong character."""
        self._damage.append(brace.start)
        if not self._is_misread(brace.start, end):
            self.diagnostics.append(problem)

    def _aside(self, begin: int, end: int) -> None:
        stretch = Stretch(self.shared, begin, end, self.shared.begin())
        stretch.put("WORKFLOW", "IDENT", "LBRACE")
        self._read(stretch)
        self._finish(stretch)

    def _read(self, stretch: Stretch) -> int:
        """Read everything; return how many tokens fitted at the end."""
        fitting = _SURE
        tried, tries = -1, 0
        while stretch.at < stretch.end and len(self.diagnostics) < limits.PROBLEMS:
            if not stretch.begins_step() and stretch.machine.feed(stretch.tokens[stretch.at]):
                stretch.at += 1
                fitting += 1
                continue
            self._say(stretch, fitting)
            fitting = 0
            tries = tries + 1 if tried == stretch.at else 1
            tried = stretch.at
            if tries > _TRIES:
                stretch.at += 1
                continue
            mend(stretch)
            if stretch.at - tried > _SURE and stretch.kind(stretch.at - 1) == "RBRACE":
                fitting = _SURE
        return fitting

    @staticmethod
    def _finish(stretch: Stretch) -> None:
        """Close what is still open, and keep the tree."""
        while not stretch.machine.fits("$END"):
            if not stretch.close():
                return
        stretch.keep()

    def _say(self, stretch: Stretch, fitting: int) -> None:
        """Explain a token, unless it only suffers from what was said before."""
        unfit = Unfit(
            tokens=stretch.tokens,
            at=stretch.at,
            expected=stretch.machine.expected(),
            stack=tuple(stretch.machine.values),
            is_later=stretch.begins_line(stretch.at),
        )
        found, previous = unfit.found, unfit.previous
        end = found.end if found else len(self._lines.source)
        at = found.start if found else end
        line = self._lines.span(at, at).line
        last_at, last_line = self._last
        self._last = (at, line)
        self._damage.append(at)
        if "$END" in unfit.expected and (found is None or found.type != "WORKFLOW") and stretch.trailing:
            return
        follows = at == last_at or (line == last_line and fitting < _SURE)
        if not follows and not self._is_misread(previous.start if previous else 0, end):
            self.diagnostics.append(explain(unfit, self._lines, self._file))

    def _is_misread(self, start: int, end: int) -> bool:
        """Say whether a stretch of text holds a wrong character, so that its words may not be meant."""
        damage = self._lexed.damage
        at = bisect_left(damage, start)
        return end >= self._lexed.trusted or (at < len(damage) and damage[at] <= end)
