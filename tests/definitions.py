"""Generated definitions: sound ones with white space and comments in every place, and nearly sound ones."""

from random import Random

from hypothesis import strategies as st

from flow_tui.dsl.tokens import KEYWORDS, PUNCTUATION, Lines, lex

NAMES = ("a", "b-2", "_x-", "build", "if", "gate", "required", "description", "inputs", "script", "true")
TEXTS = (
    '"x"',
    '""',
    r'"a \"quoted\" {{who}} \\ \n // none"',
    '"two\n  lines\n"',
    '"a\r\nb\t{ }"',
    '"é ✓ 𝄞"',
    f'"{"long " * 20}"',
    "plain",
    "7",
    "007",
    "default",
)
_LISTS = (
    (),
    ("a",),
    ("a", "b.c"),
    ('"x"', "7", '"two\nlines"'),
    tuple(f'"{name * 9}"' for name in "abcdefghij"),
)
_AGENTS = ("a", "b-2", '"agents/x.md"', "if", "default", "gate")
_RETRIES = ("retries = 2", 'retry_delay = "5s"', "on_fail = continue", "on_fail = helper", "unheard_of = 1")
_CALL = (*_RETRIES, "output = result", 'timeout = "5m"', "max_turns = 9", "as = me", "cache = true")
_LOOP = ("on_max_iter = continue", "stuck_after = 3")
_GATE = ('timeout = "1h"', "on_timeout = continue", "options = a.b", "min_approvals = 2")
_FOREACH = ("ordered = true", "on_child_fail = halt", "on_cycle = warn")
_LEAVES = ("call", "call", "call workflow", "script", "gate", "quality gate", "foreach", "parallel")
_BLOCKS = ("if", "unless", "while", "do while", "do", "always")
_DEPTH = 3
_SPACES = ("", "", " ", " ", "\n", "\n", "\n\n\n", "\t", "\r\n", "\u2028", " \f ", "  \n\t \n")
_COMMENTS = (" //{}\n", "\n// {}\n", "\n\n// {}\n//{}  \n\n", '//\t{} // "\r\n', "// é {} {{ }}\n\n\n")


class _Writer:
    """Writes the words of a definition by chance; hundreds of times as fast as a strategy for each word."""

    def __init__(self, seed: int, size: int) -> None:
        self._chance = Random(seed)
        self._left = size
        self.words: list[str] = []

    def _is(self) -> bool:
        return self._chance.random() < 0.5

    def _add(self, *words: str) -> None:
        self.words += words

    def _name(self) -> str:
        return self._chance.choice(NAMES)

    def _split(self, text: str) -> list[str]:
        """Return a text in which nothing is quoted with spaces as words."""
        return text.replace("=", " = ").replace(".", " . ").split()

    def _joined(self, parts: list[list[str]]) -> None:
        """Write parts with or without commas between them."""
        has_commas = self._is()
        for at, part in enumerate(parts):
            self._add(*([","] if at and has_commas else []), *part)

    def _array(self) -> list[str]:
        items = self._chance.choice(_LISTS)
        commas = [","] if self._is() else []
        words = [
            word for item in items for word in (*commas, *([item] if item[0] == '"' else self._split(item)))
        ]
        return ["[", *words[len(commas) :], *(commas if items else []), "]"]

    def _map(self) -> list[str]:
        inner = _Writer(self._chance.randrange(1 << 30), 0)
        inner._joined(
            [[self._name(), "=", self._chance.choice(TEXTS)] for _ in range(self._chance.randrange(4))]
        )
        return ["{", *inner.words, "}"]

    def _options(self, known: tuple[str, ...], always: str = "", **kinds: str) -> None:
        """Write options in any order; those of ``always`` are among them."""
        parts = [self._split(each) for each in self._chance.sample(known, self._chance.randrange(3))]
        parts += [self._split(each) for each in always.split(",") if each]
        for kind, name in kinds.items():
            if kind == "text":
                parts.append([name, "=", self._chance.choice(TEXTS)])
            elif self._is():
                parts.append([name, "=", *(self._array() if kind == "array" else self._map())])
        self._chance.shuffle(parts)
        self._joined(parts)

    def _call(self) -> None:
        self._add("call", self._chance.choice(_AGENTS))
        if self._is():
            self._add("{")
            self._options(_CALL, array="with")
            self._add("}")

    def _given(self) -> None:
        if self._is():
            self._add("inputs", *self._map())

    def _leaf(self) -> None:
        kind = self._chance.choice(_LEAVES)
        if kind == "call":
            self._call()
            return
        names = {"gate": "human_approval", "quality gate": "quality_gate"}
        self._add(*kind.removeprefix("quality ").split())
        if kind != "parallel":
            self._add(names.get(kind) or self._name())
        self._add("{")
        match kind:
            case "call workflow":
                self._options(_RETRIES)
                self._given()
                self._options(_RETRIES)
            case "script":
                self._options(_CALL, text="run", table="env")
            case "gate":
                self._options(_GATE, text="prompt")
            case "quality gate":
                self._options(("on_fail=continue", "as=me"), "source=a,threshold=9")
            case "foreach":
                self._options(_FOREACH, "over=tickets,max_parallel=2,workflow=w", table="scope")
                self._given()
            case _:
                self._options(("fail_fast=false", "min_success=1"), text="output")
                self._call()
                self._call()
        self._add("}")

    def _block(self, depth: int) -> None:
        kind = self._chance.choice(_BLOCKS)
        marker = [self._name(), ".", self._name()]
        self._add(kind.split()[0])
        if kind in {"if", "unless"}:
            self._add(*(marker if self._is() else marker[:1]))
        elif kind == "while":
            self._add(*marker)
        self._add("{")
        if kind in {"while", "do while"}:
            self._options(_LOOP, "max_iterations=3")
        elif kind == "do":
            self._options(("output=result", "output=other"), array="with")
        elif kind == "unless":
            self._options(_LOOP)
        self._nodes(depth + 1)
        self._add("}")
        if kind == "do while":
            self._add("while", *marker)
        elif kind == "do":
            self._add("call", "a")  # else a loop that follows would be part of it

    def _nodes(self, depth: int) -> None:
        while self._left > 0 and self._chance.random() < 0.7:
            self._left -= 1
            if depth < _DEPTH and self._is():
                self._block(depth)
            else:
                self._leaf()

    def _inputs(self) -> None:
        self._add("inputs", "{")
        for name in ("default", "in1", "in2in2", "in3in3in3")[self._chance.randrange(2) :]:
            said = [["boolean"], ["required"]]
            said += [[key, "=", self._chance.choice(TEXTS)] for key in ("default", "description")]
            chosen = self._chance.sample(said, self._chance.randrange(4))
            self._add(name, *(word for words in chosen for word in words))
        self._add("}")

    def workflow(self) -> list[str]:
        """Return the words of a definition."""
        self._add("workflow", self._name(), "{")
        while self._left > 0:
            self._left -= 1
            part = self._chance.random()
            if part < 0.2:
                self._add("meta", "{")
                self._options(("version=1", "trigger=manual"), text="title", array="targets")
                self._add("}")
            elif part < 0.4:
                self._inputs()
            else:
                self._nodes(0)
        return [*self.words, "}"]


def _spread(words: list[str], gaps: list[str]) -> str:
    """Return words with gaps between them, the same ones over and over, each comment with a number."""
    text = ""
    for at, word in enumerate((*words, "")):
        gap = gaps[at % len(gaps)]
        text += gap.replace("{}", str(at)) if "//" in gap else gap
        is_glued = text[-1:].isalnum() or text[-1:] in ("_", "-")
        if is_glued and (word[:1].isalnum() or word[:1] == "_"):
            text += " "
        text += word
    return text


_any_gap = st.sampled_from((*_SPACES, *_COMMENTS))
_gaps = st.one_of(
    st.lists(_any_gap, min_size=1, max_size=12),
    st.lists(st.sampled_from(("", *_COMMENTS)), min_size=1, max_size=3),  # comments in the oddest places
    st.sampled_from(([" "], ["\n"])),
)


def _written(seed: int, size: int, gaps: list[str], mark: str) -> str:
    return mark + _spread(_Writer(seed, size).workflow(), gaps)


def definitions() -> st.SearchStrategy[str]:
    """Return texts that hold a definition."""
    marks = st.sampled_from(("", "", "", "\ufeff"))
    return st.builds(_written, st.integers(0, (1 << 32) - 1), st.integers(0, 8), _gaps, marks)


_PIECES = (
    *sorted(KEYWORDS),
    *PUNCTUATION,
    "a",
    "continue",
    "5",
    '"x"',
    '"',
    "\\",
    "//",
    "\n",
    ";",
    "é",
    "max_iterations",
)


@st.composite
def near_definitions(draw: st.DrawFn) -> str:
    """Return definitions with a word too many, too few or misplaced."""
    source = draw(definitions())
    for _ in range(draw(st.integers(1, 3))):
        tokens = lex(Lines(source)).tokens
        if not tokens:
            break
        token = tokens[draw(st.integers(0, len(tokens) - 1))]
        piece = draw(st.sampled_from(("", source[token.start : token.end] * 2, *_PIECES)))
        source = f"{source[: token.start]}{piece}{source[token.end :]}"
    return source
